"""One folding for documents and queries: case, accents, light plurals, stop words (STACK.md 4).

The PostgreSQL stemmers disagree with themselves once accents are gone (instalação/instalações),
so words are prepared here and stored through `to_tsvector('simple', ...)`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# "\w" without the underscore, so that order_number is two words.
_WORD = re.compile(r"[^\W_]+")
_LONGEST_WORD = 60
# No letter below U+0300 is a combining mark.
_BEYOND_LATIN = re.compile("[\u0300-\U0010ffff]+")
# Words so common in Portuguese and English mail that they only make the index slower.
STOP_WORDS = frozenset(
    "a o e as os um uma de da do das dos em no na nos nas por para com que se ao aos "  # noqa: SIM905
    "the an of to in on and or is are it this that for with be at was".split()
)
_PLURALS: tuple[tuple[str, str], ...] = (
    ("coes", "cao"),
    ("soes", "sao"),
    ("oes", "ao"),
    ("aes", "ao"),
    ("ais", "al"),
    ("eis", "el"),
    ("ois", "ol"),
    ("uis", "ul"),
    ("ns", "m"),
    ("res", "r"),
    ("zes", "z"),
    ("ies", "y"),
)


def fold(text: str) -> str:
    """`text` in lower case without accents: "Cobrança" becomes "cobranca"."""
    if text.isascii():
        return text.lower()
    # Taken apart first: signs such as ™ and № hold capitals of their own. And again, because
    # some letters in lower case are two.
    lower = unicodedata.normalize("NFKD", text).casefold()
    return _BEYOND_LATIN.sub(_without_marks, unicodedata.normalize("NFKD", lower))


def _without_marks(found: re.Match[str]) -> str:
    return "".join(char for char in found[0] if not unicodedata.combining(char))


def stem(word: str) -> str:
    """A folded word without its Portuguese or English plural: "instalacoes" gives "instalacao"."""
    if len(word) < 4 or not word.endswith("s") or word.endswith("ss"):
        return word
    for ending, singular in _PLURALS:
        if word.endswith(ending) and len(word) - len(ending) >= 2:
            return word[: -len(ending)] + singular
    return word[:-1]


def words(text: str, *, limit: int | None = None) -> list[str]:
    """The searchable words of `text`, folded and stemmed, stop words left out, at most `limit`."""
    found: list[str] = []
    for match in _WORD.finditer(fold(text)):
        word = _kept(match[0])
        if not word:
            continue
        found.append(word)
        if limit is not None and len(found) >= limit:
            break
    return found


@lru_cache(maxsize=20_000)
def _kept(word: str) -> str:
    """A folded word as it is searched for, "" for one that is not."""
    return "" if len(word) > _LONGEST_WORD or word in STOP_WORDS else stem(word)
