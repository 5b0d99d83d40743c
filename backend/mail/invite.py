"""The meeting in a text/calendar part (RFC 5545, RFC 5546, M24)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from backend.mail.calendar_zones import Observance, Zone, named_zone
from backend.mail.charset import clean
from backend.mail.message import Address, Invite
from backend.mail.transfer import decode_transfer

_MAX_BYTES = 512 * 1024
_MAX_LINES = 20_000
_MAX_ATTENDEES = 500
_MAX_VALUE = 4_000
_FOLD = re.compile(r"\r?\n[ \t]")  # RFC 5545 3.1
_LINE = re.compile(r'([A-Za-z0-9-]{1,60})((?:;(?:"[^"]*"|[^":;])*)*):(.*)', re.DOTALL)
_PARAMETER = re.compile(r';([A-Za-z0-9-]{1,60})=((?:"[^"]*"|[^":;])*)')
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z)?)?")
_DURATION = re.compile(
    r"([+-])?P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?"
)
_OFFSET = re.compile(r"([+-])(\d\d)(\d\d)(\d\d)?")


@dataclass(frozen=True, slots=True)
class _Property:
    """One content line."""

    name: str
    parameters: dict[str, str]
    value: str


@dataclass(slots=True)
class _Component:
    """The properties of one VEVENT, VTIMEZONE ..., the first of each name, and all attendees."""

    name: str
    first: dict[str, _Property] = field(default_factory=dict)
    attendees: list[_Property] = field(default_factory=list)

    def add(self, line: _Property) -> None:
        """Keep a property."""
        if line.name == "ATTENDEE":
            if len(self.attendees) < _MAX_ATTENDEES:
                self.attendees.append(line)
        else:
            self.first.setdefault(line.name, line)

    def text(self, name: str) -> str:
        """Return a TEXT value unescaped (3.3.11), "" when absent."""
        line = self.first.get(name)
        return _unescaped(line) if line else ""


@dataclass(slots=True)
class _Calendar:
    method: str = ""
    event: _Component | None = None
    zones: dict[str, list[Observance]] = field(default_factory=dict)


def read_invite(text: str, method: str) -> Invite | None:
    """Return the first event of an iCalendar text, None when it has none. Never raises.

    `method` is the parameter of the content type, used when the text does not tell.
    DTEND stays exclusive, as RFC 5545 3.6.1 has it. A meeting that repeats gives its
    first occurrence. Linear; what exceeds the bounds is not read.
    """
    calendar = _read(text[:_MAX_BYTES])
    event = calendar.event
    if event is None:
        return None
    start, all_day, floating = _moment(event.first.get("DTSTART"), calendar)
    end, _, _ = _moment(event.first.get("DTEND"), calendar)
    if end is None and start is not None:
        end = _end(start, event.text("DURATION"), all_day=all_day)
    organizer = event.first.get("ORGANIZER")
    return Invite(
        method=(calendar.method or method).strip().upper()[:40],
        uid=event.text("UID"),
        summary=event.text("SUMMARY"),
        location=event.text("LOCATION"),
        start=start,
        end=end,
        all_day=all_day,
        floating=floating,
        organizer=_person(organizer) if organizer else None,
        attendees=tuple(_person(x) for x in event.attendees),
    )


def _read(text: str) -> _Calendar:
    """Walk the lines once, keeping the method, the zones and the main event."""
    calendar = _Calendar()
    stack: list[_Component] = []
    observances: list[Observance] = []
    for line in _lines(text):
        if line.name == "BEGIN":
            if len(stack) < 10:
                stack.append(_Component(line.value.strip().upper()))
        elif line.name == "END":
            if not stack or stack[-1].name != line.value.strip().upper():
                continue
            done = stack.pop()
            if done.name in ("STANDARD", "DAYLIGHT"):
                observances += _observance(done)
            elif done.name == "VTIMEZONE":
                calendar.zones[done.text("TZID")] = observances
                observances = []
            elif done.name == "VEVENT":
                _keep(calendar, done)
        elif stack:
            stack[-1].add(line)
            if line.name == "METHOD" and stack[-1].name == "VCALENDAR":
                calendar.method = calendar.method or line.value
    for open_component in stack:  # a file cut short still names its meeting
        if open_component.name == "VEVENT":
            _keep(calendar, open_component)
    return calendar


def _keep(calendar: _Calendar, event: _Component) -> None:
    """Prefer the event itself to the changed occurrences of it (3.8.4.4)."""
    if calendar.event is None or (
        "RECURRENCE-ID" in calendar.event.first and "RECURRENCE-ID" not in event.first
    ):
        calendar.event = event


def _lines(text: str) -> Iterator[_Property]:
    unfolded = _FOLD.sub("", text.replace("\r\n", "\n"))
    for number, line in enumerate(unfolded.split("\n")):
        if number >= _MAX_LINES:
            return
        match = _LINE.match(line[: _MAX_VALUE + 1_000].rstrip("\r"))
        if match:
            parameters = {
                name.upper(): value.strip().strip('"')
                for name, value in _PARAMETER.findall(match[2])
            }
            yield _Property(match[1].upper(), parameters, match[3][:_MAX_VALUE])


def _unescaped(line: _Property) -> str:
    value = line.value
    if line.parameters.get("ENCODING", "").upper() == "QUOTED-PRINTABLE":  # vCalendar 1.0
        data = decode_transfer(value.encode("utf-8", "replace"), "quoted-printable")
        value = data.decode("utf-8", "replace")
    value = _ESCAPE.sub(lambda m: "\n" if m[1] in "nN" else m[1], value)
    return clean(value).strip()


def _person(line: _Property) -> Address:
    """Return a calendar user (3.3.3): CN is the name, a mailto URI the address."""
    value = line.value.strip()
    scheme, _, rest = value.partition(":")
    address = rest.strip() if scheme.lower() == "mailto" else value
    if "@" not in address or " " in address:
        address = line.parameters.get("EMAIL", "")
    local, _, domain = clean(address).rpartition("@")
    name = clean(line.parameters.get("CN", "")).strip()
    return Address(name, f"{local}@{domain.lower()}" if local else "")


def _moment(line: _Property | None, calendar: _Calendar) -> tuple[datetime | None, bool, bool]:
    """Return (time in UTC, whole day, floating) of a DATE or DATE-TIME (3.3.4, 3.3.5)."""
    local = _local_time(line.value.strip()) if line else None
    if line is None or local is None:
        return None, False, False
    match = _TIME.match(line.value.strip())
    if match is not None and match[4] is None:
        return local.replace(tzinfo=UTC), True, False
    if match is not None and match[7]:
        return local.replace(tzinfo=UTC), False, False
    label = line.parameters.get("TZID", "")
    zone: Zone | None = named_zone(label) if label else None
    if zone is None and label in calendar.zones:
        zone = Zone(observances=tuple(calendar.zones[label]))
    if zone is None:
        return local.replace(tzinfo=UTC), False, True
    return zone.to_utc(local), False, False


def _local_time(value: str) -> datetime | None:
    match = _TIME.match(value)
    if match is None:
        return None
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
        clock = time(int(match[4] or 0), int(match[5] or 0), min(int(match[6] or 0), 59))
    except ValueError:
        return None
    return datetime.combine(day, clock)


def _end(start: datetime, duration: str, *, all_day: bool) -> datetime | None:
    """Return the end of an event without DTEND (3.6.1)."""
    match = _DURATION.fullmatch(duration.strip()) if duration else None
    if match is None:
        length = timedelta(days=1) if all_day else timedelta()
    else:
        weeks, days, hours, minutes, seconds = (int(x or 0) for x in match.groups()[1:])
        length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    try:
        return start + length
    except OverflowError:
        return None


def _observance(component: _Component) -> list[Observance]:
    """Return one STANDARD or DAYLIGHT rule (3.6.5), [] when it can't be read."""
    offset = _OFFSET.match(component.text("TZOFFSETTO"))
    start = _local_time(component.text("DTSTART"))
    if offset is None or start is None:
        return []
    minutes = int(offset[2]) * 60 + int(offset[3])
    return [
        Observance(
            offset=timedelta(minutes=-minutes if offset[1] == "-" else minutes),
            start=start,
            rule=component.text("RRULE"),
        )
    ]
