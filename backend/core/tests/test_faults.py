"""Which errors of a real PostgreSQL waiting may mend."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, Error, connection, connections, transaction

from backend.core.faults import is_transient

pytestmark = pytest.mark.django_db(transaction=True)


def error_of(statement: str) -> Error:
    """What Django raises for a statement."""
    with pytest.raises(Error) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    return caught.value


@pytest.mark.parametrize(
    "statement",
    [
        "DO $$ BEGIN RAISE EXCEPTION 'deadlock' USING ERRCODE = 'deadlock_detected'; END $$",
        "DO $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = 'disk_full'; END $$",
        "SET LOCAL statement_timeout = 1; SELECT pg_sleep(60)",
        "SELECT pg_terminate_backend(pg_backend_pid())",
    ],
    ids=["deadlock", "full disk", "time-out", "terminated"],
)
def test_a_busy_full_or_restarting_database_is_worth_waiting_for(statement: str):
    error = error_of(statement)
    connection.close()
    assert is_transient(error)


def test_a_database_that_is_not_there_is_worth_waiting_for():
    nowhere = connections["default"].copy("nowhere")
    nowhere.settings_dict = nowhere.settings_dict | {"PORT": "1", "HOST": "127.0.0.1"}
    with pytest.raises(DatabaseError) as caught:
        nowhere.ensure_connection()
    assert is_transient(caught.value)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1 / 0",
        "SELECT no_such_column",
        "INSERT INTO logs (id) VALUES (NULL)",
        "DO $$ BEGIN RAISE EXCEPTION 'row too long' USING ERRCODE = 'program_limit_exceeded'; "
        "END $$",
    ],
    ids=["division", "column", "not null", "limit"],
)
def test_what_would_fail_again_is_not(statement: str):
    assert not is_transient(error_of(statement))


def test_errors_of_others_are_not():
    assert not is_transient(ValueError("no"))
    assert not is_transient(OSError("no"))
