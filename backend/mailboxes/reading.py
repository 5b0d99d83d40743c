"""Reading one folder of one mailbox into the ledger.

Progress is (UIDVALIDITY, UID) in our database, never a flag on the server (MAIL.md I1, I3).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from backend.core import doorbell
from backend.core.crashpoints import crashpoint
from backend.events.services import publish
from backend.mail.imap import Fetched, ImapMailbox
from backend.mail.parse import peek
from backend.mailboxes import leases, ledger
from backend.mailboxes.ledger import Arrival
from backend.mailboxes.models import Mailbox, MailboxFolder

log = logging.getLogger(__name__)
TOO_LARGE = "This mail is larger than the desk accepts and was left on the server."
NOT_FETCHED = "The server did not give this mail's bytes."


@dataclass(frozen=True)
class Lease:
    """Proof that this process may write for the mailbox."""

    owner: str
    epoch: int


def read_new(mailbox: Mailbox, server: ImapMailbox, lease: Lease) -> int:
    """Store every mail above the cursor, oldest first; returns how many were stored.

    1. Select the folder; a changed UIDVALIDITY starts again at UID 0 (intake then recognises
       by their bytes the mails it knows).
    2. Fetch a batch with PEEK, the sizes first.
    3. Make the raw bytes durable in the blob store.
    4. In one transaction: fence with the lease, insert the rows, move the cursor, tell browsers.
    5. Ring for the workers, then treat the mails on the server as the mailbox wishes.
    """
    folder = _folder(mailbox, server)
    stored = 0
    for uids in _batches(server.uids_above(folder.last_uid)):
        arrivals = list(_fetch(server, uids))
        crashpoint("after_fetch")
        _store(mailbox, folder, uids[-1], arrivals, lease)
        crashpoint("after_store")
        stored += len(arrivals)
        _after_reading(mailbox, server, [a.uid for a in arrivals if a.raw is not None])
    return stored


def _folder(mailbox: Mailbox, server: ImapMailbox) -> MailboxFolder:
    uidvalidity, uidnext = server.select(mailbox.imap_folder)
    folder = MailboxFolder.objects.filter(mailbox=mailbox, name=mailbox.imap_folder).first()
    if folder is not None and folder.uidvalidity == uidvalidity:
        return folder
    if folder is None:
        folder = MailboxFolder(mailbox=mailbox, name=mailbox.imap_folder)
    else:
        log.warning("%s: UIDVALIDITY changed, reading %s again", mailbox.address, folder.name)
    folder.uidvalidity, folder.last_uid = uidvalidity, 0
    if mailbox.import_since is not None:
        first = server.first_uid_since(mailbox.import_since)
        folder.last_uid = (uidnext if first is None else first) - 1
    folder.save()
    return folder


def _batches(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    size = settings.DESK_FETCH_BATCH
    for start in range(0, len(uids), size):
        yield uids[start : start + size]


def _fetch(server: ImapMailbox, uids: Sequence[int]) -> Iterator[Arrival]:
    sizes = server.sizes(uids)
    large = {uid for uid, size in sizes.items() if size > settings.DESK_MAX_MAIL_BYTES}
    for uid in sorted(large):
        yield Arrival(uid=uid, size=sizes[uid], internal_date=None, raw=None, reason=TOO_LARGE)
    # A UID without a size was expunged meanwhile: there is nothing to fetch.
    present = [uid for uid in uids if uid in sizes and uid not in large]
    for fetched in server.fetch(present):
        yield _arrival(fetched)


def _arrival(fetched: Fetched) -> Arrival:
    if fetched.raw is None:
        return Arrival(
            uid=fetched.uid,
            size=fetched.size,
            internal_date=fetched.internal_date,
            raw=None,
            reason=NOT_FETCHED,
        )
    seen = peek(fetched.raw)
    return Arrival(
        uid=fetched.uid,
        size=len(fetched.raw),
        internal_date=fetched.internal_date,
        raw=fetched.raw,
        from_address=seen.from_address,
        subject=seen.subject,
        message_id=seen.message_id,
    )


def _store(
    mailbox: Mailbox,
    folder: MailboxFolder,
    last_uid: int,
    arrivals: Sequence[Arrival],
    lease: Lease,
) -> None:
    rows = ledger.rows_for(folder, arrivals)
    newest = max((a.internal_date for a in arrivals if a.internal_date), default=None)
    lag = None if newest is None else max(0, int((timezone.now() - newest).total_seconds()))
    with transaction.atomic():
        leases.renew(mailbox.id, lease.owner, lease.epoch)
        ledger.insert(rows)
        crashpoint("before_store_commit")
        folder.last_uid = last_uid
        folder.save(update_fields=["last_uid"])
        Mailbox.objects.filter(pk=mailbox.pk).update(last_ok_at=Now(), lag_seconds=lag)
        publish("ledger.updated", mailbox_id=mailbox.id)
    crashpoint("after_store_commit")
    doorbell.ring(doorbell.INTAKE)


def _after_reading(mailbox: Mailbox, server: ImapMailbox, uids: Sequence[int]) -> None:
    if not uids or mailbox.after_reading == Mailbox.AfterReading.LEAVE:
        return
    if mailbox.after_reading == Mailbox.AfterReading.MARK_SEEN:
        server.mark_seen(uids)
    else:
        server.move(uids, mailbox.move_to)
