"""Reading one folder of one mailbox into the ledger.

Progress is (UIDVALIDITY, UID) in our database, never a flag on the server (MAIL.md I1, I3).
"""

from __future__ import annotations

import heapq
import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from backend.core import doorbell
from backend.core.crashpoints import crashpoint
from backend.events.services import publish
from backend.mail.imap import WINDOW_MAILS, Fetched, ImapMailbox
from backend.mail.parse import peek
from backend.mailboxes import leases, ledger
from backend.mailboxes.ledger import Arrival
from backend.mailboxes.models import Mailbox, MailboxFolder

log = logging.getLogger(__name__)
NOT_FETCHED = "The server did not give this mail's bytes."
ENDED_CONNECTION = "The connection ended three times while this mail was fetched."
MAX_DROPS = 3
_RENEW_SECONDS = 10
_BATCH_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True)
class Lease:
    """Proof that this process may write for the mailbox."""

    owner: str
    epoch: int


def read_new(mailbox: Mailbox, server: ImapMailbox, lease: Lease, drops: Counter[int]) -> int:
    """Store every mail above the cursor, oldest first; returns how many were stored.

    `drops` counts per UID how often the connection ended while that mail was asked for.

    1. Select the folder; a changed UIDVALIDITY starts again at UID 0 (intake then recognises
       by their bytes the mails it knows).
    2. Fetch a batch with PEEK, the sizes first; mails suspected of ending the connection alone,
       and after the third time not at all.
    3. Make the raw bytes durable in the blob store.
    4. In one transaction: fence with the lease, insert the rows, move the cursor, tell browsers.
    5. Ring for the workers, then treat the mails on the server as the mailbox wishes.
    """
    folder = _folder(mailbox, server)
    stored = 0
    new = server.uids_above(folder.last_uid)
    for arrivals in _batches(_kept(mailbox, lease, _fetch(server, new, drops))):
        crashpoint("after_fetch")
        _store(mailbox, folder, arrivals, lease)
        crashpoint("after_store")
        stored += len(arrivals)
        _after_reading(mailbox, server, [one.uid for one in arrivals if one.whole])
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


def _batches(arrivals: Iterable[Arrival]) -> Iterator[list[Arrival]]:
    """What is stored in one transaction: neither too many mails nor too many bytes at once."""
    batch: list[Arrival] = []
    size = 0
    for arrival in arrivals:
        batch.append(arrival)
        size += len(arrival.raw or b"")
        if len(batch) >= settings.DESK_FETCH_BATCH or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _fetch(server: ImapMailbox, uids: Sequence[int], drops: Counter[int]) -> Iterator[Arrival]:
    """The mails, oldest first, fetched as late as they are stored."""
    for start in range(0, len(uids), settings.DESK_FETCH_BATCH):
        asked = uids[start : start + settings.DESK_FETCH_BATCH]
        refused = [uid for uid in asked if drops[uid] >= MAX_DROPS]
        wanted = [uid for uid in asked if drops[uid] < MAX_DROPS]
        window = 1 if any(drops[uid] for uid in wanted) else WINDOW_MAILS
        fetched = server.fetch(wanted, window=window, largest=settings.DESK_MAX_MAIL_BYTES)
        quarantined = (_without_bytes(uid, reason=ENDED_CONNECTION) for uid in refused)
        yield from heapq.merge(quarantined, map(_arrival, fetched), key=attrgetter("uid"))


def _kept(mailbox: Mailbox, lease: Lease, arrivals: Iterable[Arrival]) -> Iterator[Arrival]:
    """The same mails, the lease renewed while a slow line takes long to bring them."""
    renewed = time.monotonic()
    for arrival in arrivals:
        if time.monotonic() - renewed > _RENEW_SECONDS:
            leases.renew(mailbox.id, lease.owner, lease.epoch)
            renewed = time.monotonic()
        yield arrival


def _without_bytes(
    uid: int, *, reason: str, size: int = 0, internal_date: datetime | None = None
) -> Arrival:
    return Arrival(uid=uid, size=size, internal_date=internal_date, raw=None, reason=reason)


def _arrival(fetched: Fetched) -> Arrival:
    if fetched.raw is None:
        return _without_bytes(
            fetched.uid,
            reason=NOT_FETCHED,
            size=fetched.size,
            internal_date=fetched.internal_date,
        )
    seen = peek(fetched.raw)
    return Arrival(
        uid=fetched.uid,
        # RFC822.SIZE is trusted only where the desk can't count itself.
        size=len(fetched.raw) if fetched.whole else fetched.size,
        internal_date=fetched.internal_date,
        raw=fetched.raw,
        from_address=seen.from_address,
        subject=seen.subject,
        message_id=seen.message_id,
    )


def _store(
    mailbox: Mailbox,
    folder: MailboxFolder,
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
        folder.last_uid = arrivals[-1].uid
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
