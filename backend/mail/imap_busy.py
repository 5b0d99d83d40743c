"""A server that is busy, and how long it asks to wait (I16, RFC 5530 3)."""

from __future__ import annotations

import re

from backend.mail.server import MailServerError

LONGEST_WAIT = 1800.0  # seconds; who asks for more is asked again then
# RFC 5530: the password is right or was not even looked at
TRY_LATER = re.compile(
    r"\[(?:UNAVAILABLE|INUSE|LIMIT|OVERQUOTA|SERVERBUG|THROTTLED)\]|try again|throttl"
    r"|too many (?:simultaneous )?connections|temporar",
    re.IGNORECASE,
)
# RFC 5530 3: the server has stumbled. Over a mail it will each time, so that is the mail's fault.
STUMBLED = re.compile(r"\[SERVERBUG\]", re.IGNORECASE)
# "Suggested Backoff Time: 299499 milliseconds", "try again in 5 minutes", "retry after 30s"
_TOLD = re.compile(
    r"(?:back-?off(?: time)?|retry(?:ing)?|again|wait)\D{0,20}?(\d{1,9})\s*"
    r"(milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|h)?\b",
    re.IGNORECASE,
)
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def is_busy(error: MailServerError) -> bool:
    """Say whether a server failed because it is busy: nobody need change a setting."""
    return error.transient and TRY_LATER.search(error.server_words) is not None


def seconds_told(words: str) -> float | None:
    """Return how long a server asked to wait, at most half an hour; None when it did not say."""
    told = _TOLD.search(words)
    if told is None:
        return None
    unit = (told[2] or "s").lower()
    short = "ms" if unit.startswith(("ms", "milli")) else unit[0]
    return min(int(told[1]) * _SECONDS[short], LONGEST_WAIT)
