"""Mails nobody knows the fate of: looked for in Sent, then a person decides (MAIL.md S10, P3).

No answer came after the final dot. Providers that keep what leaves by their SMTP server have it
in Sent when they took it, so its Message-ID there is the proof. Nothing is ever resent here.
"""

from __future__ import annotations

import logging
import uuid
from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from backend.audit.services import Actor
from backend.core.errors import Conflict, Missing
from backend.core.keys import UnreadableSecret
from backend.mail.imap import ImapMailbox
from backend.mail.server import FolderMissing, MailServerError
from backend.mailboxes import outbox, sent_copies
from backend.mailboxes.accounts import imap_settings
from backend.mailboxes.models import DeliveryAttempt, Mailbox, OutboundMail, OutboundRecipient

log = logging.getLogger(__name__)
State, Settled = OutboundMail.State, OutboundRecipient.State
# The server may take this long to answer (RFC 5321 4.5.3.2.6), and as long to keep its copy.
ANSWER_MAY_TAKE = timedelta(minutes=10)
_LAST_LOOK = timedelta(minutes=11)
_GIVE_UP = timedelta(hours=24)
_AGAIN = timedelta(minutes=5)


def to_look_for() -> list[uuid.UUID]:
    """Uncertain mails whose look into Sent is due, at most 50 at a time.

    The first a minute after the answer was lost, the last when it can't come any more.
    """
    due = _looked_for().filter(next_attempt_at__lte=Now())
    return list(due.order_by("next_attempt_at").values_list("pk", flat=True)[:50])


def _looked_for() -> QuerySet[OutboundMail]:
    unfinished = Q(looked_in_sent_at__isnull=True) | Q(
        looked_in_sent_at__lt=F("data_started_at") + ANSWER_MAY_TAKE
    )
    # A copy that an earlier try left in Sent says nothing about this one's recipients.
    earlier = DeliveryAttempt.objects.filter(
        Q(phase="done") | Q(outcome__in=["sent", "uncertain"]),
        outbound=OuterRef("pk"),
        number__lt=OuterRef("tries"),
    )
    return (
        OutboundMail.objects.filter(
            unfinished, state=State.UNCERTAIN, data_started_at__gt=Now() - _GIVE_UP
        )
        .exclude(mailbox__state=Mailbox.State.PAUSED)
        .exclude(Exists(earlier))
    )


def look(outbound_id: uuid.UUID) -> bool:
    """Look for one of them in Sent; True when it is there. The caller then calls `found`.

    An account that can't be read is asked again every few minutes for a day.
    """
    mail = OutboundMail.objects.select_related("mailbox").filter(pk=outbound_id).first()
    taken = _looked_for().filter(pk=outbound_id, next_attempt_at__lte=Now())
    if mail is None or not taken.update(next_attempt_at=Now() + _AGAIN):
        return False  # somebody else looks
    try:
        with ImapMailbox(imap_settings(mail.mailbox)) as server:
            there = _is_there(server, mail)
    except (MailServerError, UnreadableSecret) as error:
        log.warning("%s: can't look into Sent: %s", mail.internet_message_id, error)
        return False
    rows = OutboundMail.objects.filter(pk=outbound_id, state=State.UNCERTAIN)
    rows.update(looked_in_sent_at=Now(), next_attempt_at=F("data_started_at") + _LAST_LOOK)
    return there


def _is_there(server: ImapMailbox, mail: OutboundMail) -> bool:
    try:
        folder = sent_copies.sent_folder(mail.mailbox, server)
        return server.has_message_id(folder, mail.internet_message_id)
    except FolderMissing:
        return False


def found(outbound_id: uuid.UUID) -> OutboundMail | None:
    """The mail lies in Sent: it was accepted. Inside the transaction that tells its ticket.

    None when its fate was decided meanwhile.
    """
    mail = _locked(outbound_id)
    if mail is None or mail.state != State.UNCERTAIN:
        return None
    _accept(mail, words="Found in the Sent folder.")
    return mail


def mark_arrived(*, actor: Actor, outbound_id: uuid.UUID) -> OutboundMail:
    """A person's word that an uncertain mail arrived; raises Missing, or Conflict for others.

    Inside the transaction that tells its ticket.
    """
    mail = _locked(outbound_id)
    if mail is None:
        raise Missing("There is no such mail in the outbox.")
    if mail.state != State.UNCERTAIN:
        raise Conflict(f"This mail is {mail.state}: its fate is known.", code="not_uncertain")
    _accept(mail, words="A person says that it arrived.")
    outbox.note_decision(mail, "mark_arrived", actor=actor, before=State.UNCERTAIN)
    return mail


def _locked(outbound_id: uuid.UUID) -> OutboundMail | None:
    rows = OutboundMail.objects.select_for_update(of=("self",)).select_related("mailbox")
    return rows.filter(pk=outbound_id).first()


def _accept(mail: OutboundMail, *, words: str) -> None:
    mail.recipients.filter(state=Settled.UNCERTAIN).update(
        state=Settled.ACCEPTED, smtp_text=words, settled_at=Now()
    )
    outbox.note_lost_attempt(mail, outcome="sent", words=words)
    outbox.conclude(mail, words=words, phase="done")
