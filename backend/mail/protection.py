"""How a mail is signed or encrypted; nothing is verified or opened with keys (M25, M26)."""

from backend.mail import cms
from backend.mail.message import Cryptography
from backend.mail.mime import Part

_SEARCHED = 256 * 1024
_PGP_MESSAGE = "-----BEGIN PGP MESSAGE-----"
_PGP_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"


def by_protocol(part: Part) -> Cryptography:
    """Return what signs or encrypts a multipart (RFC 1847 2), S/MIME for a CMS part."""
    told = [part.content_type, part.parameters.get("protocol", "").lower()]
    told += [child.content_type for child in part.children]
    for kind in told:
        if "pgp" in kind:
            return "pgp"
        if "pkcs7" in kind:
            return "smime"
    return ""


def of_smime(
    part: Part, signed: Cryptography, encrypted: Cryptography
) -> tuple[Cryptography, Cryptography]:
    """Return (signed, encrypted) of a mail after an application/pkcs7-mime part was seen.

    The structure decides; where it can't be read the smime-type parameter does, and a
    part that tells nothing is taken for encrypted (RFC 8551 3.2.2).
    """
    kind: str = cms.kind_of(part.content())
    if not kind:
        told = part.parameters.get("smime-type", "").lower()
        if told == "certs-only":
            return signed, encrypted
        kind = "signed" if told == "signed-data" else "encrypted"
    if kind == "signed":
        return signed or "smime", encrypted
    return (signed, encrypted or "smime") if kind == "encrypted" else (signed, encrypted)


def inline_encrypted(text: str) -> Cryptography:
    """Return "pgp" when the text is an armoured PGP message (RFC 4880 6.2)."""
    return "pgp" if _PGP_MESSAGE in text[:_SEARCHED] else ""


def inline_signed(text: str) -> Cryptography:
    """Return "pgp" when the text is clear-signed (RFC 4880 7)."""
    return "pgp" if _PGP_SIGNED in text[:_SEARCHED] else ""
