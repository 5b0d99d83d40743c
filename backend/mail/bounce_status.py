"""Status codes out of what mail systems say (RFC 3463)."""

import re

from backend.mail.bounce_reasons import REASONS

# not part of a version or an address: "5.5.2657.72" and "v5.1.1" are no codes
_STATUS = re.compile(r"(?<![\w.])([245]\.[0-7]\.\d{1,3})(?!\.?\d)")
# the code that a server gave beside its reply is its own, not a guess of who reports
_AFTER_REPLY = re.compile(r"(?<![\w.])[245]\d\d[-\s:#'\"]{1,3}([245]\.[0-7]\.\d{1,3})(?!\.?\d)")
_REPLY = re.compile(r"(?:^|[\s:>(#\"'\[;-])([245])[0-5]\d(?=[\s:;,.)\]-]|$)")
_MAX_WORDS = 8_000


def told_status(words: str) -> str:
    """Return the enhanced status that a text names, "" when it names none.

    Of several, one beside an SMTP reply is nearest to the server that refused, and one
    with a detail says more than x.y.0 or than x.4.7, "time ran out".
    """
    words = words[:_MAX_WORDS]
    codes = [x[1] for x in _AFTER_REPLY.finditer(words)] + [x[1] for x in _STATUS.finditer(words)]
    # what went well before the refusal is not told
    codes = [x for x in codes if x[0] != "2"] or codes
    for wanted in (is_telling, _names_subject):
        for code in codes:
            if wanted(code):
                return code
    return codes[0] if codes else ""


def reply_class(words: str) -> str:
    """Return "2", "4" or "5" of the last SMTP reply code in a text, "" without any."""
    replies = _REPLY.findall(words[:_MAX_WORDS])
    return replies[-1] if replies else ""


def status_by_words(words: str, fallback: str) -> str:
    """Return a status for words without any code; `fallback` is the class, "4" or "5"."""
    words = words[:_MAX_WORDS]
    for detail, said in REASONS:
        if said.occur(words):
            return f"{fallback}.{detail}"
    return f"{fallback}.0.0"


def choose_status(field: str, told: str) -> str:
    """Return the better of the Status field and of a status in a server's own words.

    The field is what the reporting system made of it, often 5.0.0 or 4.4.7; the words
    are the answer of the system that refused (RFC 3464 2.3.6), so their detail wins.
    """
    if told and (not field or is_telling(told) or (field.endswith(".0.0") and told[0] == field[0])):
        return told
    return field


def is_telling(code: str) -> bool:
    """Say whether a status says why, and not only "failed" or "time ran out"."""
    return not code.endswith(".0") and not code.endswith(".4.7")


def _names_subject(code: str) -> bool:
    return not code.endswith(".0.0")
