"""HTML of strangers, sanitised for showing (H1-H8).

nh3 (html5ever) reads whatever it is given; what is rendered or shown later is its
well-formed output, so declarations, comments and broken tags never reach our code.
"""

import re
from html import escape

import nh3

from backend.mail.html_depth import flatten, split_excess
from backend.mail.html_style import filter_style, inherited_style
from backend.mail.limits import Limits

_TAGS_NAMES = """
    a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col
    colgroup dd del dfn dir div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr
    i img ins kbd li main mark menu nav nobr ol p pre q rp rt ruby s samp section small span strike
    strong sub sup table tbody td tfoot th thead time tr tt u ul var wbr
"""
_TAGS = set(_TAGS_NAMES.split())
# other elements lose their tags and keep their words
_DROPPED_WITH_CONTENT_NAMES = """
    frame frameset head iframe math noembed noframes script select style svg template textarea
    title xmp
"""
_DROPPED_WITH_CONTENT = set(_DROPPED_WITH_CONTENT_NAMES.split())
_SIZE = {"align", "valign", "width", "height", "bgcolor"}
_ATTRIBUTES = {
    "*": {"dir", "hidden", "lang", "style"},
    "a": {"href"},
    # a title may pretend to be the target of a link: only these keep theirs
    "abbr": {"title"},
    "acronym": {"title"},
    "blockquote": {"type"},
    "br": {"clear"},
    "caption": {"align"},
    "col": {"span", *_SIZE},
    "colgroup": {"span", *_SIZE},
    "div": {"align"},
    "font": {"color", "face", "size"},
    "h1": {"align"},
    "h2": {"align"},
    "h3": {"align"},
    "h4": {"align"},
    "h5": {"align"},
    "h6": {"align"},
    "hr": {"align", "color", "noshade", "size", "width"},
    "img": {"src", "alt", "align", "border", "height", "hspace", "vspace", "width"},
    "li": {"type", "value"},
    "ol": {"reversed", "start", "type"},
    "p": {"align"},
    "table": {"border", "bordercolor", "cellpadding", "cellspacing", "frame", "rules", *_SIZE},
    "tbody": _SIZE,
    "td": {"colspan", "rowspan", "nowrap", *_SIZE},
    "tfoot": _SIZE,
    "th": {"colspan", "rowspan", "nowrap", "scope", *_SIZE},
    "thead": _SIZE,
    "tr": _SIZE,
    "ul": {"type"},
}
_SCHEMES = {"http", "https", "mailto", "tel", "cid"}
_LINK = re.compile(r"(?:https?://[^/\\\s]|mailto:|tel:)", re.IGNORECASE)
_IMAGE = re.compile(r"(?:https?://[^/\\\s]|cid:)", re.IGNORECASE)
_IN_URL = str.maketrans("", "", "\t\r\n")  # URL standard 4.4: they are dropped from any address

