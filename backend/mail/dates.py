"""The Date of a mail, also as mailers wrongly write it (RFC 5322 3.3, 4.3, M9)."""

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

_MAX_LENGTH = 200
_MONTH_NAMES = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES.split(), start=1)}
# RFC 5322 3.3 to the letter, as nearly every mailer writes it
_PLAIN = re.compile(
    r"(?:[A-Z][a-z]{2}, )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) ([+-]\d{4})"
    r"(?: \([A-Z]{1,5}\))?\Z"
)
_COMMENT = re.compile(r"\([^()]*\)")
_AROUND_COLON = re.compile(r"\s*:\s*")
_BEFORE_COMMA = re.compile(r"\s+,")
_QUOTES = re.compile("[\"']")
# "GMT+0100", "UTC+1", "+01:00" and "+1:00" all mean +0100
_OFFSET = re.compile(r"(?:\b(?:GMT|UTC?)\s*)?([+-])(\d\d?):?(\d\d)?(?=\s|\Z)", re.IGNORECASE)
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?\s*(Z|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)
_HYPHENS = re.compile(r"\b(\d\d?)-([A-Za-z]{3})-(\d{2,4})\b")
_TIME = re.compile(r"\d:\d\d(?::\d\d)?")
_AFTERNOON = re.compile(r"\b(0?[1-9]|1[0-2])(:\d\d(?::\d\d)?)\s*([AP])\.?M\b\.?", re.IGNORECASE)


def read_date(value: str) -> datetime | None:
    """Return a Date header in UTC, None when it can't be read. Never raises.

    An unknown zone counts as UTC (RFC 5322 4.3); a leap second is the second before.
    """
    plain = _PLAIN.match(value)
    if plain and plain[2] in _MONTHS:
        day, _, year, hour, minute, second, zone = plain.groups()
        parts = (int(year), _MONTHS[plain[2]], int(day), int(hour), int(minute), int(second))
        return _build(parts, _seconds(zone))
    text = _QUOTES.sub("", _COMMENT.sub(" ", value[:_MAX_LENGTH])).strip()
    iso = _ISO.match(text)
    if iso:
        zone = (iso[7] or "").replace(":", "").upper()
        return _build(tuple(int(x or 0) for x in iso.groups()[:6]), _seconds(zone))
    text = _AROUND_COLON.sub(":", _BEFORE_COMMA.sub(",", text))  # obsolete blanks, still met
    text = _HYPHENS.sub(r"\1 \2 \3", text)
    text = _AFTERNOON.sub(_clock, text)
    time = _TIME.search(text)
    if time:  # an offset comes after the time; before it a hyphen is part of the date
        text = text[: time.end()] + _OFFSET.sub(_plain_offset, text[time.end() :])
    try:
        found = parsedate_tz(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    return _build(found[:6], found[9]) if found else None


def _build(parts: tuple[int, ...], offset: int | None) -> datetime | None:
    year, month, day, hour, minute, second = parts
    if 100 <= year <= 999:  # RFC 5322 4.3: three digits count from 1900
        year += 1900
    zone = UTC
    if offset and abs(offset) < 24 * 3600:
        zone = timezone(timedelta(seconds=offset))
    try:
        date = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone)
        return date.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _seconds(zone: str) -> int:
    if len(zone) < 5:
        return 0
    size = int(zone[1:3]) * 3600 + int(zone[3:5]) * 60
    return -size if zone[0] == "-" else size


def _plain_offset(match: re.Match[str]) -> str:
    digits = match[2] + (match[3] or "")
    if len(digits) <= 2:
        digits = digits.rjust(2, "0") + "00"
    return f"{match[1]}{digits.rjust(4, '0')}"


def _clock(match: re.Match[str]) -> str:
    hour = int(match[1]) % 12 + (12 if match[3] in "Pp" else 0)
    return f"{hour:02}{match[2]}"
