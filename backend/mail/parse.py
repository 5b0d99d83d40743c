"""One mail from bytes to values: `parse` never raises, whatever the bytes are (M2)."""

import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from backend.mail import forward, reply
from backend.mail.address import Reading, read_addresses
from backend.mail.body import Body, read_body
from backend.mail.charset import clean, decode
from backend.mail.dates import read_date
from backend.mail.headers import HeaderBlock, decode_words, header_text, raw_text, read_block
from backend.mail.limits import DEFAULT, Limits
from backend.mail.machine import read_machine
from backend.mail.message import Address, Auto, ParsedMail, Peek
from backend.mail.mime import Part, read_tree
from backend.mail.reply_history import read_history

__all__ = ["DEFAULT", "parse", "peek"]

_ID = re.compile(r"<([^<>]{1,2000})>")
_BLANKS = re.compile(r"[ \t\r\n]+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_FOLDS = re.compile(r"[\r\n]+[ \t]*")
_PEEKED = 256 * 1024
_MAX_ID = 2_000
# what hostile mails are known to make libraries raise (SECURITY 0.2): the one boundary
_STDLIB_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    binascii.Error,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
)


@dataclass(slots=True)
class _Head:
    """The decoded header fields of the mail."""

    block: HeaderBlock
    limits: Limits
    charset: str | None
    errors: list[str]

    def text(self, name: str) -> str:
        """Return the first field of that name, decoded, "" when absent."""
        value = self.block.first(name)
        return clean(header_text(value, self.charset)) if value is not None else ""

    def addresses(self, name: str) -> Reading:
        """Read every field of that name together (M6)."""
        values = self.block.every(name)
        if not values:
            return Reading(())
        joined = ", ".join(raw_text(x, self.charset) for x in values)
        reading = read_addresses(joined, self.limits.recipients)
        if reading.cut:
            self.errors.append("too_many_recipients")
        return reading

    def ids(self, name: str) -> tuple[str, ...]:
        """Return message ids in order; text without brackets counts when it looks like one."""
        value = self.block.first(name)
        if value is None:
            return ()
        found = _ID.findall(self._joined(value))
        if not found:
            found = [x for x in self.text(name).split() if "@" in x]
        found = [_BLANKS.sub(" ", x).strip() for x in found]
        if len(found) > self.limits.references:
            self.errors.append("too_many_references")
            keep = self.limits.references
            found = [found[0], *found[-(keep - 1) :]]
        return tuple(dict.fromkeys(x for x in found if x))

    def _joined(self, value: bytes) -> str:
        """Return a field with its folds taken out: ids hold no blanks that were meant (M7)."""
        text = decode(value, None, self.charset)[0]
        return clean(decode_words(_FOLDS.sub("", text), self.charset))

    def message_id(self) -> str:
        """Return the id as it stands (M7): what the brackets hold, else the whole value."""
        value = self.block.first("message-id")
        text = self._joined(value).strip() if value is not None else ""
        match = _ID.search(text)
        text = match[1] if match else text.strip("<>")
        return _BLANKS.sub(" ", text).strip()[:_MAX_ID]


def parse(raw: bytes, *, limits: Limits = DEFAULT) -> ParsedMail:
    """Read one mail (RFC 5322, MIME). Never raises, for any bytes.

    What is wrong with the mail, or was cut by `limits` (M22), is in `errors`. When
    even the walk over the parts fails, the result still carries the header fields.
    Time and memory are linear in the size of `raw`.
    """
    failures: list[str] = []
    for read in (_whole, _head_only):
        try:
            return read(raw, limits, failures)
        except _STDLIB_ERRORS as error:
            failures.append(f"unreadable: {type(error).__name__}")
    return _nothing(raw, failures)


def _whole(raw: bytes, limits: Limits, failures: list[str]) -> ParsedMail:
    root, errors = read_tree(raw, limits)
    body = read_body(root, limits)
    body.errors[:0] = failures + errors
    return _assemble(raw, root, body, limits)


def _head_only(raw: bytes, limits: Limits, failures: list[str]) -> ParsedMail:
    """Read the header fields alone; the text stays in the raw mail."""
    block = read_block(raw, 0, len(raw), limits, top=True)
    end = len(raw)
    root = Part(block, "text/plain", {}, "", {}, "", raw, block.body_start, end, 0, "")
    return _assemble(raw, root, Body(errors=list(failures)), limits)


