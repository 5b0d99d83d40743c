"""Where the quoted history of a plain text begins (Q3-Q5).

Works on lines and looks at each a bounded number of times, so that it is linear on
any input (Q7). Quote marks alone, without an introduction, are `quote_marks`' matter.
"""

import re
from dataclasses import dataclass

from backend.mail import reply_forms as forms

MAX_LINES = 20_000  # of a mail; what is longer is no letter
_MAX_LINE = 500  # longer lines are prose; no form is that long
_MAX_BLOCK_LINE = 2_000  # but a To line with many people is
_BLOCK_LINES = 16
_MAX_CANDIDATES = 1_000  # lines that only look like an introduction; more is an attack
_MAX_BARE_ATTRIBUTION = 120  # without date and address, a quote below
_MAX_COMPARISON = 40
_MAX_STARTS = 50  # answers woven into answers, one introduction each
_NOT_QUOTE = re.compile(r">\s*[-+R$€£]*\s*\d[\d.,%\s]*\Z")


_RULES = frozenset("-=_—–#")
_OPEN_ENDS = frozenset(":：-—–_=#>")
_BLOCK_LABELS = frozenset({"from", "date", "to", "subject"})


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


@dataclass(frozen=True, slots=True)
class History:
    """The lines of a text, and where its history begins; shared by `reply` and `forward`."""

    lines: list[str]
    start: HistoryStart | None


def read_history(text: str) -> History:
    """Split a text into lines and find its history; none in what is too long for a letter."""
    lines = text.replace("\r\n", "\n").split("\n")
    return History(lines, find_history(lines) if len(lines) <= MAX_LINES else None)


def is_quoted(line: str) -> bool:
    """Say whether a line carries a quote mark that is no comparison (Q4)."""
    if not line.startswith((">", " >", "|>", "\xa0>")):
        return False
    return len(line) > _MAX_COMPARISON or not _NOT_QUOTE.match(line)


def find_history(lines: list[str], begin: int = 0) -> HistoryStart | None:
    """Return where the first quoted mail from line `begin` on is introduced, None if nowhere."""
    candidates = 0
    for index in range(begin, min(len(lines), MAX_LINES)):
        line = lines[index]
        if ":" not in line and "@" not in line and not _may_be_ruled(line):
            continue  # most lines are prose
        edge = line.strip(" \t\xa0*")
        if len(edge) < 3 or len(line) > _MAX_BLOCK_LINE or candidates > _MAX_CANDIDATES:
            continue
        ruled, open_end = edge[0] in _RULES, edge[-1] in _OPEN_ENDS
        if (ruled or open_end or edge.startswith("Original ")) and not is_quoted(line):
            candidates += 1
            start = _marker(lines, index)
            if start is not None:
                return start
        if ":" in line[:40] or "：" in line[:40]:
            kind = forms.label(line)
            if kind in _BLOCK_LABELS:
                candidates += 1
                if is_header_block(lines, index):
                    return HistoryStart(_with_rule(lines, index), index, hard=True)
        if open_end or "@" in line:
            start = _attribution(lines, index)
            if start is not None:
                return start
    return None


def _may_be_ruled(line: str) -> bool:
    if "--" in line or "==" in line or "__" in line or "##" in line or "processed by" in line:
        return True
    return not line.isascii() and ("：" in line or "—" in line or "–" in line)


def _marker(lines: list[str], index: int) -> HistoryStart | None:
    """Read a line such as "-----Original Message-----"."""
    line = lines[index][:_MAX_LINE]
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
    closed = _ends_open(line)
    if not closed and not (quoted and "@" in line):
        return None
    words = _Attribution(quoted, closed)
    found = None
    for first in range(index, max(index - forms.MAX_ATTRIBUTION_LINES, -1), -1):
        piece = lines[first]
        if not piece.strip() or (is_quoted(piece) and first != index):
            break
        if words.length + len(piece) > forms.MAX_ATTRIBUTION:
            break
        words.put_before(piece)
        starts = forms.STARTER.match(piece) is not None
        if words.is_complete(piece, starts=starts):
            found = first
            if starts and not _starts_above(lines, first):
                break
        elif found is not None and not starts:
            break
    if found is None:
        return None
    if not forms.STARTER.match(lines[found]):
        shared = _shared_line(lines, found, index)
        if shared is not None:
            return shared
    return HistoryStart(found, index + 1, hard=False)


