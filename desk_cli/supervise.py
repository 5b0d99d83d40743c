"""Watches children: what dies is started again, later each time it dies young."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from desk_cli.errors import StepFailed
from desk_cli.progress import say

FIRST_DELAY = 1.0
LONGEST_DELAY = 30.0
OLD_AGE = 60.0  # seconds; whoever lived longer starts again without a delay


@dataclass
class Watched:
    """Something that should live: how to ask and how to start it again."""

    name: str
    alive: Callable[[], bool]
    start: Callable[[], object]
    log: str
    started: float = field(default_factory=time.monotonic)
    deaths: int = 0
    start_at: float | None = None


class Supervisor:
    """Restarts with a bounded back-off (1, 2, 4 ... 30 s) and says so."""

    def __init__(
        self, watched: list[Watched], *, changed: Callable[[], None], quiet: bool = False
    ) -> None:
        self.watched, self._changed, self._quiet = watched, changed, quiet

    def check(self, now: float | None = None) -> None:
        """One look at everybody; call it a few times a second."""
        now = time.monotonic() if now is None else now
        for each in self.watched:
            if each.start_at is None:
                if not each.alive():
                    self._note_death(each, now)
            elif now >= each.start_at:
                self._start(each)

    def _note_death(self, each: Watched, now: float) -> None:
        each.deaths = 1 if now - each.started > OLD_AGE else each.deaths + 1
        delay = min(LONGEST_DELAY, FIRST_DELAY * 2 ** (each.deaths - 1))
        each.start_at = now + delay
        self._say(f"{each.name} ended; starting it again in {delay:.0f} s (log: {each.log})")

    def _start(self, each: Watched) -> None:
        each.start_at = None
        each.started = time.monotonic()
        try:
            each.start()
        except (StepFailed, OSError) as error:
            outcome = f"{each.name} could not be started: {str(error).splitlines()[0]}"
        else:
            outcome = f"{each.name} runs again"
        self._changed()  # first noted, then said: who reads that line finds it so
        self._say(outcome)

    def _say(self, text: str) -> None:
        if not self._quiet:
            say(text)
