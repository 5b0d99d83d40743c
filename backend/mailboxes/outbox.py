"""The outbox: everything that leaves, one row a mail, its bytes fixed before it is sent.

States: held → queued → sending → sent | deferred | failed | uncertain, and cancelled from every
state but sending and sent. A held mail whose time has come is claimed like a queued one: delays
live here, the broker only wakes senders. SMTP can only promise "at least once" (RFC 5321 6.1), so
a mail whose acceptance is unknown becomes `uncertain`; it is never resent by itself (MAIL.md S10).
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from backend.audit.services import Actor, record
from backend.core import blobs, doorbell
from backend.core.clock import database_now
from backend.core.errors import Conflict, Missing
from backend.events.services import publish
from backend.mail import smtp_reasons
from backend.mail.delivery import Delivery
from backend.mailboxes import sending_limits
from backend.mailboxes.models import DeliveryAttempt, Mailbox, OutboundMail, OutboundRecipient

State, Hold, Settled = OutboundMail.State, OutboundMail.Hold, OutboundRecipient.State
GIVE_UP_AFTER = timedelta(hours=48)
LOOK_IN_SENT_AFTER = timedelta(minutes=1)
_BACK_OFF_MINUTES = (1, 5, 15, 30, 60)  # MAIL.md S9; the last one repeats
_RETRYABLE = frozenset({State.FAILED, State.DEFERRED, State.UNCERTAIN})


@dataclass(frozen=True)
class Recipient:
    """An address a mail goes to and in which role: to, cc or bcc."""

    address: str
    kind: OutboundRecipient.Kind


@dataclass(frozen=True)
class Leaving:
    """When a mail leaves: at once, or `at`, held until then for the reason `hold`."""

    hold: OutboundMail.Hold | None = None
    at: datetime | None = None
    if_answered: OutboundMail.IfAnswered = OutboundMail.IfAnswered.SEND


AT_ONCE = Leaving()


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
    leaving: Leaving = AT_ONCE,
) -> OutboundMail:
    """Put a composed mail into the outbox, inside the transaction of what it belongs to (S1).

    Its envelope sender is the mailbox unless told; "" is the null path (RFC 5321 4.5.5).
    """
    outbound = OutboundMail(
        mailbox=mailbox,
        message_id=for_message,
        kind=kind,
        internet_message_id=message_id,
        subject=subject[:500],
        envelope_from=mailbox.address if envelope_from is None else envelope_from,
        sha256=blobs.put(raw),
        size=len(raw),
    )
    if leaving.hold is not None and leaving.at is not None:
        outbound.state, outbound.hold = State.HELD, leaving.hold
        outbound.if_answered = leaving.if_answered
        outbound.next_attempt_at = outbound.waiting_since = leaving.at
    outbound.save(force_insert=True)
    OutboundRecipient.objects.bulk_create(
        OutboundRecipient(outbound=outbound, address=one.address, kind=one.kind)
        for one in recipients
    )
    if leaving.hold is None:
        doorbell.ring_after_commit(doorbell.SEND)
    return outbound


def settle(outbound: OutboundMail, delivery: Delivery) -> OutboundMail.State:
    """Write the server's answers, inside a transaction; returns the mail's new state.

    A late answer still counts after the sweep called the mail uncertain: it is the truth.
    """
    current = (
        OutboundMail.objects.select_for_update(of=("self",))
        .select_related("mailbox")
        .filter(pk=outbound.pk, tries=outbound.tries, state__in=[State.SENDING, State.UNCERTAIN])
        .first()
    )
    if current is None:
        raise Conflict("Another worker has settled this mail.", code="lease_lost")
    DeliveryAttempt.objects.create(
        outbound=current,
        number=current.tries,
        server=f"{current.mailbox.smtp_host}:{current.mailbox.smtp_port}"[:260],
        phase=delivery.phase,
        outcome=delivery.outcome,
        smtp_code=delivery.code,
        smtp_text=delivery.text[:500],
    )
    for result in delivery.recipients:
        OutboundRecipient.objects.filter(outbound=current, address=result.address).update(
            state=result.state,
            smtp_code=result.code,
            smtp_text=result.text[:500],
            settled_at=None if result.state == "deferred" else Now(),
        )
    conclude(current, words=delivery.text, phase=delivery.phase)
    return State(current.state)


def conclude(outbound: OutboundMail, *, words: str, phase: str) -> None:
    """The state that follows from the recipients' states: the most pressing one wins.

    Inside a transaction that holds the row. `words` are told where no recipient has own ones.
    """
    rows = _answers_of(outbound)
    states = {state for state, _, _ in rows}
    outbound.lease_until = None
    outbound.last_error = outbound.last_error_code = ""
    if Settled.UNCERTAIN in states:
        outbound.state = State.UNCERTAIN
        outbound.next_attempt_at = database_now() + LOOK_IN_SENT_AFTER
    elif states & {Settled.DEFERRED, Settled.PENDING}:
        _defer(outbound)
    elif Settled.FAILED in states:
        outbound.state = State.FAILED
    elif Settled.ACCEPTED in states:
        outbound.state, outbound.sent_at = State.SENT, database_now()
        _copy_into_sent(outbound)
    else:
        outbound.state = State.CANCELLED
    if outbound.state in _RETRYABLE:
        rows = _answers_of(outbound)  # giving up changed them
        decided = [row for row in rows if row[0] == outbound.state and row[2]]
        _, code, text = decided[0] if decided else ("", None, words)
        outbound.last_error = text
        outbound.last_error_code = smtp_reasons.reason(outbound.state, phase, code, text)
    outbound.save(
        update_fields=[
            "state", "lease_until", "last_error", "last_error_code", "sent_at", "next_attempt_at",
            "sent_copy", "sent_copy_at",
        ]
    )  # fmt: skip


def _copy_into_sent(outbound: OutboundMail) -> None:
    """A place among the copies to make, for what a person wrote: the rest would bury it."""
    copy = OutboundMail.SentCopy
    if outbound.kind != OutboundMail.Kind.REPLY or outbound.sent_copy != copy.NONE:
        return
    if sending_limits.keeps_copies(outbound.mailbox):
        outbound.sent_copy, outbound.sent_copy_at = copy.WAITING, outbound.sent_at


def _answers_of(outbound: OutboundMail) -> list[tuple[str, int | None, str]]:
    answers = outbound.recipients.order_by("id")
    return list(answers.values_list("state", "smtp_code", "smtp_text"))


def _defer(outbound: OutboundMail) -> None:
    now = database_now()
    if _tried_since(outbound, now) < now - GIVE_UP_AFTER:
        outbound.recipients.filter(state__in=[Settled.DEFERRED, Settled.PENDING]).update(
            state=Settled.FAILED, settled_at=Now()
        )
        outbound.state = State.FAILED
        return
    minutes = _BACK_OFF_MINUTES[min(max(outbound.tries, 1), len(_BACK_OFF_MINUTES)) - 1]
    jitter = random.uniform(0.9, 1.1)  # noqa: S311 - spreads retries, no secret
    outbound.state = State.DEFERRED
    outbound.next_attempt_at = now + timedelta(minutes=minutes * jitter)


def _tried_since(outbound: OutboundMail, now: datetime) -> datetime:
    """When the 48 hours began: at the first attempt since it was to leave or a person retried."""
    attempts = outbound.attempts.filter(at__gte=outbound.waiting_since).order_by("number")
    first = attempts.values_list("at", flat=True).first()
    return first or now


@transaction.atomic
def retry(*, actor: Actor, outbound_id: uuid.UUID, found: str = "") -> OutboundMail:
    """Send again, now, to the recipients that have not accepted; the Message-ID stays the same.

    An uncertain mail may have arrived: `found` must be a person's "not_arrived". Raises Missing,
    or Conflict for a mail that is neither failed, deferred nor uncertain.
    """
    outbound = OutboundMail.objects.select_for_update().filter(pk=outbound_id).first()
    if outbound is None:
        raise Missing("There is no such mail in the outbox.")
    before = outbound.state
    if before not in _RETRYABLE:
        raise Conflict(f"This mail is {before}; there is nothing to retry.", code="not_retryable")
    if before == State.UNCERTAIN and found != "not_arrived":
        raise Conflict(
            "This mail may have arrived: ask the recipient, then say that it did not.",
            code="may_have_arrived",
        )
    if before == State.UNCERTAIN:
        note_lost_attempt(outbound, outcome="uncertain", words=outbound.last_error)
    outbound.recipients.exclude(state=Settled.ACCEPTED).update(
        state=Settled.PENDING, smtp_code=None, smtp_text="", settled_at=None
    )
    outbound.state, outbound.last_error, outbound.last_error_code = State.QUEUED, "", ""
    outbound.next_attempt_at = outbound.waiting_since = database_now()
    outbound.save(
        update_fields=[
            "state", "next_attempt_at", "waiting_since", "last_error", "last_error_code"
        ]
    )  # fmt: skip
    sending_limits.forget_waits(outbound.mailbox_id)  # a person wants to know now
    note_decision(outbound, "retry", actor=actor, before=before)
    doorbell.ring_after_commit(doorbell.SEND)
    return outbound


def note_lost_attempt(outbound: OutboundMail, *, outcome: str, words: str) -> None:
    """Put a try on record whose sender died before it could do so; else does nothing."""
    tried = outbound.attempts.filter(number=outbound.tries)
    if outbound.tries and not tried.exists():
        DeliveryAttempt.objects.create(
            outbound=outbound,
            number=outbound.tries,
            phase="dot",
            outcome=outcome,
            smtp_text=words[:500],
        )


def note_decision(outbound: OutboundMail, verb: str, *, actor: Actor, before: str) -> None:
    """What a person decided about a mail, for the audit log and open browsers."""
    record(
        actor=actor,
        action=f"outbound.{verb}",
        object_type="outbound_mail",
        object_id=outbound.id,
        before={"state": before},
        after={"state": outbound.state},
    )
    publish("delivery.updated", mailbox_id=outbound.mailbox_id)


def pending_recipients(outbound: OutboundMail) -> list[str]:
    """Addresses that have not accepted or finally refused the mail yet."""
    pending = outbound.recipients.filter(state__in=[Settled.PENDING, Settled.DEFERRED])
    return list(pending.order_by("id").values_list("address", flat=True))


def undelivered() -> Q:
    """Mails that wait for a person: they failed, may have arrived, or the customer wrote first."""
    stopped = Q(state=State.HELD, hold=Hold.CUSTOMER_WROTE)
    return Q(state__in=[State.FAILED, State.UNCERTAIN]) | stopped
