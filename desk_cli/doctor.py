"""`./desk doctor`: what is installed, what is missing and what to type."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from desk_cli import environment, frontend, node, setup
from desk_cli.errors import DeskError, StepFailed
from desk_cli.paths import ROOT, VENV_PYTHON
from desk_cli.progress import say
from desk_cli.servers import dovecot, postgres_binaries, valkey
from desk_cli.state import LEAST_FREE, DataFolder
from desk_cli.test import chromium

SETUP_ROOM = 1_500_000_000  # packages, Node and front end, unpacked


@dataclass(frozen=True)
class Finding:
    """One line of the table."""

    part: str
    found: str
    type_this: str = ""
    needed_to_run: bool = True

    @property
    def good(self) -> bool:
        """Whether there is nothing to do."""
        return not self.type_this


def findings(data: Path) -> list[Finding]:
    """Every line, in the order of a first run."""
    return [
        Finding("Python", f"{platform.python_version()} ({sys.executable})"),
        _disk(),
        _packages(),
        _node(),
        _app(),
        _database(),
        _broker(),
        _data(data),
        _tool("Dovecot (tests, demo room)", dovecot.program(), "apt-get install -y dovecot-imapd"),
        _tool("Chromium (browser tests)", chromium(), "apt-get install -y chromium"),
    ]


def _disk() -> Finding:
    free = shutil.disk_usage(ROOT).free
    wanted = LEAST_FREE if environment.read_stamp() else SETUP_ROOM
    advice = "" if free > wanted else f"make room: {wanted // 1_000_000} MB are needed"
    return Finding("Disk", f"{free // 1_000_000} MB free", advice)


def _packages() -> Finding:
    if environment.is_fresh("local", node=False):
        level = environment.read_stamp().get("level", "local")
        return Finding("Python packages", "test and run" if level == "dev" else "run")
    state = "out of date" if VENV_PYTHON.exists() else "not installed"
    return Finding("Python packages", state, "./desk setup", needed_to_run=False)


def _node() -> Finding:
    found = node.of_system() or node.of_project()
    if found:
        return Finding("Node", f"{found.version} ({found.program})")
    return Finding("Node", "none of 22 or newer", "./desk setup", needed_to_run=False)


def _app() -> Finding:
    if frontend.build_fresh():
        return Finding("Web app", "built")
    return Finding("Web app", "not built from these sources", "./desk setup", needed_to_run=False)


def _database() -> Finding:
    if os.environ.get("DATABASE_URL"):
        return Finding("PostgreSQL", "the one of DATABASE_URL")
    if not setup.is_fresh("local", app=False):
        return Finding("PostgreSQL", "comes with the packages", "./desk setup", needed_to_run=False)
    try:
        chosen = postgres_binaries.choose(None)
    except StepFailed as error:
        return Finding("PostgreSQL", error.message, "apt-get install -y postgresql")
    return Finding("PostgreSQL", f"{chosen.major} ({chosen.folder})")


def _broker() -> Finding:
    if os.environ.get("CELERY_BROKER_URL"):
        return Finding("Broker", "the one of CELERY_BROKER_URL")
    if not setup.is_fresh("local", app=False):
        return Finding("Broker", "comes with the packages", "./desk setup", needed_to_run=False)
    try:
        return Finding("Broker", valkey.server_program())
    except StepFailed as error:
        return Finding("Broker", error.message, "apt-get install -y redis-server")


def _data(path: Path) -> Finding:
    data = DataFolder(path)
    running = data.running()
    if running:
        return Finding("Data folder", f"{data.path}, running at {running.get('address')}")
    if not data.path.exists():
        return Finding("Data folder", f"{data.path}, made by the first ./desk run")
    try:
        data.prepare()
    except DeskError as error:
        return Finding("Data folder", str(error), "./desk run --data OTHER")
    return Finding("Data folder", f"{data.path}, not running")


def _tool(part: str, path: str | None, command: str) -> Finding:
    if path:
        return Finding(part, path)
    return Finding(part, "missing", command, needed_to_run=False)


def doctor(data: Path) -> int:
    """Print the table: 0 when `./desk run` is possible (perhaps after its set-up step), else 1."""
    lines = findings(data)
    for line in lines:
        mark = "ok" if line.good else ("MISSING" if line.needed_to_run else "later")
        say(f"  {mark:<8}{line.part:<28}{line.found}")
        if line.type_this:
            say(f"{'':10}{'':28}type: {line.type_this}")
    broken = [line.part for line in lines if not line.good and line.needed_to_run]
    say(f"./desk run is not possible: {', '.join(broken)}" if broken else "./desk run is possible.")
    return 1 if broken else 0
