"""Loading millions of rows: indexes and foreign keys are made again afterwards, which is faster
than keeping them true row by row, and checks the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from django.db import connection
from psycopg import sql

NULL = "\\N"
_INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
WHERE i.indrelid = ANY (%s::regclass[])
  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
"""
_FOREIGN_KEYS = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY (%s::regclass[])
"""


@contextmanager
def unguarded(tables: Sequence[str]) -> Iterator[None]:
    """Without the indexes and foreign keys of `tables` inside; both are back at the end.

    Needs a transaction, and locks the tables until it ends: for an empty desk, say. Indexes of
    constraints stay. Rows that break a foreign key raise IntegrityError at the end.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what waits would keep keys from going
        cursor.execute(_INDEXES, [list(tables)])
        indexes = cursor.fetchall()
        cursor.execute(_FOREIGN_KEYS, [list(tables)])
        keys = cursor.fetchall()
        # Names as PostgreSQL itself writes them.
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        for table, name, _ in keys:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        yield
        for _, definition in indexes:
            cursor.execute(definition)
        for table, name, definition in keys:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def copy_lines(table: str, columns: Sequence[str], lines: Iterable[str]) -> None:
    """Append lines to a table: values in PostgreSQL's own form, `escaped` where they are texts
    of any kind, NULL for none, with a tab between them and a line feed at the end."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(statement) as copy,
    ):
        copy.write("".join(lines))


def escaped(text: str) -> str:
    """A text as a value of `copy_lines`."""
    backslashed = text.replace("\\", "\\\\").replace("\n", "\\n")
    return backslashed.replace("\r", "\\r").replace("\t", "\\t")
