"""Sending what waits in the outbox, and telling the ticket how it went."""

from __future__ import annotations

import logging
import time

from django.db import transaction

from backend.audit import services as audit
from backend.core import blobs
from backend.core.crashpoints import crashpoint
from backend.core.errors import Conflict
from backend.core.keys import UnreadableSecret
from backend.events.services import publish
from backend.mail.smtp import Delivery, RecipientResult, deliver
from backend.mailboxes import outbox
from backend.mailboxes.accounts import smtp_settings
from backend.mailboxes.models import OutboundMail
from backend.tickets.history import Change, note_changes
from backend.tickets.models import Ticket

log = logging.getLogger(__name__)
_NEEDS_A_PERSON = {OutboundMail.State.FAILED, OutboundMail.State.UNCERTAIN}


def drain(*, seconds: float = 30) -> int:
    """Deliver due mails until none is left or the time is over; returns how many were tried.

    1. Mails whose sender died after DATA began become uncertain and are shown.
    2. Claim one due mail, speak SMTP step by step; just before DATA note it durably.
    3. Write each recipient's answer and what it means for the ticket, in one transaction.
    """
    for outbound in outbox.claim_lost_senders():
        _tell(outbound, OutboundMail.State.UNCERTAIN)
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
        delivery = _speak(outbound)
        crashpoint("before_delivery_commit")
        with transaction.atomic():
            state = outbox.settle(outbound, delivery)
            _tell(outbound, state)
    except Conflict as error:
        log.warning("%s: %s", outbound.internet_message_id, error)


def _speak(outbound: OutboundMail) -> Delivery:
    recipients = outbox.pending_recipients(outbound)
    try:
        raw = blobs.get(outbound.sha256)
        settings = smtp_settings(outbound.mailbox)
    except (blobs.BlobMissing, UnreadableSecret) as error:
        # Nothing was sent, and waiting alone will not mend it: the agent must know.
        results = tuple(RecipientResult(one, "failed", None, str(error)) for one in recipients)
        return Delivery("failed", results, "prepare", None, str(error))
    crashpoint("before_connect")
    return deliver(
        settings,
        envelope_from=outbound.envelope_from,
        recipients=recipients,
        raw=raw,
        message_id=outbound.internet_message_id,
        on_data=lambda: outbox.data_begins(outbound),
    )


@transaction.atomic
def _tell(outbound: OutboundMail, state: OutboundMail.State) -> None:
    """Show the new state in the ticket; a failure reopens the matter for its owner."""
    if outbound.message_id is None:
        publish("delivery.updated", mailbox_id=outbound.mailbox_id)
        return
    ticket = Ticket.objects.select_for_update().get(messages__id=outbound.message_id)
    publish(
        "delivery.updated",
        ticket_id=ticket.id,
        mailbox_id=outbound.mailbox_id,
        team_id=ticket.team_id,
    )
    if state not in _NEEDS_A_PERSON:
        return
    ticket.needs_attention = True
    ticket.version += 1
    ticket.save(update_fields=["needs_attention", "version"])
    words = OutboundMail.objects.values_list("last_error", flat=True).get(pk=outbound.pk)
    failure = {"message": str(outbound.message_id), "state": state, "words": words[:300]}
    note_changes(ticket, Change("delivery_failed", failure), actor=audit.system("outbox"))
