"""Mails that can't be understood: put aside with a ticket that says so (MAIL.md X8).

The ticket is made of what the monitor's quick look at the header had found: the mail is not
touched again, since reading it may have killed the worker.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from django.db import DatabaseError

from backend.core.faults import is_transient
from backend.mail.message import Address, ParsedMail
from backend.mail.parse import parse
from backend.mailboxes import ledger
from backend.mailboxes.models import InboundMail
from backend.tickets import receiving, threading
from backend.tickets.batch import Batch, begun
from backend.tickets.incoming import UNKNOWN_SENDER, Incoming, incoming
from backend.tickets.models import Message, Ticket

log = logging.getLogger(__name__)


def put_aside(mail: InboundMail, *, reason: str, error: str = "") -> None:
    """Quarantine a claimed mail and open a ticket from its header, so that somebody sees it.

    A mail that is read in the end (`ledger.reprocess`) joins this ticket. Where not even the
    ticket can be written, the ledger alone shows the mail. Nothing happens when another worker
    has settled it.
    """
    found = incoming(mail, _header_of(mail), [], whole=False)
    try:
        with begun([found]) as batch:
            batch.stand_alone()
            if mail.ticket_id is None:
                message = _open(found, batch)
                mail.ticket_id, mail.message_id = message.ticket_id, message.id
            ledger.quarantine(
                mail,
                reason=reason,
                error=error,
                ticket_id=mail.ticket_id,
                message_id=mail.message_id,
            )
    except ledger.LeaseLost as lost:
        log.warning("%s", lost)
    except DatabaseError as defect:
        if is_transient(defect):
            raise
        log.exception("no ticket could be made of mail %s", mail.id)
        ledger.quarantine(mail, reason=reason, error=error)


def replace_placeholder(ticket: Ticket, mail: InboundMail) -> None:
    """Take out what stood for a mail that has been read now.

    Inside the transaction that adds the mail to the locked ticket.
    """
    if mail.message_id is None:
        return
    placeholder = Message.objects.filter(
        pk=mail.message_id, ticket=ticket, flags__contains=["unreadable"]
    ).first()
    if placeholder is None:
        return
    placeholder.delete()
    ticket.message_count -= 1
    ticket.save(update_fields=["message_count"])


def _open(found: Incoming, batch: Batch) -> Message:
    contact = batch.author(actor=found.actor, address=found.sender, name="")
    received = receiving.Received(
        mail=found.parsed,
        contact=contact,
        address=found.sender,
        blobs=[],
        at=found.arrived_at,
        flags=["unreadable"],
        counts_as_customer=True,
        silent=found.is_history,
    )
    message = receiving.open_ticket(received, actor=found.actor, mailbox=found.mailbox, batch=batch)
    # Only cited: the id becomes a mail's own one when the mail has been read.
    threading.cite(found.mailbox, message.ticket_id, [found.own_id])
    return message


def _header_of(mail: InboundMail) -> ParsedMail:
    """The mail as far as its ledger row tells."""
    return replace(
        parse(b""),
        message_id=mail.internet_message_id,
        message_id_generated=not mail.internet_message_id,
        subject=mail.subject,
        from_=Address("", mail.from_address or UNKNOWN_SENDER),
        errors=("unreadable",),
    )
