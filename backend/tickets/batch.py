"""Mails that are decided in one transaction, in order: what they ask is read once for all of them,
what they write is written once.

Each mail sees what those before it have changed. One that has to read or write rows by itself
says so with `stand_alone`: it gets a transaction of its own, so that others wait for none of its
locks and its defects touch nobody.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, models, transaction

from backend.audit.services import Actor
from backend.contacts import services as contacts
from backend.contacts.models import Contact
from backend.core import bulk
from backend.core.gathering import Gathered, gathered
from backend.core.locks import lock_names
from backend.mailboxes.models import Mailbox
from backend.tickets import lookups, threading
from backend.tickets.incoming import Incoming
from backend.tickets.lookups import Copy, Reference
from backend.tickets.models import Message, Ticket

# What incoming mail may change of a ticket.
_TICKET_FIELDS = (
    "message_count",
    "version",
    "last_activity_at",
    "preview",
    "last_direction",
    "waiting_since",
    "status",
    "status_category",
    "closed_at",
    "needs_attention",
)


class Alone(Exception):
    """This mail needs a transaction of its own, after those before it; nothing was done for it."""


@dataclass(frozen=True)
class Opened:
    """A ticket that a mail has opened, and whose sender may be told so."""

    incoming: Incoming
    ticket: Ticket


@contextmanager
def begun(mails: Sequence[Incoming]) -> Iterator[Batch]:
    """A transaction for these mails, with their conversations and senders locked.

    Names are locked before rows, each in one order for everybody: nobody waits in a circle.
    """
    with transaction.atomic(), gathered() as waiting:
        lock_names(name for one in mails for name in one.lock_names)
        yield Batch(mails, waiting)


class Batch:
    """The mails of one transaction; made by `begun`.

    direct: a mail stands alone here, and everything is written at once.
    opened: tickets whose senders may be told, in order.
    """

    def __init__(self, mails: Sequence[Incoming], waiting: Gathered) -> None:
        self.direct = False
        self.opened: list[Opened] = []
        self._size, self._waiting = len(mails), waiting
        self._rows: dict[type[models.Model], list[models.Model]] = {}
        self._new: dict[uuid.UUID, Ticket] = {}
        self._changed: dict[uuid.UUID, Ticket] = {}
        self._remembered: dict[tuple[uuid.UUID, str], Reference] = {}
        self._decided: set[str] = set()
        ids = {(one.mailbox.id, i) for one in mails for i in (one.own_id, *one.related_ids)}
        self._sharing = {one.mailbox.id for one in mails if one.mailbox.share_conversations}
        self._references = lookups.references(ids)
        self._shared = lookups.shared_references({i for box, i in ids if box in self._sharing})
        self._bytes = lookups.known_bytes([one.mail for one in mails])
        tokens = {token for one in mails for token in one.tokens.values()}
        self._tokens = lookups.tickets_of_messages(tokens)
        self._numbers = lookups.tickets_of_numbers({n for one in mails for n in one.signed_numbers})
        self._tickets = lookups.locked_tickets(self._candidates(mails))
        self._reopened = lookups.reopenings(self._tickets.values())
        self._planned = lookups.planned(self._tickets)
        authors = {contacts.normal_address(address) for one in mails for address in one.authors}
        self._addresses = lookups.addresses(authors)
        # Only who belongs to a ticket can be there already, by way of another mailbox.
        known = {one.own_id for one in mails if self._tickets and one.has_other_mailboxes}
        self._copies = lookups.copies(known)
        self._ours = lookups.ours({i for one in mails for i in one.reported_ids})

    def _candidates(self, mails: Sequence[Incoming]) -> set[uuid.UUID]:
        known = {one.ticket_id for one in (*self._references.values(), *self._shared.values())}
        stood_for = {one.mail.ticket_id for one in mails if one.mail.ticket_id is not None}
        return known | stood_for | {*self._tokens.values(), *self._numbers.values()}

    def stand_alone(self) -> None:
        """From here on rows are read and written by hand; raises Alone when others are here too.

        To be called before anything is done for a mail.
        """
        if self._size > 1:
            raise Alone
        if not self.direct:
            self.write()
            self._waiting.write()
            self.direct = True

    def has_decided(self, own_id: str) -> bool:
        """Whether a mail with this Message-ID was decided here: the next one has to read it."""
        return own_id in self._decided

    def decided(self, own_id: str) -> None:
        """A mail with this Message-ID has its fate."""
        self._decided.add(own_id)

    # --- what is known ------------------------------------------------------------------------

    def known_bytes(self, incoming: Incoming) -> tuple[int, uuid.UUID | None] | None:
        """UID and ticket of the first mail of the mailbox with the same bytes (I2)."""
        return self._bytes.get((incoming.mail.mailbox_id, incoming.mail.sha256))

    def knows(self, mailbox: Mailbox, message_id: str) -> bool:
        """Whether this very mailbox knows a Message-ID."""
        return (mailbox.id, message_id) in self._references

    def reference(self, mailbox: Mailbox, message_id: str) -> Reference | None:
        """What the mailbox knows of an id, or one that it shares conversations with (T16)."""
        own = self._references.get((mailbox.id, message_id))
        return own or (self._shared.get(message_id) if mailbox.share_conversations else None)

    def named_by_tokens(self, incoming: Incoming) -> dict[uuid.UUID, str]:
        """The tickets our signed addresses and Message-IDs name, and by which of the two (T1)."""
        by_address = (self._numbers.get(number) for number in incoming.signed_numbers)
        by_id = (self._tokens.get(message) for message in incoming.tokens.values())
        found = {one: "reply_address" for one in by_address if one is not None}
        return found | {one: "token" for one in by_id if one is not None and one not in found}

    def behind_merges(self, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Ticket]:
        """For each ticket the one it was merged into at the end (T14), locked."""
        found = {one: self._tickets[one] for one in ids if one in self._tickets}
        if all(ticket.merged_into_id is None for ticket in found.values()):
            return found
        self.stand_alone()
        return lookups.behind_merges(found)

    def is_new(self, ticket: Ticket) -> bool:
        """Whether a mail of this batch has opened the ticket."""
        return ticket.id in self._new

    def messages_of(self, ticket: Ticket) -> Iterator[Message]:
        """What the mails of this batch have said in a ticket."""
        for message in self._rows.get(Message, []):
            if isinstance(message, Message) and message.ticket_id == ticket.id:
                yield message

    def contact_of(self, address: str) -> Contact | None:
        """Whose an author's address is."""
        known = self._addresses.get(contacts.normal_address(address))
        return known.contact if known is not None else None

    def bounced(self, address: str) -> bool:
        """Whether mails to an author's address were refused since it last wrote (B8)."""
        known = self._addresses.get(contacts.normal_address(address))
        return known is not None and known.bounces > 0

    def copies(self, incoming: Incoming) -> Sequence[Copy]:
        """Messages with the same Message-ID that other mailboxes have brought in (T16)."""
        found = self._copies.get(incoming.own_id, [])
        return [one for one in found if one.mailbox_id != incoming.mailbox.id]

    def reports_on_ours(self, incoming: Incoming) -> bool:
        """Whether a report is about a mail that this desk has sent."""
        return not self._ours.isdisjoint(incoming.reported_ids)

    def has_planned_reply(self, ticket: Ticket) -> bool:
        """Whether a reply meant for later waits in a ticket (C5)."""
        return ticket.id in self._planned

    def times_reopened(self, ticket: Ticket) -> int:
        """How often mail has reopened a ticket within a day."""
        return self._reopened.get(ticket.id, 0)

    # --- what changes -------------------------------------------------------------------------

    def author(self, *, actor: Actor, address: str, name: str) -> Contact:
        """The contact of an address among `Incoming.authors`, made when nobody has it."""
        normal = contacts.normal_address(address)
        known = self._addresses.get(normal)
        if known is None:
            contact, known = contacts.made(actor=actor, address=normal, name=name)
            self.add(contact)
            self.add(known)
            self._addresses[normal] = known
        elif contacts.gains_name(known.contact, name):
            self.stand_alone()
            contacts.find_or_create(actor=actor, address=address, name=name)
            known.contact.refresh_from_db()
        return known.contact

    def add(self, row: models.Model) -> None:
        """Insert a new row; in any order, as foreign keys are looked at when all is done."""
        if isinstance(row, Ticket):
            self._new[row.id] = self._tickets[row.id] = row
        if self.direct:
            row.save(force_insert=True)
        elif not isinstance(row, Ticket):
            self._rows.setdefault(type(row), []).append(row)

    def changed(self, ticket: Ticket) -> None:
        """Write what a mail has changed of a locked ticket."""
        if self.direct:
            ticket.save()
        elif ticket.id not in self._new:
            self._changed[ticket.id] = ticket

    def remember(self, incoming: Incoming, ticket_id: uuid.UUID) -> None:
        """Note the ids of a mail that has entered a ticket."""
        written: dict[tuple[uuid.UUID, str], Reference] = {}
        for one in dict.fromkeys([incoming.own_id, *incoming.related_ids]):
            key = (incoming.mailbox.id, one)
            known = self._references.get(key)
            new = threading.after(known, Reference(ticket_id, own=one == incoming.own_id))
            if new != known:
                self._references[key] = written[key] = new
                if incoming.mailbox.share_conversations:
                    self._shared.setdefault(one, new)
        if self.direct:
            threading.write(written)
        else:
            self._remembered |= written

    def write(self) -> None:
        """Write everything collected; then the new tickets have their numbers."""
        new = list(self._new.values()) if not self.direct else []
        for ticket, number in zip(new, _ticket_numbers(len(new)), strict=True):
            ticket.number = number
        bulk.insert(new)
        for rows in self._rows.values():
            bulk.insert(rows)
        bulk.update(list(self._changed.values()), _TICKET_FIELDS)
        threading.write(self._remembered)
        self._rows, self._changed, self._remembered, self._new = {}, {}, {}, {}


def _ticket_numbers(count: int) -> list[int]:
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('ticket_number') FROM generate_series(1, %s)", [count])
        return [number for (number,) in cursor.fetchall()]
