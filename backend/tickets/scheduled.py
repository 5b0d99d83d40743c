"""Replies that leave later, and the customer who writes first (FEATURES.md C5).

Locks: who holds a ticket never waits for a mail that a sender may hold, because senders hold the
mail when they tell its ticket. So decisions skip a locked mail: it is leaving (`locked_mail`).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from backend.audit import services as audit
from backend.audit.services import Actor
from backend.core import blobs, doorbell
from backend.core.clock import database_now
from backend.core.errors import Conflict, FieldError, Invalid, Missing
from backend.mail.compose import with_date
from backend.mailboxes.models import OutboundMail, OutboundRecipient
from backend.tickets import attention
from backend.tickets.changing import locked
from backend.tickets.file_links import KEPT
from backend.tickets.history import Change, note_changes
from backend.tickets.models import FileLink, Message, Ticket
from backend.tickets.visibility import visible_to
from backend.users.models import User

State, Hold, IfAnswered = OutboundMail.State, OutboundMail.Hold, OutboundMail.IfAnswered
NOT_SENT = "not_sent"  # flag of a reply that has not left, or never will: it answers nothing
FARTHEST = timedelta(days=366)


def customer_wrote(ticket: Ticket, message: Message, *, read: bool = False) -> None:
    """The customer wrote before replies for later have left; inside intake's transaction.

    `ticket` is locked and saved, `message` is the customer's. `read`: it was there for all to see;
    whoever wrote a reply since then knows it. Each reply does what its author
    chose: it waits for a person and the ticket needs attention, it is cancelled, or it leaves as
    planned. One that a sender has taken already leaves.
    """
    answered = _for_later(ticket).exclude(if_answered=IfAnswered.SEND)
    if read:
        answered = answered.filter(message__created_at__lt=message.created_at)
    changes = [
        _hold(outbound) if outbound.if_answered == IfAnswered.HOLD else _cancel(outbound)
        for outbound in answered.select_for_update(of=("self",)).order_by("id")
    ]
    if not changes:
        return
    if any(change.kind == "reply_stopped" for change in changes):
        attention.ask(ticket)
    for change in changes:
        change.data["because"] = str(message.id)
    note_changes(ticket, *changes, actor=audit.system("customer wrote first"))


def _for_later(ticket: Ticket) -> QuerySet[OutboundMail]:
    return OutboundMail.objects.filter(message__ticket=ticket, state=State.HELD, hold=Hold.LATER)


def _hold(outbound: OutboundMail) -> Change:
    outbound.hold = Hold.CUSTOMER_WROTE
    outbound.save(update_fields=["hold"])
    return Change("reply_stopped", {"message": str(outbound.message_id)})


def _cancel(outbound: OutboundMail) -> Change:
    cancel_row(outbound)
    return Change("reply_cancelled", {"message": str(outbound.message_id)})


def cancel_row(outbound: OutboundMail) -> None:
    """Let a locked mail that no sender has never leave; who has it already has it."""
    outbound.state, outbound.hold = State.CANCELLED, ""
    outbound.save(update_fields=["state", "hold"])
    kept = [OutboundRecipient.State.ACCEPTED, OutboundRecipient.State.FAILED]
    outbound.recipients.exclude(state__in=kept).update(state=OutboundRecipient.State.CANCELLED)


@dataclass(frozen=True)
class Decided:
    """A ticket, one of its replies and its mail, all locked until the transaction ends."""

    ticket: Ticket
    message: Message
    outbound: OutboundMail

    def note(self, kind: str, *, actor: Actor, **data: str | None) -> None:
        """Record what was decided; the ticket's version rises with it."""
        self.ticket.version += 1
        self.ticket.save(update_fields=["version"])
        change = Change(kind, {"message": str(self.message.id)} | data)
        note_changes(self.ticket, change, actor=actor)


