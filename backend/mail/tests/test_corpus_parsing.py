"""Third-party mails with the values of another library: a second opinion, judged one by one."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from backend.mail.message import Address, ParsedMail
from backend.mail.parse import parse
from backend.mail.tests.corpus import corpus

FLOOR = 0.97
# folders of mails without expectations: they must be read, and show text where they have some
RAW = (
    "raw-enmime",
    "raw-webklex",
    "raw-cpython",
    "raw-nodemailer",
    "raw-postal_mime",
    "ham-spamassassin",
    "bounce-sisimai",
)
# A difference on this list is ours by the rule named; any other counts against the floor.
_ENCLOSED = "M23: the words and files of an enclosed mail belong to the .eml, kept byte by byte"
_NAMED = "A3: a file without a name gets one made from its type"
_SIGNATURE = "M25, A8: the signature proves, it is no file of the mail"
_NO_DOMAIN = "M14, RFC 5322 3.4.1: an address has a domain; none is invented"
_READ_ON = "M5, RFC 5322 4: the header is read on after the junk; that library stops there"
JUDGED: dict[str, dict[str, str]] = {
    "attachment_2_base64": {
        "text": _ENCLOSED,
        "names": "A3: of two equal names the second gets a suffix",
    },
    "attachment_8bit": {"text": _ENCLOSED},
    "attachment_emails__attachment_content_location": {"names": _NAMED},
    "attachment_emails__attachment_message_rfc822": {"text": _ENCLOSED, "files": _ENCLOSED},
    "attachment_emails__attachment_pdf": {
        "subject": "C8: the characters are emoji; the other value holds halves of them"
    },
    "attachment_emails__attachment_pdf_lf": {
        "subject": "C8: the characters are emoji; the other value holds halves of them"
    },
    "error_emails__content_transfer_encoding_7-bit": {
        "text": "C3: the bytes C3 86 are UTF-8, which Latin text is not by accident"
    },
    "error_emails__content_transfer_encoding_plain": {
        "text": "C3: 8-bit bytes under the label us-ascii are read, not dropped"
    },
    "error_emails__encoding_madness": {"reply_to": _NO_DOMAIN},
    "error_emails__invalid_subject_characters": {
        "subject": "M13: 8-bit bytes in a subject are read, not dropped"
    },
    "error_emails__missing_body": {"to": _NO_DOMAIN},
    "error_emails__missing_content_disposition": {
        "files": "M18: a picture that is no text is a file, whatever its disposition says"
    },
    "mime_emails__raw_email11": {"to": _NO_DOMAIN},
    "mime_emails__raw_email12": {"names": _NAMED},
    "mime_emails__raw_email_with_mimepart_without_content_type": {
        "text": _ENCLOSED,
        "files": _ENCLOSED,
    },
    "mime_emails__raw_email_with_nested_attachment": {"files": _SIGNATURE},
    "mime_emails__sig_only_email": {"files": _SIGNATURE},
    "multipart_report_emails__multipart_report_multiple_status": {
        "text": _ENCLOSED,
        "html": _ENCLOSED,
        "files": _ENCLOSED,
    },
    "plain_emails__mix_caps_content_type": {
        "from": "M14: the address is the word with the at sign, the words before it are the name"
    },
    "plain_emails__raw_email6": {"text": "C3: 8-bit bytes without a label are read, not dropped"},
    "plain_emails__raw_email_incorrect_header": dict.fromkeys(
        ("subject", "from", "to", "text"), _READ_ON
    ),
    "plain_emails__raw_email_with_at_display_name": {
        "to": "M15: Mikel@Lindsaar is a display name, the address stands in the brackets"
    },
    "rfc2822__example10": {
        "from": "RFC 5322 3.2.2: comments are no part of a display name (its appendix A.5)"
    },
    "rfc2822__example13": dict.fromkeys(("subject", "from", "text"), _READ_ON),
    "rfc2822__example14": {
        "subject": "RFC 2047 6.2: only the blanks between two encoded-words vanish"
    },
    "text_with_content_id": {"files": "M18: the only text of a mail is its body, not a file too"},
}


def lines(text: str | None) -> str:
    """Return a text without line-end and trailing-blank differences."""
    unified = (text or "").replace("\r\n", "\n").replace("\r", "\n").strip()
    return "\n".join(line.rstrip() for line in unified.split("\n"))


def people(addresses: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(x["name"], x["address"].lower()) for x in addresses]


def ours(addresses: tuple[Address, ...]) -> list[tuple[str, str]]:
    return [(x.name, x.address.lower()) for x in addresses]


def differences(want: dict[str, Any], mail: ParsedMail) -> set[str]:
    """Return the fields that differ from the other library's values."""
    author = want["from"] or {"name": "", "address": ""}
    found = {
        "subject": lines(want["subject"]) != lines(mail.subject),
        "from": people([author]) != (ours((mail.from_,)) if mail.from_ else [("", "")]),
        "to": people(want["to"]) != ours(mail.to),
        "cc": people(want["cc"]) != ours(mail.cc),
        "reply_to": people(want["reply_to"]) != ours(mail.reply_to),
        "date": moment(want["date"]) != mail.date and moment(want["date"]) is not None,
        # that library makes no text of HTML
        "text": bool(lines(want["text"])) and lines(want["text"]) != lines(mail.text),
        "html": bool(want["html"]) != bool(mail.html),
        "files": sorted(x["sha256"] for x in want["attachments"])
        != sorted(x.sha256 for x in mail.attachments),
    }
    names = sorted(x["filename"] for x in want["attachments"])
    if not found["files"]:
        found["names"] = names != sorted(x.filename for x in mail.attachments)
    return {name for name, differs in found.items() if differs}