def _starts_above(lines: list[str], index: int) -> bool:
    """Say whether the line above begins the same attribution: "On Mon, Mar 2, 2026"."""
    above = lines[index - 1] if index else ""
    return forms.STARTER.match(above) is not None and forms.DATE.search(above) is not None


@dataclass(slots=True)
class _Attribution:
    """What the lines of a possible attribution hold, read from the last one upwards.

    quoted: marked lines follow. closed: the last line ends with a colon or a rule.
    """

    quoted: bool
    closed: bool
    length: int = 0
    verb: bool = False
    dated: bool = False
    address: bool = False
    address_last: bool = False

    def put_before(self, piece: str) -> None:
        """Add the line above."""
        self.dated = self.dated or forms.DATE.search(piece) is not None
        self.address = self.address or ("@" in piece and forms.ADDRESS.search(piece) is not None)
        self.verb = self.verb or forms.has_verb(piece, address=self.address)
        if not self.length:
            self.address_last = "@" in piece and forms.ADDRESS_LAST.search(piece) is not None
        self.length += len(piece)

    def is_complete(self, first_line: str, *, starts: bool) -> bool:
        """Say whether these words introduce a quoted mail (Q3) and are no sentence (Q4)."""
        if self.verb and self.dated and self.address:
            return True
        if starts and self.verb and (self.dated or self.address):
            return True
        if self.dated and self.address_last and forms.LEADING_DATE.match(first_line):
            return self.quoted or self.closed
        if not (self.quoted and self.closed):
            return False
        if self.dated and self.address:
            return True  # in a language we don't know
        return self.verb and (self.dated or self.length <= _MAX_BARE_ATTRIBUTION)


def _shared_line(lines: list[str], first: int, last: int) -> HistoryStart | None:
    """Find an introduction that follows own words on the same line."""
    line = lines[first]
    match = forms.INLINE_STARTER.search(line)
    if match is None:
        return None
    rest = " ".join([line[match.end() :], *lines[first + 1 : last + 1]])
    if forms.DATE.search(rest) and forms.has_verb(rest, address="@" in rest):
        return HistoryStart(first, last + 1, hard=False, prefix=line[: match.start()].rstrip())
    return None


def next_is_quoted(lines: list[str], index: int) -> bool:
    """Say whether the next line with words, at most two blank ones away, is marked."""
    for line in lines[index : index + 3]:
        if line.strip():
            return is_quoted(line)
    return False


def without_history(
    lines: list[str], start: HistoryStart | None, *, forwarded: bool = False
) -> tuple[list[str], bool]:
    """Return the own lines, and whether a forwarded mail was left out.

    start: where `find_history` found the history of these lines to begin. A header block on
    top of everything is no history when it was not forwarded: some gateways write the
    mail's own header there, so that what follows it is read on.
    """
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


def without_end_quote(lines: list[str]) -> list[str]:
    """Drop blank and marked lines at the end."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or is_quoted(lines[end - 1])):
        end -= 1
    return lines[:end]


def without_edge_quotes(lines: list[str]) -> list[str]:
    """Drop a quote at the end, and one at the top when the answer is below it (Q5).

    Quotes between own lines stay: they are the context of an interleaved answer.
    """
    end = len(without_end_quote(lines))
    if not end:
        return []
    begin = 0
    while begin < end and (not lines[begin].strip() or is_quoted(lines[begin])):
        begin += 1
    kept = lines[begin:end]
    if any(">" in line[:2] and is_quoted(line) for line in kept):
        return lines[:end]
    return kept
