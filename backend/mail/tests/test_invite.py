from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.mail.calendar_zones import named_zone
from backend.mail.invite import read_invite
from backend.mail.message import Address, Invite
from backend.mail.parse import parse
from backend.mail.tests.mails import mail, multipart, part

OUTLOOK_ZONE = """BEGIN:VTIMEZONE
TZID:Fuso da Ana
BEGIN:STANDARD
DTSTART:16010101T020000
RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
END:DAYLIGHT
END:VTIMEZONE
"""


def calendar(*lines: str, before: str = "", method: str = "METHOD:REQUEST\n") -> str:
    body = "\n".join(lines)
    text = f"BEGIN:VCALENDAR\n{method}VERSION:2.0\n{before}BEGIN:VEVENT\n{body}\nEND:VEVENT\n"
    return (text + "END:VCALENDAR\n").replace("\n", "\r\n")


def invite(*lines: str, before: str = "") -> Invite:
    found = read_invite(calendar(*lines, before=before), "")
    assert found is not None
    return found


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def test_m24_a_meeting_request_is_a_card_a_file_and_not_the_text():
    text = calendar("UID:1@x", "SUMMARY:Reunião", "DTSTART:20260105T130000Z")
    request = part(text, "text/calendar; charset=utf-8; method=REQUEST")
    result = parse(multipart("alternative", part("words"), request))
    assert result.text == "words"
    assert result.invite is not None
    assert (result.invite.summary, result.invite.method) == ("Reunião", "REQUEST")
    assert [x.filename for x in result.attachments] == ["invite.ics"]
    assert parse(mail("no meeting")).invite is None


def test_m24_all_fields_are_read():
    found = invite(
        "UID:abc@x",
        "SUMMARY:Reunião\\, sala 3\\; às 10h\\nTrazer \\\\notas",
        "LOCATION:Rua A\\, 1",
        "DTSTART;TZID=America/Sao_Paulo:20260105T100000",
        "DTEND;TZID=America/Sao_Paulo:20260105T110000",
        'ORGANIZER;CN="Silva; Ana":mailto:ana@X.test',
        "ATTENDEE;CN=Bia;RSVP=TRUE:MAILTO:bia@y.test",
        "ATTENDEE:mailto:caio@y.test",
    )
    assert found == Invite(
        method="REQUEST",
        uid="abc@x",
        summary="Reunião, sala 3; às 10h\nTrazer \\notas",
        location="Rua A, 1",
        start=at(2026, 1, 5, 13),
        end=at(2026, 1, 5, 14),
        all_day=False,
        floating=False,
        organizer=Address("Silva; Ana", "ana@x.test"),
        attendees=(Address("Bia", "bia@y.test"), Address("", "caio@y.test")),
    )


@pytest.mark.parametrize(
    ("line", "start"),
    [
        ("DTSTART:20260105T100000Z", at(2026, 1, 5, 10)),
        ("DTSTART;TZID=America/New_York:20260105T100000", at(2026, 1, 5, 15)),
        ("DTSTART;TZID=America/New_York:20260705T100000", at(2026, 7, 5, 14)),
        ("DTSTART;TZID=E. South America Standard Time:20260105T100000", at(2026, 1, 5, 13)),
        ('DTSTART;TZID="W. Europe Standard Time":20260705T100000', at(2026, 7, 5, 8)),
        ("DTSTART;TZID=/mozilla.org/20050126_1/Europe/Berlin:20260105T100000", at(2026, 1, 5, 9)),
        ("DTSTART;TZID=Fuso da Ana:20260105T100000", at(2026, 1, 5, 15)),
        ("DTSTART;TZID=Fuso da Ana:20260705T100000", at(2026, 7, 5, 14)),
        ("DTSTART;TZID=Fuso da Ana:20260308T030000", at(2026, 3, 8, 7)),
    ],
)
def test_m24_times_are_told_in_utc_by_name_windows_name_or_own_rules(line: str, start: datetime):
    found = invite(line, before=OUTLOOK_ZONE)
    assert (found.start, found.floating) == (start, False)


@pytest.mark.parametrize("zone", ["", ";TZID=Nowhere", ";TZID=../../etc/passwd", ";TZID=America"])
def test_m24_a_time_of_an_unknown_zone_is_floating(zone: str):
    found = invite(f"DTSTART{zone}:20260105T100000")
    assert (found.start, found.floating) == (at(2026, 1, 5, 10), True)


def test_m24_a_whole_day_has_the_next_midnight_as_its_end():
    found = invite("DTSTART;VALUE=DATE:20260105")
    assert (found.start, found.end) == (at(2026, 1, 5), at(2026, 1, 6))
    assert (found.all_day, found.floating) == (True, False)


@pytest.mark.parametrize(
    ("duration", "end"),
    [
        ("PT1H30M", at(2026, 1, 5, 11, 30)),
        ("P1D", at(2026, 1, 6, 10)),
        ("P1W", at(2026, 1, 12, 10)),
        ("nonsense", at(2026, 1, 5, 10)),
    ],
)
def test_m24_a_duration_gives_the_end(duration: str, end: datetime):
    assert invite("DTSTART:20260105T100000Z", f"DURATION:{duration}").end == end


def test_m24_folded_lines_are_joined_and_the_method_of_the_type_counts():
    text = calendar("SUMMARY:Uma reuni\n ão longa", method="")
    found = read_invite(text, "cancel")
    assert found is not None
    assert (found.summary, found.method, found.start) == ("Uma reunião longa", "CANCEL", None)


def test_m24_the_event_itself_is_shown_and_not_its_changed_occurrence():
    changed = "BEGIN:VEVENT\nSUMMARY:changed\nRECURRENCE-ID:20260105T100000Z\nEND:VEVENT\n"
    assert invite("SUMMARY:series", before=changed).summary == "series"


@pytest.mark.parametrize(
    "text", ["", "words", "BEGIN:VCALENDAR\nEND:VCALENDAR", "END:VEVENT\n" * 9]
)
def test_m24_what_holds_no_event_is_no_invitation(text: str):
    assert read_invite(text, "REQUEST") is None


def test_m24_a_calendar_cut_short_still_names_its_meeting():
    assert read_invite("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x", "") is not None


@pytest.mark.parametrize(
    "line",
    [
        "DTSTART:99991231T235959Z\nDURATION:P9999W",
        "DTSTART:20260231T100000Z",
        "DTSTART;TZID=Fuso da Ana:00010101T000000",
        "DTSTART;TZID=Fuso da Ana:99991231T235959",
        "ATTENDEE:mailto:a@b.test\n" * 3_000 + "UID:x",
        "BEGIN:VALARM\n" * 5_000 + "UID:x",
        'ATTENDEE;CN="' + '";"' * 3_000 + ":x",
        "SUMMARY:" + "x" * 200_000,
    ],
)
def test_row_24_hostile_calendars_are_bounded(line: str):
    found = invite(line, before=OUTLOOK_ZONE)
    assert len(found.attendees) <= 500
    assert len(found.summary) <= 4_000


@given(st.text(alphabet="BEGIN:VEVT\nD;SAR=012ZTZIF-", max_size=300))
def test_any_calendar_is_read(text: str):
    found = read_invite("BEGIN:VEVENT\n" + text, "")
    assert found is None or found.method == ""


def test_windows_names_lead_to_zones_that_exist():
    from backend.mail.calendar_zones import _WINDOWS

    assert [name for name in _WINDOWS if named_zone(name) is None] == []
