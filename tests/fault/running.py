"""A desk of real processes that many fault tests share, and mailboxes of which the test knows all.

Each test has its own mailboxes. It kills what it is about; `wait` starts dead processes again as
a supervisor does, and rings as beat does, so that nobody waits for beat's next round.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from django.db import DatabaseError, InterfaceError, connection
from django.db.models.functions import Now

from backend.core import doorbell
from backend.mailboxes.models import (
    InboundMail,
    LivingMonitor,
    Mailbox,
    MailboxLease,
    OutboundMail,
    SendingWindow,
)
from backend.mailboxes.services import create_mailbox
from backend.tickets.creating import NewTicket, create_ticket
from backend.tickets.replying import Reply, reply
from backend.users.models import User
from desk_cli.process import wait_until
from desk_cli.pytest_servers import servers
from desk_cli.servers.dovecot import Dovecot
from desk_cli.servers.smtp_script import message_id
from desk_cli.servers.smtp_sink import SinkMessage, SmtpSink
from desk_cli.testing import DeskProcesses
from tests.connections import database_url
from tests.desk import TESTS, acting, person
from tests.fault.account import Incoming, Outgoing, incoming, outgoing, uids_on_server
from tests.mails import letter

PASSWORD = "postbox-secret"
PATIENCE = 60.0
RING_EVERY = 25  # looks of wait_until, each 0.04 s
SWEEPS = ("mail.sweep", "send.sweep")
_USUAL = re.compile(r"Task \S+ (received|succeeded)|Sending due task")
_numbers = itertools.count(1)


@dataclass
class Postbox:
    """A mailbox of the desk on the test's servers, and everything that was put into it."""

    mailbox: Mailbox
    imap: Dovecot
    sink: SmtpSink
    sent_in: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where customers write to."""
        return self.mailbox.address

    def deliver(self, count: int, **headers: str) -> None:
        """Customers write `count` mails; every fifth answers the one before it."""
        for _ in range(count):
            number = len(self.sent_in)
            answered = self.sent_in[-1] if number % 5 == 4 else ""
            own_id = f"{number}.{self.address.replace('@', '.at.')}"
            writer = number - 1 if answered else number
            raw = letter(
                sender=f"Cliente {writer} <c{writer}.{self.address.split('@')[0]}@customers.test>",
                subject=f"Pedido {number}",
                own_id=own_id,
                in_reply_to=answered,
                **headers,
            )
            self.imap.deliver(self.address, raw)
            self.sent_in.append(own_id)

    def incoming(self) -> Incoming:
        """The account of what came in."""
        on_server = uids_on_server(self.imap.port or 0, self.address, PASSWORD)
        if self.mailbox.after_reading == Mailbox.AfterReading.MOVE:
            on_server = set()  # moved away: the ledger knows them by the UIDs they had
        return incoming([self.mailbox.id], self.sent_in, on_server)

    def outgoing(self) -> Outgoing:
        """The account of what left."""
        return outgoing([self.mailbox.id], self.at_server())

    def at_server(self) -> list[SinkMessage]:
        """What the SMTP server got from this mailbox; notices leave with an empty sender."""
        rows = OutboundMail.objects.filter(mailbox=self.mailbox)
        own = set(rows.values_list("internet_message_id", flat=True))
        return [
            one
            for one in self.sink.messages
            if one.envelope_from == self.address or message_id(one.raw) in own
        ]

    def settled(self) -> bool:
        """Whether every mail put in has a fate."""
        fates = InboundMail.objects.filter(mailbox=self.mailbox, fate__isnull=False)
        return fates.count() >= len(self.sent_in)

    def at_rest(self) -> bool:
        """Whether nothing waits to leave."""
        waiting = ["held", "queued", "sending", "deferred"]
        return not OutboundMail.objects.filter(mailbox=self.mailbox, state__in=waiting).exists()


class RunningDesk:
    """Real processes on the test database, with Dovecot and the sink of the module."""

    def __init__(
        self, folder: Path, imap: Dovecot, sink: SmtpSink, extra: dict[str, str] | None = None
    ) -> None:
        self.imap, self.sink, self.folder = imap, sink, folder
        self.crashes = folder / "crash"
        self.crashes.mkdir()
        self.broker = servers().broker
        self.processes = DeskProcesses(
            folder,
            database_url=database_url(),
            broker=self.broker,
            extra={
                "DESK_CRASHPOINT": str(self.crashes),
                "DESK_LEASE_SECONDS": "3",
                "DESK_POLL_SECONDS": "2",
                "DESK_SERVER_TIMEOUT": "3",
                "DESK_FETCH_BATCH": "10",
            }
            | (extra or {}),
        )
        self.agent: User | None = None

    def start(self) -> None:
        """Worker, beat and monitor (again)."""
        self.agent = self.agent or person()
        self.processes.start_monitor()
        self.processes.start_beat()
        self.processes.start_worker()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the processes; a killed broker is started again for other tests."""
        for child in self.processes.children.values():
            child.ask_to_stop()
        for child in self.processes.children.values():
            child.stop()
        if not self.broker.running:
            self.broker.start()

    @contextmanager
    def postbox(
        self,
        count: int = 0,
        *,
        imap_port: int = 0,
        smtp_port: int = 0,
        **values: Any,
    ) -> Iterator[Postbox]:
        """A mailbox that holds `count` mails, read and sent from while the block lasts."""
        box = self.add_postbox(count, imap_port=imap_port, smtp_port=smtp_port, **values)
        try:
            yield box
        finally:
            self.forget(box)

    def add_postbox(
        self, count: int = 0, *, imap_port: int = 0, smtp_port: int = 0, **values: Any
    ) -> Postbox:
        """As `postbox`, until `forget`."""
        address = f"box{next(_numbers)}@desk.test"
        self.imap.add_user(address, PASSWORD)
        wanted: dict[str, Any] = {
            "name": "Suporte",
            "address": address,
            "imap_host": "127.0.0.1",
            "imap_port": imap_port or self.imap.port,
            "imap_security": "none",
            "imap_username": address,
            "imap_password": PASSWORD,
            "smtp_host": "127.0.0.1",
            "smtp_port": smtp_port or self.sink.port,
            "smtp_security": "none",
            "import_since": None,
            "undo_seconds": 0,
            "sent_copy": "never",
        }
        state = values.pop("state", None)
        box = Postbox(create_mailbox(actor=TESTS, values=wanted | values), self.imap, self.sink)
        if state:
            Mailbox.objects.filter(pk=box.mailbox.pk).update(state=state)
        box.deliver(count)
        return box

    def forget(self, *boxes: Postbox) -> None:
        """Nobody reads them or sends from them any more."""
        self._put(boxes, Mailbox.State.PAUSED)

    def resume(self, *boxes: Postbox) -> None:
        """They are read and sent from (again)."""
        self._put(boxes, Mailbox.State.ACTIVE)

    def _put(self, boxes: Sequence[Postbox], state: Mailbox.State) -> None:
        chosen = Mailbox.objects.filter(pk__in=[box.mailbox.pk for box in boxes])
        chosen.update(state=state)

    def answer(self, box: Postbox, *, to: tuple[str, ...] = ()) -> OutboundMail:
        """A customer of their own gets an answer: one more mail in the outbox."""
        assert self.agent is not None
        customer = f"a{next(_numbers)}@customers.test"
        call = NewTicket(box.mailbox.id, customer, "", "Pedido por telefone", "Onde está?")
        actor = acting(self.agent)
        ticket = create_ticket(actor=actor, user=self.agent, wanted=call)
        wanted = Reply(text="Já vamos ver.", to=to or (customer,))
        return reply(actor=actor, user=self.agent, ticket_id=ticket.id, wanted=wanted).outbound

    def crash_at(self, point: str, passage: int = 1, signal: str = "KILL") -> Path:
        """Arm a crash point: one process gets the signal at its nth pass; the file, gone then."""
        file = self.crashes / point
        beside = self.folder / f"{point}.arming"
        beside.write_text(f"{passage} {signal}")
        return beside.rename(file)

    def assert_met(self, armed: Path) -> None:
        """Some process comes by an armed crash point, soon."""
        met = self.wait(lambda: not armed.exists())
        assert met, f"nobody came by {armed.name}\n{self.tail()}"

    def wait(self, condition: Callable[[], bool], seconds: float = PATIENCE) -> bool:
        """Poll; meanwhile start what died, ring as beat does, and let dead monitors' leases end."""
        looks = itertools.count()

        def look() -> bool:
            if next(looks) % RING_EVERY == 0:
                if "monitor" in self.processes.revive():
                    let_monitors_leases_end()
                ring()
            return holds(condition)

        return wait_until(look, seconds, 0.04)

    def tail(self, lines: int = 12) -> str:
        """The end of every log without what is usual, for a test that failed."""
        tails = []
        for name, child in self.processes.children.items():
            told = [line for line in child.log_text().splitlines() if not _USUAL.search(line)]
            tails += [f"== {name}", *told[-lines:]]
        return "\n".join(tails)

    def assert_settled(self, *boxes: Postbox) -> list[Incoming]:
        """Every mail of the boxes has its one fate, soon."""
        done = self.wait(lambda: all(box.settled() for box in boxes))
        accounts = [box.incoming() for box in boxes]
        assert done, (accounts, self.tail())
        wrong = [one for one in accounts if one.problems]
        assert not wrong, (wrong, self.tail())
        return accounts

    def assert_sent(self, *boxes: Postbox) -> list[Outgoing]:
        """Everything the boxes had to send has its end state, soon, and the server agrees."""
        done = self.wait(lambda: all(box.at_rest() for box in boxes))
        accounts = [box.outgoing() for box in boxes]
        assert done, (accounts, self.tail())
        wrong = [one for one in accounts if one.problems]
        assert not wrong, (wrong, self.tail())
        return accounts


