"""Several connections to the test database at once, for tests of races (transactional ones)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection

from backend.core.errors import DeskError

Result = TypeVar("Result")
PATIENCE = 20.0


def database_url() -> str:
    """The address of the database that this process's tests use now."""
    settings = connection.settings_dict
    account = f"{settings['USER']}:{settings['PASSWORD']}"
    return f"postgresql://{account}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"


def on_own_connection(action: Callable[[], Result]) -> Result | str:
    """What came of a call in this thread, whose connection is closed then; the code of an error."""
    try:
        return action()
    except DeskError as error:
        return error.code
    finally:
        connection.close()


def at_once(*actions: Callable[[], Result]) -> list[Result | str]:
    """What came of calls on connections of their own, begun at the same moment."""
    start = Barrier(len(actions))

    def run(action: Callable[[], Result]) -> Result | str:
        connection.ensure_connection()
        start.wait(PATIENCE)
        return on_own_connection(action)

    with ThreadPoolExecutor(len(actions)) as threads:
        return list(threads.map(run, actions))


def somebody_waits() -> bool:
    """Whether a connection to the test database waits for a lock of another."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # a transaction sees the first one only
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])
