"""Sending what waits in the outbox, and telling the ticket how it went."""

from __future__ import annotations

import logging
import time
from typing import Literal

from django.db import transaction

from backend.audit import services as audit
from backend.core import blobs
from backend.core.crashpoints import crashpoint
from backend.core.errors import Conflict
from backend.core.faults import is_transient
from backend.core.keys import UnreadableSecret
from backend.events.services import publish
from backend.mail.smtp import Delivery, RecipientResult, deliver
from backend.mailboxes import outbox
from backend.mailboxes.accounts import smtp_settings
from backend.mailboxes.models import OutboundMail
from backend.tickets import attention
from backend.tickets.history import Change, note_changes
from backend.tickets.models import Ticket
from backend.tickets.receiving import lock_ticket_of

log = logging.getLogger(__name__)
_NEEDS_A_PERSON = {OutboundMail.State.FAILED, OutboundMail.State.UNCERTAIN}
# An attempt that ends here says something about the server, not about the mail.
_SERVER_PHASES = {"connect", "ehlo", "starttls", "login"}


def drain(*, seconds: float = 30) -> int:
    """Deliver due mails until none is left or the time is over; returns how many were tried.

    1. Mails whose sender died after DATA began become uncertain and are shown.
    2. Claim one due mail, speak SMTP step by step; just before DATA note it durably.
    3. Write each recipient's answer and what it means for the ticket, in one transaction.
    4. When the server did not answer at all, the mailbox's other mails wait too.
    """
    for outbound_id in outbox.lost_senders():
        with transaction.atomic():
            lost = outbox.mark_lost(outbound_id)
            if lost is not None:
                _tell(lost, OutboundMail.State.UNCERTAIN)
    done = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        claimed = outbox.claim()
        if claimed is None:
            break
        _send(claimed)
        done += 1
    return done


def _send(outbound: OutboundMail) -> None:
    try:
        delivery = _attempt(outbound)
        crashpoint("before_delivery_commit")
        with transaction.atomic():
            state = outbox.settle(outbound, delivery)
            _tell(outbound, state)
    except Conflict as error:
        log.warning("%s: %s", outbound.internet_message_id, error)
        return
    if delivery.outcome == "deferred" and delivery.phase in _SERVER_PHASES:
        outbox.wait_for_server(outbound.mailbox_id)


def _attempt(outbound: OutboundMail) -> Delivery:
    """One conversation with the server; raises Conflict when another worker has the mail."""
    recipients = outbox.pending_recipients(outbound)
    try:
        return _speak(outbound, recipients)
    except (blobs.BlobMissing, UnreadableSecret) as error:
        # Nothing was sent, and waiting alone will not mend it: the agent must know.
        return _undelivered(recipients, "failed", str(error))
    except Conflict:
        raise
    except Exception as error:  # the isolation boundary: no defect in one mail may stop the next
        if is_transient(error):
            raise  # the database is away: the claim's lease runs out
        log.exception("%s could not be sent", outbound.internet_message_id)
        begun = OutboundMail.objects.filter(pk=outbound.pk, data_started_at__isnull=False).exists()
        return _undelivered(recipients, "uncertain" if begun else "deferred", str(error))


def _undelivered(
    recipients: list[str], state: Literal["failed", "deferred", "uncertain"], words: str
) -> Delivery:
    """The result of an attempt that ended by a fault of our own."""
    results = tuple(RecipientResult(one, state, None, words) for one in recipients)
    return Delivery(state, results, "prepare", None, words)


def _speak(outbound: OutboundMail, recipients: list[str]) -> Delivery:
    raw = blobs.get(outbound.sha256)
    settings = smtp_settings(outbound.mailbox)
    crashpoint("before_connect")
    return deliver(
        settings,
        envelope_from=outbound.envelope_from,
        recipients=recipients,
        raw=raw,
        message_id=outbound.internet_message_id,
        on_data=lambda: outbox.data_begins(outbound),
    )


def _tell(outbound: OutboundMail, state: OutboundMail.State) -> None:
    """Show the new state in the ticket, in the transaction of that state.

    A failure reopens the matter for its owner; when nothing failed remains, that is over.
    """
    if outbound.message_id is None:
        publish("delivery.updated", mailbox_id=outbound.mailbox_id)
        return
    ticket = lock_ticket_of(outbound.message_id)
    publish(
        "delivery.updated",
        ticket_id=ticket.id,
        mailbox_id=outbound.mailbox_id,
        team_id=ticket.team_id,
    )
    if outbound.kind != OutboundMail.Kind.REPLY:
        return  # nobody waits for an automatic answer; the ledger shows how it went
    if state in _NEEDS_A_PERSON:
        _ask_for_a_person(ticket, outbound, state)
    elif state == OutboundMail.State.SENT:
        attention.settle(ticket)


def _ask_for_a_person(ticket: Ticket, outbound: OutboundMail, state: OutboundMail.State) -> None:
    attention.ask(ticket)
    words = OutboundMail.objects.values_list("last_error", flat=True).get(pk=outbound.pk)
    failure = {"message": str(outbound.message_id), "state": state, "words": words[:300]}
    note_changes(ticket, Change("delivery_failed", failure), actor=audit.system("outbox"))
