"""Beat's rounds, also after the machine's clock was set back."""

from __future__ import annotations

from typing import Any

from celery.beat import PersistentScheduler


class SteadyScheduler(PersistentScheduler):
    """Celery's scheduler, which else stays silent until the clock has caught up with itself.

    It waits until a round's time after the last one, by the wall clock, and keeps that moment in
    a file: a clock that was a day ahead once, at boot say, would silence every sweep for a day.
    """

    def tick(self, *given: Any, **named: Any) -> float:
        """As Celery's: do what is due, return the seconds until the next."""
        now = self.app.now()
        late = [one for one in self.schedule.values() if one.last_run_at and one.last_run_at > now]
        for entry in late:
            entry.last_run_at = now
        if late:
            self._heap = None  # it is ordered by the moments that were wrong
        seconds: float = super().tick(*given, **named)
        return seconds
