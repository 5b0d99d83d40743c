"""Rows that nobody reads until the transaction ends, written together.

A batch of mails writes the same few tables again and again: inside `gathered()` their rows wait
and each table gets one statement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Generic, TypeVar

Row = TypeVar("Row")


class Gathered:
    """What waits; `write` writes it, and from then on everything is written at once."""

    def __init__(self) -> None:
        self.rows: dict[Rows[Any], list[Any]] = {}
        self.waiting = True

    def write(self) -> None:
        """Write what waits, table by table; call it inside the transaction."""
        self.waiting = False
        waiting, self.rows = self.rows, {}
        for table, rows in waiting.items():
            table.write(rows)


_current: ContextVar[Gathered | None] = ContextVar("gathered", default=None)


class Rows(Generic[Row]):
    """A table's rows on their way; `write` inserts several, in order."""

    def __init__(self, write: Callable[[Sequence[Row]], None]) -> None:
        self.write = write

    def add(self, *rows: Row) -> None:
        """Write rows now, or with the others of the surrounding `gathered` block."""
        current = _current.get()
        if current is None or not current.waiting:
            self.write(rows)
        else:
            current.rows.setdefault(self, []).extend(rows)


@contextmanager
def gathered() -> Iterator[Gathered]:
    """Let rows wait until the end of the block; an exception drops them with its transaction."""
    waiting = Gathered()
    token = _current.set(waiting)
    try:
        yield waiting
        waiting.write()
    finally:
        _current.reset(token)
