#!/usr/bin/env python
"""Replies through a mail server that fails at random: each recipient ends in one state, none twice.

1. Private PostgreSQL and Valkey; a mail server of ours that, by a seed, refuses for now (4xx) or
   for good (5xx), some recipients only, drops before and after DATA, with the mail or without it,
   says nonsense, and is slow. Four mailboxes send by it.
2. The replies are written before the senders start; the clock runs until no recipient is open.
   The waits between tries (minutes to an hour, MAIL.md S9) are made short by setting
   `next_attempt_at` and `wait_until` in the database: what is tried and what is not stays the same.
3. The account: what the outbox says of each recipient, against what the server really holds.

Prints one object {bench, conditions, figures, calibration, ratios} with --json. The exit code is 1
when a recipient is undecided, a mail arrived twice, or the outbox says what the server denies.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
import uuid
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from desk_cli import process
from desk_cli.servers.postgres import Postgres
from desk_cli.servers.smtp_script import TROUBLE, UnreliableSink, accepted
from desk_cli.servers.valkey import Valkey
from desk_cli.testing import DeskProcesses

MAILBOXES = 4
REPLIES_OF_A_TICKET = 5
LONGEST_RUN = 3600.0
OPEN = ("pending", "deferred")


def arguments(words: list[str]) -> argparse.Namespace:
    """The command line; exits with 2 and one line for a bad one."""
    parser = argparse.ArgumentParser(prog="./desk bench replies", description=__doc__)
    parser.add_argument("--replies", type=int, default=2000, help="how many (default 2000)")
    parser.add_argument("--seed", type=int, default=1, help="of the server's faults (default 1)")
    parser.add_argument("--processes", type=int, default=2, help="worker processes (default 2)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args(words)
    if given.replies < 1:
        parser.error("--replies must be at least 1")
    return given


def start(folder: Path, stack: ExitStack) -> DeskProcesses:
    """Servers and an empty database; the desk's processes are started later."""
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
    desk = DeskProcesses(folder, database_url=os.environ["DATABASE_URL"], broker=broker)
    stack.callback(desk.stop)
    return desk


def write(count: int, port: int) -> None:
    """So many replies, five to a ticket; every third has somebody in copy."""
    from django.db import transaction

    from backend.audit.services import command
    from backend.mailboxes.models import Mailbox
    from backend.mailboxes.services import create_mailbox
    from backend.tickets.creating import NewTicket, create_ticket
    from backend.tickets.replying import Reply, reply
    from backend.users.services import create_user

    actor = command("bench")
    agent = create_user(
        actor=actor, email="bia@agents.test", name="Bia", password=uuid.uuid4().hex,
        role="admin", team=None,
    )  # fmt: skip
    boxes = []
    for number in range(MAILBOXES):
        address = f"suporte{number}@desk.test"
        account = {"host": "127.0.0.1", "port": port, "security": "none", "username": ""}
        values = {f"{kind}_{key}": one for kind in ("imap", "smtp") for key, one in account.items()}
        values |= {"address": address, "name": "Suporte", "imap_username": address}
        boxes.append(create_mailbox(actor=actor, values=values))
    # No IMAP server runs here: nothing is kept in Sent, nobody looks there.
    Mailbox.objects.update(undo_seconds=0, sent_copy="never")
    for first in range(0, count, REPLIES_OF_A_TICKET):
        with transaction.atomic():
            wanted = NewTicket(
                mailbox_id=boxes[first // REPLIES_OF_A_TICKET % MAILBOXES].id,
                contact_address=f"cliente{first}@customers.test",
                contact_name=f"Cliente {first}",
                subject=f"Pedido {first}",
                text="Onde está o meu pedido?",
            )
            ticket = create_ticket(actor=actor, user=agent, wanted=wanted)
            for number in range(first, min(first + REPLIES_OF_A_TICKET, count)):
                answer = Reply(
                    text=f"O pedido {number} sai hoje.",
                    to=[f"cliente{number}@customers.test"],
                    cc=[f"copia{number}@customers.test"] if number % 3 == 0 else [],
                )
                reply(actor=actor, user=agent, ticket_id=ticket.id, wanted=answer)


def hurry() -> int:
    """Let every wait between tries be over; returns how many recipients are still open."""
    from django.db.models.functions import Now

    from backend.mailboxes.models import OutboundMail, OutboundRecipient, SendingWindow

    SendingWindow.objects.exclude(wait_until=None).update(wait_until=None)
    OutboundMail.objects.filter(state="deferred").update(next_attempt_at=Now())
    return OutboundRecipient.objects.filter(state__in=OPEN).count()


def account(sink: UnreliableSink) -> dict[str, Any]:
    """What the outbox says of each recipient, against what the server holds."""
    from backend.mailboxes.models import OutboundMail, OutboundRecipient

    rows = OutboundRecipient.objects.filter(outbound__kind="reply").values_list(
        "outbound__internet_message_id", "address", "state"
    )
    said = {(message_id, address): state for message_id, address, state in rows}
    holds = accepted(sink.messages)
    return {
        "replies": OutboundMail.objects.filter(kind="reply").count(),
        "recipients": len(said),
        "recipient_states": dict(sorted(Counter(said.values()).items())),
        "undecided": sum(state in OPEN for state in said.values()),
        "uncertain": OutboundMail.objects.filter(kind="reply", state="uncertain").count(),
        "uncertain_that_arrived": sum(
            state == "uncertain" and key in holds for key, state in said.items()
        ),
        "delivered_twice": sum(count > 1 for count in holds.values()),
        "accepted_but_absent": sum(
            state == "accepted" and key not in holds for key, state in said.items()
        ),
        "failed_but_there": sum(state == "failed" and key in holds for key, state in said.items()),
    }


def run(given: argparse.Namespace, folder: Path, stack: ExitStack) -> dict[str, Any]:
    """Write the replies, let them leave, and count."""
    desk = start(folder, stack)
    trouble = dict(TROUBLE) | {"rset": {"drop": 20}}
    sink = stack.enter_context(UnreliableSink(seed=given.seed, trouble=trouble))
    write(given.replies, sink.port)
    desk.start_worker(processes=given.processes)
    started = time.perf_counter()
    desk.start_beat()
    if not process.wait_until(lambda: hurry() == 0, LONGEST_RUN, 0.5):
        raise SystemExit(f"{hurry()} recipients are still open after {LONGEST_RUN:.0f} s")
    seconds = time.perf_counter() - started
    figures = account(sink)
    figures |= {
        "seconds": round(seconds, 1),
        "replies_per_s": round(figures["replies"] / seconds, 1),
        "sessions": sink.connections,
        "faults_played": sum(sink.played.values()),
        "faults": dict(sorted(sink.played.items())),
    }
    return {
        "bench": "replies",
        "conditions": {
            "replies": given.replies,
            "seed": given.seed,
            "mailboxes": MAILBOXES,
            "worker_processes": given.processes,
            "cores": os.cpu_count(),
            "load_average": round(os.getloadavg()[0], 1),
            "python": platform.python_version(),
        },
        "figures": figures,
        "calibration": {},
        "ratios": {"mails_per_session": round(figures["replies"] / sink.connections, 2)},
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
        for part in ("conditions", "figures", "ratios"):
            print(f"{part}: " + ", ".join(f"{k}={v}" for k, v in report[part].items()))
    broken = ("undecided", "delivered_twice", "accepted_but_absent", "failed_but_there")
    return int(any(report["figures"][one] for one in broken))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
