"""Text that is safe to store and to put on one line."""

from __future__ import annotations

import unicodedata

_LINE_BREAKS = dict.fromkeys(map(ord, "\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"), " ")


def storable(text: str) -> str:
    """`text` in NFC without NUL and lone surrogates, which PostgreSQL refuses (MAIL.md C8, C9)."""
    cleaned = text.replace("\0", "")
    if not cleaned.isascii():
        cleaned = cleaned.encode("utf-8", "replace").decode("utf-8")
        cleaned = unicodedata.normalize("NFC", cleaned)
    return cleaned


def at_most_bytes(text: str, limit: int) -> str:
    """`text` cut to `limit` bytes of UTF-8, never inside a letter; for columns with an index.

    PostgreSQL refuses rows whose indexed value is longer than about 2,700 bytes.
    """
    if len(text) * 4 <= limit:
        return text
    return text.encode("utf-8", "replace")[:limit].decode("utf-8", "ignore")


def one_line(text: str, *, limit: int) -> str:
    """`text` on one line, runs of blanks made one, at most `limit` characters."""
    return " ".join(storable(text).translate(_LINE_BREAKS).split())[:limit]
