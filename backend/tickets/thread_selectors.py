"""A whole ticket for its page: the row, the thread, the history. A fixed number of queries."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Prefetch

from backend.core.errors import Missing
from backend.mailboxes.models import OutboundMail, OutboundRecipient
from backend.tickets import selectors
from backend.tickets.models import Attachment, Message, Note, Ticket, TicketEvent
from backend.tickets.recipients import ReplyDefaults, defaults_of, own_addresses
from backend.tickets.subjects import reply_subject
from backend.tickets.visibility import visible_to
from backend.users.models import User

_NEWEST_EVENTS = 500


def detail(user: User, ticket_id: uuid.UUID) -> dict[str, Any]:
    """Row, messages, notes, history and how an answer would be addressed; raises Missing."""
    ticket = visible_to(user).filter(pk=ticket_id).select_related("contact", "merged_into").first()
    if ticket is None:
        raise Missing("There is no such ticket.")
    messages = list(_messages(ticket))
    defaults = _defaults(ticket, messages)
    merged = ticket.merged_into
    return selectors.row(user, ticket_id) | {
        "messages": [shown_message(message) for message in messages],
        "notes": _notes(ticket),
        "history": _history(ticket),
        "merged_into": {"id": merged.id, "number": merged.number} if merged else None,
        "deleted_at": ticket.deleted_at,
        "reply_defaults": {
            "to": defaults.to,
            "cc": defaults.cc,
            "subject": reply_subject(ticket.subject),
        },
    }


def message(message_id: uuid.UUID) -> dict[str, Any]:
    """One message as in `detail`, just written by the caller."""
    found = _with_parts().get(pk=message_id)
    return shown_message(found)


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


def _with_parts() -> Any:
    recipients = OutboundRecipient.objects.order_by("id")
    outbound = OutboundMail.objects.prefetch_related(Prefetch("recipients", queryset=recipients))
    return Message.objects.select_related("author", "inbound").prefetch_related(
        Prefetch("attachments", queryset=Attachment.objects.order_by("id")),
        Prefetch("outbound", queryset=outbound),
    )


def _messages(ticket: Ticket) -> Any:
    return _with_parts().filter(ticket=ticket).order_by("created_at", "id")


def shown_message(one: Message) -> dict[str, Any]:
    """A message with its parts read, as the API shows it."""
    inbound = getattr(one, "inbound", None)
    return {
        "id": one.id,
        "direction": one.direction,
        "from": {"name": one.from_name, "address": one.from_address},
        "to": one.to,
        "cc": one.cc,
        "bcc": one.bcc,
        "subject": one.subject,
        "text": one.text,
        "html": one.html,
        "reply_text": one.reply_text,
        "created_at": one.created_at,
        "date_header": one.date_header,
        "message_id": one.message_id,
        "author": {"id": one.author.id, "name": one.author.name} if one.author else None,
        "attachments": [
            {
                "id": file.id,
                "filename": file.filename,
                "content_type": file.content_type,
                "size": file.size,
                "inline": file.inline,
                "content_id": file.content_id,
            }
            for file in one.attachments.all()
        ],
        "flags": one.flags,
        "delivery": _delivery(getattr(one, "outbound", None)),
        "inbound_id": inbound.id if inbound is not None else None,
    }


def _delivery(outbound: OutboundMail | None) -> dict[str, Any] | None:
    if outbound is None:
        return None
    return {
        "id": outbound.id,
        "state": outbound.state,
        "last_error": outbound.last_error,
        "next_attempt_at": outbound.next_attempt_at,
        "sent_at": outbound.sent_at,
        "recipients": [
            {
                "address": one.address,
                "kind": one.kind,
                "state": one.state,
                "code": one.smtp_code,
                "text": one.smtp_text,
            }
            for one in outbound.recipients.all()
        ],
    }


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
