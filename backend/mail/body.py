"""Which parts are the mail's text, and which are files (M18-M20, M23-M29)."""

import re
from dataclasses import dataclass, field

from backend.mail import attachments, html, html_text, invite, protection
from backend.mail.attachments import File
from backend.mail.charset import decode
from backend.mail.enriched import to_plain
from backend.mail.flowed import unwrap
from backend.mail.imap_outline import LEFT_OUT_HEADER
from backend.mail.limits import Limits
from backend.mail.message import Attachment, Cryptography, Invite, LeftOut
from backend.mail.mime import SMIME, Part
from backend.mail.tnef import TnefMessage, read_tnef
from backend.mail.tnef_mail import as_mail
from backend.mail.transfer import is_base64, split_footer
from backend.mail.uuencode import take_files

_META_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_CID = re.compile(r"cid:([^\"'\s<>)]{1,500})", re.IGNORECASE)
_ENRICHED = frozenset({"text/enriched", "text/richtext"})
_TEXTS = frozenset({"text/plain", "text/html"}) | _ENRICHED
# renderings of the text that only their own programs understand
_IGNORED_TEXT = frozenset({"text/x-amp-html", "text/watch-html"}) | _ENRICHED
# A8: parts that serve the mail itself
_HELPERS = frozenset(
    {
        "message/delivery-status",
        "message/global-delivery-status",
        "message/disposition-notification",
        "message/global-disposition-notification",
        "message/feedback-report",
        "text/rfc822-headers",
        "message/global-headers",
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
    }
)
_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_TNEF_NAMES = frozenset({"winmail.dat", "win.dat"})
_CALENDAR = frozenset({"text/calendar", "application/ics"})


@dataclass(slots=True)
class Body:
    """Text, HTML and files of a mail; see ParsedMail for what each promises.

    source_html: the HTML before it was made safe, never to be shown; its structure tells
    quotes from answers (Q2).
    """

    text: str = ""
    html: str | None = None
    source_html: str | None = None
    charset: str = ""
    attachments: tuple[Attachment, ...] = ()
    errors: list[str] = field(default_factory=list)
    invite: Invite | None = None
    signed: Cryptography = ""
    encrypted: Cryptography = ""
    left_out: tuple[LeftOut, ...] = ()


@dataclass(slots=True)
class _Block:
    """One stretch of the body: a plain rendering, an HTML rendering, or both."""

    plain: str | None = None
    html: str | None = None


@dataclass(slots=True)
class _Collector:
    limits: Limits
    files: list[File] = field(default_factory=list)
    helpers: list[Part] = field(default_factory=list)
    named_texts: list[Part] = field(default_factory=list)
    tnef: list[TnefMessage] = field(default_factory=list)
    charset: str = ""
    errors: list[str] = field(default_factory=list)
    invite: Invite | None = None
    signed: Cryptography = ""
    encrypted: Cryptography = ""
    left_out: list[LeftOut] = field(default_factory=list)
    taken: int = 0

    def text(self, part: Part) -> str:
        """Return the decoded text of a part, line ends as "\\n", uuencoded files taken out."""
        data = part.content()
        if part.is_base64:
            written = part.buffer[part.start : part.end]
            encoded, footer = split_footer(written)
            if is_base64(encoded):
                data += b"\n" + footer if footer else b""
            else:
                data = written  # the label lies, the words are plain
                self.errors.append("not_base64")
        label = part.parameters.get("charset")
        if part.content_type == "text/html":
            data = self._within_limit(html.without_pictures(data))
            meta = _META_CHARSET.search(data, 0, 2_048)
            text, charset = decode(data, label, meta[1].decode("ascii") if meta else None)
        else:
            if b"begin" in data:
                data, blocks = take_files(data)
                self.files += [attachments.of_block(x, label or "") for x in blocks]
            text, charset = decode(self._within_limit(data), label)
        self.charset = self.charset or charset
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if part.content_type in _ENRICHED:
            return to_plain(text)
        flowed = part.parameters.get("format", "").strip().lower() == "flowed"
        if flowed and part.content_type != "text/html":
            delete = part.parameters.get("delsp", "").strip().lower() == "yes"
            return unwrap(text, delete_space=delete)
        return text

    def _within_limit(self, data: bytes) -> bytes:
        """Cut what is more than all texts of a mail together may be (M22)."""
        room = self.limits.text_bytes - self.taken
        if len(data) > room:
            data = data[:room]
            self.errors.append("text_too_large")
        self.taken += len(data)
        return data

    def block(self, part: Part) -> _Block:
        """Return the text of a part as the rendering that it is."""
        text = self.text(part)
        return _Block(html=text) if part.content_type == "text/html" else _Block(plain=text)


