"""Where the quoted history of a plain text begins (Q3-Q5).

Works on lines and looks at each a bounded number of times, so that it is linear on
any input (Q7). Quote marks alone, without an introduction, are `quote_marks`' matter.
"""

import re
from dataclasses import dataclass

from backend.mail import reply_forms as forms

_MAX_LINE = 500  # longer lines are prose; no form is that long
_MAX_BLOCK_LINE = 2_000  # but a To line with many people is
_BLOCK_LINES = 16
_MAX_CANDIDATES = 2_000  # lines that only look like an introduction; more is an attack
_MAX_STARTS = 50  # answers woven into answers, one introduction each
_NOT_QUOTE = re.compile(r">\s*[-+R$€£]*\s*\d[\d.,%\s]*\Z")


@dataclass(frozen=True, slots=True)
class HistoryStart:
    """Where the history begins: `first` and `after` bound the introducing lines.

    hard: everything from here on is history, whether marked by ">" or not.
    forward: what follows was forwarded, not answered.
    prefix: own words on the first of these lines, before the introduction.
    """

    first: int
    after: int
    hard: bool
    forward: bool = False
    prefix: str = ""


def is_quoted(line: str) -> bool:
    """Say whether a line carries a quote mark that is no comparison (Q4)."""
    return line.startswith((">", " >", "|>", "\xa0>")) and not _NOT_QUOTE.match(line)


def find_history(lines: list[str], begin: int = 0) -> HistoryStart | None:
    """Return where the first quoted mail from line `begin` on is introduced, None if nowhere."""
    candidates = 0
    for index in range(begin, len(lines)):
        line = lines[index]
        if len(line) < 3 or candidates > _MAX_CANDIDATES or not forms.TRIGGER.search(line, 0, 500):
            continue
        marked = _marker(lines, index)
        if marked is not None:
            return marked
        if len(line) > _MAX_BLOCK_LINE:
            continue
        kind = forms.label(line)
        if kind in {"from", "date", "to", "subject"}:
            candidates += 1
            if is_header_block(lines, index):
                return HistoryStart(_with_rule(lines, index), index, hard=True)
        start = _attribution(lines, index)
        if start is not None:
            return start
        candidates += _ends_open(line)
    return None


def _marker(lines: list[str], index: int) -> HistoryStart | None:
    """Read a line such as "-----Original Message-----"."""
    line = lines[index][:_MAX_LINE]
    if is_quoted(line):
        return None
    kind = forms.marker(line)
    if not kind and not forms.ABOVE.match(line):
        return None
    first = _with_rule(lines, index)
    return HistoryStart(first, index + 1, hard=True, forward=kind == "forwarded")


def _with_rule(lines: list[str], index: int) -> int:
    """Step back over the rule that Outlook draws above a header block."""
    first = index
    while first and (not lines[first - 1].strip() or forms.RULE.match(lines[first - 1])):
        first -= 1
    return first


def is_header_block(lines: list[str], index: int) -> bool:
    """Say whether a block of From, Sent, To, Subject begins here (Outlook, Zimbra, Notes).

    Three of the four are asked for, with a subject or an address among them: people
    write "De: ..., Para: ..., Data: ..." about journeys too (Q4). Two will do when one is
    an address and the other a date that only machines write.
    """
    seen: set[str] = set()
    address = dated = False
    blank = 0
    for line in lines[index : index + _BLOCK_LINES]:
        kind = forms.label(line) if len(line) <= _MAX_BLOCK_LINE else ""
        if not kind:
            # a value may go on in the next line; old mailers double-space the block
            blank = blank + 1 if not line.strip() else 0
            if not seen or blank > 1 or (not blank and not _continues(line)):
                break
            continue
        if blank and len(seen) < 1:
            break
        blank = 0
        seen.add(kind)
        value = line[:_MAX_LINE]
        address = address or "@" in value
        dated = dated or (kind == "date" and forms.DATE.search(value) is not None)
    seen -= {"other", "cc"}
    if "from" in seen and len(seen) >= 3 and ("subject" in seen or address):
        return True
    if len(seen) >= 2 and address and dated and seen & {"from", "to"}:
        return True
    return "from" in seen and _is_flattened(lines[index])


def _continues(line: str) -> bool:
    """Say whether a line may be the rest of a wrapped To or Subject."""
    return len(line) <= _MAX_BLOCK_LINE and not line.rstrip().endswith((".", "!", "?"))


def _is_flattened(line: str) -> bool:
    """Say whether a whole header block stands on one line."""
    found = {x.lastindex for x in forms.INLINE_LABEL.finditer(line, 0, _MAX_LINE)}
    return len(found) >= 2 and ("@" in line or 3 in found)


def _ends_open(line: str) -> bool:
    end = line.rstrip()
    return end.endswith((":", "：", "--", "—", ":*", ":_"))


