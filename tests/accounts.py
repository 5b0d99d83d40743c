"""Mailboxes of tests, connected to the test servers, and what the ledger says about them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from backend.audit.services import command
from backend.mail.imap import ImapMailbox
from backend.mailboxes import leases
from backend.mailboxes.accounts import imap_settings
from backend.mailboxes.leases import Lease
from backend.mailboxes.models import InboundMail, Mailbox
from backend.mailboxes.reading import MailboxReading
from backend.mailboxes.services import create_mailbox
from backend.tickets.models import Message
from desk_cli.servers.dovecot import Dovecot
from tests.mails import DESK

PASSWORD = "postbox-secret"


def connect(
    dovecot: Dovecot | None = None, *, address: str = DESK, smtp_port: int = 1, **values: Any
) -> Mailbox:
    """A mailbox reading `address` from a test Dovecot and sending to a test SMTP port."""
    if dovecot is not None:
        dovecot.add_user(address, PASSWORD)
    settings: dict[str, Any] = {
        "name": "Suporte",
        "address": address,
        "imap_host": "127.0.0.1",
        "imap_port": dovecot.port if dovecot else 1,
        "imap_security": "none",
        "imap_username": address,
        "imap_password": PASSWORD,
        "smtp_host": "127.0.0.1",
        "smtp_port": smtp_port,
        "smtp_security": "none",
        "import_since": None,
        "undo_seconds": 0,
    }
    return create_mailbox(actor=command("tests"), values=settings | values)


def read(mailbox: Mailbox) -> int:
    """One visit of a monitor to the mailbox; returns how many mails it stored."""
    epoch = leases.take(mailbox.id, "tests")
    assert epoch is not None, "another reader holds the mailbox"
    try:
        with ImapMailbox(imap_settings(mailbox)) as server:
            return read_all(MailboxReading(mailbox, Lease("tests", epoch)), server)
    finally:
        leases.give_up(mailbox.id, "tests", epoch)


def read_all(reading: MailboxReading, server: ImapMailbox) -> int:
    """Store what a mailbox holds, batch after batch; returns how many mails were stored."""
    reading.look(server, everywhere=True)
    stored = 0
    while reading.unfetched:
        stored += reading.store_batch(server)
    return stored


@dataclass(frozen=True)
class Account:
    """What became of the mails of a test: the equation that must hold after every fault."""

    seen: int
    fates: int
    messages: int
    distinct_messages: int
    states: Counter[str]


def account() -> Account:
    """Count the ledger and the messages it led to."""
    messages = Message.objects.filter(direction=Message.Direction.IN)
    return Account(
        seen=InboundMail.objects.count(),
        fates=InboundMail.objects.filter(fate__isnull=False).count(),
        messages=messages.count(),
        distinct_messages=messages.values("message_id").distinct().count(),
        states=Counter(InboundMail.objects.values_list("state", flat=True)),
    )
