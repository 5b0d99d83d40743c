"""Delivery status reports (RFC 3464, RFC 3463, B6, B7)."""

import re

from backend.mail.headers import HeaderBlock, header_text, raw_text, read_block
from backend.mail.limits import Limits
from backend.mail.message import Bounce
from backend.mail.mime import Part

_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_SMTP_CODE = re.compile(r"\b([45])\d\d\b")
_ID = re.compile(r"<([^<>]{1,900})>")
_RETURNED_ID = re.compile(rb"^Message-ID:[ \t]*(?:\r?\n[ \t]+)?<([^<>\r\n]{1,900})>", re.I | re.M)
_SENDER = re.compile(r"^(?:mailer-daemon|postmaster|mail-daemon|mdaemon)(?:@|\Z)", re.IGNORECASE)
_ACTIONS = frozenset({"failed", "delayed", "delivered", "relayed", "expanded"})
_MAX_RECIPIENTS = 500
_SEARCHED = 256 * 1024


def read_bounces(parts: list[Part], from_address: str, limits: Limits) -> tuple[Bounce, ...]:
    """Return what a mail reports about earlier mails, () when it is no report.

    `parts` are all parts of the mail, root first; `from_address` is its author.
    Reads message/delivery-status, else X-Failed-Recipients of a mail daemon.
    """
    root = parts[0]
    original = _original_id(parts, limits)
    for part in parts:
        if part.content_type in {"message/delivery-status", "message/global-delivery-status"}:
            found = _recipients(part.content(), original, limits)
            if found:
                return found
    failed = root.raw_header("x-failed-recipients")
    if failed and (_SENDER.match(from_address) or root.raw_header("return-path") == "<>"):
        status = _first_status(parts)
        addresses = [x.strip() for x in failed.split(",") if "@" in x][:_MAX_RECIPIENTS]
        return tuple(Bounce(x, status, "failed", original) for x in addresses)
    return ()


def _recipients(content: bytes, original: str | None, limits: Limits) -> tuple[Bounce, ...]:
    """Read the per-recipient groups (RFC 3464 2.3); the first group is about the message."""
    found: list[Bounce] = []
    position = 0
    while position < len(content) and len(found) < _MAX_RECIPIENTS:
        if content[position] in b"\r\n":
            position += 1
            continue
        block = read_block(content, position, len(content), limits, top=False)
        if block.body_start <= position:
            break
        position = block.body_start
        bounce = _recipient(block, original)
        if bounce:
            found.append(bounce)
    return tuple(found)


def _recipient(block: HeaderBlock, original: str | None) -> Bounce | None:
    final = _field(block, "final-recipient") or _field(block, "original-recipient")
    action = _field(block, "action").split("(")[0].strip().lower()
    status = _STATUS.search(_field(block, "status")) or _STATUS.search(
        _field(block, "diagnostic-code")
    )
    if not final and not action and not status:
        return None
    address = final.partition(";")[2].strip() or final.strip()
    code = status[1] if status else ""
    if action not in _ACTIONS:
        action = "delayed" if code.startswith("4") else "failed"
    return Bounce(address.strip("<>"), code, action, original)


def _field(block: HeaderBlock, name: str) -> str:
    value = block.first(name)
    return header_text(value) if value is not None else ""


def _original_id(parts: list[Part], limits: Limits) -> str | None:
    """Find the Message-ID of the returned mail or of its returned headers."""
    for part in parts[1:]:
        if part.content_type in {
            "message/rfc822",
            "message/global",
            "text/rfc822-headers",
            "message/global-headers",
        }:
            content = part.content()
            value = read_block(content, 0, len(content), limits, top=True).first("message-id")
            match = _ID.search(raw_text(value)) if value else None
            if match:
                return match[1].strip()
    root = parts[0]
    text = root.buffer[root.start : min(root.end, root.start + _SEARCHED)]
    found = _RETURNED_ID.search(text)
    return found[1].decode("ascii", "replace").strip() if found else None


def _first_status(parts: list[Part]) -> str:
    """Take the first enhanced status in the text, else one made from an SMTP code."""
    for part in parts:
        if part.content_type == "text/plain" and not part.is_multipart:
            text = part.content()[:_SEARCHED].decode("ascii", "replace")
            status = _STATUS.search(text)
            if status:
                return status[1]
            code = _SMTP_CODE.search(text)
            if code:
                return f"{code[1]}.0.0"
    return ""
