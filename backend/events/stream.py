"""The live stream: one LISTEN connection a process, a bounded queue a browser."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import psycopg
from django.db import connections

from backend.events.services import CHANNEL

log = logging.getLogger(__name__)
# A browser this far behind is told to catch up from the table instead.
QUEUE_LENGTH = 500
_RECONNECT_SECONDS = 2.0


class TooSlow(Exception):
    """This listener's queue overflowed; it must reconnect and catch up."""


class Listener:
    """One browser's queue of notices."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(QUEUE_LENGTH)
        self._overflowed = False

    def offer(self, notice: dict[str, Any]) -> None:
        """Add a notice, or mark the listener as too slow."""
        try:
            self._queue.put_nowait(notice)
        except asyncio.QueueFull:
            self._overflowed = True

    async def next(self, *, seconds: float) -> dict[str, Any] | None:
        """The next notice, or None when none came in time; raises TooSlow after an overflow."""
        if self._overflowed:
            raise TooSlow
        try:
            return await asyncio.wait_for(self._queue.get(), seconds)
        except TimeoutError:
            return None


class Hub:
    """Spreads PostgreSQL's notices to the listeners of this process.

    1. With the first listener, connect and LISTEN; with the last one gone, hang up.
    2. When the connection breaks, every listener is told to catch up, and we connect again.
    """

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self._task: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[Listener]:
        """A listener for as long as the block runs."""
        listener = Listener()
        self._listeners.add(listener)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
            if not self._listeners and self._task is not None:
                self._task.cancel()
                self._task = None

    async def _run(self) -> None:
        while self._listeners:
            try:
                await self._listen()
            except (psycopg.Error, OSError) as error:
                log.warning("live events interrupted: %s", error)
                await asyncio.sleep(_RECONNECT_SECONDS)

    async def _listen(self) -> None:
        async with await psycopg.AsyncConnection.connect(
            autocommit=True, **_parameters()
        ) as connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            self._spread({"kind": "catch_up"})
            async for notice in connection.notifies():
                self._spread(json.loads(notice.payload))

    def _spread(self, notice: dict[str, Any]) -> None:
        for listener in list(self._listeners):
            listener.offer(notice)


def _parameters() -> dict[str, Any]:
    """Connection parameters of the default database, without the pool's."""
    parameters = connections["default"].get_connection_params()
    for name in ("pool", "cursor_factory", "context", "prepare_threshold"):
        parameters.pop(name, None)
    return parameters


_hubs: dict[int, Hub] = {}


def hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    return _hubs.setdefault(id(loop), Hub())
