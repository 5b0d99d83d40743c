"""Files too large for a mail: the mail holds a signed link that ends (MAIL.md S7)."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from backend.audit.services import Actor
from backend.core import language
from backend.core.errors import Conflict, Gone, Missing
from backend.core.keys import derived_key
from backend.mail.message import Attachment as MailAttachment
from backend.mailboxes import sending_limits
from backend.mailboxes.models import Mailbox
from backend.tickets.changing import locked
from backend.tickets.history import Change, note_changes
from backend.tickets.models import Attachment, FileLink, Message
from backend.users.models import User

KEPT = timedelta(days=30)
_ENCODED = 1.37  # base64 and its line ends (RFC 2045 6.8)
_HEAD = 32 * 1024  # headers of the mail and of its parts
_MOST_QUOTED = 64 * 1024


@dataclass(frozen=True)
class Linked:
    """What the mail says about a file it does not hold."""

    filename: str
    size: int
    address: str


@dataclass(frozen=True)
class LinkWords:
    """The lines about linked files: what stands above them, and each file with its address."""

    intro: str
    files: Sequence[Linked]


def room(mailbox: Mailbox, text: str) -> int:
    """Bytes left for files in a mail with this text, as its parts are written (text twice)."""
    words = 2 * len(text.encode("utf-8", "replace")) + _MOST_QUOTED + _HEAD
    return sending_limits.largest_mail(mailbox) - words


def split(files: Sequence[MailAttachment], *, most: int) -> tuple[list[MailAttachment], list[int]]:
    """The files a mail has room for, and the positions of those that become links.

    The largest leave first, so that as many as possible travel with the mail. Pictures that the
    text shows stay: a link can't take their place.
    """
    left = sum(_encoded(file.size) for file in files)
    linked: list[int] = []
    by_size = sorted(range(len(files)), key=lambda one: files[one].size, reverse=True)
    for position in by_size:
        if left <= most:
            break
        if files[position].inline and files[position].content_id:
            continue
        linked.append(position)
        left -= _encoded(files[position].size)
    enclosed = [file for position, file in enumerate(files) if position not in linked]
    return enclosed, sorted(linked)


def _encoded(size: int) -> int:
    return int(size * _ENCODED) + 1024


def words_for(
    message: Message, positions: Sequence[int], *, default: str, to: Message | None
) -> LinkWords | None:
    """Make links for these files of a stored message, and what the mail says about them.

    In the language of the message that is answered, else in `default`, the author's.
    """
    if not positions:
        return None
    stored = list(message.attachments.order_by("id"))
    # A mail for later says so in its Date.
    until = max(timezone.now(), message.date_header or message.created_at) + KEPT
    links = [FileLink(attachment=stored[one], expires_at=until) for one in positions]
    FileLink.objects.bulk_create(links)
    own: language.Language = "en" if default == "en" else "pt-BR"
    spoken = language.guess(to.reply_text or to.text, default=own) if to else own
    day = timezone.localtime(until)
    intro = (
        f"Arquivos grandes demais para um e-mail, disponíveis até {day:%d/%m/%Y}:"
        if spoken == "pt-BR"
        else f"Files too large for an e-mail, available until {day:%Y-%m-%d}:"
    )
    files = [Linked(one.attachment.filename, one.attachment.size, address(one)) for one in links]
    return LinkWords(intro, files)


def address(link: FileLink) -> str:
    """Where the customer gets the file."""
    return f"{settings.DESK_BASE_URL}/api/v1/files/{link.id}/?token={token(link)}"


def token(link: FileLink) -> str:
    """Proves that the desk made the link; says nothing about the file (T1's 80 bits and more)."""
    key = derived_key("file-link")
    return hmac.new(key, link.id.bytes, hashlib.sha256).hexdigest()[:32]


@transaction.atomic
def open_link(link_id: uuid.UUID, given: str) -> Attachment:
    """The file behind a link; counts the opening.

    Raises Missing for a link that is none of ours, Gone for one that has ended.
    """
    link = FileLink.objects.select_related("attachment").filter(pk=link_id).first()
    if link is None or not hmac.compare_digest(token(link).encode(), given.encode()):
        raise Missing("There is no such file.")
    if link.revoked_at is not None or link.expires_at < timezone.now():
        raise Gone("This link has ended: answer the mail to ask again.", code="link_ended")
    FileLink.objects.filter(pk=link.pk).update(opened=F("opened") + 1, last_opened_at=Now())
    return link.attachment


@transaction.atomic
def revoke(
    *, actor: Actor, user: User, message_id: uuid.UUID, attachment_id: uuid.UUID
) -> datetime:
    """End a link now; raises Missing, or Conflict when it has ended already."""
    found = Message.objects.filter(pk=message_id).values_list("ticket_id", flat=True).first()
    if found is None:
        raise Missing("There is no such message.")
    ticket = locked(found, user=user)
    file = Attachment.objects.filter(pk=attachment_id, message_id=message_id).first()
    if file is None:
        raise Missing("There is no such file.")
    link = FileLink.objects.select_for_update().filter(attachment=file).first()
    if link is None:
        raise Conflict("This file left with its mail, without a link.", code="no_link")
    now = timezone.now()
    if link.revoked_at is not None or link.expires_at < now:
        raise Conflict("This link has ended already.", code="link_over")
    link.revoked_at = now
    link.save(update_fields=["revoked_at"])
    change = Change("link_revoked", {"message": str(message_id), "filename": file.filename})
    note_changes(ticket, change, actor=actor)
    return now
