"""A message found inside TNEF, written as a mail of its own (M27).

Only one level is written: a message inside that message becomes a mail around its own
TNEF stream, which is read in the same way when somebody opens it.
"""

import base64
import hashlib
from collections.abc import Sequence
from email.utils import format_datetime

from backend.mail.encode import HeaderInjection, InvalidAddress, address_header, text_header
from backend.mail.message import Address
from backend.mail.tnef import TnefFile, TnefMessage, read_tnef


def as_mail(message: TnefMessage) -> bytes:
    """Return the message as RFC 5322 bytes, the same for the same message. Never raises."""
    digest = hashlib.sha256(repr(message).encode("utf-8", "replace")).hexdigest()[:32]
    parts = []
    if message.text or not message.html:
        parts.append(_part(message.text.encode(), "text/plain; charset=utf-8"))
    if message.html:
        parts.append(_part(message.html.encode(), "text/html; charset=utf-8"))
    body = _multipart("alternative", parts, digest + "a") if len(parts) > 1 else parts[0]
    files = [_file(file) for file in message.files]
    return _head(message) + (_multipart("mixed", [body, *files], digest) if files else body)


def _head(message: TnefMessage) -> bytes:
    lines = [_people("From", [message.from_] if message.from_ else [])]
    lines += [_people("To", message.to), _people("Cc", message.cc)]
    lines.append(_text("Subject", message.subject))
    if message.date:
        lines.append(f"Date: {format_datetime(message.date)}\r\n".encode())
    if message.message_id:
        lines.append(_text("Message-ID", f"<{message.message_id}>"))
    lines.append(b"MIME-Version: 1.0\r\n")
    return b"".join(lines)


def _text(name: str, value: str) -> bytes:
    one_line = " ".join(value.split())
    return text_header(name, one_line) if one_line else b""


def _people(name: str, people: Sequence[Address]) -> bytes:
    lines = []
    for person in people:
        shown = Address(" ".join(person.name.split()), person.address)
        try:
            lines.append(address_header(name, [shown]) if shown.address else b"")
        except (HeaderInjection, InvalidAddress):
            lines.append(_text(f"X-{name}", f"{shown.name} {shown.address}"))
    return b"".join(lines)


def _part(content: bytes, content_type: str, *more: bytes) -> bytes:
    head = b"Content-Type: " + content_type.encode("ascii", "replace") + b"\r\n"
    coding = b"Content-Transfer-Encoding: base64\r\n"
    coded = base64.encodebytes(content).replace(b"\n", b"\r\n")
    return head + coding + b"".join(more) + b"\r\n" + coded


def _multipart(kind: str, parts: list[bytes], boundary: str) -> bytes:
    mark = b"--" + boundary.encode()
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode()
    return head + b"".join(mark + b"\r\n" + x + b"\r\n" for x in parts) + mark + b"--\r\n"


def _file(file: TnefFile) -> bytes:
    if file.message:
        inner = read_tnef(file.content) or TnefMessage()
        # its words and files stay in the stream until it is opened in its turn
        whole = _head(inner) + _part(file.content, "application/ms-tnef")
        head = _disposition(f"{file.name or inner.subject}.eml")
        return b"Content-Type: message/rfc822\r\n" + head + b"\r\n" + whole
    safe = all("!" <= x <= "~" for x in file.content_type) and file.content_type.count("/") == 1
    kind = file.content_type if safe and len(file.content_type) < 200 else ""
    identifier = "".join(x for x in file.content_id if "!" <= x <= "~")[:200]
    more = f"Content-ID: <{identifier}>\r\n".encode() if identifier else b""
    return _part(file.content, kind or "application/octet-stream", _disposition(file.name), more)


def _disposition(filename: str) -> bytes:
    # RFC 2231: every byte but the plainest is written in hexadecimal
    name = "".join(
        chr(x) if (chr(x).isalnum() and x < 128) or x in b"._-" else f"%{x:02X}"
        for x in filename.encode("utf-8", "replace")[:600]
    )
    named = f";\r\n filename*=utf-8''{name}" if name else ""
    return f"Content-Disposition: attachment{named}\r\n".encode()
