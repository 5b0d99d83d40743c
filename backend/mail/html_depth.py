"""Taking the nesting out of HTML bombs before a parser sees them (H8).

html5ever is quadratic in three cases: deeply nested elements, formatting elements
that are never closed and therefore opened again in every later block, and elements
with thousands of attributes.
"""

import re

from backend.mail.limits import Limits

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
_MAX_REOPENED = 300_000
# HTML standard 13.2.5.32 to 13.2.5.40: how a tag's attributes are told apart
_CROWDED_TAG = re.compile(
    r"""<[a-zA-Z][^ \t\n\f\r/>]*+
    (?>[ \t\n\f\r/]*+[^ \t\n\f\r/>][^ \t\n\f\r/>=]*+
      (?>[ \t\n\f\r]*+=[ \t\n\f\r]*+(?>"[^"]*+"|'[^']*+'|[^ \t\n\f\r>"'][^ \t\n\f\r>]*+|)|)
    ){0,64}+""",
    re.VERBOSE,
)
# but for most tags one can see at once that they end before there can be so many
_TAG_START = re.compile(
    r"""<(?=[a-zA-Z])(?!(?:[^<>"']|"[^"<>]*+"|'[^'<>]*+'){0,128}+>)""",
)
_TAG_END = re.compile(r"[ \t\n\f\r/]*(?:>|\Z)")
_ANY_TAGS = re.compile(r"(?:<[^<>]*+>?)++")
_ENOUGH = 10_000  # characters that cannot hold attributes enough to be slow
_MAX_OVERLAP = 8


def split_excess(html: str, limits: Limits) -> tuple[str, str]:
    """Return the HTML up to the limits of tags and entities, and the words of the rest.

    Both cost a parser far more than letters do. The second string is text, not HTML, and
    empty when nothing was beyond the limits.
    """
    head, rest = html, ""
    tags = html.split("<", limits.html_tags + 1)
    if len(tags) == limits.html_tags + 2:
        rest = f"<{tags[-1]}"
        head = html[: -len(rest)]
    if head.count("&") > limits.html_entities:
        head = head.replace("&nbsp;", "\xa0")
        entities = head.split("&", limits.html_entities + 1)
        if len(entities) == limits.html_entities + 2:
            rest = f"&{entities[-1]}{rest}"
            head = "&".join(entities[:-1])
    if head.count("\xa0") > limits.html_entities:  # written as entities again
        head = head.replace("\xa0", " ")
    return head, _ANY_TAGS.sub(" ", rest)


def flatten(html: str, limit: int) -> str:
    """Return HTML that html5ever reads in linear time; the same string if it does already.

    Tags nested deeper than `limit` are dropped and keep their text; a tag with more
    than 64 attributes becomes text.
    """
    return _flatten(_without_crowds(html) if len(html) > _ENOUGH else html, limit)


def _without_crowds(html: str) -> str:
    """Escape the tags with more than 64 attributes.

    Every "<" is tried, since comments and quotes may hide where the parser will see
    a tag. Where the tries overlap each other a lot, all tags are escaped.
    """
    pieces, position, tried = [], 0, 0
    start = _TAG_START.search(html)
    while start:
        begin = next_try = start.start()
        tag = _CROWDED_TAG.match(html, begin)
        if tag:
            tried += tag.end() - begin
            if tried > _MAX_OVERLAP * len(html):
                return html.replace("<", "&lt;")
            if not _TAG_END.match(html, tag.end()):
                pieces += [html[position:begin], tag[0].replace("<", "&lt;")]
                position = next_try = tag.end()
        start = _TAG_START.search(html, max(next_try, begin + 1))
    if not pieces:
        return html
    pieces.append(html[position:])
    return "".join(pieces)


def _flatten(html: str, limit: int) -> str:
    if html.count("<") <= limit:
        return html
    depth, reopened = _measure(html, limit)
    if reopened > _MAX_REOPENED:
        html = _TAG.sub(_without_formatting, html)
    return _without(html, _too_deep(html, limit)) if depth > limit else html


def _measure(html: str, limit: int) -> tuple[int, int]:
    """Return how deep elements are nested, and how often formatting is opened again.

    Both at least: beyond `limit` and `_MAX_REOPENED` nobody counts on.
    """
    opened: dict[str, int] = {}
    depth = deepest = formatting = reopened = 0
    for closing, written in _TAG.findall(html):
        reopened += formatting
        name = written.lower()
        if name in _FLAT:
            continue
        if not closing:
            change = 1
        elif opened.get(name, 0):  # an end tag that closes nothing does not count
            change = -1
        else:
            continue
        depth += change
        deepest = max(depth, deepest)
        opened[name] = opened.get(name, 0) + change
        if name in _FORMATTING:
            formatting += change
    return deepest, reopened


def _too_deep(html: str, limit: int) -> list[tuple[int, int]]:
    """Return the places of the tags nested deeper than `limit`."""
    found: list[tuple[int, int]] = []
    opened: dict[str, int] = {}
    depth = 0
    for match in _TAG.finditer(html):
        name = match[2].lower()
        if name in _FLAT:
            continue
        change = 0
        if not match[1]:
            change = 1
        elif opened.get(name, 0):
            change = -1
        if depth + max(change, 0) > limit:
            found.append(match.span())
        depth += change
        opened[name] = opened.get(name, 0) + change
    return found


def _without_formatting(match: re.Match[str]) -> str:
    return "" if match[2].lower() in _FORMATTING else match[0]


def _without(html: str, spans: list[tuple[int, int]]) -> str:
    pieces, position = [], 0
    for start, end in spans:
        pieces.append(html[position:start])
        position = end
    pieces.append(html[position:])
    return "".join(pieces)
