"""One folding for what is searched and what is searched for: case, accents, plurals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.folding import STOP_WORDS, fold, stem, words


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Cobrança", "cobranca"),
        ("INSTALAÇÃO", "instalacao"),
        ("Avó e avô", "avo e avo"),
        ("pingüim, às vezes", "pinguim, as vezes"),
        ("Straße", "strasse"),
        ("Ångström", "angstrom"),
        ("nº 12", "no 12"),
        ("ﬁm", "fim"),
        ("Caf\u0065\u0301", "cafe"),
        ("ΟΔΟΣ", "οδοσ"),
        ("", ""),
    ],
)
def test_case_and_accents_make_no_difference(text: str, folded: str):
    assert fold(text) == folded


@pytest.mark.parametrize("text", ["Foo™", "№ 5", "𝐀𝐁", "ᴬᴮ", "㎏ ㏄", "Ⅷ"])
def test_letters_hidden_in_signs_are_lower_case_too(text: str):
    assert fold(text) == fold(text).lower()


@given(st.text())
def test_folding_what_is_folded_changes_nothing(text: str):
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet=st.characters(categories=["Lu", "Ll"], max_codepoint=0x17F)))
def test_upper_and_lower_case_find_the_same(text: str):
    assert fold(text.lower()) == fold(text) or "İ" in text or "ı" in text


@pytest.mark.parametrize(
    ("singular", "plural"),
    [
        ("instalação", "instalações"),
        ("decisão", "decisões"),
        ("alemão", "alemães"),
        ("jornal", "jornais"),
        ("papel", "papéis"),
        ("lençol", "lençóis"),
        ("azul", "azuis"),
        ("mensagem", "mensagens"),
        ("flor", "flores"),
        ("vez", "vezes"),
        ("pedido", "pedidos"),
        ("delivery", "deliveries"),
        ("ticket", "tickets"),
        ("boleto", "BOLETOS"),
    ],
)
def test_a_plural_is_found_by_its_singular(singular: str, plural: str):
    assert words(plural) == words(singular)


@pytest.mark.parametrize("word", ["gas", "os", "ss", "express", "business", "s"])
def test_short_words_and_words_in_double_s_are_no_plurals(word: str):
    assert stem(word) == word


def test_stop_words_are_left_out_and_the_order_stays():
    assert words("O pedido da Ana não chegou à loja") == ["pedido", "ana", "nao", "chegou", "loja"]


def test_stop_words_are_written_as_folding_leaves_them():
    assert {fold(word) for word in STOP_WORDS} == STOP_WORDS


def test_numbers_and_parts_of_names_with_signs_are_words():
    assert words("Pedido #4711, nota_fiscal 12/2026; ana@example.net") == [
        "pedido", "4711", "nota", "fiscal", "12", "2026", "ana", "example", "net",
    ]  # fmt: skip


def test_a_word_too_long_to_be_one_is_left_out():
    assert words(f"nota {'x' * 61} fiscal") == ["nota", "fiscal"]
    assert words("y" * 60) == ["y" * 60]


def test_the_limit_counts_words_that_are_kept():
    assert words("de um pedido da loja nova", limit=2) == ["pedido", "loja"]


@given(st.text())
def test_every_word_is_found_again_by_itself(text: str):
    for word in words(text):
        assert word in words(word) or stem(word) != word or word in STOP_WORDS
