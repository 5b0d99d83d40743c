"""About forty sample tickets, so that a newcomer sees a desk at work.

The stories are in data/sample_tickets.json. They are written as rows, back-dated, in few
queries; everything is marked `is_demo`. No sample was ever mailed, so none is in the mail ledger.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import msgspec

from backend.contacts.models import Company, Contact, ContactAddress
from backend.core import blobs
from backend.core.folding import fold
from backend.core.text import one_line
from backend.mail.compose import references_for
from backend.mail.token import make_message_id
from backend.mailboxes.models import Mailbox
from backend.tickets import search
from backend.tickets.models import (
    Attachment,
    Message,
    Note,
    Status,
    ThreadReference,
    Ticket,
    TicketEvent,
)
from backend.tickets.receiving import PREVIEW
from backend.tickets.subjects import reply_subject
from backend.tickets.threading import token_key
from backend.users.models import User

AGENT_EMAIL = "equipe@demo.local"
_AGENT_NAME = "Equipe Demo"
_CAUSE = "demo"
_FILE = Path(__file__).parent / "data" / "sample_tickets.json"
_DONE = {Status.Category.RESOLVED, Status.Category.CLOSED}


class Customer(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody who writes; `key` is how the tickets name them."""

    key: str
    name: str
    address: str
    phone: str = ""
    company: str = ""
    notes: str = ""


class SampleFile(msgspec.Struct, forbid_unknown_fields=True):
    """An attached text file."""

    filename: str
    content_type: str
    text: str


class Entry(msgspec.Struct, forbid_unknown_fields=True):
    """One thing that happened: a mail in, an answer, a note, or a change of status.

    status: what the ticket is after an answer or a change. files: of a mail in.
    """

    kind: Literal["in", "out", "note", "status"]
    minutes_ago: int
    text: str = ""
    status: str = ""
    files: list[SampleFile] = []


class Story(msgspec.Struct, forbid_unknown_fields=True):
    """One ticket; `cc` are keys of customers who read along."""

    customer: str
    subject: str
    entries: list[Entry]
    priority: str = "normal"
    category: str = ""
    tags: list[str] = []
    cc: list[str] = []


class Samples(msgspec.Struct, forbid_unknown_fields=True):
    """The whole file."""

    customers: list[Customer]
    tickets: list[Story]


@dataclass(frozen=True)
class Filled:
    """How many rows were added."""

    tickets: int
    messages: int
    contacts: int


@dataclass
class _Rows:
    """What a story becomes, to be inserted with those of the others."""

    tickets: list[Ticket] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    events: list[TicketEvent] = field(default_factory=list)
    words: dict[uuid.UUID, list[str]] = field(default_factory=dict)


def load() -> Samples:
    """The stories as they stand in the file."""
    return msgspec.json.decode(_FILE.read_bytes(), type=Samples)


def company_names() -> list[str]:
    """The companies the samples bring along."""
    return sorted({one.company for one in load().customers if one.company})


def fill(mailbox: Mailbox, *, now: datetime) -> Filled:
    """Add every sample ticket to the demo mailbox, ending just before `now`; in a transaction.

    An address that a contact has already is used as it is.
    """
    samples = load()
    agent = _agent()
    contacts = _contacts(samples.customers)
    customers = {one.key: one for one in samples.customers}
    categories = dict(Status.objects.values_list("slug", "category"))
    rows = _Rows()
    # Numbers follow the order of insertion: the oldest ticket first.
    for story in sorted(samples.tickets, key=lambda one: -one.entries[0].minutes_ago):
        teller = _Teller(story, customers, contacts, mailbox, agent, categories, now, rows)
        teller.tell()
    _insert(rows, mailbox)
    new = sum(1 for contact in contacts.values() if contact.is_demo)
    return Filled(len(rows.tickets), len(rows.messages), new)


def _agent() -> User:
    """Who answers in the samples; nobody can sign in as them."""
    agent = User(email=AGENT_EMAIL, name=_AGENT_NAME, is_active=False)
    agent.set_unusable_password()
    existing = User.objects.filter(email=AGENT_EMAIL).first()
    if existing is None:
        agent.save(force_insert=True)
    return existing or agent


def _contacts(customers: Iterable[Customer]) -> dict[str, Contact]:
    """By address: the contacts that have it, or new ones."""
    wanted = {one.address: one for one in customers}
    known = ContactAddress.objects.select_related("contact").filter(address__in=wanted)
    found = {one.address: one.contact for one in known}
    companies = {
        name: Company.objects.get_or_create(name=name)[0]
        for name in sorted({one.company for one in wanted.values() if one.company})
    }
    new = {
        address: Contact(
            name=one.name,
            phone=one.phone,
            notes=one.notes,
            company=companies.get(one.company),
            folded=fold(f"{one.name} {address}"),
            is_demo=True,
        )
        for address, one in wanted.items()
        if address not in found
    }
    Contact.objects.bulk_create(new.values())
    ContactAddress.objects.bulk_create(
        ContactAddress(contact=contact, address=address, is_primary=True)
        for address, contact in new.items()
    )
    return found | new


