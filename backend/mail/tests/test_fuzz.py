"""M2, M22: 2,000 damaged mails, the same in every run; `./desk bench fuzz` goes on without end."""

from itertools import islice

import pytest

from backend.mail.tests.corpus import corpus
from backend.mail.tests.mutations import mutations, problems
from backend.mail.tests.seeds import seeds


def test_m2_the_mails_to_be_damaged_are_understood_whole():
    assert not [found for raw in seeds() if (found := problems(raw))]


@pytest.mark.parametrize("seed", range(10))
def test_m2_m22_no_damage_breaks_the_parser(seed: int):
    failures = [
        (number, found)
        for number, raw in enumerate(islice(mutations(seed, seeds()), 150))
        if (found := problems(raw))
    ]
    assert not failures


@pytest.mark.parametrize("seed", range(100, 105))
def test_m2_m22_no_damage_to_third_party_mails_breaks_the_parser(seed: int):
    folders = ("raw-enmime", "raw-webklex", "raw-cpython", "parse-imap_tools", "bounce-sisimai")
    files = [file for name in folders for file in sorted(corpus(name).iterdir())]
    letters = [file.read_bytes() for file in files if file.suffix != ".json"]
    failures = [
        (number, found)
        for number, raw in enumerate(islice(mutations(seed, letters), 100))
        if (found := problems(raw))
    ]
    assert not failures
