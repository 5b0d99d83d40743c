#!/usr/bin/env python
"""How 200 mailboxes fare on one monitor while one of them imports a backlog.

1. Private PostgreSQL, Valkey and Dovecot; 200 accounts, one connection each; worker, beat and one
   monitor. The clock begins when every mailbox rests.
2. One mailbox that holds the backlog is switched on; until all of it has its fate, mails trickle
   into the other 199 by turns.
3. For each of these: seconds from its delivery to its row in the ledger (stored) and to its
   committed ticket; of the monitor: the most memory it held, its threads, and its connections
   to PostgreSQL.

Prints one object {bench, conditions, figures, calibration, ratios} with --json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench._mails import mails
from desk_cli import process
from desk_cli.servers.dovecot import Dovecot
from desk_cli.servers.postgres import Postgres
from desk_cli.servers.valkey import Valkey
from desk_cli.testing import DeskProcesses

IMPORTING = "import@desk.test"
LONGEST_RUN = 3600.0
PATIENCE = 120.0


def arguments(words: list[str]) -> argparse.Namespace:
    """The command line; exits with 2 and one line for a bad one."""
    parser = argparse.ArgumentParser(prog="./desk bench mailboxes", description=__doc__)
    parser.add_argument("--mailboxes", type=int, default=200, help="how many (default 200)")
    parser.add_argument("--mails", type=int, default=20_000, help="the backlog (default 20000)")
    parser.add_argument("--corpus", type=Path, help="folder of .eml files for the backlog")
    parser.add_argument("--rate", type=float, default=5.0, help="trickling mails a second")
    parser.add_argument("--history", action="store_true", help="the backlog is history: silent")
    parser.add_argument("--processes", type=int, default=2, help="worker processes (default 2)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args(words)
    if given.mailboxes < 2 or given.mails < 1 or given.rate <= 0:
        parser.error("--mailboxes must be at least 2, --mails at least 1, --rate above 0")
    if given.corpus is not None and not any(given.corpus.glob("*.eml")):
        parser.error(f"no .eml files in {given.corpus}")
    return given


@dataclass
class Room:
    """The servers of a run, and when each trickling mail was delivered, by its Message-ID."""

    dovecot: Dovecot
    desk: DeskProcesses
    delivered: dict[str, float] = field(default_factory=dict)
    most_kb: int = 0

    def look_at_monitor(self) -> None:
        """Note what the monitor holds now, as far as it is more than before."""
        pid = self.desk.children["monitor"].pid
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                self.most_kb = max(self.most_kb, int(line.split()[1]))


def start(given: argparse.Namespace, folder: Path, stack: ExitStack) -> Room:
    """Servers, database, accounts and processes; the backlog's mailbox is paused still."""
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
    desk = DeskProcesses(folder, database_url=os.environ["DATABASE_URL"], broker=broker, extra={})
    stack.callback(desk.stop)
    for address in addresses(given):
        connect(dovecot, address)
    files = sorted(given.corpus.glob("*.eml"))[: given.mails] if given.corpus else None
    backlog = (one.read_bytes() for one in files) if files else mails(given.mails, IMPORTING)
    for raw in backlog:
        dovecot.deliver(IMPORTING, raw)
    switch_import(on=False, history=given.history)
    desk.start_worker(processes=given.processes)
    desk.start_beat()
    desk.start_monitor()
    return Room(dovecot, desk)


def addresses(given: argparse.Namespace) -> list[str]:
    """The one that imports, then those that mails trickle into."""
    return [IMPORTING, *(f"box{number}@desk.test" for number in range(1, given.mailboxes))]


def connect(dovecot: Dovecot, address: str) -> None:
    """One account and its mailbox."""
    from backend.audit.services import command
    from backend.mailboxes.services import create_mailbox

    dovecot.add_user(address, "bench")
    account = {"host": "127.0.0.1", "port": dovecot.port, "security": "none", "username": address}
    values = {f"{kind}_{key}": value for kind in ("imap", "smtp") for key, value in account.items()}
    more = {"address": address, "imap_password": "bench", "import_since": None, "name": address}
    create_mailbox(actor=command("bench"), values=values | more)


def switch_import(*, on: bool, history: bool) -> None:
    """Pause or read the mailbox with the backlog."""
    from django.db.models.functions import Now

    from backend.mailboxes.models import Mailbox

    box = Mailbox.objects.filter(address=IMPORTING)
    box.update(state=Mailbox.State.ACTIVE if on else Mailbox.State.PAUSED)
    if history:
        box.update(silent_before=Now())


