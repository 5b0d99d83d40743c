"""Child processes: each in its own session, with a log, and never left behind."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from desk_cli.account import Account
from desk_cli.errors import Interrupted, tail_of

PR_SET_PDEATHSIG = 1
FOR_EVER = 10.0**9
PROC = Path("/proc")
HAS_PROC = (PROC / "self" / "stat").exists()
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


# Set by a signal handler; start-up work looks at it between steps, stopping never does.
interruption = threading.Event()


def wait_until(
    condition: Callable[[], bool], seconds: float, pause: float = 0.02, *, stopping: bool = False
) -> bool:
    """Poll `condition` until it holds (True) or the deadline passes (False).

    Raises Interrupted when the command is asked to end, unless it is `stopping` already.
    """
    end = time.monotonic() + seconds
    while not condition():
        if interruption.is_set() and not stopping:
            raise Interrupted
        if time.monotonic() >= end:
            return False
        time.sleep(pause)
    return True


def is_alive(pid: int) -> bool:
    """Whether a process with this number exists and is not a zombie."""
    if HAS_PROC:
        fields = _stat_fields(pid)
        return bool(fields) and fields[0] not in {"Z", "X"}
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _stat_fields(pid: int) -> list[str]:
    """/proc/PID/stat from the state letter on; the command in brackets may hold blanks."""
    try:
        text = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rpartition(")")[2].split()


def birth(pid: int) -> str | None:
    """A mark that differs when the number is reused: its start time; None for no process."""
    if HAS_PROC:
        fields = _stat_fields(pid)
        return fields[19] if len(fields) > 19 else None
    answer = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() or None


def _pids() -> list[int]:
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]


def with_variable(name: str, value: str) -> list[int]:
    """Processes whose start environment holds NAME=VALUE (Linux; elsewhere none is found)."""
    if not HAS_PROC or not value:
        return []
    wanted = f"{name}={value}".encode()
    found = []
    for pid in _pids():
        try:
            environment = (PROC / str(pid) / "environ").read_bytes()
        except OSError:  # gone meanwhile, or somebody else's
            continue
        if wanted in environment.split(b"\0") and pid != os.getpid():
            found.append(pid)
    return found


def working_in(folder: Path, program: str) -> list[int]:
    """Processes of `program` whose working folder is `folder` (Linux; elsewhere none)."""
    if not HAS_PROC:
        return []
    wanted = str(folder.resolve())
    found = []
    for pid in _pids():
        entry = PROC / str(pid)
        try:
            same = (entry / "cwd").readlink() == Path(wanted)
            name = (entry / "exe").readlink().name
        except OSError:  # gone meanwhile, or somebody else's
            continue
        if same and name.removesuffix(" (deleted)").startswith(program):
            found.append(pid)
    return found


def in_session(leader: int) -> list[int]:
    """Processes of the session that `leader` began (Linux; elsewhere none is found)."""
    if not HAS_PROC:
        return []
    # Behind the state: parent, group, session (proc(5)).
    found = [(pid, _stat_fields(pid)) for pid in _pids()]
    return [pid for pid, fields in found if fields[3:4] == [str(leader)] and fields[0] != "Z"]


def end_all(pids: Iterable[int], first: signal.Signals, seconds: float) -> None:
    """Ask these processes to end with `first`, after `seconds` kill what is left."""
    births = {pid: birth(pid) for pid in pids}

    def left() -> list[int]:
        return [pid for pid, born in births.items() if is_alive(pid) and birth(pid) == born]

    for number, patience in ((first, seconds), (signal.SIGKILL, 10.0)):
        for pid in left():
            send(pid, number)
        if wait_until(lambda: not left(), patience, stopping=True):
            return


def send(pid: int, number: int) -> None:
    """os.kill that takes "already gone" for an answer."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _die_with_parent(number: int, parent: int) -> Callable[[], None] | None:
    """What the child runs before exec, so that it gets `number` when we are killed (Linux)."""
    if LIBC is None:
        return None
    prctl = LIBC.prctl

    def prepare() -> None:
        prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:  # we died between fork and prctl
            os._exit(1)

    return prepare


class Child:
    """One long-lived process in its own session, its output appended to a log file."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        account: Account | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        patience: float = 10.0,
    ) -> None:
        self.name, self.command, self.log = name, list(command), log
        self.env, self.cwd, self.account = env, cwd, account
        self.stop_signal, self.patience = stop_signal, patience
        self.process: subprocess.Popen[bytes] | None = None
        self._log_begins = 0
        self._asked = False

    def start(self) -> None:
        """Start it (again); raises OSError when the program can't be executed."""
        self.kill()
        self._asked = False
        self.log.parent.mkdir(parents=True, exist_ok=True)
        account = self.account
        with self.log.open("ab") as output:
            self._log_begins = output.tell()
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(self.env) if self.env is not None else None,
                cwd=self.cwd,
                start_new_session=True,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
                preexec_fn=_die_with_parent(self.stop_signal, os.getpid()),
            )

    @property
    def pid(self) -> int:
        """Its process number; RuntimeError before start()."""
        if self.process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self.process.pid

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return not self._ended()

    def ask_to_stop(self) -> None:
        """Send the stop signal, once: many programs take a second one for impatience."""
        if self.running and not self._asked:
            self._asked = True
            send(self.pid, self.stop_signal)

    def stop(self, patience: float | None = None, hard: Callable[[], bool] = lambda: False) -> int:
        """Ask, wait, kill; then whatever is left in its session group. Safe to call twice.

        `hard` is asked while waiting: True cuts the patience short. Returns the exit code
        (negative: the signal), 0 when it never ran.
        """
        if self.process is None:
            return 0
        self.ask_to_stop()
        wait_until(
            lambda: self._ended() or hard(),
            self.patience if patience is None else patience,
            stopping=True,
        )
        self.kill()
        return self.process.returncode

    def kill(self) -> None:
        """SIGKILL to the whole session group, and reap."""
        if self.process is None:
            return
        # The group is killed before the leader is reaped: until then its number can't be reused.
        if self.process.returncode is None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                send(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def kill9(self) -> None:
        """SIGKILL to the process alone, as a fault would; its children are left to notice."""
        send(self.pid, signal.SIGKILL)
        wait_until(self._ended, 10.0, stopping=True)

    def _ended(self) -> bool:
        """Ended or a zombie: not reaped, so that kill() may still use the group's number."""
        if self.process is None or self.process.returncode is not None:
            return True
        return not is_alive(self.process.pid) if HAS_PROC else self.process.poll() is not None

    def log_text(self) -> str:
        """What it wrote since the last start()."""
        try:
            with self.log.open("rb") as source:
                source.seek(self._log_begins)
                return source.read().decode("utf-8", errors="replace")
        except FileNotFoundError:
            return ""

    def log_tail(self, lines: int = 15) -> str:
        """The last lines of log_text()."""
        return tail_of(self.log_text(), lines)


def run_logged(
    command: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float | None = None,
) -> int:
    """Run to the end with output into `log` (overwritten); the exit code, 124 on timeout.

    Whatever interrupts us (Ctrl-C, SIGTERM) ends the whole group of the command first.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"")
    child = Child("command", command, log=log, env=env, cwd=cwd)
    child.start()
    try:
        ended = wait_until(lambda: not child.running, timeout or FOR_EVER, 0.05)
    finally:
        code = child.stop(5.0)
    return code if ended else 124
