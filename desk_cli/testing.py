"""What tests of the whole desk need: private servers and the desk's own processes to kill."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from desk_cli import process, variables
from desk_cli.paths import ROOT, VENV_PYTHON
from desk_cli.process import Child
from desk_cli.servers.valkey import Valkey

READY_SECONDS = 90.0


@dataclass(frozen=True)
class Program:
    """How a process is started again."""

    command: tuple[str, ...]
    ready: str


class DeskProcesses:
    """Real worker, beat and monitor processes against a test's own database and broker.

    `database_url`: the test database (the one pytest-django made for this process).
    `extra`: more variables, say DESK_CRASHPOINT for the processes started from now on.
    Processes are named worker, beat, monitor (others may be given other names) and broker;
    whatever still runs ends with stop().
    """

    def __init__(
        self,
        folder: Path,
        *,
        database_url: str,
        broker: Valkey | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> None:
        self.folder, self.database_url, self.broker = folder, database_url, broker
        self.extra: dict[str, str] = dict(extra or {})
        self.children: dict[str, Child] = {}
        self._programs: dict[str, Program] = {}

    @property
    def environment(self) -> dict[str, str]:
        """What a process started now gets: the tests' own variables, then ours."""
        broker = {"CELERY_BROKER_URL": self.broker.url} if self.broker else {}
        own = {"DATABASE_URL": self.database_url, "CELERY_SKIP_CHECKS": "1"}
        return variables.base() | own | broker | self.extra

    def start(self, name: str, command: list[str], ready: str = "") -> Child:
        """Start (or start again) a process; waits until its log holds `ready` when given.

        Raises AssertionError with the tail of its log when it ends before that.
        """
        self._programs[name] = Program(tuple(command), ready)
        child = self.restart(name)
        if ready:
            self.wait_for_log(name, ready)
        return child

    def restart(self, name: str) -> Child:
        """Start a process again as it was started before; what is left of it is killed first."""
        child = Child(
            name,
            self._programs[name].command,
            log=self.folder / f"{name}.log",
            env=self.environment,
            cwd=ROOT,
            patience=20.0,
        )
        before = self.children.get(name)
        if before:
            before.kill()
        self.children[name] = child
        child.start()
        return child

    def revive(self) -> list[str]:
        """Start what has died, as a supervisor does; its names."""
        dead = [name for name, child in self.children.items() if not child.running]
        for name in dead:
            self.restart(name)
        return dead

    def start_worker(
        self, *, queues: str = "mail,send,default", processes: int = 2, name: str = "worker"
    ) -> Child:
        """A Celery worker on these queues, ready to take tasks."""
        program = [str(VENV_PYTHON), "-m", "desk_cli.celery_worker"]
        command = [*program, queues, str(processes), "prefork", f"{name}-{os.getpid()}"]
        return self.start(name, command, ready=" ready.")

    def start_beat(self, name: str = "beat") -> Child:
        """Celery's clock, with its own schedule file."""
        schedule = str(self.folder / f"{name}-schedule")
        command = [str(VENV_PYTHON), "-m", "desk_cli.celery_beat", schedule]
        return self.start(name, command, ready="beat: Starting")

    def start_monitor(self, name: str = "monitor") -> Child:
        """The mailbox monitor; what it has done is to be awaited in the database or its log."""
        return self.start(name, [str(VENV_PYTHON), "scripts/email_monitor.py"])

    def start_broker(self) -> str:
        """Start the broker (again) on its port, with what its append-only file kept; its URL."""
        if self.broker is None:
            self.broker = Valkey(self.folder / "broker")
        return self.broker.start()

    def kill9(self, name: str) -> None:
        """SIGKILL to worker, beat, monitor (the main process alone) or broker."""
        if name == "broker":
            if self.broker is None:
                raise KeyError("no broker of ours")
            self.broker.kill9()
        else:
            self.children[name].kill9()

    def kill_group(self, name: str) -> None:
        """SIGKILL to a process and all its children, as when a container is killed."""
        self.children[name].kill()

    def workers_of(self, name: str) -> list[int]:
        """The processes a worker has forked."""
        child = self.children[name]
        return [pid for pid in process.in_session(child.pid) if pid != child.pid]

    def freeze(self, name: str) -> None:
        """SIGSTOP to a process and its children, until wake()."""
        os.killpg(self.children[name].pid, signal.SIGSTOP)

    def wake(self, name: str) -> None:
        """SIGCONT after freeze(), or after a crash point that stops."""
        os.killpg(self.children[name].pid, signal.SIGCONT)

    def wait_for_end(self, name: str, seconds: float = 60.0) -> None:
        """Return once the process has ended by itself (a crash point, say)."""
        child = self.children[name]
        if not process.wait_until(lambda: not child.running, seconds):
            raise AssertionError(f"{name} still runs after {seconds} s:\n{child.log_tail()}")

    def wait_for_log(self, name: str, text: str, seconds: float = READY_SECONDS) -> None:
        """Return once the process has written `text` since it was started."""
        child = self.children[name]
        process.wait_until(lambda: text in child.log_text() or not child.running, seconds, 0.05)
        if text not in child.log_text():
            state = "runs" if child.running else "has ended"
            raise AssertionError(f"{name} {state} and never said {text!r}:\n{child.log_tail(30)}")

    def stop(self) -> None:
        """End everything started here; the broker too when it is ours."""
        for child in self.children.values():
            child.ask_to_stop()
        for child in self.children.values():
            child.stop()
        if self.broker:
            self.broker.stop()
