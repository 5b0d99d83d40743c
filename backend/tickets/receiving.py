"""Writing a received mail into its ticket."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from backend.audit.services import Actor
from backend.contacts.models import Contact
from backend.core.text import one_line, storable
from backend.mail.message import Address, ParsedMail
from backend.mail.message import Attachment as MailAttachment
from backend.mailboxes.models import Mailbox
from backend.tickets import lookups, search
from backend.tickets.batch import Batch
from backend.tickets.facts import facts_of, remote_images_in
from backend.tickets.history import Change, note_changes
from backend.tickets.models import Attachment, Message, Status, ThreadReference, Ticket
from backend.tickets.thread_ids import own_id
from backend.users.models import User

PREVIEW = 160
MOST_REOPENINGS = 20  # a day, by mail
_DONE = {Status.Category.RESOLVED, Status.Category.CLOSED}


@dataclass(frozen=True)
class Received:
    """A mail that is about to enter a ticket.

    blobs: hashes of the attachments' stored bytes, in order. at: when the server received it.
    counts_as_customer: starts the waiting clock and reopens the ticket; others only appear in it.
    silent: it is history: a ticket it opens is closed, and nobody is told.
    """

    mail: ParsedMail
    contact: Contact
    address: str
    blobs: Sequence[str]
    at: datetime
    flags: Sequence[str]
    counts_as_customer: bool
    silent: bool = False


def open_ticket(
    received: Received,
    *,
    actor: Actor,
    mailbox: Mailbox,
    batch: Batch,
    continues: Ticket | None = None,
    forwarded_by: User | None = None,
) -> Message:
    """A new ticket with the mail as its first message.

    `continues`: the closed ticket of the same conversation. `forwarded_by`: who forwarded it.
    """
    ticket = Ticket(
        subject=one_line(received.mail.subject, limit=500),
        contact=received.contact,
        contact_address=received.address,
        mailbox=mailbox,
        team_id=mailbox.team_id,
        source=Ticket.Source.MAIL,
        continues=continues,
        forwarded_by=forwarded_by,
        created_at=received.at,
        last_activity_at=received.at,
        is_demo=mailbox.is_demo,
    )
    if received.silent:
        ticket.status_id, ticket.status_category = "closed", Status.Category.CLOSED
    message = _message(ticket, received)
    arrived = _advance(ticket, message, received, batch)
    batch.add(ticket)
    _keep(message, received, batch)
    created: dict[str, Any] = {"source": "mail"}
    if continues is not None:
        created["continues"] = continues.number
    if received.silent:
        created["history"] = True
    changes = Change("created", created), arrived
    note_changes(ticket, *changes, actor=actor, silent=received.silent)
    return message


def append(ticket: Ticket, received: Received, *, actor: Actor, batch: Batch) -> Message:
    """The mail as the next message of a locked ticket."""
    message = _message(ticket, received)
    arrived = _advance(ticket, message, received, batch)
    batch.changed(ticket)
    _keep(message, received, batch)
    note_changes(ticket, arrived, actor=actor, silent=received.silent)
    return message


def _message(ticket: Ticket, received: Received) -> Message:
    mail = received.mail
    return Message(
        ticket=ticket,
        direction=Message.Direction.IN,
        contact=received.contact,
        from_name=one_line(mail.from_.name if mail.from_ else "", limit=300),
        from_address=received.address,
        to=addresses(mail.to),
        cc=addresses(mail.cc),
        reply_to=addresses(mail.reply_to),
        subject=one_line(mail.subject, limit=500),
        text=storable(mail.text),
        html=storable(mail.html) if mail.html else None,
        reply_text=storable(mail.reply_text),
        message_id=own_id(mail),
        in_reply_to=[storable(one) for one in mail.in_reply_to][:20],
        references=[storable(one) for one in mail.references][-100:],
        date_header=mail.date,
        flags=list(received.flags),
        facts=facts_of(mail),
        remote_images=remote_images_in(mail.html),
        errors=[storable(error)[:300] for error in mail.errors][:20],
        created_at=received.at,
    )


def _keep(message: Message, received: Received, batch: Batch) -> None:
    """Store the message, its files and its searchable words."""
    batch.add(message)
    for file in _files(message, received.mail.attachments, received.blobs):
        batch.add(file)
    search.add(
        message.ticket_id,
        message.subject,
        message.from_name,
        message.from_address,
        message.reply_text or message.text,
        " ".join(attachment.filename for attachment in received.mail.attachments),
    )


def _advance(ticket: Ticket, message: Message, received: Received, batch: Batch) -> Change:
    """What an incoming message means for its ticket; the caller writes it."""
    ticket.message_count += 1
    ticket.version += 1
    is_newest = message.created_at >= ticket.last_activity_at
    ticket.last_activity_at = max(ticket.last_activity_at, message.created_at)
    if is_newest or not received.silent:
        ticket.preview = one_line(message.reply_text or message.text, limit=PREVIEW)
        ticket.last_direction = Message.Direction.IN
    data: dict[str, Any] = {"message": str(message.id), "from": message.from_address}
    if received.silent:
        if ticket.status_category in _DONE:  # later answers reopen it for as long as any other
            ticket.closed_at = max(ticket.closed_at or message.created_at, message.created_at)
    elif received.counts_as_customer:
        often = batch.times_reopened(ticket) >= MOST_REOPENINGS
        data |= _customer_waits(ticket, since=message.created_at, reopened_often=often)
    return Change("message_in", data)


def customer_waits(ticket: Ticket, *, since: datetime) -> dict[str, str | None]:
    """A customer's message asks for an answer: the clock runs, and what rested opens again.

    Returns {field, old, new} of the status when it changed; the caller saves the ticket. A ticket
    reopened very often in a day is left to a person: two machines may be talking (T15).
    """
    often = lookups.reopenings([ticket]).get(ticket.id, 0) >= MOST_REOPENINGS
    return _customer_waits(ticket, since=since, reopened_often=often)


def _customer_waits(
    ticket: Ticket, *, since: datetime, reopened_often: bool
) -> dict[str, str | None]:
    # A mail may be read after a later one: the customer waits since the first.
    ticket.waiting_since = min(ticket.waiting_since or since, since)
    if ticket.status_category not in lookups.RESTING:
        return {}
    if reopened_often:
        ticket.needs_attention = True
        return {}
    old = ticket.status_id
    ticket.status_id, ticket.status_category = "open", Status.Category.OPEN
    ticket.closed_at = None
    return {"field": "status", "old": old, "new": "open"}


def lock_ticket_of(message_id: uuid.UUID) -> Ticket:
    """The ticket that holds a message, locked; a merge meanwhile may have moved the message.

    Merges form no circle, so this ends.
    """
    messages = Message.objects.filter(pk=message_id)
    ticket_id = messages.values_list("ticket_id", flat=True).get()
    while True:
        ticket = Ticket.objects.select_for_update().get(pk=ticket_id)
        ticket_id = messages.values_list("ticket_id", flat=True).get()
        if ticket_id == ticket.id:
            return ticket


def absorb(target: Ticket, source: Ticket, *, actor: Actor) -> None:
    """Move a ticket of the same conversation and contact into `target`; both are locked.

    Happens when a mail arrives that links what came in before it (order of arrival, MAIL.md T7).
    """
    moved = Message.objects.filter(ticket=source).update(ticket=target)
    source.notes.update(ticket=target)
    ThreadReference.objects.filter(ticket=source).update(ticket=target)
    search.absorb(source.id, target.id)
    target.message_count += moved
    target.last_activity_at = max(target.last_activity_at, source.last_activity_at)
    waiting = [t for t in (target.waiting_since, source.waiting_since) if t is not None]
    target.waiting_since = min(waiting) if waiting else None
    target.created_at = min(target.created_at, source.created_at)
    target.needs_attention = target.needs_attention or source.needs_attention
    answered = [t for t in (target.first_answered_at, source.first_answered_at) if t is not None]
    target.first_answered_at = min(answered) if answered else None
    if target.status_category in _DONE and source.status_category not in _DONE:
        target.status_id, target.status_category = source.status_id, source.status_category
        target.closed_at = None
    if target.continues_id is None and source.continues_id != target.id:
        target.continues_id = source.continues_id
    target.version += 1
    target.save()
    source.merged_into = target
    source.status_id, source.status_category = "closed", Status.Category.CLOSED
    source.closed_at = timezone.now()
    source.message_count, source.waiting_since, source.needs_attention = 0, None, False
    source.version += 1
    source.save()
    note_changes(source, Change("merged", {"into": target.number}), actor=actor)
    note_changes(target, Change("merged", {"from": source.number}), actor=actor)


def addresses(found: Iterable[Address]) -> list[dict[str, str]]:
    """Addresses as the tables keep them: lower case, at most 500 (MAIL.md M22)."""
    return [
        {"name": one_line(one.name, limit=300), "address": storable(one.address).lower()[:320]}
        for one in list(found)[:500]
    ]


def attach(message: Message, found: Sequence[MailAttachment], blobs: Sequence[str]) -> None:
    """Give a stored message its files; `blobs` are the hashes of their stored bytes, in order."""
    if found:
        Attachment.objects.bulk_create(_files(message, found, blobs))


def _files(
    message: Message, found: Sequence[MailAttachment], blobs: Sequence[str]
) -> list[Attachment]:
    return [
        Attachment(
            message=message,
            filename=storable(one.filename)[:255],
            original_name=storable(one.original_name)[:1000],
            content_type=storable(one.content_type)[:127],
            size=one.size,
            sha256=sha256,
            inline=one.inline,
            content_id=storable(one.content_id or "")[:255],
            disguised=one.disguised,
        )
        for one, sha256 in zip(found, blobs, strict=True)
    ]
