"""One reader per mailbox: a row lease with an epoch that fences out a reader thought dead.

A row works through connection poolers, where session locks do not (STACK.md 9). A monitor renews
the leases of all its mailboxes in one statement.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction
from django.db.models.functions import Now

from backend.mailboxes.models import LivingMonitor, MailboxLease

# A dead monitor is replaced within 30 s: the lease, and a round of the one that takes over.
DURATION = timedelta(seconds=24)

# A monitor that falls silent while it writes, stopped or cut off, keeps its mailboxes no longer.
SILENCE = timedelta(seconds=30)

# In the order of ids, so that two monitors that want the same mailboxes never wait in a circle. A
# lease that is locked is somebody's who writes now: waiting for it would keep all others waiting.
_TAKE = """
WITH ended AS MATERIALIZED (
    SELECT mailbox_id FROM mailbox_leases
    WHERE mailbox_id = ANY(%(mailboxes)s) AND expires_at < statement_timestamp()
    ORDER BY mailbox_id FOR UPDATE SKIP LOCKED
)
INSERT INTO mailbox_leases (mailbox_id, owner, epoch, expires_at)
SELECT id, %(owner)s, 1, statement_timestamp() + make_interval(secs => %(duration)s)
FROM mailboxes WHERE id = ANY(%(mailboxes)s) AND (
    id IN (SELECT mailbox_id FROM ended)
    OR NOT EXISTS (SELECT FROM mailbox_leases WHERE mailbox_id = mailboxes.id))
ORDER BY id
ON CONFLICT (mailbox_id) DO UPDATE
    SET owner = EXCLUDED.owner, expires_at = EXCLUDED.expires_at,
        epoch = mailbox_leases.epoch + 1
    WHERE mailbox_leases.expires_at < statement_timestamp()
RETURNING mailbox_id, epoch
"""
_RENEW = """
WITH mine AS (
    SELECT mailbox_id FROM mailbox_leases
    JOIN unnest(%(mailboxes)s::uuid[], %(epochs)s::bigint[]) AS held (mailbox_id, epoch)
        USING (mailbox_id, epoch)
    WHERE owner = %(owner)s ORDER BY mailbox_id FOR UPDATE
), silence AS MATERIALIZED (
    SELECT set_config('idle_in_transaction_session_timeout', %(silence)s, true)
)
UPDATE mailbox_leases SET expires_at = statement_timestamp() + make_interval(secs => %(duration)s)
FROM mine, silence WHERE mailbox_leases.mailbox_id = mine.mailbox_id
RETURNING mailbox_leases.mailbox_id
"""
# Whoever was silent for longer counts no more, and long before its leases are over.
_LIVES = timedelta(seconds=15)
_PRESENT = """
INSERT INTO living_monitors (owner, at) VALUES (%(owner)s, statement_timestamp())
ON CONFLICT (owner) DO UPDATE SET at = EXCLUDED.at
"""


class LeaseLost(Exception):
    """Another monitor reads this mailbox now; nothing may be written any more."""


@dataclass(frozen=True)
class Lease:
    """Proof that this process may write for the mailbox."""

    owner: str
    epoch: int


def take(mailbox_id: uuid.UUID, owner: str) -> int | None:
    """The epoch of a lease taken now, or None while somebody else's is alive."""
    return take_many([mailbox_id], owner).get(mailbox_id)


def take_many(mailbox_ids: Sequence[uuid.UUID], owner: str) -> dict[uuid.UUID, int]:
    """Take the free ones of these mailboxes; returns the epoch of each one taken."""
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE,
            {
                "mailboxes": list(mailbox_ids),
                "owner": owner,
                "duration": DURATION.total_seconds(),
            },
        )
        return dict(cursor.fetchall())


def renew(mailbox_id: uuid.UUID, owner: str, epoch: int) -> None:
    """Keep the lease for another while; raises LeaseLost when it was taken by another.

    Inside a transaction this also locks the lease's row, so that no other reader can take it
    before the commit: this is how writes are fenced. The database ends the transaction of a
    process that then falls silent.
    """
    if not renew_many({mailbox_id: epoch}, owner):
        raise LeaseLost(f"The lease of mailbox {mailbox_id} was taken by another monitor.")


def renew_many(epochs: Mapping[uuid.UUID, int], owner: str) -> set[uuid.UUID]:
    """Keep these leases for another while; returns those still held, the others are lost."""
    with connection.cursor() as cursor:
        cursor.execute(
            _RENEW,
            {
                "mailboxes": list(epochs),
                "epochs": list(epochs.values()),
                "owner": owner,
                "duration": DURATION.total_seconds(),
                "silence": str(int(SILENCE.total_seconds() * 1000)),
            },
        )
        return {mailbox_id for (mailbox_id,) in cursor.fetchall()}


def give_up(mailbox_id: uuid.UUID, owner: str, epoch: int) -> None:
    """Free the lease at once, so that the next reader need not wait for its end."""
    MailboxLease.objects.filter(mailbox_id=mailbox_id, owner=owner, epoch=epoch).delete()


def present(owner: str) -> int:
    """Say that this monitor lives; returns how many do, itself among them."""
    with connection.cursor() as cursor:
        cursor.execute(_PRESENT, {"owner": owner})
    LivingMonitor.objects.filter(at__lt=Now() - 100 * _LIVES).delete()
    return LivingMonitor.objects.filter(at__gte=Now() - _LIVES).count()


@transaction.atomic
def leave(owner: str) -> None:
    """Free every lease of a monitor that ends; the others share its mailboxes at once."""
    MailboxLease.objects.filter(owner=owner).delete()
    LivingMonitor.objects.filter(owner=owner).delete()
