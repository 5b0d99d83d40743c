"""M2: whatever the bytes are, there is a result, and it can be stored as text and as JSON."""

import gzip
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.mail.cli.render import as_json
from backend.mail.limits import DEFAULT
from backend.mail.message import ParsedMail
from backend.mail.parse import parse, peek
from backend.mail.tests.mails import joined, mail, multipart, nested, part

PIECES = [
    b"From: a@b.test\r\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n",
    b"Content-Type: multipart/alternative; boundary=c\r\n",
    b"Content-Type: message/rfc822\r\n",
    b"Content-Type: text/html; charset=utf-16\r\n",
    b"Content-Type: message/delivery-status\r\n",
    b"Content-Type: text/plain; format=flowed\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Transfer-Encoding: quoted-printable\r\n",
    b"Content-Transfer-Encoding: x-uuencode\r\n",
    b"Content-Disposition: attachment; filename*0*=x''%\r\n",
    b"Subject: =?utf-7?q?+?=\r\n",
    b"Date: Mon, 99 Foo 99999 99:99:99 +99999999\r\n",
    b"References: <a@b> <\r\n",
    b"--b\r\n",
    b"--b--\r\n",
    b"--c\r\n",
    b"\r\n",
    b"\n",
    b"\r",
    b"\x00",
    b"\xff\xfe",
    b"<p><![if x]>",
    b"begin 644 x\r\n",
    b"Final-Recipient: rfc822; a@b\r\n\r\n",
    b"On x 1 a@b wrote:\r\n> ",
    "ção".encode(),
    "ção".encode("cp1252"),
]


def check(result: ParsedMail) -> None:
    line = json.dumps(as_json("x.eml", result), ensure_ascii=False)
    assert "\x00" not in line
    assert "\\u0000" not in json.dumps(as_json("x.eml", result))
    line.encode("utf-8")
    assert result.message_id
    assert bool(result.reply_text.strip()) == bool(result.text.strip())


@given(st.binary(max_size=2_000))
def test_any_bytes(raw: bytes):
    check(parse(raw))
    peek(raw)


@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_any_mixture_of_pieces_of_mail(pieces: list[bytes]):
    raw = b"".join(pieces)
    check(parse(raw))
    peek(raw)


@given(st.binary(max_size=300), st.integers(0, 600), st.integers(0, 50))
def test_a_good_mail_with_a_damaged_stretch(noise: bytes, start: int, length: int):
    raw = multipart(
        "mixed",
        nested("alternative", part("plain"), part("<p>rich</p>", "text/html")),
        part("eA==", "image/png", Content_Transfer_Encoding="base64"),
        part(mail("inner"), "message/rfc822"),
        Date="Mon, 5 Jan 2026 00:00:00 +0000",
    )
    check(parse(raw[:start] + noise + raw[start + length :]))


HEADERS = st.sampled_from(
    [
        "From",
        "To",
        "Cc",
        "Reply-To",
        "Sender",
        "Subject",
        "Date",
        "Message-ID",
        "In-Reply-To",
        "References",
        "Content-Type",
        "Content-Disposition",
        "Content-Transfer-Encoding",
        "Content-ID",
        "Auto-Submitted",
        "Precedence",
        "Return-Path",
        "X-Failed-Recipients",
        "List-Id",
        "MIME-Version",
    ]
)


