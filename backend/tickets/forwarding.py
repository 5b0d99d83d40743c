"""Mails that an agent forwards to the desk: tickets of the original sender (MAIL.md T12).

Only a forward that the mailbox's own provider vouches for counts: else anybody could open tickets
in somebody's name. What a customer forwards stays the customer's (T13).
"""

from __future__ import annotations

import uuid
from dataclasses import replace

from django.db import transaction

from backend.audit.services import Actor
from backend.contacts.services import address_lock, find_or_create
from backend.core import blobs
from backend.core.errors import Conflict
from backend.core.locks import lock_names
from backend.core.text import one_line, storable
from backend.mail import reply
from backend.mail.message import Forwarded, ParsedMail
from backend.mail.parse import parse
from backend.mail.token import without_tag
from backend.mailboxes.models import InboundMail
from backend.tickets import receiving, search
from backend.tickets.batch import Batch
from backend.tickets.changing import locked
from backend.tickets.history import Change, note_changes
from backend.tickets.incoming import Incoming
from backend.tickets.models import Message, Note, Ticket
from backend.tickets.subjects import without_prefixes
from backend.users.models import User
from backend.users.policy import Permission, can


def may_be(incoming: Incoming) -> bool:
    """Whether the mail forwards another in the name of a sender who can be believed."""
    return (
        bool(incoming.original_sender)
        and not incoming.by_machine
        and incoming.authentication == "pass"
        and incoming.names_one_author
    )


def open_for_original_sender(incoming: Incoming, batch: Batch) -> Message | None:
    """A ticket of the person whose mail an agent forwarded; None for any other mail.

    The agent's own words above the forwarded mail become a note.
    """
    forwarded, original = incoming.parsed.forwarded, incoming.original_sender
    if forwarded is None or not may_be(incoming):
        return None
    agent = User.objects.filter(email__iexact=incoming.sender, is_active=True).first()
    if agent is None or not can(agent, Permission.TICKET_WRITE):
        return None
    if original == incoming.sender or without_tag(original) in incoming.desk_addresses:
        return None
    name = forwarded.from_.name if forwarded.from_ else ""
    contact = batch.author(actor=incoming.actor, address=original, name=name)
    received = receiving.Received(
        mail=_as_sent(incoming.parsed, forwarded),
        contact=contact,
        address=original,
        blobs=incoming.blobs,
        at=incoming.arrived_at,
        flags=["by_agent_forward"],
        counts_as_customer=True,
        silent=incoming.is_history,
    )
    message = receiving.open_ticket(
        received, actor=incoming.actor, mailbox=incoming.mailbox, batch=batch, forwarded_by=agent
    )
    note_changes(
        message.ticket,
        Change("forwarded_by_agent", {"name": agent.name, "address": agent.email}),
        actor=incoming.actor,
        silent=incoming.is_history,
    )
    _keep_own_words(incoming, message.ticket, agent, forwarded)
    return message


def _as_sent(parsed: ParsedMail, forwarded: Forwarded) -> ParsedMail:
    """The mail as its original sender wrote it, as far as the forward tells."""
    return replace(
        parsed,
        from_=forwarded.from_,
        sender=(),
        reply_to=(),
        to=forwarded.to,
        cc=(),
        subject=forwarded.subject or without_prefixes(parsed.subject),
        text=forwarded.text,
        reply_text=reply.strip(forwarded.text).text,
        forwarded=None,
        date=None,
    )


def _keep_own_words(incoming: Incoming, ticket: Ticket, agent: User, forwarded: Forwarded) -> None:
    words = incoming.parsed.reply_text.strip()
    if not words or forwarded.text.strip()[:200] in words:
        return
    note = Note.objects.create(
        ticket=ticket, author=agent, text=storable(words), created_at=incoming.arrived_at
    )
    search.add(ticket.id, note.text)
    change = Change("note", {"note": str(note.id)})
    note_changes(ticket, change, actor=incoming.actor, silent=incoming.is_history)


@transaction.atomic
def undo(*, actor: Actor, user: User, ticket_id: uuid.UUID) -> Ticket:
    """Give a forwarded ticket back to the agent who forwarded it, with the mail as it came.

    Raises Missing, or Conflict for a ticket that no agent forwarded or that is in the trash.
    """
    forwarder = Ticket.objects.filter(pk=ticket_id).values_list("forwarded_by__email", flat=True)
    email = forwarder.first()
    if email:
        lock_names([address_lock(email)])
    ticket = locked(ticket_id, user=user)
    if ticket.deleted_at is not None:
        raise Conflict("This ticket is in the trash: restore it first.", code="ticket_deleted")
    agent = ticket.forwarded_by
    mail = (
        InboundMail.objects.select_related("message")
        .filter(message__ticket=ticket, message__flags__contains=["by_agent_forward"])
        .first()
    )
    if agent is None or mail is None or mail.message is None or agent.email != email:
        raise Conflict("No agent forwarded this ticket.", code="not_forwarded")
    parsed = parse(blobs.get(mail.sha256))
    message = mail.message
    contact = find_or_create(actor=actor, address=agent.email, name=agent.name)
    message.contact, message.from_address = contact, agent.email.lower()
    message.from_name = one_line(agent.name, limit=300)
    message.subject = one_line(parsed.subject, limit=500)
    message.text, message.reply_text = storable(parsed.text), storable(parsed.reply_text)
    message.to = receiving.addresses(parsed.to)
    message.cc = receiving.addresses(parsed.cc)
    message.flags = [flag for flag in message.flags if flag != "by_agent_forward"]
    message.save()
    before = ticket.contact_address
    ticket.contact, ticket.contact_address = contact, message.from_address
    ticket.subject, ticket.forwarded_by = message.subject, None
    ticket.version += 1
    ticket.save()
    search.add(ticket.id, ticket.subject, message.text)
    change = Change("forward_undone", {"field": "contact", "old": before, "new": agent.email})
    note_changes(ticket, change, actor=actor)
    return ticket
