"""Sanitised HTML as plain text (M30): paragraphs, list marks, quotes, link targets."""

import re

_HREF = re.compile(r'\shref="([^"]*)"')
_ALT = re.compile(r'\salt="([^"]*)"')
_HIDDEN = re.compile(r'\s(?:style="display:none"|hidden=")')  # as html_style writes it
# typographic spaces too: newsletters pad the end of their hidden first line with them
_BLANKS = re.compile("[ \t\r\n\f\xa0\u2000-\u200a\u3000]+")
_ZERO_WIDTH = re.compile("[\u00ad\u034f\u200b-\u200d\u2060\ufeff]")
_PADDING = re.compile(
    "[\u00ad\u034f\u200b-\u200d\u2060\ufeff][\u00ad\u034f\u200b-\u200d\u2060\ufeff \xa0]*+"
)
_JOINERS = "\u200c\u200d"
_VOID = frozenset({"br", "col", "hr", "img", "wbr"})
_LISTS = frozenset({"ul", "ol", "menu", "dir"})
_PARAGRAPH_NAMES = "p h1 h2 h3 h4 h5 h6 ul ol menu dir dl table blockquote pre"
_PARAGRAPHS = frozenset(_PARAGRAPH_NAMES.split())
_LINE_NAMES = """
    address article aside caption center dd div dt figcaption figure footer header hr li main nav
    section tr
"""
_LINES = frozenset(_LINE_NAMES.split())
_MAX_QUOTE = 20
_MAX_BLANK_LINES = 2
_MAX_TAGS = 30_000  # what follows is rendered without its structure
_ANY_TAG = re.compile(r"<[^>]*>")


def _unescape(text: str) -> str:
    """Undo the only references that nh3 writes; far cheaper than a table of two thousand."""
    if "&" not in text:
        return text
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"')
    return text.replace("&nbsp;", "\xa0").replace("&amp;", "&")


def _without_padding(text: str) -> str:
    """Drop what takes no room: newsletters fill lines with it."""
    if text.isascii() or not _ZERO_WIDTH.search(text):
        return text
    return _PADDING.sub(_thinned, text)


def _thinned(run: re.Match[str]) -> str:
    if " " in run[0] or "\xa0" in run[0]:
        return " "
    before, after = (
        run.string[max(run.start() - 1, 0) : run.start()],
        run.string[run.end() : run.end() + 1],
    )
    # joiners mean something between two letters, and hold an emoji together
    if run[0][0] in _JOINERS and before.strip() and after.strip():
        return run[0][0]
    return ""


def _is_hidden(tag: str) -> bool:
    return ("display:none" in tag or "hidden=" in tag) and _HIDDEN.search(tag) is not None


