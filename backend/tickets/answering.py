"""What an answer means for its ticket: when it is written, when it leaves, when it is taken back.

A reply that leaves soon counts from the moment it is written, and `HeldReply` remembers what it
changed. One for later changes nothing until it has left: until then the customer still waits.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Max, Min
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from backend.audit.models import Log
from backend.audit.services import Actor
from backend.core.errors import FieldError, Invalid
from backend.core.text import one_line
from backend.mailboxes.models import OutboundMail
from backend.mailboxes.outbox import Leaving
from backend.tickets import attention
from backend.tickets.changing import set_status, unanswered_since
from backend.tickets.history import Change, note_changes
from backend.tickets.models import HeldReply, Message, Status, Ticket
from backend.tickets.receiving import PREVIEW
from backend.tickets.scheduled import NOT_SENT

_MOMENTS = ("closed_at", "first_answered_at", "last_activity_at")
_REMEMBERED = (
    "status_id",
    "status_category",
    "preview",
    "last_direction",
    "needs_attention",
    *_MOMENTS,
)
_STATUS = ("status_id", "status_category", "closed_at")  # they only make sense together
_DONE = {Status.Category.RESOLVED, Status.Category.CLOSED}


def written(
    ticket: Ticket, message: Message, *, actor: Actor, status_after: str | None, leaving: Leaving
) -> None:
    """A reply was written into a locked ticket; raises Invalid for an unknown status."""
    if leaving.hold == OutboundMail.Hold.LATER:
        _planned(ticket, message, actor=actor, status_after=status_after, leaving=leaving)
        return
    before = _remember(ticket)
    ticket.message_count += 1
    ticket.version += 1
    ticket.last_activity_at = message.created_at
    ticket.preview = one_line(message.text, limit=PREVIEW)
    ticket.last_direction = Message.Direction.OUT
    ticket.waiting_since = None
    ticket.needs_attention = attention.has_held(ticket)
    ticket.first_answered_at = ticket.first_answered_at or message.created_at
    data = {"message": str(message.id)} | _status_change(ticket, status_after)
    ticket.save()
    if leaving.hold is not None:
        HeldReply.objects.create(
            message=message,
            status_after=status_after or "",
            before=before,
            after=_remember(ticket),
        )
    note_changes(ticket, Change("message_out", data), actor=actor)


def _planned(
    ticket: Ticket, message: Message, *, actor: Actor, status_after: str | None, leaving: Leaving
) -> None:
    if status_after and not Status.objects.filter(pk=status_after).exists():
        raise Invalid(
            "There is no such status.",
            fields={"status": [FieldError("No such status.", "unknown_status")]},
        )
    ticket.message_count += 1
    ticket.version += 1
    ticket.save(update_fields=["message_count", "version"])
    HeldReply.objects.create(message=message, status_after=status_after or "")
    at = leaving.at.isoformat() if leaving.at else None
    change = Change("reply_scheduled", {"message": str(message.id), "at": at})
    note_changes(ticket, change, actor=actor)


def _status_change(ticket: Ticket, status_after: str | None) -> dict[str, str | None]:
    if status_after is None or status_after == ticket.status_id:
        return {}
    old = ticket.status_id
    set_status(ticket, status_after)
    return {"field": "status", "old": old, "new": status_after}


def arrived(ticket: Ticket, message: Message) -> None:
    """A reply for later has reached somebody: it answers what the customer had said until it was
    written. Does nothing for one that counts already. The ticket is locked."""
    held = HeldReply.objects.filter(message=message).first()
    if NOT_SENT not in message.flags:
        if held is not None:
            held.delete()  # it can't be taken back any more
        return
    message.flags = [flag for flag in message.flags if flag != NOT_SENT]
    message.save(update_fields=["flags"])
    now = timezone.now()
    ticket.version += 1
    ticket.last_activity_at = now
    ticket.first_answered_at = ticket.first_answered_at or now
    data: dict[str, Any] = {"message": str(message.id)}
    newest = Message.objects.filter(ticket=ticket).aggregate(at=Max("created_at"))["at"]
    if newest == message.created_at:
        ticket.preview = one_line(message.text, limit=PREVIEW)
        ticket.last_direction = Message.Direction.OUT
        wanted = held.status_after if held is not None else ""
        if wanted and Status.objects.filter(pk=wanted).exists():
            data |= _status_change(ticket, wanted)
    settle_waiting(ticket)
    ticket.save()
    if held is not None:
        held.delete()
    note_changes(ticket, Change("message_out", data), actor=_author(message))


def taken_back(ticket: Ticket, held: HeldReply) -> None:
    """A reply of a locked ticket left the thread: what it changed, and nobody changed since, is
    as before. The message is no longer in the thread; the caller saves the ticket."""
    now = _remember(ticket)
    before, after = held.before, held.after
    status_kept = all(now[field] == after.get(field) for field in _STATUS)
    for field in before:
        changed_since = not status_kept if field in _STATUS else now[field] != after.get(field)
        if not changed_since:
            value = before[field]
            setattr(ticket, field, _moment(value) if field in _MOMENTS else value)
    ticket.message_count -= 1
    ticket.version += 1
    settle_waiting(ticket)


def not_answered(ticket: Ticket, message: Message) -> None:
    """A reply of a locked ticket reached nobody and never will: the customer waits again."""
    settle_waiting(ticket)
    if ticket.first_answered_at == message.created_at:
        said = ticket.messages.filter(direction=Message.Direction.OUT)
        said = said.exclude(flags__overlap=["automatic", NOT_SENT])
        ticket.first_answered_at = said.aggregate(at=Min("created_at"))["at"]
    ticket.save(update_fields=["waiting_since", "first_answered_at"])


def settle_waiting(ticket: Ticket) -> None:
    """Since when the customer of an unsaved, locked ticket waits, from what was said in it."""
    done = ticket.status_category in _DONE
    ticket.waiting_since = None if done else unanswered_since(ticket)


def _author(message: Message) -> Actor:
    """The person whose decision it was when the reply was written."""
    if message.author is None:
        return Actor(kind=Log.ActorKind.SYSTEM, label="desk", cause="send later")
    return Actor(
        kind=Log.ActorKind.USER,
        label=message.author.email,
        user_id=message.author.id,
        cause="send later",
    )


def _remember(ticket: Ticket) -> dict[str, Any]:
    """The fields a reply changes, as JSON."""
    values = {field: getattr(ticket, field) for field in _REMEMBERED}
    return values | {
        field: values[field].isoformat() if values[field] else None for field in _MOMENTS
    }


def _moment(value: str | None) -> datetime | None:
    return parse_datetime(value) if value else None
