"""Watching hundreds of mailboxes with a few threads: who wants a turn, and who takes too long."""

from __future__ import annotations

import itertools
import logging
import queue
import selectors
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db import connection

from backend.mailboxes.readers import Lane, Reader

log = logging.getLogger(__name__)
_LONGEST_NAP = 1.0
_AT_ONCE = -1  # before every turn that waits
_LAST_TURN_SECONDS = 5.0  # of a reader that is to end: its settings changed, say


@dataclass(frozen=True)
class Share:
    """What a lane may use: threads, each with a database connection, and seconds for one turn."""

    threads: int
    budget: float


# A stalled server holds a thread of its lane until its budget is over; the next turn of that
# mailbox, and of all on that server, is in the slow lane, where 50 like it hinder nobody else
# (SECURITY.md 2.3, P5).
SHARES: Mapping[Lane, Share] = {
    Lane.PROMPT: Share(threads=6, budget=20.0),
    Lane.BACKLOG: Share(threads=2, budget=60.0),
    Lane.CONNECT: Share(threads=4, budget=15.0),
    Lane.SLOW: Share(threads=3, budget=600.0),
}


class _Workers:
    """The threads of one lane, first come first served.

    Who failed only once goes first, so that it does not queue behind fifty that stall every time;
    either it succeeds then, or it waits like them.
    """

    def __init__(self, lane: Lane, share: Share, done: Callable[[Reader], None]) -> None:
        self._lane = lane
        self._turns: queue.PriorityQueue[tuple[int, int, Reader | None]] = queue.PriorityQueue()
        self._arrivals = itertools.count()
        self._done = done
        self._threads = [
            threading.Thread(target=self._work, name=f"{lane}-{number}", daemon=True)
            for number in range(share.threads)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def put(self, reader: Reader) -> None:
        self._turns.put((int(reader.in_long_trouble), next(self._arrivals), reader))

    def stop(self) -> None:
        for _ in self._threads:
            self._turns.put((_AT_ONCE, next(self._arrivals), None))

    def _work(self) -> None:
        try:
            while (reader := self._turns.get()[2]) is not None:
                # Meanwhile its server may have failed others: then it belongs elsewhere.
                if reader.lane is self._lane:
                    self._turn(reader)
                self._done(reader)
        finally:
            connection.close()

    def _turn(self, reader: Reader) -> None:
        try:
            reader.turn()
        except Exception:  # a fault in one mailbox's reading must not end the others'
            log.exception("mailbox %s", reader.mailbox_id)
            reader.broke()


class Watch(threading.Thread):
    """Gives each mailbox its turns.

    1. A mailbox at rest is watched: its connection for news, the clock for its due time.
    2. Then it gets in line in its lane; a worker of the lane does one turn and gives it back.
    3. A turn beyond the lane's budget is cut: its connection ends under it.
    """

    def __init__(self) -> None:
        super().__init__(name="watch", daemon=True)
        self._lanes = {
            lane: _Workers(lane, share, self._give_back) for lane, share in SHARES.items()
        }
        self._arrived: queue.SimpleQueue[Reader] = queue.SimpleQueue()
        self._resting: set[Reader] = set()
        self._away: dict[Reader, Lane] = {}
        self._cut: set[Reader] = set()
        self._ended: queue.SimpleQueue[Reader] = queue.SimpleQueue()
        self._selector = selectors.DefaultSelector()
        self._bell, self._ear = socket.socketpair()
        self._ear.setblocking(False)
        self._bell.setblocking(False)
        self._selector.register(self._ear, selectors.EVENT_READ)
        self._stopping = threading.Event()
        self.beat = time.monotonic()

    def add(self, reader: Reader) -> None:
        """Let a mailbox have turns from now on."""
        self._give_back(reader)

    def nudge(self) -> None:
        """Look again at once: a reader was told to end."""
        try:
            self._bell.send(b"x")
        except BlockingIOError:
            return  # it was rung so often that it will be heard

    def ended(self) -> list[Reader]:
        """The readers that have had their last turn since this was asked."""
        found: list[Reader] = []
        while not self._ended.empty():
            found.append(self._ended.get())
        return found

    def stop(self) -> None:
        """End the thread and the workers; turns under way are cut."""
        self._stopping.set()
        self.nudge()

    def run(self) -> None:
        """See the class; until `stop`."""
        for lane in self._lanes.values():
            lane.start()
        try:
            while not self._stopping.is_set():
                self._round()
        finally:
            for lane in self._lanes.values():
                lane.stop()
            for reader in self._away:
                reader.cut()

    def _round(self) -> None:
        for key, _ in self._selector.select(self._nap()):
            if key.fileobj is self._ear:
                self._ear.recv(4096)
            else:
                self._get_in_line(key.data)
        while not self._arrived.empty():
            self._arrive(self._arrived.get())
        self.beat = now = time.monotonic()
        for reader in [one for one in self._resting if one.due <= now or one.ending]:
            self._get_in_line(reader)
        for reader, lane in self._away.items():
            started = reader.started
            budget = _LAST_TURN_SECONDS if reader.ending else SHARES[lane].budget
            if started is not None and now - started > budget:
                self._end_turn(reader, lane)

    def _nap(self) -> float:
        due = min((reader.due for reader in self._resting), default=float("inf"))
        return max(0.0, min(due - time.monotonic(), _LONGEST_NAP))

    def _give_back(self, reader: Reader) -> None:
        self._arrived.put(reader)
        self.nudge()

    def _arrive(self, reader: Reader) -> None:
        self._away.pop(reader, None)
        self._cut.discard(reader)
        if reader.ended:
            self._ended.put(reader)
            return
        self._resting.add(reader)
        server = reader.server
        if reader.resting and server is not None:
            self._selector.register(server.fileno(), selectors.EVENT_READ, reader)

    def _get_in_line(self, reader: Reader) -> None:
        if reader not in self._resting:
            return
        self._resting.discard(reader)
        server = reader.server
        if reader.resting and server is not None:
            self._selector.unregister(server.fileno())
        lane = reader.lane
        self._away[reader] = lane
        self._lanes[lane].put(reader)

    def _end_turn(self, reader: Reader, lane: Lane) -> None:
        if reader not in self._cut:
            log.warning("mailbox %s takes too long in the %s lane", reader.mailbox_id, lane)
            self._cut.add(reader)
        # In every round: while it is still being made there is no connection to end.
        reader.cut()
