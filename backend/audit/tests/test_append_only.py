"""The log can be written, and then only read, whoever asks."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now

from backend.audit.models import Log
from backend.audit.services import record, system

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry() -> Log:
    record(actor=system("tests"), action="test.made", object_type="test", object_id="1")
    return Log.objects.get(action="test.made")


def refused(statement: str) -> str:
    """What PostgreSQL says to a statement it must not carry out."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        connection.cursor().execute(statement)
    return str(caught.value)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE logs SET action = 'nothing.happened'",
        "UPDATE logs SET at = now() - interval '1 year' WHERE action = 'test.made'",
        "UPDATE logs SET id = id",
        "INSERT INTO logs SELECT * FROM logs ON CONFLICT (id) DO UPDATE SET action = 'x'",
        "DELETE FROM logs",
        "DELETE FROM logs WHERE action = 'test.made'",
        "WITH gone AS (DELETE FROM logs RETURNING *) SELECT count(*) FROM gone",
        "MERGE INTO logs USING (SELECT 1) AS one ON true WHEN MATCHED THEN DELETE",
    ],
)
def test_no_statement_changes_or_removes_an_entry(entry: Log, statement: str):
    assert "The audit log is append-only" in refused(statement)
    unchanged = Log.objects.get(pk=entry.pk)
    assert (unchanged.action, unchanged.at) == ("test.made", entry.at)


@pytest.fixture
def truncation_watched() -> None:
    """As on a real desk: transactional tests empty tables, so conftest.py switches this one off."""
    connection.cursor().execute("ALTER TABLE logs ENABLE TRIGGER logs_no_truncate")


@pytest.mark.parametrize("statement", ["TRUNCATE logs", "TRUNCATE users CASCADE"])
def test_the_log_can_not_be_emptied(truncation_watched: None, entry: Log, statement: str):
    connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")  # else it is refused for those
    assert "TRUNCATE is refused" in refused(statement)
    assert Log.objects.filter(pk=entry.pk).exists()


def test_the_orm_is_refused_as_well(entry: Log):
    for change in (lambda: entry.delete(), lambda: Log.objects.update(at=Now())):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()
    assert Log.objects.filter(pk=entry.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_an_entry_outside_a_transaction_is_a_defect_of_its_writer():
    with pytest.raises(RuntimeError, match="transaction of its change"):
        record(actor=system("tests"), action="a.b", object_type="a", object_id=1)
    assert not Log.objects.exists()


def test_an_entry_vanishes_with_the_change_that_is_rolled_back():
    with transaction.atomic():
        record(actor=system("tests"), action="test.undone", object_type="test", object_id=1)
        transaction.set_rollback(True)
    assert not Log.objects.filter(action="test.undone").exists()
