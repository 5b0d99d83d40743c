"""Why a mail did not get through, in a few words that screens can translate.

The server's own words stay beside it: they are what a postmaster needs (MAIL.md S9).
"""

import re

REASONS = (
    "unknown_recipient",
    "mailbox_full",
    "too_large",
    "refused_by_policy",
    "bad_address",
    "characters_not_taken",
    "refused",
    "busy",
    "server_unreachable",
    "no_encryption",
    "sign_in_refused",
    "connection_lost",
    "no_answer",
    "sender_stopped",
    "cannot_be_sent",
    "bounced",
)
# Enhanced status codes (RFC 3463, RFC 5248) by what they say to a person.
_BY_STATUS = (
    (re.compile(r"\b[45]\.1\.[1236]\b|\b[45]\.1\.10\b"), "unknown_recipient"),
    (re.compile(r"\b[45]\.2\.1\b"), "unknown_recipient"),
    (re.compile(r"\b[45]\.2\.2\b"), "mailbox_full"),
    (re.compile(r"\b[45]\.(?:2\.3|3\.4)\b"), "too_large"),
    (re.compile(r"\b[45]\.6\.7\b"), "characters_not_taken"),
    (re.compile(r"\b5\.7\.\d{1,3}\b"), "refused_by_policy"),
)
_BY_PHASE = {
    "connect": "server_unreachable",
    "ehlo": "server_unreachable",
    "starttls": "no_encryption",
    "login": "sign_in_refused",
}
_NOT_AN_ADDRESS = re.compile(r"\b5\.1\.[37]\b not an|the sender is not an")


def reason(state: str, phase: str, code: int | None, text: str) -> str:
    """One of REASONS for a mail in `state` whose last attempt ended in `phase`.

    code, text: what the server said of the recipient that decided; None and words of our own
    when it said nothing.
    """
    if state == "uncertain":
        return "no_answer"
    if phase == "prepare" and code is None:
        return "cannot_be_sent"
    if _NOT_AN_ADDRESS.search(text) or (code == 553 and "5.1.3" in text):
        return "bad_address"
    if phase == "done" and code is None:
        return "bounced"  # the server had taken it
    if phase in _BY_PHASE:
        return _BY_PHASE[phase]
    for status, found in _BY_STATUS:
        if code is not None and status.search(text):
            return found
    if code is None:
        return "connection_lost"
    if code == 552:
        return "too_large"
    return "refused" if code >= 500 else "busy"
