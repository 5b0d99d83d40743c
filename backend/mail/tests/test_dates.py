from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.mail.dates import read_date
from backend.mail.parse import parse
from backend.mail.tests.mails import mail

TEN = datetime(2026, 1, 5, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "Mon, 5 Jan 2026 10:00:00 +0000",
        "5 Jan 2026 10:00 GMT",
        "Mon, 05 Jan 26 10:00:00 UT",
        "Mon, 5 Jan 126 10:00:00 +0000",
        "Mon Jan  5 10:00:00 2026",
        "Mon, 05-Jan-2026 10:00:00 GMT",
        "Mon, 05-Jan-26 10:00:00",
        "Mon , 5 Jan 2026 10 : 00 : 00 +0000",
        "Mon, 5 Jan (a comment) 2026 10:00:00 +0000 (UTC)",
        'Mon, 5 Jan 2026 10:00:00 "GMT"',
        "Mon, 5 Jan 2026 07:00:00 -0300 (Horário Padrão de Brasília)",
        "Mon, 5 Jan 2026 07:00:00 -03:00",
        "Mon, 5 Jan 2026 11:00:00 GMT+0100",
        "Mon, 5 Jan 2026 11:00:00 UTC+1",
        "Mon, 5 Jan 2026 05:00:00 EST",
        "Mon, 5 Jan 2026 10:00:00 XYZ",
        "Mon, 5 Jan 2026 10:00:00 -0000",
        "Mon, 5 Jan 2026 10:00:00 +9999",
        "seg, 5 jan 2026 07:00:00 -0300",
        "Monday, January 05, 2026 10:00 AM",
        "2026-01-05T10:00:00Z",
        "2026-01-05 07:00:00.123 -0300",
        "=?utf-8?q?Mon,_5_Jan_2026_10:00:00_+0000?=",
    ],
)
def test_m9_dates_are_read_also_as_mailers_wrongly_write_them(written: str):
    result = parse(mail(Date=written))
    assert result.date == TEN
    assert "date_unreadable" not in result.errors


def test_m9_afternoons_and_leap_seconds_are_read():
    assert read_date("5 Jan 2026 10:00 PM") == datetime(2026, 1, 5, 22, tzinfo=UTC)
    assert read_date("5 Jan 2026 10:00:60 +0000") == datetime(2026, 1, 5, 10, 0, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "yesterday",
        "0",
        "32 Jan 2026 10:00 GMT",
        "5 Jan 2026 25:61:00 GMT",
        "5 Xyz 2026",
        "2026-13-45T00:00",
    ],
)
def test_m9_a_garbled_date_is_none_and_reported(written: str):
    result = parse(mail(Date=written))
    assert result.date is None
    assert "date_unreadable" in result.errors
    assert result.headers["date"] == [written]


def test_m9_a_missing_date_is_none_and_a_far_off_one_is_kept_as_it_stands():
    assert parse(mail()).date is None
    far = parse(mail(Date="Fri, 5 Jan 2199 10:00:00 +0000")).date
    assert far is not None
    assert far.year == 2199


@given(st.text(alphabet="0123456789:+-,. JanMoTZGPM", max_size=60))
def test_any_date_is_read_or_none(written: str):
    found = read_date(written)
    assert found is None or found.tzinfo is UTC
