"""Answers: who gets them, what they look like, and that asking twice sends once."""

from __future__ import annotations

import uuid
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from backend.core import blobs
from backend.core.errors import Conflict, Invalid, Missing
from backend.mail.message import ParsedMail
from backend.mail.parse import parse
from backend.mailboxes.models import Mailbox, OutboundMail
from backend.tickets import changing, thread_selectors
from backend.tickets.models import Message, Ticket
from backend.tickets.recipients import reply_defaults
from backend.tickets.replying import Reply, reply
from backend.users import services as people
from backend.users.models import User
from tests.desk import acting, mailbox, person, receive, ticket_from
from tests.mails import DESK, letter

pytestmark = pytest.mark.django_db


@pytest.fixture
def box() -> Mailbox:
    return mailbox(signature="Equipe Suporte\n+55 11 5555-0000")


@pytest.fixture
def agent() -> User:
    return person(name="Bia Souza")


def answer(
    ticket: Ticket, agent: User, wanted: Reply | None = None, key: uuid.UUID | None = None
) -> Message:
    return reply(
        actor=acting(agent),
        user=agent,
        ticket_id=ticket.id,
        wanted=wanted or Reply(text="Já enviamos.\n\nAbraço"),
        key=key,
    )


def left(message: Message) -> ParsedMail:
    """The bytes that will leave, read back by our own parser."""
    return parse(blobs.get(message.outbound.sha256))


def addresses(found: list[dict[str, str]]) -> list[str]:
    return [one["address"] for one in found]


def test_an_answer_goes_to_the_sender_with_everybody_else_in_copy(box: Mailbox, agent: User):
    raw = letter(to=f"{DESK}, rui@customers.test", cc="Eva <eva@customers.test>")
    sent = answer(ticket_from(box, raw), agent)
    assert addresses(sent.to) == ["ana@customers.test"]
    assert addresses(sent.cc) == ["rui@customers.test", "eva@customers.test"]


def test_an_answer_goes_to_the_reply_to_address(box: Mailbox, agent: User):
    ticket = ticket_from(box, letter(reply_to="Ana <casa@customers.test>"))
    assert addresses(answer(ticket, agent).to) == ["casa@customers.test"]


def test_the_reply_to_of_an_automatic_mail_is_not_followed(box: Mailbox):
    ticket = ticket_from(box, letter(reply_to="noreply@evil.test", precedence="bulk"))
    assert reply_defaults(ticket).to == ["ana@customers.test"]


def test_a_reply_to_of_our_own_is_not_followed(box: Mailbox):
    ticket = ticket_from(box, letter(reply_to=DESK))
    assert reply_defaults(ticket).to == ["ana@customers.test"]


def test_s17_the_desks_own_addresses_never_get_an_answer(agent: User):
    box = mailbox(aliases=["ajuda@desk.test"])
    mailbox("vendas@desk.test")
    raw = letter(cc="ajuda@desk.test, Vendas@desk.test, rui@customers.test")
    ticket = ticket_from(box, raw)
    assert reply_defaults(ticket).cc == ["rui@customers.test"]
    typed = Reply(
        text="x", to=["ana@customers.test", DESK], cc=["AJUDA@desk.test"], bcc=["vendas@desk.test"]
    )
    sent = answer(ticket, agent, typed)
    assert (addresses(sent.to), sent.cc, sent.bcc) == (["ana@customers.test"], [], [])


def test_an_answer_to_nobody_but_ourselves_is_refused(box: Mailbox, agent: User):
    ticket = ticket_from(box, letter())
    with pytest.raises(Invalid) as caught:
        answer(ticket, agent, Reply(text="x", to=[DESK]))
    assert caught.value.code == "no_recipient"


def test_nobody_gets_an_answer_twice(box: Mailbox, agent: User):
    ticket = ticket_from(box, letter())
    many = ["ana@customers.test", "ANA@customers.test"]
    sent = answer(ticket, agent, Reply(text="x", to=many, cc=many, bcc=[*many, "eva@c.test"]))
    recipients = sent.outbound.recipients.order_by("id").values_list("address", "kind")
    assert list(recipients) == [("ana@customers.test", "to"), ("eva@c.test", "bcc")]


