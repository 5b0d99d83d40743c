"""Transactions of processes that have fallen silent: stopped, or on a machine that is gone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

LONGEST = timedelta(minutes=2)


def end_silent_transactions(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Let the database end what says nothing for two minutes in the middle of a transaction.

    Else whoever waits for its locks, such as the worker that took over its mails, waits as long as
    TCP does: for hours.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('idle_in_transaction_session_timeout', %s, false)",
            [str(int(LONGEST.total_seconds() * 1000))],
        )
