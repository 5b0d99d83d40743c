"""Whether a ticket needs a person for something else than an answer."""

from __future__ import annotations

from backend.mailboxes import outbox
from backend.mailboxes.models import OutboundMail
from backend.tickets.models import Message, Ticket


def ask(ticket: Ticket) -> None:
    """Show a locked ticket among those that need attention."""
    _set(ticket, needed=True)


def settle(ticket: Ticket) -> None:
    """Take a locked ticket off that list when nothing is left to look after."""
    _set(ticket, needed=has_undelivered(ticket) or has_held(ticket))


def has_undelivered(ticket: Ticket) -> bool:
    """A reply of the ticket failed, may not have arrived, or was stopped by the customer's mail."""
    return OutboundMail.objects.filter(
        outbox.undelivered(), message__ticket=ticket, kind=OutboundMail.Kind.REPLY
    ).exists()


def has_held(ticket: Ticket) -> bool:
    """A reply from another address waits for a decision (MAIL.md T3)."""
    return Message.objects.filter(ticket=ticket, flags__contains=["another_address"]).exists()


def _set(ticket: Ticket, *, needed: bool) -> None:
    if ticket.needs_attention == needed:
        return
    ticket.needs_attention = needed
    ticket.version += 1
    ticket.save(update_fields=["needs_attention", "version"])
