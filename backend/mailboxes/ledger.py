"""The ledger of received mail: every write to it, from raw bytes to fate.

States: stored → processing → done | quarantined. Each step is a compare-and-set on state and
tries, so that of two workers, or of one that was thought dead, exactly one settles a mail.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from backend.audit.services import Actor, record
from backend.core import blobs, doorbell
from backend.core.errors import Conflict, Missing
from backend.core.text import at_most_bytes, storable
from backend.events.services import publish
from backend.mailboxes.models import InboundMail, MailboxFolder

MAX_TRIES = 3
_MOST_BYTES = 8 * 1024 * 1024  # of the mails claimed together
State, Fate = InboundMail.State, InboundMail.Fate


class LeaseLost(Exception):
    """Somebody else settled or took this mail; whatever was done for it must be rolled back."""


@dataclass(frozen=True)
class Arrival:
    """A mail as the server gave it. `raw` None: it can't be fetched (`reason`).

    `size` is the mail's own; `raw` is shorter when the mail is too large and only its beginning
    was fetched. `sha256`: the hash of bytes the desk has already, when they were not fetched again.
    `seen_at`: when the desk first saw the mail on the server. `history`: older than the desk's
    use of the mailbox. `provider_id`: the provider's own id of the mail.
    """

    uid: int
    size: int
    internal_date: datetime | None
    raw: bytes | None
    from_address: str = ""
    subject: str = ""
    message_id: str = ""
    reason: str = ""
    sha256: str = ""
    seen_at: datetime | None = None
    history: bool = False
    provider_id: str = ""

    @property
    def whole(self) -> bool:
        """Whether the desk holds the mail's every byte."""
        return self.raw is not None and len(self.raw) >= self.size


@dataclass(frozen=True)
class Seen:
    """Sender, subject and Message-ID as the parser read them, storable."""

    from_address: str
    subject: str
    message_id: str


@dataclass(frozen=True)
class Fated:
    """What became of a mail.

    matched_by: what led to its ticket: token, reply_address, agent_address, reference, share
    (another mailbox knew the reference), number, new, continued, forward or bytes; "" for none.
    about_id: the outgoing mail that a report is about.
    """

    fate: InboundMail.Fate
    reason: str
    ticket_id: uuid.UUID | None = None
    message_id: uuid.UUID | None = None
    matched_by: str = ""
    about_id: uuid.UUID | None = None


def rows_for(folder: MailboxFolder, arrivals: Sequence[Arrival]) -> list[InboundMail]:
    """Ledger rows of fetched mails, their bytes already durable in the blob store.

    To be inserted by `insert` inside the transaction that moves the folder's cursor.
    """
    kept = [arrival.raw for arrival in arrivals if arrival.raw is not None]
    hashes = iter(blobs.put_many(kept))
    return [
        InboundMail(
            mailbox_id=folder.mailbox_id,
            folder=folder,
            uidvalidity=folder.uidvalidity,
            uid=arrival.uid,
            sha256=next(hashes) if arrival.raw is not None else arrival.sha256,
            size=arrival.size,
            internal_date=arrival.internal_date,
            seen_at=arrival.seen_at,
            history=arrival.history,
            provider_id=arrival.provider_id,
            from_address=storable(arrival.from_address)[:320],
            subject=storable(arrival.subject)[:500],
            internet_message_id=at_most_bytes(storable(arrival.message_id), 998),
            **_first_state(arrival),
        )
        for arrival in arrivals
    ]


def _first_state(arrival: Arrival) -> dict[str, str]:
    if arrival.raw is not None or arrival.sha256:
        return {"state": State.STORED}
    return {"state": State.QUARANTINED, "fate": Fate.QUARANTINED, "reason": arrival.reason}


def insert(rows: Sequence[InboundMail]) -> None:
    """Insert ledger rows; one already known by (folder, UIDVALIDITY, UID) changes nothing."""
    InboundMail.objects.bulk_create(rows, ignore_conflicts=True)


_WAITS = """i.next_attempt_at <= statement_timestamp() AND
    (i.state = 'stored' OR (i.state = 'processing' AND i.lease_until < statement_timestamp()))"""
