"""The private database and broker of a data folder, unless the environment names others."""

from __future__ import annotations

import hashlib
import os

from desk_cli.paths import ROOT
from desk_cli.servers.postgres import Postgres
from desk_cli.servers.valkey import Valkey
from desk_cli.state import DataFolder


class Backing:
    """PostgreSQL and Valkey in DATA; DATABASE_URL and CELERY_BROKER_URL win over them."""

    def __init__(self, data: DataFolder) -> None:
        self.data = data
        self.postgres: Postgres | None = None
        self.valkey: Valkey | None = None
        if not os.environ.get("DATABASE_URL"):
            self.postgres = Postgres(
                data.path / "postgres",
                data.secret("database_password"),
                log=data.logs / "postgresql.log",
            )
        if not os.environ.get("CELERY_BROKER_URL"):
            self.valkey = Valkey(
                data.path / "valkey",
                password=data.secret("broker_password"),
                log=data.logs / "valkey.log",
            )

    def start(self) -> None:
        """Start what is ours; raises StepFailed."""
        if self.valkey:
            self.valkey.start()
        if self.postgres:
            self.postgres.start()

    @property
    def environment(self) -> dict[str, str]:
        """DATABASE_URL and CELERY_BROKER_URL."""
        return {
            "DATABASE_URL": self.postgres.url if self.postgres else os.environ["DATABASE_URL"],
            "CELERY_BROKER_URL": (
                self.valkey.url if self.valkey else os.environ["CELERY_BROKER_URL"]
            ),
        }

    @property
    def identity(self) -> str:
        """Changes when the database is another one; empty when that can't be known."""
        if self.postgres is None:
            return ""
        made = (self.data.path / "postgres" / "cluster" / "PG_VERSION").stat()
        return f"{made.st_ino}-{made.st_mtime_ns}"

    def stop(self) -> None:
        """Broker first, then PostgreSQL; safe to call twice."""
        if self.valkey:
            self.valkey.stop()
        if self.postgres:
            self.postgres.stop()


def migrations_digest() -> str:
    """Changes when there is a migration to apply."""
    total = hashlib.sha256((ROOT / "requirements-local.txt").read_bytes())
    for file in sorted((ROOT / "backend").glob("*/migrations/*.py")):
        total.update(file.relative_to(ROOT).as_posix().encode())
        total.update(file.read_bytes())
    return total.hexdigest()