@given(st.lists(st.tuples(HEADERS, st.binary(max_size=120)), max_size=12), st.binary(max_size=300))
def test_any_values_in_known_headers(fields: list[tuple[str, bytes]], body: bytes):
    check(parse(b"".join(n.encode() + b": " + v + b"\r\n" for n, v in fields) + b"\r\n" + body))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00" * 100_000,
        b"\r\n",
        b"\n" * 100_000,
        b"\r" * 100_000,
        b":" * 100_000,
        b"--" * 50_000,
        gzip.compress(b"x" * 10_000, mtime=0),
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(range(256)) * 50,
        b"PK\x03\x04" + bytes(range(256)) * 50,
        bytes(range(256)) * 400,
        b"From: a@b.test",
        b"From: a@b.test\r\n",
        b"X" * 4_000_000,
        b"Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n\r\nx\r\n----",
        b'Content-Type: multipart/mixed; boundary="' + b"-" * 500 + b'"\r\n\r\n' + b"-" * 1_000_000,
        mail("x", Date="Mon, 5 Jan 9999999 00:00:00 +0000"),
        mail("x", Date="Mon, 5 Jan 2026 00:00:00 +9999999999999999999999"),
        mail("x", Date="0 0 0 0:0:0 0"),
        mail("x", Content_Type="text/plain; charset=punycode") + b"a" * 200_000,
        mail(joined(part("x"), boundary="b"), Content_Type="multipart/mixed; boundary*=x'%"),
    ],
)
def test_awkward_bytes(raw: bytes):
    check(parse(raw))
    peek(raw)


def test_peek_says_what_parse_says():
    raw = mail("x", Subject="=?utf-8?q?Ol=C3=A1?=", Message_ID="<a@b>")
    seen, parsed = peek(raw), parse(raw)
    assert parsed.from_ is not None
    assert (seen.from_address, seen.subject, seen.message_id) == (
        parsed.from_.address,
        parsed.subject,
        parsed.message_id,
    )


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("Mon, 5 Jan 2026 10:00:00 -0300", "2026-01-05T13:00:00+00:00"),
        ("5 Jan 2026 10:00 GMT", "2026-01-05T10:00:00+00:00"),
        ("Mon, 05 Jan 2026 10:00:00 -0000", "2026-01-05T10:00:00+00:00"),
        ("Mon, 05 Jan 2026 10:00:00", "2026-01-05T10:00:00+00:00"),
        ("Mon, 05 Jan 2026 10 (x) : 00 : 00 +0000 (UTC)", "2026-01-05T10:00:00+00:00"),
    ],
)
def test_m9_dates_are_read_as_utc(written: str, utc: str):
    date = parse(mail(Date=written)).date
    assert date is not None
    assert date.isoformat() == utc


@pytest.mark.parametrize("written", ["", "yesterday", "Mon, 99 Jan 2026", "%date%"])
def test_m9_an_unreadable_date_is_none(written: str):
    assert parse(mail(Date=written)).date is None


@pytest.mark.parametrize(
    ("written", "ids"),
    [
        ("<a@b> <c@d>", ("a@b", "c@d")),
        ("<a@b>\r\n <c@d>", ("a@b", "c@d")),
        ("<a@b><c@d>", ("a@b", "c@d")),
        ("<a\r\n b@c>", ("ab@c",)),
        ("a@b c@d", ("a@b", "c@d")),
        ("<a@b> <a@b>", ("a@b",)),
        ("Your mail of Monday <a@b>", ("a@b",)),
        ("", ()),
    ],
)
def test_t6_ids_of_references_are_read(written: str, ids: tuple[str, ...]):
    result = parse(mail(References=written, In_Reply_To=written))
    assert (result.references, result.in_reply_to) == (ids, ids)


def test_m22_of_too_many_references_the_first_and_the_last_are_kept():
    result = parse(mail(References=" ".join(f"<{n}@x>" for n in range(5_000))))
    assert len(result.references) == 1_000
    assert (result.references[0], result.references[-1]) == ("0@x", "4999@x")
    assert "too_many_references" in result.errors


def test_when_the_parts_cannot_be_read_the_header_still_is():
    broken = replace(DEFAULT, parts="not a number")  # type: ignore[arg-type]
    result = parse(multipart("mixed", part("x"), Message_ID="<a@b>"), limits=broken)
    assert (result.subject, result.message_id) == ("Hi", "a@b")
    assert result.errors[0] == "unreadable: TypeError"


def test_when_nothing_can_be_read_the_mail_still_has_an_id():
    broken = replace(DEFAULT, headers="not a number")  # type: ignore[arg-type]
    result = parse(mail("x"), limits=broken)
    assert result.message_id_generated
    assert result.message_id == parse(mail("x")).message_id
    assert result.errors == ("unreadable: TypeError", "unreadable: TypeError")
