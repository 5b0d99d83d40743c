"""The mail that a report is about, as far as the report gives it back."""

import re
from dataclasses import dataclass

from backend.mail.address import read_addresses
from backend.mail.headers import raw_text, read_block
from backend.mail.limits import Limits
from backend.mail.mime import Part

RETURNED = frozenset(
    {
        "message/rfc822",
        "message/global",
        "message/rfc822-headers",
        "message/global-headers",
        "message/partial",
        "text/rfc822-headers",
        "text/rfc822-header",
        "text/rfc822",
    }
)
_ID = re.compile(r"<\s*([^<>]{1,900}?)\s*>")
_BARE_ID = re.compile(r"[^\s<>@]{1,400}@[^\s<>@]{1,400}")
_LINE_OF_ID = re.compile(
    r"^[ \t>|]{0,8}(?:X-Original-)?Message-ID[ \t]*:[ \t]*(?:\r?\n[ \t]+)?"
    r"<?([^\s<>]{1,900}@[^\s<>]{1,900})",
    re.IGNORECASE | re.MULTILINE,
)
_LINE_OF_TO = re.compile(r"^[ \t>|]{0,8}To[ \t]*:([^\r\n]{1,2000})", re.IGNORECASE | re.MULTILINE)
# fields that a report for people does not write about itself
_HEAD = re.compile(
    r"^[ \t>|]{0,8}(?:Received|Return-Path|Message-ID|MIME-Version|DKIM-Signature|X-Original-To"
    r"|X-Received|Delivered-To|Reply-To)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_FIELD = re.compile(r"[ \t>|]{0,8}[A-Za-z][\w-]{0,60}[ \t]*:")
_SEARCHED = 64 * 1024
_MAX_HEAD = 128 * 1024
_MAX_HEAD_LINES = 200


@dataclass(frozen=True, slots=True)
class Returned:
    """given_back: the mail or its header is there, as a part or in the text.

    message_id: without brackets, None when unknown; may be known without the mail.
    recipients: the addresses of its To field, or where it was delivered at first.
    """

    given_back: bool
    message_id: str | None
    recipients: tuple[str, ...]


def returned_mail(parts: list[Part], text: str, limits: Limits) -> Returned:
    """Find the mail or the header that a report returns, in a part or below its text.

    `parts` are all parts of the report, root first; `text` is its whole plain text.
    The id falls back to what the report answers (In-Reply-To).
    """
    root = parts[0]
    given_back = False
    message_id: str | None = None
    recipients: tuple[str, ...] = ()
    for part in parts[1:]:
        if part.content_type in RETURNED:
            given_back = True
            message_id, recipients = _read(part, limits)
            if message_id:
                break
    if message_id is None:
        found = _LINE_OF_ID.search(text[:_SEARCHED]) or _LINE_OF_ID.search(_source(root))
        given_back = given_back or found is not None
        message_id = found[1] if found else id_in(root.raw_header("in-reply-to"))
    if not recipients:
        to = _LINE_OF_TO.search(text, len(report_alone(text)))
        recipients = _addresses(to[1]) if to else ()
    return Returned(given_back, message_id, recipients)


def report_alone(text: str) -> str:
    """Return the text of a report without the header and text of the mail it returns."""
    text = text[:_SEARCHED]
    head = next((x for x in _HEAD.finditer(text) if not _quoted_in_report(x)), None)
    if head is None:
        return text
    # the header may begin above with fields that also occur in reports
    begin = head.start()
    for _ in range(_MAX_HEAD_LINES):
        before = text.rfind("\n", 0, max(begin - 1, 0)) + 1
        if begin == 0 or not _FIELD.match(text, before, begin):
            break
        begin = before
    return text[:begin]


def _quoted_in_report(head: re.Match[str]) -> bool:
    """Say whether a report only lists some fields, set in, to say which mail it is about."""
    return head[0].startswith("  ") and "received" not in head[0].lower()


def _source(root: Part) -> str:
    """Return the beginning of the bytes as they stand, for ids in undecoded or broken parts."""
    return root.buffer[root.start : min(root.end, root.start + _SEARCHED)].decode("latin-1")


def _read(part: Part, limits: Limits) -> tuple[str | None, tuple[str, ...]]:
    content = part.content()
    block = read_block(content, 0, min(len(content), _MAX_HEAD), limits, top=True)
    value = block.first("message-id") or block.first("x-original-message-id")
    recipients: list[str] = []
    for name in ("x-hmxmroriginalrecipient", "x-original-to", "to"):
        for field in block.every(name):
            recipients += _addresses(raw_text(field))
        if recipients:
            break
    return id_in(raw_text(value)) if value else None, tuple(recipients)


def _addresses(value: str) -> tuple[str, ...]:
    return tuple(x.address for x in read_addresses(value, 20).addresses if "@" in x.address)


def id_in(value: str) -> str | None:
    """Return the first message id of a header value, without brackets, None without any."""
    match = _ID.search(value)
    if match:
        return match[1]
    bare = _BARE_ID.fullmatch(value.strip())
    return bare[0] if bare else None
