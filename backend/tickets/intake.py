"""Intake: the story of one mail, from its stored bytes to its fate.

    claim ► raw bytes ► parse ► own mail? known bytes? report? agent? ► thread ► ticket ► settle

Each mail is decided in one transaction of its own, together with its ledger row: it happens
wholly or not at all, and what it does can't touch its neighbours.
"""

from __future__ import annotations

import logging
import time
import traceback
import uuid

from django.db import connection, transaction

from backend.core import blobs
from backend.core.crashpoints import crashpoint
from backend.core.faults import is_transient
from backend.core.locks import lock_names
from backend.core.text import one_line, storable
from backend.events.services import publish
from backend.mail.message import ParsedMail
from backend.mail.parse import parse
from backend.mailboxes import ledger, trial
from backend.mailboxes.ledger import Fate, Fated
from backend.mailboxes.models import InboundMail, Mailbox
from backend.tickets import agent_mail, forwarding, joining, reports, threading, unreadable
from backend.tickets.incoming import Incoming, incoming, sender_of
from backend.tickets.models import Message

log = logging.getLogger(__name__)


def drain(*, seconds: float = 30) -> int:
    """Process waiting mails until none is left or the time is over; returns how many.

    1. Claim the oldest waiting mail; a claim counts as a try.
    2. Understand it and write its fate in one transaction.
    3. A mail that can't be understood is tried again later, then put into quarantine; the next
       one is not kept waiting. A database that went away costs the mail no try.
    """
    done = 0
    mailboxes: dict[uuid.UUID, Mailbox] = {}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        mail = ledger.claim()
        if mail is None:
            break
        if mail.tries > ledger.MAX_TRIES:
            unreadable.put_aside(mail, reason="Processing this mail killed its worker three times.")
            continue
        if mail.mailbox_id in mailboxes:
            mail.mailbox = mailboxes[mail.mailbox_id]
        mailboxes[mail.mailbox_id] = mail.mailbox
        _isolated(mail)
        done += 1
    return done


def _isolated(mail: InboundMail) -> None:
    try:
        process(mail)
    except ledger.LeaseLost as error:
        log.warning("%s", error)
    except blobs.BlobMissing as error:
        unreadable.put_aside(mail, reason="The stored bytes are gone or damaged.", error=str(error))
    except Exception as error:  # the isolation boundary: no defect in one mail may stop the next
        if is_transient(error) or isinstance(error, blobs.BlobStoreUnusable):
            log.warning("mail %s waits: %s", mail.id, error)
            connection.close_if_unusable_or_obsolete()
            ledger.release(mail)  # raises when the database is away; the lease then runs out
            return
        log.exception("mail %s could not be processed", mail.id)
        words = storable(traceback.format_exc(limit=-8))
        if mail.tries < ledger.MAX_TRIES:
            ledger.try_later(mail, error=words)
        else:
            unreadable.put_aside(
                mail, reason="Understanding this mail failed three times.", error=words
            )


def process(mail: InboundMail) -> Fated:
    """Understand one claimed mail and write everything that follows from it.

    Raises BlobMissing, LeaseLost, or whatever the defect is; then nothing was written.
    """
    raw = blobs.get(mail.sha256)
    parsed = parse(raw)
    stored = blobs.put_many(attachment.content for attachment in parsed.attachments)
    crashpoint("after_parse")
    found = incoming(mail, parsed, stored, whole=len(raw) >= mail.size)
    with transaction.atomic():
        lock_names([*threading.lock_keys(found), *forwarding.lock_keys(found)])
        fated = _decide(found)
        ledger.settle(mail, fated, seen=_seen(parsed))
        if fated.message_id is None:  # else the ticket's own event tells
            publish("ledger.updated", mailbox_id=mail.mailbox_id)
        crashpoint("before_intake_commit")
    crashpoint("after_intake_commit")
    return fated


def _decide(incoming: Incoming) -> Fated:
    """The fate of a mail, its effects written; the order of the questions matters (B6, T18)."""
    return (
        _own_mail(incoming)
        or _known_bytes(incoming.mail)
        or reports.settle(incoming)
        or agent_mail.answer_by_mail(incoming)
        or joining.join(incoming)
    )


def _own_mail(incoming: Incoming) -> Fated | None:
    """Our own outgoing mail that came back, by BCC or an alias, is no ticket (T18)."""
    if trial.is_trial(incoming.parsed.message_id):
        return Fated(Fate.OWN_MAIL, "A connection test of this desk.")
    sent = threading.message_of_token(incoming.parsed.message_id)
    if sent is None or not incoming.from_ourselves:
        return None
    message = Message.objects.filter(pk=sent).only("id", "ticket_id").first()
    if message is None:
        return None
    return Fated(Fate.OWN_MAIL, "Sent by this desk.", ticket_id=message.ticket_id)


def _known_bytes(mail: InboundMail) -> Fated | None:
    """The same bytes again in the same mailbox: after a UIDVALIDITY change, or a copy (I2)."""
    earlier = (
        InboundMail.objects.filter(
            mailbox=mail.mailbox, sha256=mail.sha256, state=InboundMail.State.DONE
        )
        .exclude(pk=mail.pk)
        .exclude(fate=Fate.DUPLICATE)
        .values_list("uid", "ticket_id")
        .first()
    )
    if earlier is None:
        return None
    uid, ticket_id = earlier
    return Fated(Fate.DUPLICATE, f"Same bytes as UID {uid}.", ticket_id=ticket_id)


def _seen(parsed: ParsedMail) -> ledger.Seen:
    return ledger.Seen(
        from_address=sender_of(parsed),
        subject=one_line(parsed.subject, limit=500),
        message_id=threading.own_id(parsed),
    )
