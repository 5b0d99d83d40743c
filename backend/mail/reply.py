"""The new words of a mail, without quoted history and signature (Q1-Q7).

What it returns is a view: the full text stays one click away, and when nothing would
be left, everything is returned (Q1). Time is linear in the size of the mail (Q7).
"""

from dataclasses import dataclass

from backend.mail import reply_html
from backend.mail.limits import DEFAULT, Limits
from backend.mail.reply_history import (
    MAX_LINES,
    History,
    find_history,
    read_history,
    without_end_quote,
    without_history,
)
from backend.mail.signature import without_banner, without_signature, without_tail


@dataclass(frozen=True, slots=True)
class Reply:
    """text: the new content. signature_stripped: whether a signature was left out."""

    text: str
    signature_stripped: bool


def strip(
    text: str,
    html: str | None = None,
    *,
    forwarded: bool = False,
    history: History | None = None,
    limits: Limits = DEFAULT,
) -> Reply:
    """Return the new content of a mail.

    text: the plain text. html: the same mail as its author's program wrote it, not
    sanitised; where its structure shows what is quoted, it decides (Q2), else the lines
    of the text do. forwarded: the mail passes another one on, so that a signature alone
    is no answer and everything is shown (T12, T13). history: of `text`, if already read.
    """
    history = history or read_history(text)
    lines = history.lines
    if len(lines) > MAX_LINES:
        return _shown(lines, signed=False)
    structure = reply_html.read(html, limits) if html else reply_html.NONE
    if structure.pieces == ():
        return _shown(lines, signed=False)  # all quote
    own, signed = _from_structure(structure)
    if not _has_words(own) or (structure.bare and forwarded):
        own, forwarded = without_history(lines, history.start, forwarded=forwarded)
        signed = False
    body, cut = without_signature(without_banner(own), sole=forwarded)
    if structure.pieces is None and structure.signature:
        body, found = without_tail(body, structure.signature)
        cut = cut or found
    if cut:
        body = without_end_quote(body)  # the rest of the quote, between answer and signature
    if not _has_words(body):
        body, cut, signed = lines, False, False
    return _shown(body, signed=signed or cut)


def _shown(lines: list[str], *, signed: bool) -> Reply:
    return Reply("\n".join(line.rstrip() for line in lines).strip("\n"), signed)


def _from_structure(structure: reply_html.Structure) -> tuple[list[str], bool]:
    """Return the own lines that the HTML showed, none when it showed no history."""
    own: list[str] = []
    for piece in structure.pieces or ():
        kept, _ = without_history(piece, find_history(piece))
        if own and kept:
            own.append("")
        own += kept
    return own, structure.signed


def _has_words(lines: list[str]) -> bool:
    return any(line.strip() for line in lines)
