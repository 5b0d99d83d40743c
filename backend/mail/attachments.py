"""Attachments: their names, their bytes, and whether the HTML shows them (A1-A6)."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote

from backend.mail import uuencode
from backend.mail.charset import clean, decode
from backend.mail.file_types import extension_of, type_of
from backend.mail.headers import decode_words, header_text, read_block
from backend.mail.limits import DEFAULT
from backend.mail.message import Attachment
from backend.mail.mime import Part
from backend.mail.sniff import is_disguised

_MAX_NAME_BYTES = 150
_FEW_NAMES = 20  # files of one name; for more, the number is not looked for from the beginning
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


@dataclass(slots=True)
class File:
    """A file before it is an attachment, whether a part, TNEF or text held it.

    name: as the sender wrote it, decoded, "" when there is none (A2).
    content_type: lower case. content_id: without brackets, "" when there is none.
    attached: the sender said that it is no picture of the text.
    """

    name: str
    content_type: str
    content: bytes
    content_id: str = ""
    attached: bool = True


def of_part(part: Part) -> File:
    """Return the file that a part is."""
    name = original_name(part)
    if not name and "uue" in part.encoding.lower():
        name = clean(decode(uuencode.name_in(part.buffer[part.start : part.end]), None)[0])
    return File(
        name=name,
        content_type=part.content_type,
        content=part.content(),
        content_id=clean(part.raw_header("content-id")).strip().strip("<>").strip(),
        attached=part.disposition == "attachment",
    )


def of_block(block: uuencode.UuFile, charset: str) -> File:
    """Return the file that stood uuencoded in a text of that charset (M28)."""
    name = decode(block.name, charset)[0].strip()
    return File(name, type_of(name), block.content)


def build(file: File, number: int, referenced: set[str], taken: set[str]) -> Attachment:
    """Return the attachment of a file.

    `number` counts attachments from 1, `referenced` holds the content ids the HTML
    uses (see `cid_key`), `taken` the lower-case names given so far and gains this one (A3).
    """
    name = safe_name(file.name) or _made_name(file, number)
    name = _unique(name, taken)
    shown = bool(file.content_id) and cid_key(file.content_id) in referenced
    return Attachment(
        filename=name,
        original_name=file.name,
        content_type=file.content_type,
        size=len(file.content),
        sha256=hashlib.sha256(file.content).hexdigest(),
        inline=shown and not file.attached,
        content_id=file.content_id or None,
        content=file.content,
        disguised=is_disguised(file.content, name, file.content_type),
    )


def cid_key(content_id: str) -> str:
    """Return a content id as it is compared, without URL escapes and case (A7, RFC 2392)."""
    return unquote(content_id).strip().strip("<>").lower()


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
        count = count + 1 if count < _FEW_NAMES else max(count, len(taken)) + 1
        suffix = f"-{count}{dot}{extension}"
        candidate = _shorten(stem, _MAX_NAME_BYTES - len(suffix.encode())) + suffix
    taken.add(candidate.lower())
    return candidate


def _made_name(file: File, number: int) -> str:
    """Name a file that has none: by its subject, its purpose or its type (A3, M23, M24)."""
    if file.content_type in ("message/rfc822", "message/global"):
        block = read_block(file.content, 0, len(file.content), DEFAULT, top=True)
        stem = safe_name(header_text(block.first("subject") or b""))
        return _shorten(stem, _MAX_NAME_BYTES - 4) + ".eml" if stem else f"anexo-{number}.eml"
    if file.content_type == "text/calendar":
        return "invite.ics"
    return f"anexo-{number}.{extension_of(file.content_type)}"