def read_body(root: Part, limits: Limits) -> Body:
    """Choose texts and files of a mail. The depth of the tree is bounded by `limits`."""
    collector = _Collector(limits)
    blocks = [block for block in _blocks(root, collector) if block.plain or block.html]
    blocks = blocks or _instead(root, collector)
    body = Body(charset=collector.charset, errors=collector.errors, invite=collector.invite)
    raw_html = body.source_html = _join_html(blocks)
    referenced: set[str] = set()
    if raw_html is not None:
        body.html, errors = html.sanitise(raw_html, limits)
        body.errors += errors
        ids = _CID.findall(body.html)
        referenced = {attachments.cid_key(x.replace("&amp;", "&")) for x in ids}
    body.text = _join_text(blocks, body.html, limits)
    body.signed = collector.signed or protection.inline_signed(body.text)
    body.encrypted = collector.encrypted or protection.inline_encrypted(body.text)
    if body.encrypted:
        body.errors.append("encrypted")
    body.left_out = tuple(collector.left_out)
    taken: set[str] = set()
    body.attachments = tuple(
        attachments.build(file, number, referenced, taken)
        for number, file in enumerate(collector.files, start=1)
    )
    return body


def _instead(root: Part, collector: _Collector) -> list[_Block]:
    """Return what stands in for the text of a mail that has none."""
    for message in collector.tnef:
        if message.text or message.html:
            collector.charset = collector.charset or "utf-8"
            return [_Block(plain=message.text or None, html=message.html or None)]
    if collector.named_texts:
        return [collector.block(collector.named_texts[0])]  # it stays a file as well
    if root.content_type == "multipart/report":
        # a report without words for people still must not look empty
        return [_Block(plain=collector.text(x)) for x in collector.helpers]
    return []


def _blocks(part: Part, collector: _Collector) -> list[_Block]:
    if not part.is_multipart:
        return _leaf(part, collector)
    kind = part.content_type
    if kind == "multipart/alternative":
        return _alternative(part, collector)
    if kind == "multipart/related":
        return _related(part, collector)
    if kind == "multipart/encrypted":
        collector.encrypted = collector.encrypted or protection.by_protocol(part)
        collector.files += [attachments.of_part(x) for x in part.children]
        return []
    if kind == "multipart/signed" or kind in SMIME:
        # M25: the first part is what was signed; the second is proof, not content
        collector.signed = collector.signed or protection.by_protocol(part)
    # RFC 2046 5.1.3: an unknown multipart is mixed (M31)
    return [block for child in part.children for block in _blocks(child, collector)]


def _leaf(part: Part, collector: _Collector) -> list[_Block]:
    kind = part.content_type
    if kind in _IGNORED_TEXT and part.parent_type == "multipart/alternative":
        return []
    if kind in _HELPERS and part.parent_type in {"multipart/report", "multipart/signed"}:
        collector.helpers.append(part)
        return []
    if kind.startswith("multipart/") and part.depth < collector.limits.depth:
        return [_Block(plain=collector.text(part))]  # no boundary anywhere: show it as it is
    if part.headers.first(LEFT_OUT_HEADER) is not None:
        collector.left_out.append(_left_out(part))
        return []
    named = bool(attachments.original_name(part))
    if kind in _TEXTS and part.disposition != "attachment":
        if not named:
            return [collector.block(part)]
        collector.named_texts.append(part)
    if kind in SMIME:
        collector.signed, collector.encrypted = protection.of_smime(
            part, collector.signed, collector.encrypted
        )
    if part.start < part.end or named:
        _file(part, collector)
    return []


