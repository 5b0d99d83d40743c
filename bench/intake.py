#!/usr/bin/env python
"""How fast mail becomes tickets: Dovecot ► monitor ► Celery ► worker ► committed ticket.

1. Private PostgreSQL, Valkey and Dovecot; the mails lie in the mailbox before anything starts.
2. Monitor and worker start; the clock runs from the first stored mail to the last committed fate.
3. In the same run, on the same machine: the standard library parsing the same mails on one core,
   and single-row commits, so that a figure can be compared across machines as a ratio.

Prints one object {bench, conditions, figures, calibration, ratios} with --json.
"""

from __future__ import annotations

import argparse
import email
import json
import os
import platform
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from email import policy
from pathlib import Path
from typing import Any

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
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args(words)
    if given.mails < 1:
        parser.error("--mails must be at least 1")
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


def run(given: argparse.Namespace, folder: Path, stack: ExitStack) -> dict[str, Any]:
    """Start everything, wait until every mail has a fate, and count."""
    postgres = Postgres(folder / "pg", "bench-only")
    os.environ["DATABASE_URL"] = postgres.start()
    stack.callback(postgres.stop)
    broker = stack.enter_context(Valkey(folder / "broker"))
    os.environ |= {
        "DESK_ENV": "test",
        "DESK_DATA_DIR": str(folder / "data"),
        "CELERY_BROKER_URL": broker.url,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DESK_LOG_LEVEL": "WARNING",
    }
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    dovecot = stack.enter_context(Dovecot(folder / "imap"))
    letters = corpus(given)
    calibration = {"stdlib_parse_per_s": stdlib_rate(letters), "commits_per_s": commit_rate()}
    _connect(dovecot, letters)
    desk = DeskProcesses(folder, database_url=os.environ["DATABASE_URL"], broker=broker, extra={})
    stack.callback(desk.stop)
    desk.start_worker(processes=given.processes)
    desk.start_beat()
    started = time.perf_counter()
    desk.start_monitor()
    if not process.wait_until(lambda: _settled() >= len(letters), LONGEST_RUN, 0.25):
        raise SystemExit(f"only {_settled()} of {len(letters)} mails were settled")
    wall = time.perf_counter() - started
    return _report(given, len(letters), wall, calibration)


def _connect(dovecot: Dovecot, letters: list[bytes]) -> None:
    from backend.audit.services import command
    from backend.mailboxes.services import create_mailbox

    dovecot.add_user(DESK, "bench")
    for raw in letters:
        dovecot.deliver(DESK, raw)
    account = {"host": "127.0.0.1", "port": dovecot.port, "security": "none", "username": DESK}
    values = {f"{kind}_{key}": value for kind in ("imap", "smtp") for key, value in account.items()}
    create_mailbox(
        actor=command("bench"),
        values=values
        | {"address": DESK, "imap_password": "bench", "import_since": None, "name": "Bench"},
    )


def _settled() -> int:
    from backend.mailboxes.models import InboundMail

    return InboundMail.objects.filter(fate__isnull=False).count()


def _report(
    given: argparse.Namespace, count: int, wall: float, calibration: dict[str, float]
) -> dict[str, Any]:
    from django.db.models import Max, Min

    from backend.mailboxes.models import InboundMail
    from backend.tickets.models import Ticket

    times = InboundMail.objects.aggregate(first=Min("stored_at"), last=Max("processed_at"))
    seconds = (times["last"] - times["first"]).total_seconds()
    rate = count / seconds
    fates = Counter(InboundMail.objects.values_list("fate", flat=True))
    return {
        "bench": "intake",
        "conditions": {
            "mails": count,
            "corpus": str(given.corpus) if given.corpus else "our own, see bench/_mails.py",
            "worker_processes": given.processes,
            "cores": os.cpu_count(),
            "load_average": round(os.getloadavg()[0], 1),
            "python": platform.python_version(),
            "database": "empty at the start, durable commits",
        },
        "figures": {
            "mails_per_s": round(rate, 1),
            "seconds": round(seconds, 1),
            "seconds_with_monitor_start": round(wall, 1),
            "tickets": Ticket.objects.count(),
            "fates": dict(sorted(fates.items())),
        },
        "calibration": {name: round(value, 1) for name, value in calibration.items()},
        "ratios": {
            "vs_stdlib_parse": round(rate / calibration["stdlib_parse_per_s"], 4),
            "vs_commits": round(rate / calibration["commits_per_s"], 4),
        },
    }


def main(words: list[str]) -> int:
    """Run the bench; prints the report."""
    given = arguments(words)
    with tempfile.TemporaryDirectory(prefix="desk-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o711)  # servers that run as nobody step through
        report = run(given, folder, stack)
    if given.json:
        print(json.dumps(report))
    else:
        for part in ("conditions", "figures", "calibration", "ratios"):
            print(f"{part}: " + ", ".join(f"{k}={v}" for k, v in report[part].items()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
