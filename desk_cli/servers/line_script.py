"""A relay in front of a real server that spoils one line of the dialogue, whichever is asked for.

A test opens one line for n = 1, 2, 3 ... until a whole session passes untouched: every line of
the dialogue was then spoiled once.

    with ImapScript(dovecot.port) as script:
        line = script.open(Fault(at=7, act="cut"))
        ...                                  # a client talks to line.port
        assert line.happened
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Literal, Self

Side = Literal["server", "client"]
Act = Literal["cut", "half", "stall", "skip", "twice", "garbage", "refuse", "goodbye"]
GARBAGE = b"\x00\xff%%* not a line of any protocol\r\n"
LONGEST_LINE = 64 * 1024 * 1024
KEPT_LINES = 30


@dataclass(frozen=True)
class Fault:
    """What is done, once, to the nth line that `side` says (a literal or a mail counts as one).

    cut: the connection ends instead; half: in the middle of it; stall: it never comes, nor does
    anything after it; skip: it is left out; twice: it comes two times; garbage: something else
    comes; refuse: the server says no with `words` (what answers no command passes, the next
    answer is refused); goodbye: the server says it closes, and does.
    """

    at: int
    act: Act
    side: Side = "server"
    words: str = ""


@dataclass(frozen=True)
class Unit:
    """One line with its end, or the content that follows one."""

    raw: bytes
    content: bool = False


@dataclass
class Line:
    """One port of the relay with its faults, and what passed so far on all its connections.

    A fault counts from the first line of the first connection; `left` are those still to come.
    """

    faults: tuple[Fault, ...]
    port: int = 0
    said: dict[Side, int] = field(default_factory=lambda: {"server": 0, "client": 0})
    connections: int = 0
    left: list[Fault] = field(init=False)
    last: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))

    def __post_init__(self) -> None:
        self.left = list(self.faults)

    @property
    def happened(self) -> bool:
        """Whether everything that was to go wrong did."""
        return not self.left

    def takes(self, side: Side, unit: Unit) -> Fault | None:
        """Count a unit; the fault when there is one for it."""
        self.said[side] += 1
        self.last.append(f"{side[0].upper()}{self.said[side]}: {unit.raw[:120]!r}")
        due = (one for one in self.left if one.side == side and self.said[side] >= one.at)
        return next(due, None)


class Talk:
    """One relayed connection; a protocol's own knowledge is in its subclasses."""

    def __init__(
        self,
        line: Line,
        client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        server: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        self.line = line
        self.readers = {"client": client[0], "server": server[0]}
        self.writers = {"client": client[1], "server": server[1]}

    async def next_unit(self, side: Side) -> Unit:
        """What `side` says next; b"" at the end. Lines here; subclasses know content too."""
        return Unit(await self.line_of(side))

    async def line_of(self, side: Side) -> bytes:
        """One line with its end, or what was left before the end of the connection."""
        try:
            return await self.readers[side].readuntil(b"\n")
        except asyncio.IncompleteReadError as error:
            return error.partial

    def refusal(self, unit: Unit, words: str) -> bytes | None:
        """The line that refuses instead of this answer; None when it answers no command."""
        return None

    def goodbye(self, words: str) -> bytes:
        """What a server says before it closes."""
        raise NotImplementedError

    async def relay(self, side: Side) -> None:
        """Pass on what `side` says until somebody ends the connection."""
        other = self.writers["client" if side == "server" else "server"]
        while (unit := await self.next_unit(side)).raw:
            fault = self.line.takes(side, unit)
            if fault is None:
                other.write(unit.raw)
            elif not await self._spoil(fault, unit, other):
                return
            await other.drain()

    async def _spoil(self, fault: Fault, unit: Unit, other: asyncio.StreamWriter) -> bool:
        """Do it; False when nothing more may pass on this side."""
        if fault.act == "refuse":
            refused = self.refusal(unit, fault.words)
            other.write(unit.raw if refused is None else refused)
            if refused is not None:
                self.line.left.remove(fault)
            return True
        self.line.left.remove(fault)
        if fault.act == "skip":
            return True
        if fault.act == "twice":
            other.write(unit.raw * 2)
            return True
        if fault.act == "garbage" and not unit.content:
            other.write(GARBAGE)
            return True
        if fault.act == "stall":
            # Nothing more is read or said; it ends when the other side has had enough.
            await self.readers["server" if fault.side == "client" else "client"].read(-1)
            return False
        if fault.act == "goodbye":
            other.write(self.goodbye(fault.words))
        elif fault.act != "cut":  # half; nobody can tell garbage from a mail's own content
            other.write(unit.raw[: len(unit.raw) // 2])
        await other.drain()
        return False

    async def run(self) -> None:
        """Relay both sides until one ends, then end both."""
        sides = [asyncio.create_task(self.relay(side)) for side in ("server", "client")]
        try:
            await asyncio.wait(sides, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for side in sides:
                side.cancel()
            await asyncio.gather(*sides, return_exceptions=True)
            for writer in self.writers.values():
                writer.close()


class LineScript:
    """Relays to one server on loopback, in one thread; any number of lines, each with a fault."""

    talk: type[Talk]

    def __init__(self, server_port: int) -> None:
        self.server_port = server_port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._listeners: list[asyncio.Server] = []
        self._open: set[asyncio.Task[None]] = set()

    def open(self, *faults: Fault) -> Line:
        """Listen on a port of its own; what talks to it talks to the server, but for the faults."""
        line = Line(faults)

        async def listen() -> None:
            listener = await asyncio.start_server(
                self._serving(line), "127.0.0.1", 0, limit=LONGEST_LINE
            )
            line.port = listener.sockets[0].getsockname()[1]
            self._listeners.append(listener)

        self._do(listen())
        return line

    def _serving(
        self, line: Line
    ) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            if task is not None:
                self._open.add(task)
                task.add_done_callback(self._open.discard)
            line.connections += 1
            try:
                server = await asyncio.open_connection(
                    "127.0.0.1", self.server_port, limit=LONGEST_LINE
                )
                await self.talk(line, (reader, writer), server).run()
            except OSError:  # the server is away, or the client left: both are the test's wish
                writer.close()

        return serve

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _end(self) -> None:
        for listener in self._listeners:
            listener.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
