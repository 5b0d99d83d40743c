#!/usr/bin/env python
"""Mail under fire: every two seconds a random process is killed; is every mail there once?

1. Private PostgreSQL, Valkey, Dovecot and a mail server that takes everything; two monitors, two
   workers and beat, with the waits and leases they have in production.
2. Mails come into four mailboxes at an even rate, and agents answer some of them. Every two
   seconds one process gets SIGKILL: a monitor, a worker, one process of a worker, beat, the
   broker, or the database; what has died is started again at once, as a supervisor does.
3. The kills go on until every mail has its fate. Then nothing is killed any more and the outbox
   comes to rest.
4. The account: mails on the server against rows, fates and messages, and what the outbox says of
   each reply against what the mail server really holds.

Prints one object {bench, conditions, figures, calibration, ratios} with --json. The exit code is 1
when a mail has no fate, is there twice or was put aside, or a reply was delivered twice or is
undecided.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from bench._mails import mails
from desk_cli import process
from desk_cli.servers.dovecot import Dovecot
from desk_cli.servers.postgres import Postgres
from desk_cli.servers.smtp_sink import SmtpSink
from desk_cli.servers.valkey import Valkey
from desk_cli.testing import DeskProcesses

MAILBOXES = 4
LONGEST_RUN = 3600.0
PASSWORD = "bench"  # noqa: S105 - of accounts that end with the run
AT_REST = ("sent", "failed", "uncertain", "cancelled")
T = TypeVar("T")


def arguments(words: list[str]) -> argparse.Namespace:
    """The command line; exits with 2 and one line for a bad one."""
    parser = argparse.ArgumentParser(prog="./desk bench chaos", description=__doc__)
    parser.add_argument("--mails", type=int, default=20_000, help="how many (default 20000)")
    parser.add_argument("--replies", type=int, default=200, help="answers (default 200)")
    parser.add_argument("--seed", type=int, default=1, help="of the kills (default 1)")
    parser.add_argument("--every", type=float, default=2.0, help="seconds between kills (2)")
    parser.add_argument("--rate", type=float, default=60.0, help="mails a second that come (60)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args(words)
    if given.mails < MAILBOXES or given.replies < 0 or given.every <= 0 or given.rate <= 0:
        parser.error(f"--mails must be at least {MAILBOXES}, --every and --rate above 0")
    return given


@dataclass
class Room:
    """The servers and processes of a run, and everything that was put in.

    sent_in: Message-IDs by the address they were sent to. kills: how often each was killed.
    """

    postgres: Postgres
    broker: Valkey
    dovecot: Dovecot
    sink: SmtpSink
    desk: DeskProcesses
    sent_in: dict[str, list[str]] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    answered: int = 0

    def victims(self) -> dict[str, Callable[[], object]]:
        """Every process that can be killed now, and how."""
        found: dict[str, Callable[[], object]] = {
            name: partial(self.desk.kill_group, name) for name in self.desk.children
        }
        for name in ("worker", "worker2"):
            for number, pid in enumerate(self.desk.workers_of(name)):
                found[f"{name}.{number}"] = partial(os.kill, pid, 9)
        return found | {"broker": self.broker.kill9, "database": self.postgres.kill9}

    def kill_one(self, chance: random.Random) -> None:
        """Kill one process, then start again what is dead."""
        found = self.victims()
        name = chance.choice(sorted(found))
        try:
            found[name]()
        except ProcessLookupError:  # it ended by itself just now
            return
        self.kills[name.partition(".")[0].rstrip("2") + (" process" if "." in name else "")] += 1
        if name == "broker":
            self.broker.start()
        if name == "database":
            self.postgres.start()
        self.desk.revive()


def start(given: argparse.Namespace, folder: Path, stack: ExitStack) -> Room:
    """Servers, database, accounts and processes; no mail is there yet."""
    postgres = Postgres(folder / "pg", "bench-only")
    os.environ["DATABASE_URL"] = postgres.start()
    stack.callback(postgres.stop)
    broker = stack.enter_context(Valkey(folder / "broker"))
    os.environ |= {
        "DESK_ENV": "test",
        "DESK_DATA_DIR": str(folder / "data"),
        "CELERY_BROKER_URL": broker.url,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DESK_LOG_LEVEL": "ERROR",
    }
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    dovecot = stack.enter_context(Dovecot(folder / "imap"))
    sink = stack.enter_context(SmtpSink())
    desk = DeskProcesses(folder, database_url=os.environ["DATABASE_URL"], broker=broker)
    stack.callback(desk.stop)
    room = Room(postgres, broker, dovecot, sink, desk)
    for number in range(MAILBOXES):
        connect(room, f"suporte{number}@desk.test")
    for name in ("worker", "worker2"):
        desk.start_worker(processes=1, name=name)
    desk.start_beat()
    desk.start_monitor()
    desk.start_monitor("monitor2")
    return room


def connect(room: Room, address: str) -> None:
    """One account and its mailbox."""
    from backend.audit.services import command
    from backend.mailboxes.services import create_mailbox

    room.dovecot.add_user(address, PASSWORD)
    values = {
        "address": address, "name": "Suporte", "import_since": None, "undo_seconds": 0,
        "imap_host": "127.0.0.1", "imap_port": room.dovecot.port, "imap_security": "none",
        "imap_username": address, "imap_password": PASSWORD,
        "smtp_host": "127.0.0.1", "smtp_port": room.sink.port, "smtp_security": "none",
        "sent_copy": "never",
    }  # fmt: skip
    create_mailbox(actor=command("bench"), values=values)
    room.sent_in[address] = []


def letters(count: int) -> Iterator[tuple[str, str, bytes]]:
    """(address, Message-ID, bytes) of the mails that come, the mailboxes by turns."""
    share, more = divmod(count, MAILBOXES)
    boxes = []
    for number in range(MAILBOXES):
        address = f"suporte{number}@desk.test"
        here = share + (number < more)
        first = number * (share + 1)
        boxes.append((address, first, list(range(here)), mails(here, address, first=first)))
    for turn in range(share + 1):
        for address, first, numbers, written in boxes:
            if turn < len(numbers):
                yield address, f"bench-{first + turn}@customers.test", next(written)


def come_in(given: argparse.Namespace, room: Room) -> Iterator[None]:
    """Deliver the mails at their rate; after each step the caller may do something else."""
    begun = time.monotonic()
    for number, (address, own_id, raw) in enumerate(letters(given.mails)):
        while time.monotonic() < begun + number / given.rate:
            time.sleep(0.01)
            yield
        room.dovecot.deliver(address, raw)
        room.sent_in[address].append(own_id)
        yield


def despite_faults(read: Callable[[], T]) -> T | None:
    """What a look into the database says; None while that is away."""
    from django.db import DatabaseError, InterfaceError, connection

    try:
        return read()
    except (DatabaseError, InterfaceError):
        connection.close()
        return None


def settled() -> int:
    """How many mails have a fate."""
    from backend.mailboxes.models import InboundMail

    return InboundMail.objects.filter(fate__isnull=False).count()


def at_rest() -> bool:
    """Whether nothing waits to leave."""
    from backend.mailboxes.models import OutboundMail

    return not OutboundMail.objects.exclude(state__in=AT_REST).exists()


def answer_one(room: Room, agent: Any) -> None:
    """An agent answers a ticket that nobody has answered yet."""
    from backend.audit.services import command
    from backend.tickets.models import Ticket
    from backend.tickets.replying import Reply, reply

    ticket = Ticket.objects.exclude(messages__direction="out").order_by("id").first()
    if ticket is not None:
        answer = Reply(text="Já vamos ver.")
        reply(actor=command("bench"), user=agent, ticket_id=ticket.id, wanted=answer)
        room.answered += 1


def fire(given: argparse.Namespace, room: Room) -> float:
    """Kill until every mail has its fate; the seconds that took."""
    from backend.audit.services import command
    from backend.users.services import create_user

    agent = create_user(
        actor=command("bench"), email="bia@agents.test", name="Bia", password=os.urandom(9).hex(),
        role="admin", team=None,
    )  # fmt: skip
    chance = random.Random(given.seed)  # noqa: S311 - repeatable kills, no secret
    begun = time.monotonic()
    coming, come = come_in(given, room), False
    kill_at = answer_at = begun
    answers_every = given.mails / given.rate / max(1, given.replies)
    while not (come and despite_faults(settled) == given.mails):
        come = come or next(coming, coming) is coming
        now = time.monotonic()
        if now > begun + LONGEST_RUN:
            raise SystemExit(f"only {despite_faults(settled)} of {given.mails} mails are settled")
        if now >= kill_at:
            room.kill_one(chance)
            kill_at = max(kill_at + given.every, time.monotonic())
        if now >= answer_at and room.answered < given.replies:
            despite_faults(lambda: answer_one(room, agent))
            answer_at += answers_every
        if come:
            time.sleep(0.1)
    return time.monotonic() - begun


def run(given: argparse.Namespace, room: Room) -> dict[str, Any]:
    """Fire, rest, count; the report."""
    from backend.mailboxes.models import Mailbox
    from tests.fault.account import incoming, outgoing, uids_on_server

    seconds = fire(given, room)
    rest = time.monotonic()
    if not process.wait_until(lambda: despite_faults(at_rest) is True, LONGEST_RUN, 0.5):
        raise SystemExit("the outbox does not come to rest")
    boxes = dict(Mailbox.objects.values_list("address", "id"))
    problems: list[str] = []
    for address, own_ids in room.sent_in.items():
        there = uids_on_server(room.dovecot.port or 0, address, PASSWORD)
        problems += incoming([boxes[address]], own_ids, there).problems
    every_id = [own_id for own_ids in room.sent_in.values() for own_id in own_ids]
    read = incoming(list(boxes.values()), every_id)
    left = outgoing(list(boxes.values()), room.sink.messages)
    return {
        "bench": "chaos",
        "conditions": {
            "mails": given.mails,
            "replies": given.replies,
            "seed": given.seed,
            "kill_every_s": given.every,
            "mails_come_per_s": given.rate,
            "processes": "2 monitors, 2 workers, beat, broker, database",
            "cores": os.cpu_count(),
            "python": platform.python_version(),
        },
        "figures": {
            "mails_in": read.mails_in,
            "fates": sum(read.fates.values()) - read.stuck,
            "by_fate": dict(read.fates),
            "duplicates": read.duplicates,
            "stuck": read.stuck,
            "put_aside": read.fates.get("quarantined", 0),
            "replies": left.mails_out,
            "replies_by_state": dict(left.states),
            "delivered_twice": left.delivered_twice,
            "undecided": left.undecided,
            "problems": [*problems, *left.problems],
            "kills": sum(room.kills.values()),
            "killed": dict(sorted(room.kills.items())),
            "seconds_under_fire": round(seconds, 1),
            "seconds_until_rest": round(time.monotonic() - rest, 1),
        },
        "calibration": {},
        "ratios": {"kills_per_1000_mails": round(1000 * room.kills.total() / given.mails, 1)},
    }


def main(words: list[str]) -> int:
    """Run the bench; prints the account."""
    given = arguments(words)
    with tempfile.TemporaryDirectory(prefix="desk-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o711)  # servers that run as nobody step through
        report = run(given, start(given, folder, stack))
    if given.json:
        print(json.dumps(report))
    else:
        for part in ("conditions", "figures", "ratios"):
            print(f"{part}: " + ", ".join(f"{k}={v}" for k, v in report[part].items()))
    figures = report["figures"]
    missing = figures["mails_in"] - figures["fates"]
    return int(bool(figures["problems"] or figures["put_aside"] or missing))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
