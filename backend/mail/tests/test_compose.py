import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.mail.compose import (
    Composed,
    HeaderInjection,
    InvalidAddress,
    compose,
    references_for,
)
from backend.mail.message import Address, Attachment
from backend.mail.parse import parse

DESK = Address("Suporte Ação", "suporte@desk.test")
ANA = Address("Ana Silva", "ana@x.test")
DATE = datetime(2026, 1, 5, 10, 0, tzinfo=timezone(timedelta(hours=-3)))
LOGO = Attachment("logo.png", "", "image/png", 3, "", True, "logo@desk", b"png")
FILE = Attachment("relatório.pdf", "", "application/pdf", 4, "", False, None, b"%PDF")


def write(**changes: Any) -> Composed:
    arguments: dict[str, Any] = {
        "mailbox_from": DESK,
        "to": [ANA],
        "subject": "Re: Boleto",
        "text": "Olá,\nsegue.",
        "message_id": "t.1@desk.test",
        "date": DATE,
    }
    return compose(**(arguments | changes))


def header(composed: Composed, name: str) -> str | None:
    head = composed.bytes_.split(b"\r\n\r\n")[0].decode()
    found = re.search(rf"(?mi)^{name}: *(.*(?:\r\n[ \t].*)*)", head)
    return re.sub(r"\r\n(?=[ \t])", "", found[1]).strip() if found else None


def check_wire(raw: bytes) -> None:
    """RFC 5321: CRLF only, no line over 998 bytes, 7-bit."""
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.isascii()
    assert raw.endswith(b"\r\n")
    assert b"\x00" not in raw


NAMES = st.text(alphabet=st.characters(exclude_characters="\r\n\x00", exclude_categories=["Cs"]))
WORDS = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]))
CONTENT = st.lists(WORDS, max_size=8).map("\n".join)


@given(subject=NAMES, name=NAMES, text=CONTENT, html=st.one_of(st.none(), CONTENT))
def test_whatever_is_written_is_safe_on_the_wire(
    subject: str, name: str, text: str, html: str | None
):
    composed = write(subject=subject, to=[Address(name, "a@b.test")], text=text, html=html)
    check_wire(composed.bytes_)


@given(subject=WORDS, name=WORDS, text=CONTENT)
def test_what_is_written_is_read_again(subject: str, name: str, text: str):
    import unicodedata

    def same(value: str) -> str:
        return unicodedata.normalize("NFC", value)

    result = parse(write(subject=subject, to=[Address(name, "a@b.test")], text=text).bytes_)
    assert result.errors == ()
    assert result.subject.split() == same(subject).split()
    assert result.to[0].name.split() == same(name).split()
    assert result.text.rstrip("\n").split() == same(text).rstrip("\n").split()


@given(st.binary(max_size=500), st.text(min_size=1, max_size=80, alphabet="abç .-_()'&;=%😀"))
def test_files_are_read_again(content: bytes, name: str):
    result = parse(write(attachments=[replace(FILE, filename=name, content=content)]).bytes_)
    assert [x.content for x in result.attachments] == [content]
    assert result.attachments[0].original_name == name.strip()


def test_the_same_arguments_give_the_same_bytes():
    arguments = {"html": "<p>x</p>", "attachments": [LOGO, FILE], "auto": True}
    assert write(**arguments) == write(**arguments)


def test_s3_text_html_image_and_file_are_nested_as_the_standard_says():
    raw = write(html='<img src="cid:logo@desk">', attachments=[LOGO, FILE]).bytes_
    kinds = re.findall(rb"Content-Type: ([a-z/]+)", raw)
    assert kinds == [
        b"multipart/mixed",
        b"multipart/alternative",
        b"text/plain",
        b"multipart/related",
        b"text/html",
        b"image/png",
        b"application/pdf",
    ]
    result = parse(raw)
    assert [(x.filename, x.inline) for x in result.attachments] == [
        ("logo.png", True),
        ("relatório.pdf", False),
    ]


@pytest.mark.parametrize(
    "text", ["a" * 5_000, "ç" * 5_000, "中" * 5_000, "a\rb\r\nc\nd", ".", "From x"]
)
def test_s3_no_line_is_too_long(text: str):
    composed = write(text=text, subject=text.replace("\r", "").replace("\n", ""), html=text)
    check_wire(composed.bytes_)
    assert parse(composed.bytes_).text.split() == text.split()