def _attribution(lines: list[str], index: int) -> HistoryStart | None:
    """Read an attribution ("On ..., Ana wrote:") whose last line is `index`."""
    line = lines[index]
    if len(line) > _MAX_LINE or (is_quoted(line) and not forms.BROKEN_BRACKET.match(line)):
        return None
    quoted = next_is_quoted(lines, index + 1)
    if not _ends_open(line) and not (quoted and "@" in line):
        return None
    joined, found = "", None
    for first in range(index, max(index - forms.MAX_ATTRIBUTION_LINES, -1), -1):
        piece = lines[first]
        if not piece.strip() or (is_quoted(piece) and first != index):
            break
        joined = f"{piece} {joined}" if joined else piece
        if len(joined) > forms.MAX_ATTRIBUTION:
            break
        if _is_attribution(piece, joined, quoted=quoted):
            found = first
            if forms.STARTER.match(piece):
                break
        elif found is not None and not forms.STARTER.match(piece):
            break
    if found is None:
        return None
    if not forms.STARTER.match(lines[found]):
        shared = _shared_line(lines, found, index)
        if shared is not None:
            return shared
    return HistoryStart(found, index + 1, hard=False)


def _is_attribution(first_line: str, joined: str, *, quoted: bool) -> bool:
    """Say whether these words introduce a quoted mail (Q3) and are no sentence (Q4)."""
    verb = forms.VERB.search(joined) is not None
    address = forms.ADDRESS.search(joined) is not None
    if not verb:
        verb = address and forms.SENT.search(joined) is not None
    dated = forms.DATE.search(joined) is not None
    if forms.STARTER.match(first_line) and verb and (dated or address):
        return True
    if dated and address and verb:
        return True
    closed = forms.ADDRESS_LAST.search(joined) is not None
    if dated and closed and forms.LEADING_DATE.match(first_line):
        return quoted or joined.rstrip().endswith((":", "："))
    return quoted and verb and _ends_open(joined) and (address or dated or len(joined) <= 120)


def _shared_line(lines: list[str], first: int, last: int) -> HistoryStart | None:
    """Find an introduction that follows own words on the same line."""
    line = lines[first]
    for match in forms.INLINE_STARTER.finditer(line):
        rest = " ".join([line[match.end() :], *lines[first + 1 : last + 1]])
        if forms.DATE.search(rest) and forms.VERB.search(rest):
            return HistoryStart(first, last + 1, hard=False, prefix=line[: match.start()].rstrip())
    return None


def next_is_quoted(lines: list[str], index: int) -> bool:
    """Say whether the next line with words, at most two blank ones away, is marked."""
    for line in lines[index : index + 3]:
        if line.strip():
            return is_quoted(line)
    return False


def without_history(lines: list[str], *, forwarded: bool = False) -> tuple[list[str], bool]:
    """Return the own lines, and whether a forwarded mail was left out.

    A header block on top of everything is no history when it was not forwarded: some
    gateways write the mail's own header there, so that what follows it is read on.
    """
    start = find_history(lines)
    if start is None:
        return without_edge_quotes(lines), forwarded
    before = lines[: start.first]
    if start.prefix:
        before = [*before, start.prefix]
    forwarded = forwarded or start.forward
    if start.hard:
        if forwarded or any(line.strip() for line in before):
            return before, forwarded
        following = find_history(lines, _block_end(lines, start.after))
        return lines[: following.first] if following else lines, False
    if not next_is_quoted(lines, start.after):
        return before, forwarded
    rest = without_edge_quotes(_until_next_history(lines, start.after))
    return before + rest, forwarded


def _block_end(lines: list[str], index: int) -> int:
    """Return the line after a header block: the first blank one after a label."""
    labelled = False
    for position in range(index, min(index + _BLOCK_LINES, len(lines))):
        if forms.label(lines[position][:_MAX_LINE]):
            labelled = True
        elif labelled and not lines[position].strip():
            return position
    return min(index + 1, len(lines))


def _until_next_history(lines: list[str], begin: int) -> list[str]:
    """Cut what follows the first marked quote at the next quote that nobody answered.

    An introduction between answered quotes stays: it is their context (Q5).
    """
    last_own = _last_own(lines)
    position = begin
    for _ in range(_MAX_STARTS):
        start = find_history(lines, position)
        if start is None:
            break
        answered = next_is_quoted(lines, start.after) and start.after <= last_own
        if start.hard or not answered:
            return lines[begin : start.first]
        position = start.after
    return lines[begin:]


def _last_own(lines: list[str]) -> int:
    """Return the last line that is neither blank nor marked, -1 when there is none."""
    for index in range(len(lines) - 1, -1, -1):
        if lines[index].strip() and not is_quoted(lines[index]):
            return index
    return -1


def without_edge_quotes(lines: list[str]) -> list[str]:
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
