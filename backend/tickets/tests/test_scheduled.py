"""Replies that leave later: what they change when, and the customer who writes first."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from backend.core import blobs
from backend.core.errors import Conflict, Invalid
from backend.mail.parse import parse
from backend.mailboxes import outbox
from backend.mailboxes.models import Mailbox, OutboundMail
from backend.tickets import delivering, scheduled, thread_selectors, undoing
from backend.tickets.models import Message, Ticket, TicketEvent
from backend.tickets.replying import Reply, reply
from backend.users.models import User
from desk_cli.servers.smtp_sink import SmtpSink
from tests.desk import acting, mailbox, person, ticket_from
from tests.mails import letter

pytestmark = pytest.mark.django_db


@pytest.fixture
def box(smtp_sink: SmtpSink) -> Mailbox:
    return mailbox(smtp_port=smtp_sink.port, undo_seconds=15)


@pytest.fixture
def agent() -> User:
    return person()


def tomorrow() -> datetime:
    return (timezone.now() + timedelta(days=1)).replace(microsecond=0)


def plan(ticket: Ticket, agent: User, **wanted: object) -> Message:
    values: dict[str, object] = {"text": "Bom dia!", "send_at": tomorrow()} | wanted
    return reply(
        actor=acting(agent),
        user=agent,
        ticket_id=ticket.id,
        wanted=Reply(**values),  # type: ignore[arg-type]
    )


def leave(message: Message) -> OutboundMail:
    """The moment of a planned reply has come."""
    OutboundMail.objects.filter(message=message, state="held").update(next_attempt_at=Now())
    delivering.drain()
    return OutboundMail.objects.get(message=message)


def writes(ticket: Ticket) -> None:
    """The customer writes into the ticket, as intake tells it."""
    ticket = Ticket.objects.select_for_update().get(pk=ticket.pk)
    first = Message.objects.filter(ticket=ticket, direction="in").first()
    assert first is not None
    ticket.waiting_since = ticket.waiting_since or timezone.now()
    ticket.save()
    scheduled.customer_wrote(ticket, first)


def kinds(ticket: Ticket) -> list[str]:
    return list(
        TicketEvent.objects.filter(ticket=ticket).order_by("id").values_list("kind", flat=True)
    )


def test_c5_a_reply_for_later_changes_nothing_until_it_has_left(
    box: Mailbox, agent: User, smtp_sink: SmtpSink
):
    ticket = ticket_from(box, letter())
    at = tomorrow()
    message = plan(ticket, agent, send_at=at, status_after="resolved")
    outbound = message.outbound
    assert (outbound.state, outbound.hold, outbound.if_answered) == ("held", "later", "hold")
    assert (outbound.next_attempt_at, outbound.waiting_since) == (at, at)
    ticket.refresh_from_db()
    assert (ticket.status_id, ticket.first_answered_at, ticket.last_direction) == (
        "open",
        None,
        "in",
    )
    assert ticket.waiting_since is not None
    assert delivering.drain() == 0
    raw = blobs.get(outbound.sha256)
    assert leave(message).state == "sent"
    assert smtp_sink.messages[0].raw == raw
    assert parse(raw).date == at  # written for the moment it leaves
    ticket.refresh_from_db()
    assert ticket.waiting_since is None
    assert (ticket.status_id, ticket.last_direction) == ("resolved", "out")
    assert ticket.first_answered_at is not None
    assert kinds(ticket)[-2:] == ["reply_scheduled", "message_out"]
    assert Message.objects.get(pk=message.pk).flags == []


@pytest.mark.parametrize("days", [-1, 0, 367])
def test_a_moment_in_the_past_or_too_far_away_is_refused(box: Mailbox, agent: User, days: int):
    ticket = ticket_from(box, letter())
    with pytest.raises(Invalid) as caught:
        plan(ticket, agent, send_at=timezone.now() + timedelta(days=days))
    assert "send_at" in caught.value.fields
    assert not OutboundMail.objects.exists()


def test_c5_a_customer_who_writes_first_stops_cancels_or_lets_pass_as_was_chosen(
    box: Mailbox, agent: User, smtp_sink: SmtpSink
):
    ticket = ticket_from(box, letter())
    held, cancelled, sent = (
        plan(ticket, agent, if_answered=choice) for choice in ("hold", "cancel", "send")
    )
    soon = plan(ticket, agent, send_at=None)
    writes(ticket)
    states = dict(OutboundMail.objects.values_list("message_id", "state"))
    assert states == {
        held.id: "held", cancelled.id: "cancelled", sent.id: "held", soon.id: "held"
    }  # fmt: skip
    assert OutboundMail.objects.get(message=held).hold == "customer_wrote"
    assert kinds(ticket)[-2:] == ["reply_stopped", "reply_cancelled"]
    ticket.refresh_from_db()
    assert ticket.needs_attention is True
    OutboundMail.objects.update(next_attempt_at=Now())
    delivering.drain()
    assert OutboundMail.objects.filter(state="sent").count() == 2
    assert OutboundMail.objects.get(message=held).state == "held"  # only a person lets it leave
    ticket.refresh_from_db()
    assert (ticket.needs_attention, ticket.waiting_since) == (True, None)
    before = len(kinds(ticket))
    writes(ticket)
    assert len(kinds(ticket)) == before  # once


def test_a_stopped_reply_is_sent_by_a_person_now_later_or_never(
    box: Mailbox, agent: User, smtp_sink: SmtpSink
):
    ticket = ticket_from(box, letter())
    now, later, never = (plan(ticket, agent) for _ in range(3))
    before = blobs.get(now.outbound.sha256)
    writes(ticket)
    who = {"actor": acting(agent), "user": agent}
    shown = thread_selectors.message(agent, now.id)["delivery"]
    assert (shown["hold"], shown["leaves_at"], shown["can_cancel"]) == (
        "customer_wrote",
        None,
        True,
    )
    scheduled.send_now(**who, message_id=now.id)  # type: ignore[arg-type]
    at = tomorrow() + timedelta(days=3)
    scheduled.reschedule(**who, message_id=later.id, send_at=at, if_answered="send")  # type: ignore[arg-type]
    draft = undoing.undo(**who, message_id=never.id).draft  # type: ignore[arg-type]
    assert draft["text"] == "Bom dia!"
    ticket.refresh_from_db()
    assert ticket.needs_attention is False
    planned = OutboundMail.objects.get(message=later)
    assert (planned.hold, planned.next_attempt_at, planned.if_answered) == ("later", at, "send")
    assert parse(blobs.get(planned.sha256)).date == at
    delivering.drain()
    (arrived,) = smtp_sink.messages
    mail = parse(arrived.raw)
    # Another Date, since it leaves at another time; every other byte and the id stay.
    assert mail.message_id == now.message_id
    assert mail.date is not None
    assert abs(mail.date - timezone.now()) < timedelta(minutes=5)
    assert arrived.raw.split(b"\r\n", 1)[1] == before.split(b"\r\n", 1)[1]
    for decide in (
        lambda: scheduled.send_now(**who, message_id=now.id),  # type: ignore[arg-type]
        lambda: scheduled.reschedule(**who, message_id=now.id, send_at=at, if_answered="hold"),  # type: ignore[arg-type]
    ):
        with pytest.raises(Conflict):
            decide()


def test_a_reply_for_later_that_can_not_be_delivered_answers_nothing(
    box: Mailbox, agent: User, smtp_sink: SmtpSink
):
    ticket = ticket_from(box, letter())
    message = plan(ticket, agent, status_after="resolved")
    smtp_sink.script(mode="reject5", at="mail")
    assert leave(message).state == "failed"
    ticket.refresh_from_db()
    assert (ticket.status_id, ticket.needs_attention) == ("open", True)
    assert (ticket.first_answered_at, ticket.waiting_since is not None) == (None, True)
    outbox.retry(actor=acting(agent), outbound_id=message.outbound.id)
    assert leave(message).state == "sent"
    ticket.refresh_from_db()
    assert (ticket.status_id, ticket.needs_attention) == ("resolved", False)


def test_a_reply_that_leaves_after_the_customer_wrote_again_does_not_answer_that(
    box: Mailbox, agent: User
):
    from tests.desk import receive

    ticket = ticket_from(box, letter())
    message = plan(ticket, agent, if_answered="send", status_after="resolved")
    again = letter(own_id="2@customers.test", in_reply_to="first@customers.test", text="E aí?")
    assert receive(box, again).ticket == ticket
    assert leave(message).state == "sent"
    ticket.refresh_from_db()
    asked = Message.objects.filter(ticket=ticket, direction="in").latest("created_at")
    assert (ticket.waiting_since, ticket.status_id) == (asked.created_at, "open")
    assert ticket.preview == "E aí?"