class _Teller:
    """Tells one story: each entry moves the ticket on as the desk would have."""

    def __init__(
        self,
        story: Story,
        customers: dict[str, Customer],
        contacts: dict[str, Contact],
        mailbox: Mailbox,
        agent: User,
        categories: dict[str, str],
        now: datetime,
        rows: _Rows,
    ) -> None:
        self.story, self.mailbox, self.agent = story, mailbox, agent
        self.categories, self.now, self.rows = categories, now, rows
        self.customer = customers[story.customer]
        self.contact = contacts[self.customer.address]
        self.cc = [_shown(customers[key].name, customers[key].address) for key in story.cc]
        self.last: Message | None = None
        begun = self._time(story.entries[0])
        self.ticket = Ticket(
            subject=story.subject,
            contact=self.contact,
            contact_address=self.customer.address,
            mailbox=mailbox,
            team_id=mailbox.team_id,
            priority=story.priority,
            category=story.category,
            tags=sorted(story.tags),
            created_at=begun,
            last_activity_at=begun,
            is_demo=True,
            version=0,
        )

    def tell(self) -> None:
        """Collect the ticket and all its rows."""
        self.rows.tickets.append(self.ticket)
        words = [self.story.subject, self.customer.name, self.customer.address]
        self.rows.words[self.ticket.id] = words
        self._event("created", self.ticket.created_at, data={"source": "mail"})
        tell = {"in": self._mail_in, "out": self._answer, "note": self._note, "status": self._set}
        for entry in self.story.entries:
            at = self._time(entry)
            tell[entry.kind](entry, at)
            self.ticket.version += 1
            self.ticket.last_activity_at = at
            words.append(entry.text)

    def _time(self, entry: Entry) -> datetime:
        return self.now - timedelta(minutes=entry.minutes_ago)

    def _mail_in(self, entry: Entry, at: datetime) -> None:
        message = self._message(Message.Direction.IN, entry, at)
        message.contact = self.contact
        message.from_name, message.from_address = self.customer.name, self.customer.address
        message.to = [_shown(self.mailbox.name, self.mailbox.address)]
        message.message_id = f"{message.id.hex}@{self.customer.address.partition('@')[2]}"
        for file in entry.files:
            self._attach(message, file)
        data: dict[str, Any] = {"message": str(message.id), "from": message.from_address}
        if self.ticket.status_id != "open":
            data |= self._status("open", at)
        self.ticket.waiting_since = self.ticket.waiting_since or at
        self._event("message_in", at, data=data)

    def _answer(self, entry: Entry, at: datetime) -> None:
        if self.ticket.assignee_id is None:
            self.ticket.assignee = self.agent
            taken = {
                "field": "assignee",
                "old": None,
                "new": str(self.agent.id),
                "new_name": self.agent.name,
            }
            self._event("changed", at, data=taken, by_agent=True)
        message = self._message(Message.Direction.OUT, entry, at)
        message.author, message.from_name = self.agent, self.agent.name
        message.from_address = self.mailbox.address
        message.to = [_shown(self.customer.name, self.customer.address)]
        domain = self.mailbox.address.partition("@")[2]
        message.message_id = make_message_id(message.id, domain, token_key())
        self.ticket.waiting_since = None
        self.ticket.first_answered_at = self.ticket.first_answered_at or at
        data = {"message": str(message.id)}
        if entry.status:
            data |= self._status(entry.status, at)
        self._event("message_out", at, data=data, by_agent=True)

    def _note(self, entry: Entry, at: datetime) -> None:
        note = Note(ticket=self.ticket, author=self.agent, text=entry.text, created_at=at)
        self.rows.notes.append(note)
        self._event("note", at, data={"note": str(note.id)}, by_agent=True)

    def _set(self, entry: Entry, at: datetime) -> None:
        self._event("changed", at, data=self._status(entry.status, at), by_agent=True)

    def _status(self, slug: str, at: datetime) -> dict[str, Any]:
        """Move the ticket to a status; what the history shows about it."""
        change = {"field": "status", "old": self.ticket.status_id, "new": slug}
        self.ticket.status_id = slug
        self.ticket.status_category = self.categories[slug]
        done = self.ticket.status_category in _DONE
        self.ticket.closed_at = at if done else None
        if done:
            self.ticket.waiting_since = None
        return change

    def _message(self, direction: Message.Direction, entry: Entry, at: datetime) -> Message:
        before = self.last
        message = Message(
            ticket=self.ticket,
            direction=direction,
            cc=self.cc,
            subject=reply_subject(self.story.subject) if before else self.story.subject,
            text=entry.text,
            reply_text=entry.text,
            in_reply_to=[before.message_id] if before else [],
            references=list(references_for(before.message_id, before.references) if before else ()),
            date_header=at,
            created_at=at,
        )
        self.ticket.message_count += 1
        self.ticket.preview = one_line(entry.text, limit=PREVIEW)
        self.ticket.last_direction = direction
        self.rows.messages.append(message)
        self.last = message
        return message

    def _attach(self, message: Message, file: SampleFile) -> None:
        content = file.text.encode()
        self.rows.words[self.ticket.id].append(file.filename)
        self.rows.attachments.append(
            Attachment(
                message=message,
                filename=file.filename,
                original_name=file.filename,
                content_type=file.content_type,
                size=len(content),
                sha256=blobs.put(content),
            )
        )

    def _event(
        self, kind: str, at: datetime, *, data: dict[str, Any], by_agent: bool = False
    ) -> None:
        self.rows.events.append(
            TicketEvent(
                ticket=self.ticket,
                at=at,
                kind=kind,
                actor_user=self.agent if by_agent else None,
                cause=_CAUSE,
                data=data,
            )
        )


def _shown(name: str, address: str) -> dict[str, str]:
    return {"name": name, "address": address}


def _insert(rows: _Rows, mailbox: Mailbox) -> None:
    Ticket.objects.bulk_create(rows.tickets)
    Message.objects.bulk_create(rows.messages)
    Attachment.objects.bulk_create(rows.attachments)
    Note.objects.bulk_create(rows.notes)
    TicketEvent.objects.bulk_create(rows.events)
    ThreadReference.objects.bulk_create(
        ThreadReference(
            mailbox=mailbox, message_id=one.message_id, ticket_id=one.ticket_id, own=True
        )
        for one in rows.messages
    )
    for ticket_id, words in rows.words.items():
        search.add(ticket_id, *words)
