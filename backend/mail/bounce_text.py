"""Reports that only people were meant to read: recipients, and what is said of each."""

import re

from backend.mail.bounce_words import DELAYED, FAILED, GIVEN_UP, STILL_TRIED

_ADDRESS = re.compile(
    r"<([^<>\s@]{1,128}@[^<>\s@]{1,255})>"
    r"|(?<![\w.!#$%&'*+/=?^`{|}~@-])"
    r"([\w.!#$%&'*+/=?^`{|}~-]{1,128}@(?:[\w-]{1,63}\.){1,9}[\w-]{2,63})(?!@)"
)
# a line that is about the address it begins with: bare, in a list, or in an SMTP dialogue
_AT_START = re.compile(
    r"[\s*•>|<\"'(\[,;:.-]*(?:(?:in|out)\s*:\s*)?"
    r"(?:(?:rcpt\s+|your\s(?:message|mail|e-?mail)\s)?to\s*:|recipients?\s*:"
    r"|(?:destinat[áa]rio|destinatario|para|an|empf[äa]nger|pour|宛先)\s*:"
    r"|[245]\d\d[-\s](?:[245]\.\d{1,3}\.\d{1,3}\s)?)?[\s<\"'(\[:]*",
    re.IGNORECASE,
)
# another of the same list stands behind a comma
_NEXT = re.compile(r"[\s>\"')\]]*[,;][\s<\"'(\[]*")
_AFTER_TO = re.compile(
    r"(?:\bto|\bfor|recipients?|address(?:es)?|user|mailbox|account|destinat[áa]ri[oa]"
    r"|endere[çc]o|usu[áa]rio|\bpara|\ba|\ban|empf[äa]nger|\bà|destinataire|\bal|адрес\w*|宛先)"
    r"\s?[:=]?\s{0,9}[<\"'(\[]{0,3}$",
    re.IGNORECASE,
)
_AFTER_FROM = re.compile(
    r"(?:\bfrom|sender|return-path|reply-to|contact\w*|\bde|\bvon|remetente"
    r"|expanded\sfrom|forwarded\sto|send\s(?:an?\s)?(?:e-?)?mail\sto|write\sto"
    r"|please\s\w{1,20}|\bby|mailto)\s?[:=]?\s{0,9}[<\"'(\[]{0,3}$",
    re.IGNORECASE,
)
_OPEN_END = re.compile(r"(?:contact|from|by|to|at|visit|e-?mail|sender|via)\s*$", re.IGNORECASE)
_STAFF = frozenset(
    ["postmaster", "mailer-daemon", "abuse", "support", "help", "helpdesk", "hostmaster", "root"]
)
_MAX_LINES = 2_000
_MAX_RECIPIENTS = 500
_MAX_PIECE = 4_000
_MAX_LEAD = 120


def recipients_of(report: str, others: frozenset[str]) -> dict[str, str]:
    """Return who could not be reached, in order, with what the report says of each.

    `report` is the text without the returned mail; `others` are addresses in lower
    case that are not meant: whoever sent and whoever reports. Several recipients are
    returned only where lines begin with them; an address within a sentence counts
    when no line does, and then alone. When nobody else is named, one of `others` is
    meant: people write to themselves. Empty when the report names nobody at all.
    """
    return _named(report, others) or (_named(report, frozenset()) if others else {})


def _named(report: str, others: frozenset[str]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    said: list[str] = []
    within: list[tuple[int, str]] = []
    before = ""
    for line in report.split("\n", _MAX_LINES)[:_MAX_LINES]:
        line = line[:2_000]
        at_start, ranked = _addresses(line, before, others)
        for address in at_start:
            if len(found) < _MAX_RECIPIENTS or address in found:
                said = found.setdefault(address, [])
        said.append(line)
        within += ranked
        before = line
    if found:
        return {address: "\n".join(lines)[:_MAX_PIECE] for address, lines in found.items()}
    if within:
        return {min(within, key=lambda one: one[0])[1]: report[:_MAX_PIECE]}
    return {}


def is_delayed(report: str, status: str) -> bool:
    """Say whether a report for people only warns, and the mail is still being tried."""
    if STILL_TRIED.occur(report):
        return True
    if GIVEN_UP.occur(report):
        return False
    if DELAYED.occur(report):
        return True
    return status.startswith("4") and not FAILED.occur(report)


def _addresses(
    line: str, before: str, others: frozenset[str]
) -> tuple[list[str], list[tuple[int, str]]]:
    """Return the addresses a line begins with, and those within it with a rank, 0 the best."""
    if "@" not in line:
        return [], []
    at_start: list[str] = []
    ranked: list[tuple[int, str]] = []
    position = 0
    first = True
    leading = not _OPEN_END.search(before[-40:])
    for match in _ADDRESS.finditer(line):
        address = (match[1] or match[2]).strip("'`").rstrip(".")
        between = line[position : match.start()]
        position = match.end()
        pattern = _AT_START if first else _NEXT
        leading = leading and len(between) < _MAX_LEAD and pattern.fullmatch(between) is not None
        first = False
        if address.lower() in others or _AFTER_FROM.search(between[-60:]) is not None:
            continue
        staff = address.partition("@")[0].lower() in _STAFF
        if leading and not staff:
            at_start.append(address)
        else:
            to = _AFTER_TO.search(between[-60:]) is not None
            ranked.append(((0 if to else 1) + (2 if staff else 0), address))
    return at_start, ranked
