import base64
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.mail.message import ParsedMail
from backend.mail.parse import parse
from backend.mail.tests import tnef_streams as tnef
from backend.mail.tests.corpus import corpus
from backend.mail.tests.mails import mail, multipart, part
from backend.mail.tests.tnef_streams import BINARY, OBJECT, STRING, UNICODE, value
from backend.mail.tnef import read_tnef

LONG_NAME, SHORT_NAME, DATA, MIME_TAG, CONTENT_ID = 0x3707, 0x3704, 0x3701, 0x370E, 0x3712


def winmail(stream: bytes, *more: bytes, kind: str = "application/ms-tnef; name=x.dat") -> bytes:
    blob = part(base64.encodebytes(stream), kind, Content_Transfer_Encoding="base64")
    return multipart("mixed", *more, blob)


def inner_files(result: ParsedMail) -> list[tuple[str, bytes]]:
    """Return the files after the blob itself."""
    return [(x.filename, x.content) for x in result.attachments[1:]]


@pytest.mark.parametrize(
    "kind",
    [
        "application/ms-tnef",
        "application/vnd.ms-tnef",
        "application/octet-stream; name=winmail.dat",
        "APPLICATION/MS-TNEF; NAME=WINMAIL.DAT",
    ],
)
def test_m27_files_in_winmail_dat_become_attachments_and_the_blob_is_kept(kind: str):
    stream = tnef.stream(tnef.file(title="nota.pdf", data=b"%PDF-1.4"))
    result = parse(winmail(stream, part("see file"), kind=kind))
    assert result.text == "see file"
    assert result.attachments[0].content == stream
    assert inner_files(result) == [("nota.pdf", b"%PDF-1.4")]
    assert result.attachments[1].content_type == "application/pdf"


def test_m27_a_winmail_dat_alone_is_read():
    stream = tnef.stream(tnef.file(title="a.txt", data=b"x"))
    coded = base64.encodebytes(stream)
    raw = mail(coded, Content_Type="application/ms-tnef", Content_Transfer_Encoding="base64")
    assert inner_files(parse(raw)) == [("a.txt", b"x")]


def test_m27_the_long_unicode_name_type_and_content_id_of_a_file_are_taken():
    long_name = value(LONG_NAME, UNICODE, "relatório – 日本.docx")
    values = [
        value(SHORT_NAME, STRING, "RELATO~1.DOC"),
        long_name,
        value(DATA, BINARY, b"PK\x03\x04"),
        value(MIME_TAG, STRING, "application/x-Word"),
        value(CONTENT_ID, STRING, "<logo@x>"),
    ]
    result = parse(winmail(tnef.stream(tnef.file(*values, title="RELATO~1.DOC"))))
    file = result.attachments[1]
    assert (file.filename, file.content) == ("relatório – 日本.docx", b"PK\x03\x04")
    assert (file.content_type, file.content_id) == ("application/x-word", "logo@x")


def test_m27_a_named_property_before_the_data_does_not_hide_it():
    named = value(0x8005, UNICODE, "x", name=tnef.string_name("content-class"))
    numbered = value(0x8006, 0x03, 7, name=tnef.GUID + struct.pack("<II", 0, 0x8554))
    multi = struct.pack("<HHI", 0x1003, 0x8007, 0)
    multi = struct.pack("<HH", 0x1003, 0x0EFF) + struct.pack("<III", 2, 1, 2)
    values = [named, numbered, multi, value(LONG_NAME, UNICODE, "a.bin"), value(DATA, BINARY, b"!")]
    assert inner_files(parse(winmail(tnef.stream(tnef.file(*values))))) == [("a.bin", b"!")]


def test_m27_a_file_without_a_title_is_kept():
    result = parse(winmail(tnef.stream(tnef.file(data=b"abc"), tnef.file(data=b"def"))))
    assert [x[1] for x in inner_files(result)] == [b"abc", b"def"]
    assert [x[0] for x in inner_files(result)] == ["anexo-2.bin", "anexo-3.bin"]


def test_m27_an_embedded_object_is_a_file_without_its_interface_id():
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 object"
    values = [value(DATA, OBJECT, tnef.GUID + ole), value(0x3001, STRING, "Planilha")]
    result = parse(winmail(tnef.stream(tnef.file(*values, title="Untitled Attachment"))))
    assert inner_files(result) == [("Planilha", ole)]


def message_stream(*attributes: bytes, subject: str = "Pedido") -> bytes:
    values = [
        value(0x0037, UNICODE, subject),
        value(0x1000, UNICODE, "corpo com ção"),
        value(0x0042, UNICODE, "Ana"),
        value(0x5D02, UNICODE, "ana@x.test"),
        struct.pack("<HHQ", 0x40, 0x0039, 133801632000000000),
    ]
    row = tnef.properties(
        value(0x3001, UNICODE, "Bia"), value(0x39FE, UNICODE, "bia@y.test"), value(0x0C15, 3, 2)
    )
    people = tnef.attribute(1, 0x9004, struct.pack("<I", 1) + row)
    return tnef.stream(tnef.message(*values), people, *attributes)


