import base64
import hashlib
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.mail.attachments import safe_name
from backend.mail.message import Attachment
from backend.mail.parse import parse
from backend.mail.tests.mails import mail, multipart, part


def attach(*parts: bytes, kind: str = "mixed") -> tuple[Attachment, ...]:
    return parse(multipart(kind, part("text"), *parts)).attachments


def only(disposition: str = "attachment", content_type: str = "application/pdf") -> Attachment:
    (file,) = attach(part("x", content_type, Content_Disposition=disposition))
    return file


def test_a1_the_decoded_bytes_are_hashed_and_sized():
    content = bytes(range(256)) * 3 + b"\r\n\n\r"
    coded = base64.encodebytes(content)
    (file,) = attach(part(coded, "image/png", Content_Transfer_Encoding="base64"))
    assert (file.size, file.content) == (len(content), content)
    assert file.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="a.pdf"', "a.pdf"),
        ("attachment; filename=a.pdf", "a.pdf"),
        ("attachment; filename=meu arquivo.pdf", "meu arquivo.pdf"),
        ("attachment; filename*=utf-8''relat%C3%B3rio.pdf", "relatório.pdf"),
        ("attachment; filename*=iso-8859-1'pt'relat%F3rio.pdf", "relatório.pdf"),
        ('attachment; filename*0="rela"; filename*1="torio.pdf"', "relatorio.pdf"),
        ("attachment; filename*0*=utf-8''rela%C3; filename*1*=%A7.pdf", "relaç.pdf"),
        ('attachment; filename*1="b.pdf"; filename*0="a"', "ab.pdf"),
        ("attachment; filename=\"b.pdf\"; filename*=utf-8''a.pdf", "a.pdf"),
        ('attachment; filename="=?utf-8?q?relat=C3=B3rio=2Epdf?="', "relatório.pdf"),
        ("attachment; filename==?utf-8?q?relat=C3=B3rio=2Epdf?=", "relatório.pdf"),
        ('attachment; filename="relatório.pdf"', "relatório.pdf"),
        ('attachment;; filename="a.pdf";', "a.pdf"),
        ('ATTACHMENT; FILENAME = "a.pdf"', "a.pdf"),
        ('attachment; filename="a;b.pdf"', "a;b.pdf"),
        ('attachment; filename="a\\"b.pdf"', "a_b.pdf"),
    ],
)
def test_a2_names_are_read(disposition: str, name: str):
    assert only(disposition).filename == name


def test_a2_the_name_parameter_is_the_last_resort():
    assert only("attachment", 'application/pdf; name="n.pdf"').filename == "n.pdf"
    assert only('attachment; filename="f.pdf"', 'application/pdf; name="n.pdf"').filename == "f.pdf"


def test_a2_a_name_in_raw_latin_bytes_is_read():
    disposition = b'attachment; filename="a\xe7\xe3o.pdf"'
    (file,) = attach(part("x", "application/pdf", Content_Disposition=disposition))
    assert file.filename == "ação.pdf"


@pytest.mark.parametrize(
    ("content_type", "name"),
    [
        ("image/png", "anexo-1.png"),
        ("application/x-foo", "anexo-1.bin"),
        ("text/csv", "anexo-1.csv"),
    ],
)
@pytest.mark.parametrize("disposition", ["attachment", 'attachment; filename=""'])
def test_a3_a_missing_name_is_made_from_the_type(content_type: str, name: str, disposition: str):
    file = only(disposition, content_type)
    assert (file.filename, file.original_name) == (name, "")


def test_a3_equal_names_get_a_suffix():
    same = part("x", "image/png", Content_Disposition='attachment; filename="a.png"')
    caps = part("x", "image/png", Content_Disposition='attachment; filename="A.PNG"')
    assert [x.filename for x in attach(same, same, caps)] == ["a.png", "a-2.png", "A-3.PNG"]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\novo.txt", "novo.txt"),
        ("a..b.txt", "a.b.txt"),
        ("/", ""),
        ("a/b.txt", "a_b.txt"),
        ("a\x00b.txt", "a_b.txt"),
        ("a\r\nb.txt", "a__b.txt"),
        ("a\u202etxt.exe", "a_txt.exe"),
        (".htaccess", "htaccess"),
        ("\u200b.htaccess", "_.htaccess"),
        ("con.txt", "_con.txt"),
        ("NUL", "_NUL"),
        ("lpt1.pdf", "_lpt1.pdf"),
        ("console.txt", "console.txt"),
        ("..", ""),
        ("...", ""),
        (" . ", ""),
        ("a. ", "a"),
        ("nota fiscal nº 5.pdf", "nota fiscal nº 5.pdf"),
        ("a\u0303.pdf", "ã.pdf"),
    ],
)
def test_a4_names_are_made_safe(name: str, safe: str):
    assert safe_name(name) == safe