def test_s17_a_hidden_copy_is_in_the_envelope_and_not_in_the_bytes(box: Mailbox, agent: User):
    sent = answer(ticket_from(box, letter()), agent, Reply(text="x", bcc=["boss@desk2.test"]))
    assert b"boss@desk2.test" not in blobs.get(sent.outbound.sha256)
    assert sent.outbound.recipients.filter(address="boss@desk2.test", kind="bcc").exists()


def test_s2_the_answer_points_at_the_mail_it_answers_and_its_references(box: Mailbox, agent: User):
    ticket = ticket_from(box, letter(own_id="b@c.test", references=["root@c.test", "a@c.test"]))
    mail = left(answer(ticket, agent))
    assert mail.in_reply_to == ("b@c.test",)
    assert mail.references == ("root@c.test", "a@c.test", "b@c.test")
    assert mail.subject == "Re: Pedido 4711"


def test_the_bytes_that_leave_say_what_was_written(box: Mailbox, agent: User):
    sent = answer(ticket_from(box, letter(subject="RES: Fwd: Cartão")), agent)
    raw, mail = blobs.get(sent.outbound.sha256), left(sent)
    assert mail.message_id == sent.message_id
    assert mail.subject == "Re: Cartão"
    assert mail.from_ is not None
    assert (mail.from_.name, mail.from_.address) == ("Bia Souza - Suporte", DESK)
    assert mail.text.startswith("Já enviamos.\n\nAbraço\n")
    assert "+55 11 5555-0000" in mail.text
    assert "onde está o meu pedido?" in mail.text
    assert mail.auto.kind == "none"
    assert mail.errors == ()
    assert sent.outbound.size == len(raw)
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998


def test_the_quoted_mail_is_dated_in_the_desks_time_zone(box: Mailbox, agent: User):
    at = datetime(2026, 3, 1, 1, 30, tzinfo=ZoneInfo("UTC"))
    sent = answer(ticket_from(box, letter(), at=at), agent)
    assert settings.TIME_ZONE == "America/Sao_Paulo"
    assert "Em 28/02/2026 22:30, Ana Lima <ana@customers.test> escreveu:" in left(sent).text


def test_an_answer_quotes_in_the_language_of_the_agent(box: Mailbox):
    agent = person(language="en")
    assert (
        "Ana Lima <ana@customers.test> wrote:"
        in left(answer(ticket_from(box, letter()), agent)).text
    )


def test_words_of_somebody_who_takes_no_part_are_not_quoted_to_the_customer(
    box: Mailbox, agent: User
):
    ticket = ticket_from(box, letter())
    odd = letter(
        sender="eve@other.test", own_id="e@o.test", text="Leak", in_reply_to="first@customers.test"
    )
    assert receive(box, odd).ticket == ticket
    mail = left(answer(ticket, agent))
    assert mail.in_reply_to == ("first@customers.test",)
    assert "Leak" not in mail.text
    assert [one.address for one in mail.to] == ["ana@customers.test"]


def test_answering_ends_the_waiting_and_shows_in_the_row(box: Mailbox, agent: User):
    ticket = ticket_from(box, letter())
    sent = answer(ticket, agent, Reply(text="Feito.", status_after="resolved"))
    ticket.refresh_from_db()
    assert (ticket.status_id, ticket.status_category) == ("resolved", "resolved")
    assert (ticket.waiting_since, ticket.closed_at is not None) == (None, True)
    assert (ticket.preview, ticket.last_direction, ticket.message_count) == ("Feito.", "out", 2)
    assert ticket.first_answered_at == sent.created_at


@pytest.mark.parametrize("text", ["", "  \n\t ", "\u00a0\u2003"])
def test_an_empty_answer_is_refused(box: Mailbox, agent: User, text: str):
    ticket = ticket_from(box, letter())
    with pytest.raises(Invalid) as caught:
        answer(ticket, agent, Reply(text=text))
    assert caught.value.code == "empty_reply"
    assert not OutboundMail.objects.exists()


@pytest.mark.parametrize("address", ["ana", "a@b@c", "a@b\r\nBcc: x@y.test", "a b@c.test", "@b"])
def test_a_bad_address_is_refused_by_name(box: Mailbox, agent: User, address: str):
    with pytest.raises(Invalid) as caught:
        answer(ticket_from(box, letter()), agent, Reply(text="x", cc=[address]))
    assert "cc" in caught.value.fields


