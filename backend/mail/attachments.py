"""Attachments: their names, their bytes, and whether the HTML shows them (A1-A6)."""

import hashlib
import re
import unicodedata

from backend.mail.charset import clean
from backend.mail.headers import decode_words, header_text, read_block
from backend.mail.limits import DEFAULT
from backend.mail.message import Attachment
from backend.mail.mime import Part

_EXTENSIONS = {
    "application/json": "json",
    "application/msword": "doc",
    "application/ms-tnef": "dat",
    "application/pdf": "pdf",
    "application/pgp-encrypted": "asc",
    "application/pgp-signature": "asc",
    "application/pkcs7-mime": "p7m",
    "application/pkcs7-signature": "p7s",
    "application/x-pkcs7-mime": "p7m",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/xml": "xml",
    "application/zip": "zip",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "image/bmp": "bmp",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/jpeg": "jpg",
    "image/jpg": "jpg",
    "image/png": "png",
    "image/svg+xml": "svg",
    "image/tiff": "tif",
    "image/webp": "webp",
    "message/rfc822": "eml",
    "text/calendar": "ics",
    "text/css": "css",
    "text/csv": "csv",
    "text/html": "html",
    "text/plain": "txt",
    "text/vcard": "vcf",
    "text/x-vcard": "vcf",
    "text/xml": "xml",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
}
_MAX_NAME_BYTES = 150
# path separators, what Windows forbids, controls, and characters that turn text around (A4)
_FORBIDDEN = re.compile(
    '[/\\\\:*?"<>|\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]'
)
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|\Z)", re.IGNORECASE)
_DOTS = re.compile(r"\.{2,}")


def original_name(part: Part) -> str:
    """Return the name the sender gave, decoded, "" when there is none (A2)."""
    name = part.disposition_parameters.get("filename") or part.parameters.get("name", "")
    return clean(decode_words(name)).strip()


def build(part: Part, number: int, referenced: set[str], taken: set[str]) -> Attachment:
    """Return the attachment of a part.

    `number` counts attachments from 1, `referenced` holds the content ids the HTML
    uses, `taken` the lower-case names given so far and gains this one (A3).
    """
    content = part.content()
    content_id = part.raw_header("content-id").strip().strip("<>").strip() or None
    original = original_name(part)
    name = safe_name(original) or _made_name(part, content, number)
    name = _unique(name, taken)
    inline = (
        content_id is not None
        and part.disposition != "attachment"
        and content_id.lower() in referenced
    )
    return Attachment(
        filename=name,
        original_name=original,
        content_type=part.content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        inline=inline,
        content_id=clean(content_id) if content_id else None,
        content=content,
    )


def safe_name(name: str) -> str:
    """Return a name that is safe to offer for saving, "" when nothing is left (A4)."""
    if "\\" in name or name.startswith(("/", ".", "~")):
        name = name.replace("\\", "/").rpartition("/")[2]  # somebody's path: only its end is a name
    name = unicodedata.normalize("NFC", _DOTS.sub(".", _FORBIDDEN.sub("_", name)))
    name = name.lstrip(" .").rstrip(" .")
    if not name.strip("_"):
        return ""
    if _RESERVED.match(name):
        name = f"_{name}"
    return _shorten(name, _MAX_NAME_BYTES)


def _shorten(name: str, limit: int) -> str:
    """Cut to a number of UTF-8 bytes, keeping a short extension."""
    if len(name.encode()) <= limit:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension.encode()) > 20:
        stem, dot, extension = name, "", ""
    room = limit - len((dot + extension).encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(" .") + dot + extension


def _unique(name: str, taken: set[str]) -> str:
    stem, dot, extension = name.rpartition(".")
    if not stem:
        stem, dot, extension = name, "", ""
    candidate, count = name, 1
    while candidate.lower() in taken:
        count += 1
        suffix = f"-{count}{dot}{extension}"
        candidate = _shorten(stem, _MAX_NAME_BYTES - len(suffix.encode())) + suffix
    taken.add(candidate.lower())
    return candidate


def _made_name(part: Part, content: bytes, number: int) -> str:
    """Name a file that has none: by its subject, its purpose or its type (A3, M23, M24)."""
    if part.content_type == "message/rfc822":
        subject = read_block(content, 0, len(content), DEFAULT, top=True).first("subject")
        stem = safe_name(header_text(subject or b""))
        return _shorten(stem, _MAX_NAME_BYTES - 4) + ".eml" if stem else f"anexo-{number}.eml"
    if part.content_type == "text/calendar":
        return "invite.ics"
    return f"anexo-{number}.{_EXTENSIONS.get(part.content_type, 'bin')}"
