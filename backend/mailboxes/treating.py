"""What happens on the server to a mail the desk has: nothing, marked as read, or moved (I5).

Only ever after the mail is durable here. How far it has come is kept, so that what a crash or a
refusing server left undone is done at a later visit.
"""

from __future__ import annotations

import logging
import time

from django.conf import settings
from django.db import transaction

from backend.core.crashpoints import crashpoint
from backend.mail.imap import ImapMailbox
from backend.mail.server import MailServerError, ServerDropped
from backend.mailboxes import happenings, leases
from backend.mailboxes.folders import FolderPosition
from backend.mailboxes.leases import Lease
from backend.mailboxes.models import InboundMail, Mailbox

log = logging.getLogger(__name__)
_AT_ONCE = 500  # mails in one command
_REFUSED_SECONDS = 300.0


def treat(mailbox: Mailbox, server: ImapMailbox, position: FolderPosition, lease: Lease) -> None:
    """Mark or move the stored mails of the open folder that were not treated yet.

    1. Mails left out: those put aside without bytes, and those too large to be held whole.
    2. Ask the server, then keep how far it came. A crash between the two repeats the command,
       which does nothing to mails that are gone.
    3. A server that refuses, or twice in a row ends the connection instead, is left alone for five
       minutes; reading goes on meanwhile.

    Raises ServerDropped when the connection ended, LeaseLost.
    """
    if mailbox.after_reading == Mailbox.AfterReading.LEAVE or position.is_treated:
        return
    if time.monotonic() < position.treat_after:
        return
    try:
        _treat_all(mailbox, server, position, lease)
        position.treat_dropped = False
    except MailServerError as error:
        dropped = isinstance(error, ServerDropped)
        if position.treat_dropped or not dropped:
            position.treat_after = time.monotonic() + _REFUSED_SECONDS
        position.treat_dropped = dropped and not position.treat_dropped
        log.warning("%s: mails stay as they are: %s", mailbox.address, error)
        happenings.note(
            mailbox.id, "not_treated", code=error.code, words=error.server_words or error.advice
        )
        if dropped:
            error.uids = ()  # no mail's fault: it is here already
            raise


def _treat_all(
    mailbox: Mailbox, server: ImapMailbox, position: FolderPosition, lease: Lease
) -> None:
    row = position.row
    while row.treated_uid < row.last_uid:
        held = InboundMail.objects.filter(
            folder=row, uidvalidity=row.uidvalidity, uid__gt=row.treated_uid, uid__lte=row.last_uid
        )
        whole = held.exclude(sha256="").filter(size__lte=settings.DESK_MAX_MAIL_BYTES)
        uids = list(whole.order_by("uid").values_list("uid", flat=True)[:_AT_ONCE])
        if mailbox.after_reading == Mailbox.AfterReading.MARK_SEEN:
            server.mark_seen(uids)
        else:
            server.move(uids, mailbox.move_to)
        crashpoint("after_treating")
        row.treated_uid = uids[-1] if len(uids) == _AT_ONCE else row.last_uid
        with transaction.atomic():
            leases.renew(mailbox.id, lease.owner, lease.epoch)
            row.save(update_fields=["treated_uid"])
