"""Which ticket a mail joins (MAIL.md 1.5)."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from backend.mail.token import make_message_id
from backend.mailboxes.models import InboundMail, Mailbox
from backend.tickets import changing
from backend.tickets.models import Message, Ticket, TicketEvent
from backend.tickets.replying import Reply, reply
from backend.users.models import User
from backend.users.services import team_named
from tests.desk import acting, mailbox, person, receive, ticket_from
from tests.mails import letter

pytestmark = pytest.mark.django_db
Fate = InboundMail.Fate


@pytest.fixture
def box() -> Mailbox:
    return mailbox()


@pytest.fixture
def agent() -> User:
    return person()


def answer(ticket: Ticket, agent: User, text: str = "Já vamos ver.", **wanted: object) -> Message:
    """An agent's reply; what leaves is not delivered here."""
    wanted_reply = Reply(text=text, **wanted)  # type: ignore[arg-type]
    return reply(actor=acting(agent), user=agent, ticket_id=ticket.id, wanted=wanted_reply)


def close(ticket: Ticket, agent: User, *, days_ago: int = 0) -> None:
    changing.change(
        actor=acting(agent),
        user=agent,
        ticket_id=ticket.id,
        changes={"status": "closed"},
        version=None,
    )
    closed_at = timezone.now() - timedelta(days=days_ago)
    Ticket.objects.filter(pk=ticket.pk).update(closed_at=closed_at)


def test_t8_a_reply_to_ones_own_mail_joins_by_its_message_id(box: Mailbox):
    ticket = ticket_from(box, letter())
    second = receive(box, letter(own_id="b@customers.test", in_reply_to="first@customers.test"))
    assert (second.fate, second.ticket, second.reason) == (
        Fate.REPLY,
        ticket,
        "known Message-ID",
    )


def test_t1_a_reply_to_the_desk_joins_by_the_signed_message_id(box: Mailbox, agent: User):
    ticket = ticket_from(box, letter())
    sent = answer(ticket, agent)
    back = receive(box, letter(own_id="b@customers.test", in_reply_to=sent.message_id))
    assert (back.ticket, back.reason) == (ticket, "signed Message-ID")
    ticket.refresh_from_db()
    assert ticket.waiting_since is not None


def test_t2_a_forged_token_is_as_if_it_were_absent(box: Mailbox, agent: User):
    ticket = ticket_from(box, letter())
    sent = answer(ticket, agent)
    forged = make_message_id(sent.id, "desk.test", b"another key of 16+ bytes")
    stranger = receive(
        box,
        letter(sender="eve@other.test", own_id="evil@other.test", in_reply_to=forged),
    )
    assert stranger.fate == Fate.TICKET
    assert stranger.ticket != ticket


def test_a_token_of_no_message_opens_a_ticket(box: Mailbox):
    from backend.tickets.threading import token_key

    unknown = make_message_id(uuid.uuid4(), "desk.test", token_key())
    assert receive(box, letter(in_reply_to=unknown)).fate == Fate.TICKET


def test_t3_a_stranger_with_the_right_id_is_flagged_and_reopens_nothing(box: Mailbox, agent: User):
    ticket = ticket_from(box, letter())
    sent = answer(ticket, agent, status_after="resolved")
    odd = receive(
        box,
        letter(sender="eve@other.test", own_id="evil@other.test", in_reply_to=sent.message_id),
    )
    ticket.refresh_from_db()
    assert odd.ticket == ticket
    assert odd.message is not None
    assert odd.message.flags == ["another_address"]
    assert (ticket.status_id, ticket.waiting_since) == ("resolved", None)


def test_a_stranger_once_flagged_stays_a_stranger(box: Mailbox, agent: User):
    sent = answer(ticket_from(box, letter()), agent)
    for number in (1, 2):
        odd = receive(
            box,
            letter(
                sender="eve@other.test", own_id=f"e{number}@other.test", in_reply_to=sent.message_id
            ),
        )
        assert odd.message is not None
        assert odd.message.flags == ["another_address"]


def test_t4_a_ticket_number_in_the_subject_joins_nothing(box: Mailbox):
    ticket = ticket_from(box, letter())
    stranger = receive(
        box,
        letter(sender="eve@other.test", own_id="e@other.test", subject=f"[#{ticket.number}] Re: x"),
    )
    assert stranger.ticket != ticket


