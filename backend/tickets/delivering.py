"""Sending what waits in the outbox, and telling the ticket how it went."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial
from threading import Lock
from typing import Literal

from django.db import InterfaceError, OperationalError, connection, transaction

from backend.audit import services as audit
from backend.core import blobs
from backend.core.crashpoints import crashpoint
from backend.core.errors import Conflict
from backend.core.faults import is_transient
from backend.core.keys import UnreadableSecret
from backend.events.services import publish
from backend.mail.smtp import Delivery, RecipientResult, SmtpLine
from backend.mailboxes import outbox, sending_claims, sending_limits, sent_copies, uncertain
from backend.mailboxes.accounts import smtp_settings
from backend.mailboxes.models import Mailbox, OutboundMail, OutboundRecipient
from backend.mailboxes.sending_claims import Leases, SendingStopped
from backend.tickets import answering, attention, owners
from backend.tickets.history import Change, note_changes
from backend.tickets.models import Message, Ticket
from backend.tickets.receiving import lock_ticket_of

log = logging.getLogger(__name__)
State = OutboundMail.State
_NEEDS_A_PERSON = {State.FAILED, State.UNCERTAIN}
# A turn: so many mails of a mailbox go over one session, then the next mailbox has its turn.
MAILS_IN_A_TURN = 20
SECONDS_OF_A_TURN = 15.0
RENEW_AFTER = 30.0  # seconds, of a claim's lease
_RENEW_TOGETHER_AFTER = 10.0
_LONGEST_DRAIN = 900.0  # seconds in which new mails are taken; see the limits of its task
_LOOK_AGAIN = 1.0
# A turn that lasts longer keeps its thread, but its place is another's: at most three such for
# each place.
_STALLS_AFTER = 30.0
_STALLED_FOR_A_PLACE = 3


def drain(
    *, seconds: float = 30, senders: int = 1, takes_no_more: Callable[[], None] | None = None
) -> int:
    """Deliver due mails until none is left or the time is over; returns how many were tried.

    1. Mails whose sender died after DATA began become uncertain and are shown.
    2. The mailbox that has waited longest has its turn: claim one due mail, speak SMTP step by
       step; just before DATA note it durably. Some more of its mails use the same session.
    3. Write each recipient's answer and what it means for the ticket, in one transaction.
    4. A server that does not answer, or asks to wait, lets its mailbox wait and no other.

    `senders`: mailboxes at a time, each in a thread, so that a server that stalls keeps only its
    own mailbox waiting; one of them also does what `keep` does. With one the work is done in the
    caller's thread.
    `takes_no_more`: called when only conversations at hand are left, so that another process can
    take the mails that come while a server stalls.
    """
    _show_lost()
    end = time.monotonic() + seconds
    if senders == 1:
        return _drain_alone(end)
    return _drain_together(end, senders, takes_no_more or (lambda: None))


def _drain_alone(end: float) -> int:
    done = 0
    while time.monotonic() < end and (first := sending_claims.claim()) is not None:
        done += _turn(first, _Held())
    return done


class _Held:
    """The mails that senders of this process have claimed, and how long for.

    watched: the process renews their claims for as long as it lives, so that they may be short:
    who waits for a dead sender waits a minute, not the time a server may think.
    """

    def __init__(self, *, watched: bool = False) -> None:
        self.leases = sending_claims.WATCHED if watched else sending_claims.UNWATCHED
        self._tries: dict[uuid.UUID, int] = {}
        self._lock = Lock()
        self._renewed = time.monotonic()

    def claim(self, mailbox_id: uuid.UUID | None = None) -> OutboundMail | None:
        """Take a due mail, as `sending_claims.claim`."""
        mail = sending_claims.claim(mailbox_id, leases=self.leases)
        if mail is not None:
            with self._lock:
                self._tries[mail.id] = mail.tries
        return mail

    def let_go(self, mail: OutboundMail) -> None:
        """It was settled, or is somebody else's."""
        with self._lock:
            self._tries.pop(mail.id, None)

    def renew(self) -> None:
        """Renew all claims, every few seconds; one that can't be renewed now runs out."""
        if time.monotonic() - self._renewed < _RENEW_TOGETHER_AFTER:
            return
        with self._lock:
            tries = dict(self._tries)
        try:
            sending_claims.renew_all(tries)
        except (OperationalError, InterfaceError) as error:
            log.warning("claims of %s mails could not be renewed: %s", len(tries), error)
            connection.close()
        self._renewed = time.monotonic()


