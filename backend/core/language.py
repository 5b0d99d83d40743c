"""Which of the desk's languages a text is in, by its small words."""

from __future__ import annotations

import re
from typing import Literal

Language = Literal["pt-BR", "en"]

_WORD = re.compile(r"[^\W\d_]+")
_LOOKED_AT = 4_000  # characters; more says nothing new
_PORTUGUESE_WORDS = """
    a ao aos as até bem boa bom com como da das de do dos e ela ele em entre era essa esse esta
    este estou está eu foi fui hoje isso já lhe mais mas me meu minha muito na nas nem no nos não
    nós o obrigada obrigado olá onde os ou para pela pelo pode por porque pra preciso que quem
    quero se sem ser seu sua são também te tem tenho um uma vocês você à é
"""
_ENGLISH_WORDS = """
    about after am an and are as at be been but by can could do does for from had has have hello
    hi how i if in is it its just like my need no not of on or our please so some thank thanks
    that the their them there they this to want was we were what when where which who will with
    would you your
"""
_PORTUGUESE = frozenset(_PORTUGUESE_WORDS.split())
_ENGLISH = frozenset(_ENGLISH_WORDS.split())


def guess(text: str, *, default: Language) -> Language:
    """The language of a text; `default` where neither language's small words prevail."""
    found = _WORD.findall(text[:_LOOKED_AT].lower())
    portuguese = sum(word in _PORTUGUESE for word in found)
    english = sum(word in _ENGLISH for word in found)
    if portuguese == english:
        return default
    return "pt-BR" if portuguese > english else "en"