@pytest.mark.parametrize("bad", ["a\r\nBcc: x@evil.test", "a\nb", "a\rb", "a\x00b"])
@pytest.mark.parametrize(
    "place",
    [
        lambda bad: {"subject": bad},
        lambda bad: {"to": [Address(bad, "a@b.test")]},
        lambda bad: {"cc": [Address("", f"{bad}@b.test")]},
        lambda bad: {"bcc": [Address("", f"a@{bad}.test")]},
        lambda bad: {"mailbox_from": Address(bad, "a@b.test")},
        lambda bad: {"reply_to": Address("", f"{bad}@b.test")},
        lambda bad: {"message_id": bad},
        lambda bad: {"in_reply_to": bad},
        lambda bad: {"references": ["ok@x", bad]},
        lambda bad: {"attachments": [replace(FILE, filename=bad)]},
        lambda bad: {"attachments": [replace(FILE, content_type=f"text/{bad}")]},
        lambda bad: {"attachments": [replace(LOGO, content_id=bad)], "html": "x"},
    ],
    ids=[
        "subject",
        "to",
        "cc",
        "bcc",
        "from",
        "reply-to",
        "id",
        "in-reply-to",
        "references",
        "name",
        "type",
        "cid",
    ],
)
def test_s4_a_line_break_in_a_header_value_is_refused(place: Any, bad: str):
    with pytest.raises(HeaderInjection):
        write(**place(bad))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "@b.test",
        "a@",
        "a b@c.test",
        "a@b>, <evil@x.test",
        "a,b@c.test",
        "<a@b.test>",
        "a;b@c",
    ],
)
def test_an_address_that_cannot_be_written_is_refused(address: str):
    with pytest.raises(InvalidAddress):
        write(to=[Address("", address)])


def test_s17_bcc_is_in_the_envelope_only():
    composed = write(cc=[Address("", "c@x.test")], bcc=[Address("Secret", "b@x.test")])
    assert composed.envelope_to == ("ana@x.test", "c@x.test", "b@x.test")
    assert b"b@x.test" not in composed.bytes_
    assert b"Secret" not in composed.bytes_
    assert b"bcc" not in composed.bytes_.lower()


def test_a_recipient_named_twice_gets_one_copy():
    assert write(cc=[ANA], bcc=[ANA]).envelope_to == ("ana@x.test",)


def test_s6_domains_go_out_in_a_labels():
    composed = write(to=[Address("", "ana@AÇÃO.test")])
    assert composed.envelope_to == ("ana@" + "ação.test".encode("idna").decode(),)
    assert composed.bytes_.isascii()


def test_s12_a_person_s_answer_carries_no_mark_of_a_machine():
    raw = write().bytes_.lower()
    assert b"auto-submitted" not in raw
    assert b"precedence" not in raw


def test_b12_an_automatic_answer_is_marked():
    composed = write(auto=True)
    assert header(composed, "Auto-Submitted") == "auto-replied"
    assert header(composed, "X-Auto-Response-Suppress") == "All"
    assert header(composed, "Precedence") == "bulk"
    assert parse(composed.bytes_).auto.kind == "auto_reply"


def test_threading_headers_and_date_are_written():
    composed = write(in_reply_to="q@x.test", references=["p@x.test", "q@x.test"])
    assert header(composed, "Message-ID") == "<t.1@desk.test>"
    assert header(composed, "In-Reply-To") == "<q@x.test>"
    assert header(composed, "References") == "<p@x.test> <q@x.test>"
    assert header(composed, "Date") == "Mon, 05 Jan 2026 13:00:00 +0000"
    result = parse(composed.bytes_)
    assert (result.message_id, result.in_reply_to) == ("t.1@desk.test", ("q@x.test",))


def test_ids_of_others_that_cannot_be_written_are_left_out():
    composed = write(in_reply_to="a b@c", references=["ok@x", "é@x", "x" * 2_000])
    assert header(composed, "In-Reply-To") is None
    assert header(composed, "References") == "<ok@x>"


@given(st.lists(st.integers().map(lambda n: f"{n}@x"), max_size=60, unique=True))
def test_s2_references_keep_the_first_and_the_last_and_are_at_most_20(ids: list[str]):
    chain = references_for("parent@x", ids)
    assert len(chain) <= 20
    assert chain[-1] == "parent@x"
    assert chain[0] == (ids[0] if ids else "parent@x")
    assert len(set(chain)) == len(chain)


def test_s2_references_of_a_first_answer_are_the_mail_itself():
    assert references_for("a@x", ()) == ("a@x",)
    assert references_for("b@x", ("a@x", "b@x")) == ("a@x", "b@x")


def test_a_mail_without_recipient_id_or_zone_is_refused():
    with pytest.raises(ValueError, match="recipient"):
        write(to=[])
    with pytest.raises(ValueError, match="message id"):
        write(message_id="")
    with pytest.raises(ValueError, match="time zone"):
        write(date=datetime(2026, 1, 5))


def test_a_zone_of_utc_is_written_as_such():
    assert (
        header(write(date=datetime(2026, 1, 5, tzinfo=UTC)), "Date")
        == "Mon, 05 Jan 2026 00:00:00 +0000"
    )


@pytest.mark.parametrize("kind", ["message/rfc822", "multipart/mixed", "nonsense", "a b/c", ""])
def test_types_that_may_not_be_base64_travel_as_files(kind: str):
    raw = write(attachments=[replace(FILE, content_type=kind)]).bytes_
    assert [x.content_type for x in parse(raw).attachments] == ["application/octet-stream"]


def test_text_that_holds_a_boundary_does_not_end_the_mail():
    first = write(html="<p>x</p>").bytes_
    boundary = re.search(rb'boundary="([^"]+)"', first)
    assert boundary is not None
    raw = write(html="<p>x</p>", text=f"a\n--{boundary[1].decode()}--\nb").bytes_
    assert parse(raw).text.endswith("\nb")
