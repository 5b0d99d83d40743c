"""One reader per mailbox: a row lease with an epoch that fences out a reader thought dead.

A row works through connection poolers, where session locks do not (STACK.md 9).
"""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import connection

from backend.mailboxes.models import MailboxLease

DURATION = timedelta(seconds=30)

_TAKE = """
INSERT INTO mailbox_leases (mailbox_id, owner, epoch, expires_at)
VALUES (%(mailbox)s, %(owner)s, 1, statement_timestamp() + make_interval(secs => %(duration)s))
ON CONFLICT (mailbox_id) DO UPDATE
    SET owner = EXCLUDED.owner, expires_at = EXCLUDED.expires_at,
        epoch = mailbox_leases.epoch + 1
    WHERE mailbox_leases.expires_at < statement_timestamp()
RETURNING epoch
"""
_RENEW = """
UPDATE mailbox_leases SET expires_at = statement_timestamp() + make_interval(secs => %(duration)s)
WHERE mailbox_id = %(mailbox)s AND owner = %(owner)s AND epoch = %(epoch)s
"""


class LeaseLost(Exception):
    """Another monitor reads this mailbox now; nothing may be written any more."""


def take(mailbox_id: uuid.UUID, owner: str) -> int | None:
    """The epoch of a lease taken now, or None while somebody else's is alive."""
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE, {"mailbox": mailbox_id, "owner": owner, "duration": DURATION.total_seconds()}
        )
        row = cursor.fetchone()
    return row[0] if row else None


def renew(mailbox_id: uuid.UUID, owner: str, epoch: int) -> None:
    """Keep the lease for another while; raises LeaseLost when it was taken by another.

    Inside a transaction this also locks the lease's row, so that no other reader can take it
    before the commit: this is how writes are fenced.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _RENEW,
            {
                "mailbox": mailbox_id,
                "owner": owner,
                "epoch": epoch,
                "duration": DURATION.total_seconds(),
            },
        )
        if cursor.rowcount != 1:
            raise LeaseLost(f"The lease of mailbox {mailbox_id} was taken by another monitor.")


def give_up(mailbox_id: uuid.UUID, owner: str, epoch: int) -> None:
    """Free the lease at once, so that the next reader need not wait for its end."""
    MailboxLease.objects.filter(mailbox_id=mailbox_id, owner=owner, epoch=epoch).delete()
