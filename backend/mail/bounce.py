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
_DAEMON = re.compile(
    r"(?:mailer-?daemon|postmaster|mail-?daemon|mdaemon|mail\s?delivery\s(?:sub)?system"
    r"|mail\sadministrator)\b",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"""(?:undeliver(?:able|ed)|delivery\s(?:status\snotification|failure|report|has\sfailed|error)
    |failure\snotice|returned\s(?:mail|to\ssender)|mail\s(?:delivery\s(?:failed|failure|system)
    |system\serror)|message\s(?:status|delivery)|(?:warning:\s)?(?:could\snot\ssend|message\sdelayed)
    |mensagem\s(?:n[ãa]o\sentregue|devolvida)|n[ãa]o\sentregue|falha\s(?:na|de)\sentrega
    |notifica[çc][ãa]o\sde\sstatus\sde\sentrega|no\sse\s(?:puede|pudo)\sentregar
    |unzustellbar|non\sremis)""",
    re.IGNORECASE | re.VERBOSE,
)
_WORDS = re.compile(
    r"""\b(?:user\sunknown|unknown\suser|no\ssuch\suser|mailbox\s(?:is\s)?(?:full|unavailable)
    |(?:could|can)\s?not\sbe\sdelivered|couldn't\sbe\sdelivered|wasn't\sdelivered
    |undeliverable|permanent\sfatal\serror|delivery\s(?:to|failed|has\sbeen\sdelayed)
    |host\s(?:unknown|not\sfound)|address(?:es)?\s(?:had|failed|rejected)|over\squota
    |n[ãa]o\s(?:p[ôo]de|foi\sposs[íi]vel).{0,20}\sentreg|caixa\s(?:postal\s)?cheia
    |returned\sto\s(?:you|sender)|transaction\sfailed|relay(?:ing)?\sdenied)""",
    re.IGNORECASE | re.VERBOSE,
)
_DELAYED = re.compile(
    r"\b(?:delayed|will\s(?:keep|be)\s(?:trying|retried)|temporar)", re.IGNORECASE
)
_FINAL = re.compile(
    r"^(?:Final|Original)-Recipient:[^;\n]{0,40};\s*<?([^\s<>;]{1,320})", re.I | re.M
)
_BRACKETED = re.compile(r"<([^\s<>@]{1,128}@[^\s<>@]{1,255})>")
_BARE = re.compile(r"(?<![^\s'\"(:])([\w.+=-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})")
_ACTIONS = frozenset({"failed", "delayed", "delivered", "relayed", "expanded"})
_MAX_RECIPIENTS = 500
_SEARCHED = 64 * 1024


def read_bounces(
    parts: list[Part], *, author: str, subject: str, text: str, limits: Limits
) -> tuple[Bounce, ...]:
    """Return what a mail reports about earlier mails, () when it is no report.

    `parts` are all parts of the mail, root first; `author` is its From address,
    `text` its plain text. Reads message/delivery-status, else X-Failed-Recipients,
    else the words that mail systems use.
    """
    root = parts[0]
    for part in parts:
        if part.content_type in {"message/delivery-status", "message/global-delivery-status"}:
            found = _recipients(part.content(), _original_id(parts, limits), limits)
            if found:
                return found
    null_path = root.raw_header("return-path").strip() == "<>"
    daemon = bool(_DAEMON.match(author) or _DAEMON.match(root.raw_header("from").strip('<" ')))
    failed = root.raw_header("x-failed-recipients")
    if failed and (daemon or null_path):
        addresses = [x.strip() for x in failed.split(",") if "@" in x][:_MAX_RECIPIENTS]
        original, status = _original_id(parts, limits), _status_in(text)
        return tuple(Bounce(x, status, "failed", original) for x in addresses)
    head = text[:_SEARCHED]
    announced = _SUBJECT.match(subject) is not None
    worded = _WORDS.search(head) is not None
    original = _original_id(parts, limits)
    # People write about failed deliveries too: from them only a quoted mail makes it a report.
    if (
        (daemon and (announced or worded))
        or (announced and null_path)
        or (announced and worded and original)
    ):
        return (_from_words(head, original),)
    return ()


def _from_words(text: str, original: str | None) -> Bounce:
    """Make the best of a report written for people: first address, first code."""
    address = _FINAL.search(text) or _BRACKETED.search(text) or _BARE.search(text)
    status = _status_in(text)
    delayed = status.startswith("4") or (not status and _DELAYED.search(text) is not None)
    recipient = address[1] if address else ""
    return Bounce(recipient, status, "delayed" if delayed else "failed", original)


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


def _status_in(text: str) -> str:
    """Return the first enhanced status of a text, else one made from an SMTP code."""
    status = _STATUS.search(text)
    if status:
        return status[1]
    code = _SMTP_CODE.search(text)
    return f"{code[1]}.0.0" if code else ""
