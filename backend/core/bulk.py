"""Many rows in one statement: COPY for new ones, one UPDATE for changed ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models.expressions import DatabaseDefault
from psycopg import sql

_Field: TypeAlias = "models.Field[Any, Any]"


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Append rows to a table, columns in this order; raises what an INSERT would."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(statement) as copy,
    ):
        for row in rows:
            copy.write_row(row)


def insert(objects: Sequence[models.Model]) -> None:
    """Insert new objects of one model. Defaults of the database stay unknown to the objects."""
    groups: dict[tuple[_Field, ...], list[models.Model]] = {}
    for one in objects:
        fields = tuple(f for f in one._meta.concrete_fields if _is_given(one, f))
        groups.setdefault(fields, []).append(one)
    for fields, group in groups.items():
        copy_rows(
            group[0]._meta.db_table,
            list(map(_column, fields)),
            ([_value(one, field) for field in fields] for one in group),
        )
        for one in group:
            one._state.adding, one._state.db = False, connection.alias


def _column(field: _Field) -> str:
    assert field.column is not None
    return field.column


def _is_given(one: models.Model, field: _Field) -> bool:
    value = getattr(one, field.attname)
    if isinstance(value, DatabaseDefault):
        return False
    return value is not None or not field.primary_key


def _value(one: models.Model, field: _Field) -> Any:
    value = getattr(one, field.attname)
    if isinstance(field, models.JSONField | ArrayField):
        return field.get_db_prep_save(value, connection)
    return value  # the driver knows how to write it


def update(objects: Sequence[models.Model], names: Sequence[str]) -> None:
    """Write the fields called `names` of objects of one model, whose rows are locked."""
    if not objects:
        return
    meta = objects[0]._meta
    fields = [f for f in meta.concrete_fields if f.primary_key or f.name in names]
    columns = [connection.ops.quote_name(_column(field)) for field in fields]
    key, *changed = columns  # the key is a model's first field
    arrays = ", ".join(f"%s::{field.db_type(connection)}[]" for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {meta.db_table} AS old SET {', '.join(f'{c} = new.{c}' for c in changed)} "  # noqa: S608 - names of columns
            f"FROM unnest({arrays}) AS new ({', '.join(columns)}) WHERE old.{key} = new.{key}",
            [[_value(one, field) for one in objects] for field in fields],
        )
