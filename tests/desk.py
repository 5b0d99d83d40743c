"""A small desk for tests: people, mailboxes, and mails that arrive without a mail server."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any

from django.utils import timezone

from backend.audit.models import Log
from backend.audit.services import Actor, command
from backend.mail.parse import peek
from backend.mailboxes import ledger
from backend.mailboxes.ledger import Arrival
from backend.mailboxes.models import InboundMail, Mailbox, MailboxFolder
from backend.mailboxes.services import create_mailbox
from backend.tickets import intake
from backend.tickets.models import Ticket
from backend.users.models import Team, User
from backend.users.services import create_user, team_named
from tests.mails import DESK

PASSWORD = "correct horse battery"
TESTS = command("tests")
_numbers = itertools.count(1)


def person(role: str = User.Role.AGENT, *, team: str | None = None, **values: Any) -> User:
    """Somebody who works in the desk, with an address of their own."""
    number = next(_numbers)
    wanted = {
        "email": f"{role}{number}@desk.test",
        "name": f"{role.title()} {number}",
        "password": PASSWORD,
        "role": role,
        "team": team,
    }
    return create_user(actor=TESTS, **(wanted | values))


def acting(user: User) -> Actor:
    """The actor of something `user` does."""
    return Actor(kind=Log.ActorKind.USER, label=user.email, user_id=user.id, cause="tests")


def mailbox(address: str = DESK, *, team: str | Team | None = None, **values: Any) -> Mailbox:
    """A mailbox whose servers are ports of this machine where nobody listens.

    Replies leave at once unless `undo_seconds` says otherwise.
    """
    if isinstance(team, str):
        team = team_named(team)
    wanted = {
        "name": "Suporte",
        "address": address,
        "imap_host": "127.0.0.1",
        "imap_port": 1,
        "imap_security": "none",
        "imap_username": address,
        "imap_password": "secret",
        "smtp_host": "127.0.0.1",
        "smtp_port": 1,
        "smtp_security": "none",
        "import_since": None,
        "undo_seconds": 0,
    }
    return create_mailbox(actor=TESTS, values=wanted | values, team_id=team.id if team else None)


def arrive(box: Mailbox, raw: bytes, *, at: datetime | None = None) -> InboundMail:
    """Put a mail into the ledger as the monitor does after it has fetched it."""
    folder, _ = MailboxFolder.objects.get_or_create(
        mailbox=box, name="INBOX", defaults={"uidvalidity": 1}
    )
    folder.last_uid += 1
    folder.save()
    seen = peek(raw)
    arrival = Arrival(
        uid=folder.last_uid,
        size=len(raw),
        internal_date=at or timezone.now(),
        raw=raw,
        from_address=seen.from_address,
        subject=seen.subject,
        message_id=seen.message_id,
    )
    ledger.insert(ledger.rows_for(folder, [arrival]))
    return InboundMail.objects.get(folder=folder, uid=arrival.uid)


def receive(box: Mailbox, raw: bytes, *, at: datetime | None = None) -> InboundMail:
    """A mail arrives and a worker reads everything that waits; the ledger's row afterwards."""
    mail = arrive(box, raw, at=at)
    intake.drain()
    mail.refresh_from_db()
    return mail


def ticket_from(box: Mailbox, raw: bytes, *, at: datetime | None = None) -> Ticket:
    """The ticket a mail led to; fails when it led to none."""
    mail = receive(box, raw, at=at)
    assert mail.ticket is not None, (mail.state, mail.fate, mail.reason, mail.error)
    return mail.ticket