def test_t5_a_colleague_in_copy_answers_as_that_person(box: Mailbox, agent: User):
    ticket = ticket_from(box, letter(cc="Rui <rui@customers.test>"))
    sent = answer(ticket, agent)
    back = receive(
        box,
        letter(sender="Rui <rui@customers.test>", own_id="r@c.test", in_reply_to=sent.message_id),
    )
    ticket.refresh_from_db()
    assert back.message is not None
    assert (back.message.from_address, back.message.flags) == ("rui@customers.test", [])
    assert ticket.contact_address == "ana@customers.test"


def test_t6_any_of_many_references_joins(box: Mailbox):
    ticket = ticket_from(box, letter())
    references = ["x1@a.test", "first@customers.test", *[f"y{n}@a.test" for n in range(10)]]
    assert receive(box, letter(own_id="z@a.test", references=references)).ticket == ticket


def test_t9_the_same_subject_without_references_is_another_ticket(box: Mailbox):
    ticket = ticket_from(box, letter())
    other = receive(box, letter(own_id="other@customers.test", subject="Re: Pedido 4711"))
    assert other.ticket != ticket


def test_t15_an_answer_to_a_resolved_ticket_reopens_it(box: Mailbox, agent: User):
    ticket = ticket_from(box, letter())
    sent = answer(ticket, agent, status_after="resolved")
    receive(box, letter(own_id="b@customers.test", in_reply_to=sent.message_id))
    ticket.refresh_from_db()
    assert (ticket.status_id, ticket.status_category, ticket.closed_at) == ("open", "open", None)
    change = TicketEvent.objects.filter(ticket=ticket).latest("id").data
    assert (change["field"], change["old"], change["new"]) == ("status", "resolved", "open")


def test_t15_an_automatic_answer_reopens_nothing(box: Mailbox, agent: User):
    ticket = ticket_from(box, letter())
    sent = answer(ticket, agent, status_after="resolved")
    away = receive(
        box,
        letter(own_id="b@c.test", in_reply_to=sent.message_id, auto_submitted="auto-replied"),
    )
    ticket.refresh_from_db()
    assert (away.fate, away.ticket, ticket.status_id) == (Fate.AUTOMATIC, ticket, "resolved")
    assert ticket.waiting_since is None


def test_t15_an_answer_after_thirty_days_opens_a_new_ticket(box: Mailbox, agent: User):
    ticket = ticket_from(box, letter())
    sent = answer(ticket, agent)
    close(ticket, agent, days_ago=31)
    late = receive(box, letter(own_id="late@customers.test", in_reply_to=sent.message_id))
    assert late.fate == Fate.TICKET
    assert late.ticket != ticket
    assert f"#{ticket.number} was closed" in late.reason


def test_a_conversation_that_began_again_after_thirty_days_stays_together(
    box: Mailbox, agent: User
):
    old = ticket_from(box, letter())
    first = answer(old, agent)
    close(old, agent, days_ago=31)
    ids = ["first@customers.test", first.message_id]
    new = ticket_from(box, letter(own_id="late@customers.test", references=ids))
    second = answer(new, agent)
    ids += ["late@customers.test", second.message_id]
    back = receive(box, letter(own_id="back@customers.test", references=ids))
    assert (back.ticket, back.fate) == (new, Fate.REPLY)
    old.refresh_from_db()
    assert old.status_id == "closed"


def test_an_answer_to_a_deleted_ticket_opens_a_new_one(box: Mailbox):
    admin = person("admin")
    ticket = ticket_from(box, letter())
    sent = answer(ticket, admin)
    changing.delete(actor=acting(admin), user=admin, ticket_id=ticket.id)
    back = receive(box, letter(own_id="b@customers.test", in_reply_to=sent.message_id))
    assert back.fate == Fate.TICKET
    assert back.ticket != ticket
    ticket.refresh_from_db()
    assert ticket.message_count == 2


def test_t14_an_answer_to_a_merged_ticket_goes_to_the_target_at_any_depth(
    box: Mailbox, agent: User
):
    tickets = [
        ticket_from(box, letter(own_id=f"{name}@customers.test", subject=name)) for name in "abc"
    ]
    sent = answer(tickets[0], agent)
    for source, target in ((tickets[0], tickets[1]), (tickets[1], tickets[2])):
        Ticket.objects.filter(pk=source.pk).update(merged_into=target)
    back = receive(box, letter(own_id="back@customers.test", in_reply_to=sent.message_id))
    assert back.ticket == tickets[2]