def test_an_unknown_status_sends_nothing(box: Mailbox, agent: User):
    ticket = ticket_from(box, letter())
    with pytest.raises(Invalid):
        answer(ticket, agent, Reply(text="x", status_after="nonsense"))
    assert not OutboundMail.objects.exists()


def test_a_ticket_in_the_trash_is_not_answered(box: Mailbox):
    admin = person("admin")
    ticket = ticket_from(box, letter())
    changing.delete(actor=acting(admin), user=admin, ticket_id=ticket.id)
    with pytest.raises(Conflict) as caught:
        answer(ticket, admin)
    assert caught.value.code == "ticket_deleted"


def test_a_merged_ticket_is_not_answered(box: Mailbox, agent: User):
    ticket = ticket_from(box, letter())
    other = ticket_from(box, letter(own_id="o@customers.test"))
    Ticket.objects.filter(pk=ticket.pk).update(merged_into=other)
    with pytest.raises(Conflict) as caught:
        answer(ticket, agent)
    assert caught.value.code == "ticket_merged"


def test_a_ticket_of_another_team_is_unknown(agent: User):
    ticket = ticket_from(mailbox(team="Vendas"), letter())
    with pytest.raises(Missing):
        answer(ticket, agent)


def test_the_same_key_again_gives_the_first_message_and_sends_once(box: Mailbox, agent: User):
    ticket, key = ticket_from(box, letter()), uuid.uuid4()
    first = answer(ticket, agent, key=key)
    again = answer(ticket, agent, Reply(text="something else"), key=key)
    assert again == first
    assert OutboundMail.objects.count() == 1


def test_a_key_of_another_ticket_is_refused_and_not_taken_for_an_answer(box: Mailbox, agent: User):
    key = uuid.uuid4()
    answer(ticket_from(box, letter()), agent, key=key)
    other = ticket_from(box, letter(own_id="other@customers.test"))
    with pytest.raises(Conflict) as caught:
        answer(other, agent, key=key)
    assert caught.value.code == "key_used"


def test_two_people_may_use_the_same_key(box: Mailbox, agent: User):
    ticket, key = ticket_from(box, letter()), uuid.uuid4()
    assert answer(ticket, agent, key=key) != answer(ticket, person(), key=key)


def test_a_name_can_not_break_the_headers(box: Mailbox, agent: User):
    people.change_profile(
        actor=acting(agent), user=agent, changes={"name": "Bia\r\nBcc: eve@other.test"}
    )
    agent.refresh_from_db()
    raw = blobs.get(answer(ticket_from(box, letter()), agent).outbound.sha256)
    assert b"\nBcc:" not in raw


def test_the_first_mail_of_a_ticket_written_by_an_agent_answers_nothing(agent: User, box: Mailbox):
    from backend.tickets.creating import NewTicket, create_ticket

    ticket = create_ticket(
        actor=acting(agent),
        user=agent,
        wanted=NewTicket(
            mailbox_id=box.id,
            contact_address="Novo@customers.test",
            contact_name="Novo",
            subject="Proposta",
            text="Segue.",
            send=True,
        ),
    )
    mail = left(Message.objects.get(ticket=ticket))
    assert (mail.subject, mail.in_reply_to, mail.references) == ("Proposta", (), ())
    assert [one.address for one in mail.to] == ["novo@customers.test"]
    assert (ticket.assignee, ticket.waiting_since) == (agent, None)


def test_the_page_suggests_what_an_answer_would_do(box: Mailbox, agent: User):
    ticket = ticket_from(box, letter(cc="rui@customers.test", subject="Re: Cartão"))
    suggested = thread_selectors.detail(agent, ticket.id)["reply_defaults"]
    assert suggested == {
        "to": ["ana@customers.test"],
        "cc": ["rui@customers.test"],
        "subject": "Re: Cartão",
    }


def test_a_mail_with_an_id_longer_than_any_is_answered(box: Mailbox, agent: User):
    ticket = ticket_from(box, letter(references=["x" * 1_500 + "@customers.test"]))
    message = answer(ticket, agent)
    assert message.outbound.state == "queued"
