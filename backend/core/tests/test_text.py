"""Text as it may be stored and shown."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from backend.core.text import at_most_bytes, one_line, storable

ANYTHING = st.text(alphabet=st.characters(categories=None))
"""Also lone surrogates, which st.text() leaves out."""


def test_nul_is_left_out():
    assert storable("a\0b\0") == "ab"


def test_a_lone_surrogate_becomes_a_question_mark():
    assert storable("ol\ud83d á") == "ol? á"


def test_letters_and_their_accents_become_one():
    assert storable("Cafe\u0301") == "Café"


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["a\0b", "\ud800\udfff", "é\udc80", "😀\0", "\x01\x1f\x7f\ufffe"])
def test_postgresql_stores_and_returns_it(text: str):
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::text", [storable(text)])
        assert cursor.fetchone() == (storable(text),)


@given(ANYTHING)
def test_storable_text_is_utf8_without_nul_and_stays_as_it_is(text: str):
    stored = storable(text)
    assert b"\0" not in stored.encode("utf-8")
    assert storable(stored) == stored


@given(ANYTHING, st.integers(0, 40))
def test_at_most_bytes_never_gives_more_and_never_half_a_letter(text: str, limit: int):
    cut = at_most_bytes(text, limit)
    assert len(cut.encode("utf-8", "replace")) <= limit
    assert text.encode("utf-8", "replace").decode().startswith(cut) or text == cut


@pytest.mark.parametrize(
    ("limit", "cut"), [(0, ""), (1, "a"), (2, "a"), (3, "aé"), (6, "aé"), (7, "aé😀"), (9, "aé😀")]
)
def test_at_most_bytes_keeps_all_letters_that_fit(limit: int, cut: str):
    assert at_most_bytes("aé😀", limit) == cut


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029"])
def test_every_kind_of_line_break_becomes_a_blank(break_: str):
    assert one_line(f" a{break_}\t b ", limit=10) == "a b"


@given(ANYTHING, st.integers(0, 30))
def test_one_line_is_one_line_of_storable_text(text: str, limit: int):
    line = one_line(text, limit=limit)
    assert len(line) <= limit
    assert len(line.splitlines()) <= 1
    assert line == storable(line)
