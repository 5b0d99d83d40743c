#!/usr/bin/env python
"""How fast mail becomes tickets: Dovecot ► monitor ► Celery ► worker ► committed ticket.

1. Private PostgreSQL, Valkey and Dovecot; the mails lie in the mailbox before anything starts.
2. Monitor and worker start; the clock runs from the first stored mail to the last committed fate.
   Processor time is counted for each of them, from before they start.
3. The statements of 200 of the mails are counted, in a process of our own.
4. In the same run, on the same machine: the standard library parsing the same mails on one core,
   and single-row commits, so that a figure can be compared across machines as a ratio.
5. With --on-tickets N all of it once more, on a desk that `seeddesk` has filled with N tickets.

Prints one object {bench, conditions, figures, calibration, ratios} with --json.
"""

from __future__ import annotations

import argparse
import email
import io
import json
import os
import platform
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from email import policy
from pathlib import Path
from typing import Any

from bench import _cpu
from bench._mails import mails
from desk_cli import process
from desk_cli.servers.dovecot import Dovecot
from desk_cli.servers.postgres import Postgres
from desk_cli.servers.valkey import Valkey
from desk_cli.testing import DeskProcesses

DESK = "suporte@desk.test"
LONGEST_RUN = 3600.0


def arguments(words: list[str]) -> argparse.Namespace:
    """The command line; exits with 2 and one line when the mails can't be had."""
    parser = argparse.ArgumentParser(prog="./desk bench intake", description=__doc__)
    parser.add_argument("--mails", type=int, default=2000, help="how many (default 2000)")
    parser.add_argument("--corpus", type=Path, help="folder of .eml files, instead of our own")
    parser.add_argument("--processes", type=int, default=2, help="worker processes (default 2)")
    parser.add_argument(
        "--on-tickets", type=int, default=0, help="then again on a desk of so many tickets"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args(words)
    if given.mails < 1 or given.on_tickets < 0:
        parser.error("--mails must be at least 1, --on-tickets not below 0")
    if given.corpus is not None and not any(given.corpus.glob("*.eml")):
        parser.error(f"no .eml files in {given.corpus}")
    return given


def corpus(given: argparse.Namespace) -> list[bytes]:
    """The mails' bytes, made deterministically or read from --corpus."""
    if given.corpus is None:
        return list(mails(given.mails, DESK))
    files = sorted(given.corpus.glob("*.eml"))[: given.mails]
    return [file.read_bytes() for file in files]


def stdlib_rate(letters: list[bytes]) -> float:
    """Mails per second of the standard library alone: parse and walk, one core."""
    sample = letters[:1000]
    started = time.perf_counter()
    for raw in sample:
        for part in email.message_from_bytes(raw, policy=policy.compat32).walk():
            if not part.is_multipart():
                part.get_payload(decode=True)
    return len(sample) / (time.perf_counter() - started)


def commit_rate() -> float:
    """Single-row commits per second of one connection, durable."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_commits (id int)")
        started = time.perf_counter()
        for number in range(500):
            cursor.execute("INSERT INTO bench_commits VALUES (%s)", [number])
        seconds = time.perf_counter() - started
        cursor.execute("DROP TABLE bench_commits")
    return 500 / seconds


@dataclass(frozen=True)
class Measured:
    """What one run came to."""

    rate: float
    seconds: float
    wall: float
    cpu: dict[str, float]
    fates: dict[str, int]
    tickets: int


def run(given: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Measure on an empty desk, and on a full one when asked to; returns the report."""
    os.environ |= {
        "DESK_ENV": "test",
        "DESK_DATA_DIR": str(folder / "data"),
        "DESK_LOG_LEVEL": "WARNING",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        # Both are set again when the servers run.
        "DATABASE_URL": "postgresql://desk@127.0.0.1/desk",
        "CELERY_BROKER_URL": "redis://127.0.0.1",
    }
    import django

    django.setup()
    letters = corpus(given)
    calibration = {"stdlib_parse_per_s": stdlib_rate(letters)}
    with ExitStack() as stack:
        empty = measure(given, folder / "empty", letters, stack)
        calibration["commits_per_s"] = commit_rate()
        statements = statements_per_mail(letters[:200])
    report = _report(given, empty, calibration)
    report["figures"]["statements_per_mail"] = statements
    if given.on_tickets:
        with ExitStack() as stack:
            full = measure(given, folder / "full", letters, stack, tickets=given.on_tickets)
        name = "1m" if given.on_tickets == 1_000_000 else str(given.on_tickets)
        report["figures"] |= {
            f"on_{name}_mails_per_s": round(full.rate, 1),
            f"on_{name}_ratio": round(full.rate / empty.rate, 3),
            f"on_{name}_cpu_ms_per_mail": full.cpu,
        }
    return report


def measure(
    given: argparse.Namespace,
    folder: Path,
    letters: list[bytes],
    stack: ExitStack,
    *,
    tickets: int = 0,
) -> Measured:
    """Start everything, wait until every mail has a fate, and count."""
    folder.mkdir(mode=0o711)
    postgres = Postgres(folder / "pg", "bench-only")
    os.environ["DATABASE_URL"] = postgres.start()
    stack.callback(postgres.stop)
    broker = stack.enter_context(Valkey(folder / "broker"))
    os.environ["CELERY_BROKER_URL"] = broker.url
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    stack.callback(connection.close)
    connection.close()
    connection.settings_dict["PORT"] = settings.DATABASES["default"]["PORT"] = str(postgres.port)
    connection.settings_dict["PASSWORD"] = postgres.password
    call_command("migrate", verbosity=0)
    if tickets:
        call_command("seeddesk", tickets=tickets, seed=1, stdout=io.StringIO())
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        connection.close()
        postgres.stop()  # so that what is left to write does not count as the mails' work
        postgres.start()
    dovecot = stack.enter_context(Dovecot(folder / "imap"))
    _connect(dovecot, letters)
    desk = DeskProcesses(folder, database_url=os.environ["DATABASE_URL"], broker=broker, extra={})
    stack.callback(desk.stop)
    desk.start_worker(processes=given.processes)
    desk.start_beat()
    pids = {name: child.pid for name, child in desk.children.items()}
    if postgres.child and dovecot.child:
        pids |= {"postgresql": postgres.child.pid, "dovecot": dovecot.child.pid}
    before = {name: _cpu.milliseconds(pid) for name, pid in pids.items()} | {"monitor": 0.0}
    started = time.perf_counter()
    pids["monitor"] = desk.start_monitor().pid
    if not process.wait_until(lambda: _settled(len(letters)), LONGEST_RUN, 0.25):
        raise SystemExit(f"not all of the {len(letters)} mails were settled")
    wall = time.perf_counter() - started
    spent = {name: _cpu.milliseconds(pid) - before[name] for name, pid in pids.items()}
    desk.stop()
    return _measured(len(letters), wall, spent)


def statements_per_mail(letters: list[bytes]) -> float:
    """Statements and COPYs that a worker needs for a mail, in the database last measured."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from backend.mailboxes import ledger
    from backend.mailboxes.models import MailboxFolder
    from backend.tickets import intake

    other = _mailbox("second@desk.test", port=1)
    folder = MailboxFolder.objects.create(mailbox=other, name="INBOX", uidvalidity=1)
    arrivals = [
        ledger.Arrival(uid, len(raw), None, raw) for uid, raw in enumerate(letters, start=1)
    ]
    ledger.insert(ledger.rows_for(folder, arrivals))
    with CaptureQueriesContext(connection) as captured:
        intake.drain()
    return round(len(captured) / len(letters), 2)


def _connect(dovecot: Dovecot, letters: list[bytes]) -> None:
    dovecot.add_user(DESK, "bench")
    for raw in letters:
        dovecot.deliver(DESK, raw)
    _mailbox(DESK, port=dovecot.port or 0)


def _mailbox(address: str, *, port: int) -> Any:
    from backend.audit.services import command
    from backend.mailboxes.services import create_mailbox

    account = {"host": "127.0.0.1", "port": port, "security": "none", "username": address}
    values = {f"{kind}_{key}": value for kind in ("imap", "smtp") for key, value in account.items()}
    return create_mailbox(
        actor=command("bench"),
        values=values
        | {"address": address, "imap_password": "bench", "import_since": None, "name": "Bench"},
    )


def _settled(count: int) -> bool:
    """Whether all are read and none waits; counting fates would cost a full desk a core."""
    from backend.mailboxes.models import InboundMail, MailboxFolder

    waiting = InboundMail.objects.filter(mailbox__address=DESK, state__in=("stored", "processing"))
    read = MailboxFolder.objects.filter(mailbox__address=DESK, last_uid__gte=count)
    return read.exists() and not waiting.exists()


def _measured(count: int, wall: float, spent: dict[str, float]) -> Measured:
    from django.db.models import Max, Min

    from backend.mailboxes.models import InboundMail
    from backend.tickets.models import Ticket

    mails = InboundMail.objects.filter(mailbox__address=DESK)
    times = mails.aggregate(first=Min("stored_at"), last=Max("processed_at"))
    seconds = (times["last"] - times["first"]).total_seconds()
    fates = Counter(str(fate) for fate in mails.values_list("fate", flat=True))
    return Measured(
        rate=count / seconds,
        seconds=seconds,
        wall=wall,
        cpu={name: round(one / count, 2) for name, one in sorted(spent.items())},
        fates=dict(sorted(fates.items())),
        tickets=Ticket.objects.filter(mailbox__address=DESK).count(),
    )


def _report(
    given: argparse.Namespace, found: Measured, calibration: dict[str, float]
) -> dict[str, Any]:
    return {
        "bench": "intake",
        "conditions": {
            "mails": sum(found.fates.values()),
            "corpus": str(given.corpus) if given.corpus else "our own, see bench/_mails.py",
            "worker_processes": given.processes,
            "cores": os.cpu_count(),
            "load_average": round(os.getloadavg()[0], 1),
            "python": platform.python_version(),
            "database": "empty at the start, durable commits",
        },
        "figures": {
            "mails_per_s": round(found.rate, 1),
            "seconds": round(found.seconds, 1),
            "seconds_with_monitor_start": round(found.wall, 1),
            "cpu_ms_per_mail": found.cpu,
            "tickets": found.tickets,
            "fates": found.fates,
        },
        "calibration": {name: round(value, 1) for name, value in calibration.items()},
        "ratios": {
            "vs_stdlib_parse": round(found.rate / calibration["stdlib_parse_per_s"], 4),
            "vs_commits": round(found.rate / calibration["commits_per_s"], 4),
        },
    }


def main(words: list[str]) -> int:
    """Run the bench; prints the report."""
    given = arguments(words)
    with tempfile.TemporaryDirectory(prefix="desk-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # servers that run as nobody step through
        report = run(given, folder)
    if given.json:
        print(json.dumps(report))
    else:
        for part in ("conditions", "figures", "calibration", "ratios"):
            print(f"{part}: " + ", ".join(f"{k}={v}" for k, v in report[part].items()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