def holds(condition: Callable[[], bool]) -> bool:
    """The condition's answer; False while the database is away."""
    try:
        return condition()
    except (DatabaseError, InterfaceError):
        connection.close()
        return False


def ring() -> None:
    """What beat does every few seconds."""
    for task in SWEEPS:
        doorbell.ring(task)


def let_monitors_leases_end() -> None:
    """As if the half minute of dead monitors' leases had passed."""
    MailboxLease.objects.update(expires_at=Now() - timedelta(seconds=1))
    LivingMonitor.objects.update(at=Now() - timedelta(minutes=1))


def let_senders_leases_end(*boxes: Postbox) -> None:
    """As if the minutes of dead senders' leases had passed."""
    past = Now() - timedelta(seconds=1)
    mails = OutboundMail.objects.filter(mailbox__in=[box.mailbox.pk for box in boxes])
    mails.filter(state=OutboundMail.State.SENDING).update(lease_until=past)
    mails.filter(sent_copy=OutboundMail.SentCopy.WAITING).update(sent_copy_at=past)


def let_retries_come(*boxes: Postbox) -> None:
    """As if the minutes until the next try had passed."""
    mine = [box.mailbox.pk for box in boxes]
    SendingWindow.objects.filter(mailbox__in=mine).update(wait_until=None)
    waiting = OutboundMail.objects.filter(mailbox__in=mine, state=OutboundMail.State.DEFERRED)
    waiting.update(next_attempt_at=Now() - timedelta(seconds=1))
