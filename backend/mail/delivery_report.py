"""The machine-readable half of a delivery report (RFC 3464, RFC 6533), read tolerantly."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from backend.mail.bounce_status import choose_status, told_status
from backend.mail.charset import clean
from backend.mail.headers import HeaderBlock, header_text, read_block
from backend.mail.limits import Limits

MAX_RECIPIENTS = 500
_MAX_BLOCKS = 2_000  # groups, and lines that are none

_TYPED = re.compile(r"\s*(?:[\w.-]{1,40}\s*;)?\s*(.*)", re.DOTALL)
_STATUS = re.compile(r"(?<![\w.])([245]\.\d{1,3}\.\d{1,3})(?![\w.])")
_ADDRESS = re.compile(r"[^\s<>,;()\"]{1,320}@[^\s<>,;()\"]{1,255}")
_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_EMBEDDED = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
# Postfix answers "would it arrive?" with the words of no standard
_ACTIONS = {
    "failed": "failed",
    "failure": "failed",
    "undeliverable": "failed",
    "delayed": "delayed",
    "delivered": "delivered",
    "deliverable": "delivered",
    "relayed": "relayed",
    "expanded": "expanded",
}
_BY_CLASS = {"2": "delivered", "4": "delayed", "5": "failed"}


@dataclass(frozen=True, slots=True)
class Reported:
    """What a report says of one recipient.

    recipient: "" when the group names none. status: "" when it tells none.
    action: as in Bounce. words: the diagnostic text, for people.
    """

    recipient: str
    status: str
    action: str
    words: str


def read_groups(content: bytes, limits: Limits) -> list[Reported]:
    """Read the per-recipient groups (RFC 3464 2.3); the first group is about the message."""
    found: list[Reported] = []
    for block in _blocks(content, limits):
        reported = _group(block)
        if reported is not None and reported not in found[-1:]:
            found.append(reported)
            if len(found) >= MAX_RECIPIENTS:
                break
    return found


def _blocks(content: bytes, limits: Limits) -> Iterator[HeaderBlock]:
    position, count = 0, 0
    while position < len(content) and count < _MAX_BLOCKS:
        if content[position] in b"\r\n \t-":
            # blank lines, and what a broken boundary leaves behind
            position += 1
            continue
        block = read_block(content, position, len(content), limits, top=False)
        count += 1
        yield block
        position = max(block.body_start, position + 1)
        if block.errors and not block.fields:
            position = content.find(b"\n", position) + 1 or len(content)


def _group(block: HeaderBlock) -> Reported | None:
    words = _field(block, "diagnostic-code")
    action = _field(block, "action").partition("(")[0].strip().lower()
    status = choose_status(_code(_field(block, "status")), told_status(words))
    recipient = _recipient(block)
    if not (recipient or action in _ACTIONS or _field(block, "status") or words):
        return None
    known = _ACTIONS.get(action) or _BY_CLASS.get(status[:1], "failed")
    return Reported(recipient, status, known, _TYPED.sub(r"\1", words))


def _recipient(block: HeaderBlock) -> str:
    for name in ("final-recipient", "original-recipient", "x-actual-recipient"):
        address = address_of(_field(block, name))
        if address:
            return address
    return ""


def address_of(value: str) -> str:
    """Return the address of "type; address" (RFC 3464 2.3.1), "" when it is none for mail."""
    kind, separator, address = value[:1_000].partition(";")
    if not separator:
        kind, address = "", value
    address = address.strip().removeprefix("mailto:")
    if kind.strip().lower() == "utf-8":
        # RFC 6533 3: characters of other scripts as \x{...}
        address = clean(_EMBEDDED.sub(lambda one: chr(min(int(one[1], 16), 0x10FFFF)), address))
    if "@" not in address and "+40" in address:
        address = clean(_XTEXT.sub(lambda one: chr(int(one[1], 16)), address))  # RFC 3461 4
    if address.startswith('"') or '"' in address.partition("@")[0]:
        return address.strip("<> ")
    match = _ADDRESS.search(address)
    return match[0].strip("'.") if match else ""


def _code(value: str) -> str:
    match = _STATUS.search(value)
    return match[1] if match else ""


def _field(block: HeaderBlock, name: str) -> str:
    value = block.first(name)
    return header_text(value) if value is not None else ""
