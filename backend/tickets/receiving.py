"""Writing a received mail into its ticket."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.utils import timezone

from backend.audit.services import Actor
from backend.contacts.models import Contact
from backend.core.text import one_line, storable
from backend.mail.message import Address, ParsedMail
from backend.mail.message import Attachment as MailAttachment
from backend.mailboxes.models import Mailbox
from backend.tickets import search
from backend.tickets.history import note_change
from backend.tickets.models import Attachment, Message, Status, ThreadReference, Ticket

PREVIEW = 160
NO_SUBJECT = ""
_REOPENED_FROM = {Status.Category.WAITING, Status.Category.RESOLVED, Status.Category.CLOSED}


def open_ticket(
    *,
    actor: Actor,
    mailbox: Mailbox,
    contact: Contact,
    address: str,
    mail: ParsedMail,
    at: datetime,
) -> Ticket:
    """A new ticket for a mail; its first message is added by `append`."""
    ticket = Ticket(
        subject=one_line(mail.subject, limit=500),
        contact=contact,
        contact_address=address,
        mailbox=mailbox,
        team_id=mailbox.team_id,
        source=Ticket.Source.MAIL,
        created_at=at,
        last_activity_at=at,
        is_demo=mailbox.is_demo,
    )
    ticket.save(force_insert=True)
    note_change(ticket, actor=actor, kind="created", data={"source": "mail"})
    return ticket


def append(
    ticket: Ticket,
    *,
    actor: Actor,
    contact: Contact,
    mail: ParsedMail,
    blobs: Sequence[str],
    at: datetime,
    flags: Sequence[str],
    counts_as_customer: bool,
) -> Message:
    """Add a received mail to a locked ticket.

    `blobs` are the hashes of the attachments' stored bytes, in order. A message that counts as
    the customer's starts the waiting clock and reopens the ticket; others only appear in it.
    """
    message = Message(
        ticket=ticket,
        direction=Message.Direction.IN,
        contact=contact,
        from_name=one_line(mail.from_.name if mail.from_ else "", limit=300),
        from_address=(mail.from_.address if mail.from_ else "").lower()[:320],
        to=addresses(mail.to),
        cc=addresses(mail.cc),
        reply_to=addresses(mail.reply_to),
        subject=one_line(mail.subject, limit=500),
        text=storable(mail.text),
        html=storable(mail.html) if mail.html else None,
        reply_text=storable(mail.reply_text),
        message_id=storable(mail.message_id)[:998],
        in_reply_to=[storable(one) for one in mail.in_reply_to][:20],
        references=[storable(one) for one in mail.references][-100:],
        date_header=mail.date,
        flags=list(flags),
        errors=[storable(error)[:300] for error in mail.errors][:20],
        created_at=at,
    )
    message.save(force_insert=True)
    _attach(message, mail.attachments, blobs)
    search.add(
        ticket.id,
        message.subject,
        message.from_name,
        message.from_address,
        message.reply_text or message.text,
        " ".join(attachment.filename for attachment in mail.attachments),
    )
    _advance(ticket, message, actor=actor, counts_as_customer=counts_as_customer)
    return message


def _advance(ticket: Ticket, message: Message, *, actor: Actor, counts_as_customer: bool) -> None:
    ticket.message_count += 1
    ticket.version += 1
    ticket.last_activity_at = max(ticket.last_activity_at, message.created_at)
    ticket.preview = one_line(message.reply_text or message.text, limit=PREVIEW)
    ticket.last_direction = Message.Direction.IN
    data: dict[str, Any] = {"message": str(message.id), "from": message.from_address}
    if counts_as_customer:
        ticket.waiting_since = ticket.waiting_since or message.created_at
        if ticket.status_category in _REOPENED_FROM:
            data |= {"field": "status", "old": ticket.status_id, "new": "open"}
            ticket.status_id = "open"
            ticket.status_category = Status.Category.OPEN
            ticket.closed_at = None
    ticket.save()
    note_change(ticket, actor=actor, kind="message_in", data=data)


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
    target.version += 1
    target.save()
    source.merged_into = target
    source.status_id, source.status_category = "closed", Status.Category.CLOSED
    source.closed_at = timezone.now()
    source.message_count, source.waiting_since = 0, None
    source.version += 1
    source.save()
    note_change(source, actor=actor, kind="merged", data={"into": target.number})
    note_change(target, actor=actor, kind="merged", data={"from": source.number})


def addresses(found: Iterable[Address]) -> list[dict[str, str]]:
    """Addresses as the tables keep them: lower case, at most 500 (MAIL.md M22)."""
    shown = []
    for one in list(found)[:500]:
        plain = asdict(one)
        shown.append(
            {
                "name": one_line(plain["name"], limit=300),
                "address": storable(plain["address"]).lower()[:320],
            }
        )
    return shown


def _attach(message: Message, found: Sequence[MailAttachment], blobs: Sequence[str]) -> None:
    Attachment.objects.bulk_create(
        Attachment(
            message=message,
            filename=storable(one.filename)[:255],
            original_name=storable(one.original_name)[:1000],
            content_type=storable(one.content_type)[:127],
            size=one.size,
            sha256=sha256,
            inline=one.inline,
            content_id=storable(one.content_id or "")[:255],
        )
        for one, sha256 in zip(found, blobs, strict=True)
    )