def test_a_mail_that_links_two_tickets_of_one_person_makes_them_one(box: Mailbox):
    first = ticket_from(box, letter(own_id="a@customers.test"))
    second = ticket_from(box, letter(own_id="b@customers.test"))
    Ticket.objects.filter(pk=second.pk).update(needs_attention=True)
    both = receive(
        box, letter(own_id="c@customers.test", references=["a@customers.test", "b@customers.test"])
    )
    first.refresh_from_db()
    second.refresh_from_db()
    assert both.ticket == first
    assert (first.message_count, first.needs_attention) == (3, True)
    assert (second.merged_into, second.message_count, second.status_id) == (first, 0, "closed")
    assert Message.objects.filter(ticket=first).count() == 3


def test_a_stranger_who_cites_two_tickets_merges_nothing(box: Mailbox):
    first = ticket_from(box, letter(own_id="a@customers.test"))
    second = ticket_from(box, letter(own_id="b@customers.test"))
    receive(
        box,
        letter(
            sender="eve@other.test",
            own_id="e@other.test",
            references=["a@customers.test", "b@customers.test"],
        ),
    )
    second.refresh_from_db()
    assert second.merged_into is None
    assert first.merged_into is None


def test_t6_of_two_peoples_tickets_the_closest_reference_decides(box: Mailbox):
    ana = ticket_from(box, letter(own_id="ana@customers.test"))
    rui = ticket_from(box, letter(sender="rui@customers.test", own_id="rui@customers.test"))
    back = receive(
        box,
        letter(
            sender="rui@customers.test",
            own_id="rui2@customers.test",
            references=["ana@customers.test", "rui@customers.test"],
        ),
    )
    assert back.ticket == rui
    assert ana.messages.count() == 1


def test_t18_our_own_mail_that_comes_back_is_no_ticket(box: Mailbox, agent: User):
    from backend.core import blobs
    from backend.mailboxes.models import OutboundMail

    ticket = ticket_from(box, letter())
    answer(ticket, agent, cc=["suporte@desk.test"])
    raw = blobs.get(OutboundMail.objects.get().sha256)
    back = receive(box, b"Received: from relay\r\n" + raw)
    assert (back.fate, back.ticket) == (Fate.OWN_MAIL, ticket)
    assert Message.objects.count() == 2


def test_somebody_elses_mail_with_a_copied_id_is_not_taken_for_our_own(box: Mailbox, agent: User):
    sent = answer(ticket_from(box, letter()), agent)
    odd = receive(box, letter(sender="eve@other.test", own_id=sent.message_id))
    assert odd.fate != Fate.OWN_MAIL
    assert odd.message is not None
    assert "another_address" in odd.message.flags


def two_tickets_and_a_mail_that_cites_both(box: Mailbox) -> tuple[Ticket, Ticket, bytes]:
    first = ticket_from(box, letter())
    second = ticket_from(box, letter(own_id="other@customers.test", subject="Outro pedido"))
    both = letter(
        own_id="both@customers.test",
        references=["first@customers.test", "other@customers.test"],
    )
    return first, second, both


def test_tickets_of_two_teams_are_never_made_one(box: Mailbox):
    first, second, both = two_tickets_and_a_mail_that_cites_both(box)
    Ticket.objects.filter(pk=second.pk).update(team=team_named("RH"))
    receive(box, both)
    assert not Ticket.objects.filter(merged_into__isnull=False).exists()
    assert Message.objects.filter(ticket=first).exists()


def test_an_open_request_that_joins_a_closed_ticket_keeps_it_open(box: Mailbox, agent: User):
    first, second, both = two_tickets_and_a_mail_that_cites_both(box)
    close(first, agent)
    automatic = both.replace(b"Subject:", b"List-Id: <news.customers.test>\nSubject:", 1)
    receive(box, automatic)
    first.refresh_from_db()
    second.refresh_from_db()
    assert second.merged_into == first
    assert (first.status_category, first.closed_at) == ("open", None)
