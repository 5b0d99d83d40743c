"""MIME as mailers bend it: forms that other libraries' suites are full of."""

import base64

import pytest

from backend.mail.message import ParsedMail
from backend.mail.parse import parse
from backend.mail.tests.mails import joined, mail, multipart, nested, part

PLAIN = part("plain words")
PDF = part(
    base64.b64encode(b"%PDF-1"),
    "application/pdf; name=a.pdf",
    Content_Transfer_Encoding="base64",
)


def names(result: ParsedMail) -> list[str]:
    return [x.filename for x in result.attachments]


@pytest.mark.parametrize(
    "kind",
    [
        "text/html; charset=utf-8",
        "TEXT/HTML; CHARSET=UTF-8",
        "text/html charset=utf-8",
        "text/html, charset=utf-8",
        "text/html (a comment); charset=utf-8",
        '"text/html"; charset="utf-8"',
        "text/html;; charset = utf-8 ;",
        "text/html;\r\n\tcharset=utf-8",
        "text/html; charset=utf-8; charset=latin1",
    ],
)
def test_m21_a_content_type_is_read_in_all_its_forms(kind: str):
    result = parse(mail("<p>Olá</p>", Content_Type=kind))
    assert (result.text, result.html, result.charset) == ("Olá", "<p>Olá</p>", "utf-8")


@pytest.mark.parametrize("encoding", ["base64 (x)", '"base64"', "BASE64;", " base64 "])
def test_m31_a_transfer_encoding_is_read_in_all_its_forms(encoding: str):
    assert parse(mail("T2zDoQ==", Content_Transfer_Encoding=encoding)).text == "Olá"


@pytest.mark.parametrize(
    "boundary",
    ["BB (comment)", "'BB'", '"BB', '"BB" ; x', "BB;", '"BB   "', "wrong"],
)
def test_m21_a_boundary_is_read_in_all_its_forms(boundary: str):
    raw = multipart("mixed", PLAIN, PDF).replace(b'"BB"', boundary.encode(), 1)
    result = parse(raw)
    assert (result.text, names(result)) == ("plain words", ["a.pdf"])


def test_m21_a_boundary_in_sections_is_joined():
    raw = multipart("mixed", PLAIN, PDF).replace(b'boundary="BB"', b"boundary*0=B; boundary*1=B", 1)
    assert names(parse(raw)) == ["a.pdf"]


@pytest.mark.parametrize("junk", [b">", b"; x", b" text", b"\t", b"--"])
def test_m21_a_closing_boundary_with_junk_closes(junk: bytes):
    raw = multipart("mixed", PLAIN, PDF).replace(b"--BB--", b"--BB--" + junk) + b"evil"
    assert parse(raw).attachments[0].content == b"%PDF-1"


def test_m21_a_part_that_uses_the_boundary_of_its_parent_hides_nothing():
    inner = nested("alternative", PLAIN, part("<p>rich</p>", "text/html"), boundary="BB")
    result = parse(multipart("mixed", inner, PDF))
    assert "plain words" in result.text
    assert names(result) == ["a.pdf"]
    assert "boundary_reused" in result.errors


def test_m21_preamble_and_epilogue_are_no_text():
    body = b"This is MIME.\r\n" + joined(PLAIN, boundary="BB") + b"\r\nbye\r\n"
    result = parse(mail(body, Content_Type='multipart/mixed; boundary="BB"'))
    assert result.text == "plain words"


def test_m21_a_text_that_is_a_multipart_by_its_look_is_split():
    body = joined(part("<p>rich</p>", "text/html"), boundary="BB")
    result = parse(mail(body, Content_Type='text/html; boundary="BB"'))
    assert result.html == "<p>rich</p>"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"--BB\r\n\r\nno header\r\n--BB--", "no header"),
        (b"--BB\r\nno header and no blank line\r\n--BB--", "no header and no blank line"),
        (b"--BB\r\nContent-Type: text/plain\r\nno blank line\r\n--BB--", "no blank line"),
        (b"--BB\r\n--BB\r\n\r\nafter an empty part\r\n--BB--", "after an empty part"),
        (b"--BB\r\n\r\none\r\n--BB\r\n\r\ntwo\r\n", "one\ntwo"),
        (b"words before any boundary", "words before any boundary"),
        (b"", ""),
    ],
)
def test_m21_parts_without_header_or_end_are_read(body: bytes, text: str):
    assert parse(mail(body, Content_Type='multipart/mixed; boundary="BB"')).text == text