def _left_out(part: Part) -> LeftOut:
    """Read what the desk wrote in the place of a file it did not fetch (A11)."""
    size = part.raw_header(LEFT_OUT_HEADER).strip()[:18]
    name = attachments.safe_name(attachments.original_name(part))
    return LeftOut(name, int(size) if size.isdecimal() and size.isascii() else 0)


def _file(part: Part, collector: _Collector) -> None:
    """Take a part as a file, and what is read out of it (M24, M27)."""
    file = attachments.of_part(part)
    collector.files.append(file)
    kind, limits = part.content_type, collector.limits
    if kind in _CALENDAR and collector.invite is None:
        text = decode(file.content[: limits.text_bytes], part.parameters.get("charset"))[0]
        collector.invite = invite.read_invite(text, part.parameters.get("method", ""))
    if kind in _TNEF or file.name.lower() in _TNEF_NAMES:
        message = read_tnef(file.content)
        if message is None:
            return
        collector.tnef.append(message)
        collector.errors += message.errors
        for inner in message.files:
            nested = read_tnef(inner.content) if inner.message else None
            content = as_mail(nested) if nested else inner.content
            name = inner.name
            if nested and name and not name.lower().endswith(".eml"):
                name += ".eml"
            collector.files.append(
                File(name, inner.content_type, content, inner.content_id, attached=False)
            )


def _alternative(part: Part, collector: _Collector) -> list[_Block]:
    """Take the last part understood (RFC 2046 5.1.4), with its plain rendering beside it."""
    plain: list[_Block] = []
    rich: list[_Block] = []
    for child in part.children:
        blocks = _blocks(child, collector)
        if any(block.html for block in blocks):
            rich = blocks
        elif any(block.plain and block.plain.strip() for block in blocks):
            plain = blocks
    if not rich:
        return plain
    shown = "\n".join(block.plain for block in plain if block.plain) or None
    own = "\n".join(block.plain for block in rich if block.plain) or None
    merged = _join_html(rich)
    # M19: an empty plain part does not hide the HTML
    return [_Block(plain=shown or own if shown else None, html=merged)]


def _related(part: Part, collector: _Collector) -> list[_Block]:
    """Take the root (RFC 2387 3.2) as text; the other parts are files it may show."""
    start = part.parameters.get("start", "").strip("<>")
    root = part.children[0]
    if start:
        for child in part.children:
            if child.raw_header("content-id").strip("<> ") == start:
                root = child
                break
    blocks = _blocks(root, collector)
    for child in part.children:
        if child is not root:
            # a text that is no root is still text when nothing refers to it
            extra = _blocks(child, collector)
            blocks += extra if not blocks or child.is_multipart else _as_files(child, extra)
    return blocks


def _as_files(child: Part, blocks: list[_Block]) -> list[_Block]:
    return blocks if not child.headers.first("content-id") else []


def _join_html(blocks: list[_Block]) -> str | None:
    """Return one HTML text for all blocks, None when no block has any."""
    if not any(block.html for block in blocks):
        return None
    if len(blocks) == 1:
        return blocks[0].html
    return "\n".join(block.html or _as_html(block.plain or "") for block in blocks)


def _as_html(plain: str) -> str:
    escaped = plain.strip("\n").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<div>{escaped}</div>".replace("\n", "<br>\n")


def _join_text(blocks: list[_Block], sanitised: str | None, limits: Limits) -> str:
    if sanitised is not None and not any(block.plain for block in blocks):
        return html_text.to_text(sanitised)
    pieces: list[str] = []
    for block in blocks:
        text = block.plain
        if not text or not text.strip():
            text = html_text.to_text(html.sanitise(block.html or "", limits)[0])
        if pieces and not pieces[-1].endswith("\n"):
            pieces.append("\n")
        pieces.append(text)
    return "".join(pieces).rstrip("\n")
