"""Writing a mail: the exact bytes that go to the outbox (S1-S5, S12, S17).

The same arguments always give the same bytes: boundaries derive from the message
id and nothing asks for the clock. Every line ends in CRLF, is 7-bit unless an
address itself is not (RFC 6532), and stays below 998 bytes (RFC 5321 4.5.3.1.6).
"""

import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from backend.mail.encode import (
    HeaderInjection,
    InvalidAddress,
    address_header,
    check_value,
    domain_to_ascii,
    fold,
    id_header,
    parameter,
    text_header,
)
from backend.mail.message import Address, Attachment

__all__ = [
    "Composed",
    "HeaderInjection",
    "InvalidAddress",
    "compose",
    "references_for",
    "with_date",
]

LOOP_HEADER = "X-Send-Emails-Desk-Loop"
_MAX_REFERENCES = 20
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}")
_CRLF = b"\r\n"
_DATE = re.compile(rb"Date:[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*")
_QUIET = b"X-Auto-Response-Suppress: All\r\nPrecedence: bulk\r\n"
_ANSWER = b"Auto-Submitted: auto-replied\r\n" + _QUIET
_NOTICE = b"Auto-Submitted: auto-generated\r\n" + _QUIET


@dataclass(frozen=True, slots=True)
class Composed:
    """A mail ready for the outbox.

    bytes_: the whole RFC 5322 message, CRLF line ends.
    envelope_to: every recipient once, BCC included, which the bytes never show (S17).
    """

    bytes_: bytes
    envelope_to: tuple[str, ...]


def references_for(parent_message_id: str, parent_references: Sequence[str]) -> tuple[str, ...]:
    """Return the References of an answer (S2, RFC 5322 3.6.4), at most 20 ids.

    The first id names the thread and is kept, as are the last 19.
    """
    chain = [x for x in dict.fromkeys(parent_references) if x and x != parent_message_id]
    if parent_message_id:
        chain.append(parent_message_id)
    if len(chain) > _MAX_REFERENCES:
        chain = [chain[0], *chain[-(_MAX_REFERENCES - 1) :]]
    return tuple(chain)


def compose(
    *,
    mailbox_from: Address,
    to: Sequence[Address],
    cc: Sequence[Address] = (),
    bcc: Sequence[Address] = (),
    subject: str,
    text: str,
    html: str | None = None,
    message_id: str,
    in_reply_to: str | None = None,
    references: Sequence[str] = (),
    date: datetime,
    reply_to: Address | None = None,
    attachments: Sequence[Attachment] = (),
    auto: bool = False,
    notice: bool = False,
    loop: str = "",
) -> Composed:
    """Write one mail.

    `message_id`, `in_reply_to` and `references` are ids without angle brackets;
    `date` must know its zone. Inline attachments with a content id go beside the
    HTML (multipart/related), the others to the end. `auto` marks automatic answers
    (B12, S12), `notice` what the desk tells its own people (RFC 3834 5); a person's reply
    carries no such mark. `loop` names the desk in its
    own loop header, so that it knows the mail when it comes back (B14).

    Raises HeaderInjection for CR, LF or NUL in any header value (S4), InvalidAddress
    for an address that cannot be written, ValueError without recipient or zone.
    """
    envelope_to = tuple(dict.fromkeys(_wire_address(x.address) for x in (*to, *cc, *bcc)))
    if not envelope_to:
        raise ValueError("a mail needs at least one recipient")
    if date.tzinfo is None:
        raise ValueError("the date of a mail needs a time zone")
    head = [
        fold("Date", format_datetime(date.astimezone(UTC)).split(" ")),
        address_header("From", [mailbox_from]),
        address_header("Reply-To", [reply_to] if reply_to else []),
        address_header("To", to),
        address_header("Cc", cc),
        text_header("Subject", subject),
        id_header("Message-ID", [message_id]),
        id_header("In-Reply-To", [in_reply_to] if in_reply_to else []),
        id_header("References", _cut(references)),
    ]
    if loop:
        head.append(text_header(LOOP_HEADER, loop))
    mark = _ANSWER if auto else _NOTICE if notice else b""
    head.append(mark + b"MIME-Version: 1.0\r\n")
    body = _body(text, html, attachments, hashlib.sha256(message_id.encode()).hexdigest()[:24])
    return Composed(b"".join(head) + body, envelope_to)


