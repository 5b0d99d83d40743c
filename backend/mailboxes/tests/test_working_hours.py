"""The hours in which somebody answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from backend.mailboxes.working_hours import always, checked, is_open

HOURS = checked({"mon": [["13:00", "18:00"], ["09:00", "12:00"]], "sat": [["20:00", "24:00"]]})
ZONE = "America/Sao_Paulo"  # UTC-3


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 11, 23, 11, 59, tzinfo=UTC), False),  # Monday 08:59 there
        (datetime(2026, 11, 23, 12, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 15, 30, tzinfo=UTC), False),  # lunch
        (datetime(2026, 11, 23, 20, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 21, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 24, 14, 0, tzinfo=UTC), False),  # Tuesday
        (datetime(2026, 11, 29, 2, 59, tzinfo=UTC), True),  # Saturday 23:59 there
        (datetime(2026, 11, 29, 3, 0, tzinfo=UTC), False),
    ],
)
def test_a_time_is_inside_the_windows_of_its_own_day_and_zone(at: datetime, expected: bool):
    assert is_open(HOURS, at=at, zone=ZONE) is expected


def test_no_window_at_all_means_always():
    assert is_open(always(), at=datetime(2026, 11, 29, 3, 0, tzinfo=UTC), zone=ZONE)
    assert is_open({}, at=datetime(2026, 11, 29, 3, 0, tzinfo=UTC), zone=ZONE)


def test_windows_are_put_in_order_and_every_day_is_named():
    assert HOURS["mon"] == [["09:00", "12:00"], ["13:00", "18:00"]]
    assert HOURS["tue"] == []


@pytest.mark.parametrize(
    "value",
    [
        [],
        {"monday": []},
        {"mon": "09:00-18:00"},
        {"mon": [["18:00", "09:00"]]},
        {"mon": [["09:00", "09:00"]]},
        {"mon": [["9:00", "18:00"]]},
        {"mon": [["09:00", "25:00"]]},
        {"mon": [["09:00"]]},
        {"mon": [[9, 18]]},
        {"mon": [["09:00", "12:00"], ["11:00", "13:00"]]},
        {"mon": [["00:00", "00:01"]] * 7},
    ],
)
def test_hours_that_can_not_be_are_refused_with_words(value: Any):
    with pytest.raises(ValueError, match=r"\w"):
        checked(value)
