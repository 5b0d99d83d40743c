"""Intake: the story of one mail, from its stored bytes to its fate.

    claim ► raw bytes ► parse ► own mail? known bytes? bounce? automatic? ► thread ► ticket ► settle

Each mail is decided in one transaction of its own, together with its ledger row: it happens
wholly or not at all, and what it does can't touch its neighbours.
"""

from __future__ import annotations

import logging
import time
import traceback
import uuid
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from backend.audit import services as audit
from backend.contacts.services import address_lock, find_or_create
from backend.core import blobs
from backend.core.crashpoints import crashpoint
from backend.core.faults import is_transient
from backend.core.locks import lock_names
from backend.core.text import one_line, storable
from backend.events.services import publish
from backend.mail.message import ParsedMail
from backend.mail.parse import parse
from backend.mailboxes import ledger
from backend.mailboxes.ledger import Fate, Fated
from backend.mailboxes.models import InboundMail, Mailbox
from backend.tickets import bounces, receiving, threading
from backend.tickets.models import Message

log = logging.getLogger(__name__)
UNKNOWN_SENDER = "unknown@invalid"  # RFC 6761 6.4: no such domain can exist
_WITHOUT_ANSWER = {"auto_reply", "auto_generated", "list", "read_receipt", "complaint", "loop"}
_NOT_A_TICKET = {"auto_reply", "read_receipt", "complaint", "loop"}


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
            ledger.quarantine(mail, reason="Processing this mail killed its worker three times.")
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
        ledger.quarantine(mail, reason="The stored bytes are gone or damaged.", error=str(error))
    except Exception as error:  # the isolation boundary: no defect in one mail may stop the next
        if is_transient(error) or isinstance(error, blobs.BlobStoreUnusable):
            log.warning("mail %s waits: %s", mail.id, error)
            connection.close_if_unusable_or_obsolete()
            ledger.release(mail)  # raises when the database is away; the lease then runs out
            return
        log.exception("mail %s could not be processed", mail.id)
        ledger.fail(mail, storable(traceback.format_exc(limit=-8)))


def process(mail: InboundMail) -> Fated:
    """Understand one claimed mail and write everything that follows from it.

    Raises BlobMissing, LeaseLost, or whatever the defect is; then nothing was written.
    """
    raw = blobs.get(mail.sha256)
    parsed = parse(raw)
    stored = blobs.put_many(attachment.content for attachment in parsed.attachments)
    crashpoint("after_parse")
    with transaction.atomic():
        sender_lock = address_lock(sender_of(parsed))
        lock_names([*threading.lock_keys(mail.mailbox, parsed), sender_lock])
        fated = _decide(mail, parsed, stored, whole=len(raw) >= mail.size)
        ledger.settle(mail, fated, seen=_seen(parsed))
        if fated.message_id is None:  # else the ticket's own event tells
            publish("ledger.updated", mailbox_id=mail.mailbox_id)
        crashpoint("before_intake_commit")
    crashpoint("after_intake_commit")
    return fated


def _decide(mail: InboundMail, parsed: ParsedMail, stored: list[str], *, whole: bool) -> Fated:
    """The fate of a mail, its effects written; the order of the questions matters (B6, T18)."""
    return (
        _own_mail(mail.mailbox, parsed)
        or _known_bytes(mail)
        or bounces.settle_bounce(mail, parsed)
        or _conversation(mail, parsed, stored, whole=whole)
    )


def _own_mail(mailbox: Mailbox, parsed: ParsedMail) -> Fated | None:
    """Our own outgoing mail that came back, by BCC or an alias, is no ticket (T18)."""
    sent = threading.message_of_token(parsed.message_id)
    if sent is None or sender_of(parsed) not in {mailbox.address, *mailbox.aliases}:
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


def _conversation(
    mail: InboundMail, parsed: ParsedMail, stored: list[str], *, whole: bool
) -> Fated:
    """Add the mail to its ticket, or open one."""
    sender = sender_of(parsed)
    actor = audit.mail(sender, inbound_id=mail.id)
    thread = threading.find(mail.mailbox, parsed, sender=sender)
    automatic = parsed.auto.kind in _WITHOUT_ANSWER
    if thread.ticket is None and parsed.auto.kind in _NOT_A_TICKET:
        return Fated(Fate.AUTOMATIC, f"{parsed.auto.kind}: {parsed.auto.reason}")
    contact = find_or_create(
        actor=actor, address=sender, name=parsed.from_.name if parsed.from_ else ""
    )
    received = receiving.Received(
        mail=parsed,
        contact=contact,
        address=sender,
        blobs=stored,
        at=arrival_of(mail),
        flags=_flags(parsed, thread, automatic=automatic, whole=whole),
        counts_as_customer=thread.known_sender and not automatic,
    )
    if thread.ticket is None:
        message = receiving.open_ticket(received, actor=actor, mailbox=mail.mailbox)
    else:
        message = receiving.append(thread.ticket, received, actor=actor)
        for other in thread.others:
            receiving.absorb(thread.ticket, other, actor=actor)
    threading.remember(
        mail.mailbox,
        message.ticket_id,
        own=threading.own_id(parsed),
        cited=threading.cited_ids(parsed),
    )
    fate = Fate.TICKET if thread.ticket is None else Fate.REPLY
    if automatic:
        fate = Fate.AUTOMATIC
    return Fated(fate, thread.reason, ticket_id=message.ticket_id, message_id=message.id)


def _flags(
    parsed: ParsedMail, thread: threading.Thread, *, automatic: bool, whole: bool
) -> list[str]:
    flags = {
        "another_address": not thread.known_sender,
        "automatic": automatic,
        "same_id_other_bytes": thread.id_seen and not parsed.message_id_generated,
        "truncated": not whole,
    }
    return [name for name, is_set in flags.items() if is_set]


def sender_of(parsed: ParsedMail) -> str:
    """The address that decides who wrote (M10, M17), in lower case, never empty."""
    for candidate in (parsed.from_, *parsed.sender):
        if candidate is not None and "@" in candidate.address:
            return candidate.address.lower()[:320]
    return UNKNOWN_SENDER


def arrival_of(mail: InboundMail) -> datetime:
    """When the server received the mail; its own Date header is never trusted for order (M9)."""
    return min(mail.internal_date or mail.stored_at, timezone.now())


def _seen(parsed: ParsedMail) -> ledger.Seen:
    return ledger.Seen(
        from_address=sender_of(parsed),
        subject=one_line(parsed.subject, limit=500),
        message_id=threading.own_id(parsed),
    )
