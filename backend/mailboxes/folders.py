"""One folder of a mailbox: how far it is read, and which mails wait there on the server.

Progress is (UIDVALIDITY, UID) in our database, never a flag on the server (MAIL.md I1, I3).
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from backend.mail.imap import ImapMailbox
from backend.mailboxes import happenings, leases
from backend.mailboxes.leases import Lease
from backend.mailboxes.models import Mailbox, MailboxFolder
from backend.mailboxes.waiting import WaitingMails

log = logging.getLogger(__name__)


class SettingsChanged(Exception):
    """The mailbox has other settings now, maybe another account: what was opened is not its."""


class FolderPosition:
    """How far one folder is read.

    row: the cursor in the database. waiting: mails seen above it. faults: how often a visit
    failed over a UID. treat_after: until when (monotonic seconds) mails are left where they are,
    because the server refused to mark or move them. treat_dropped: whether the connection ended
    when it was last asked to.
    """

    def __init__(self, row: MailboxFolder) -> None:
        self.row = row
        self.waiting = WaitingMails()
        self.faults: Counter[int] = Counter()
        self.treat_after = 0.0
        self.treat_dropped = False
        self.checked: float | None = None
        self._seen_to = row.last_uid

    @property
    def is_numbered_for_once(self) -> bool:
        """Whether the server numbers its mails anew at every connection (UIDVALIDITY 0, I2)."""
        return self.row.uidvalidity < 0

    def holds_under(self, uidvalidity: int) -> bool:
        """Whether UIDs mean the same mails as before when the server says this UIDVALIDITY."""
        same = self.row.uidvalidity == uidvalidity
        return same or (not uidvalidity and self.is_numbered_for_once)

    @property
    def is_treated(self) -> bool:
        """Whether every stored mail was marked or moved as the mailbox wishes."""
        return self.row.treated_uid >= self.row.last_uid

    def look(self, server: ImapMailbox) -> None:
        """Note the mails that came since the last look; the folder is open."""
        new = server.uids_above(max(self._seen_to, self.row.last_uid))
        self.waiting.add(new, timezone.now())
        self._seen_to = max([self._seen_to, *new[-1:]])
        self.checked = time.monotonic()

    def may_hold_new(self, uidvalidity: int, uidnext: int) -> bool:
        """Whether what STATUS says leaves room for mail that was not seen yet."""
        unsaid = not uidvalidity or not uidnext
        return unsaid or uidvalidity != self.row.uidvalidity or uidnext != self._seen_to + 1


def open_folder(
    mailbox: Mailbox, server: ImapMailbox, name: str, lease: Lease, known: FolderPosition | None
) -> FolderPosition:
    """Open a folder on the server; returns `known` when its numbers still hold, else a new one.

    A changed UIDVALIDITY, or UIDs that are given a second time, start again at UID 0, or where the
    import begins; intake recognises by their bytes the mails it knows. Raises FolderMissing,
    LeaseLost, SettingsChanged.
    """
    uidvalidity, uidnext = server.select(name)
    holds = known is not None and known.holds_under(uidvalidity)
    if known is not None and holds and not _counts_again(known.row, server, uidnext):
        return known
    row = MailboxFolder.objects.filter(mailbox=mailbox, name=name).first()
    was_missing = row is not None and row.missing
    renumbered = row is not None and row.uidvalidity > 0 and row.uidvalidity != uidvalidity
    replaced = None
    if row is not None and not renumbered and _counts_again(row, server, uidnext):
        replaced, row, renumbered = row, None, True
    if row is None:
        row = MailboxFolder(mailbox=mailbox, name=name)
    row.missing = False
    if row.pk is None or not uidvalidity or row.uidvalidity != uidvalidity:
        # Numbers that hold for this connection alone get a name that never comes again.
        row.uidvalidity = uidvalidity or -(time.time_ns() // 1000)
        row.last_uid = row.treated_uid = _read_until(mailbox.import_since, server, uidnext)
    elif not was_missing:
        return FolderPosition(row)
    with transaction.atomic():
        leases.renew(mailbox.id, lease.owner, lease.epoch)
        _refuse_other_settings(mailbox)
        if replaced is not None:
            put_away(replaced)
        row.save()
        if renumbered:
            log.warning("%s: UIDVALIDITY changed, reading %s again", mailbox.address, name)
            happenings.note(mailbox.id, "renumbered", folder=name)
        if was_missing:
            happenings.note(mailbox.id, "folder_found", folder=name)
    return FolderPosition(row)


def put_away(row: MailboxFolder) -> None:
    """Keep a folder's row for the mails that were read through it, under another name."""
    row.name = f"{row.name[:180]} (until {timezone.now().isoformat()})"
    row.save(update_fields=["name"])


def _counts_again(row: MailboxFolder, server: ImapMailbox, uidnext: int) -> bool:
    """Whether the server will give UIDs that were read to other mails.

    RFC 9051 2.3.1.1 forbids it, but one put back to an older state does. One whose UIDNEXT is
    wrong has mails above it.
    """
    if row.uidvalidity <= 0 or not 0 < uidnext <= row.last_uid:
        return False
    return not server.uids_above(uidnext - 1)


def _refuse_other_settings(mailbox: Mailbox) -> None:
    """Raise SettingsChanged when these are not the mailbox's any more; none change meanwhile."""
    same = Mailbox.objects.select_for_update(no_key=True).filter(
        pk=mailbox.pk, version=mailbox.version
    )
    if same.values_list("pk").first() is None:
        raise SettingsChanged(f"Mailbox {mailbox.pk} has other settings now.")


def note_missing(mailbox: Mailbox, name: str, lease: Lease) -> None:
    """Note that the server has no such folder, once; raises LeaseLost."""
    with transaction.atomic():
        leases.renew(mailbox.id, lease.owner, lease.epoch)
        row, _ = MailboxFolder.objects.get_or_create(mailbox=mailbox, name=name)
        if not row.missing:
            row.missing = True
            row.save(update_fields=["missing"])
            happenings.note(mailbox.id, "folder_missing", folder=name)


def _read_until(since: datetime | None, server: ImapMailbox, uidnext: int) -> int:
    """The last UID that is not to be read, by INTERNALDATE."""
    if since is None:
        return 0
    first = server.first_uid_since(since)
    if first is not None:
        return first - 1
    return uidnext - 1 if uidnext else max(server.uids_above(0), default=0)
