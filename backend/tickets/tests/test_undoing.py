"""Taking a reply back within its window: the thread and the ticket are as if it never was."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from backend.audit.models import Log
from backend.core.errors import Conflict, Forbidden, Missing
from backend.mail.message import Attachment as MailAttachment
from backend.mail.parse import parse
from backend.mailboxes import sending_claims
from backend.mailboxes.models import Mailbox, OutboundMail
from backend.tickets import changing, delivering, search, thread_selectors, undoing
from backend.tickets.models import FileLink, HeldReply, Message, ThreadReference, Ticket
from backend.tickets.replying import Reply, reply
from backend.tickets.undoing import Undone
from backend.users.models import User
from desk_cli.servers.smtp_sink import SmtpSink
from tests.connections import at_once
from tests.desk import acting, mailbox, person, receive, ticket_from
from tests.mails import letter

pytestmark = pytest.mark.django_db
State = OutboundMail.State


@pytest.fixture
def box(smtp_sink: SmtpSink) -> Mailbox:
    return mailbox(smtp_port=smtp_sink.port, undo_seconds=15)


@pytest.fixture
def agent() -> User:
    return person()


def answer(ticket: Ticket, agent: User, key: uuid.UUID | None = None, **wanted: object) -> Message:
    values: dict[str, object] = {"text": "Já vamos ver."} | wanted
    return reply(
        actor=acting(agent),
        user=agent,
        ticket_id=ticket.id,
        wanted=Reply(**values),  # type: ignore[arg-type]
        key=key,
    )


def undo(message: Message, user: User) -> Undone:
    return undoing.undo(actor=acting(user), user=user, message_id=message.id)


def due() -> None:
    """The windows of all held replies are over."""
    OutboundMail.objects.filter(state="held").update(next_attempt_at=Now())


def standing(ticket: Ticket) -> dict[str, object]:
    """What an answer changes in a ticket."""
    ticket.refresh_from_db()
    fields = (
        "status_id", "status_category", "waiting_since", "first_answered_at", "closed_at",
        "preview", "last_direction", "last_activity_at", "message_count", "needs_attention",
    )  # fmt: skip
    return {field: getattr(ticket, field) for field in fields}


def test_c4_a_reply_waits_its_window_and_then_leaves_by_itself(
    box: Mailbox, agent: User, smtp_sink: SmtpSink
):
    ticket = ticket_from(box, letter())
    before = timezone.now()
    message = answer(ticket, agent)
    outbound = message.outbound
    assert (outbound.state, outbound.hold) == ("held", "undo")
    assert timedelta(seconds=14) < outbound.next_attempt_at - before < timedelta(seconds=17)
    assert delivering.drain() == 0
    assert sending_claims.waiting() is False
    shown = thread_selectors.message(agent, message.id)["delivery"]
    assert (shown["can_undo"], shown["leaves_at"]) == (True, outbound.next_attempt_at)
    due()
    assert sending_claims.waiting() is True
    assert delivering.drain() == 1
    outbound.refresh_from_db()
    assert (outbound.state, outbound.hold, len(smtp_sink.messages)) == ("sent", "", 1)
    assert not HeldReply.objects.exists()
    with pytest.raises(Conflict) as caught:
        undo(message, agent)
    assert caught.value.code == "already_leaving"


def test_who_does_not_want_to_wait_sends_at_once(box: Mailbox, agent: User):
    assert answer(ticket_from(box, letter()), agent, undo=False).outbound.state == "queued"


def test_c4_undoing_leaves_the_ticket_as_it_was_and_only_the_edited_reply_leaves(
    box: Mailbox, agent: User, smtp_sink: SmtpSink
):
    ticket = ticket_from(box, letter(cc="rui@customers.test"))
    Ticket.objects.filter(pk=ticket.pk).update(needs_attention=True)
    before = standing(ticket)
    note = MailAttachment("nota.txt", "nota.txt", "text/plain", 4, "", False, None, b"nota")
    key = uuid.uuid4()
    message = answer(
        ticket, agent, key, text="Rascunho", bcc=["eva@customers.test"],
        status_after="resolved", files=[note],
    )  # fmt: skip
    assert standing(ticket) != before
    undone = undo(message, agent)
    assert standing(ticket) == before
    draft = undone.draft
    (file,) = draft.pop("files")
    assert (file["filename"], file["size"]) == ("nota.txt", 4)
    assert draft == {
        "text": "Rascunho",
        "to": ["ana@customers.test"],
        "cc": ["rui@customers.test"],
        "bcc": ["eva@customers.test"],
        "status_after": "resolved",
    }
    detail = thread_selectors.detail(agent, ticket.id)
    assert [one["direction"] for one in detail["messages"]] == ["in"]
    assert not ThreadReference.objects.filter(message_id=message.message_id).exists()
    assert detail["history"][-1]["kind"] == "reply_undone"
    assert Log.objects.filter(action="ticket.reply_undone").exists()
    # The request that made it, repeated late by a browser, sends nothing.
    with pytest.raises(Conflict) as caught:
        answer(ticket, agent, key, text="Rascunho")
    assert caught.value.code == "reply_undone"
    edited = answer(ticket, agent, text="Melhor assim", kept_files=[file["attachment_id"]])
    due()
    delivering.drain()
    (arrived,) = smtp_sink.messages
    mail = parse(arrived.raw)
    assert mail.message_id == edited.message_id != message.message_id
    assert mail.text.startswith("Melhor assim")
    assert [one.content for one in mail.attachments] == [b"nota"]
    assert OutboundMail.objects.get(message=message).state == State.CANCELLED
    with pytest.raises(Missing):
        undo(message, agent)


def test_what_others_did_since_stays_when_a_reply_is_taken_back(box: Mailbox, agent: User):
    ticket = ticket_from(box, letter())
    waiting_since = standing(ticket)["waiting_since"]
    message = answer(ticket, agent, status_after="resolved")
    second = letter(own_id="second@customers.test", in_reply_to="first@customers.test", text="Oi?")
    assert receive(box, second).ticket == ticket
    changing.change(
        actor=acting(agent), user=agent, ticket_id=ticket.id,
        changes={"status": "waiting", "priority": "high"}, version=None,
    )  # fmt: skip
    undo(message, agent)
    now = standing(ticket)
    assert (now["status_id"], now["preview"], now["message_count"]) == ("waiting", "Oi?", 2)
    assert (now["waiting_since"], now["first_answered_at"]) == (waiting_since, None)


def test_s67_only_its_author_and_who_leads_take_a_reply_back(box: Mailbox, agent: User):
    ticket = ticket_from(box, letter())
    colleague, leader = person(), person("supervisor")
    message = answer(ticket, agent)
    assert thread_selectors.message(colleague, message.id)["delivery"]["can_undo"] is False
    with pytest.raises(Forbidden) as caught:
        undo(message, colleague)
    assert caught.value.code == "not_your_reply"
    assert undo(message, leader).draft["text"] == "Já vamos ver."


def test_a_reply_of_a_ticket_one_may_not_see_is_unknown(agent: User):
    ticket = ticket_from(mailbox(team="Vendas", undo_seconds=15), letter())
    message = answer(ticket, person("admin"))
    with pytest.raises(Missing):
        undo(message, agent)


def test_a_cancelled_reply_stays_in_the_thread_and_the_customer_waits_again(
    box: Mailbox, agent: User, smtp_sink: SmtpSink
):
    ticket = ticket_from(box, letter())
    waiting_since = standing(ticket)["waiting_since"]
    smtp_sink.script(mode="reject5", at="mail")
    message = answer(ticket, agent, undo=False)
    delivering.drain()
    assert standing(ticket)["needs_attention"] is True
    undoing.cancel(actor=acting(agent), user=agent, message_id=message.id)
    now = standing(ticket)
    assert (now["waiting_since"], now["needs_attention"]) == (waiting_since, False)
    assert (now["first_answered_at"], now["message_count"]) == (None, 2)
    shown = thread_selectors.message(agent, message.id)
    assert (shown["delivery"]["state"], shown["flags"]) == ("cancelled", ["not_sent"])
    with pytest.raises(Conflict) as caught:
        undoing.cancel(actor=acting(agent), user=agent, message_id=message.id)
    assert caught.value.code == "not_stoppable"
    assert FileLink.objects.count() == 0


def test_what_was_said_in_a_reply_taken_back_no_longer_finds_its_ticket(box: Mailbox, agent: User):
    raw = letter(subject="Fatura", text="O boleto não abre.")
    ticket = ticket_from(box, raw)
    changing.add_note(actor=acting(agent), user=agent, ticket_id=ticket.id, text="Ligar à gráfica.")
    answer(ticket, agent, text="Segue o comprovante.", undo=False)
    undo(answer(ticket, agent, text="Vocês são caloteiros."), agent)

    def finds(words: str) -> bool:
        found = search.matches(words)
        assert found is not None
        return Ticket.objects.filter(found, pk=ticket.pk).exists()

    assert not finds("caloteiros")
    for words in ("fatura", "boleto", "gráfica", "comprovante", "ana@customers.test"):
        assert finds(words), words


@pytest.mark.django_db(transaction=True)
def test_of_undoing_and_sending_at_once_exactly_one_wins(smtp_sink: SmtpSink):
    """On connections of their own: a reply taken back never leaves, one that leaves stays."""
    box, agent = mailbox(smtp_port=smtp_sink.port, undo_seconds=15), person()
    sent = undone = 0
    for number in range(8):
        ticket = ticket_from(box, letter(own_id=f"{number}@c.test", sender=f"c{number}@c.test"))
        message = answer(ticket, agent)
        due()

        def take_back(message: Message = message) -> str:
            undo(message, agent)
            return "undone"

        arrived = len(smtp_sink.messages)
        (what, _) = at_once(take_back, lambda: str(delivering.drain()))
        delivering.drain()
        state = OutboundMail.objects.get(message_id=message.id).state
        there = len(smtp_sink.messages) - arrived
        assert (what, state, there) in {
            ("undone", "cancelled", 0),
            ("already_leaving", "sent", 1),
        }
        undone += what == "undone"
        sent += there
    assert sent + undone == 8
