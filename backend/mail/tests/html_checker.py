"""A second opinion on sanitised HTML: another parser, and lists of its own (H2, H3, H4, H6)."""

import re
from html.parser import HTMLParser

_TAG_NAMES = """
    a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col
    colgroup dd del dfn dir div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr
    i img ins kbd li main mark menu nav nobr ol p pre q rp rt ruby s samp section small span strike
    strong sub sup table tbody td tfoot th thead time tr tt u ul var wbr
"""
_TAGS = frozenset(_TAG_NAMES.split())
_VOID = frozenset({"br", "col", "hr", "img", "wbr"})
_ATTRIBUTE_NAMES = """
    align alt bgcolor border bordercolor cellpadding cellspacing clear color colspan
    data-remote-src dir face frame height hidden href hspace lang noshade nowrap rel reversed
    rowspan rules scope size span src start style target title type valign value vspace width
"""
_ATTRIBUTES = frozenset(_ATTRIBUTE_NAMES.split())
_URLS = {
    ("a", "href"): re.compile(r"(?:https?://[^/\\\s]|mailto:|tel:)", re.IGNORECASE),
    ("img", "src"): re.compile(r"cid:", re.IGNORECASE),
    ("img", "data-remote-src"): re.compile(r"https?://[^/\\\s]", re.IGNORECASE),
}
_STYLE_FORBIDDEN = re.compile(r"[\\<>@{}*&\x00-\x1f]|url|expression|script|import|binding|behavior")
_FUNCTION = re.compile(r"([\w-]*)\(")
_FORBIDDEN_PROPERTIES = re.compile(
    r"position|z-index|transform|top|left|right|bottom|inset|content|cursor|filter|animation"
    r"|transition|background|background-image|list-style|list-style-image|border-image|clip.*"
    r"|pointer-events|mask.*|.*binding|behavior|--.*|overflow|opacity|visibility"
)
_NEGATIVE = re.compile(r"(?<![\w.])-\s*[\d.]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class _Checker(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            self.faults.append(f"element <{tag}>")
        names = [name for name, _ in attrs]
        if len(set(names)) != len(names):
            self.faults.append(f"attribute twice in <{tag}>")
        for name, value in attrs:
            self.faults += _attribute_faults(tag, name, value or "")
        if tag == "a" and "href" in names:
            values = dict(attrs)
            if values.get("target") != "_blank" or values.get("rel") != (
                "noopener noreferrer nofollow"
            ):
                self.faults.append("link that tells its target where it was opened")
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.faults.append(f"XML end in <{tag}/>")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"unbalanced </{tag}>")

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"comment {data[:20]!r}")

    def handle_decl(self, decl: str) -> None:
        self.faults.append(f"declaration {decl[:20]!r}")

    def handle_pi(self, data: str) -> None:
        self.faults.append(f"instruction {data[:20]!r}")

    def unknown_decl(self, data: str) -> None:
        self.faults.append(f"declaration {data[:20]!r}")


def _attribute_faults(tag: str, name: str, value: str) -> list[str]:
    if name not in _ATTRIBUTES:
        return [f"attribute {name} in <{tag}>"]
    if name in {"href", "src", "data-remote-src"}:
        allowed = _URLS.get((tag, name))
        if allowed is None or not allowed.match(value) or re.search(r"[\t\r\n]", value):
            return [f"address {value[:40]!r} in {name} of <{tag}>"]
    if name == "style":
        return [f"style {x[:60]!r}" for x in value.split(";") if _is_bad_declaration(x)]
    return []


def _is_bad_declaration(declaration: str) -> bool:
    name, colon, value = declaration.partition(":")
    if declaration == "display:none":
        return False
    return bool(
        not colon
        or not value
        or not re.fullmatch(r"[a-z][a-z-]*", name)
        or _FORBIDDEN_PROPERTIES.fullmatch(name)
        or _STYLE_FORBIDDEN.search(value.lower())
        or _NEGATIVE.search(value)
        or any(x not in {"rgb", "rgba", "hsl", "hsla"} for x in _FUNCTION.findall(value.lower()))
        or value.count("'") % 2
        or (name in {"display", "float"} and value in {"fixed", "absolute", "sticky", "contents"})
    )


def faults(sanitised: str) -> list[str]:
    """Return what is wrong with HTML that should be harmless, [] when nothing is."""
    checker = _Checker()
    checker.feed(sanitised)
    checker.close()
    found = checker.faults + [f"never closed <{tag}>" for tag in checker.open]
    # brackets stand around tags and nowhere else, so no other parser can see a tag elsewhere
    outside = re.sub(r'</?[a-z][a-z0-9]*(?: [a-z-]+="[^"<>]*")*>', "", sanitised)
    if "<" in outside or ">" in outside:
        found.append("bracket outside a tag")
    if _CONTROL.search(sanitised):
        found.append("control character")
    return found


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words += data.split()


def words(html: str) -> list[str]:
    """Return the words that HTML shows, in order."""
    reader = _Words()
    reader.feed(html)
    reader.close()
    return reader.words
