"""Ctrl-C, SIGTERM and a closed terminal: the first asks for an orderly end, the second is hard."""

from __future__ import annotations

import signal
from types import FrameType

from desk_cli import process

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class EndRequests:
    """Counts requests to end; install() must be called in the main thread."""

    def __init__(self) -> None:
        self.count = 0

    def install(self) -> None:
        """Take the ending signals over from Python's defaults."""
        for number in ENDING:
            signal.signal(number, self._note)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        # A closed terminal may repeat itself: only people at the keyboard are impatient.
        if number != signal.SIGHUP or self.count == 0:
            self.count += 1
        process.interruption.set()

    @property
    def hard(self) -> bool:
        """Whether it was asked twice."""
        return self.count > 1
