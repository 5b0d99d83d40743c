"""Keeping what was sent in the account's Sent folder (MAIL.md S15, I5).

Only where the provider does not do it by itself. `OutboundMail.sent_copy` is its own small queue
with its own retries: a mail that was sent stays sent, whatever becomes of its copy.
"""

from __future__ import annotations

import logging
import uuid
from datetime import timedelta

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Now

from backend.core import blobs
from backend.core.crashpoints import crashpoint
from backend.core.keys import UnreadableSecret
from backend.mail.imap import ImapMailbox
from backend.mail.server import FolderMissing, MailServerError
from backend.mailboxes.accounts import imap_settings
from backend.mailboxes.models import Mailbox, OutboundMail

log = logging.getLogger(__name__)
Copy = OutboundMail.SentCopy
MOST_TRIES = 8
_LEASE = timedelta(minutes=5)
_BACK_OFF_MINUTES = (1, 5, 15, 60, 240)  # the last one repeats
_AT_ONCE = 50  # copies of one mailbox in one connection


def waiting() -> bool:
    """True when a copy is due; the sweep asks it first."""
    return _due().exists()


def _due() -> QuerySet[OutboundMail]:
    due = OutboundMail.objects.filter(sent_copy=Copy.WAITING, sent_copy_at__lte=Now())
    return due.exclude(mailbox__state=Mailbox.State.PAUSED)


def drain(*, rounds: int = 20) -> int:
    """Make the copies that are due, a connection for each mailbox; returns how many were made.

    A mailbox whose server does not answer is left alone until its copies are due again.
    """
    made = 0
    for _ in range(rounds):
        mailbox_id = _due().order_by("sent_copy_at").values_list("mailbox_id", flat=True).first()
        if mailbox_id is None:
            break
        made += _copy_of(mailbox_id)
    return made


_CLAIM = """
UPDATE outbound_mail SET sent_copy_tries = sent_copy_tries + 1,
    sent_copy_at = statement_timestamp() + make_interval(secs => %s)
WHERE id IN (
    SELECT id FROM outbound_mail
    WHERE sent_copy = 'waiting' AND sent_copy_at <= statement_timestamp() AND mailbox_id = %s
    ORDER BY sent_copy_at, id LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING id
"""


def _copy_of(mailbox_id: uuid.UUID) -> int:
    """Copies of one mailbox; those that could not be made wait for their next try."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [_LEASE.total_seconds(), mailbox_id, _AT_ONCE])
        ids = [row[0] for row in cursor.fetchall()]
    mails = list(OutboundMail.objects.select_related("mailbox").filter(pk__in=ids).order_by("id"))
    if not mails:
        return 0
    done: list[uuid.UUID] = []
    try:
        with ImapMailbox(imap_settings(mails[0].mailbox)) as server:
            folder = sent_folder(mails[0].mailbox, server)
            for mail in mails:
                _store(mail, server, folder)
                done.append(mail.id)
    except (MailServerError, UnreadableSecret) as error:
        log.warning("mailbox %s: no copy in Sent: %s", mailbox_id, error)
        for mail in mails:
            if mail.id not in done:
                _try_later(mail)
    return len(done)


def _store(mail: OutboundMail, server: ImapMailbox, folder: str) -> None:
    """Append one mail unless it is there: an earlier try may have died after its APPEND."""
    try:
        raw = blobs.get(mail.sha256)
    except blobs.BlobMissing:
        _mine(mail).update(sent_copy=Copy.FAILED)
        return
    if not _has(server, folder, mail):
        crashpoint("before_sent_append")
        server.append(folder, raw)
        crashpoint("after_sent_append")
    _mine(mail).update(sent_copy=Copy.STORED, sent_copy_at=Now())


def _has(server: ImapMailbox, folder: str, mail: OutboundMail) -> bool:
    try:
        return server.has_message_id(folder, mail.internet_message_id)
    except FolderMissing:
        return False  # it is made by the first APPEND


def sent_folder(mailbox: Mailbox, server: ImapMailbox) -> str:
    """The folder named in the settings, else the one the server calls Sent (RFC 6154), else
    the usual name."""
    if mailbox.sent_folder:
        return mailbox.sent_folder
    found = [one.name for one in server.folders() if one.selectable and one.special_use == "sent"]
    return found[0] if found else "Sent"


def _try_later(mail: OutboundMail) -> None:
    if mail.sent_copy_tries >= MOST_TRIES:
        _mine(mail).update(sent_copy=Copy.FAILED)
        return
    minutes = _BACK_OFF_MINUTES[min(mail.sent_copy_tries, len(_BACK_OFF_MINUTES)) - 1]
    _mine(mail).update(sent_copy_at=Now() + timedelta(minutes=minutes))


def _mine(mail: OutboundMail) -> QuerySet[OutboundMail]:
    return OutboundMail.objects.filter(
        pk=mail.pk, sent_copy=Copy.WAITING, sent_copy_tries=mail.sent_copy_tries
    )
