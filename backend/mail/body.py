"""Which parts are the mail's text, and which are files (M18-M20, M23-M26, M29)."""

import re
from dataclasses import dataclass, field

from backend.mail import attachments, html, html_text
from backend.mail.charset import decode
from backend.mail.flowed import unwrap
from backend.mail.limits import Limits
from backend.mail.message import Attachment
from backend.mail.mime import Part

_META_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_CID = re.compile(r"cid:([^\"'\s<>)]{1,500})", re.IGNORECASE)
# renderings of the text that only their own programs understand
_IGNORED_TEXT = frozenset({"text/x-amp-html", "text/watch-html", "text/enriched", "text/richtext"})
# A8: parts that serve the mail itself
_HELPERS = frozenset(
    {
        "message/delivery-status",
        "message/global-delivery-status",
        "message/disposition-notification",
        "message/feedback-report",
        "text/rfc822-headers",
        "message/global-headers",
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
    }
)


@dataclass(slots=True)
class Body:
    """Text, HTML and files of a mail; see ParsedMail for what each promises."""

    text: str = ""
    html: str | None = None
    charset: str = ""
    attachments: tuple[Attachment, ...] = ()
    errors: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Block:
    """One stretch of the body: a plain rendering, an HTML rendering, or both."""

    plain: str | None = None
    html: str | None = None


@dataclass(slots=True)
class _Collector:
    limits: Limits
    files: list[Part] = field(default_factory=list)
    helpers: list[Part] = field(default_factory=list)
    charset: str = ""
    errors: list[str] = field(default_factory=list)

    def text(self, part: Part) -> str:
        """Return the decoded text of a part, line ends as "\\n"."""
        data = part.content()
        if len(data) > self.limits.text_bytes:
            data = data[: self.limits.text_bytes]
            self.errors.append("text_too_large")
        label = part.parameters.get("charset")
        meta = _META_CHARSET.search(data, 0, 2_048) if part.content_type == "text/html" else None
        text, charset = decode(data, label, meta[1].decode("ascii") if meta else None)
        self.charset = self.charset or charset
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if part.content_type != "text/html" and part.parameters.get("format", "") == "flowed":
            return unwrap(text, delete_space=part.parameters.get("delsp", "").lower() == "yes")
        return text


def read_body(root: Part, limits: Limits) -> Body:
    """Choose texts and files of a mail. The depth of the tree is bounded by `limits`."""
    collector = _Collector(limits)
    blocks = [block for block in _blocks(root, collector) if block.plain or block.html]
    if not blocks and root.content_type == "multipart/report":
        # a report without words for people still must not look empty
        blocks = [_Block(plain=collector.text(x)) for x in collector.helpers]
    body = Body(charset=collector.charset, errors=collector.errors)
    raw_html = _join_html(blocks)
    referenced: set[str] = set()
    if raw_html is not None:
        body.html, errors = html.sanitise(raw_html, limits)
        body.errors += errors
        referenced = {x.lower() for x in _CID.findall(body.html)}
    body.text = _join_text(blocks, body.html, limits)
    taken: set[str] = set()
    body.attachments = tuple(
        attachments.build(part, number, referenced, taken)
        for number, part in enumerate(collector.files, start=1)
    )
    return body


def _blocks(part: Part, collector: _Collector) -> list[_Block]:
    if not part.is_multipart:
        return _leaf(part, collector)
    kind = part.content_type
    if kind == "multipart/alternative":
        return _alternative(part, collector)
    if kind == "multipart/related":
        return _related(part, collector)
    if kind == "multipart/encrypted":
        collector.errors.append("encrypted")
        collector.files += part.children
        return []
    if kind == "multipart/signed":
        # M25: the first part is what was signed; the second is proof, not content
        blocks = _blocks(part.children[0], collector)
        for child in part.children[1:]:
            blocks += _blocks(child, collector)
        return blocks
    # RFC 2046 5.1.3: an unknown multipart is mixed (M31)
    return [block for child in part.children for block in _blocks(child, collector)]


def _leaf(part: Part, collector: _Collector) -> list[_Block]:
    kind = part.content_type
    if kind in _IGNORED_TEXT and part.parent_type == "multipart/alternative":
        return []
    if kind in _HELPERS and part.parent_type in {"multipart/report", "multipart/signed"}:
        collector.helpers.append(part)
        return []
    if part.depth == 0 and kind.startswith("multipart/"):
        return [_Block(plain=collector.text(part))]  # no boundary anywhere: show it as it is
    named = bool(attachments.original_name(part))
    if kind in {"text/plain", "text/html"} and part.disposition != "attachment" and not named:
        text = collector.text(part)
        return [_Block(html=text)] if kind == "text/html" else [_Block(plain=text)]
    if kind in {"application/pkcs7-mime", "application/x-pkcs7-mime"} and part.depth == 0:
        collector.errors.append("encrypted")
    if part.start < part.end or named:
        collector.files.append(part)
    return []


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
    texts = []
    for block in blocks:
        text = block.plain
        if not text or not text.strip():
            text = html_text.to_text(html.sanitise(block.html or "", limits)[0])
        texts.append(text)
    return "\n".join(texts).rstrip("\n")
