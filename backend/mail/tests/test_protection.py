import base64
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.mail.cms import kind_of, signed_content
from backend.mail.message import ParsedMail
from backend.mail.parse import parse
from backend.mail.tests.mails import mail, multipart, nested, part

ENTITY = part("Olá mundo", "text/plain; charset=utf-8")
SIGNED, ENVELOPED, DATA = "2a864886f70d010702", "2a864886f70d010703", "2a864886f70d010701"


def der(tag: int, *content: bytes) -> bytes:
    """Return one DER value (X.690 8.1)."""
    body = b"".join(content)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def ber(tag: int, *content: bytes) -> bytes:
    """Return one value of indefinite length."""
    return bytes([tag, 0x80]) + b"".join(content) + b"\x00\x00"


def cms(kind: str, entity: bytes, wrap: Callable[..., bytes] = der) -> bytes:
    octets = der(0x04, entity)
    if wrap is ber:
        halves = entity[:5], entity[5:]
        octets = ber(0x24, *(der(0x04, x) for x in halves))
    inner = wrap(0x30, der(0x06, bytes.fromhex(DATA)), wrap(0xA0, octets))
    content = wrap(0x30, der(0x02, b"\x01"), der(0x31, der(0x30)), inner, der(0x31))
    return wrap(0x30, der(0x06, bytes.fromhex(kind)), wrap(0xA0, content))


def smime(blob: bytes, kind: str = "application/pkcs7-mime; name=smime.p7m") -> ParsedMail:
    coded = base64.encodebytes(blob)
    return parse(mail(coded, Content_Type=kind, Content_Transfer_Encoding="base64"))


def names(result: ParsedMail) -> list[str]:
    return [x.filename for x in result.attachments]


@pytest.mark.parametrize(
    ("protocol", "signature", "kind"),
    [
        ("application/pgp-signature", "application/pgp-signature; name=signature.asc", "pgp"),
        ("application/pkcs7-signature", "application/pkcs7-signature; name=smime.p7s", "smime"),
        ("", "application/x-pkcs7-signature; name=smime.p7s", "smime"),
    ],
)
def test_m25_a_signature_is_a_badge_and_no_file(protocol: str, signature: str, kind: str):
    body = nested("alternative", part("plain"), part("<p>rich</p>", "text/html"))
    raw = multipart("signed", body, part("sig", signature))
    raw = raw.replace(b'="BB"', f'="BB"; protocol="{protocol}"'.encode(), 1)
    result = parse(raw)
    assert (result.text, result.html, names(result)) == ("plain", "<p>rich</p>", [])
    assert (result.signed, result.encrypted) == (kind, "")


@pytest.mark.parametrize("wrap", [der, ber])
def test_m25_the_mail_inside_an_opaque_signature_is_read(wrap: Callable[..., bytes]):
    entity = multipart("mixed", part("Olá"), part("%PDF", "application/pdf; name=a.pdf"))
    result = smime(cms(SIGNED, entity, wrap))
    assert (result.text, names(result)) == ("Olá", ["a.pdf"])
    assert (result.signed, result.encrypted) == ("smime", "")


def test_m25_an_opaque_signature_that_cannot_be_opened_is_kept_as_a_file():
    broken = cms(SIGNED, ENTITY)[:60]
    result = smime(broken, "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m")
    assert (result.signed, names(result)) == ("smime", ["smime.p7m"])


def test_m25_clear_signed_text_stays_as_it_is():
    text = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nhi\n-----BEGIN PGP SIGNATURE-----"
    result = parse(mail(text))
    assert (result.signed, result.text) == ("pgp", text)


def test_m26_encrypted_pgp_says_so_and_keeps_the_blob():
    version = part("Version: 1", "application/pgp-encrypted")
    blob = part("-----BEGIN PGP MESSAGE-----", "application/octet-stream; name=encrypted.asc")
    result = parse(multipart("encrypted", version, blob))
    assert (result.encrypted, result.signed) == ("pgp", "")
    assert "encrypted.asc" in names(result)
    assert "encrypted" in result.errors


@pytest.mark.parametrize(
    ("blob", "kind"),
    [
        (cms(ENVELOPED, b"secret"), "application/pkcs7-mime; name=smime.p7m"),
        (b"garbage", "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m"),
        (b"garbage", "application/x-pkcs7-mime; name=smime.p7m"),
    ],
)
def test_m26_encrypted_smime_says_so_and_keeps_the_blob(blob: bytes, kind: str):
    result = smime(blob, kind)
    assert (result.encrypted, result.signed, names(result)) == ("smime", "", ["smime.p7m"])
    assert result.attachments[0].content == blob


def test_m26_armoured_pgp_in_the_text_is_said():
    assert parse(mail("-----BEGIN PGP MESSAGE-----\n\nabc")).encrypted == "pgp"
    assert parse(mail("they wrote BEGIN PGP MESSAGE")).encrypted == ""


def test_certificates_alone_sign_and_encrypt_nothing():
    result = smime(b"x", "application/pkcs7-mime; smime-type=certs-only; name=smime.p7c")
    assert (result.signed, result.encrypted) == ("", "")


@pytest.mark.parametrize(
    "data", [b"\x30\x80" * 50_000, b"\x30\x84\xff\xff\xff\xff", cms(SIGNED, b"x" * 300)[:-250]]
)
def test_hostile_ber_is_bounded(data: bytes):
    assert signed_content(data) is None


@given(st.binary(max_size=300))
def test_any_bytes_are_no_cms_or_are_read(data: bytes):
    whole = cms(SIGNED, ENTITY)
    kind_of(data)
    position = len(data) % len(whole)
    found = signed_content(whole[:position] + data + whole[position:])
    assert found is None or isinstance(found, bytes)
