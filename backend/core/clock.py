"""The one clock that all processes of a desk share."""

from __future__ import annotations

from datetime import datetime

from django.db import connection


def database_now() -> datetime:
    """The database's time (UTC). What decides when something is due asks for no other: the clock
    of a machine may jump, or differ from that of the next one (MAIL.md X14)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment
