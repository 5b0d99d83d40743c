"""Which of the desk's languages somebody writes in."""

from __future__ import annotations

import pytest

from backend.core.language import guess


@pytest.mark.parametrize(
    "text",
    [
        "Olá, não recebi o boleto deste mês.",
        "bom dia, preciso da segunda via da nota fiscal",
        "Meu pedido não chegou e ninguém responde!",
        "Vocês podem trocar a senha para mim?",
    ],
)
def test_portuguese_is_known_by_its_small_words(text: str):
    assert guess(text, default="en") == "pt-BR"


@pytest.mark.parametrize(
    "text",
    [
        "Hello, I have not received this month's invoice.",
        "Could you please reset my password?",
        "My order is not here and nobody answers!",
    ],
)
def test_english_is_known_by_its_small_words(text: str):
    assert guess(text, default="pt-BR") == "en"


@pytest.mark.parametrize("text", ["", "4711", "???", "Привет, как дела", "Invoice 4711 PDF"])
def test_what_tells_nothing_is_in_the_desks_language(text: str):
    assert guess(text, default="pt-BR") == "pt-BR"
    assert guess(text, default="en") == "en"
