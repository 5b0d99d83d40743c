import base64
import hashlib

import pytest

from backend.mail.limits import DEFAULT
from backend.mail.message import ParsedMail
from backend.mail.parse import parse
from backend.mail.tests.mails import joined, mail, multipart, nested, part

PLAIN = part("plain words")
HTML = part("<p>rich words</p>", "text/html")
PDF = part(
    base64.b64encode(b"%PDF-1"),
    "application/pdf",
    Content_Transfer_Encoding="base64",
    Content_Disposition='attachment; filename="a.pdf"',
)


def names(result: ParsedMail) -> list[str]:
    return [x.filename for x in result.attachments]


def test_m18_an_alternative_gives_both_renderings():
    result = parse(multipart("alternative", PLAIN, HTML))
    assert (result.text, result.html, names(result)) == ("plain words", "<p>rich words</p>", [])


def test_m18_of_several_html_renderings_the_last_is_taken():
    result = parse(multipart("alternative", PLAIN, HTML, part("<p>last</p>", "text/html")))
    assert result.html == "<p>last</p>"


def test_m18_in_mixed_every_inline_text_counts_in_order():
    result = parse(multipart("mixed", part("one"), PDF, part("two")))
    assert (result.text, names(result)) == ("one\ntwo", ["a.pdf"])


def test_m18_in_related_the_start_parameter_names_the_root():
    image = part("img", "image/png", Content_ID="<i>", Content_Disposition="inline")
    root = part("<p>root</p>", "text/html", Content_ID="<r>")
    raw = multipart("related", image, root).replace(b'="BB"', b'="BB"; start="<r>"', 1)
    result = parse(raw)
    assert (result.html, len(result.attachments)) == ("<p>root</p>", 1)


def test_a_footer_after_an_alternative_is_part_of_both_renderings():
    result = parse(multipart("mixed", nested("alternative", PLAIN, HTML), part("list <footer>")))
    assert result.text == "plain words\nlist <footer>"
    assert "list &lt;footer&gt;" in (result.html or "")


@pytest.mark.parametrize("empty", ["", " ", "\r\n\r\n"])
def test_m19_an_empty_plain_part_does_not_hide_the_html(empty: str):
    assert parse(multipart("alternative", part(empty), HTML)).text == "rich words"


def test_m20_alternatives_that_differ_are_both_kept():
    result = parse(multipart("alternative", part("A"), part("<p>B</p>", "text/html")))
    assert (result.text, result.html) == ("A", "<p>B</p>")


def test_html_alone_gives_text():
    result = parse(mail("<p>Olá<br>mundo</p>", Content_Type="text/html; charset=utf-8"))
    assert (result.text, result.html) == ("Olá\nmundo", "<p>Olá<br>mundo</p>")


@pytest.mark.parametrize(
    "raw",
    [
        multipart("mixed", PLAIN, PDF).replace(b"--BB--\r\n", b""),
        multipart("mixed", PLAIN, PDF).replace(b"--BB\r\n", b"--BB  \t\r\n"),
        multipart("mixed", PLAIN, PDF).replace(b"\r\n", b"\n"),
        multipart("mixed", PLAIN, PDF).replace(b'; boundary="BB"', b';; ; boundary="BB";;'),
        multipart("mixed", PLAIN, PDF).replace(b'; boundary="BB"', b""),
        multipart("mixed", PLAIN, PDF).replace(b'boundary="BB"', b"boundary=BB"),
        multipart("mixed", PLAIN, PDF).replace(b'boundary="BB"', b'BOUNDARY = "BB"'),
        multipart("mixed", PLAIN, PDF).replace(b'boundary="BB"', b'boundary="wrong"'),
        multipart("mixed", PLAIN, PDF).replace(b"\r\n\r\n--BB", b"\r\n\r\npreamble\r\n--BB", 1),
        multipart("mixed", PLAIN, PDF) + b"epilogue",
        multipart("mixed", PLAIN, PDF, Content_Transfer_Encoding="base64"),
        multipart("x-unknown", PLAIN, PDF),
    ],
    ids=[
        "unclosed",
        "padded",
        "lf",
        "semicolons",
        "none",
        "bare",
        "caps",
        "wrong",
        "preamble",
        "epilogue",
        "cte",
        "unknown",
    ],
)
def test_m21_broken_multiparts_are_read(raw: bytes):
    result = parse(raw)
    assert (result.text, names(result)) == ("plain words", ["a.pdf"])
    assert result.attachments[0].content == b"%PDF-1"


def test_m21_a_boundary_that_begins_another_is_not_mistaken():
    inner = nested("alternative", PLAIN, HTML, boundary="BBB")
    result = parse(multipart("mixed", inner, PDF, boundary="BB"))
    assert (result.text, names(result)) == ("plain words", ["a.pdf"])


def test_m21_a_multipart_in_base64_is_decoded_first():
    body = base64.encodebytes(joined(PLAIN, PDF, boundary="BB"))
    kind = 'multipart/mixed; boundary="BB"'
    result = parse(mail(body, Content_Type=kind, Content_Transfer_Encoding="base64"))
    assert (result.text, names(result)) == ("plain words", ["a.pdf"])


def test_a_multipart_without_any_boundary_is_shown_as_text():
    assert parse(mail("just text", Content_Type="multipart/mixed")).text == "just text"


def test_m22_depth_beyond_the_limit_is_kept_and_reported():
    inner = PLAIN
    for level in range(40):
        inner = nested("mixed", inner, boundary=f"b{level}")
    result = parse(multipart("mixed", part("top"), inner))
    assert "too_deep" in result.errors
    assert result.text == "top"
    assert len(result.attachments) == 1