def _nothing(raw: bytes, failures: list[str]) -> ParsedMail:
    """Return a mail of which only the bytes are known."""
    return ParsedMail(
        message_id=_made_id(raw),
        message_id_generated=True,
        in_reply_to=(),
        references=(),
        subject="",
        from_=None,
        sender=(),
        reply_to=(),
        to=(),
        cc=(),
        date=None,
        text="",
        html=None,
        reply_text="",
        attachments=(),
        auto=Auto("none", ""),
        bounce=None,
        headers={},
        errors=tuple(failures),
        charset="",
        return_path=None,
    )


def _made_id(raw: bytes) -> str:
    """Return the id of a mail that has none: the same for the same bytes (M8)."""
    return f"{hashlib.sha256(raw).hexdigest()[:40]}@without-id.invalid"


def _assemble(raw: bytes, root: Part, body: Body, limits: Limits) -> ParsedMail:
    head = _Head(root.headers, limits, body.charset or None, body.errors)
    from_, return_path = _author(head), _return_path(head)
    parts = _all_parts(root)
    headers = _decoded(head)
    subject = _subject(head)
    author = from_.address if from_ else ""
    machine = read_machine(
        parts, headers, author=author, subject=subject, text=body.text, limits=limits
    )
    history = read_history(body.text)
    forwarded = forward.find_forwarded(body.text, subject, history=history)
    # a page that shows nothing has nothing new either, whatever its tags hide
    source = body.source_html if body.text.strip() else None
    new = reply.strip(
        body.text, source, forwarded=forwarded is not None, history=history, limits=limits
    )
    message_id = head.message_id()
    return ParsedMail(
        message_id=message_id or _made_id(raw),
        message_id_generated=not message_id,
        in_reply_to=head.ids("in-reply-to"),
        references=head.ids("references"),
        subject=subject,
        from_=from_,
        sender=head.addresses("sender").addresses,
        reply_to=head.addresses("reply-to").addresses,
        to=head.addresses("to").addresses,
        cc=head.addresses("cc").addresses,
        date=_date(head),
        text=body.text,
        html=body.html,
        reply_text=new.text,
        attachments=body.attachments,
        auto=machine.auto,
        bounce=machine.bounces[0] if machine.bounces else None,
        headers=headers,
        errors=tuple(dict.fromkeys(body.errors)),
        charset=body.charset,
        return_path=return_path,
        signature_stripped=new.signature_stripped,
        bounces=machine.bounces,
        receipt=machine.receipt,
        complaint=machine.complaint,
        forwarded=forwarded,
        invite=body.invite,
        signed=body.signed,
        encrypted=body.encrypted,
        left_out=body.left_out,
    )


def _all_parts(root: Part) -> list[Part]:
    found, waiting = [], [root]
    while waiting:
        part = waiting.pop()
        found.append(part)
        waiting.extend(reversed(part.children))
    return found


def _decoded(head: _Head) -> dict[str, list[str]]:
    headers: dict[str, list[str]] = {}
    for name, value in head.block.fields:
        headers.setdefault(name, []).append(clean(header_text(value, head.charset)))
    return headers


def _author(head: _Head) -> Address | None:
    """Return who wrote the mail: the first From (M6, M16), else Sender, else Return-Path (M10)."""
    value = head.block.first("from")
    reading = read_addresses(raw_text(value, head.charset) if value else "", 2)
    if reading.defect:
        head.errors.append("from_ambiguous")  # SECURITY 0.4: it proves nobody's identity
    elif reading.addresses:
        if len(reading.addresses) > 1 or len(head.block.every("from")) > 1:
            head.errors.append("several_from")
        return reading.addresses[0]
    else:
        head.errors.append("from_missing")
    for name in ("sender", "return-path"):
        addresses = head.addresses(name).addresses
        if addresses:
            return addresses[0]
    return None


def _return_path(head: _Head) -> str | None:
    value = head.block.first("return-path")
    if value is None:
        return None
    addresses = read_addresses(raw_text(value), 1).addresses
    return addresses[0].address if addresses else ""


def _date(head: _Head) -> datetime | None:
    value = head.text("date").strip()
    date = read_date(value) if value else None
    if value and date is None:
        head.errors.append("date_unreadable")
    return date


def _subject(head: _Head) -> str:
    """Return the subject on one line; the blanks inside are the sender's."""
    return _CONTROLS.sub(" ", head.text("subject")).strip()


def peek(raw: bytes) -> Peek:
    """Return author, subject and id from the header alone; cheap, never raises."""
    block = read_block(raw, 0, min(len(raw), _PEEKED), DEFAULT, top=True)
    head = _Head(block, DEFAULT, None, [])
    author = _author(head)
    subject = _subject(head)
    return Peek(author.address if author else "", subject, head.message_id())
