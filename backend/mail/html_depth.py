"""Taking the nesting out of HTML bombs before a parser sees them (H8).

html5ever is quadratic in two cases: deeply nested elements, and formatting elements
that are never closed and therefore opened again in every later block.
"""

import re

# stops at the next "<", so unfinished tags stay linear
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/<>]*)[^<>]*>?")
# elements without end tag, or whose end tag may be left out: they do not tell the depth
_FLAT_NAMES = """
    area base body br col colgroup dd dt embed head hr html img input li link meta option p param
    source tbody td tfoot th thead tr track wbr
"""
_FLAT = frozenset(_FLAT_NAMES.split())
# HTML standard 13.2.4.3: the list of active formatting elements
_FORMATTING_NAMES = "a b big code em font i nobr s small strike strong tt u"
_FORMATTING = frozenset(_FORMATTING_NAMES.split())
_MAX_REOPENED = 1_000_000


def flatten(html: str, limit: int) -> str:
    """Drop tags nested deeper than `limit`, keeping their text; the same string if none is."""
    if html.count("<") <= limit:
        return html
    dropped: list[tuple[int, int]] = []
    opened: dict[str, int] = {}
    depth = formatting = reopened = 0
    for match in _TAG.finditer(html):
        name = match[2].lower()
        reopened += formatting
        if name in _FLAT:
            continue
        change = 0
        if not match[1]:
            change = 1
        elif opened.get(name, 0):  # an end tag that closes nothing does not count
            change = -1
        if depth + max(change, 0) > limit:
            dropped.append(match.span())
        depth += change
        opened[name] = opened.get(name, 0) + change
        formatting += change if name in _FORMATTING else 0
        if reopened > _MAX_REOPENED:
            return _TAG.sub(_without_formatting, html)
    return _without(html, dropped) if dropped else html


def _without_formatting(match: re.Match[str]) -> str:
    return "" if match[2].lower() in _FORMATTING else match[0]


def _without(html: str, spans: list[tuple[int, int]]) -> str:
    pieces, position = [], 0
    for start, end in spans:
        pieces.append(html[position:start])
        position = end
    pieces.append(html[position:])
    return "".join(pieces)