def _drain_together(end: float, senders: int, takes_no_more: Callable[[], None]) -> int:
    """This thread gives each turn to a sender of its own; an error of one is raised at the end."""
    at_work: dict[Future[int], float] = {}  # and since when
    held = _Held(watched=True)
    most = senders * (1 + _STALLED_FOR_A_PLACE)
    with ThreadPoolExecutor(most, thread_name_prefix="sender") as threads:
        try:
            return _give_turns(threads, at_work, held, end, senders, takes_no_more)
        finally:
            takes_no_more()  # after an error too: those at work may be kept for minutes
            while wait(at_work, _LOOK_AGAIN).not_done:
                held.renew()


def _give_turns(
    threads: ThreadPoolExecutor,
    at_work: dict[Future[int], float],
    held: _Held,
    end: float,
    senders: int,
    takes_no_more: Callable[[], None],
) -> int:
    """While a sender is kept by a server that stalls, the others go on beyond `end`."""
    last = time.monotonic() + _LONGEST_DRAIN
    most = senders * (1 + _STALLED_FOR_A_PLACE)
    done = 0
    keeper: Future[int] | None = None
    while True:
        held.renew()
        now = time.monotonic()
        goes_on = now < end or (at_work and now < last)
        busy = sum(now - since < _STALLS_AFTER for since in at_work.values())
        has_place = busy < senders and len(at_work) < most
        first = held.claim() if goes_on and has_place else None
        if first is not None:
            at_work[threads.submit(_of_a_thread, partial(_turn, first, held))] = now
        elif goes_on and (keeper is None or keeper.done()) and something_to_keep():
            keeper = threads.submit(_of_a_thread, keep)
            at_work[keeper] = now
        elif at_work:
            if not goes_on:
                takes_no_more()
            ended, _ = wait(at_work, _LOOK_AGAIN, FIRST_COMPLETED)
            for one in ended:
                del at_work[one]
                done += one.result()
        else:
            return done


def _of_a_thread(work: Callable[[], int]) -> int:
    try:
        return work()
    finally:
        connection.close()


def something_to_keep() -> bool:
    """True when `keep` would find work; the sweep asks it first."""
    return (
        sent_copies.waiting()
        or bool(uncertain.to_look_for())
        or bool(sending_claims.lost_senders())
    )


def keep() -> int:
    """Copies into Sent folders, looks there for uncertain mails, and mails of dead senders; 0:
    none of it is a delivery.

    What is not reached now is due again soon.
    """
    _show_lost()
    sent_copies.drain()
    look_into_sent()
    return 0


def look_into_sent() -> int:
    """Look for uncertain mails in Sent; returns how many were found there."""
    found = 0
    for outbound_id in uncertain.to_look_for():
        if not uncertain.look(outbound_id):
            continue
        with transaction.atomic():
            mail = uncertain.found(outbound_id)
            if mail is not None:
                _tell(mail, State(mail.state))
                found += 1
    return found


def _show_lost() -> None:
    for outbound_id in sending_claims.lost_senders():
        with transaction.atomic():
            lost = sending_claims.mark_lost(outbound_id)
            if lost is not None:
                _tell(lost, State.UNCERTAIN)


class _Line:
    """The session of one turn, made when its first mail needs it."""

    def __init__(self, mailbox: Mailbox, leases: Leases) -> None:
        self.mailbox, self.leases = mailbox, leases
        self._line: SmtpLine | None = None

    def open(self) -> SmtpLine:
        """The line; raises UnreadableSecret when the stored password does not open."""
        if self._line is None:
            self._line = SmtpLine(smtp_settings(self.mailbox))
        return self._line

    def close(self) -> None:
        """Say goodbye."""
        if self._line is not None:
            self._line.close()


