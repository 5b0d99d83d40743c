"""The answers of two other libraries' tests, judged as those libraries judge them."""

import json
from pathlib import Path

import pytest

from backend.mail.reply import strip
from backend.mail.tests.corpus import corpus

FLOOR = 0.9
# our value is not theirs, and why
JUDGED = {
    "reply-mail_parser_reply/email_2_1": "the rule above Outlook's header block belongs to it",
    "reply-mail_parser_reply/email_nl_1_2": "the rule above Outlook's header block belongs to it",
}
# what a person takes for the answer, where the libraries say nothing
READ_BY_US = {
    "reply-mail_parser_reply/caution": ("Hi lads's Team,", "CAUTION"),
    "reply-mail_parser_reply/caution2": ("Thank you for your help!", "Disclaimer"),
    "reply-mail_parser_reply/email_1_8": ("I will reply under this one", "this is my signature"),
    "reply-mail_parser_reply/email_3_1": ("First reply.", "second test reply"),
    "reply-mail_parser_reply/email_bullets": ("   - and another", "Joe Smith"),
    "reply-mail_parser_reply/email_danish_3": ("Svar.", "Oprindelig besked"),
    "reply-mail_parser_reply/email_danish_4": ("Svar.", "Oprindelig"),
    "reply-mail_parser_reply/email_danish_5": ("Svar.", "Kh"),
    "reply-mail_parser_reply/email_pl_1_2": ("Jak się masz?", "Wszystko w porządku"),
    "reply-mail_parser_reply/email_sv_anon_1": ("flexibel fram till kl 15", "070-0000000"),
    "reply-mail_parser_reply/email_swedish_1": ("Ursäkta mitt sena svar!", "Mvh"),
    "reply-mail_parser_reply/multi_header": ("start a new order.", "Unfortunately"),
    "reply-mail_parser_reply/outlook": ("My number is", "Get Outlook"),
    "reply-mail_parser_reply/pathological": ("back to a computer.", "reference sequence"),
    "reply-zapier/email_1_8": ("and under this.", "this is my signature"),
    "reply-zapier/email_BlackBerry": ("Here is another email", "Sent from"),
    "reply-zapier/email_sent_from_my_not_signature": ("Sent from my desk", "\0"),
    "reply-zapier/greedy_on": ("This should connect to TextMate", "port forwarding stopped"),
}


def tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def read(path: Path) -> str:
    return tidy(strip(path.read_text(encoding="utf-8", errors="replace")).text)


def is_right(path: Path) -> bool:
    want = json.loads(path.read_text())["first_reply"]
    found = read(path.with_name(path.name.replace(".expect.json", ".txt")))
    return (
        all(tidy(x) == found for x in want["equal"])
        and all(tidy(x) in found for x in want["contains"])
        and all(tidy(x) not in found for x in want["lacks"])
    )


def test_the_answers_of_other_libraries_are_found():
    paths = sorted(corpus().glob("reply-*/*.expect.json"))
    wrong = [
        name
        for path in paths
        if not is_right(path)
        for name in [f"{path.parent.name}/{path.name.removesuffix('.expect.json')}"]
    ]
    assert len(wrong) <= (1 - FLOOR) * len(paths)
    assert set(wrong) <= set(JUDGED)


@pytest.mark.parametrize("name", sorted(READ_BY_US))
def test_mails_without_expectations_read_as_a_person_reads_them(name: str):
    kept, left_out = READ_BY_US[name]
    found = read(corpus(f"{name}.txt"))
    assert kept in found
    assert left_out not in found
