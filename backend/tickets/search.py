"""The words of tickets, and the query that finds them (STACK.md 4)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator, Sequence

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

from backend.core.folding import fold, stem, words
from backend.core.gathering import Rows
from backend.core.text import at_most_bytes

_WORDS_PER_MESSAGE = 4000
# PostgreSQL refuses a tsvector over 1 MiB; a ticket that long is found by its newest words less.
_LONGEST_VECTOR = 500_000
_LONGEST_DOCUMENT = 400_000
_SMALL = 20_000
_MOST_QUERY_WORDS = 12
_NUMBER = re.compile(r"#?(\d{1,18})")

_ADD = """
INSERT INTO ticket_search (ticket_id, words)
SELECT id, to_tsvector('simple', document) FROM unnest(%s::uuid[], %s::text[]) AS t (id, document)
ON CONFLICT (ticket_id) DO UPDATE SET words = ticket_search.words || EXCLUDED.words
WHERE octet_length(ticket_search.words::text) < %s
"""


def add(ticket_id: uuid.UUID, *texts: str) -> None:
    """Make the words of `texts` find the ticket."""
    _documents.add((ticket_id, _document(texts)))


def _document(texts: Iterable[str]) -> str:
    found = words(" ".join(texts), limit=_WORDS_PER_MESSAGE)
    return at_most_bytes(" ".join(found), _LONGEST_DOCUMENT)


def _insert(documents: Sequence[tuple[uuid.UUID, str]]) -> None:
    with connection.cursor() as cursor:
        for once in _rounds(documents):
            cursor.execute(_ADD, [list(once), list(once.values()), _LONGEST_VECTOR])


def _rounds(documents: Iterable[tuple[uuid.UUID, str]]) -> Iterator[dict[uuid.UUID, str]]:
    """The documents such that each statement has one a ticket; small ones are joined."""
    parts: dict[uuid.UUID, list[str]] = {}
    for ticket_id, document in documents:
        earlier = parts.setdefault(ticket_id, [])
        if earlier and len(earlier[-1]) + len(document) < _SMALL:
            earlier[-1] += f" {document}"
        else:
            earlier.append(document)
    for number in range(max(map(len, parts.values()))):
        yield {ticket: found[number] for ticket, found in parts.items() if len(found) > number}


_documents = Rows(_insert)


def replace(ticket_id: uuid.UUID, documents: Iterable[Sequence[str]]) -> None:
    """Let the words of these texts, one document at least, find the ticket, and no others."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ticket_search WHERE ticket_id = %s", [ticket_id])
    _insert([(ticket_id, _document(texts)) for texts in documents])


def absorb(source: uuid.UUID, target: uuid.UUID) -> None:
    """Make everything that finds `source` find `target` instead."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE ticket_search t SET words = t.words || s.words FROM ticket_search s
            WHERE t.ticket_id = %s AND s.ticket_id = %s
                AND octet_length(t.words::text) + octet_length(s.words::text) < %s
            """,
            [target, source, _LONGEST_VECTOR + _LONGEST_DOCUMENT],
        )
        cursor.execute("DELETE FROM ticket_search WHERE ticket_id = %s", [source])


def matches(text: str) -> Q | None:
    """The condition for tickets that hold every word of `text`; the last word may be unfinished.

    A ticket number, with or without "#", finds that ticket. None when nothing can be searched.
    """
    number = _NUMBER.fullmatch(text.strip())
    query = _tsquery(text)
    if query is None:
        return Q(number=int(number[1])) if number else None
    # As one set of ids: an OR with the number would walk through all tickets.
    found = RawSQL(
        "SELECT ticket_id FROM ticket_search WHERE words @@ to_tsquery('simple', %s)"
        " UNION SELECT id FROM tickets WHERE number = %s",
        [query, int(number[1]) if number else None],
    )
    return Q(pk__in=found)


def _tsquery(text: str) -> str | None:
    found = words(text, limit=_MOST_QUERY_WORDS)
    if not found:
        return None
    terms = [f"'{word}'" for word in found]
    last = fold(text).split()[-1]
    if last and last[-1].isalnum():
        tail = words(last)
        raw = re.findall(r"[^\W_]+", last)
        if tail and raw and stem(raw[-1]) == tail[-1]:
            # "instalaçõe" is on its way to "instalações", which is kept as "instalacao".
            ends = {tail[-1], raw[-1], stem(f"{raw[-1]}s"), stem(f"{raw[-1]}es")}
            terms[-1] = "(" + " | ".join(f"'{end}':*" for end in sorted(ends)) + ")"
    return " & ".join(terms)
