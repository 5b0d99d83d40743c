"""A real PostgreSQL is killed and started again under a monitor that is storing mail."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg

from desk_cli.paths import ROOT, VENV_PYTHON
from desk_cli.process import wait_until
from desk_cli.pytest_servers import servers
from desk_cli.servers.dovecot import Dovecot
from desk_cli.servers.postgres import Postgres
from desk_cli.testing import DeskProcesses
from tests.mails import DESK, numbered_mails

MAILS = 150


def manage(processes: DeskProcesses, *words: str) -> None:
    command = [str(VENV_PYTHON), "backend/manage.py", *words]
    subprocess.run(command, cwd=ROOT, env=processes.environment, check=True, capture_output=True)


def stored(url: str) -> tuple[int, int]:
    """Rows and different UIDs in the ledger."""
    with psycopg.connect(url) as own:
        row = own.execute("SELECT count(*), count(DISTINCT uid) FROM inbound_mail").fetchone()
    assert row is not None
    return row[0], row[1]


def at_least(url: str, count: int) -> Callable[[], bool]:
    return lambda: stored(url)[0] >= count


def test_a_postgresql_that_dies_while_mail_is_stored_loses_none_and_doubles_none(
    server_folder: Path, own_dovecot: Dovecot
):
    with Postgres(server_folder / "pg", "test-only") as postgres:
        url = postgres.url
        processes = DeskProcesses(
            server_folder,
            database_url=url,
            broker=servers().broker,
            # One mail a transaction: there is always one under way.
            extra={"DESK_FETCH_BATCH": "1", "DESK_POLL_SECONDS": "2"},
        )
        manage(processes, "migrate", "--verbosity", "0")
        own_dovecot.add_user(DESK, "secret")
        for mail in numbered_mails(MAILS):
            own_dovecot.deliver(DESK, mail)
        account = DESK.replace("@", "%40")
        imap = f"imap://{account}:secret@127.0.0.1:{own_dovecot.port}/INBOX"
        manage(
            processes,
            "addmailbox",
            "--address",
            DESK,
            "--imap",
            imap,
            "--smtp",
            "smtp://localhost:1",
        )
        monitor = processes.start_monitor()
        try:
            assert wait_until(at_least(url, 20), 60.0), monitor.log_tail()
            postgres.kill9()
            postgres.start()
            assert postgres.url == url
            assert stored(url)[0] < MAILS, "the monitor was faster than the kill"
            assert wait_until(at_least(url, MAILS), 90.0), monitor.log_tail()
            assert stored(url) == (MAILS, MAILS)
            assert monitor.running
            with psycopg.connect(url) as own:
                row = own.execute("SELECT failures, state FROM mailboxes").fetchone()
            assert row == (0, "active")  # the mailbox was not at fault
        finally:
            monitor.stop()
