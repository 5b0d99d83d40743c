"""M22: mails made to be slow or large are understood, and cut with a word where they must be.

What each costs is measured by `./desk bench hostile`.
"""

import pytest

from backend.mail.parse import parse
from backend.mail.tests.hostile import GENERATORS
from backend.mail.tests.mutations import problems


@pytest.mark.parametrize("name", GENERATORS)
def test_m22_a_hostile_mail_gives_a_sound_result(name: str):
    assert not problems(GENERATORS[name](20_000))


@pytest.mark.parametrize(
    ("name", "size", "error"),
    [
        ("to a@b,", 20_000, "too_many_recipients"),
        ("references", 20_000, "too_many_references"),
        ("one line", 200_000, "header_too_long"),
        ("fields", 400_000, "too_many_headers"),
        ("folds", 400_000, "too_many_headers"),
        ("texts", 200_000, "too_many_parts"),
        ("nested multiparts", 20_000, "too_deep"),
        ("html <div>", 20_000, "html_too_deep"),
        ("html <p>", 200_000, "html_too_large"),
        ("html &amp;", 200_000, "html_too_large"),
        ("html long attribute", 2_000_000, "html_too_large"),
        ("blanks", 5_000_000, "text_too_large"),
    ],
)
def test_m22_what_is_beyond_a_limit_is_reported(name: str, size: int, error: str):
    assert error in parse(GENERATORS[name](size)).errors
