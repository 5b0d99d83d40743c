"""Answers and forwards as today's programs write them: fixtures/replies, all invented by us."""

import json
from pathlib import Path
from typing import Any

import pytest

from backend.mail.message import Forwarded
from backend.mail.parse import parse

FIXTURES = Path(__file__).parent / "fixtures" / "replies"
NAMES = sorted(path.stem for path in FIXTURES.glob("*.eml"))


def expected(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FIXTURES / f"{name}.json").read_text())
    return loaded


def as_json(forwarded: Forwarded | None) -> dict[str, Any] | None:
    if forwarded is None:
        return None
    author = forwarded.from_
    return {
        "from": {"name": author.name, "address": author.address} if author else None,
        "to": [x.address for x in forwarded.to],
        "subject": forwarded.subject,
        "date": forwarded.date,
        "text": forwarded.text,
    }


def test_q3_there_are_fixtures_for_the_mailers_of_today():
    assert len(NAMES) >= 60


@pytest.mark.parametrize("name", NAMES)
def test_q2_the_new_words_of_todays_mailers_are_found(name: str):
    want = expected(name)
    mail = parse((FIXTURES / f"{name}.eml").read_bytes())
    assert (mail.reply_text, mail.signature_stripped) == (want["reply"], want["signature_stripped"])


@pytest.mark.parametrize("name", NAMES)
def test_t12_forwards_of_todays_mailers_are_found_and_answers_are_none(name: str):
    want = expected(name)["forwarded"]
    found = as_json(parse((FIXTURES / f"{name}.eml").read_bytes()).forwarded)
    if found is not None and want is not None:
        found = {key: found[key] for key in want}
    assert found == want
