"""Structured header values: comments and quoted strings (RFC 5322 3.2.2-3.2.4)."""

import re

_MARK = re.compile(r'[\\"()]')


def without_comments(value: str) -> str:
    """Return an unfolded value with every comment as one blank; linear, any nesting.

    A comment that is never closed hides the rest, as it does for a careful reader.
    Parentheses inside quoted strings are text.
    """
    if "(" not in value:
        return value
    kept: list[str] = []
    depth, quoted, begin, position = 0, False, 0, 0
    while match := _MARK.search(value, position):
        mark, at = match[0], match.start()
        position = at + 1
        if mark == "\\":
            position += 1  # a quoted pair: the next character means nothing
        elif mark == '"':
            quoted = quoted if depth else not quoted
        elif not quoted and mark == "(":
            if depth == 0:
                kept += [value[begin:at], " "]
            depth += 1
        elif not quoted and depth:
            depth -= 1
            begin = at + 1 if depth == 0 else begin
    if depth == 0:
        kept.append(value[begin:])
    return "".join(kept)


def keyword(value: str) -> str:
    """Return the first word of a value in lower case, without comments and parameters."""
    return without_comments(value).partition(";")[0].strip().lower()
