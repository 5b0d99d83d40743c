"""Questions to the domain name system on behalf of the delivery doctor: bounded, and answered
with plain data. What a name server says is a stranger's text."""

from __future__ import annotations

import ipaddress
import time
from dataclasses import dataclass
from typing import Literal

import dns.rdata
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.TXT import TXT

from backend.core import dns as names
from backend.core.text import one_line

SECONDS_IN_ALL = 25.0
SECONDS_EACH = 3.0
MOST_QUESTIONS = 150
MOST_RECORDS = 50
LONGEST_RECORD = 4_000
# After so many questions in a row that nobody answered, the rest would not be answered either.
MOST_SILENCE = 4

Kind = Literal["A", "AAAA", "MX", "TXT", "CNAME", "PTR"]


@dataclass(frozen=True)
class Answer:
    """What a name has of one kind. `known`: whether any server could say.

    values: TXT as one text, addresses and names as text without the last dot; MX as
    "10 mx.example.com".
    """

    values: tuple[str, ...] = ()
    known: bool = True


UNKNOWN = Answer(known=False)


class Asker:
    """Asks each question once; when time or number is used up, nothing more is known."""

    def __init__(self, *, seconds: float = SECONDS_IN_ALL) -> None:
        self._end = time.monotonic() + seconds
        self._answers: dict[tuple[str, str], Answer] = {}
        self._silence = 0

    def __call__(self, name: str, kind: Kind) -> Answer:
        """The records of a name; never raises for what a name or a server is."""
        key = (name.lower().rstrip("."), kind)
        if key not in self._answers:
            left = self._end - time.monotonic()
            spent = left <= 0 or len(self._answers) >= MOST_QUESTIONS
            if spent or self._silence >= MOST_SILENCE:
                return UNKNOWN
            answer = self._answers[key] = _asked(key[0], kind, min(SECONDS_EACH, left))
            self._silence = 0 if answer.known else self._silence + 1
        return self._answers[key]

    def addresses(self, host: str) -> Answer:
        """IPv4 and IPv6 addresses of a host; of an address, itself."""
        try:
            return Answer((str(ipaddress.ip_address(host.strip("[]"))),))
        except ValueError:
            four, six = self(host, "A"), self(host, "AAAA")
        return Answer(four.values + six.values, known=four.known and six.known)


def _asked(name: str, kind: Kind, seconds: float) -> Answer:
    try:
        found = names.records(name, kind, seconds=seconds)
    except names.NoSuchName:
        return Answer()
    except names.NoAnswer:
        return UNKNOWN
    return Answer(tuple(_text(one) for one in found[:MOST_RECORDS]))


def _text(record: dns.rdata.Rdata) -> str:
    """A record as one printable line (RFC 7208 3.3: strings are joined without a blank)."""
    if isinstance(record, TXT):
        text = b"".join(record.strings).decode("utf-8", "replace")
    elif isinstance(record, MX):
        text = f"{record.preference} {str(record.exchange).rstrip('.')}".strip()
    else:
        text = record.to_text().rstrip(".")
    printable = "".join(one if one.isprintable() else " " for one in text[:LONGEST_RECORD])
    return one_line(printable, limit=LONGEST_RECORD)
