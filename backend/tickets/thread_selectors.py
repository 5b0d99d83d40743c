"""A whole ticket for its page: the row, the thread, the history. A fixed number of queries."""

from __future__ import annotations

import uuid
from typing import Any

from backend.core.errors import Missing
from backend.tickets import selectors
from backend.tickets.display import shown_message, shown_messages, with_parts
from backend.tickets.models import Attachment, Message, Note, Ticket, TicketEvent
from backend.tickets.recipients import ReplyDefaults, defaults_of, own_addresses
from backend.tickets.subjects import reply_subject
from backend.tickets.visibility import visible_to
from backend.users.models import User

_NEWEST_EVENTS = 500


def detail(user: User, ticket_id: uuid.UUID) -> dict[str, Any]:
    """Row, messages, notes, history and how an answer would be addressed; raises Missing."""
    related = ("contact", "merged_into", "continues", "forwarded_by")
    ticket = visible_to(user).filter(pk=ticket_id).select_related(*related).first()
    if ticket is None:
        raise Missing("There is no such ticket.")
    messages = list(with_parts(Message.objects.filter(ticket=ticket)).order_by("created_at", "id"))
    defaults = _defaults(ticket, messages)
    forwarder = ticket.forwarded_by
    return selectors.row(user, ticket_id) | {
        "messages": shown_messages(user, messages),
        "notes": _notes(ticket),
        "history": _history(ticket),
        "merged_into": _named(ticket.merged_into),
        "continues": _named(ticket.continues),
        "forwarded_by": (
            {"name": forwarder.name, "address": forwarder.email} if forwarder else None
        ),
        "deleted_at": ticket.deleted_at,
        "reply_defaults": {
            "to": defaults.to,
            "cc": defaults.cc,
            "subject": reply_subject(ticket.subject),
        },
    }


def _named(ticket: Ticket | None) -> dict[str, Any] | None:
    return {"id": ticket.id, "number": ticket.number} if ticket is not None else None


def message(user: User, message_id: uuid.UUID) -> dict[str, Any]:
    """One message as in `detail`, just written by the caller."""
    return shown_message(user, with_parts(Message.objects.all()).get(pk=message_id))


def attachment(user: User, attachment_id: uuid.UUID) -> Attachment:
    """A file of a ticket `user` may see; raises Missing."""
    found = (
        Attachment.objects.select_related("message")
        .filter(pk=attachment_id, message__ticket__in=visible_to(user))
        .first()
    )
    if found is None:
        raise Missing("There is no such attachment.")
    return found


def _notes(ticket: Ticket) -> list[dict[str, Any]]:
    notes = Note.objects.filter(ticket=ticket).select_related("author").order_by("created_at")
    return [shown_note(note) for note in notes]


def shown_note(note: Note) -> dict[str, Any]:
    """A note as the API shows it."""
    return {
        "id": note.id,
        "text": note.text,
        "author": {"id": note.author.id, "name": note.author.name},
        "created_at": note.created_at,
    }


def _history(ticket: Ticket) -> list[dict[str, Any]]:
    newest = (
        TicketEvent.objects.filter(ticket=ticket)
        .order_by("-id")
        .values("id", "at", "kind", "cause", "data", "actor_user_id", "actor_user__name")
    )
    shown = []
    for row in reversed(newest[:_NEWEST_EVENTS]):
        event: dict[str, Any] = dict(row)
        user_id, name = event.pop("actor_user_id"), event.pop("actor_user__name")
        event["actor"] = {"id": user_id, "name": name} if user_id else None
        shown.append(event)
    return shown


def _defaults(ticket: Ticket, messages: list[Message]) -> ReplyDefaults:
    """`reply_defaults` from the messages already read."""
    for one in reversed(messages):
        if one.direction == Message.Direction.IN and "another_address" not in one.flags:
            return defaults_of(one, requester=ticket.contact_address, own=own_addresses())
    return ReplyDefaults([ticket.contact_address], [], {})