def _turn(first: OutboundMail, held: _Held) -> int:
    """Some mails of one mailbox over one session; returns how many were tried."""
    line = _Line(first.mailbox, held.leases)
    until = time.monotonic() + SECONDS_OF_A_TURN
    done, claimed = 0, first
    try:
        while True:
            crashpoint("after_claim")
            try:
                _send(claimed, line)
            finally:
                held.let_go(claimed)
            done += 1
            if done >= MAILS_IN_A_TURN or time.monotonic() > until:
                break
            following = held.claim(first.mailbox_id)
            if following is None:
                break
            claimed = following
    finally:
        line.close()
    return done


def _send(outbound: OutboundMail, line: _Line) -> None:
    try:
        delivery = _attempt(outbound, line)
        crashpoint("before_delivery_commit")
        with transaction.atomic():
            state = outbox.settle(outbound, delivery)
            _tell(outbound, state)
        crashpoint("after_delivery_commit")
    except Conflict as error:
        log.warning("%s: %s", outbound.internet_message_id, error)
        return
    except SendingStopped:
        sending_claims.put_back(outbound)
        return
    sending_limits.note_answer(outbound.mailbox_id, delivery)


def _attempt(outbound: OutboundMail, line: _Line) -> Delivery:
    """One mail's part of the conversation with the server.

    Raises Conflict when another worker has the mail, SendingStopped by the kill switch.
    """
    recipients = outbox.pending_recipients(outbound)
    try:
        return _speak(outbound, recipients, line)
    except (blobs.BlobMissing, UnreadableSecret) as error:
        # Nothing was sent, and waiting alone will not mend it: the agent must know.
        return _undelivered(recipients, "failed", str(error))
    except (Conflict, SendingStopped):
        raise
    except Exception as error:  # the isolation boundary: no defect in one mail may stop the next
        if is_transient(error):
            raise  # the database is away: the claim's lease runs out
        log.exception("%s could not be sent", outbound.internet_message_id)
        begun = outbound.data_started_at is not None
        return _undelivered(recipients, "uncertain" if begun else "deferred", str(error))


def _undelivered(
    recipients: Iterable[str], state: Literal["failed", "deferred", "uncertain"], words: str
) -> Delivery:
    """The result of an attempt that ended by a fault of our own."""
    results = tuple(RecipientResult(one, state, None, words) for one in recipients)
    return Delivery(state, results, "prepare", None, words)


def _speak(outbound: OutboundMail, recipients: list[str], line: _Line) -> Delivery:
    raw = blobs.get(outbound.sha256)
    renewed = time.monotonic()

    def on_step(step: str) -> None:
        """Keep the claim while the server is slow; it lasts a few commands, not all of them."""
        nonlocal renewed
        if step == "answer":
            crashpoint("before_answer")
        elif time.monotonic() - renewed > RENEW_AFTER:
            sending_claims.renew(outbound, line.leases)
            renewed = time.monotonic()

    def on_data() -> None:
        crashpoint("after_rcpt")
        sending_claims.data_begins(outbound, line.leases)

    session = line.open()
    crashpoint("before_connect")
    return session.deliver(
        envelope_from=outbound.envelope_from,
        recipients=recipients,
        raw=raw,
        message_id=outbound.internet_message_id,
        on_data=on_data,
        on_step=on_step,
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
    if _somebody_has_it(outbound.pk):
        message = Message.objects.select_related("author").get(pk=outbound.message_id)
        answering.arrived(ticket, message)
    if state in _NEEDS_A_PERSON:
        _ask_for_a_person(ticket, outbound.pk)
    elif state == State.SENT:
        attention.settle(ticket)


def _somebody_has_it(outbound_id: uuid.UUID) -> bool:
    accepted = OutboundRecipient.State.ACCEPTED
    return OutboundRecipient.objects.filter(outbound_id=outbound_id, state=accepted).exists()


def _ask_for_a_person(ticket: Ticket, outbound_id: uuid.UUID) -> None:
    attention.ask(ticket)
    outbound = OutboundMail.objects.select_related("mailbox", "message__author").get(pk=outbound_id)
    failure = {
        "message": str(outbound.message_id),
        "state": outbound.state,
        "words": outbound.last_error[:300],
        "code": outbound.last_error_code,
    }
    note_changes(ticket, Change("delivery_failed", failure), actor=audit.system("outbox"))
    owners.tell(ticket, outbound)
