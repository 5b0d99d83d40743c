"""Reading the folders of one mailbox into the ledger, a batch at a time."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from backend.core import doorbell
from backend.core.crashpoints import crashpoint
from backend.events.services import publish
from backend.mail.imap import ImapMailbox
from backend.mail.server import FolderMissing
from backend.mailboxes import leases, ledger
from backend.mailboxes.fetching import fetch_batch
from backend.mailboxes.folders import FolderPosition, note_missing, open_folder
from backend.mailboxes.leases import Lease
from backend.mailboxes.models import InboundMail, Mailbox
from backend.mailboxes.treating import treat

log = logging.getLogger(__name__)


class MailboxReading:
    """How far a mailbox is read, kept while this monitor holds its lease.

    Outlives connections: mails seen and not stored yet need not be listed again. After a
    database failure it is thrown away, because nobody knows then whether a commit came through.
    """

    def __init__(self, mailbox: Mailbox, lease: Lease) -> None:
        self.mailbox = mailbox
        self.lease = lease
        self.lag: timedelta | None = None
        self._positions: dict[str, FolderPosition] = {}
        self._open = ""
        self._served_last = ""

    @property
    def positions(self) -> Sequence[FolderPosition]:
        """The folders that were found."""
        return list(self._positions.values())

    @property
    def unfetched(self) -> int:
        """Mails seen on the server and not stored yet."""
        return sum(len(position.waiting) for position in self._positions.values())

    @property
    def oldest_unfetched_at(self) -> datetime | None:
        """When the oldest of them was first seen."""
        moments = [position.waiting.oldest_at for position in self._positions.values()]
        return min((moment for moment in moments if moment), default=None)

    def connected_anew(self) -> None:
        """No folder is open on the server any more, and what was numbered for once is forgotten."""
        self._open = ""
        self._positions = {
            name: one for name, one in self._positions.items() if not one.is_numbered_for_once
        }

    def open_main(self, server: ImapMailbox) -> None:
        """Open the folder whose news are waited for; raises FolderMissing."""
        try:
            self._select(server, self.mailbox.imap_folder)
        except FolderMissing as error:
            if error.code == "imap_folder_missing":
                note_missing(self.mailbox, self.mailbox.imap_folder, self.lease)
            raise

    def look(self, server: ImapMailbox, *, everywhere: bool) -> None:
        """Note what is new in the main folder, and `everywhere` in the further ones.

        A further folder the server does not have is noted, the others go on (I17). Mails a
        crash left untreated are treated.
        """
        self.open_main(server)
        self._look_at(server, self.mailbox.imap_folder)
        for name in self.mailbox.further_folders if everywhere else ():
            if name != self.mailbox.imap_folder:
                self._look_further(server, name)

    def store_batch(self, server: ImapMailbox) -> int:
        """Store the oldest waiting mails of one folder, each folder in turn; how many they were.

        1. Fetch a batch with PEEK.
        2. Make the raw bytes durable in the blob store.
        3. In one transaction: fence with the lease, insert the rows, move the cursor, tell
           browsers.
        4. Ring for the workers, then treat the mails on the server as the mailbox wishes.
        """
        names = [name for name, one in self._positions.items() if one.waiting]
        if not names:
            return 0
        behind = [name for name in names if name > self._served_last]
        self._served_last = min(behind or names)
        position = self._select(server, self._served_last)
        waiting = position.waiting.first(settings.DESK_FETCH_BATCH)
        if not waiting:  # it was renumbered just now
            position.look(server)
            return 0
        batch = fetch_batch(
            self.mailbox, server, waiting, position.faults, read_uid=position.row.last_uid
        )
        crashpoint("after_fetch")
        stored = self._store(position, batch.arrivals, batch.last_uid)
        crashpoint("after_store")
        position.waiting.drop_through(batch.last_uid)
        treat(self.mailbox, server, position, self.lease)
        return stored

    def blame(self, uids: Sequence[int]) -> None:
        """Count a failed visit against the mails that were asked for."""
        if self._open in self._positions:
            self._positions[self._open].faults.update(uids)

    def _select(self, server: ImapMailbox, name: str) -> FolderPosition:
        known = self._positions.get(name)
        if name == self._open and known is not None:
            return known
        self._open = ""
        position = open_folder(self.mailbox, server, name, self.lease, known)
        self._open, self._positions[name] = name, position
        return position

    def _look_at(self, server: ImapMailbox, name: str) -> None:
        position = self._select(server, name)
        position.look(server)
        treat(self.mailbox, server, position, self.lease)

    def _look_further(self, server: ImapMailbox, name: str) -> None:
        position = self._positions.get(name)
        try:
            if (
                position is None
                or not position.is_treated
                or position.may_hold_new(*server.status(name))
            ):
                self._look_at(server, name)
        except FolderMissing:
            self._positions.pop(name, None)
            note_missing(self.mailbox, name, self.lease)

    def _store(
        self, position: FolderPosition, arrivals: Sequence[ledger.Arrival], last_uid: int
    ) -> int:
        rows = ledger.rows_for(position.row, arrivals)
        if position.is_numbered_for_once:
            rows = self._unknown(rows)
        newest = max((one.internal_date for one in arrivals if one.internal_date), default=None)
        row = position.row
        with transaction.atomic():
            leases.renew(self.mailbox.id, self.lease.owner, self.lease.epoch)
            ledger.insert(rows)
            crashpoint("before_store_commit")
            row.last_uid = last_uid
            if self.mailbox.after_reading == Mailbox.AfterReading.LEAVE:
                row.treated_uid = last_uid
            row.save(update_fields=["last_uid", "treated_uid"])
            if rows:
                publish("ledger.updated", mailbox_id=self.mailbox.id)
        crashpoint("after_store_commit")
        if rows:
            doorbell.ring(doorbell.INTAKE)
            log.info("%s: %d mails stored", self.mailbox.address, len(rows))
        if newest is not None:
            self.lag = max(timezone.now() - newest, timedelta())
        return len(rows)

    def _unknown(self, rows: Sequence[InboundMail]) -> list[InboundMail]:
        """Those whose bytes the mailbox never brought: numbers say nothing here (I2)."""
        hashes = {row.sha256 for row in rows if row.sha256}
        known = set(
            InboundMail.objects.filter(mailbox=self.mailbox, sha256__in=hashes).values_list(
                "sha256", flat=True
            )
        )
        return [row for row in rows if row.sha256 not in known]
