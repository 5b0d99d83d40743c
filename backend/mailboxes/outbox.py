"""The outbox: everything that leaves, one row a mail, its bytes fixed before it is sent.

States: queued → sending → sent | deferred | failed | uncertain. SMTP can only promise "at least
once" (RFC 5321 6.1), so a mail whose acceptance is unknown becomes `uncertain` and waits for a
person; it is never resent by itself (MAIL.md S10).
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from backend.audit.services import Actor, record
from backend.core import blobs, doorbell
from backend.core.errors import Conflict, Missing
from backend.events.services import publish
from backend.mail.smtp import Delivery
from backend.mailboxes.models import DeliveryAttempt, Mailbox, OutboundMail, OutboundRecipient

State, Settled = OutboundMail.State, OutboundRecipient.State
LEASE_BEFORE_DATA = timedelta(seconds=150)
LEASE_AFTER_DATA = timedelta(seconds=700)  # RFC 5321 4.5.3.2.6: ten minutes for the final answer
GIVE_UP_AFTER = timedelta(hours=48)
_BACK_OFF_MINUTES = (1, 5, 15, 30, 60)  # MAIL.md S9; the last one repeats


@dataclass(frozen=True)
class Recipient:
    """An address a mail goes to and in which role: to, cc or bcc."""

    address: str
    kind: OutboundRecipient.Kind


def queue(
    *,
    mailbox: Mailbox,
    message_id: str,
    subject: str,
    raw: bytes,
    recipients: Sequence[Recipient],
    kind: OutboundMail.Kind,
    for_message: uuid.UUID | None,
    envelope_from: str | None = None,
) -> OutboundMail:
    """Put a composed mail into the outbox, inside the transaction of what it belongs to (S1).

    Its envelope sender is the mailbox unless told; "" is the null path (RFC 5321 4.5.5).
    """
    outbound = OutboundMail.objects.create(
        mailbox=mailbox,
        message_id=for_message,
        kind=kind,
        internet_message_id=message_id,
        subject=subject[:500],
        envelope_from=mailbox.address if envelope_from is None else envelope_from,
        sha256=blobs.put(raw),
        size=len(raw),
    )
    OutboundRecipient.objects.bulk_create(
        OutboundRecipient(outbound=outbound, address=one.address, kind=one.kind)
        for one in recipients
    )
    doorbell.ring_after_commit(doorbell.SEND)
    return outbound


_CLAIM = """
UPDATE outbound_mail SET state = 'sending', tries = tries + 1, data_started_at = NULL,
    lease_until = statement_timestamp() + make_interval(secs => %s)
WHERE id = (
    SELECT o.id FROM outbound_mail o JOIN mailboxes m ON m.id = o.mailbox_id
    WHERE o.next_attempt_at <= statement_timestamp() AND m.state <> 'paused'
      AND (o.state IN ('queued', 'deferred')
           OR (o.state = 'sending' AND o.lease_until < statement_timestamp()
               AND o.data_started_at IS NULL))
    ORDER BY o.next_attempt_at, o.id LIMIT 1 FOR UPDATE OF o SKIP LOCKED
) RETURNING id
"""


def claim() -> OutboundMail | None:
    """Take one due mail for this worker, or None. A sender that died before DATA is replaced."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, [LEASE_BEFORE_DATA.total_seconds()])
        row = cursor.fetchone()
    if row is None:
        return None
    return OutboundMail.objects.select_related("mailbox").get(pk=row[0])


def data_begins(outbound: OutboundMail) -> None:
    """Note, durably, that DATA is about to be sent: from here on a crash leaves it uncertain."""
    changed = _mine(outbound).update(data_started_at=Now(), lease_until=Now() + LEASE_AFTER_DATA)
    if not changed:
        raise Conflict("Another worker has taken this mail.", code="lease_lost")


def settle(outbound: OutboundMail, delivery: Delivery) -> OutboundMail.State:
    """Write the server's answers, inside a transaction; returns the mail's new state.

    A late answer still counts after the sweep called the mail uncertain: it is the truth.
    """
    current = (
        OutboundMail.objects.select_for_update()
        .filter(pk=outbound.pk, tries=outbound.tries, state__in=[State.SENDING, State.UNCERTAIN])
        .first()
    )
    if current is None:
        raise Conflict("Another worker has settled this mail.", code="lease_lost")
    for result in delivery.recipients:
        OutboundRecipient.objects.filter(outbound=current, address=result.address).update(
            state=result.state,
            smtp_code=result.code,
            smtp_text=result.text[:500],
            settled_at=None if result.state == "deferred" else Now(),
        )
    DeliveryAttempt.objects.create(
        outbound=current,
        number=current.tries,
        phase=delivery.phase,
        outcome=delivery.outcome,
        smtp_code=delivery.code,
        smtp_text=delivery.text[:500],
    )
    _conclude(current, words=delivery.text)
    return State(current.state)