# Every mailbox's next mails are read off one index, so that a backlog costs nothing: therefore
# LATERAL with ORDER BY and LIMIT, and the ids as an array, whatever the planner thinks it knows.
_NEXT = f"""
    SELECT i.id, i.history FROM inbound_mail i
    WHERE i.mailbox_id = box.id AND i.state IN ('stored', 'processing') AND {_WAITS}
    ORDER BY i.mailbox_id, i.history, i.id
"""  # noqa: S608 - of our own words
_CLAIM = f"""
WITH busy AS MATERIALIZED (
    SELECT box.id FROM mailboxes box CROSS JOIN LATERAL ({_NEXT} LIMIT 1) AS first
), due AS MATERIALIZED (
    SELECT next.id, next.history,
        row_number() OVER (PARTITION BY box.id ORDER BY next.history, next.id) AS turn
    FROM busy box CROSS JOIN LATERAL (
        {_NEXT} LIMIT greatest(%(most)s / (SELECT count(*) FROM busy), least(%(most)s, 10))
    ) AS next
), taken AS MATERIALIZED (
    SELECT i.id, i.size, i.tries, i.history, due.turn
    FROM inbound_mail i JOIN due ON due.id = i.id
    WHERE i.id = ANY (ARRAY(SELECT id FROM due ORDER BY history, turn, id LIMIT 2 * %(most)s))
      AND {_WAITS}
    ORDER BY i.history, due.turn, i.id LIMIT %(most)s FOR UPDATE OF i SKIP LOCKED
), line AS (
    SELECT id, tries, sum(size) OVER line AS bytes, row_number() OVER line AS place,
        first_value(tries) OVER line AS first_tries
    FROM taken WINDOW line AS (ORDER BY history, turn, id)
)
UPDATE inbound_mail SET state = 'processing', tries = inbound_mail.tries + 1,
    taken_at = statement_timestamp(),
    lease_until = statement_timestamp() + make_interval(secs => %(seconds)s)
FROM line
WHERE inbound_mail.id = ANY (ARRAY(SELECT id FROM taken)) AND inbound_mail.id = line.id
  AND (place = 1 OR (first_tries = 0 AND line.tries = 0 AND bytes <= %(bytes)s))
  -- Losing a claim in a power cut is harmless, so its commit need not wait for the disk.
  AND set_config('synchronous_commit', 'off', true) IS NOT NULL
RETURNING inbound_mail.*
"""  # noqa: S608 - of our own words


def claim(most: int) -> list[InboundMail]:
    """Take up to `most` waiting mails for this worker, in the order to process them.

    New mail goes before history, and mailboxes take turns, so that one that imports thousands
    keeps nobody waiting; within a mailbox the oldest comes first. The claim counts as a try before
    any work is done: a mail that kills its worker is known. What was tried before is claimed
    alone, so that it can't take others with it; all together hold at most 8 MiB, or are one.
    """
    wanted = {"most": most, "bytes": _MOST_BYTES, "seconds": settings.DESK_LEASE_SECONDS}
    claimed = InboundMail.objects.raw(_CLAIM, wanted)
    return sorted(claimed, key=lambda mail: (mail.history, mail.id))


_SETTLE = """
UPDATE inbound_mail SET state = 'done', fate = t.fate, reason = t.reason, ticket_id = t.ticket_id,
    message_id = t.message_id, about_id = t.about_id, matched_by = t.matched_by,
    from_address = t.from_address, subject = t.subject, internet_message_id = t.own_id,
    error = '', lease_until = NULL, processed_at = statement_timestamp()
FROM unnest(%s::uuid[], %s::int[], %s::text[], %s::text[], %s::uuid[], %s::uuid[], %s::uuid[],
    %s::text[], %s::text[], %s::text[], %s::text[])
    AS t (id, tries, fate, reason, ticket_id, message_id, about_id, matched_by, from_address,
          subject, own_id)
WHERE inbound_mail.id = t.id AND inbound_mail.state = 'processing'
  AND inbound_mail.tries = t.tries
"""


def settle(mail: InboundMail, fated: Fated, *, seen: Seen) -> None:
    """`settle_all` for one mail."""
    settle_all([(mail, fated, seen)])


def settle_all(settled: Sequence[tuple[InboundMail, Fated, Seen]]) -> None:
    """Write claimed mails' fates, inside the transaction of their effects; raises LeaseLost.

    `Seen` replaces what the quick look at storing time had found, for people who search.
    """
    rows = [
        (
            mail.id,
            mail.tries,
            str(fated.fate),
            fated.reason[:300],
            fated.ticket_id,
            fated.message_id,
            fated.about_id,
            fated.matched_by[:24],
            seen.from_address[:320],
            seen.subject[:500],
            seen.message_id[:998],
        )
        for mail, fated, seen in settled
    ]
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, [list(column) for column in zip(*rows, strict=True)])
        if cursor.rowcount != len(rows):
            ids = ", ".join(str(mail.id) for mail, *_ in settled)
            raise LeaseLost(f"Another worker settled one of the inbound mails {ids}.")