def locked_mail(message_id: uuid.UUID, *, user: User) -> Decided:
    """A reply to decide about; raises Missing, or Conflict when the message is none of the desk's
    mails or a sender has it right now."""
    known = Message.objects.filter(ticket__in=visible_to(user))
    ticket_id = known.filter(pk=message_id).values_list("ticket_id", flat=True).first()
    while ticket_id is not None:
        ticket = locked(ticket_id, user=user)
        message = Message.objects.select_related("author").filter(pk=message_id).first()
        if message is None:
            break
        if message.ticket_id == ticket.id:
            rows = OutboundMail.objects.select_for_update(skip_locked=True)
            outbound = rows.filter(message_id=message_id).first()
            if outbound is None and not OutboundMail.objects.filter(message=message).exists():
                raise no_mail()
            if outbound is None or outbound.state == State.SENDING:
                raise already_leaving()
            return Decided(ticket, message, outbound)
        ticket_id = message.ticket_id  # a merge moved it meanwhile
    raise Missing("There is no such message.")


def no_mail() -> Conflict:
    """The answer to who decides about something that was received or written down."""
    return Conflict("This message is no mail that the desk sends.", code="no_mail")


def already_leaving() -> Conflict:
    """The answer to who wanted to stop what a sender has taken."""
    return Conflict("This mail is leaving or has left.", code="already_leaving")


def bad_moment() -> Invalid:
    """The answer to a moment in the past or too far away."""
    return Invalid(
        "Choose a moment within the next year.",
        fields={
            "send_at": [FieldError("Choose a moment within the next year.", "bad_moment")],
        },
    )


@transaction.atomic
def reschedule(
    *, actor: Actor, user: User, message_id: uuid.UUID, send_at: datetime, if_answered: str
) -> None:
    """Let a reply for later leave at another moment, also one the customer's mail has stopped.

    Raises Missing, Invalid, or Conflict for a reply that is not for later any more.
    """
    decided = locked_mail(message_id, user=user)
    outbound = decided.outbound
    if outbound.state != State.HELD or outbound.hold == Hold.UNDO:
        raise Conflict("This mail is not planned for later.", code="not_scheduled")
    if not timezone.now() < send_at <= timezone.now() + FARTHEST:
        raise bad_moment()
    outbound.hold, outbound.if_answered = Hold.LATER, IfAnswered(if_answered)
    _date(decided, send_at)
    outbound.save()
    attention.settle(decided.ticket)
    decided.note("reply_rescheduled", actor=actor, at=send_at.isoformat())


@transaction.atomic
def send_now(*, actor: Actor, user: User, message_id: uuid.UUID) -> None:
    """Let a held reply leave at once; raises Missing, or Conflict when it is not held."""
    decided = locked_mail(message_id, user=user)
    outbound = decided.outbound
    if outbound.state != State.HELD:
        raise Conflict("This mail is not held back.", code="not_held_back")
    if outbound.hold != Hold.UNDO:
        _date(decided, timezone.now())
    outbound.state, outbound.hold = State.QUEUED, ""
    outbound.next_attempt_at = outbound.waiting_since = database_now()
    outbound.save()
    attention.settle(decided.ticket)
    decided.note("reply_released", actor=actor)
    doorbell.ring_after_commit(doorbell.SEND)


def _date(decided: Decided, at: datetime) -> None:
    """Give a held mail another moment, in its Date too: a mail that says it is a year old looks
    forged. Nothing was sent, so its bytes may change; its Message-ID never does."""
    outbound, message = decided.outbound, decided.message
    raw = with_date(blobs.get(outbound.sha256), at)
    outbound.sha256, outbound.size = blobs.put(raw), len(raw)
    outbound.next_attempt_at = outbound.waiting_since = at
    message.date_header = at
    message.save(update_fields=["date_header"])
    links = FileLink.objects.filter(attachment__message=message, expires_at__lt=at + KEPT)
    links.update(expires_at=at + KEPT)
