"""The data folder of one desk: its lock, its state file, its stamps, its secrets."""

from __future__ import annotations

import base64
import errno
import fcntl
import json
import os
import secrets
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from desk_cli import account, process
from desk_cli.errors import DeskError

LEAST_FREE = 200 * 1024 * 1024
ENDING_SECONDS = 45.0


class DataFolder:
    """DATA with secrets/, logs/, stamps/, run.json and lock."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock: int | None = None

    def prepare(self) -> None:
        """Make it and prove that it can be written; DeskError when read-only or full."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if os.geteuid() == 0:
                # Servers run as nobody step through it; what is private inside has its own mode.
                self.path.chmod(self.path.stat().st_mode | 0o011)
            for name in ("secrets", "logs", "stamps"):
                (self.path / name).mkdir(mode=0o700, exist_ok=True)
            probe = self.path / ".writable"
            probe.write_bytes(b"\0" * 65536)
            probe.unlink()
        except OSError as error:
            raise DeskError(_unusable(self.path, error)) from error
        free = shutil.disk_usage(self.path).free
        if free < LEAST_FREE:
            raise DeskError(
                f"the disk of {self.path} is full ({free // 1_000_000} MB left, "
                f"{LEAST_FREE // 1_000_000} MB are needed): make room or choose another --data DIR."
            )

    @property
    def logs(self) -> Path:
        """Folder of the children's logs."""
        return self.path / "logs"

    def lock(self, purpose: str) -> None:
        """Hold the folder until this process ends; DeskError naming the holder when taken."""
        handle = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 200).decode("utf-8", errors="replace").strip()
            os.close(handle)
            raise DeskError(self._taken(holder)) from None
        os.ftruncate(handle, 0)
        os.write(handle, f"{purpose} (process {os.getpid()})".encode())
        self._lock = handle

    def _taken(self, holder: str) -> str:
        address = self.read_run().get("address")
        if address:
            return (
                f"another copy is already running on {self.path}: {address} ({holder}). "
                "Open that address, stop that copy, or start a second desk with --data OTHER."
            )
        return f"{self.path} is in use by {holder or 'another command'}: wait for it to end."

    @property
    def locked(self) -> bool:
        """Whether we hold the folder."""
        return self._lock is not None

    def unlock(self) -> None:
        """Let others have the folder."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def run_file(self) -> Path:
        """State of the running desk."""
        return self.path / "run.json"

    def read_run(self) -> dict[str, Any]:
        """What run.json says; empty when there is none or it is damaged."""
        try:
            found = json.loads(self.run_file.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError, PermissionError):
            return {}
        return found if isinstance(found, dict) else {}

    def running(self) -> dict[str, Any]:
        """run.json when the desk that wrote it still lives, else empty."""
        state = self.read_run()
        pid = state.get("pid")
        if (
            isinstance(pid, int)
            and process.is_alive(pid)
            and process.birth(pid) == state.get("birth")
        ):
            return state
        return {}

    def write_run(self, state: Mapping[str, Any]) -> None:
        """Replace run.json as a whole, mode 0600: it holds passwords."""
        write_private(self.run_file, json.dumps(state, indent=1))

    def forget_run(self) -> None:
        """Remove run.json after an orderly end."""
        self.run_file.unlink(missing_ok=True)

    def end_leftovers(self) -> int:
        """End what an earlier run that was killed left behind; how many processes it was.

        A process counts only when its number and start time are those in run.json, or when its
        environment carries that run's name: never a stranger with a reused number.
        """
        state = self.read_run()
        births = {int(pid): born for pid, born in dict(state.get("children", {})).items()}
        left = {pid for pid, born in births.items() if born and process.birth(pid) == born}
        left.update(process.with_variable("DESK_INSTANCE", str(state.get("instance", ""))))
        left = {pid for pid in left if process.is_alive(pid)}
        if left:
            process.end_all(left, signal.SIGTERM, ENDING_SECONDS)
        self.forget_run()
        return len(left)

    def stamp(self, name: str) -> str:
        """The text of a stamp, empty when it was never set."""
        try:
            return (self.path / "stamps" / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""

    def set_stamp(self, name: str, value: str) -> None:
        """Remember that a step was completed for `value`."""
        write_private(self.path / "stamps" / name, value)

    def secret_file(self, name: str) -> Path:
        """The file of a secret, generated on first use (mode 0600)."""
        path = self.path / "secrets" / name
        if not path.exists() or not path.read_text(encoding="utf-8").strip():
            write_private(path, _generate(name))
        return path

    def secret(self, name: str) -> str:
        """The secret itself."""
        return self.secret_file(name).read_text(encoding="utf-8").strip()


def _generate(name: str) -> str:
    if name == "encryption_key":
        return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_urlsafe(64 if name == "secret_key" else 24)


def write_private(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable by us only; DeskError when the disk refuses."""
    draft = path.with_name(f".{path.name}.new")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as target:
            target.write(text)
            target.flush()
            os.fsync(target.fileno())
        draft.replace(path)
    except OSError as error:
        raise DeskError(_unusable(path.parent, error)) from error


def _unusable(path: Path, error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"the disk of {path} is full: make room or choose another --data DIR."
    if error.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
        owner = (
            f" (it belongs to {account.account_name(path.stat().st_uid)})" if path.exists() else ""
        )
        return f"{path} can't be written{owner}: choose another folder with --data DIR."
    return f"{path} can't be used: {error.strerror}; choose another folder with --data DIR."