def moment(written: str | None) -> datetime | None:
    if not written or written.startswith("1900"):  # what that library says for "unreadable"
        return None
    return datetime.fromisoformat(written).astimezone(UTC)


def test_the_mails_of_imap_tools_are_fully_right():
    cases = sorted(corpus("parse-imap_tools").glob("*.expect.json"))
    wrong: dict[str, set[str]] = {}
    for case in cases:
        name = case.name.removesuffix(".expect.json")
        mail = parse(case.with_name(f"{name}.eml").read_bytes())
        left = differences(json.loads(case.read_text()), mail) - set(JUDGED.get(name, {}))
        if left:
            wrong[name] = left
    assert len(cases) > 100
    assert 1 - len(wrong) / len(cases) >= FLOOR, wrong


def test_every_judgement_is_still_needed():
    for name, fields in JUDGED.items():
        path = corpus("parse-imap_tools", f"{name}.expect.json")
        mail = parse(path.with_name(f"{name}.eml").read_bytes())
        found = differences(json.loads(path.read_text()), mail)
        assert set(fields) <= found, name


@pytest.mark.parametrize("folder", RAW)
def test_no_mail_of_others_is_unreadable(folder: str):
    files = [x for x in sorted(corpus(folder).iterdir()) if is_mail(x)]
    assert files
    for file in files:
        mail = parse(file.read_bytes())
        assert not [x for x in mail.errors if x.startswith("unreadable")], file.name
        assert mail.message_id, file.name


def is_mail(path: Path) -> bool:
    return path.is_file() and not path.name.endswith((".json", "LICENSE.txt"))


@pytest.mark.parametrize("folder", ["ham-spamassassin", "bounce-sisimai"])
def test_mails_of_people_and_machines_show_text(folder: str):
    """All of these have words for a reader, or a file that holds them."""
    for file in filter(is_mail, sorted(corpus(folder).iterdir())):
        mail = parse(file.read_bytes())
        assert mail.text.strip() or mail.attachments, file.name
        assert mail.from_ or mail.errors, file.name