def _conclude(outbound: OutboundMail, *, words: str) -> None:
    """The state that follows from the recipients' states: the most pressing one wins."""
    states = set(outbound.recipients.values_list("state", flat=True))
    outbound.lease_until = None
    outbound.last_error = ""
    if Settled.UNCERTAIN in states:
        outbound.state, outbound.last_error = State.UNCERTAIN, words
    elif states & {Settled.DEFERRED, Settled.PENDING}:
        _defer(outbound, words=words)
    elif Settled.FAILED in states:
        outbound.state, outbound.last_error = State.FAILED, words
    else:
        outbound.state, outbound.sent_at = State.SENT, timezone.now()
    outbound.save(
        update_fields=["state", "lease_until", "last_error", "sent_at", "next_attempt_at"]
    )


def _defer(outbound: OutboundMail, *, words: str) -> None:
    outbound.last_error = words
    if timezone.now() - outbound.created_at > GIVE_UP_AFTER:
        outbound.recipients.filter(state__in=[Settled.DEFERRED, Settled.PENDING]).update(
            state=Settled.FAILED, settled_at=Now()
        )
        outbound.state = State.FAILED
        return
    minutes = _BACK_OFF_MINUTES[min(outbound.tries, len(_BACK_OFF_MINUTES)) - 1]
    jitter = random.uniform(0.9, 1.1)  # noqa: S311 - spreads retries, no secret
    outbound.state = State.DEFERRED
    outbound.next_attempt_at = timezone.now() + timedelta(minutes=minutes * jitter)


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
            last_error="The desk stopped while the server was accepting this mail.",
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


def wait_for_server(mailbox_id: uuid.UUID) -> None:
    """Let every due mail of a mailbox wait a minute: its server does not answer.

    Else each of them would cost a worker a time-out, and other mailboxes would wait for that.
    """
    OutboundMail.objects.filter(
        mailbox_id=mailbox_id,
        state__in=[State.QUEUED, State.DEFERRED],
        next_attempt_at__lte=Now(),
    ).update(next_attempt_at=Now() + timedelta(minutes=1))


@transaction.atomic
def retry(*, actor: Actor, outbound_id: uuid.UUID) -> OutboundMail:
    """Send again, now, to the recipients that have not accepted; the Message-ID stays the same.

    Raises Missing, or Conflict for a mail that is neither failed, deferred nor uncertain.
    """
    outbound = OutboundMail.objects.select_for_update().filter(pk=outbound_id).first()
    if outbound is None:
        raise Missing("There is no such mail in the outbox.")
    before = outbound.state
    if before not in {State.FAILED, State.DEFERRED, State.UNCERTAIN}:
        raise Conflict(f"This mail is {before}; there is nothing to retry.", code="not_retryable")
    outbound.recipients.exclude(state=Settled.ACCEPTED).update(
        state=Settled.PENDING, smtp_code=None, smtp_text="", settled_at=None
    )
    outbound.state, outbound.next_attempt_at, outbound.last_error = State.QUEUED, Now(), ""
    outbound.save(update_fields=["state", "next_attempt_at", "last_error"])
    record(
        actor=actor,
        action="outbound.retry",
        object_type="outbound_mail",
        object_id=outbound.id,
        before={"state": before},
        after={"state": State.QUEUED},
    )
    publish("delivery.updated", mailbox_id=outbound.mailbox_id)
    doorbell.ring_after_commit(doorbell.SEND)
    return outbound


def waiting() -> bool:
    """True when `claim` or `lost_senders` would find work; the sweep asks it first."""
    sends = ~Q(mailbox__state=Mailbox.State.PAUSED)
    due = Q(state__in=[State.QUEUED, State.DEFERRED], next_attempt_at__lte=Now()) & sends
    lost = Q(state=State.SENDING, lease_until__lt=Now())
    after_data = Q(data_started_at__isnull=False)
    return OutboundMail.objects.filter(due | lost & (sends | after_data)).exists()


def pending_recipients(outbound: OutboundMail) -> list[str]:
    """Addresses that have not accepted or finally refused the mail yet."""
    pending = outbound.recipients.filter(state__in=[Settled.PENDING, Settled.DEFERRED])
    return list(pending.order_by("id").values_list("address", flat=True))


def _mine(outbound: OutboundMail) -> QuerySet[OutboundMail]:
    return OutboundMail.objects.filter(pk=outbound.pk, state=State.SENDING, tries=outbound.tries)
