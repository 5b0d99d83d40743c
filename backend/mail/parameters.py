"""Parameters of Content-Type and Content-Disposition (RFC 2045 5.1, RFC 2231), read tolerantly."""

import re
from urllib.parse import unquote_to_bytes

from backend.mail.charset import decode

# what ends the main value: a semicolon is often forgotten, a comment may follow (RFC 2045 5.1)
_MAIN = re.compile(r"[\s\"']*([^\s;,()\"']*)[\"']?(?:\s|,|\([^()]*\))*")
_NAME = re.compile(r"[\s;]*([^=;\s\"]{0,100})\s*(=)?\s*")
_QUOTED = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"?[^;]*', re.DOTALL)
_WORDS = re.compile(r"(?:=\?[^?\s]{1,60}\?[bBqQ]\?[^?]*\?=\s*)+")
_BARE = re.compile(r"[^;]*")
_ESCAPED = re.compile(r'\\(["\\])')
_SECTION = re.compile(r"([^*]+)\*(\d{1,3})?(\*)?")
_MAX = 200


def parse_parameters(value: str) -> tuple[str, dict[str, str]]:
    """Return (lower-case main value, lower-case name to value).

    Takes an unfolded header value. Empty parameters (`;;`) are skipped, values may
    be unquoted with blanks in them, the first of two equal names wins, and RFC 2231
    continuations and charsets are resolved and win over the plain name (A2).
    Encoded-words stay as they are: they are legal in no parameter, so only the
    caller knows where to expect them.
    """
    head = _MAIN.match(value)
    main, rest = (head[1], value[head.end() :]) if head else ("", value)
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    position, count = 0, 0
    while position < len(rest) and count < _MAX:
        name, text, position = _next(rest, position)
        count += 1
        section = _SECTION.fullmatch(name)
        if section:
            number = int(section[2] or 0)
            extended = section[3] is not None or section[2] is None
            sections.setdefault(section[1], {}).setdefault(number, (text, extended))
        elif name:
            plain.setdefault(name, text)
    for name, pieces in sections.items():
        plain[name] = _join(pieces)
    return main.strip().lower(), plain


def _next(rest: str, position: int) -> tuple[str, str, int]:
    match = _NAME.match(rest, position)
    if match is None or match.end() == position:
        return "", "", position + 1
    name = match[1].lower()
    if not match[2]:
        return name, "", match.end()
    position = match.end()
    quoted = _QUOTED.match(rest, position)
    if quoted:
        # only quotes and backslashes are unescaped: C:\temp keeps its own (C6)
        return name, _ESCAPED.sub(r"\1", quoted[1]), quoted.end()
    bare = _WORDS.match(rest, position) or _BARE.match(rest, position)
    text = bare[0] if bare else ""
    return name, text.strip(), position + len(text)


def _join(pieces: dict[int, tuple[str, bool]]) -> str:
    """Put RFC 2231 sections in order and decode them together (RFC 2231 4.1)."""
    charset, data = "", bytearray()
    for number, (text, extended) in sorted(pieces.items()):
        if extended and number == 0 and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        data += unquote_to_bytes(text) if extended else text.encode("utf-8", "surrogatepass")
    return decode(bytes(data), charset or None)[0]
