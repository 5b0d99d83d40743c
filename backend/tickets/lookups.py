"""What intake has to know about a batch of mails, each kind read with one statement."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.db.models import Count
from django.utils import timezone

from backend.contacts.models import ContactAddress
from backend.mailboxes.models import InboundMail, OutboundMail
from backend.tickets.models import Message, Status, ThreadReference, Ticket, TicketEvent

RESTING = {Status.Category.WAITING, Status.Category.RESOLVED, Status.Category.CLOSED}


@dataclass(frozen=True)
class Reference:
    """The ticket a Message-ID belongs to. own: of a stored message, not only cited."""

    ticket_id: uuid.UUID
    own: bool


@dataclass(frozen=True)
class Copy:
    """A message that another mailbox has brought into a ticket."""

    mailbox_id: uuid.UUID
    mailbox_address: str
    message: Message


_KNOWN_BYTES = """
SELECT i.mailbox_id, i.sha256, i.uid, i.ticket_id
FROM unnest(%s::uuid[], %s::text[]) AS wanted (mailbox_id, sha256)
JOIN inbound_mail i USING (mailbox_id, sha256)
WHERE i.state = 'done' AND i.fate <> 'duplicate' ORDER BY i.id DESC
"""


def known_bytes(
    mails: Collection[InboundMail],
) -> dict[tuple[uuid.UUID, str], tuple[int, uuid.UUID | None]]:
    """(UID, ticket) of the first mail of the same mailbox with the same bytes, by both (I2)."""
    wanted = {(mail.mailbox_id, mail.sha256) for mail in mails}
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN_BYTES, [list(column) for column in zip(*wanted, strict=True)])
        return {(box, sha256): (uid, ticket) for box, sha256, uid, ticket in cursor.fetchall()}


_REFERENCES = """
SELECT r.message_id, r.mailbox_id, r.ticket_id, r.own
FROM unnest(%s::uuid[], %s::text[]) AS wanted (mailbox_id, message_id)
JOIN thread_references r USING (mailbox_id, message_id)
"""


def references(
    wanted: Collection[tuple[uuid.UUID, str]],
) -> dict[tuple[uuid.UUID, str], Reference]:
    """What mailboxes know about Message-IDs, by both."""
    with connection.cursor() as cursor:
        cursor.execute(_REFERENCES, [list(column) for column in zip(*wanted, strict=True)])
        rows = cursor.fetchall()
    return {(box, one): Reference(ticket, own) for one, box, ticket, own in rows}


def shared_references(ids: Collection[str]) -> dict[str, Reference]:
    """What mailboxes that share their conversations know about Message-IDs (T16)."""
    if not ids:
        return {}
    rows = ThreadReference.objects.filter(message_id__in=ids, mailbox__share_conversations=True)
    known = rows.order_by("id").values_list("message_id", "ticket_id", "own")
    return {one: Reference(ticket, own) for one, ticket, own in known}


def tickets_of_messages(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """The tickets of messages, by message."""
    if not ids:
        return {}
    return dict(Message.objects.filter(pk__in=ids).values_list("pk", "ticket_id"))


def tickets_of_numbers(numbers: Collection[int]) -> dict[int, uuid.UUID]:
    """The tickets with these numbers."""
    if not numbers:
        return {}
    return dict(Ticket.objects.filter(number__in=numbers).values_list("number", "pk"))


def locked_tickets(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Ticket]:
    """The tickets, locked in order of their numbers."""
    if not ids:
        return {}
    rows = Ticket.objects.select_for_update(of=("self",)).filter(pk__in=ids)
    return {ticket.id: ticket for ticket in rows.order_by("number")}


def behind_merges(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Ticket]:
    """For each ticket the one it was merged into at the end (T14), locked in order of number."""
    ends = {one: one for one in ids}
    while ends:  # merges form no circle, so each round goes one merge deeper
        tickets = locked_tickets(set(ends.values()))
        further = {
            one: tickets[end].merged_into_id or end for one, end in ends.items() if end in tickets
        }
        if further == ends:
            return {one: tickets[end] for one, end in ends.items()}
        ends = further
    return {}


def reopenings(tickets: Iterable[Ticket]) -> dict[uuid.UUID, int]:
    """How often mail has reopened the tickets that rest, within a day."""
    resting = [ticket.id for ticket in tickets if ticket.status_category in RESTING]
    if not resting:
        return {}
    counted = (
        TicketEvent.objects.filter(
            ticket__in=resting,
            kind="message_in",
            at__gt=timezone.now() - timedelta(days=1),
            data__field="status",
        )
        .order_by()
        .values_list("ticket_id")
        .annotate(times=Count("id"))
    )
    return dict(counted)


def planned(tickets: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the tickets that have a reply meant for later (C5)."""
    if not tickets:
        return set()
    held = OutboundMail.objects.filter(
        state=OutboundMail.State.HELD,
        hold=OutboundMail.Hold.LATER,
        message__ticket__in=tickets,
    )
    return {ticket for ticket in held.values_list("message__ticket", flat=True) if ticket}


def ours(message_ids: Collection[str]) -> set[str]:
    """Those of the Message-IDs that mails of ours have left with."""
    if not message_ids:
        return set()
    sent = OutboundMail.objects.filter(internet_message_id__in=message_ids)
    return set(sent.values_list("internet_message_id", flat=True))


def addresses(wanted: Collection[str]) -> dict[str, ContactAddress]:
    """Known addresses with their contacts, by address."""
    known = ContactAddress.objects.select_related("contact").filter(address__in=wanted)
    return {one.address: one for one in known}


def copies(message_ids: Collection[str]) -> dict[str, list[Copy]]:
    """Messages with these Message-IDs that mailboxes have brought in (T16)."""
    if not message_ids:
        return {}
    found: dict[str, list[Copy]] = {}
    rows = InboundMail.objects.filter(
        internet_message_id__in=message_ids, message__isnull=False
    ).select_related("message", "mailbox")
    for row in rows.order_by("id"):
        if row.message is not None:
            copy = Copy(row.mailbox_id, row.mailbox.address, row.message)
            found.setdefault(row.message.message_id, []).append(copy)
    return found
