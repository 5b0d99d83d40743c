"""What came of visits to mailboxes, written where people see it.

Every write is fenced by the lease's epoch: a monitor thought dead says nothing any more.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from backend.core.text import storable
from backend.events.services import publish
from backend.mailboxes import happenings
from backend.mailboxes.leases import Lease
from backend.mailboxes.models import Mailbox

FAILURES_UNTIL_RED = 3


@dataclass(frozen=True)
class Check:
    """How a mailbox stood at its last visit, as of now.

    checked_ago, ok_ago: seconds since the last visit began, and since one last went well.
    unfetched, oldest_unfetched_at: mails seen and not stored. lag_seconds: age of the newest
    stored mail when it was stored. stored: mails since the last such report. folders: seconds
    since each folder (its row's id) was looked at.
    """

    mailbox_id: uuid.UUID
    epoch: int
    checked_ago: float
    ok_ago: float | None
    unfetched: int
    oldest_unfetched_at: datetime | None
    lag_seconds: int | None
    stored: int
    folders: tuple[tuple[int, float], ...]


_CHECKED = """
UPDATE mailboxes SET
    checked_at = statement_timestamp() - make_interval(secs => seen.checked_ago),
    last_ok_at = coalesce(
        statement_timestamp() - make_interval(secs => seen.ok_ago), mailboxes.last_ok_at),
    unfetched = seen.unfetched,
    oldest_unfetched_at = seen.oldest,
    lag_seconds = coalesce(seen.lag, mailboxes.lag_seconds)
FROM unnest(%(mailboxes)s::uuid[], %(epochs)s::bigint[], %(checked)s::float8[], %(ok)s::float8[],
        %(unfetched)s::int[], %(oldest)s::timestamptz[], %(lag)s::int[])
    AS seen (id, epoch, checked_ago, ok_ago, unfetched, oldest, lag)
JOIN mailbox_leases USING (epoch)
WHERE mailbox_leases.mailbox_id = seen.id AND mailbox_leases.owner = %(owner)s
  AND mailboxes.id = seen.id
"""
_FOLDERS = """
UPDATE mailbox_folders SET
    checked_at = statement_timestamp() - make_interval(secs => seen.checked_ago)
FROM unnest(%(folders)s::bigint[], %(checked)s::float8[]) AS seen (id, checked_ago)
WHERE mailbox_folders.id = seen.id
"""


@transaction.atomic
def checked(owner: str, checks: Sequence[Check]) -> None:
    """Write how many mailboxes stand, in a few statements."""
    if not checks:
        return
    folders = [folder for check in checks for folder in check.folders]
    with connection.cursor() as cursor:
        cursor.execute(
            _CHECKED,
            {
                "owner": owner,
                "mailboxes": [check.mailbox_id for check in checks],
                "epochs": [check.epoch for check in checks],
                "checked": [check.checked_ago for check in checks],
                "ok": [check.ok_ago for check in checks],
                "unfetched": [check.unfetched for check in checks],
                "oldest": [check.oldest_unfetched_at for check in checks],
                "lag": [check.lag_seconds for check in checks],
            },
        )
        if folders:
            cursor.execute(
                _FOLDERS,
                {"folders": [row for row, _ in folders], "checked": [ago for _, ago in folders]},
            )
    for check in checks:
        if check.stored:
            happenings.note(check.mailbox_id, "stored", count=check.stored)


@transaction.atomic
def failed(mailbox_id: uuid.UUID, lease: Lease, *, code: str, words: str) -> None:
    """Note a failed visit; after three in a row the mailbox is red."""
    row = _mine(mailbox_id, lease)
    noted = row.update(
        last_error=storable(words)[:2000],
        last_error_code=code,
        last_error_at=Now(),
        checked_at=Now(),
        failures=F("failures") + 1,
    )
    if not noted:
        return
    row.filter(failures__gte=FAILURES_UNTIL_RED, state=Mailbox.State.ACTIVE).update(
        state=Mailbox.State.ERROR
    )
    happenings.note(mailbox_id, "failed", code=code, words=words)
    publish("mailbox.updated", mailbox_id=mailbox_id)


@transaction.atomic
def throttled(mailbox_id: uuid.UUID, lease: Lease, *, words: str, seconds: float) -> None:
    """Note that the server asked to wait: no failure, nobody need do anything (I16)."""
    if _mine(mailbox_id, lease).update(checked_at=Now()):
        happenings.note(mailbox_id, "throttled", words=words, seconds=round(seconds))


@transaction.atomic
def connected(mailbox_id: uuid.UUID, lease: Lease) -> None:
    """Note that a monitor reads the mailbox now."""
    if _mine(mailbox_id, lease).exists():
        happenings.note(mailbox_id, "connected")


@transaction.atomic
def slow(mailbox_id: uuid.UUID, lease: Lease, *, seconds: float) -> None:
    """Note that a visit took so long that the mailbox is read beside the others from now on."""
    if _mine(mailbox_id, lease).exists():
        happenings.note(mailbox_id, "slow", seconds=round(seconds))


@transaction.atomic
def recovered(mailbox_id: uuid.UUID, lease: Lease) -> None:
    """Note that a mailbox that failed is read again."""
    mended = (
        _mine(mailbox_id, lease)
        .exclude(failures=0, state=Mailbox.State.ACTIVE)
        .exclude(state=Mailbox.State.PAUSED)
        .update(failures=0, state=Mailbox.State.ACTIVE, last_ok_at=Now())
    )
    if mended:
        happenings.note(mailbox_id, "recovered")
        publish("mailbox.updated", mailbox_id=mailbox_id)


def _mine(mailbox_id: uuid.UUID, lease: Lease) -> QuerySet[Mailbox]:
    return Mailbox.objects.filter(pk=mailbox_id, lease__owner=lease.owner, lease__epoch=lease.epoch)
