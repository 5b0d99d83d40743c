"""Mails attached to mails, read when somebody opens them (MAIL.md M23)."""

from __future__ import annotations

import uuid
from typing import Any

from backend.core import blobs
from backend.core.errors import Conflict, Missing
from backend.mail.message import Attachment as MailAttachment
from backend.mail.message import ParsedMail
from backend.mail.parse import parse
from backend.tickets import facts, thread_selectors
from backend.tickets.display import is_mail
from backend.users.models import User

MAX_BYTES = 25 * 1024 * 1024


def nested_mail(user: User, attachment_id: uuid.UUID) -> ParsedMail:
    """The mail in an attachment `user` may see.

    Raises Missing when there is no such attachment or it is no mail, Conflict when it is too
    large to be read while somebody waits.
    """
    file = thread_selectors.attachment(user, attachment_id)
    if not is_mail(file):
        raise Missing("This attachment is not a mail.")
    if file.size > MAX_BYTES:
        raise Conflict("This mail is too large to show: download it.", code="mail_too_large")
    return parse(blobs.get(file.sha256))


def nested_file(user: User, attachment_id: uuid.UUID, position: int) -> MailAttachment:
    """The file at `position` (from 0) of the mail in an attachment; raises as `nested_mail`."""
    files = nested_mail(user, attachment_id).attachments
    if position >= len(files):
        raise Missing("There is no such attachment.")
    return files[position]


def shown(mail: ParsedMail) -> dict[str, Any]:
    """A nested mail as the API shows it."""
    return {
        "subject": mail.subject,
        "from": facts.address(mail.from_) if mail.from_ else None,
        "to": [facts.address(one) for one in mail.to],
        "cc": [facts.address(one) for one in mail.cc],
        "date": mail.date,
        "text": mail.text,
        "html": mail.html,
        "attachments": [_file(position, one) for position, one in enumerate(mail.attachments)],
        "invite": facts.invite(mail.invite) if mail.invite else None,
        "signed": mail.signed or None,
        "encrypted": mail.encrypted or None,
    }


def _file(position: int, file: MailAttachment) -> dict[str, Any]:
    return {
        "index": position,
        "filename": file.filename,
        "content_type": file.content_type,
        "size": file.size,
        "inline": file.inline,
        "content_id": file.content_id or "",
        "disguised": file.disguised,
        "is_mail": False,  # a mail inside the mail inside: downloaded, not opened here
    }
