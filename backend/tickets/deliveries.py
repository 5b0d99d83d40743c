"""What people decide about mails that did not simply arrive, and what screens show of them."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction

from backend.audit.services import Actor
from backend.core.errors import Missing
from backend.mailboxes import outbox, uncertain
from backend.mailboxes.models import OutboundMail
from backend.tickets import answering, attention, undoing
from backend.tickets.history import Change, note_changes
from backend.tickets.models import Message
from backend.tickets.receiving import lock_ticket_of
from backend.tickets.scheduled import no_mail
from backend.tickets.visibility import visible_to
from backend.users.models import User
from backend.users.policy import Permission, can

State, Hold = OutboundMail.State, OutboundMail.Hold
_STOPPABLE = {State.HELD, State.QUEUED, State.DEFERRED, State.FAILED, State.UNCERTAIN}
_RETRYABLE = {State.DEFERRED, State.FAILED, State.UNCERTAIN}


@transaction.atomic
def retry(*, actor: Actor, user: User, message_id: uuid.UUID, found: str) -> None:
    """Send a reply again now; see `outbox.retry`, whose errors it raises, and Missing."""
    outbound = outbox.retry(actor=actor, outbound_id=_mail_of(message_id, user), found=found)
    _note(outbound, "reply_retried", actor=actor)


@transaction.atomic
def mark_arrived(*, actor: Actor, user: User, message_id: uuid.UUID) -> None:
    """A person's word that an uncertain reply arrived; raises Missing, Conflict."""
    outbound = uncertain.mark_arrived(actor=actor, outbound_id=_mail_of(message_id, user))
    _note(outbound, "reply_arrived", actor=actor)


def _mail_of(message_id: uuid.UUID, user: User) -> uuid.UUID:
    if not Message.objects.filter(pk=message_id, ticket__in=visible_to(user)).exists():
        raise Missing("There is no such message.")
    outbound = OutboundMail.objects.filter(message_id=message_id)
    found = outbound.values_list("pk", flat=True).first()
    if found is None:
        raise no_mail()
    return found


def _note(outbound: OutboundMail, kind: str, *, actor: Actor) -> None:
    if outbound.message_id is None:
        return
    ticket = lock_ticket_of(outbound.message_id)
    message = Message.objects.select_related("author").get(pk=outbound.message_id)
    if outbound.state == State.SENT:
        answering.arrived(ticket, message)
        attention.settle(ticket)
    ticket.version += 1
    ticket.save(update_fields=["version"])
    note_changes(ticket, Change(kind, {"message": str(message.id)}), actor=actor)


def shown(outbound: OutboundMail | None, message: Message, user: User) -> dict[str, Any] | None:
    """How a mail's journey stands, and what this person may do about it.

    Reads the prefetched recipients and attempts.
    """
    if outbound is None:
        return None
    held = outbound.state == State.HELD
    planned = held and outbound.hold != Hold.CUSTOMER_WROTE
    replies = can(user, Permission.TICKET_REPLY)
    return {
        "id": outbound.id,
        "state": outbound.state,
        "hold": outbound.hold,
        "if_answered": outbound.if_answered,
        "leaves_at": outbound.next_attempt_at if planned else None,
        "can_undo": held and replies and undoing.may_undo(user, message),
        "can_cancel": outbound.state in _STOPPABLE and replies,
        "can_retry": outbound.state in _RETRYABLE and replies,
        "last_error": outbound.last_error,
        "last_error_code": outbound.last_error_code,
        "next_attempt_at": outbound.next_attempt_at,
        "sent_at": outbound.sent_at,
        "tries": outbound.tries,
        "sent_copy": outbound.sent_copy,
        "looked_in_sent_at": outbound.looked_in_sent_at,
        "recipients": [
            {
                "address": one.address,
                "kind": one.kind,
                "state": one.state,
                "code": one.smtp_code,
                "text": one.smtp_text,
                "settled_at": one.settled_at,
            }
            for one in outbound.recipients.all()
        ],
        "attempts": [
            {
                "number": one.number,
                "at": one.at,
                "phase": one.phase,
                "outcome": one.outcome,
                "code": one.smtp_code,
                "text": one.smtp_text,
                "server": one.server,
            }
            for one in outbound.attempts.all()
        ],
    }
