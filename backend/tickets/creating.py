"""Tickets an agent opens: writing to somebody first, or noting a request made by phone."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from backend.audit.services import Actor
from backend.contacts.services import address_lock, checked_address, find_or_create
from backend.core.errors import FieldError, Invalid, Missing
from backend.core.locks import lock_names
from backend.core.text import one_line, storable
from backend.mailboxes.models import Mailbox
from backend.tickets import search
from backend.tickets.history import Change, note_changes
from backend.tickets.models import Message, ReplyRequest, Ticket
from backend.tickets.receiving import PREVIEW
from backend.tickets.replying import Reply, lock_request, reply
from backend.tickets.visibility import in_team
from backend.users.models import User


@dataclass(frozen=True)
class NewTicket:
    """What the form holds. `send`: mail the text to the contact; else it is their request."""

    mailbox_id: uuid.UUID
    contact_address: str
    contact_name: str
    subject: str
    text: str
    priority: str = Ticket.Priority.NORMAL
    send: bool = False


@transaction.atomic
def create_ticket(
    *, actor: Actor, user: User, wanted: NewTicket, key: uuid.UUID | None = None
) -> Ticket:
    """Open a ticket with its first message; raises Missing (mailbox) or Invalid.

    A mailbox of a team takes tickets of its members only: others could not see what they opened.
    `key` makes the request repeatable: the same key of the same person gives the ticket opened
    first.
    """
    if key is not None:
        lock_request(user, key)
        earlier = ReplyRequest.objects.select_related("message__ticket").filter(user=user, key=key)
        if (request := earlier.first()) is not None:
            return request.message.ticket
    mailbox = Mailbox.objects.filter(pk=wanted.mailbox_id).first()
    if mailbox is None or not (user.role == User.Role.ADMIN or in_team(user, mailbox.team_id)):
        raise Missing("There is no such mailbox.")
    address = checked_address(wanted.contact_address, field="contact_address")
    if not wanted.text.strip():
        raise Invalid(
            "Write something first.",
            fields={"text": [FieldError("Write something first.", "blank")]},
        )
    lock_names([address_lock(address)])
    contact = find_or_create(actor=actor, address=address, name=wanted.contact_name)
    now = timezone.now()
    ticket = Ticket(
        subject=one_line(wanted.subject, limit=500),
        contact=contact,
        contact_address=address,
        mailbox=mailbox,
        team_id=mailbox.team_id,
        assignee=user if user.role == User.Role.LIGHT or wanted.send else None,
        priority=wanted.priority,
        source=Ticket.Source.AGENT,
        created_at=now,
        last_activity_at=now,
        is_demo=mailbox.is_demo,
    )
    ticket.save(force_insert=True)
    search.add(ticket.id, ticket.subject, contact.name, address)
    note_changes(ticket, Change("created", {"source": "agent"}), actor=actor)
    if wanted.send:
        reply(
            actor=actor,
            user=user,
            ticket_id=ticket.id,
            wanted=Reply(text=wanted.text, to=[address], cc=[]),
            key=key,
        )
    else:
        message = _note_request(ticket, actor=actor, text=wanted.text)
        if key is not None:
            ReplyRequest.objects.create(user=user, key=key, message=message)
    ticket.refresh_from_db()
    return ticket


def _note_request(ticket: Ticket, *, actor: Actor, text: str) -> Message:
    """The customer's words as an agent wrote them down."""
    message = Message.objects.create(
        ticket=ticket,
        direction=Message.Direction.IN,
        author_id=actor.user_id,
        contact=ticket.contact,
        from_name=ticket.contact.name,
        from_address=ticket.contact_address,
        subject=ticket.subject,
        text=storable(text),
        reply_text=storable(text),
        flags=["written_down"],
        created_at=ticket.created_at,
    )
    search.add(ticket.id, message.text)
    ticket.message_count = 1
    ticket.waiting_since = message.created_at
    ticket.preview = one_line(message.text, limit=PREVIEW)
    ticket.last_direction = Message.Direction.IN
    ticket.save()
    note_changes(ticket, Change("message_in", {"message": str(message.id)}), actor=actor)
    return message
