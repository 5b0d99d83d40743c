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
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from email import policy
from pathlib import Path
from typing import Any

from desk_cli import process
from desk_cli.paths import ROOT
from desk_cli.servers.dovecot import Dovecot
from desk_cli.servers.postgres import Postgres
from desk_cli.servers.valkey import Valkey
from desk_cli.testing import DeskProcesses

DESK = "suporte@desk.test"
GENERATOR = ROOT.parent / "shared" / "bench" / "make_corpus.py"
LONGEST_RUN = 3600.0


def arguments(words: list[str]) -> argparse.Namespace:
    """The command line; exits with 2 and one line when the mails can't be had."""
    parser = argparse.ArgumentParser(prog="./desk bench intake", description=__doc__)
    parser.add_argument("--mails", type=int, default=2000, help="how many (default 2000)")
    parser.add_argument("--corpus", type=Path, help="folder of .eml files to use instead")
    parser.add_argument("--processes", type=int, default=2, help="worker processes (default 2)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args(words)
    if given.mails < 1:
        parser.error("--mails must be at least 1")
    if given.corpus is None and not GENERATOR.exists():
        parser.error(f"no {GENERATOR}: give --corpus DIR with .eml files")
    return given


def corpus(given: argparse.Namespace, folder: Path) -> list[bytes]:
    """The mails' bytes, generated deterministically or read from --corpus."""
    source: Path = given.corpus or folder / "corpus"
    if given.corpus is None:
        command = [sys.executable, str(GENERATOR), str(given.mails), "--eml", str(source)]
        command += ["--to", DESK, "--manifest", str(folder / "manifest.jsonl")]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return [file.read_bytes() for file in sorted(source.glob("*.eml"))[: given.mails]]


def stdlib_rate(mails: list[bytes]) -> float:
    """Mails per second of the standard library alone: parse and walk, one core."""
    sample = mails[:1000]
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
    mails = corpus(given, folder)
    calibration = {"stdlib_parse_per_s": stdlib_rate(mails), "commits_per_s": commit_rate()}
    _connect(dovecot, mails)
    desk = DeskProcesses(folder, database_url=os.environ["DATABASE_URL"], broker=broker, extra={})
    stack.callback(desk.stop)
    desk.start_worker(processes=given.processes)
    desk.start_beat()
    started = time.perf_counter()
    desk.start_monitor()
    if not process.wait_until(lambda: _settled() >= len(mails), LONGEST_RUN, 0.25):
        raise SystemExit(f"only {_settled()} of {len(mails)} mails were settled")
    wall = time.perf_counter() - started
    return _report(given, len(mails), wall, calibration)


def _connect(dovecot: Dovecot, mails: list[bytes]) -> None:
    from backend.audit.services import command
    from backend.mailboxes.services import create_mailbox

    dovecot.add_user(DESK, "bench")
    for raw in mails:
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
    given: argparse.Namespace, mails: int, wall: float, calibration: dict[str, float]
) -> dict[str, Any]:
    from django.db.models import Max, Min

    from backend.mailboxes.models import InboundMail
    from backend.tickets.models import Ticket

    times = InboundMail.objects.aggregate(first=Min("stored_at"), last=Max("processed_at"))
    seconds = (times["last"] - times["first"]).total_seconds()
    rate = mails / seconds
    fates = Counter(InboundMail.objects.values_list("fate", flat=True))
    return {
        "bench": "intake",
        "conditions": {
            "mails": mails,
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
