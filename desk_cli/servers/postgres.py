"""A private PostgreSQL on a loopback port, in a folder of ours.

Nobody but the role `desk` can log in, with a password, over 127.0.0.1; there is no socket file
and no way in for the superuser while the server runs.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
from pathlib import Path

from desk_cli import account as accounts
from desk_cli import process
from desk_cli.errors import StepFailed, tail_of
from desk_cli.ports import free_port
from desk_cli.process import Child
from desk_cli.servers import postgres_binaries
from desk_cli.servers.postgres_binaries import Binaries

ROLE = "desk"
START_SECONDS = 60.0
HBA = f"host all {ROLE} 127.0.0.1/32 scram-sha-256\n"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "effective_cache_size": "512MB",
    "maintenance_work_mem": "64MB",
    "work_mem": "8MB",
    "max_wal_size": "1GB",
    "random_page_cost": "1.1",
    "jit": "off",  # plans here are short: compiling costs more than it saves
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "logging_collector": "off",
    "max_worker_processes": "8",
}
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """One private server; `durable=False` trades safety for speed (tests only)."""

    def __init__(
        self,
        folder: Path,
        password: str,
        *,
        log: Path | None = None,
        port: int | None = None,
        durable: bool = True,
        settings: dict[str, str] | None = None,
    ) -> None:
        self.folder, self.password, self.durable = folder, password, durable
        self.log = log or folder.parent / f"{folder.name}.log"
        self.port = port
        self.settings = SETTINGS | ({} if durable else FAST) | (settings or {})
        self.account = accounts.server_account()
        self.child: Child | None = None

    @property
    def url(self) -> str:
        """postgresql://... of the desk's database."""
        return f"postgresql://{ROLE}:{self.password}@127.0.0.1:{self.port}/{ROLE}"

    def start(self) -> str:
        """Make the cluster when there is none, start it, wait until it answers; its URL.

        Raises StepFailed: wrong PG_VERSION, no programs, full disk, or a start that fails.
        """
        real = accounts.own_folder(self.folder, self.account)
        cluster = real / "cluster"
        binaries = self._binaries(cluster)
        end_leftovers(cluster)
        if not (cluster / "PG_VERSION").exists():
            self._create(binaries, real)
        self._set_password(binaries, cluster)
        attempts = 3
        for attempt in range(1, attempts + 1):
            if self._start_once(binaries, cluster):
                return self.url
            if attempt == attempts:
                break
            self.port = None if self._port_was_taken() else self.port
        raise StepFailed(
            "PostgreSQL did not start.",
            tail=self.child.log_tail() if self.child else "",
            advice=f"Its log: {self.log}",
        )

    def _binaries(self, cluster: Path) -> Binaries:
        version = cluster / "PG_VERSION"
        major = int(version.read_text().split(".")[0]) if version.exists() else None
        return postgres_binaries.reachable(postgres_binaries.choose(major), self.account)

    def _start_once(self, binaries: Binaries, cluster: Path) -> bool:
        self.port = self.port or free_port()
        options = [f"--{name}={value}" for name, value in self.settings.items()]
        self.child = Child(
            "postgresql",
            [binaries.program("postgres"), "-D", str(cluster), f"--port={self.port}", *options],
            log=self.log,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
            cwd=cluster,
            account=self.account,
            stop_signal=signal.SIGINT,  # "fast": ends sessions, writes a checkpoint
            patience=30.0,
        )
        self.child.start()
        child = self.child
        process.wait_until(lambda: not child.running or self._ready(cluster), START_SECONDS)
        if self._ready(cluster):
            return True
        self.child.kill()
        return False

    def _ready(self, cluster: Path) -> bool:
        """postmaster.pid: line 1 is the process, line 8 its state (as pg_ctl reads it)."""
        try:
            lines = (cluster / "postmaster.pid").read_text().splitlines()
        except (FileNotFoundError, PermissionError):
            return False
        child = self.child
        return (
            child is not None
            and child.running
            and len(lines) > 7
            and lines[0] == str(child.pid)
            and lines[7].strip() == "ready"
        )

    def _port_was_taken(self) -> bool:
        return self.child is not None and "could not bind" in self.child.log_text()

    def _create(self, binaries: Binaries, real: Path) -> None:
        """initdb into a folder beside, renamed when complete: an interrupted one is remade."""
        fresh = real / "cluster.new"
        shutil.rmtree(fresh, ignore_errors=True)
        locale = (
            ["--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST", "--locale=C"]
            if binaries.major >= 18
            else ["--locale=C.UTF-8"]
        )
        sync = [] if self.durable else ["--no-sync"]
        self._tool(
            [
                binaries.program("initdb"), "-D", str(fresh), "-U", "postgres", "--auth=reject",
                "--encoding=UTF8", *locale, "--data-checksums", "--no-instructions", *sync,
            ]
        )  # fmt: skip
        hba = fresh / "pg_hba.conf"
        hba.write_text(HBA)
        accounts.give(hba, self.account)
        self._single_user(
            binaries,
            fresh,
            f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{self.password}';\n"
            f"CREATE DATABASE {ROLE} OWNER {ROLE};\n",
        )
        self._write_password_mark(fresh)
        fresh.rename(real / "cluster")

    def _password_mark(self) -> str:
        return hashlib.sha256(self.password.encode()).hexdigest()

    def _write_password_mark(self, cluster: Path) -> None:
        mark = cluster / "desk_password.sha256"
        mark.write_text(self._password_mark())
        accounts.give(mark, self.account)

    def _set_password(self, binaries: Binaries, cluster: Path) -> None:
        """A new password file (the old one was lost) becomes the role's password."""
        mark = cluster / "desk_password.sha256"
        if mark.exists() and mark.read_text() == self._password_mark():
            return
        self._single_user(binaries, cluster, f"ALTER ROLE {ROLE} PASSWORD '{self.password}';\n")
        self._write_password_mark(cluster)

    def _single_user(self, binaries: Binaries, cluster: Path, sql: str) -> None:
        """Run SQL as the superuser with no server: each line is one statement."""
        self._tool(
            [binaries.program("postgres"), "--single", "-D", str(cluster), "postgres"], typed=sql
        )

    def _tool(self, command: list[str], typed: str = "") -> None:
        account = self.account
        answer = subprocess.run(
            command,
            input=typed,
            text=True,
            capture_output=True,
            check=False,
            cwd="/",
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        # A stand-alone backend ends with 0 even when a statement failed: its words tell.
        if answer.returncode or "ERROR:" in answer.stderr or "FATAL:" in answer.stderr:
            said = (answer.stderr or answer.stdout).replace(self.password, "********")
            advice = (
                "The disk is full: make room and start again."
                if "No space left" in said
                else "Start again after putting that right; nothing half-made is kept."
            )
            raise StepFailed(f"{Path(command[0]).name} failed.", tail=tail_of(said), advice=advice)

    @property
    def running(self) -> bool:
        """Whether the server process lives."""
        return self.child is not None and self.child.running

    def stop(self) -> None:
        """Fast shutdown with a checkpoint; after 30 s by force. Safe to call twice."""
        if self.child:
            self.child.stop()

    def kill9(self) -> None:
        """SIGKILL to the postmaster, as a fault would."""
        if self.child:
            self.child.kill9()

    def __enter__(self) -> Postgres:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def end_leftovers(cluster: Path) -> None:
    """End servers of an earlier run that still work in `cluster`; forget a stale lock file.

    PostgreSQL's processes work in their data folder, so no other process can be meant. The lock
    file is removed only when it names a process that is not one of those: a reused number.
    """
    if not cluster.is_dir():
        return
    left = process.working_in(cluster, "postgres")
    if left:
        process.end_all(left, signal.SIGINT, 20.0)
    lock = cluster / "postmaster.pid"
    try:
        named = int(lock.read_text().splitlines()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return
    if process.HAS_PROC and process.is_alive(named):
        lock.unlink()
