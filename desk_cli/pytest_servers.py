"""pytest plugin: private PostgreSQL and Valkey before Django's settings are read.

One PostgreSQL for the whole run, started by the controller (pytest-xdist's workers inherit its
address); one Valkey and one data folder for each process that runs tests, so that a test may
kill its broker without hurting another process's tests.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from desk_cli import account
from desk_cli.servers.postgres import Postgres
from desk_cli.servers.valkey import Valkey

ADDRESS = "DESK_TEST_DATABASE_URL"
SETTINGS = {
    "max_connections": "200",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "30min",
    # A test that waits for a lock nobody gives up fails with its name, instead of hanging the run.
    "lock_timeout": "90s",
    "idle_in_transaction_session_timeout": "300s",
}


class Servers:
    """What this pytest process started."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="desk-test-"))
        self.folder.chmod(0o711)  # servers that run as nobody step through
        self.postgres: Postgres | None = None
        self.broker = Valkey(self.folder / "broker")

    def start(self) -> None:
        """Start them and set the variables that config.environment reads."""
        is_xdist_worker = "PYTEST_XDIST_WORKER" in os.environ
        if not is_xdist_worker or ADDRESS not in os.environ:
            self.postgres = Postgres(
                self.folder / "pg", "test-only", durable=False, settings=SETTINGS
            )
            os.environ[ADDRESS] = self.postgres.start()
        self.broker.start()
        os.environ |= {
            "DESK_ENV": "test",
            "DESK_SECRET_KEY": "tests-only-tests-only-tests-only-tests-only-tests-only-test",
            "DESK_ENCRYPTION_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            "DESK_DATA_DIR": str(self.folder / "data"),
            "DESK_ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
            "DATABASE_URL": os.environ[ADDRESS],
            "CELERY_BROKER_URL": self.broker.url,
            "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
        }

    def stop(self) -> None:
        """Stop them and remove their folder; safe to call twice."""
        self.broker.stop()
        if self.postgres:
            self.postgres.stop()
            if self.postgres.folder.is_symlink():
                account.remove_own_folder(self.postgres.folder)
        shutil.rmtree(self.folder, ignore_errors=True)


_servers: Servers | None = None


def servers() -> Servers:
    """Those of this process; RuntimeError outside a test run."""
    if _servers is None:
        raise RuntimeError("pytest was started without -p desk_cli.pytest_servers")
    return _servers


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(args: list[str]) -> Generator[None]:
    """A wrapper runs before pytest-django's own hook, which reads the settings."""
    global _servers
    if not {"--help", "-h", "--version", "-V"} & set(args):
        _servers = Servers()
        atexit.register(_servers.stop)
        _servers.start()
    return (yield)


def pytest_unconfigure() -> None:
    """The end of the run, also after Ctrl-C."""
    if _servers is not None:
        _servers.stop()