def test_m27_a_message_inside_becomes_a_mail_with_its_own_files():
    inner = message_stream(tnef.file(title="n.txt", data=b"note"))
    result = parse(winmail(tnef.stream(tnef.embedded(inner, value(0x3001, UNICODE, "Pedido")))))
    file = result.attachments[1]
    assert (file.filename, file.content_type) == ("Pedido.eml", "message/rfc822")
    opened = parse(file.content)
    assert (opened.subject, opened.text) == ("Pedido", "corpo com ção")
    assert opened.from_ is not None
    assert (opened.from_.name, opened.from_.address) == ("Ana", "ana@x.test")
    assert [x.address for x in opened.cc] == ["bia@y.test"]
    assert opened.date is not None
    assert [(x.filename, x.content) for x in opened.attachments] == [("n.txt", b"note")]


def test_m27_messages_nested_deeper_are_opened_one_after_the_other():
    stream = message_stream(tnef.file(title="deep.txt", data=b"deep"), subject="3")
    for level in "210":
        stream = message_stream(tnef.embedded(stream), subject=level)
    result = parse(winmail(stream))
    for level in "123":
        result = parse(next(x for x in result.attachments if x.filename.endswith(".eml")).content)
        assert result.subject == level
    assert [x.filename for x in result.attachments] == ["deep.txt"]


def test_m27_its_html_or_rtf_is_the_body_when_the_mail_has_none():
    html = tnef.stream(tnef.message(value(0x1013, BINARY, "<p>Olá</p>".encode("cp1252"))))
    assert parse(winmail(html)).html == "<p>Olá</p>"
    rtf = b"{\\rtf1\\ansi\\ansicpg1252 Ol\\'e1\\par mundo}"
    packed = tnef.stream(tnef.message(value(0x1009, BINARY, tnef.compressed(rtf))))
    assert parse(winmail(packed)).text == "Olá\nmundo"
    assert parse(winmail(html, part("own words"))).text == "own words"
    assert parse(winmail(html, part("own words"))).html is None


@pytest.mark.parametrize("cut", range(0, 400, 7))
def test_m27_a_stream_cut_anywhere_is_read_as_far_as_it_goes(cut: int):
    whole = message_stream(tnef.file(title="n.txt", data=b"note" * 20))
    result = parse(winmail(whole[: len(whole) - cut]))
    assert result.attachments
    assert not [x for x in result.errors if x.startswith("unreadable")]


@pytest.mark.parametrize(
    "stream",
    [
        b"",
        b"\x78\x9f\x3e\x22",
        tnef.stream(tnef.attribute(1, 0x9003, b"\xff" * 40)),
        tnef.stream(tnef.attribute(1, 0x9003, struct.pack("<IHHI", 1, 0x1003, 1, 0xFFFFFFFF))),
        tnef.stream(struct.pack("<BHHI", 2, 0x800F, 6, 0xFFFFFFFF)),
        tnef.stream(tnef.file() * 5_000),
        tnef.stream(tnef.attribute(1, 0x9004, struct.pack("<I", 0xFFFFFFFF) * 1_000)),
        tnef.stream(
            tnef.message(
                value(
                    0x1009,
                    BINARY,
                    struct.pack("<IIII", 9, 2**32 - 1, 0x75465A4C, 0) + b"\xff\x0f\xff" * 9_000,
                )
            )
        ),
    ],
)
def test_row_27_hostile_streams_are_bounded(stream: bytes):
    result = parse(winmail(stream, part("words")))
    assert result.text == "words"
    assert len(result.attachments) <= 1_001


@given(st.binary(max_size=600))
def test_any_bytes_behind_the_signature_are_read(data: bytes):
    message = read_tnef(b"\x78\x9f\x3e\x22\x00\x00" + data)
    assert message is not None
    assert sum(len(x.content) for x in message.files) <= len(data)


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("umlaut", ["TBZ PARIV GmbH.jpg", "image003.jpg", "UmlautAnhang-äüö.txt"]),
        ("bad_checksum", ["image001.png"]),
        ("duplicate_filename", ["file_abcdefgh.txt", "file_abcdefgh.txt", "VIA_Nytt_14021.htm"]),
        ("minimal_attachment", [""]),
        ("IPM-DistList", ["XXXXnews"]),
    ],
)
def test_m27_streams_of_others_give_their_files(name: str, files: list[str]):
    message = read_tnef(corpus("tnef-tnefparse", f"{name}.tnef").read_bytes())
    assert message is not None
    assert [x.name for x in message.files] == files
    assert all(x.content for x in message.files)
