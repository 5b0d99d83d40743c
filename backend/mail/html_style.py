"""Inline styles of strangers' HTML: what colours, sizes and aligns stays (H3).

A declaration is kept when its property is listed and its value consists of harmless
words alone; the rest of the attribute is not punished for one bad declaration. The
result is put together from what was recognised, so nothing else can be in it.
"""

import re
from functools import lru_cache

_MAX_STYLE = 4_000
_MAX_DECLARATIONS = 100
_PROPERTY_NAMES = """
    background-color border border-bottom border-bottom-color border-bottom-style
    border-bottom-width border-collapse border-color border-left border-left-color
    border-left-style border-left-width border-radius border-right border-right-color
    border-right-style border-right-width border-spacing border-style border-top border-top-color
    border-top-style border-top-width border-width box-sizing caption-side clear color direction
    display empty-cells float font font-family font-size font-style font-variant font-weight height
    letter-spacing line-height list-style-position list-style-type margin margin-bottom margin-left
    margin-right margin-top max-height max-width min-height min-width overflow-wrap padding
    padding-bottom padding-left padding-right padding-top table-layout text-align text-decoration
    text-decoration-color text-decoration-line text-decoration-style text-indent text-transform
    vertical-align white-space width word-break word-spacing word-wrap
"""
_PROPERTIES = frozenset(_PROPERTY_NAMES.split())
_DISPLAY_NAMES = """
    block inline inline-block inline-table list-item table table-caption table-cell table-column
    table-column-group table-footer-group table-header-group table-row table-row-group
"""
_DISPLAYS = frozenset(_DISPLAY_NAMES.split())
# what matters when the whole mail is wrapped in the style of its <body>
_INHERITED = frozenset(
    {"background-color", "color", "direction", "font", "font-family", "font-size", "line-height"}
)

# a semicolon inside quotes or brackets does not end a declaration
_DECLARATION = re.compile(r"""(?:[^;"'(]|"[^"]*+"|'[^']*+'|\([^()]*+\)|["'(])++""")
_URL = re.compile(r"url\([^()]*\)", re.IGNORECASE)
_NAME = re.compile(r"[a-z][a-z-]*\Z")
# no backslash, bracket, at sign, comment or unknown function gets through; nothing is negative
_COLOUR = r"(?:rgb|hsl)a?\([\d.,%\s/]{1,60}\)"
_WORD = r"[a-zA-Z\d.+#%][a-zA-Z\d.+#%_-]*"
_QUOTED = r"\"[\w .,+-]*\"|'[\w .,+-]*'"
_VALUE = re.compile(
    rf"(?:{_COLOUR}|{_WORD}|{_QUOTED}|-(?:apple|webkit|moz|ms)-[a-zA-Z-]+)"
    rf"(?:[\s,/]+(?:{_COLOUR}|{_WORD}|{_QUOTED}|-(?:apple|webkit|moz|ms)-[a-zA-Z-]+))*+\Z"
)
_BACKGROUND_COLOUR = re.compile(rf"{_COLOUR}|\#[\da-fA-F]{{3,8}}\b|\b[a-zA-Z]+\b")
_NOT_COLOUR_NAMES = """
    auto border bottom box center contain content cover fixed inherit initial left local no none
    padding repeat right round scroll space top unset url x y
"""
_NOT_COLOURS = frozenset(_NOT_COLOUR_NAMES.split())
_ZERO = re.compile(r"0*\.?0*(?:px|pt|em|%)?\Z")


@lru_cache(maxsize=1024)
def filter_style(style: str) -> str:
    """Return the harmless declarations as "a:b;c:d" without double quotes, "" when none is left.

    A style that makes its element invisible becomes "display:none" alone, so that
    whoever reads the text later can tell (M30).
    """
    kept: dict[str, str] = {}
    hides: dict[str, str] = {}
    if len(style) > _MAX_STYLE:
        return ""
    simple = '"' not in style and "'" not in style and "(" not in style
    declarations = style.split(";") if simple else _DECLARATION.findall(style)
    for written in declarations[:_MAX_DECLARATIONS]:
        name, value, harmless = _declaration(written)
        hides[name] = value.lower()
        if harmless:
            kept["background-color" if name == "background" else name] = harmless
    if is_hiding(hides):
        return "display:none"
    return ";".join(f"{name}:{value}" for name, value in kept.items()).replace('"', "'")


@lru_cache(maxsize=4096)
def _declaration(written: str) -> tuple[str, str, str]:
    """Return the property, its value, and the value that is shown, "" when none is."""
    name, colon, value = written.partition(":")
    name = name.strip().lower()
    if not colon or not _NAME.match(name):
        return "", "", ""
    value = shown = value.partition("!")[0].strip()  # !important: there is nothing to overrule
    allowed = name in _PROPERTIES
    if name == "background":
        shown, allowed = _background(value), True
    if allowed and _VALUE.match(shown) and _is_calm(name, shown):
        return name, value, " ".join(shown.split())
    return name, value, ""


def inherited_style(style: str) -> str:
    """Return of a filtered style what a mail's <body> gives to all its text."""
    kept = [x for x in style.split(";") if x.partition(":")[0] in _INHERITED]
    return ";".join(kept)


def _is_calm(name: str, value: str) -> bool:
    """Say whether a display or float keeps its element in the flow of the page."""
    word = value.lower()
    if name == "display":
        return word in _DISPLAYS
    return name != "float" or word in {"left", "right", "none"}


def _background(value: str) -> str:
    """Return the colour of a background shorthand, "" when it has none."""
    for match in _BACKGROUND_COLOUR.finditer(_URL.sub(" ", value)):
        if match[0].lower() not in _NOT_COLOURS:
            return match[0]
    return ""


def is_hiding(style: dict[str, str]) -> bool:
    """Say whether declarations (lower case) make an element and all in it invisible."""
    if style.get("display") == "none" or style.get("visibility") in {"hidden", "collapse"}:
        return True
    opacity = style.get("opacity", "")
    if opacity and _ZERO.match(opacity):
        return True
    # a box without room hides what is in it only when nothing may stand out of it
    if style.get("overflow") != "hidden":
        return False
    room = (style.get(name, "") for name in ("max-height", "height", "max-width", "width"))
    return any(x and _ZERO.match(x) for x in room)
