"""Sanitised HTML as plain text (M30): paragraphs, list marks, quotes, link targets."""

import re

# exact on the output of nh3, which escapes both brackets in text and attributes
_PIECE = re.compile(r"<(/?)([a-z0-9]+)([^>]*)>|([^<]+)|<")
_HREF = re.compile(r'\shref="([^"]*)"')
_ALT = re.compile(r'\salt="([^"]*)"')
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_PARAGRAPH_NAMES = "p h1 h2 h3 h4 h5 h6 ul ol dl table blockquote pre"
_PARAGRAPHS = frozenset(_PARAGRAPH_NAMES.split())
_LINE_NAMES = """
    address article aside caption center dd div dt figcaption figure footer header hr li main nav
    section tr
"""
_LINES = frozenset(_LINE_NAMES.split())
_MAX_QUOTE = 20
_MAX_PIECES = 100_000  # what follows is rendered without its structure
_ANY_TAG = re.compile(r"<[^>]*>")


def _unescape(text: str) -> str:
    """Undo the only references that nh3 writes; far cheaper than a table of two thousand."""
    if "&" not in text:
        return text
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"')
    return text.replace("&nbsp;", " ").replace("&amp;", "&")


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
            first, *rest = text.split("\n")
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
        self.lines.append((prefix + "".join(self.line)).rstrip())
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
    brackets; an image gives its alternative text.
    """
    state = _Renderer()
    for count, match in enumerate(_PIECE.finditer(sanitised)):
        if count == _MAX_PIECES:
            state.end_line(force=False)
            rest = _ANY_TAG.sub(" ", sanitised[match.start() :])
            state.lines.append(" ".join(_unescape(rest).split()))
            break
        if match[4] is not None:
            state.add(_unescape(match[4]).replace("\xa0", " "))
        elif match[2] is not None:
            _tag(state, match[2], match[3], closing=bool(match[1]))
    state.end_line(force=False)
    return "\n".join(state.lines).strip("\n")


def _tag(state: _Renderer, name: str, attributes: str, *, closing: bool) -> None:
    if name == "br" and not closing:
        state.end_line()
    elif name == "a":
        _link(state, attributes, closing=closing)
    elif name == "img":
        alt = _ALT.search(attributes)
        if alt and alt[1].strip():
            state.add(_unescape(alt[1]))
    elif name in {"td", "th"}:
        state.space = state.space or bool(state.line)
    elif name in _PARAGRAPHS:
        state.block(paragraph=name not in {"ul", "ol"} or not state.lists)
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
    elif name in {"ul", "ol"}:
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


def _link(state: _Renderer, attributes: str, *, closing: bool) -> None:
    if not closing:
        href = _HREF.search(attributes)
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
