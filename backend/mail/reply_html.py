"""The own words of an HTML mail, by the structure its author's program wrote (Q2).

Reads the HTML as text, tag by tag and forwards only: no tree is built. Where no known
structure is found nothing is decided, and the lines of the text decide (reply_history).
"""

import html as entities
import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from backend.mail import html, html_text
from backend.mail import reply_forms as forms
from backend.mail import reply_html_forms as marks
from backend.mail.limits import Limits
from backend.mail.signature import words_of

_MAX_TAGS = 5_000
_MAX_REGIONS = 200
_MAX_WOVEN = 200_000  # characters of HTML with answers between quotes; more is no letter
_MAX_REFUSED = 100  # elements that only look like a quote, by what asking costs
_BARE_TAG = 6  # characters of "<div>"
_FIRST_LABELS = frozenset({"from", "date", "subject"})
_INTRODUCTION = 4_000  # characters of HTML between a wrapper and the quote in it
_MAX_INTRODUCTION_TEXT = 600
_CLOSERS: dict[str, re.Pattern[str]] = {
    name: re.compile(rf"<(/?){name}\b[^<>]*>", re.IGNORECASE)
    for name in ("div", "blockquote", "pre", "section", "p", "span", "table", "td", "a")
}
_WORD = re.compile(r"[^\W_]+")
_STRONG = re.compile(r"gmail_quote|divRplyFwdMsg|appendonsend|type=.?cite", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Region:
    """A stretch of the HTML that is not the author's own.

    quote: where the quoted words begin, after an introduction inside the stretch.
    """

    kind: Literal["attribution", "quote", "hard", "signature"]
    start: int
    end: int
    quote: int


@dataclass(frozen=True, slots=True)
class Structure:
    """What the HTML tells.

    pieces: stretches of own lines, quotes in them marked by ">"; None when the HTML has no
    known sign of history, empty when it holds nothing else. signed: pieces lack a
    signature. bare: they are nothing but one. signature: its words, for finding it in the
    text when `pieces` is None.
    """

    pieces: tuple[list[str], ...] | None = None
    signed: bool = False
    bare: bool = False
    signature: frozenset[str] = field(default_factory=frozenset)


NONE = Structure()


def read(source: str, limits: Limits) -> Structure:
    """Find history and signatures in an unsanitised HTML text; linear, never raises."""
    source = source[: limits.html_bytes]
    regions = _regions(source)
    if not regions:
        return NONE
    signatures = [x for x in regions if x.kind == "signature" and _has_words(source, x)]
    if all(x.kind == "signature" for x in regions):
        words = " ".join(_plain(source[x.start : x.end]) for x in signatures)
        return Structure(signature=frozenset(words_of(words)))
    for drop in (True, False):
        used = [x for x in regions if drop or x.kind != "signature"]
        pieces = _pieces(source, used, limits)
        if pieces is None:
            return NONE
        if any(_own(piece) for piece in pieces):
            return Structure(pieces, signed=drop and bool(signatures), bare=not drop)
    return Structure(())


def _own(lines: list[str]) -> bool:
    return any(not line.startswith(">") and _WORD.search(line) for line in lines)


def _has_words(source: str, region: _Region) -> bool:
    return _WORD.search(_plain(source[region.start : region.end])) is not None


def _plain(source: str) -> str:
    """Return the words of a piece of HTML, without its layout."""
    text = marks.TAGS.sub(" ", marks.STYLES.sub(" ", source))
    return " ".join(entities.unescape(text).split())


def _regions(source: str) -> list[_Region]:
    """Return what is not the author's own, in order and without overlaps."""
    found: list[_Region] = []
    position = 0
    refused = 0
    for _ in range(_MAX_TAGS):
        match = marks.TAG.search(source, position)
        if match is None or len(found) == _MAX_REGIONS or refused >= _MAX_REFUSED:
            break
        position = match.end()
        if match["comment"]:
            position = source.find("-->", position)
            if position < 0:
                break
            continue
        if position - match.start() <= _BARE_TAG:
            continue
        kind = _kind(match[0])
        region = _region(source, match, kind)
        if region is not None:
            found.append(region)
            position = max(region.end, position)
        elif kind is not None or "border-top" in match[0]:
            refused += 20 if kind else 1
    return found


def _region(source: str, match: re.Match[str], kind: marks.Kind | None) -> _Region | None:
    tag, name = match[0], (match["block"] or match["inline"]).lower()
    start = match.start()
    if kind == "hard" or (kind == "appended" and _mail_follows(source, match.end())):
        return _Region("hard", start, len(source), start)
    if name == "blockquote":
        if kind != "wrapper" and not marks.CITED.search(tag):
            return None
        if marks.INDENTED.search(tag) and "border-left" not in tag:
            return None
        return _Region("quote", start, _end(source, name, match.end()), start)
    if kind == "wrapper":
        return _wrapper(source, match, name)
    if kind in {"attribution", "signature"} and name != "hr":
        end = _end(source, name, match.end())
        if kind == "attribution":
            return _Region("attribution", start, end, start)
        if not _STRONG.search(source, match.end(), end):
            return _Region("signature", start, end, start)
        return None
    if marks.BORDER_TOP.search(tag) and _mail_follows(source, match.end()):
        return _Region("hard", start, len(source), start)
    return None


def _kind(tag: str) -> marks.Kind | None:
    for values in marks.VALUE.findall(tag):
        for token in (values[0] or values[1] or values[2]).split():
            name = token.lower()
            while name.startswith("x_"):
                name = name[2:]
            if name in marks.TOKENS:
                return marks.TOKENS[name]
            numbered = marks.NUMBERED.match(name)
            if numbered and numbered.lastindex:
                return "wrapper" if numbered[numbered.lastindex] == "yahoo_quoted" else "signature"
    return None


def _mail_follows(source: str, position: int) -> bool:
    """Say whether the next words are the header block or attribution of another mail."""
    if "divRplyFwdMsg" in source[position : position + 2_000]:
        return True
    if forms.label(_plain(source[position : position + 600])) not in _FIRST_LABELS:
        return False
    words = _plain(source[position : position + 3_000])
    return "@" in words or forms.INLINE_LABEL.search(words) is not None


def _wrapper(source: str, match: re.Match[str], name: str) -> _Region | None:
    """Read a quote's wrapper: all of it, or its introduction and the first quote in it.

    Who answers in between writes into the wrapper (Gmail); what follows the inner quote
    is read on from there.
    """
    start, inside = match.start(), match.end()
    inner = marks.TAG.search(source, inside, inside + _INTRODUCTION)
    while inner is not None and (inner["block"] or "").lower() != "blockquote":
        inner = marks.TAG.search(source, inner.end(), inside + _INTRODUCTION)
    if inner is not None:
        introduction = _plain(source[inside : inner.start()])
        if (
            len(introduction) <= _MAX_INTRODUCTION_TEXT
            and forms.marker(introduction) != "forwarded"
        ):
            if introduction and not (forms.DATE.search(introduction) or "@" in introduction):
                return None  # own words, written where the introduction was
            end = _end(source, "blockquote", inner.end())
            return _Region("quote", start, end, inner.start())
    return _Region("quote", start, _end(source, name, inside), start)


def _end(source: str, name: str, position: int) -> int:
    """Return where the element ends that was opened before `position`."""
    if name == "hr":
        return position
    depth = 1
    for match in _CLOSERS[name].finditer(source, position):
        depth += -1 if match[1] else 1
        if not depth:
            return match.end()
    return len(source)


def _pieces(source: str, regions: list[_Region], limits: Limits) -> tuple[list[str], ...] | None:
    """Render what lies outside the regions: before and after one quote, or with its context.

    None when there is too much of it.
    """
    quotes = [x for x in regions if x.kind == "quote"]
    hard = next((x.start for x in regions if x.kind == "hard"), len(source))
    others = [x for x in regions if x.kind in {"attribution", "signature"}]
    if not quotes:
        return (_with_mark(_render(_without(source, 0, hard, others), limits)),)
    if any(
        _WORD.search(_plain(_without(source, before.end, after.start, others)))
        for before, after in pairwise(quotes)
    ):
        if hard > _MAX_WOVEN:
            return None
        return (_render(_woven(source[:hard], regions), limits),)
    head = _render(_without(source, 0, quotes[0].start, others), limits)
    tail = _without(source, quotes[-1].end, hard, others)
    if not _WORD.search(_plain(tail)):
        return (_with_mark(head),)
    return (_with_mark(head), _render(tail, limits))


def _with_mark(lines: list[str]) -> list[str]:
    """End own lines with a quote mark: an introduction above it is known by it."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or forms.RULE.match(lines[end - 1])):
        end -= 1
    return [*lines[:end], ">"]


def _without(source: str, start: int, end: int, regions: list[_Region]) -> str:
    """Cut regions out of a stretch."""
    kept, position = [], start
    for region in regions:
        if start <= region.start < end:
            kept.append(source[position : region.start])
            position = region.end
    kept.append(source[position:end] if position < end else "")
    return " ".join(kept)


def _woven(source: str, regions: list[_Region]) -> str:
    """Return own words with the quotes between them as quote elements (Q5)."""
    kept, position = [], 0
    for region in regions:
        if region.kind == "hard":
            break
        kept.append(source[position : region.start])
        if region.kind == "quote":
            kept.append(f"<blockquote>{_inside(source[region.quote : region.end])}</blockquote>")
        position = region.end
    kept.append(source[position:])
    return "".join(kept)


_OUTER = re.compile(r"\A<blockquote\b[^<>]*>|</blockquote\s*>\Z", re.IGNORECASE)


def _inside(quote: str) -> str:
    return _OUTER.sub("", quote)


def _render(source: str, limits: Limits) -> list[str]:
    """Return a piece of HTML as lines."""
    body = marks.BODY.search(source)
    if body is not None and not _WORD.search(_plain(source[: body.start()])):
        source = source[body.end() :]
    if not _WORD.search(source):
        return []
    return html_text.to_text(html.sanitise(source, limits)[0]).split("\n")
