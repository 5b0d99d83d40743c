"""Cursors: what goes in comes out, and nothing else is taken."""

from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.errors import Invalid
from backend.core.ids import uuid7
from backend.core.paging import decode_cursor, encode_cursor


@given(st.lists(st.none() | st.text().filter(lambda text: "\0" not in text), max_size=4))
def test_texts_come_back_as_they_went_in(values: list[str | None]):
    assert decode_cursor(encode_cursor(*values), parts=len(values)) == values


def test_ids_dates_and_numbers_come_back_as_texts_that_read_the_same():
    one, moment = uuid7(), datetime(2026, 11, 23, 12, 30, 1, 999999, tzinfo=UTC)
    cursor = encode_cursor(one, moment, date(2026, 1, 2), 42, None)
    assert decode_cursor(cursor, parts=5) == [
        str(one), moment.isoformat(), "2026-01-02", "42", None,
    ]  # fmt: skip
    assert datetime.fromisoformat(str(decode_cursor(cursor, parts=5)[1])) == moment


def test_a_cursor_needs_no_escaping_in_an_address():
    cursor = encode_cursor("~" * 20, "çã", uuid7())
    assert cursor.isascii()
    assert cursor.replace("-", "").replace("_", "").isalnum()


def forged(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "not a cursor",
        "çã",
        "\ud800",
        "====",
        "../../etc/passwd",
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        forged({"a": 1}),
        forged([1]),
        forged([["a"]]),
        forged("a"),
        forged(None),
        forged([]),
        forged(["a", "b"]),
        forged(["a\0b"]),
        forged(["\ud800"]),
        "W" * 100_000,
    ],
)
def test_a_forged_cursor_is_refused_with_what_to_do(cursor: str):
    with pytest.raises(Invalid) as caught:
        decode_cursor(cursor, parts=1)
    assert caught.value.code == "bad_cursor"
    assert "cursor" in caught.value.fields
