"""Time zones of calendar files: by IANA name, by Windows name, or by the rules they bring along."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}")
# RFC 5545 3.8.3.1: producers put their own prefix before the name
_PREFIXED = re.compile(r"/.*?((?:[A-Za-z_]+/)?[A-Za-z_]+/[A-Za-z0-9_+-]+)\Z")
_RULE = re.compile(r"([A-Z]+)=([A-Z0-9,+-]+)")
_BY_DAY = re.compile(r"([+-]?\d)?(MO|TU|WE|TH|FR|SA|SU)")
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

# Windows names (CLDR windowsZones, territory 001), as Outlook and Exchange write them
_WINDOWS = {
    "dateline standard time": "Etc/GMT+12",
    "utc-11": "Etc/GMT+11",
    "hawaiian standard time": "Pacific/Honolulu",
    "alaskan standard time": "America/Anchorage",
    "pacific standard time": "America/Los_Angeles",
    "pacific standard time (mexico)": "America/Tijuana",
    "us mountain standard time": "America/Phoenix",
    "mountain standard time": "America/Denver",
    "mountain standard time (mexico)": "America/Mazatlan",
    "central standard time": "America/Chicago",
    "central america standard time": "America/Guatemala",
    "central standard time (mexico)": "America/Mexico_City",
    "canada central standard time": "America/Regina",
    "eastern standard time": "America/New_York",
    "eastern standard time (mexico)": "America/Cancun",
    "us eastern standard time": "America/Indiana/Indianapolis",
    "sa pacific standard time": "America/Bogota",
    "cuba standard time": "America/Havana",
    "atlantic standard time": "America/Halifax",
    "paraguay standard time": "America/Asuncion",
    "venezuela standard time": "America/Caracas",
    "central brazilian standard time": "America/Cuiaba",
    "sa western standard time": "America/La_Paz",
    "pacific sa standard time": "America/Santiago",
    "newfoundland standard time": "America/St_Johns",
    "e. south america standard time": "America/Sao_Paulo",
    "tocantins standard time": "America/Araguaina",
    "bahia standard time": "America/Bahia",
    "sa eastern standard time": "America/Cayenne",
    "argentina standard time": "America/Argentina/Buenos_Aires",
    "montevideo standard time": "America/Montevideo",
    "greenland standard time": "America/Nuuk",
    "saint pierre standard time": "America/Miquelon",
    "utc-02": "Etc/GMT+2",
    "mid-atlantic standard time": "Etc/GMT+2",
    "azores standard time": "Atlantic/Azores",
    "cape verde standard time": "Atlantic/Cape_Verde",
    "utc": "Etc/UTC",
    "gmt standard time": "Europe/London",
    "greenwich standard time": "Atlantic/Reykjavik",
    "morocco standard time": "Africa/Casablanca",
    "w. europe standard time": "Europe/Berlin",
    "central europe standard time": "Europe/Budapest",
    "romance standard time": "Europe/Paris",
    "central european standard time": "Europe/Warsaw",
    "w. central africa standard time": "Africa/Lagos",
    "namibia standard time": "Africa/Windhoek",
    "jordan standard time": "Asia/Amman",
    "gtb standard time": "Europe/Bucharest",
    "middle east standard time": "Asia/Beirut",
    "egypt standard time": "Africa/Cairo",
    "e. europe standard time": "Europe/Chisinau",
    "syria standard time": "Asia/Damascus",
    "south africa standard time": "Africa/Johannesburg",
    "fle standard time": "Europe/Kiev",
    "israel standard time": "Asia/Jerusalem",
    "kaliningrad standard time": "Europe/Kaliningrad",
    "turkey standard time": "Europe/Istanbul",
    "arabic standard time": "Asia/Baghdad",
    "arab standard time": "Asia/Riyadh",
    "belarus standard time": "Europe/Minsk",
    "russian standard time": "Europe/Moscow",
    "e. africa standard time": "Africa/Nairobi",
    "iran standard time": "Asia/Tehran",
    "arabian standard time": "Asia/Dubai",
    "azerbaijan standard time": "Asia/Baku",
    "mauritius standard time": "Indian/Mauritius",
    "georgian standard time": "Asia/Tbilisi",
    "caucasus standard time": "Asia/Yerevan",
    "afghanistan standard time": "Asia/Kabul",
    "west asia standard time": "Asia/Tashkent",
    "pakistan standard time": "Asia/Karachi",
    "ekaterinburg standard time": "Asia/Yekaterinburg",
    "india standard time": "Asia/Kolkata",
    "sri lanka standard time": "Asia/Colombo",
    "nepal standard time": "Asia/Kathmandu",
    "central asia standard time": "Asia/Almaty",
    "bangladesh standard time": "Asia/Dhaka",
    "n. central asia standard time": "Asia/Novosibirsk",
    "myanmar standard time": "Asia/Yangon",
    "se asia standard time": "Asia/Bangkok",
    "north asia standard time": "Asia/Krasnoyarsk",
    "china standard time": "Asia/Shanghai",
    "north asia east standard time": "Asia/Irkutsk",
    "singapore standard time": "Asia/Singapore",
    "w. australia standard time": "Australia/Perth",
    "taipei standard time": "Asia/Taipei",
    "ulaanbaatar standard time": "Asia/Ulaanbaatar",
    "tokyo standard time": "Asia/Tokyo",
    "korea standard time": "Asia/Seoul",
    "yakutsk standard time": "Asia/Yakutsk",
    "cen. australia standard time": "Australia/Adelaide",
    "aus central standard time": "Australia/Darwin",
    "e. australia standard time": "Australia/Brisbane",
    "aus eastern standard time": "Australia/Sydney",
    "west pacific standard time": "Pacific/Port_Moresby",
    "tasmania standard time": "Australia/Hobart",
    "vladivostok standard time": "Asia/Vladivostok",
    "central pacific standard time": "Pacific/Guadalcanal",
    "new zealand standard time": "Pacific/Auckland",
    "fiji standard time": "Pacific/Fiji",
    "tonga standard time": "Pacific/Tongatapu",
    "samoa standard time": "Pacific/Apia",
}


@dataclass(frozen=True, slots=True)
class Observance:
    """One rule of a VTIMEZONE: from `start` on, each year by `rule`, local time is UTC + offset."""

    offset: timedelta
    start: datetime
    rule: str

    def onset(self, year: int) -> datetime | None:
        """Return when the rule begins in a year, in local time; None when it does not."""
        if not self.rule:
            return self.start if self.start.year == year else None
        if year < self.start.year:
            return None
        parts = dict(_RULE.findall(self.rule.upper()))
        day = _BY_DAY.match(parts.get("BYDAY", ""))
        month = parts.get("BYMONTH", "")
        number = int(month) if month.isdecimal() else self.start.month
        if not 1 <= number <= 12:
            return None
        if day is None:
            first = min(self.start.day, 28)
            return self.start.replace(year=year, month=number, day=first)
        found = _weekday(year, number, _DAYS.index(day[2]), int(day[1] or 1))
        return datetime.combine(found, self.start.time())


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone known by name, or by the rules of the calendar file."""

    known: ZoneInfo | None = None
    observances: tuple[Observance, ...] = ()

    def to_utc(self, local: datetime) -> datetime:
        """Return a naive local time in UTC; a time out of range stays as it is."""
        try:
            if self.known is not None:
                return local.replace(tzinfo=self.known).astimezone(UTC)
            return (local - self._offset(local)).replace(tzinfo=UTC)
        except OverflowError:
            return local.replace(tzinfo=UTC)

    def _offset(self, local: datetime) -> timedelta:
        """Return the offset of the rule that began last before the time."""
        best: tuple[datetime, timedelta] | None = None
        for rule in self.observances[:50]:
            for year in (local.year, local.year - 1, rule.start.year):
                onset = rule.onset(year) if 1 <= year <= 9999 else None
                if onset and onset <= local and (best is None or onset > best[0]):
                    best = (onset, rule.offset)
        if best is not None:
            return best[1]
        return self.observances[0].offset if self.observances else timedelta()


@lru_cache(maxsize=128)
def named_zone(label: str) -> Zone | None:
    """Return the zone that a TZID names, None when nobody knows the name."""
    name = label.strip().strip('"')
    name = _WINDOWS.get(name.lower(), name)
    prefixed = _PREFIXED.match(name)
    if prefixed:
        name = prefixed[1]
    if len(name) > 64 or not _KEY.fullmatch(name):
        return None
    try:
        return Zone(known=ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _weekday(year: int, month: int, weekday: int, number: int) -> date:
    """Return the n-th weekday of a month, from its end when n is negative."""
    if number < 0:
        following = date(year + month // 12, month % 12 + 1, 1) if year < 9999 else date.max
        last = following - timedelta(days=1)
        back = (last.weekday() - weekday) % 7 + 7 * (-number - 1)
        return last - timedelta(days=min(back, 27))
    first = date(year, month, 1)
    ahead = (weekday - first.weekday()) % 7 + 7 * (max(number, 1) - 1)
    return first + timedelta(days=min(ahead, 27))