def release(mails: Sequence[InboundMail], *, seconds: float = 3) -> None:
    """Give claimed mails back untried: the fault was not theirs (a full disk, a deadlock)."""
    for tries in {mail.tries for mail in mails}:
        ids = [mail.id for mail in mails if mail.tries == tries]
        InboundMail.objects.filter(pk__in=ids, state=State.PROCESSING, tries=tries).update(
            state=State.STORED,
            tries=tries - 1,
            lease_until=None,
            next_attempt_at=Now() + timedelta(seconds=seconds),
        )


def try_later(mail: InboundMail, *, error: str) -> None:
    """Note a failed try of a claimed mail; it is claimed again after a while."""
    _mine(mail).update(
        state=State.STORED,
        error=error[:4000],
        lease_until=None,
        next_attempt_at=Now() + timedelta(seconds=5 * 4**mail.tries),
    )


@transaction.atomic
def quarantine(
    mail: InboundMail,
    *,
    reason: str,
    error: str = "",
    ticket_id: uuid.UUID | None = None,
    message_id: uuid.UUID | None = None,
) -> None:
    """Put a claimed mail aside, visibly; its bytes stay and it can be processed again.

    `ticket_id`, `message_id`: what shows as much as could be read. Raises LeaseLost.
    """
    changed = _mine(mail).update(
        state=State.QUARANTINED,
        fate=Fate.QUARANTINED,
        reason=reason[:300],
        error=error[:4000],
        ticket_id=ticket_id,
        message_id=message_id,
        lease_until=None,
        processed_at=Now(),
    )
    if not changed:
        raise LeaseLost(f"Inbound mail {mail.id} was settled by another worker.")
    publish("ledger.updated", mailbox_id=mail.mailbox_id)


@transaction.atomic
def reprocess(*, actor: Actor, inbound_id: uuid.UUID) -> None:
    """Let a quarantined mail be read again; raises Missing, or Conflict when it is not."""
    mail = InboundMail.objects.select_for_update().filter(pk=inbound_id).first()
    if mail is None:
        raise Missing("There is no such mail in the ledger.")
    if mail.state != State.QUARANTINED:
        raise Conflict("Only a quarantined mail can be processed again.", code="not_quarantined")
    if not mail.sha256:
        raise Conflict(
            "The desk never got this mail's bytes: read it in the mailbox.", code="no_bytes"
        )
    mail.state, mail.fate, mail.tries, mail.error = State.STORED, None, 0, ""
    mail.next_attempt_at = Now()
    mail.save(update_fields=["state", "fate", "tries", "error", "next_attempt_at"])
    record(actor=actor, action="inbound.reprocess", object_type="inbound_mail", object_id=mail.id)
    publish("ledger.updated", mailbox_id=mail.mailbox_id)
    doorbell.ring_after_commit(doorbell.INTAKE)


@transaction.atomic
def not_spam(*, actor: Actor, inbound_id: uuid.UUID) -> None:
    """Let a mail that was called spam become a ticket; raises Missing, or Conflict for others."""
    mail = InboundMail.objects.select_for_update().filter(pk=inbound_id).first()
    if mail is None:
        raise Missing("There is no such mail in the ledger.")
    if mail.fate != Fate.SPAM:
        raise Conflict("This mail was not called spam.", code="not_called_spam")
    mail.state, mail.fate, mail.tries, mail.not_spam = State.STORED, None, 0, True
    mail.next_attempt_at = Now()
    mail.save(update_fields=["state", "fate", "tries", "not_spam", "next_attempt_at"])
    record(actor=actor, action="inbound.not_spam", object_type="inbound_mail", object_id=mail.id)
    publish("ledger.updated", mailbox_id=mail.mailbox_id)
    doorbell.ring_after_commit(doorbell.INTAKE)


def waiting() -> bool:
    """True when a mail could be claimed now; the sweep asks it before ringing."""
    due = Q(state=State.STORED) | Q(state=State.PROCESSING, lease_until__lt=Now())
    return InboundMail.objects.filter(due, next_attempt_at__lte=Now()).exists()


def _mine(mail: InboundMail) -> QuerySet[InboundMail]:
    return InboundMail.objects.filter(pk=mail.pk, state=State.PROCESSING, tries=mail.tries)