def test_m22_a_thousand_nested_parts_do_not_exhaust_the_stack():
    inner = PLAIN
    for level in range(1_000):
        inner = nested("mixed", inner, boundary=f"b{level}")
    assert "too_deep" in parse(multipart("mixed", inner)).errors


def test_m22_parts_beyond_the_limit_are_reported():
    result = parse(multipart("mixed", *[PLAIN] * 1_500))
    assert "too_many_parts" in result.errors
    assert result.text.count("plain words") == DEFAULT.parts - 1


@pytest.mark.parametrize("encoding", ["7bit", "base64"])
def test_m23_an_enclosed_mail_is_one_attachment_with_its_own_bytes(encoding: str):
    enclosed = mail("inner  text \r\n", Subject="Pedido 1/2", X_Odd="  kept   as is ")
    content = base64.encodebytes(enclosed) if encoding == "base64" else enclosed
    result = parse(
        multipart(
            "mixed", PLAIN, part(content, "message/rfc822", Content_Transfer_Encoding=encoding)
        )
    )
    (file,) = result.attachments
    assert file.sha256 == hashlib.sha256(enclosed).hexdigest()
    assert (file.filename, file.content) == ("Pedido 1_2.eml", enclosed)


def test_m24_an_invitation_is_a_file_and_not_the_text():
    invite = part("BEGIN:VCALENDAR", "text/calendar; method=REQUEST")
    result = parse(multipart("alternative", PLAIN, HTML, invite))
    assert (result.text, names(result)) == ("plain words", ["invite.ics"])


def test_m25_of_a_signed_mail_the_signature_is_no_file():
    signature = part("sig", "application/pgp-signature; name=signature.asc")
    result = parse(multipart("signed", nested("alternative", PLAIN, HTML), signature))
    assert (result.text, names(result)) == ("plain words", [])


def test_m26_an_encrypted_mail_says_so_and_keeps_the_blob():
    version = part("Version: 1", "application/pgp-encrypted")
    blob = part("-----BEGIN PGP MESSAGE-----", "application/octet-stream; name=encrypted.asc")
    result = parse(multipart("encrypted", version, blob))
    assert "encrypted" in result.errors
    assert "encrypted.asc" in names(result)
    smime = parse(mail("AAAA", Content_Type="application/pkcs7-mime; name=smime.p7m"))
    assert ("encrypted" in smime.errors, names(smime)) == (True, ["smime.p7m"])


def test_m29_flowed_text_is_unwrapped():
    body = "Uma frase \r\nlonga.\r\n> citada \r\n> junta\r\n  indent\r\n-- \r\nAna\r\n"
    result = parse(mail(body, Content_Type="text/plain; format=flowed"))
    assert result.text == "Uma frase longa.\n> citada junta\n indent\n-- \nAna"


def test_m29_delsp_removes_the_trailing_space():
    result = parse(mail("con \r\ntent\r\n", Content_Type="text/plain; format=flowed; delsp=yes"))
    assert result.text == "content"


def test_m31_the_parts_of_a_digest_are_mails():
    enclosed = b"\r\nSubject: one\r\n\r\ntext"
    result = parse(multipart("digest", enclosed))
    assert [x.content_type for x in result.attachments] == ["message/rfc822"]


@pytest.mark.parametrize("encoding", ["8-bit", "unknown", "x-x", "", "binary"])
def test_m31_an_unknown_transfer_encoding_is_binary(encoding: str):
    assert parse(mail("Olá =41", Content_Transfer_Encoding=encoding)).text == "Olá =41"


@pytest.mark.parametrize(
    ("encoding", "body", "text"),
    [
        ("quoted-printable", "Ol=C3=A1 =\r\nmundo", "Olá mundo"),
        ("QUOTED-PRINTABLE", "a=3", "a=3"),
        ("base64", "T2zD\r\noQ==", "Olá"),
        ("base64", "T2zDoQ", "Olá"),
        ("base64", "T2zDoQ==T2zDoQ==", "OláOlá"),
        ("base64", "!T2zD*oQ==", "Olá"),
        ("base64", "", ""),
        ("base64", "A", ""),
        ("x-uuencode", "begin 644 a\r\n$3VS#H0``\r\n`\r\nend\r\n", "Olá"),
    ],
)
def test_transfer_encodings_are_read_tolerantly(encoding: str, body: str, text: str):
    assert parse(mail(body, Content_Transfer_Encoding=encoding)).text == text


@pytest.mark.parametrize("kind", ["", "text", "garbage", "text/", "/plain", "text plain"])
def test_an_unusable_content_type_is_plain_text(kind: str):
    assert parse(mail("words", Content_Type=kind)).text == "words"


def test_a_report_without_words_shows_the_report():
    report = part(
        "Final-Recipient: rfc822; a@b.test\r\nAction: failed\r\n", "message/delivery-status"
    )
    assert "a@b.test" in parse(multipart("report", report)).text


def test_m22_the_texts_of_a_mail_are_cut_together_and_reported():
    texts = [part("words " * 20_000) for _ in range(50)]
    result = parse(multipart("mixed", *texts))
    assert 4_000_000 < len(result.text) < 4_300_000
    assert "text_too_large" in result.errors


def test_m22_a_part_with_too_many_header_lines_keeps_its_words():
    long = b"X: y\r\n" * 600 + b"\r\nwords"
    result = parse(multipart("mixed", part("one"), long, part("two")))
    assert result.text.split() == ["one", "words", "two"]
    assert "too_many_headers" in result.errors


def test_m22_a_file_larger_than_the_texts_may_be_is_kept_whole():
    line = "M" + "0V%T" * 15 + "\r\n"
    result = parse(mail("see\r\nbegin 644 a.bin\r\n" + line * 100_000 + "`\r\nend\r\n"))
    assert (result.text, result.errors) == ("see", ())
    assert result.attachments[0].size == 4_500_000
