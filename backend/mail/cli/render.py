"""A parsed mail as the JSON object that `parsemail` prints (DESIGN.md 5)."""

from typing import Any

from backend.mail.message import (
    Address,
    Attachment,
    Bounce,
    Complaint,
    Forwarded,
    Invite,
    ParsedMail,
    Receipt,
)


def as_json(file: str, mail: ParsedMail) -> dict[str, Any]:
    """Return the mail as values of JSON; every key is always there.

    An unknown author is an address of empty strings, absent HTML is "", a date is
    ISO 8601 in UTC or null. Files come without their content.
    """
    return {
        "file": file,
        "message_id": mail.message_id,
        "message_id_generated": mail.message_id_generated,
        "in_reply_to": mail.in_reply_to[0] if mail.in_reply_to else None,
        "references": list(mail.references),
        "subject": mail.subject,
        "from": _address(mail.from_),
        "sender": [_address(x) for x in mail.sender],
        "to": [_address(x) for x in mail.to],
        "cc": [_address(x) for x in mail.cc],
        "reply_to": [_address(x) for x in mail.reply_to],
        "return_path": mail.return_path,
        "date": mail.date.isoformat() if mail.date else None,
        "text": mail.text,
        "html": mail.html or "",
        "reply_text": mail.reply_text,
        "signature_stripped": mail.signature_stripped,
        "attachments": [_attachment(x) for x in mail.attachments],
        "auto": {"kind": mail.auto.kind, "reason": mail.auto.reason},
        "bounce": _bounce(mail.bounce) if mail.bounce else None,
        "bounces": [_bounce(x) for x in mail.bounces],
        "forwarded": _forwarded(mail.forwarded) if mail.forwarded else None,
        "receipt": _receipt(mail.receipt) if mail.receipt else None,
        "complaint": _complaint(mail.complaint) if mail.complaint else None,
        "invite": _invite(mail.invite) if mail.invite else None,
        "signed": mail.signed,
        "encrypted": mail.encrypted,
        "headers": mail.headers,
        "errors": list(mail.errors),
        "charset": mail.charset,
    }


def _address(address: Address | None) -> dict[str, str]:
    if address is None:
        return {"name": "", "address": ""}
    return {"name": address.name, "address": address.address}


def _attachment(file: Attachment) -> dict[str, Any]:
    return {
        "filename": file.filename,
        "original_name": file.original_name,
        "content_type": file.content_type,
        "size": file.size,
        "sha256": file.sha256,
        "inline": file.inline,
        "content_id": file.content_id,
        "disguised": file.disguised,
    }


def _bounce(bounce: Bounce) -> dict[str, Any]:
    return {
        "recipient": bounce.recipient,
        "status": bounce.status,
        "action": bounce.action,
        "original_message_id": bounce.original_message_id,
    }


def _forwarded(forwarded: Forwarded) -> dict[str, Any]:
    return {
        "from": _address(forwarded.from_),
        "to": [_address(x) for x in forwarded.to],
        "subject": forwarded.subject,
        "date": forwarded.date,
        "text": forwarded.text,
    }


def _receipt(receipt: Receipt) -> dict[str, Any]:
    return {
        "disposition": receipt.disposition,
        "recipient": receipt.recipient,
        "original_message_id": receipt.original_message_id,
    }


def _complaint(complaint: Complaint) -> dict[str, Any]:
    return {
        "feedback_type": complaint.feedback_type,
        "recipient": complaint.recipient,
        "original_message_id": complaint.original_message_id,
    }


def _invite(invite: Invite) -> dict[str, Any]:
    return {
        "method": invite.method,
        "uid": invite.uid,
        "summary": invite.summary,
        "location": invite.location,
        "start": invite.start.isoformat() if invite.start else None,
        "end": invite.end.isoformat() if invite.end else None,
        "all_day": invite.all_day,
        "floating": invite.floating,
        "organizer": _address(invite.organizer) if invite.organizer else None,
        "attendees": [_address(x) for x in invite.attendees],
    }