# exact on the output of nh3, which escapes brackets and quotes in attributes
_IMAGE_TAG = re.compile(r"<img [^>]*>")
_REMOTE = re.compile(r' src="(?=https?:)', re.IGNORECASE)
_PIXEL = re.compile(
    r'(?=[^>]* (?:width="0*[01](?:px)?"|style="(?:[^"]*;)?width:0*[01](?:px)?[;"]))'
    r'(?=[^>]* (?:height="0*[01](?:px)?"|style="(?:[^"]*;)?height:0*[01](?:px)?[;"]))'
    r'|[^>]* (?:style="display:none"|hidden=")'
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
# a reader of mail runs no scripts, so it sees what stands in there
_NOSCRIPT = re.compile(r"</?noscript[^<>]*>?", re.IGNORECASE)
_DATA_URL = re.compile(
    rb"(data:[a-z]{1,20}/[\w.+-]{1,60};base64,)[A-Z\d+/=%]{200,}+(?:\r?\n[A-Z\d+/=%]{20,}+)*+",
    re.IGNORECASE,
)
_BODY = re.compile(r"<body\s([^<>]{0,4000})", re.IGNORECASE)
_BODY_ATTRIBUTE = re.compile(
    r"""(?<![\w-])(style|bgcolor|text|dir)\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""",
    re.IGNORECASE,
)


def _filter_attribute(tag: str, name: str, value: str) -> str | None:
    if name == "style":
        return filter_style(value) or None
    if name == "href":
        target = value.translate(_IN_URL).strip()
        if not _LINK.match(target):
            return None
        # SECURITY row 10: some clients attach local files named by a mailto link
        attaches = target[:7].lower() == "mailto:" and "attach" in target.partition("?")[2].lower()
        return None if attaches else target
    if name == "src":
        source = value.translate(_IN_URL).strip()
        return source if tag == "img" and _IMAGE.match(source) else None
    return value


_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=_DROPPED_WITH_CONTENT,
    attributes=_ATTRIBUTES,
    attribute_filter=_filter_attribute,
    strip_comments=True,
    link_rel="noopener noreferrer nofollow",
    set_tag_attribute_values={"a": {"target": "_blank"}},
    url_schemes=_SCHEMES,
    url_relative="deny",
)


def without_pictures(source: bytes) -> bytes:
    """Empty the data: addresses of an undecoded HTML text; they are never shown (H2).

    They are often larger than all its words, which then would not fit into the limits.
    """
    return _DATA_URL.sub(rb"\1", source) if b";base64," in source else source


def sanitise(html: str, limits: Limits) -> tuple[str, list[str]]:
    """Return HTML that is safe to show, and the codes of what was cut.

    Allow-list of elements, attributes, styles and URL schemes (H2, H3). Remote
    images lose `src` and keep the address in `data-remote-src` (H4), those that
    only count readers are dropped; `cid:` images stay. Colours, fonts and direction
    of <body> stay in a <div> around all. Size and depth are cut first, since nh3
    cannot be interrupted (H8).
    """
    errors = []
    if len(html) > limits.html_bytes:
        html = html[: limits.html_bytes]
        errors.append("html_too_large")
    frame = _frame(html)
    html, rest = split_excess(html, limits)
    if rest and not errors:
        errors.append("html_too_large")
    if "script" in html:
        html = _NOSCRIPT.sub("", html)
    flat = flatten(html, limits.html_depth)
    if flat is not html:
        errors.append("html_too_deep")
    shown = _CONTROL.sub("", _CLEANER.clean(flat))
    if "<img " in shown:
        shown = _IMAGE_TAG.sub(_blocked, shown)
    if rest.strip():
        shown += f"<div>{escape(_CONTROL.sub('', rest), quote=False)}</div>"
    return (f"<div{frame}>{shown}</div>" if frame and shown else shown), errors


def _blocked(image: re.Match[str]) -> str:
    """Keep a remote image from loading (H4); an invisible one only counts readers."""
    tag = image[0]
    if not _REMOTE.search(tag):
        return tag
    return "" if _PIXEL.match(tag, 4) else _REMOTE.sub(' data-remote-src="', tag)


def _frame(html: str) -> str:
    """Return the attributes of a <div> that gives the text what <body> gave it, often ""."""
    position = html.lower().find("<body")
    body = _BODY.match(html, position) if position >= 0 else None
    if body is None:
        return ""
    found = {x[1].lower(): x[2] or x[3] or x[4] or "" for x in _BODY_ATTRIBUTE.finditer(body[1])}
    own = found.get("style", "").replace("&quot;", "'")
    styles = f"background-color:{found.get('bgcolor', '')};color:{found.get('text', '')};{own}"
    kept = inherited_style(filter_style(styles))
    frame = f' style="{kept}"' if kept else ""
    return frame + (' dir="rtl"' if found.get("dir", "").lower() == "rtl" else "")
