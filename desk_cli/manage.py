"""`./desk manage NAME ...`: the project's management commands in the environment of DATA."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from desk_cli import progress, setup, variables
from desk_cli.errors import DeskError
from desk_cli.paths import manage_command
from desk_cli.progress import say
from desk_cli.state import DataFolder

# These never touch the database: no server is started for them.
NO_DATABASE = (
    "analyzetext",
    "check",
    "compilemessages",
    "diffsettings",
    "help",
    "makemessages",
    "parsemail",
    "spectacular",
    "version",
)
# These look after the schema themselves: it is not brought up to date before them.
SCHEMA = ("flush", "makemigrations", "migrate", "showmigrations", "sqlmigrate")
BUSY_SECONDS = 60.0


def manage(data_path: Path, arguments: Sequence[str]) -> int:
    """Run one command; its own exit code. DeskError when the environment can't be given."""
    progress.to_stderr()
    setup.ensure("local", app=False)
    os.umask(0o077)
    data = DataFolder(data_path)
    if not arguments:
        arguments = ["help"]
    running = data.running()
    if running:
        environment = variables.base() | dict(running["environment"])
        return _replace_process(arguments, environment)
    if needs_no_database(arguments):
        return _replace_process(arguments, _offline(data))
    return _with_servers(data, arguments)


def needs_no_database(arguments: Sequence[str]) -> bool:
    """Whether the command only reads its arguments (or is only asked for --help)."""
    return arguments[0] in (*NO_DATABASE, "--help", "-h", "--version") or (
        "--help" in arguments or "-h" in arguments
    )


def _offline(data: DataFolder) -> dict[str, str]:
    """Settings with addresses nobody connects to; the folder is not even made for them."""
    if (data.path / "secrets" / "secret_key").exists() and os.access(data.path, os.W_OK):
        environment = variables.of_desk(data, host="127.0.0.1", port=8000)
    else:
        environment = variables.for_checks(data.path) | {"DESK_ENV": "local"}
    environment.setdefault("DATABASE_URL", variables.NO_DATABASE)
    environment.setdefault("CELERY_BROKER_URL", variables.NO_BROKER)
    return environment


def _replace_process(arguments: Sequence[str], environment: dict[str, str]) -> int:
    command = manage_command(*arguments)
    sys.stdout.flush()
    os.execve(command[0], command, environment)  # noqa: S606 - a list, no shell


def _with_servers(data: DataFolder, arguments: Sequence[str]) -> int:
    # here, since commands without a database shall start fast
    from desk_cli.backing import Backing
    from desk_cli.run import migrate_if_stale

    data.prepare()
    _lock_patiently(data, f"desk manage {arguments[0]}")
    data.end_leftovers()
    backing = Backing(data)
    try:
        backing.start()
        environment = variables.of_desk(data, host="127.0.0.1", port=8000) | backing.environment
        if arguments[0] not in SCHEMA:
            migrate_if_stale(data, backing, environment)
        return _run(arguments, environment)
    finally:
        backing.stop()
        data.unlock()


def _lock_patiently(data: DataFolder, purpose: str) -> None:
    """Another `manage` may hold the folder for a moment; a running desk is told at once."""
    end = time.monotonic() + BUSY_SECONDS
    told = False
    while True:
        try:
            data.lock(purpose)
        except DeskError:
            if data.running() or time.monotonic() > end:
                raise
            if not told:
                say(f"desk: waiting for another command on {data.path}")
                told = True
            time.sleep(0.2)
        else:
            return


def _run(arguments: Sequence[str], environment: dict[str, str]) -> int:
    """The exit code; a command ended by a signal counts as 128 + its number, as in a shell."""
    child = subprocess.Popen(manage_command(*arguments), env=environment)
    while True:
        try:
            code = child.wait()
        except KeyboardInterrupt:
            continue  # the terminal sent it to the command too: let that end in its own way
        return code if code >= 0 else 128 - code
