"""Replies from another address wait for an agent's decision (MAIL.md T3)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from backend.core.errors import Conflict, Missing
from backend.mailboxes.models import Mailbox, OutboundMail
from backend.tickets import changing, held
from backend.tickets.held import HELD
from backend.tickets.models import Message, Ticket, TicketEvent
from backend.tickets.recipients import reply_defaults
from backend.tickets.replying import Reply, reply
from backend.users.models import User
from tests.desk import acting, mailbox, person, receive, ticket_from
from tests.mails import letter

pytestmark = pytest.mark.django_db
EVE = "eve@other.test"


@pytest.fixture
def box() -> Mailbox:
    return mailbox()


@pytest.fixture
def agent() -> User:
    return person()


@pytest.fixture
def ticket(box: Mailbox, agent: User) -> Ticket:
    """A resolved ticket whose answer somebody else has replied to."""
    ticket = ticket_from(box, letter())
    sent = reply(
        actor=acting(agent),
        user=agent,
        ticket_id=ticket.id,
        wanted=Reply(text="Feito.", status_after="resolved"),
    )
    receive(box, from_eve(sent.message_id))
    ticket.refresh_from_db()
    return ticket


def from_eve(answered: str, *, own_id: str = "eve-1@other.test") -> bytes:
    return letter(sender=f"Eve <{EVE}>", own_id=own_id, in_reply_to=answered, text="Ainda não!\n")


def held_message() -> Message:
    return Message.objects.filter(from_address=EVE).latest("created_at")


def test_t3_a_held_reply_opens_nothing_and_asks_for_a_person(ticket: Ticket):
    assert ticket.status_id == "resolved"
    assert ticket.waiting_since is None
    assert ticket.needs_attention
    assert held_message().flags == ["another_address"]


def test_t3_answering_does_not_reach_who_is_held_and_leaves_the_question_open(
    ticket: Ticket, agent: User
):
    assert reply_defaults(ticket).to == ["ana@customers.test"]
    message = reply(
        actor=acting(agent), user=agent, ticket_id=ticket.id, wanted=Reply(text="Mais.")
    )
    ticket.refresh_from_db()
    assert ticket.needs_attention
    assert [one["address"] for one in message.to + message.cc] == ["ana@customers.test"]


def test_an_accepted_reply_opens_the_ticket_and_its_sender_takes_part(
    box: Mailbox, ticket: Ticket, agent: User
):
    message = held_message()
    held.accept(actor=acting(agent), user=agent, message_id=message.id)
    ticket.refresh_from_db()
    assert (ticket.status_id, ticket.waiting_since) == ("open", message.created_at)
    assert not ticket.needs_attention
    assert held_message().flags == []
    again = receive(box, from_eve(message.message_id, own_id="eve-2@other.test"))
    assert again.message is not None
    assert again.message.flags == []
    event = TicketEvent.objects.get(ticket=ticket, kind="reply_accepted")
    assert (event.data["address"], event.actor_user) == (EVE, agent)


def test_accepting_takes_all_that_the_sender_wrote(box: Mailbox, ticket: Ticket, agent: User):
    receive(box, from_eve(held_message().message_id, own_id="eve-2@other.test"))
    held.accept(actor=acting(agent), user=agent, message_id=held_message().id)
    assert not Message.objects.filter(flags__contains=["another_address"]).exists()


def test_a_separated_reply_is_a_ticket_of_its_own(box: Mailbox, ticket: Ticket, agent: User):
    message = held_message()
    own = held.separate(actor=acting(agent), user=agent, message_id=message.id)
    ticket.refresh_from_db()
    message.refresh_from_db()
    assert message.ticket == own
    assert own.contact_address == EVE
    assert (own.waiting_since, own.message_count) == (message.created_at, 1)
    assert (ticket.message_count, ticket.needs_attention) == (2, False)
    assert message.inbound.ticket == own
    later = receive(box, from_eve(message.message_id, own_id="eve-2@other.test"))
    assert later.ticket == own


def test_only_a_held_message_is_decided_about_and_only_by_who_sees_it(ticket: Ticket, agent: User):
    message = held_message()
    stranger = person(team="Outra")
    Ticket.objects.update(team=person(team="Vendas").teams.get())
    with pytest.raises(Missing):
        held.accept(actor=acting(stranger), user=stranger, message_id=message.id)
    Ticket.objects.update(team=None)
    held.accept(actor=acting(agent), user=agent, message_id=message.id)
    with pytest.raises(Conflict):
        held.accept(actor=acting(agent), user=agent, message_id=message.id)
    with pytest.raises(Conflict):
        held.separate(actor=acting(agent), user=agent, message_id=message.id)


def test_nothing_is_decided_in_the_trash(ticket: Ticket, agent: User):
    changing.delete(actor=acting(agent), user=agent, ticket_id=ticket.id)
    with pytest.raises(Conflict):
        held.accept(actor=acting(agent), user=agent, message_id=held_message().id)


def test_t22_a_known_sender_whose_name_is_forged_is_held():
    box = mailbox("forged@desk.test", authserv_id="mx.desk.test")
    ticket = ticket_from(box, letter())
    failed = "mx.desk.test; dmarc=fail header.from=customers.test"
    odd = receive(
        box,
        letter(
            own_id="b@customers.test",
            in_reply_to="first@customers.test",
            authentication_results=failed,
        ),
    )
    assert odd.ticket == ticket
    assert odd.message is not None
    assert odd.message.flags == ["another_address", "auth_failed"]


def test_t22_a_verdict_that_a_stranger_wrote_counts_for_nothing():
    box = mailbox("trusting@desk.test", authserv_id="mx.desk.test")
    mail = receive(box, letter(authentication_results="mx.evil.test; dmarc=fail"))
    assert mail.message is not None
    assert mail.message.flags == []


def test_t18_a_mail_in_the_desks_own_name_is_held(box: Mailbox, ticket: Ticket):
    sent = Message.objects.filter(direction="out").latest("created_at")
    odd = receive(
        box,
        letter(sender="suporte@desk.test", own_id="own@other.test", in_reply_to=sent.message_id),
    )
    assert odd.message is not None
    assert odd.message.flags == ["another_address"]


@pytest.mark.parametrize(
    "fields",
    [
        b"From: ana@customers.test, eve@other.test",
        b"From: ana@customers.test\nFrom: eve@other.test",
        b"From: <ana@customers.test>eve@other.test\nSender: ana@customers.test",
        b"Sender: ana@customers.test",
    ],
)
def test_a_mail_that_does_not_name_one_author_proves_nobodys_identity(box: Mailbox, fields: bytes):
    """SECURITY 0.4: more than one address or any defect in From is an unknown sender."""
    ticket = ticket_from(box, letter())
    raw = letter(sender="p@x.test", own_id="odd@other.test", in_reply_to="first@customers.test")
    odd = receive(box, raw.replace(b"from: p@x.test", fields))
    assert odd.ticket == ticket
    assert odd.message is not None
    assert HELD in odd.message.flags


def test_who_was_only_sent_the_acknowledgement_takes_no_part():
    """An envelope sender is chosen freely: it must not take the seat of who From names."""
    box = mailbox("answering@desk.test", acknowledge=True)
    ticket = ticket_from(box, letter(return_path=f"<{EVE}>"))
    sent = Message.objects.get(ticket=ticket, direction="out")
    assert [one["address"] for one in sent.to] == [EVE]
    odd = receive(box, from_eve(sent.message_id))
    assert (odd.ticket, odd.message and odd.message.flags) == (ticket, [HELD])
    assert reply_defaults(ticket).to == ["ana@customers.test"]


def test_accepting_somebody_does_not_accept_who_forged_their_name(agent: User):
    box = mailbox("forged@desk.test", authserv_id="mx.desk.test")
    ticket = ticket_from(box, letter())
    for own_id, verdict in (("eve-1", "pass"), ("eve-2", "fail")):
        result = f"mx.desk.test; dmarc={verdict} header.from=other.test"
        receive(
            box,
            letter(
                sender=EVE,
                own_id=f"{own_id}@other.test",
                in_reply_to="first@customers.test",
                authentication_results=result,
            ),
        )
    honest, forged = Message.objects.filter(from_address=EVE).order_by("created_at")
    held.accept(actor=acting(agent), user=agent, message_id=honest.id)
    forged.refresh_from_db()
    assert forged.flags == [HELD, "auth_failed"]
    ticket.refresh_from_db()
    assert ticket.needs_attention
    held.accept(actor=acting(agent), user=agent, message_id=forged.id)
    forged.refresh_from_db()
    assert forged.flags == ["auth_failed"]


@pytest.mark.parametrize(
    "fields", [b"Sender: carla@customers.test", b"From: carla@customers.test, eve@other.test"]
)
def test_naming_somebody_admits_no_mail_whose_author_is_in_doubt(box: Mailbox, fields: bytes):
    ticket_from(box, letter())
    raw = letter(sender="p@x.test", own_id="odd@other.test", in_reply_to="first@customers.test")
    odd = receive(box, raw.replace(b"from: p@x.test", fields))
    receive(
        box,
        letter(
            own_id="copying@customers.test",
            in_reply_to="first@customers.test",
            cc="carla@customers.test",
        ),
    )
    assert odd.message is not None
    odd.message.refresh_from_db()
    assert odd.message.from_address == "carla@customers.test"
    assert HELD in odd.message.flags


def test_c5_accepting_a_reply_stops_what_was_planned_before_it_came_and_nothing_since(
    box: Mailbox, ticket: Ticket, agent: User
):
    def plan() -> Message:
        leaves = timezone.now() + timedelta(days=1)
        wanted = Reply(text="Bom dia!", send_at=leaves)
        return reply(actor=acting(agent), user=agent, ticket_id=ticket.id, wanted=wanted)

    before = plan()
    Message.objects.filter(pk=before.pk).update(created_at=Now() - timedelta(days=1))
    since = plan()
    held.accept(actor=acting(agent), user=agent, message_id=held_message().id)
    holds = {one.id: OutboundMail.objects.get(message=one).hold for one in (before, since)}
    assert holds == {before.id: "customer_wrote", since.id: "later"}
    ticket.refresh_from_db()
    assert ticket.needs_attention
