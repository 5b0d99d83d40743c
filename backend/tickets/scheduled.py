"""Replies that leave later, and the customer who writes first (FEATURES.md C5).

Locks: the ticket, then the mail. Whoever decides about a held mail takes them in this order.
"""

from __future__ import annotations

import uuid

from django.db.models import QuerySet

from backend.audit import services as audit
from backend.mailboxes.models import OutboundMail, OutboundRecipient
from backend.tickets import attention
from backend.tickets.history import Change, note_changes
from backend.tickets.models import Message, Ticket

State, Hold, IfAnswered = OutboundMail.State, OutboundMail.Hold, OutboundMail.IfAnswered
NOT_SENT = "not_sent"  # flag of a reply that has not left, or never will: it answers nothing


def customer_wrote(ticket: Ticket, message: Message) -> None:
    """The customer wrote before replies for later have left; inside intake's transaction.

    `ticket` is locked and saved, `message` is the customer's. Each reply does what its author
    chose: it waits for a person and the ticket needs attention, it is cancelled, or it leaves as
    planned. One that a sender has taken already leaves.
    """
    answered = _for_later(ticket).exclude(if_answered=IfAnswered.SEND)
    changes = [
        _hold(outbound) if outbound.if_answered == IfAnswered.HOLD else _cancel(outbound)
        for outbound in answered.select_for_update(of=("self",)).order_by("id")
    ]
    if not changes:
        return
    if any(change.kind == "reply_held" for change in changes):
        attention.ask(ticket)
    for change in changes:
        change.data["because"] = str(message.id)
    note_changes(ticket, *changes, actor=audit.system("customer wrote first"))


def _for_later(ticket: Ticket) -> QuerySet[OutboundMail]:
    return OutboundMail.objects.filter(message__ticket=ticket, state=State.HELD, hold=Hold.LATER)


def _hold(outbound: OutboundMail) -> Change:
    outbound.hold = Hold.CUSTOMER_WROTE
    outbound.save(update_fields=["hold"])
    return Change("reply_held", {"message": str(outbound.message_id)})


def _cancel(outbound: OutboundMail) -> Change:
    cancel_row(outbound)
    return Change("reply_cancelled", {"message": str(outbound.message_id)})


def cancel_row(outbound: OutboundMail) -> None:
    """Let a locked mail that no sender has never leave; who has it already has it."""
    outbound.state, outbound.hold = State.CANCELLED, ""
    outbound.save(update_fields=["state", "hold"])
    kept = [OutboundRecipient.State.ACCEPTED, OutboundRecipient.State.FAILED]
    outbound.recipients.exclude(state__in=kept).update(state=OutboundRecipient.State.CANCELLED)


def is_for_later(message_id: uuid.UUID) -> bool:
    """The reply has not left and is meant for later."""
    return Message.objects.filter(pk=message_id, flags__contains=[NOT_SENT]).exists()
