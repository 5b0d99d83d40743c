"""Who sends a mail of the outbox now: claims that last a while, and what became of lost senders.

A claim counts as a try. It is renewed while its sender lives; one whose sender died before DATA is
taken by another, one whose sender died later becomes `uncertain` (MAIL.md X9 to X12).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from backend.core.errors import Conflict
from backend.mailboxes import sending_limits
from backend.mailboxes.models import OutboundMail, OutboundRecipient
from backend.mailboxes.outbox import LOOK_IN_SENT_AFTER, pending_recipients
from backend.mailboxes.sending_limits import DUE

State, Settled = OutboundMail.State, OutboundRecipient.State


@dataclass(frozen=True)
class Leases:
    """How long a claimed mail is its sender's without a renewal, before and after DATA begins."""

    before_data: timedelta
    after_data: timedelta


# Nobody renews while the server thinks: RFC 5321 4.5.3.2.6 gives it ten minutes.
UNWATCHED = Leases(timedelta(seconds=150), timedelta(seconds=700))
# The sender's process renews it for as long as it lives (`renew_all`).
WATCHED = Leases(timedelta(seconds=60), timedelta(seconds=60))


class SendingStopped(Exception):
    """A person stopped the mailbox's sending after this mail was claimed; nothing was sent."""


# Replies of a ticket leave in order (SECURITY.md P4); one that is tried again holds up no other,
# nor does one of a mailbox that may not send just now: after a merge a ticket may have several.
_EARLIER = """
EXISTS (
    SELECT 1 FROM messages mine JOIN messages other ON other.ticket_id = mine.ticket_id
    JOIN outbound_mail e ON e.message_id = other.id
    WHERE mine.id = o.message_id AND e.id < o.id AND e.kind = o.kind
      AND e.mailbox_id = o.mailbox_id
      AND (e.state IN ('queued', 'sending') OR (e.state = 'held' AND e.hold = 'undo'))
)
"""
_CLAIM = f"""
UPDATE outbound_mail SET state = 'sending', hold = '', tries = tries + 1, data_started_at = NULL,
    lease_until = statement_timestamp() + make_interval(secs => %(lease)s)
WHERE id = (
    SELECT o.id FROM outbound_mail o WHERE o.mailbox_id = %(mailbox)s AND {DUE} AND NOT {_EARLIER}
    ORDER BY o.next_attempt_at, o.id LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id
"""  # noqa: S608 - our own constant


class _NoRoom(Exception):
    """The day's limit does not hold this mail: its claim is undone."""


def claim(
    mailbox_id: uuid.UUID | None = None, *, leases: Leases = UNWATCHED
) -> OutboundMail | None:
    """Take one due mail for this worker, or None: of this mailbox, or of the one that has waited
    longest for its turn. A sender that died before DATA is replaced."""
    for candidate in sending_limits.ready(mailbox_id):
        found = _claim_of(candidate, leases)
        if found is not None:
            return found
    return None


def _claim_of(mailbox_id: uuid.UUID, leases: Leases) -> OutboundMail | None:
    with transaction.atomic():
        turn = sending_limits.turn_of(mailbox_id)
        if turn is None:
            return None
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                values: dict[str, Any] = {
                    "lease": leases.before_data.total_seconds(),
                    "mailbox": mailbox_id,
                }
                cursor.execute(_CLAIM, values)
                row = cursor.fetchone()
                if row is None:
                    return None
                outbound = OutboundMail.objects.get(pk=row[0])
                if not turn.take(len(pending_recipients(outbound))):
                    raise _NoRoom
        except _NoRoom:
            turn.wait_for_tomorrow()
            return None
    outbound.mailbox = turn.mailbox
    return outbound


def renew(outbound: OutboundMail, leases: Leases = UNWATCHED) -> None:
    """Keep a claimed mail while its server is slow; raises Conflict when another has it."""
    begun = outbound.data_started_at is not None
    lease = Now() + (leases.after_data if begun else leases.before_data)
    if not _mine(outbound).update(lease_until=lease):
        raise Conflict("Another worker has taken this mail.", code="lease_lost")


_RENEW_ALL = """
UPDATE outbound_mail o SET lease_until = statement_timestamp() + make_interval(secs => %(lease)s)
FROM unnest(%(ids)s::uuid[], %(tries)s::int[]) AS held (id, tries)
WHERE o.id = held.id AND o.tries = held.tries AND o.state = 'sending'
"""


def renew_all(held: Mapping[uuid.UUID, int]) -> None:
    """Keep the mails that living senders of this process have claimed, by id and try."""
    values: dict[str, Any] = {
        "ids": list(held),
        "tries": list(held.values()),
        "lease": WATCHED.after_data.total_seconds(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_RENEW_ALL, values)


def data_begins(outbound: OutboundMail, leases: Leases = UNWATCHED) -> None:
    """Note, durably, that DATA is about to be sent: from here on a crash leaves it uncertain.

    Raises Conflict when another worker has the mail, SendingStopped by the kill switch (S16).
    """
    sends = _mine(outbound).filter(mailbox__sending_stopped=False)
    if sends.update(data_started_at=Now(), lease_until=Now() + leases.after_data):
        outbound.data_started_at = timezone.now()
        return
    if _mine(outbound).exists():
        raise SendingStopped
    raise Conflict("Another worker has taken this mail.", code="lease_lost")


def put_back(outbound: OutboundMail) -> None:
    """Give back a claimed mail that was not spoken of: the kill switch fell meanwhile."""
    _mine(outbound).filter(data_started_at__isnull=True).update(
        state=State.QUEUED, tries=outbound.tries - 1, lease_until=None
    )


def lost_senders() -> list[uuid.UUID]:
    """Mails whose sender died after DATA began, at most 100 at a time; see `mark_lost`."""
    return list(_lost().order_by("id").values_list("pk", flat=True)[:100])


def mark_lost(outbound_id: uuid.UUID) -> OutboundMail | None:
    """Make such a mail `uncertain` (X10), inside the transaction that shows it to a person.

    None when its sender was faster, or somebody else marked it.
    """
    won = (
        _lost()
        .filter(pk=outbound_id)
        .update(
            state=State.UNCERTAIN,
            lease_until=None,
            next_attempt_at=Now() + LOOK_IN_SENT_AFTER,
            last_error="The desk stopped while the server was accepting this mail.",
            last_error_code="sender_stopped",
        )
    )
    if not won:
        return None
    OutboundRecipient.objects.filter(
        outbound_id=outbound_id, state__in=[Settled.PENDING, Settled.DEFERRED]
    ).update(state=Settled.UNCERTAIN)
    return OutboundMail.objects.get(pk=outbound_id)


def _lost() -> QuerySet[OutboundMail]:
    return OutboundMail.objects.filter(
        state=State.SENDING, lease_until__lt=Now(), data_started_at__isnull=False
    )


def waiting() -> bool:
    """True when `claim` or `lost_senders` would find work; the sweep asks it first."""
    return bool(sending_limits.ready()) or _lost().exists()


def _mine(outbound: OutboundMail) -> QuerySet[OutboundMail]:
    return OutboundMail.objects.filter(pk=outbound.pk, state=State.SENDING, tries=outbound.tries)
