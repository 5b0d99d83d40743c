"""HTML of strangers, sanitised for showing (H1-H8).

nh3 (html5ever) reads whatever it is given; what is rendered or shown later is its
well-formed output, so declarations, comments and broken tags never reach our code.
"""

import re
from html import unescape

import nh3

from backend.mail.html_depth import flatten
from backend.mail.limits import Limits

_TAGS_NAMES = """
    a abbr address article aside b bdi bdo big blockquote br caption center cite code col
    colgroup dd del dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i
    img ins kbd li main mark nav ol p pre q s samp section small span strike strong sub sup table
    tbody td tfoot th thead time tr tt u ul var wbr
"""
_TAGS = set(_TAGS_NAMES.split())
_DROPPED_WITH_CONTENT_NAMES = """
    applet canvas frame frameset head iframe math noembed noframes noscript object script
    select style svg template textarea title video audio xmp
"""
_DROPPED_WITH_CONTENT = set(_DROPPED_WITH_CONTENT_NAMES.split())
_SIZE = {"align", "valign", "width", "height", "bgcolor"}
_ATTRIBUTES = {
    "*": {"dir", "lang", "title", "style"},
    "a": {"href"},
    "blockquote": {"type"},
    "col": {"span", *_SIZE},
    "colgroup": {"span", *_SIZE},
    "div": {"align"},
    "font": {"color", "face", "size"},
    "h1": {"align"},
    "h2": {"align"},
    "h3": {"align"},
    "hr": {"align", "size", "width"},
    "img": {"src", "alt", "width", "height"},
    "li": {"value"},
    "ol": {"start", "type"},
    "p": {"align"},
    "table": {"border", "cellpadding", "cellspacing", *_SIZE},
    "tbody": _SIZE,
    "td": {"colspan", "rowspan", "nowrap", *_SIZE},
    "tfoot": _SIZE,
    "th": {"colspan", "rowspan", "nowrap", "scope", *_SIZE},
    "thead": _SIZE,
    "tr": _SIZE,
    "ul": {"type"},
}
# H3: nothing that moves, covers, hides or fetches
_STYLES_NAMES = """
    background-color border border-bottom border-bottom-color border-bottom-style
    border-bottom-width border-collapse border-color border-left border-left-color
    border-left-style border-left-width border-right border-right-color border-right-style
    border-right-width border-spacing border-style border-top border-top-color border-top-style
    border-top-width border-width color direction font-family font-size font-style font-variant
    font-weight line-height list-style-type padding padding-bottom padding-left padding-right
    padding-top text-align text-decoration text-indent vertical-align white-space
    word-break
"""
_STYLES = set(_STYLES_NAMES.split())
_SCHEMES = {"http", "https", "mailto", "tel", "cid"}
_BAD_STYLE = re.compile(
    r"[\\<@]|url|expression|image|var|attr|/\*|-\s*[0-9.]+\s*[a-z%]", re.IGNORECASE
)
_LINK = re.compile(r"(?:https?://[^/\\\s]|mailto:|tel:)", re.IGNORECASE)
_IMAGE = re.compile(r"(?:https?://[^/\\\s]|cid:)", re.IGNORECASE)
# A tag of the cleaner's output, where text holds no "<" and values are always in quotes.
_TAG = re.compile(r'<[A-Za-z](?:[^">]++|"[^"]*+")*+>')
_REMOTE_SOURCE = re.compile(r'"[^"]*+"|\sdata-remote-src="([^"]*+)"')
_REMOTE_IMAGE = re.compile(r'(<img\b[^>]*?) src="(?=https?:)', re.IGNORECASE)


def _filter_attribute(tag: str, name: str, value: str) -> str | None:
    if name == "style":
        return None if len(value) > 2_000 or _BAD_STYLE.search(value) else value
    if name == "href":
        shown = value.strip()
        # SECURITY row 10: some clients attach local files named by a mailto link
        if not _LINK.match(shown) or "attach" in shown[:2_000].lower().partition("?")[2]:
            return None if not _LINK.match(shown) or shown.lower().startswith("mailto") else shown
        return shown
    if name == "src":
        return value.strip() if tag == "img" and _IMAGE.match(value.strip()) else None
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
    filter_style_properties=_STYLES,
    url_relative="deny",
)


def sanitise(html: str, limits: Limits) -> tuple[str, list[str]]:
    """Return HTML that is safe to show, and the codes of what was cut.

    Allow-list of elements, attributes, styles and URL schemes (H2, H3). Remote
    images lose `src` and keep the address in `data-remote-src` (H4); `cid:` images
    stay. Size and depth are cut first, since nh3 cannot be interrupted (H8).
    """
    errors = []
    if len(html) > limits.html_bytes:
        html = html[: limits.html_bytes]
        errors.append("html_too_large")
    flat = flatten(html, limits.html_depth)
    if flat is not html:
        errors.append("html_too_deep")
    return _REMOTE_IMAGE.sub(r'\1 data-remote-src="', _CLEANER.clean(flat)), errors


def remote_sources(html: str) -> list[str]:
    """Return the addresses in `data-remote-src` of sanitised HTML, in the order of its elements."""
    found = []
    for tag in _TAG.finditer(html):
        if "data-remote-src" in tag[0]:
            values = [value[1] for value in _REMOTE_SOURCE.finditer(tag[0]) if value[1] is not None]
            found += [unescape(value) for value in values[:1]]
    return found
