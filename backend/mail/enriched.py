"""text/enriched and text/richtext as plain text (RFC 1896, RFC 1341 7.1.3)."""

import re

_BREAKS = re.compile(r"\n+")
_TOKEN = re.compile(r"<<|<(/?)([A-Za-z0-9-]{1,60})>|[^<]+|<")


def to_plain(text: str) -> str:
    """Return the words without their formatting commands; "\\n" line ends in and out. Linear."""
    pieces: list[str] = []
    unfilled, hidden = 0, 0
    for token in _TOKEN.finditer(text):
        name = (token[2] or "").lower()
        step = -1 if token[1] else 1
        if token[0] == "<<":
            pieces.append("<")
        elif name == "nofill":
            unfilled = max(unfilled + step, 0)
        elif name in ("param", "comment"):
            hidden = max(hidden + step, 0)
        elif name in ("nl", "np"):
            pieces.append("\n")
        elif name == "lt":
            pieces.append("<")
        elif not name and not hidden:
            # RFC 1896: one line break is a blank, n+1 are n
            pieces.append(token[0] if unfilled else _BREAKS.sub(_break, token[0]))
    return "".join(pieces)


def _break(match: re.Match[str]) -> str:
    return " " if len(match[0]) == 1 else "\n" * (len(match[0]) - 1)