def with_date(raw: bytes, date: datetime) -> bytes:
    """A mail that `compose` wrote, with another Date; its every other byte stays.

    For a mail that leaves at another time than it was written for. Raises ValueError for bytes
    that `compose` did not write, or a date without zone.
    """
    if date.tzinfo is None:
        raise ValueError("the date of a mail needs a time zone")
    old = _DATE.match(raw)
    if old is None:
        raise ValueError("these bytes do not begin with the Date that compose writes")
    return fold("Date", format_datetime(date.astimezone(UTC)).split(" ")) + raw[old.end() :]


def _cut(references: Sequence[str]) -> Sequence[str]:
    if len(references) <= _MAX_REFERENCES:
        return references
    return [references[0], *references[-(_MAX_REFERENCES - 1) :]]


def _wire_address(address: str) -> str:
    """Return the address for the envelope, its domain in A-labels (S6)."""
    check_value("recipient", address)
    local, _, domain = address.rpartition("@")
    if not local or not domain:
        raise InvalidAddress(address)
    return f"{local}@{domain_to_ascii(domain)}"


def _body(text: str, html: str | None, attachments: Sequence[Attachment], seed: str) -> bytes:
    """Return content headers, blank line and content of the whole mail (S3)."""
    content = _text_part("plain", text)
    related = [x for x in attachments if html is not None and x.inline and x.content_id]
    if html is not None:
        shown = _text_part("html", html)
        if related:
            shown = _multipart("related", [shown, *map(_file_part, related)], f"r{seed}")
        content = _multipart("alternative", [content, shown], f"a{seed}")
    mixed = [x for x in attachments if x not in related]
    if mixed:
        content = _multipart("mixed", [content, *map(_file_part, mixed)], f"m{seed}")
    return content


def _multipart(subtype: str, parts: Sequence[bytes], seed: str) -> bytes:
    # "=_" cannot occur in quoted-printable or base64 (RFC 2045 6.7), plain parts are checked
    boundary = f"=_{seed}"
    while any(b"--" + boundary.encode() in part for part in parts):
        boundary += "x"
    delimiter = b"--" + boundary.encode()
    head = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n\r\n'.encode()
    inner = b"".join(delimiter + _CRLF + part + _CRLF for part in parts)
    return head + inner + delimiter + b"--" + _CRLF


def _text_part(subtype: str, text: str) -> bytes:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").split("\n")
    while len(lines) > 1 and not lines[-1]:
        lines.pop()
    data = ("\n".join(lines) + "\n").encode("utf-8", "replace")
    if data.isascii() and all(len(line) <= 78 for line in lines):
        encoding, content = "7bit", data
    else:
        quoted = binascii.b2a_qp(data, istext=True)
        coded = binascii.b2a_base64(data.replace(b"\n", _CRLF), newline=False)
        if len(coded) * 78 // 76 < len(quoted):
            return _head(f"text/{subtype}; charset=utf-8", "base64") + _wrap(coded)
        encoding, content = "quoted-printable", quoted
    return _head(f"text/{subtype}; charset=utf-8", encoding) + content.replace(b"\n", _CRLF)


def _file_part(file: Attachment) -> bytes:
    check_value("attachment type", file.content_type)
    media_type = file.content_type if _MEDIA_TYPE.fullmatch(file.content_type) else ""
    # RFC 2046 5: multipart and message types may not be base64 encoded, so they travel as files
    if not media_type or media_type.lower().startswith(("multipart/", "message/")):
        media_type = "application/octet-stream"
    disposition = "inline" if file.inline and file.content_id else "attachment"
    head = fold("Content-Type", [f"{media_type};", *parameter("name", file.filename)])
    head += fold("Content-Disposition", [f"{disposition};", *parameter("filename", file.filename)])
    if file.content_id:
        head += id_header("Content-ID", [file.content_id])
    head += b"Content-Transfer-Encoding: base64\r\n\r\n"
    return head + _wrap(binascii.b2a_base64(file.content, newline=False))


def _head(content_type: str, encoding: str) -> bytes:
    return f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode()


def _wrap(coded: bytes) -> bytes:
    lines = [coded[start : start + 76] for start in range(0, len(coded), 76)]
    return _CRLF.join(lines) + _CRLF
