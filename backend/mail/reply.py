"""The new words of a mail, without quoted history and signature (Q1-Q7).

Works on lines, looks at each a bounded number of times and is linear (Q7). What it
returns is a view: the full text stays one click away, and when nothing would be
left, everything is returned (Q1).
"""

import re
from dataclasses import dataclass

from backend.mail import reply_forms as forms

_MAX_LINE = 500  # longer lines are prose; no form is that long
_NOT_QUOTE = re.compile(r">\s*\d[\d.,%\s]*\Z")
_MAX_CANDIDATES = 2_000  # lines that only look like an introduction; more is an attack
_MAX_SIGNATURE_LINES = 20
_MAX_CLOSING_LINES = 8
_MAX_CLOSING_WIDTH = 60
_TAIL_LINES = 40


@dataclass(frozen=True, slots=True)
class Reply:
    """text: the new content. signature_stripped: whether a signature was left out."""

    text: str
    signature_stripped: bool


@dataclass(frozen=True, slots=True)
class HistoryStart:
    """Where the history begins: `first` and `after` bound the introducing lines.

    hard: everything from here on is history, whether marked by ">" or not.
    """

    first: int
    after: int
    hard: bool


def strip(text: str) -> Reply:
    """Return the new content of a mail's plain text; "\\n" line ends."""
    lines = text.replace("\r\n", "\n").split("\n")
    own = _without_history(lines)
    body, signed = _without_signature(own)
    if not _has_words(body):
        body, signed = (own, False) if _has_words(own) else (lines, False)
    return Reply("\n".join(line.rstrip() for line in body).strip("\n"), signed)


def _has_words(lines: list[str]) -> bool:
    return any(line.strip() for line in lines)


def is_quoted(line: str) -> bool:
    """Say whether a line carries a quote mark that is no comparison (Q4)."""
    return line.startswith((">", " >", "|>")) and not _NOT_QUOTE.match(line)


def find_history(lines: list[str]) -> HistoryStart | None:
    """Return where the first quoted mail is introduced, None when nowhere."""
    candidates = 0
    for index, line in enumerate(lines):
        if not line or len(line) > _MAX_LINE or candidates > _MAX_CANDIDATES:
            continue
        ends_open = line.rstrip().endswith((":", "：")) and not is_quoted(line)
        if (ends_open or line.lstrip().startswith("--")) and (
            forms.ORIGINAL.match(line) or forms.FORWARDED.match(line)
        ):
            return HistoryStart(_with_rule(lines, index), index + 1, hard=True)
        if forms.label(line) == "from":
            candidates += 1
            if _is_header_block(lines, index):
                return HistoryStart(_with_rule(lines, index), index, hard=True)
        if ends_open:
            candidates += 1
            first_line = _attribution_start(lines, index)
            if first_line is not None:
                return HistoryStart(first_line, index + 1, hard=False)
    return None


def _with_rule(lines: list[str], index: int) -> int:
    """Step back over the rule that Outlook draws above a header block."""
    first = index
    while first and (not lines[first - 1].strip() or forms.RULE.match(lines[first - 1])):
        first -= 1
    return first


def _attribution_start(lines: list[str], index: int) -> int | None:
    """Return the first line of an attribution that ends at `index`, None when it is none."""
    joined, has_verb = "", False
    for first in range(index, max(index - forms.MAX_ATTRIBUTION_LINES, -1), -1):
        line = lines[first]
        if not line.strip() or is_quoted(line):
            break
        joined = f"{line} {joined}"
        if len(joined) > forms.MAX_ATTRIBUTION:
            break
        has_verb = has_verb or forms.VERB.search(line) is not None
        if has_verb and forms.STARTER.match(line) and _is_dated(joined):
            return first
    if has_verb and forms.VERB.search(lines[index]) and _next_is_quoted(lines, index + 1):
        return index
    return None


def _is_dated(text: str) -> bool:
    return any(char.isdigit() for char in text) or "@" in text


def _next_is_quoted(lines: list[str], index: int) -> bool:
    for line in lines[index : index + 3]:
        if line.strip():
            return is_quoted(line)
    return False


def _is_header_block(lines: list[str], index: int) -> bool:
    """Say whether the From line is followed by Sent, To, Subject (Outlook, Zimbra)."""
    seen = {forms.label(line) for line in lines[index + 1 : index + 8] if len(line) <= _MAX_LINE}
    return len(seen & {"date", "to", "subject"}) >= 2


def _without_history(lines: list[str]) -> list[str]:
    start = find_history(lines)
    if start is None:
        return _without_edge_quotes(lines)
    before, rest = lines[: start.first], lines[start.after :]
    if start.hard:
        return before if _has_words(before) else lines
    quoted = [index for index, line in enumerate(rest) if is_quoted(line)]
    if not quoted or any(line.strip() for line in rest[: quoted[0]]):
        return before if _has_words(before) else lines
    return before + _without_edge_quotes(rest)


def _without_edge_quotes(lines: list[str]) -> list[str]:
    """Drop a quote at the end, and one at the top when the answer is below it (Q5).

    Quotes between own lines stay: they are the context of an interleaved answer.
    """
    end = len(lines)
    while end and (not lines[end - 1].strip() or is_quoted(lines[end - 1])):
        end -= 1
    if not end:
        return []
    begin = 0
    while begin < end and (not lines[begin].strip() or is_quoted(lines[begin])):
        begin += 1
    kept = lines[begin:end]
    if any(is_quoted(line) for line in kept):
        return lines[:end]
    return kept


def _without_signature(lines: list[str]) -> tuple[list[str], bool]:
    """Cut the earliest signature form of the last lines (Q6)."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    for index in range(max(end - _TAIL_LINES, 0), end):
        if _begins_signature(lines, index, end) and _has_words(lines[:index]):
            return lines[:index], True
    return lines, False


def _begins_signature(lines: list[str], index: int, end: int) -> bool:
    line = lines[index]
    if not line or len(line) > _MAX_LINE:
        return False
    if line.rstrip() in {"--", "—"}:
        return end - index <= _MAX_SIGNATURE_LINES
    if forms.MOBILE.match(line):
        return end - index <= _MAX_CLOSING_LINES
    if forms.LIST_FOOTER.match(line):
        return end - index <= _MAX_CLOSING_LINES
    if forms.CLOSING.match(line):
        below = [x for x in lines[index + 1 : end] if x.strip()]
        return 0 < len(below) <= _MAX_CLOSING_LINES and all(
            len(x) <= _MAX_CLOSING_WIDTH for x in below
        )
    return forms.DISCLAIMER.match(line) is not None