def run(given: argparse.Namespace, room: Room) -> dict[str, Any]:
    """Let mails trickle until the backlog has its fates; the report."""
    from django.db import connection

    from backend.mailboxes.models import InboundMail, Mailbox

    checked = Mailbox.objects.filter(checked_at__isnull=False)
    others = addresses(given)[1:]
    started = time.perf_counter()
    if not process.wait_until(lambda: checked.count() >= len(others), PATIENCE, 0.25):
        tail = room.desk.children["monitor"].log_tail()
        raise SystemExit(f"only {checked.count()} of {len(others)} mailboxes were read\n{tail}")
    settling = time.perf_counter() - started
    switch_import(on=True, history=given.history)
    begun = time.perf_counter()
    imported = InboundMail.objects.filter(mailbox__address=IMPORTING, fate__isnull=False)
    number = 0
    while imported.count() < given.mails:
        if time.perf_counter() - begun > LONGEST_RUN:
            raise SystemExit(f"only {imported.count()} of {given.mails} mails were settled")
        ahead = begun + number / given.rate - time.perf_counter()
        time.sleep(max(0.0, ahead))
        trickle(room, others[number * 37 % len(others)], number)
        number += 1
        room.look_at_monitor()
    seconds = time.perf_counter() - begun
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        connections = cursor.fetchone()[0]
    late = InboundMail.objects.filter(mailbox__address__in=others, fate__isnull=False)
    process.wait_until(lambda: late.count() >= number, PATIENCE, 0.25)
    return report(given, room, settling, seconds, connections)


def trickle(room: Room, address: str, number: int) -> None:
    """One customer writes to one mailbox."""
    own_id = f"trickle{number}@customers.test"
    raw = (
        f"From: Cliente {number} <c{number}@customers{number % 40}.test>\r\nTo: {address}\r\n"
        f"Subject: Pedido urgente {number}\r\nMessage-ID: <{own_id}>\r\n"
        "Date: Mon, 05 Jan 2026 10:00:00 +0000\r\n\r\nOnde está o meu pedido?\r\n"
    )
    room.delivered[own_id] = time.time()
    room.dovecot.deliver(address, raw.encode())


def report(
    given: argparse.Namespace, room: Room, settling: float, seconds: float, connections: int
) -> dict[str, Any]:
    """What was measured; a mail without a ticket counts as endless."""
    from backend.mailboxes.models import InboundMail

    rows = InboundMail.objects.filter(internet_message_id__in=list(room.delivered))
    times = {
        one.internet_message_id: (one.stored_at.timestamp(), one.processed_at.timestamp())
        for one in rows
        if one.processed_at is not None
    }
    never = (float("inf"), float("inf"))
    stored, tickets = (
        sorted(times.get(key, never)[part] - at for key, at in room.delivered.items())
        for part in (0, 1)
    )
    pid = room.desk.children["monitor"].pid
    return {
        "bench": "mailboxes",
        "conditions": {
            "mailboxes": given.mailboxes,
            "backlog": given.mails,
            "corpus": str(given.corpus) if given.corpus else "our own, see bench/_mails.py",
            "backlog_is_history": given.history,
            "trickling_per_s": given.rate,
            "worker_processes": given.processes,
            "cores": os.cpu_count(),
            "load_average": round(os.getloadavg()[0], 1),
            "python": platform.python_version(),
        },
        "figures": {
            "n": len(tickets),
            "without_ticket": sum(1 for one in tickets if one == float("inf")),
            "stored_p50_s": quantile(stored, 0.5),
            "stored_p95_s": quantile(stored, 0.95),
            "ticket_p50_s": quantile(tickets, 0.5),
            "ticket_p95_s": quantile(tickets, 0.95),
            "ticket_max_s": quantile(tickets, 1.0),
            "monitor_mb": round(room.most_kb / 1024),
            "monitor_threads": sum(1 for _ in Path(f"/proc/{pid}/task").iterdir()),
            "database_connections_of_all": connections,
            "import_mails_per_s": round(given.mails / seconds, 1),
            "seconds": round(seconds, 1),
            "seconds_until_all_rest": round(settling, 1),
        },
        "calibration": {},
        "ratios": {},
    }


def quantile(values: list[float], part: float) -> float:
    """The value that this part of the ascending values does not exceed."""
    return round(values[min(len(values) - 1, int(len(values) * part))], 2)


def main(words: list[str]) -> int:
    """Run the bench; prints the report."""
    given = arguments(words)
    with tempfile.TemporaryDirectory(prefix="desk-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o711)  # servers that run as nobody step through
        found = run(given, start(given, folder, stack))
    if given.json:
        print(json.dumps(found))
    else:
        for part in ("conditions", "figures"):
            print(f"{part}: " + ", ".join(f"{k}={v}" for k, v in found[part].items()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