@given(st.text(max_size=300))
def test_a4_any_name_is_made_safe(name: str):
    safe = safe_name(name)
    assert len(safe.encode()) <= 150
    assert not set(safe) & set('/\\\x00\r\n:*?"<>|\u202e\u200b')
    assert ".." not in safe
    assert not safe.startswith(".")


def test_a4_a_long_name_keeps_its_extension():
    assert safe_name("ç" * 200 + ".pdf").endswith("ç.pdf")


def test_a4_the_original_name_is_kept_as_data():
    assert only('attachment; filename="../x.pdf"').original_name == "../x.pdf"


IMAGE = {"Content_ID": "<logo@x>"}


@pytest.mark.parametrize(
    ("headers", "html", "inline"),
    [
        (IMAGE, '<img src="cid:logo@x">', True),
        (IMAGE | {"Content_Disposition": "inline"}, '<img src="cid:logo@x">', True),
        (IMAGE | {"Content_Disposition": "attachment"}, '<img src="cid:logo@x">', False),
        (IMAGE | {"Content_Disposition": "inline"}, "<p>no image</p>", False),
        (IMAGE, '<img src="cid:LOGO@X">', True),
        ({"Content_Disposition": "inline"}, '<img src="cid:logo@x">', False),
    ],
)
def test_a6_inline_means_that_the_html_shows_it(headers: dict[str, str], html: str, inline: bool):
    raw = multipart("related", part(html, "text/html"), part("img", "image/png", **headers))
    (file,) = parse(raw).attachments
    assert file.inline is inline


@pytest.mark.parametrize("kind", ["message/delivery-status", "text/rfc822-headers"])
def test_a8_helper_parts_of_a_report_are_no_files(kind: str):
    assert attach(part("Reporting-MTA: dns; x", kind), kind="report") == ()


def test_a_text_with_a_name_is_a_file():
    (file,) = attach(part("a,b", 'text/plain; name="data.txt"'))
    assert (file.filename, file.content) == ("data.txt", b"a,b")


def test_an_attachment_alone_is_a_file_and_the_mail_has_no_text():
    raw = (
        b"From: a@b.test\r\nContent-Type: application/pdf\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\nJVBERg=="
    )
    result = parse(raw)
    assert (result.text, result.attachments[0].content) == ("", b"%PDF")


@pytest.mark.parametrize(
    ("content_id", "reference"),
    [
        ("<logo@Host.Test>", "cid:logo@host.test"),
        ("logo@x", "cid:logo@x"),
        ("<foo4%25foo1@x>", "cid:foo4%25foo1@x"),
        ("<a&b@x>", "cid:a&amp;b@x"),
        ("<logo 1@x>", "cid:logo%201@x"),
    ],
)
def test_a7_a_content_id_is_matched_without_brackets_case_and_escapes(
    content_id: str, reference: str
):
    html = part(f'<img src="{reference}">', "text/html")
    raw = multipart("related", html, part("img", "image/png", Content_ID=content_id))
    assert parse(raw).attachments[0].inline


def test_a7_a_missing_picture_leaves_its_reference_in_the_html():
    result = parse(mail('<img src="cid:gone@x">', Content_Type="text/html"))
    assert 'src="cid:gone@x"' in (result.html or "")
    assert result.attachments == ()


def test_a10_archives_are_kept_and_not_opened():
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("bomb.txt", b"0" * 5_000_000)
    coded = base64.encodebytes(archive.getvalue())
    blob = part(coded, "application/zip; name=b.zip", Content_Transfer_Encoding="base64")
    (file,) = attach(blob)
    assert (file.filename, file.content) == ("b.zip", archive.getvalue())


def test_m18_a_text_that_is_only_a_named_part_is_shown_and_stays_a_file():
    result = parse(multipart("mixed", part("words", "text/plain; name=body.txt")))
    assert (result.text, result.attachments[0].filename) == ("words", "body.txt")
