"""The hours in which a team answers, as a mailbox keeps them: windows of every weekday.

`{"mon": [["09:00", "12:00"], ["13:00", "18:00"]], ...}`; times are wall-clock times of a zone and
"24:00" ends a day. No window at all means that the team is always there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")  # as datetime.weekday() counts
Hours = Mapping[str, Sequence[Sequence[str]]]

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
_MOST_WINDOWS = 6


def always() -> dict[str, list[list[str]]]:
    """No window on any day: somebody is always there."""
    return {day: [] for day in DAYS}


def checked(value: Any) -> dict[str, list[list[str]]]:
    """The windows in order, every day named; raises ValueError that says what is wrong."""
    if not isinstance(value, dict) or set(value) - set(DAYS):
        raise ValueError(f"Give the windows of {', '.join(DAYS)}.")
    return {day: _checked_day(day, value.get(day, [])) for day in DAYS}


def _checked_day(day: str, windows: Any) -> list[list[str]]:
    if not isinstance(windows, list) or len(windows) > _MOST_WINDOWS:
        raise ValueError(f"{day}: give at most {_MOST_WINDOWS} windows.")
    for window in windows:
        if (
            not isinstance(window, list)
            or len(window) != 2
            or not all(isinstance(time, str) and _TIME.fullmatch(time) for time in window)
            or window[0] >= window[1]
        ):
            raise ValueError(f'{day}: a window is two times, such as ["09:00", "18:00"].')
    ordered = sorted([window[0], window[1]] for window in windows)
    if any(later[0] < earlier[1] for earlier, later in pairwise(ordered)):
        raise ValueError(f"{day}: two windows overlap.")
    return ordered


def is_open(hours: Hours, *, at: datetime, zone: str) -> bool:
    """Whether an aware time lies in a window of its weekday in `zone`."""
    if not any(hours.values()):
        return True
    local = at.astimezone(ZoneInfo(zone))
    now = f"{local:%H:%M}"
    return any(start <= now < end for start, end in hours.get(DAYS[local.weekday()], ()))
