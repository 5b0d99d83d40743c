"""Two real desks that acknowledge every mail write to each other, and stop (MAIL.md B14).

Each has its own database, broker, keys and processes; a relay carries what they send into the
other's mailbox. An honest relay leaves the marks of automatic mail in place. A forgetful one takes
out everything by which a machine or a conversation could be known.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection

from backend.tickets.acknowledging import PER_TOPIC
from backend.tickets.creating import NewTicket, create_ticket
from desk_cli.paths import ROOT, VENV_PYTHON
from desk_cli.process import wait_until
from desk_cli.servers.dovecot import Dovecot
from desk_cli.servers.smtp_sink import SinkMessage, SmtpSink
from desk_cli.servers.valkey import Valkey
from desk_cli.testing import DeskProcesses
from tests.desk import acting, mailbox, person
from tests.mails import DESK

OTHER = "ajuda@other.test"
PATIENCE = 120.0
MARKS = (
    "auto-submitted|precedence|x-auto-response-suppress|x-send-emails-desk-loop"
    "|in-reply-to|references|return-path"
)
_MARKS = re.compile(
    rf"^(?:{MARKS}):.*(?:\r?\n[ \t].*)*\r?\n".encode(), re.IGNORECASE | re.MULTILINE
)
pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]


class Relay:
    """Takes mail of both desks and puts it into the addressee's mailbox."""

    def __init__(self, imap: Dovecot) -> None:
        self.imap = imap
        self.forgetful = False

    def carry(self, message: SinkMessage) -> None:
        """Deliver one mail, without its marks when forgetful."""
        raw = message.raw
        if self.forgetful:
            head, blank, body = raw.partition(b"\r\n\r\n")
            raw = _MARKS.sub(b"", head + b"\r\n").removesuffix(b"\r\n") + blank + body
        for address in message.envelope_to:
            self.imap.deliver(address, raw)


@pytest.fixture
def relay(own_dovecot: Dovecot) -> Relay:
    for address in (DESK, OTHER):
        own_dovecot.add_user(address, "secret")
    return Relay(own_dovecot)


@pytest.fixture
def sink(relay: Relay) -> Iterator[SmtpSink]:
    with SmtpSink(on_message=relay.carry) as server:
        yield server


@pytest.fixture
def other_desk(server_folder: Path, relay: Relay, sink: SmtpSink) -> Iterator[DeskProcesses]:
    """A second desk with a database of its own, acknowledging at its address."""
    folder = server_folder / "other"
    folder.mkdir()
    name = f"{connection.settings_dict['NAME']}_other"
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}"')
    desk = DeskProcesses(
        folder,
        database_url=url_of(name),
        broker=Valkey(folder / "broker"),
        extra={"DESK_SECRET_KEY": "another-desk-" * 5, "DESK_DATA_DIR": str(folder / "data")},
    )
    try:
        desk.start_broker()
        manage(desk, "migrate", "--no-input")
        manage(
            desk,
            "addmailbox",
            *("--address", OTHER),
            *("--imap", f"imap://{quote(OTHER)}:secret@127.0.0.1:{relay.imap.port}/INBOX"),
            *("--smtp", f"smtp://127.0.0.1:{sink.port}"),
        )
        ask(desk, "UPDATE mailboxes SET acknowledge = true RETURNING id")
        yield desk
    finally:
        desk.stop()
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def url_of(name: str) -> str:
    settings = connection.settings_dict
    account = f"{settings['USER']}:{settings['PASSWORD']}"
    return f"postgresql://{account}@{settings['HOST']}:{settings['PORT']}/{name}"


def manage(desk: DeskProcesses, *words: str) -> None:
    command = [str(VENV_PYTHON), "backend/manage.py", *words]
    done = subprocess.run(
        command, cwd=ROOT, env=desk.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def ask(desk: DeskProcesses, query: LiteralString) -> list[tuple[Any, ...]]:
    with psycopg.connect(desk.database_url, autocommit=True) as link:
        return link.execute(query).fetchall()


def count(desk: DeskProcesses, rows: LiteralString) -> int:
    return int(ask(desk, "SELECT count(*) FROM " + rows)[0][0])  # noqa: S608 - literals


def skipped(desk: DeskProcesses) -> int:
    """How often the desk kept from answering."""
    return count(desk, "ticket_events WHERE kind = 'acknowledgement_skipped'")


def at_rest(*desks: DeskProcesses) -> bool:
    """Nothing waits to be read or sent, and all that was sent has been read."""
    sent = sum(count(desk, "outbound_mail WHERE state = 'sent'") for desk in desks)
    read = sum(count(desk, "inbound_mail WHERE state = 'done'") for desk in desks)
    moving = sum(count(desk, "outbound_mail WHERE state <> 'sent'") for desk in desks)
    return sent == read and not moving


@pytest.fixture
def desk(desk_processes: DeskProcesses, relay: Relay, sink: SmtpSink) -> DeskProcesses:
    """The first desk, on the test's own database."""
    mailbox(
        acknowledge=True,
        imap_port=relay.imap.port,
        imap_password="secret",
        smtp_port=sink.port,
    )
    return desk_processes


def start(*desks: DeskProcesses) -> None:
    for one in desks:
        one.start_worker(processes=1)
        one.start_beat()
        one.start_monitor()


def write_to_the_other() -> None:
    from backend.mailboxes.models import Mailbox

    agent = person("admin")
    wanted = NewTicket(
        mailbox_id=Mailbox.objects.get().id,
        contact_address=OTHER,
        contact_name="Outra Central",
        subject="Fatura de novembro",
        text="Poderiam nos enviar a fatura?",
        send=True,
    )
    create_ticket(actor=acting(agent), user=agent, wanted=wanted)


@pytest.mark.parametrize("forgetful", [False, True], ids=["honest", "forgetful"])
def test_b14_two_desks_that_answer_each_other_stop_after_two_rounds(
    desk: DeskProcesses, other_desk: DeskProcesses, relay: Relay, *, forgetful: bool
):
    relay.forgetful = forgetful
    start(desk, other_desk)
    write_to_the_other()

    def ended() -> bool:
        if forgetful:
            return skipped(desk) + skipped(other_desk) == 1 and at_rest(desk, other_desk)
        known = count(desk, "inbound_mail WHERE fate = 'automatic'")
        return known == 1 and at_rest(desk, other_desk)

    assert wait_until(ended, PATIENCE), [
        (count(one, "tickets"), count(one, "acknowledgements"), count(one, "inbound_mail"))
        for one in (desk, other_desk)
    ]
    if forgetful:
        assert count(other_desk, "acknowledgements") == PER_TOPIC
        assert count(desk, "acknowledgements") == PER_TOPIC
    else:
        # The acknowledgement is known for what it is, and joins the conversation it answers.
        assert (count(other_desk, "tickets"), count(desk, "tickets")) == (1, 1)
        assert (count(other_desk, "acknowledgements"), count(desk, "acknowledgements")) == (1, 0)
