"""The mail that somebody forwarded inside the body (T12, T13).

Two forms: announced by a line of its own ("Forwarded message": Gmail, Thunderbird,
Zimbra, Yahoo, Apple), or, by Outlook, with a header block alone like a quoted answer;
then only the prefix of the subject tells them apart.
"""

import re

from backend.mail import reply_forms as forms
from backend.mail.address import read_addresses
from backend.mail.message import Forwarded
from backend.mail.reply_history import (
    MAX_LINES,
    History,
    HistoryStart,
    is_header_block,
    is_quoted,
    read_history,
)

_MAX_LINE = 2_000
_MAX_RECIPIENTS = 50
_MAX_SUBJECT = 200
_BLOCK_LINES = 24
_GAP = 5  # lines between the announcement and the block
_QUOTE_MARK = re.compile(r"[ \t\xa0|]?> ?")
# T11: what programs put before the subject of a forward; VS is left out, it is also an answer
_SUBJECT = re.compile(
    r"""\s*(?:\[[^\]]{1,40}\]\s*)?(?:fwd?|enc|encaminhad[ao]|rv|reenv|tr|wg|i|inoltra|doorst|vb|vl|pd
    |[iİ]lt|пересл|转发|轉寄|fs)\s*(?:\[\d+\])?\s*[:：]""",
    re.IGNORECASE | re.VERBOSE,
)
_MAILTO = re.compile(r"\s*[<\[(]mailto:([^<>\[\]()\s]{1,320})[>\])]", re.IGNORECASE)
_DOUBLED = re.compile(r"<([^<>\s]{1,320})\s*<[^<>]{1,320}>\s*>")
_SEMICOLON = re.compile(r";\s*(?=\S)")


def is_forward_subject(subject: str) -> bool:
    """Say whether a subject begins with a forward's prefix ("Enc:", "Fwd:", "WG:" ...)."""
    return _SUBJECT.match(subject[:_MAX_SUBJECT]) is not None


def find_forwarded(
    text: str, subject: str = "", *, history: History | None = None
) -> Forwarded | None:
    """Return the mail that a plain text passes on, None when it passes none on.

    history: of `text`, if already read. The forward must be the first history in the text:
    one that lies deeper in a quoted answer was not forwarded by this mail's author.
    """
    history = history or read_history(text)
    lines, start = history.lines, history.start
    if len(lines) > MAX_LINES:
        return None
    if start is None or not start.forward:
        quoted = _quoted_announcement(lines, len(lines) if start is None else start.first)
        if quoted is not None:
            return _read_block([_unmarked(line) for line in lines[quoted:]])
    if start is None:
        return None
    if start.forward or (start.hard and is_forward_subject(subject)):
        return _read_block(_forwarded_lines(lines, start))
    return None


def _quoted_announcement(lines: list[str], end: int) -> int | None:
    """Find Apple Mail's forward in HTML, announced inside the quote itself."""
    for index, line in enumerate(lines[:end]):
        if ">" in line[:2] and is_quoted(line):
            words = _unmarked(line)
            if words.strip():
                return index + 1 if forms.marker(words[:_MAX_LINE]) == "forwarded" else None
    return None


def _forwarded_lines(lines: list[str], start: HistoryStart) -> list[str]:
    """Return the lines after the introduction, without the quote mark Apple Mail writes."""
    rest = lines[start.after :]
    first = next((line for line in rest if line.strip()), "")
    return [_unmarked(line) for line in rest] if is_quoted(first) else rest


def _unmarked(line: str) -> str:
    return _QUOTE_MARK.sub("", line, count=1) if is_quoted(line) else line


def _read_block(lines: list[str]) -> Forwarded | None:
    """Read the header block at the top; None when there is none or nobody is named."""
    values: dict[str, str] = {}
    last, position, blanks = "", 0, 0
    for position, whole in enumerate(lines[:_BLOCK_LINES]):
        line = whole[:_MAX_LINE]
        kind = forms.label(line)
        if kind:
            last, blanks = kind, 0
            values.setdefault(kind, forms.label_value(line))
        elif not line.strip():
            blanks += 1
            if values and not _goes_on(lines, position + 1):
                break
            if not values and position >= _GAP:
                return None
        elif last and not blanks:
            values[last] = f"{values[last]} {line.strip()}".strip()
        elif not values and not is_header_block(lines, position + 1):
            return None
        elif values:
            break
    if "from" not in values:
        return None
    authors = read_addresses(_tidy(values["from"]), 1).addresses
    return Forwarded(
        from_=authors[0] if authors else None,
        to=read_addresses(_tidy(values.get("to", "")), _MAX_RECIPIENTS).addresses,
        subject=values.get("subject", ""),
        date=values.get("date", ""),
        text="\n".join(lines[position:]).strip("\n"),
    )


def _goes_on(lines: list[str], index: int) -> bool:
    """Say whether the block goes on after a blank line, as in double-spaced HTML."""
    return index < len(lines) and forms.label(lines[index]) in {"date", "to", "cc", "subject"}


def _tidy(value: str) -> str:
    """Write addresses as RFC 5322 does: no mailto, commas between them."""
    value = _DOUBLED.sub(r"<\1>", _MAILTO.sub(r" <\1>", value))
    doubled = re.sub(r"(<[^<>]{1,320}>)\s*<[^<>]{1,320}>", r"\1", value)
    return _SEMICOLON.sub(", ", doubled).rstrip("; ")