class _Renderer:
    """State of one rendering: the line being written and what surrounds it."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.quote = 0
        self.preformatted = 0
        self.lists: list[int] = []  # the next number of each open list, 0 for bullets
        self.links: list[tuple[str, int]] = []
        self.space = False
        self.gap: int | None = None  # a blank line is due; the quote depth it was asked at

    def add(self, text: str) -> None:
        """Write running text, blanks collapsed unless preformatted."""
        if self.preformatted:
            first, *rest = text.replace("\xa0", " ").split("\n")
            self.line.append(first)
            for line in rest:
                self.end_line()
                self.line.append(line)
            return
        collapsed = _BLANKS.sub(" ", text)
        if collapsed.startswith(" "):
            self.space = bool(self.line)
        word = collapsed.strip(" ")
        if not word:
            return
        self.line.append(f" {word}" if self.space and self.line else word)
        self.space = collapsed.endswith(" ")

    def end_line(self, *, force: bool = True) -> None:
        """Finish the line; without `force` only when something is on it."""
        if not self.line and not force:
            return
        prefix = "> " * min(self.quote, _MAX_QUOTE)
        if self.gap is not None:
            self.lines.append(("> " * min(self.gap, self.quote, _MAX_QUOTE)).rstrip())
        self.gap = None
        line = (prefix + "".join(self.line)).rstrip()
        if line or self.preformatted or any(self.lines[-_MAX_BLANK_LINES:]):
            self.lines.append(line)
        self.line = []
        self.space = False

    def block(self, *, paragraph: bool) -> None:
        """Begin or end a block element."""
        self.end_line(force=False)
        if paragraph and self.lines and self.lines[-1].strip("> "):
            self.gap = self.quote if self.gap is None else min(self.gap, self.quote)


def to_text(sanitised: str) -> str:
    """Render the output of `html.sanitise`; "\\n" line ends, no blank lines at the ends.

    Linear. A link whose words do not show its target is followed by it in angle
    brackets; an image gives its alternative text. What the mail hides is left out,
    unless nothing else is in it.
    """
    text = _render(sanitised, with_hidden=False)
    return text if text or not _HIDDEN.search(sanitised) else _render(sanitised, with_hidden=True)


def _render(sanitised: str, *, with_hidden: bool) -> str:
    state = _Renderer()
    hidden = 0  # open elements since one that is not shown
    # exact on the output of nh3, which escapes both brackets in text and attributes
    first, *pieces = sanitised.split("<", _MAX_TAGS)
    state.add(_without_padding(_unescape(first)))
    for piece in pieces:
        tag, _, text = piece.partition(">")
        closing = tag.startswith("/")
        name, _, attributes = tag[closing:].partition(" ")
        if hidden:
            hidden += 0 if name in _VOID else -1 if closing else 1
        elif attributes and not with_hidden and _is_hidden(tag):
            hidden = 0 if name in _VOID else 1
        else:
            _tag(state, name, tag, closing=closing)
        if text and not hidden:
            rest = _unescape(text if "<" not in text else _ANY_TAG.sub(" ", text))
            state.add(_without_padding(rest))
    state.end_line(force=False)
    return "\n".join(state.lines).strip("\n")


def _tag(state: _Renderer, name: str, tag: str, *, closing: bool) -> None:
    if name == "br" and not closing:
        state.end_line()
    elif name == "a":
        _link(state, tag, closing=closing)
    elif name == "img":
        alt = _ALT.search(tag)
        if alt and alt[1].strip():
            state.add(_unescape(alt[1]))
    elif name in {"td", "th"}:
        state.space = state.space or bool(state.line)
    elif name in _PARAGRAPHS:
        state.block(paragraph=name not in _LISTS or not state.lists)
        _surround(state, name, closing=closing)
    elif name in _LINES:
        state.block(paragraph=False)
        if name == "hr":
            state.line.append("-" * 20)
            state.end_line()
        elif name == "li" and not closing:
            state.line.append(_mark(state))
            state.space = False


def _surround(state: _Renderer, name: str, *, closing: bool) -> None:
    step = -1 if closing else 1
    if name == "blockquote":
        state.quote = max(state.quote + step, 0)
    elif name == "pre":
        state.preformatted = max(state.preformatted + step, 0)
    elif name in _LISTS:
        if not closing:
            state.lists.append(1 if name == "ol" else 0)
        elif state.lists:
            state.lists.pop()


def _mark(state: _Renderer) -> str:
    indent = "  " * min(max(len(state.lists) - 1, 0), _MAX_QUOTE)
    if not state.lists or not state.lists[-1]:
        return f"{indent}* "
    number = state.lists[-1]
    state.lists[-1] += 1
    return f"{indent}{number}. "


def _link(state: _Renderer, tag: str, *, closing: bool) -> None:
    if not closing:
        href = _HREF.search(tag)
        state.links.append((_unescape(href[1]) if href else "", len(state.line)))
        return
    if not state.links:
        return
    target, begin = state.links.pop()
    words = "".join(state.line[begin:]).strip()
    bare = target.removeprefix("mailto:").removeprefix("tel:").rstrip("/")
    shown = words.rstrip("/")
    if target and words and bare not in {shown, f"http://{shown}", f"https://{shown}"}:
        state.add(f" <{bare if target.startswith('mailto:') else target}>")
