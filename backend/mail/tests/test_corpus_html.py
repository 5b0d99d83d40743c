"""Sanitising, over the cases of two other sanitisers (MIT, Apache-2.0); 100 % is the floor."""

import json

import pytest

from backend.mail.html import sanitise
from backend.mail.limits import DEFAULT
from backend.mail.parse import parse
from backend.mail.tests.corpus import corpus
from backend.mail.tests.html_checker import faults, words
from backend.mail.tests.mails import mail


def html5lib_cases() -> list[dict[str, str]]:
    cases: list[dict[str, str]] = json.loads(corpus("html-html5lib", "tests1.dat").read_text())
    return cases


def bleach_cases() -> list[tuple[str, str]]:
    files = sorted(corpus("html-bleach").glob("*.test"))
    halves = [file.read_text(encoding="utf-8").split("\n--\n") for file in files]
    return [(half[0], half[1]) for half in halves]


def clean(html: str) -> str:
    return sanitise(html, DEFAULT)[0]


def test_h2_every_case_of_html5lib_is_harmless():
    found = {case["name"]: faults(clean(case["input"])) for case in html5lib_cases()}
    assert len(found) > 60
    assert not {name: bad for name, bad in found.items() if bad}


def test_h2_every_case_of_bleach_is_harmless():
    found = [faults(clean(case)) for case, _ in bleach_cases()]
    assert len(found) == 20
    assert not any(found)


def test_h5_words_of_html5lib_that_are_no_code_survive():
    # that library shows elements it refuses as text; their words are code, not the sender's
    cases = [case for case in html5lib_cases() if "&lt;" not in case["output"]]
    lost = {
        case["name"]: words(case["output"])
        for case in cases
        if words(clean(case["input"])) != words(case["output"])
    }
    assert not lost


def test_h5_links_and_colours_of_html5lib_survive():
    by_name = {case["name"]: clean(case["input"]) for case in html5lib_cases()}
    assert 'href="http://www.ragingplatypus.com/"' in by_name["platypus"]
    assert "background-color:black" in by_name["platypus"]
    assert 'style="color:blue"' in by_name["style_attr_end_with_semicolon_space"]
    assert 'alt="foo"' in by_name["should_allow_image_alt_attribute"]
    assert "http://ha.ckers.org/xss.js" in by_name["non_alpha_non_digit_3"]


def test_h5_text_after_the_attacks_of_bleach_survives():
    for case, _ in bleach_cases():
        assert words(clean(f"<p>before</p>{case}<p>after</p>"))[0] == "before"


@pytest.mark.parametrize(
    "folder",
    ["ham-spamassassin", "raw-enmime", "raw-webklex", "raw-cpython", "parse-imap_tools"],
)
def test_h2_the_html_of_every_third_party_mail_is_harmless(folder: str):
    files = [file for file in sorted(corpus(folder).iterdir()) if file.suffix not in {".json"}]
    bad = {file.name: faults(parse(file.read_bytes()).html or "") for file in files}
    assert not {name: found for name, found in bad.items() if found}


def test_h2_a_mail_made_of_all_attacks_is_harmless():
    attacks = [case["input"] for case in html5lib_cases()] + [case for case, _ in bleach_cases()]
    for joint in ("", "<p>", "</div>", "<table>", "<svg>", "<!--", "<style>", '"', "'>"):
        result = parse(mail(joint.join(attacks), Content_Type="text/html; charset=utf-8"))
        assert not faults(result.html or "")
