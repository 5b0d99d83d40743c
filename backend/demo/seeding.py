"""A synthetic desk of any size, to try it and to measure with: people, tickets, what was said.

The rows are written as text straight into the tables, a million tickets in some minutes. Every
mail has its row in the ledger, but no bytes: such a mail can be read in its ticket, not downloaded.
"""

from __future__ import annotations

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from backend.audit.services import Actor, record
from backend.core.bulk_loading import NULL, copy_lines, escaped, unguarded
from backend.core.errors import Conflict
from backend.core.folding import fold, words
from backend.demo.seed_words import Person, Words
from backend.mailboxes.models import Mailbox, MailboxFolder
from backend.tickets.models import Ticket
from backend.users.models import Team, User

_SPAN = timedelta(days=3 * 365)
_AT_ONCE = 20_000  # tickets generated before their rows are written
_TEAMS = ("Atendimento", "Financeiro", "Técnico")
_AGENTS = 12
_TICKETS_PER_CONTACT = 4
# How many messages a ticket has: 1 to 6, 2.3 on average.
_LENGTHS = (1,) * 35 + (2,) * 30 + (3,) * 18 + (4,) * 10 + (5,) * 4 + (6,) * 3
_COLUMNS = {
    "contacts": "id name phone notes folded is_demo version created_at updated_at",
    "contact_addresses": "id contact_id address is_primary state state_reason bounces",
    "tickets": (
        "id number subject status status_category priority category source contact_id "
        "contact_address mailbox_id team_id assignee_id tags custom waiting_since "
        "first_answered_at last_activity_at closed_at needs_attention message_count preview "
        "last_direction is_demo version created_at"
    ),
    "messages": (
        "id ticket_id direction author_id contact_id from_name from_address to cc bcc reply_to "
        "subject text reply_text message_id in_reply_to references date_header flags facts "
        "remote_images errors created_at"
    ),
    "ticket_events": "ticket_id at kind actor_user_id cause data",
    "thread_references": "mailbox_id message_id ticket_id own",
    "ticket_search": "ticket_id words",
    "inbound_mail": (
        "id mailbox_id folder_id uidvalidity uid sha256 size internal_date seen_at stored_at "
        "taken_at from_address subject internet_message_id state fate reason matched_by error "
        "not_spam history provider_id tries processed_at ticket_id message_id"
    ),
}


@dataclass(frozen=True)
class _Box:
    """A mailbox, its folder and its team, by their keys."""

    id: str
    name: str
    address: str
    folder: str
    team: str


@dataclass(frozen=True)
class _Agent:
    """Somebody who answers."""

    id: str
    name: str


@dataclass
class _Desk:
    """Who works there, and what has been generated but not yet written: lines by table."""

    words: Words
    mailboxes: list[_Box]
    agents: list[_Agent]
    now: datetime
    number: int = 0
    uid: int = 0
    contacts: list[tuple[str, Person]] = field(default_factory=list)
    lines: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, table: str, *values: str) -> None:
        """One row, its values in the order of `_COLUMNS`."""
        self.lines[table].append("\t".join(values) + "\n")

    def id_at(self, at: datetime) -> str:
        """A UUID of version 7 of that moment, as text."""
        milliseconds = int(at.timestamp() * 1000)
        chance = self.words.chance.getrandbits(74)
        value = milliseconds << 80 | 0x7 << 76 | (chance >> 62) << 64 | 0b10 << 62
        return f"{value | chance & (1 << 62) - 1:032x}"

    def write(self) -> None:
        """Write what waits."""
        for table, lines in self.lines.items():
            copy_lines(table, _COLUMNS[table].split(), lines)
        self.lines.clear()


@transaction.atomic
def seed(
    *, actor: Actor, tickets: int, seed: int, told: Callable[[int], None] = lambda done: None
) -> int:
    """Fill an empty desk with `tickets` tickets; returns how many messages they have.

    The same number and seed make the same tickets, apart from their times, which end now. `told`
    hears how many are done. Raises Conflict when the desk has tickets already.
    """
    if Ticket.objects.exists():
        raise Conflict("This desk has tickets: only an empty desk is filled.")
    desk = _desk(seed)
    messages = 0
    with unguarded(list(_COLUMNS)):
        for done in range(tickets):
            at = desk.now - _SPAN * (1 - done / tickets)
            if done % _TICKETS_PER_CONTACT == 0:
                _contact(desk, at)
            messages += _ticket(desk, at)
            if done % _AT_ONCE == _AT_ONCE - 1:
                desk.write()
                told(done + 1)
        desk.write()
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('ticket_number', %s)", [desk.number])
    folders = MailboxFolder.objects.filter(pk__in=[one.folder for one in desk.mailboxes])
    folders.update(last_uid=desk.uid)
    made = {"tickets": tickets, "messages": messages, "seed": seed}
    record(actor=actor, action="desk.seed", object_type="desk", object_id=str(seed), after=made)
    return messages


def _desk(seed: int) -> _Desk:
    words = Words(seed)
    teams = [Team.objects.get_or_create(name=name)[0] for name in _TEAMS]
    agents = []
    for number in range(_AGENTS):
        person = words.person(number)
        agent, new = User.objects.get_or_create(
            email=f"agente{number}@desk.test", defaults={"name": person.name, "role": "agent"}
        )
        if new:
            agent.set_unusable_password()
            agent.save()
            agent.teams.add(teams[number % len(teams)])
        agents.append(_Agent(agent.id.hex, agent.name))
    mailboxes = [_mailbox(number, team) for number, team in enumerate(teams)]
    return _Desk(words, mailboxes, agents, timezone.now().replace(microsecond=0))