def test_words_labelled_base64_are_shown_as_they_are():
    words = "Prezados, segue o pedido de ontem.\r\nPodem confirmar?\r\n\r\nAna\r\n"
    result = parse(mail(words, Content_Transfer_Encoding="base64"))
    assert result.text == words.replace("\r\n", "\n").strip()
    assert "not_base64" in result.errors


def test_a_footer_below_base64_text_is_kept_as_text():
    coded = base64.encodebytes("Olá, mundo cruel e vasto".encode()).decode()
    footer = "\n_______________________\nlista@x.test\n"
    result = parse(mail(coded + footer, Content_Transfer_Encoding="base64"))
    assert result.text == "Olá, mundo cruel e vasto\n_______________________\nlista@x.test"
    (file,) = parse(
        multipart("mixed", part(coded + footer, "a/b", Content_Transfer_Encoding="base64"))
    ).attachments
    assert file.content == "Olá, mundo cruel e vasto".encode()


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("a=\r\nb", "ab"),
        ("a= \t\r\nb", "ab"),
        ("a=3d=3D", "a=="),
        ("a=zz b=", "a=zz b"),
        ("100% = all", "100% = all"),
        ("=E7=E3o", "ção"),
    ],
)
def test_damaged_quoted_printable_is_read(body: str, text: str):
    result = parse(mail(body, Content_Transfer_Encoding="quoted-printable"))
    assert result.text == text


def test_m18_enriched_text_alone_is_text():
    body = "<bold>Olá</bold>\r\nmundo <<x> <color><param>red</param>vermelho</color>\r\n\r\nfim"
    result = parse(mail(body, Content_Type="text/enriched; charset=utf-8"))
    assert (result.text, result.attachments) == ("Olá mundo <x> vermelho\nfim", ())


def test_m18_enriched_text_beside_plain_text_is_left_out():
    result = parse(multipart("alternative", PLAIN, part("<b>x</b>", "text/enriched")))
    assert (result.text, names(result)) == ("plain words", [])


def test_m18_texts_are_joined_by_one_line_break():
    result = parse(multipart("mixed", part("one\r\n"), part("two"), part("three")))
    assert result.text == "one\ntwo\nthree"


@pytest.mark.parametrize("kind", ["flowed", "Flowed", '"flowed"'])
def test_m29_the_format_is_read_in_any_case(kind: str):
    assert parse(mail("a \r\nb", Content_Type=f"text/plain; format={kind}")).text == "a b"


def test_m23_a_mail_that_is_nothing_but_another_mail_keeps_it_as_a_file():
    enclosed = mail("inner", Subject="Dentro")
    result = parse(mail(enclosed, Content_Type="message/rfc822"))
    (file,) = result.attachments
    assert (result.text, file.filename, file.content) == ("", "Dentro.eml", enclosed)


def test_m23_mails_in_a_nested_digest_are_files_each():
    digest = nested("digest", b"\r\n" + mail("a", Subject="1"), b"\r\n" + mail("b", Subject="2"))
    assert names(parse(multipart("mixed", PLAIN, digest))) == ["1.eml", "2.eml"]


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_m4_a_multipart_is_split_with_either_line_end(end: bytes):
    raw = multipart("mixed", PLAIN, nested("alternative", PLAIN, PLAIN), PDF)
    result = parse(raw.replace(b"\r\n", end))
    assert (result.text, names(result)) == ("plain words\nplain words", ["a.pdf"])


def test_m30_text_of_html_has_paragraphs_marks_and_links_and_no_style():
    html = (
        "<style>p{color:red}</style><!-- no --><p>Um</p><p>Dois <a href='https://x.test/a'>aqui</a>"
        "</p><ul><li>a</li><li>b</li></ul>"
    )
    text = parse(mail(html, Content_Type="text/html")).text
    assert text == "Um\n\nDois aqui <https://x.test/a>\n\n* a\n* b"
