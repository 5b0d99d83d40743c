"""Keyset cursors: the place after the last row of a page, as an opaque text.

A page costs the same at any depth (STACK.md 4), and rows that arrive meanwhile shift nothing.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec

from backend.core.errors import FieldError, Invalid

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


def encode_cursor(*values: Any) -> str:
    """A cursor that `decode_cursor` gives back as a list of texts (None stays None)."""
    texts = [None if value is None else _text(value) for value in values]
    return base64.urlsafe_b64encode(msgspec.json.encode(texts)).decode().rstrip("=")


def _text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def decode_cursor(cursor: str, *, parts: int) -> list[str | None]:
    """The values of a cursor; raises Invalid for anything `encode_cursor` did not write."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=list[str | None])
    except (ValueError, binascii.Error, msgspec.MsgspecError) as error:
        raise _bad_cursor() from error
    if len(values) != parts or any("\0" in value for value in values if value):
        raise _bad_cursor()
    return values


def _bad_cursor() -> Invalid:
    return Invalid(
        "This cursor is not one the desk gave: start again without it.",
        code="bad_cursor",
        fields={"cursor": [FieldError("Leave it out to start at the first page.", "bad_cursor")]},
    )


def bad_cursor_value(error: Exception) -> Invalid:
    """The error for a cursor whose parts don't read as dates or ids."""
    invalid = _bad_cursor()
    invalid.__cause__ = error
    return invalid
