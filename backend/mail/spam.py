"""What a mail provider's filter decided about a mail, as its header fields say (B16).

Anybody can write these fields. They mean something only when the mailbox's own
provider wrote them, which the caller has to know.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

_SCL = 5  # Exchange: 5 and 6 are spam, 7 to 9 surely; -1 is a trusted sender
_LEVEL = re.compile(r"(?<![\w-])SCL\s*:\s*(-?\d{1,2})", re.IGNORECASE)
# spam; a rule of the organisation or of the user said so
_FILTER = re.compile(r"(?<![\w-])SFV\s*:\s*(SPM|SKS|SKB)(?![\w-])", re.IGNORECASE)
_RSPAMD = frozenset({"reject", "add header", "rewrite subject", "quarantine", "discard"})


@dataclass(frozen=True, slots=True)
class SpamVerdict:
    """is_spam: the filter called it spam. reason: the field that says so, "" otherwise."""

    is_spam: bool
    reason: str


def spam_verdict(headers: dict[str, list[str]]) -> SpamVerdict:
    """Return the verdict in `headers` (as in ParsedMail); several fields: any "spam" counts.

    Scores and levels without a decision (X-Spam-Level, X-Spam-Score) are no verdict.
    """
    for name, says_spam in _FIELDS.items():
        for value in headers.get(name, ()):
            if says_spam(value.strip()):
                return SpamVerdict(True, f"{name}: {' '.join(value.split())[:80]}")
    return SpamVerdict(False, "")


def _begins(*words: str) -> Callable[[str], bool]:
    """Match a value whose first word is one of `words`."""
    pattern = re.compile(rf"(?:{'|'.join(words)})(?![\w-])", re.IGNORECASE)
    return lambda value: pattern.match(value) is not None


def _level(value: str) -> bool:
    number = re.fullmatch(r"-?\d{1,2}", value)
    return number is not None and int(value) >= _SCL


def _forefront(value: str) -> bool:
    level = _LEVEL.search(value)
    return _FILTER.search(value) is not None or (level is not None and int(level[1]) >= _SCL)


def _ovh(value: str) -> bool:
    # "vr: SPAM (high); dkim: disabled" against "vr: OK; ..."
    return re.match(r"vr\s*:\s*(?:spam|phishing|virus)", value, re.IGNORECASE) is not None


_YES = _begins("yes", "true", "spam")
_FIELDS: dict[str, Callable[[str], bool]] = {
    # SpamAssassin, and who writes the same: Locaweb, UOL, cPanel, Zimbra, amavis
    "x-spam-flag": _YES,
    "x-spam-status": _begins("yes", "spam"),
    # Exchange and Microsoft 365
    "x-ms-exchange-organization-scl": _level,
    "x-forefront-antispam-report": _forefront,
    "x-microsoft-antispam-mailbox-delivery": lambda value: "dest:j" in value.lower(),
    # Google Workspace
    "x-gm-spam": _begins("1"),
    "x-gm-phishy": _begins("1"),
    "x-google-spam": _begins("1", "yes", "true"),
    # rspamd
    "x-rspamd-action": lambda value: value.partition("(")[0].strip().lower() in _RSPAMD,
    "x-spam": _YES,
    "x-spam-action": _begins("reject", "add header", "quarantine", "discard"),
    "x-spamd-result": _begins(r"[\w-]{1,40}:\s*true"),
    # others
    "x-ovh-spam-reason": _ovh,
    "x-ovh-spam-status": _begins("spam"),
    "x-vr-spamstate": _begins("spam", "phishing"),
    "x-bogosity": _begins("spam", "yes"),
    "x-barracuda-spam-flag": _YES,
    "x-barracuda-spam-status": _begins("yes"),
    "x-dspam-result": _begins("spam"),
    "x-crm114-status": _begins("spam"),
    "x-spamexperts-class": _begins("spam", "phish"),
    "x-proofpoint-spam-details": _begins(r"rule=(?:\w{1,60}_)?(?:spam|phish)"),
}
