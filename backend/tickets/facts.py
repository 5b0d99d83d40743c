"""What a received mail says beside its text, as the tables keep it (`Message.facts`).

Absent keys mean: none. Every text is storable, every list and text has an end.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from backend.core.text import at_most_bytes, one_line, storable
from backend.mail.html_remote import remote_sources
from backend.mail.message import Address, Forwarded, Invite, ParsedMail

MAX_ADDRESSES = 50
MAX_FORWARDED_BYTES = 200_000
MAX_REMOTE_IMAGES = 10_000  # fits the column; more are not worth counting


def facts_of(parsed: ParsedMail) -> dict[str, Any]:
    """The facts of a mail, ready for JSON; keys: sender, invite, signed, encrypted, forwarded,
    left_out.

    sender: {name, address} of the Sender field where it differs from From (RFC 5322 3.6.2).
    invite: see `_invite`. forwarded: {from, to, subject, date, text}. signed and encrypted:
    "pgp" or "smime". Times are ISO 8601 in UTC.
    """
    facts: dict[str, Any] = {}
    sender = _sender(parsed)
    if sender is not None:
        facts["sender"] = address(sender)
    if parsed.invite is not None:
        facts["invite"] = invite(parsed.invite)
    if parsed.signed:
        facts["signed"] = parsed.signed
    if parsed.encrypted:
        facts["encrypted"] = parsed.encrypted
    if parsed.forwarded is not None:
        facts["forwarded"] = _forwarded(parsed.forwarded)
    if parsed.left_out:
        facts["left_out"] = [
            {"filename": one_line(one.filename, limit=255), "size": one.size}
            for one in parsed.left_out
        ]
    return facts


def remote_images_in(html: str | None) -> int:
    """How many images of sanitised HTML lie with somebody else, at most MAX_REMOTE_IMAGES."""
    return min(len(remote_sources(html)), MAX_REMOTE_IMAGES) if html else 0


def address(one: Address) -> dict[str, str]:
    """{name, address}, the address in lower case."""
    return {
        "name": one_line(one.name, limit=300),
        "address": storable(one.address).lower()[:320],
    }


def invite(found: Invite) -> dict[str, Any]:
    """{method, uid, summary, location, start, end, all_day, floating, organizer, attendees}.

    start and end are times in UTC or None; of a floating invitation wall-clock times that only
    look like UTC.
    """
    return {
        "method": one_line(found.method, limit=40),
        "uid": one_line(found.uid, limit=500),
        "summary": one_line(found.summary, limit=500),
        "location": one_line(found.location, limit=500),
        "start": _moment(found.start),
        "end": _moment(found.end),
        "all_day": found.all_day,
        "floating": found.floating,
        "organizer": address(found.organizer) if found.organizer else None,
        "attendees": [address(one) for one in found.attendees[:MAX_ADDRESSES]],
    }


def _sender(parsed: ParsedMail) -> Address | None:
    first = next((one for one in parsed.sender if one.address), None)
    if first is None:
        return None
    author = parsed.from_.address if parsed.from_ else ""
    return first if first.address.lower() != author.lower() else None


def _forwarded(found: Forwarded) -> dict[str, Any]:
    return {
        "from": address(found.from_) if found.from_ else None,
        "to": [address(one) for one in found.to[:MAX_ADDRESSES]],
        "subject": one_line(found.subject, limit=500),
        "date": one_line(found.date, limit=200),
        "text": at_most_bytes(storable(found.text), MAX_FORWARDED_BYTES),
    }


def _moment(value: datetime | None) -> str | None:
    return value.isoformat().replace("+00:00", "Z") if value is not None else None
