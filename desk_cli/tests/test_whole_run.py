"""`./desk run` as a newcomer types it: ready, self-healing, one at a time, nothing left behind."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from desk_cli import ports, process
from desk_cli.paths import ROOT
from desk_cli.process import Child
from desk_cli.state import DataFolder
from desk_cli.test import wait_for_address

pytestmark = pytest.mark.fault

# A newcomer's shell: without the servers and settings of this test run.
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("DESK_", "DATABASE_URL", "CELERY_", "DJANGO_", "PYTHONPATH"))
}


class RunningDesk:
    """One `./desk run` with a data folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.data = DataFolder(folder / "data")
        self.port = ports.free_port()
        words = ["run", "--data", str(self.data.path), "--port", str(self.port), "--no-open"]
        self.child = Child(
            "desk",
            [sys.executable, str(ROOT / "desk"), *words],
            log=folder / "desk.log",
            env=ENVIRONMENT,
            cwd=ROOT,
            patience=90.0,
        )
        self.address = ""

    def start(self) -> RunningDesk:
        self.child.start()
        self.address = wait_for_address(self.child)
        return self

    def get(self, path: str) -> tuple[int, Message]:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            link.request("GET", path)
            answer = link.getresponse()
            answer.read()
            return answer.status, answer.headers
        finally:
            link.close()

    @property
    def state(self) -> dict[str, Any]:
        return self.data.read_run()

    def pid_of(self, words: str) -> int:
        """The child whose command line holds `words`."""
        for pid in map(int, self.state["children"]):
            line = Path(f"/proc/{pid}/cmdline")
            if line.exists() and words in line.read_bytes().replace(b"\0", b" ").decode():
                return pid
        raise AssertionError(f"no child runs {words}: {json.dumps(self.state['children'])}")

    def wait_for_line(self, text: str) -> None:
        assert process.wait_until(lambda: text in self.child.log_text(), 60, 0.1), (
            f"never said {text!r}:\n{self.child.log_tail(30)}"
        )

    def processes(self) -> set[int]:
        """Everything that belongs to this run."""
        state = self.state
        family = {int(pid) for pid in state["children"]}
        return family | set(process.with_variable("DESK_INSTANCE", state["instance"]))


@pytest.fixture(scope="module")
def folder():
    from desk_cli.tests.folders import open_folder

    with open_folder("whole-run") as path:
        yield path


@pytest.fixture(scope="module")
def running(folder):
    desk = RunningDesk(folder)
    yield desk.start()
    desk.child.stop()


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if process.is_alive(pid)}


def test_it_is_ready_and_the_answer_comes_from_this_very_copy(running):
    status, headers = running.get("/readyz")
    assert status == 200
    assert headers["X-Desk-Instance"] == running.state["instance"]
    assert running.data.run_file.stat().st_mode & 0o777 == 0o600


def test_a_second_copy_on_the_same_folder_says_where_the_first_is(running):
    answer = subprocess.run(
        [*running.child.command],
        capture_output=True, text=True, check=False, cwd=ROOT, timeout=120,
        env=ENVIRONMENT,
    )  # fmt: skip
    assert answer.returncode == 2
    assert running.address in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1
    assert running.get("/healthz")[0] == 200


def test_manage_uses_the_running_desks_database(running):
    answer = subprocess.run(
        [
            sys.executable, str(ROOT / "desk"), "manage", "--data", str(running.data.path),
            "showmigrations", "--plan",
        ],
        capture_output=True, text=True, check=False, cwd=ROOT, timeout=120,
        env=ENVIRONMENT,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    assert "[X]" in answer.stdout
    assert "[ ]" not in answer.stdout


@pytest.mark.parametrize(
    ("words", "name"),
    [("celery_worker send", "sender"), ("email_monitor", "monitor"), ("granian", "web")],
)
def test_a_killed_process_is_started_again_and_said_so(running, words, name):
    pid = running.pid_of(words)
    process.send(pid, signal.SIGKILL)
    running.wait_for_line(f"{name} ended; starting it again")
    running.wait_for_line(f"{name} runs again")
    assert running.pid_of(words) != pid
    assert process.wait_until(lambda: answers(running), 90, 0.3)


@pytest.mark.parametrize(("words", "name"), [("valkey", "valkey"), ("postgres -D", "postgresql")])
def test_a_killed_server_is_started_again_on_its_port(running, words, name):
    before = running.state["environment"]
    process.send(running.pid_of(words), signal.SIGKILL)
    running.wait_for_line(f"{name} runs again")
    assert process.wait_until(lambda: answers(running), 90, 0.3)
    assert running.state["environment"] == before


def answers(desk: RunningDesk) -> bool:
    try:
        return desk.get("/readyz")[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def test_a_killed_desk_leaves_nothing_that_the_next_run_can_not_clear(running):
    family = running.processes()
    running.child.kill9()
    running.start()
    assert not alive(family - running.processes())
    assert running.get("/readyz")[0] == 200


def test_sigterm_ends_everything_with_0_and_keeps_the_data(running):
    family = running.processes()
    cluster = (running.data.path / "postgres").resolve()
    assert running.child.stop() == 0
    assert not alive(family)
    assert not running.data.run_file.exists()
    assert (cluster / "cluster" / "PG_VERSION").exists()


def test_a_taken_port_is_said_and_the_next_one_used(folder):
    desk = RunningDesk(folder)
    with socket.create_server(("127.0.0.1", desk.port)):
        desk.start()
        assert f"Port {desk.port} is taken" in desk.child.log_text()
        assert f":{desk.port}/" not in desk.address
    assert desk.child.stop() == 0
