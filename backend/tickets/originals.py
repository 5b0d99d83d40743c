"""The mail behind a message, byte for byte, and its source as a person can read it."""

from __future__ import annotations

import codecs
import re
import uuid
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from backend.audit.services import Actor, record
from backend.core import blobs
from backend.core.errors import Missing
from backend.core.text import at_most_bytes
from backend.mail.attachments import safe_name
from backend.mail.charset import clean
from backend.mail.headers import header_text, read_block
from backend.mail.limits import DEFAULT
from backend.tickets.display import visible_messages
from backend.tickets.models import Message
from backend.users.models import User

SHOWN_BYTES = 256 * 1024
_NAME_BYTES = 120
# RFC 5322 2.2: a field begins a line; other lines go on with the field before.
_FIELD_NAME = re.compile(rb"^([!-9;-~]{1,200})[ \t]*:", re.MULTILINE)


@dataclass(frozen=True)
class Original:
    """A whole mail and the name to save it under."""

    content: bytes
    filename: str


def original(*, actor: Actor, user: User, message_id: uuid.UUID) -> Original:
    """The mail as it came or went; who read it is written down.

    Raises Missing when `user` may not see the message or the desk has no bytes of it: an agent
    wrote it down, or it was left on the mail server.
    """
    message = visible_messages(user).select_related("inbound", "outbound").filter(pk=message_id)
    found = message.first()
    sha256 = _hash(found) if found is not None else ""
    if found is None or not sha256:
        raise Missing("There is no original of this message.")
    with transaction.atomic():
        record(
            actor=actor,
            action="message.original_read",
            object_type="message",
            object_id=found.id,
        )
    stem = safe_name(at_most_bytes(found.subject, _NAME_BYTES))
    return Original(blobs.get(sha256), f"{stem or 'mail'}.eml")


def _hash(message: Message) -> str:
    inbound, outbound = getattr(message, "inbound", None), getattr(message, "outbound", None)
    if inbound is not None and inbound.sha256:
        return str(inbound.sha256)
    return str(outbound.sha256) if outbound is not None else ""


def source(content: bytes) -> dict[str, Any]:
    """{size, truncated, headers, source} of a mail's first SHOWN_BYTES.

    headers: [name as written, decoded value] in order. source: as UTF-8, whatever else it is as
    U+FFFD.
    """
    shown = content[:SHOWN_BYTES]
    # Not final: half a letter at the cut is left out instead of shown as a wrong one.
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    return {
        "size": len(content),
        "truncated": len(content) > SHOWN_BYTES,
        "headers": _fields(shown),
        "source": decoder.decode(shown, final=len(content) <= SHOWN_BYTES),
    }


def _fields(shown: bytes) -> list[list[str]]:
    block = read_block(shown, 0, len(shown), DEFAULT, top=True)
    written = [
        match[1].decode("ascii") for match in _FIELD_NAME.finditer(shown[: block.body_start])
    ]
    fields = []
    for position, (name, value) in enumerate(block.fields):
        candidate = written[position] if position < len(written) else name
        shown_name = candidate if candidate.lower() == name else name
        fields.append([shown_name, clean(header_text(value))])
    return fields
