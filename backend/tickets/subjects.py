"""Subjects: reply prefixes of all languages (MAIL.md T11)."""

from __future__ import annotations

import re

from backend.core.text import one_line

_PREFIX = re.compile(
    r"\s*(?:re|res|enc|fw|fwd|aw|antw|wg|rv|tr|r|i|odp|sv|vs)(?:\s*\[\d{1,3}\])?\s*:\s*",
    re.IGNORECASE,
)
_MOST_PREFIXES = 20


def without_prefixes(subject: str) -> str:
    """The subject without "Re:", "RES:", "Enc:", "Re[2]:" and their like, at most 20 of them."""
    bare = one_line(subject, limit=500)
    for _ in range(_MOST_PREFIXES):
        match = _PREFIX.match(bare)
        if match is None:
            break
        bare = bare[match.end() :]
    return bare


def reply_subject(subject: str) -> str:
    """The subject of an answer: one "Re: " and the bare subject (RFC 5322 3.6.5)."""
    return f"Re: {without_prefixes(subject)}"[:500]
