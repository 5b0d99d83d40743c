"""Taking a reply back before it leaves, and stopping one for good (FEATURES.md C4, MAIL.md S16)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from backend.audit.services import Actor
from backend.core.errors import Conflict, Forbidden
from backend.mailboxes.models import OutboundMail, OutboundRecipient
from backend.mailboxes.outbox import note_decision
from backend.tickets import answering, attention, search
from backend.tickets.history import Change, note_changes
from backend.tickets.models import Attachment, FileLink, HeldReply, Message, ThreadReference, Ticket
from backend.tickets.scheduled import NOT_SENT, already_leaving, cancel_row, locked_mail
from backend.users.models import User

State = OutboundMail.State
_STOPPABLE = {State.HELD, State.QUEUED, State.DEFERRED, State.FAILED, State.UNCERTAIN}
_OVER_OTHERS = {User.Role.ADMIN, User.Role.SUPERVISOR}


@dataclass(frozen=True)
class Undone:
    """A reply taken back: what the composer needs to go on with it, and its ticket."""

    draft: dict[str, Any]
    ticket: Ticket


def may_undo(user: User, message: Message) -> bool:
    """Its author, and who leads: a colleague's words are not anybody's to take (SECURITY 67)."""
    return user.role in _OVER_OTHERS or message.author_id == user.id


@transaction.atomic
def undo(*, actor: Actor, user: User, message_id: uuid.UUID) -> Undone:
    """Take back a held reply: it leaves the thread and comes back as a draft.

    The mail can never leave: its row is cancelled by a compare-and-set that a sender's claim and
    this one can't both win. The ticket is as before where nobody changed it since. Raises Missing,
    Forbidden, or Conflict "already_leaving".
    """
    decided = locked_mail(message_id, user=user)
    ticket, message, outbound = decided.ticket, decided.message, decided.outbound
    if not may_undo(user, message):
        raise Forbidden("Only its author may take a reply back.", code="not_your_reply")
    if outbound.state != State.HELD:
        raise already_leaving()
    stopped = outbound.hold == OutboundMail.Hold.CUSTOMER_WROTE
    cancel_row(outbound)
    held = HeldReply.objects.filter(message=message).first() or HeldReply(message=message)
    draft = _draft(message, held)
    _leave_thread(message)
    search.replace(ticket.id, _said_in(ticket))
    answering.taken_back(ticket, held)
    ticket.save()
    if stopped:
        attention.settle(ticket)
    note_changes(ticket, Change("reply_undone", {"message": str(message.id)}), actor=actor)
    return Undone(draft, ticket)


def _leave_thread(message: Message) -> None:
    """Nothing finds the message any more; its row stays with its mail's, as what was not sent."""
    Message.objects.filter(pk=message.pk).update(undone_at=timezone.now())
    ThreadReference.objects.filter(
        ticket_id=message.ticket_id, message_id=message.message_id
    ).delete()
    FileLink.objects.filter(attachment__message=message).delete()
    HeldReply.objects.filter(message=message).delete()


def _said_in(ticket: Ticket) -> Iterator[tuple[str, ...]]:
    """What finds a ticket: its words are kept together, so one message's can't be taken out."""
    yield ticket.subject, ticket.contact.name, ticket.contact_address
    merged = Ticket.objects.filter(merged_into=ticket)
    yield from merged.values_list("subject", "contact__name", "contact_address")
    yield from ticket.notes.values_list("text")
    names: dict[uuid.UUID, list[str]] = {}
    files = Attachment.objects.filter(message__in=ticket.messages.all())
    for message_id, name in files.values_list("message_id", "filename"):
        names.setdefault(message_id, []).append(name)
    for one in ticket.messages.order_by("created_at", "id"):
        if one.direction == Message.Direction.OUT:
            yield one.subject, one.text
        else:
            text = one.reply_text or one.text
            yield one.subject, one.from_name, one.from_address, text, *names.get(one.id, ())


def _draft(message: Message, held: HeldReply) -> dict[str, Any]:
    files = Attachment.objects.filter(message=message).order_by("id")
    return {
        "text": message.text,
        "to": [one["address"] for one in message.to],
        "cc": [one["address"] for one in message.cc],
        "bcc": [one["address"] for one in message.bcc],
        "status_after": held.status_after or None,
        "files": [
            {
                "attachment_id": one.id,
                "filename": one.filename,
                "size": one.size,
                "content_type": one.content_type,
            }
            for one in files
        ],
    }


@transaction.atomic
def cancel(*, actor: Actor, user: User, message_id: uuid.UUID) -> None:
    """Let a reply never leave, or be tried again; it stays in the thread as cancelled.

    The customer waits again if nobody got it. Raises Missing, or Conflict for one that has left
    ("not_stoppable") or is leaving ("already_leaving").
    """
    decided = locked_mail(message_id, user=user)
    ticket, message, outbound = decided.ticket, decided.message, decided.outbound
    if outbound.state not in _STOPPABLE:
        raise Conflict(f"This mail is {outbound.state}: nothing to stop.", code="not_stoppable")
    before = outbound.state
    cancel_row(outbound)
    accepted = outbound.recipients.filter(state=OutboundRecipient.State.ACCEPTED).exists()
    if not accepted and before != State.UNCERTAIN:
        if NOT_SENT not in message.flags:
            message.flags = [*message.flags, NOT_SENT]
            message.save(update_fields=["flags"])
        answering.not_answered(ticket, message)
        FileLink.objects.filter(attachment__message=message).update(revoked_at=timezone.now())
    HeldReply.objects.filter(message=message).delete()
    attention.settle(ticket)
    note_decision(outbound, "cancel", actor=actor, before=before)
    decided.note("reply_cancelled", actor=actor)