def _mailbox(number: int, team: Team) -> _Box:
    """A paused mailbox on a server that does not exist."""
    mailbox = Mailbox.objects.create(
        name=team.name,
        address=f"caixa{number}@desk.test",
        team=team,
        imap_host="imap.desk.test",
        imap_port=993,
        imap_username=f"caixa{number}@desk.test",
        smtp_host="smtp.desk.test",
        smtp_port=465,
        state=Mailbox.State.PAUSED,
    )
    folder = MailboxFolder.objects.create(mailbox=mailbox, name="INBOX", uidvalidity=1)
    return _Box(mailbox.id.hex, mailbox.name, mailbox.address, str(folder.pk), team.id.hex)


def _contact(desk: _Desk, at: datetime) -> None:
    person = desk.words.person(len(desk.contacts))
    contact_id, moment = desk.id_at(at), at.isoformat()
    folded = fold(f"{person.name} {person.address}")
    desk.add("contacts", contact_id, person.name, "", "", folded, "f", "1", moment, moment)
    desk.add("contact_addresses", desk.id_at(at), contact_id, person.address, "t", "ok", "", "0")
    desk.contacts.append((contact_id, person))


@dataclass
class _Thread:
    """A ticket while its messages are generated; values as they stand in the tables."""

    id: str
    mailbox: _Box
    contact: str
    person: Person
    agent: _Agent | None
    subject: str
    ids: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    answered_at: str = NULL


def _ticket(desk: _Desk, at: datetime) -> int:
    """Generate a ticket with its messages; returns how many."""
    chance = desk.words.chance.random
    contact, person = desk.contacts[int(len(desk.contacts) * chance())]
    mailbox = desk.mailboxes[int(len(desk.mailboxes) * chance())]
    agent = desk.agents[int(_AGENTS * chance())] if chance() < 0.8 else None
    subject, text = desk.words.request(person.name)
    thread = _Thread(desk.id_at(at), mailbox, contact, person, agent, subject)
    count = _LENGTHS[int(len(_LENGTHS) * chance())]
    moment, out = at, False
    for number in range(count):
        if number:
            moment += timedelta(seconds=300 + int(120_000 * chance()))
            out = number % 2 == 1
            say = desk.words.answer if out else desk.words.follow_up
            text = say(agent.name if out and agent else person.name)
        _message(desk, thread, moment, text, out=out)
    _row(desk, thread, at, moment, out=out)
    return count


def _message(desk: _Desk, thread: _Thread, at: datetime, text: str, *, out: bool) -> None:
    desk.uid += 1
    uid, message, moment = str(desk.uid), desk.id_at(at), at.isoformat()
    own_id = f"{uid}.{message[:12]}@{'desk' if out else 'customers'}.test"
    box, person, body = thread.mailbox, thread.person, escaped(text)
    author = thread.agent.id if out and thread.agent else NULL
    here, there = (box.name, box.address), (person.name, person.address)
    (name, address), to = (here, there) if out else (there, here)
    subject = f"Re: {thread.subject}" if thread.ids else thread.subject
    desk.add(
        "messages", message, thread.id, "out" if out else "in", author,
        NULL if out else thread.contact, name, address,
        f'[{{"name": "{to[0]}", "address": "{to[1]}"}}]', "[]", "[]", "[]", subject, body, body,
        own_id, f"{{{''.join(thread.ids[-1:])}}}", f"{{{','.join(thread.ids[-10:])}}}", moment,
        "{}", "{}", "0", "{}", moment,
    )  # fmt: skip
    kind = "message_out" if out else "message_in"
    data = f'{{"message": "{uuid.UUID(message)}"}}'
    desk.add("ticket_events", thread.id, moment, kind, author, "seeddesk", data)
    desk.add("thread_references", box.id, own_id, thread.id, "t")
    if out and thread.answered_at == NULL:
        thread.answered_at = moment
    if not out:
        fate, known_by = ("reply", "reference") if thread.ids else ("ticket", "new")
        digest = hashlib.sha256(own_id.encode()).hexdigest()
        desk.add(
            "inbound_mail", desk.id_at(at), box.id, box.folder, "1", uid, digest,
            str(2000 + len(text)), moment, moment, moment, moment, address, subject, own_id, "done",
            fate, "", known_by, "", "f", "f", "", "1", moment, thread.id, message,
        )  # fmt: skip
    thread.ids.append(own_id)
    thread.said.append(text)


def _row(desk: _Desk, thread: _Thread, begin: datetime, end: datetime, *, out: bool) -> None:
    """The ticket itself and its words, once everything has been said."""
    desk.number += 1
    chance = desk.words.chance.random()
    age = desk.now - end
    if age < timedelta(days=14) and chance < 0.7:
        status = "waiting" if out else "open"
    else:
        status = "closed" if chance < 0.9 or age > timedelta(days=60) else "resolved"
    priority = "normal" if chance < 0.8 else ("high" if chance < 0.95 else "urgent")
    first, last = begin.isoformat(), end.isoformat()
    said = str(len(thread.ids))
    desk.add(
        "tickets", thread.id, str(desk.number), thread.subject, status, status, priority, "",
        "mail", thread.contact, thread.person.address, thread.mailbox.id, thread.mailbox.team,
        thread.agent.id if thread.agent else NULL, f"{{{','.join(desk.words.tags())}}}", "{}",
        last if status == "open" else NULL, thread.answered_at, last,
        last if status == "closed" else NULL, "f", said, " ".join(thread.said[-1].split())[:160],
        "out" if out else "in", "f", said, first,
    )  # fmt: skip
    desk.add("ticket_events", thread.id, first, "created", NULL, "seeddesk", '{"source": "mail"}')
    found = words(" ".join((thread.subject, thread.person.address, *thread.said)))
    desk.add("ticket_search", thread.id, " ".join(found))
