"""One mailbox that this monitor reads: its connection, and what one turn of work for it does."""

from __future__ import annotations

import logging
import random
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.models.functions import Now

from backend.core.blobs import BlobStoreUnusable
from backend.core.keys import UnreadableSecret
from backend.mail.imap import ImapMailbox
from backend.mail.imap_busy import is_busy, seconds_told
from backend.mail.imap_idle import IDLE_RENEWAL
from backend.mail.server import (
    CommandRefused,
    ConnectFailed,
    LoginFailed,
    MailServerError,
    ServerDropped,
    TlsFailed,
)
from backend.mailboxes import accounts, outcomes
from backend.mailboxes.folders import SettingsChanged
from backend.mailboxes.leases import Lease, LeaseLost
from backend.mailboxes.models import InboundMail, Mailbox
from backend.mailboxes.reading import MailboxReading

log = logging.getLogger(__name__)
LONGEST_BACK_OFF_SECONDS = 300.0
REFUSED_BACK_OFF_SECONDS = 900.0  # providers lock accounts that are tried too often
BUSY_SECONDS = 30.0
_PATIENT_WAITS = 3  # in a row; who asks for more gives no mail, and somebody must hear of it
INTAKE_ENOUGH = 500  # waiting mails that keep every worker busy
_BACKLOG_PAUSE_SECONDS = 0.3
_BACKLOG_LEAST_SECONDS = 2.0
_DATABASE_SECONDS = 5.0
SLOW_SECONDS = 15.0  # a turn that takes longer keeps a slow mailbox beside the others
REPORT_SECONDS = 15.0


class Lane(StrEnum):
    """Where a mailbox waits for a worker: trouble of one kind delays only its like."""

    PROMPT = "prompt"  # connected and well: news, polls
    BACKLOG = "backlog"  # more mail than one batch
    CONNECT = "connect"  # no connection yet
    SLOW = "slow"  # failed lately, took too long, or its server failed others


class DoubtedHosts:
    """Mail servers that failed a moment ago and have not served anybody since."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hosts: set[str] = set()

    def add(self, host: str) -> None:
        """Doubt a server."""
        with self._lock:
            self._hosts.add(host)

    def clear(self, host: str) -> None:
        """A server worked for somebody."""
        if host in self._hosts:
            with self._lock:
                self._hosts.discard(host)

    def __contains__(self, host: object) -> bool:
        return host in self._hosts


def intake_has_enough() -> bool:
    """Whether so many mails wait for intake that a backlog may stay on its server for now."""
    waiting = InboundMail.objects.filter(
        state__in=[InboundMail.State.STORED, InboundMail.State.PROCESSING],
        next_attempt_at__lte=Now(),
    )
    return len(waiting.values_list("id")[:INTAKE_ENOUGH]) >= INTAKE_ENOUGH


def _drop_dead_connection() -> None:
    """Let the thread connect to the database anew when that was restarted since its last turn."""
    if connection.connection is not None and not connection.is_usable():
        connection.close()


@dataclass(frozen=True)
class _Standing:
    """How a mailbox stood after a turn, times in monotonic seconds; `stored`: since the start."""

    checked: float
    ok: float
    unfetched: int
    oldest_unfetched_at: datetime | None
    lag_seconds: int | None
    stored: int
    folders: tuple[tuple[int, float], ...]


class Reader:
    """Reads one mailbox, turn by turn. One thread at a time has it.

    lane, due, resting: where and when (monotonic seconds) it wants its next turn, and whether
    its connection is to be watched meanwhile. ending: set by others; the next turn is the last.
    lost: its lease is another monitor's. started: when the turn under way began.
    """

    def __init__(
        self, mailbox: Mailbox, lease: Lease, doubted: DoubtedHosts, *, troubled: bool
    ) -> None:
        self.mailbox_id: uuid.UUID = mailbox.id
        self.version = mailbox.version
        self.host = f"{mailbox.imap_host}:{mailbox.imap_port}"
        self.lease = lease
        self.due = 0.0
        self.resting = self.ending = self.ended = self.lost = False
        self.started: float | None = None
        self.server: ImapMailbox | None = None
        self._doubted = doubted
        self._reading: MailboxReading | None = None
        self._failures = min(mailbox.failures, 3) if troubled else 0
        self._troubled = troubled
        self._slow = self._backlog = self._was_cut = False
        self._news = self._waking = self._dropped_at_rest = self._greeted = False
        self._polled = self._stored_at = float("-inf")
        self._busy = self._stored = 0
        self._standing: _Standing | None = None
        self._told: _Standing | None = None
        self._reported = float("-inf")

    @property
    def lane(self) -> Lane:
        """Where the next turn is to be taken."""
        if self._failures or self._slow or self.host in self._doubted:
            return Lane.SLOW
        if self.server is None:
            return Lane.CONNECT
        return Lane.BACKLOG if self._backlog else Lane.PROMPT

    @property
    def in_long_trouble(self) -> bool:
        """Whether the mailbox failed more than once, or is slow: others in its lane go first."""
        return self._slow or self._failures > 1

    def report(self) -> outcomes.Check | None:
        """How the mailbox stands, None when that was told lately and has not changed much.

        Called by another thread, which writes it down.
        """
        now, standing, told = time.monotonic(), self._standing, self._told
        if standing is None or standing is told:
            return None
        turned = told is None or bool(standing.unfetched) != bool(told.unfetched)
        if now - self._reported < REPORT_SECONDS and not turned:
            return None
        self._reported, self._told = now, standing
        return outcomes.Check(
            mailbox_id=self.mailbox_id,
            epoch=self.lease.epoch,
            checked_ago=now - standing.checked,
            ok_ago=now - standing.ok,
            unfetched=standing.unfetched,
            oldest_unfetched_at=standing.oldest_unfetched_at,
            lag_seconds=standing.lag_seconds,
            stored=standing.stored - (told.stored if told else 0),
            folders=tuple((row, now - checked) for row, checked in standing.folders),
        )

    def cut(self) -> None:
        """Called by the thread that watches the time: the turn under way takes too long."""
        self._was_cut = True
        server = self.server
        if server is not None:
            server.cut()

    def turn(self) -> None:
        """Do one bounded piece of work; afterwards `lane`, `due` and `resting` say what is next.

        Never raises for what a mail server, the database or the disk may do.
        """
        self.started = time.monotonic()
        self._was_cut = False
        _drop_dead_connection()
        try:
            if self.ending:
                self._end()
            else:
                self._visit(self.started)
        except LeaseLost as error:
            log.warning("%s", error)
            self.lost = True
            self._end()
        except SettingsChanged as error:
            log.info("%s", error)
            self._end()
        except MailServerError as error:
            self._server_failed(error)
        except UnreadableSecret as error:
            self._failed("secret_unreadable", str(error))
        except BlobStoreUnusable as error:
            self._failed("storage_unwritable", str(error))
        except (DatabaseError, InterfaceError) as error:
            self._database_away(error)
        finally:
            self.started = None

    def broke(self) -> None:
        """An error of our own ended the turn: no other mailbox must suffer from it."""
        self._failed("internal_error", "The desk made a mistake here: see the monitor's log.")

    def _visit(self, begun: float) -> None:
        """One turn.

        1. Connect when there is no connection, else end the rest.
        2. List new mail: after connecting, on news, and every DESK_POLL_SECONDS whatever IDLE
           says (I8); the further folders only then.
        3. Store one batch of what waits. A backlog leaves its mails on the server while intake
           has enough to do, so that nobody's new mail queues behind it.
        4. When nothing waits, rest; else ask for another turn at once.
        """
        server = self.server or self._connect()
        reading = self._reading
        if reading is None:
            reading = self._reading = MailboxReading(self._mailbox(), self.lease)
            self._polled = float("-inf")
        if self.resting:
            self.resting, self._waking = False, True
            self._news |= server.wake()
            self._waking = False
        poll_is_due = begun - self._polled >= settings.DESK_POLL_SECONDS
        if poll_is_due or self._news:
            reading.look(server, everywhere=poll_is_due)
            self._news = False
            self._polled = begun if poll_is_due else self._polled
        if reading.unfetched and self._may_store(begun):
            self._stored_at = begun
            self._stored += reading.store_batch(server)
        self._went_well(reading, begun)
        self._backlog = bool(reading.unfetched)
        if self._backlog:
            self.due = begun + (0 if self._stored_at == begun else _BACKLOG_PAUSE_SECONDS)
            return
        self._rest(reading, server, begun)

    def _may_store(self, begun: float) -> bool:
        if not self._backlog or begun - self._stored_at >= _BACKLOG_LEAST_SECONDS:
            return True
        return not intake_has_enough()

    def _mailbox(self) -> Mailbox:
        found = Mailbox.objects.filter(pk=self.mailbox_id).first()
        if found is None:
            raise LeaseLost(f"Mailbox {self.mailbox_id} was removed.")
        if found.version != self.version:
            raise SettingsChanged(f"Mailbox {self.mailbox_id} has other settings now.")
        return found

    def _connect(self) -> ImapMailbox:
        mailbox = self._mailbox()
        server = ImapMailbox(accounts.imap_settings(mailbox))
        self.server = server  # before it is connected, so that `cut` reaches it
        server.connect()
        server.login()
        if self._reading is not None:
            self._reading.mailbox = mailbox
            self._reading.connected_anew()
        self._polled = float("-inf")
        if not self._greeted:
            self._greeted = True
            outcomes.connected(self.mailbox_id, self.lease)
        return server

    def _rest(self, reading: MailboxReading, server: ImapMailbox, begun: float) -> None:
        reading.open_main(server)
        try:
            quiet = server.rest()
        except CommandRefused as error:
            if is_busy(error):
                raise
            # IDLE is offered and refused: the poll alone brings the news
            log.warning("mailbox %s: no IDLE: %s", self.mailbox_id, error.server_words)
            quiet = True
        self.resting, self._news = True, not quiet
        longest = min(settings.DESK_POLL_SECONDS, IDLE_RENEWAL)
        self.due = begun + longest * random.uniform(0.9, 1.0) if quiet else begun  # noqa: S311

    def _went_well(self, reading: MailboxReading, begun: float) -> None:
        now = time.monotonic()
        self._standing = _Standing(
            checked=begun,
            ok=now,
            unfetched=reading.unfetched,
            oldest_unfetched_at=reading.oldest_unfetched_at,
            lag_seconds=None if reading.lag is None else int(reading.lag.total_seconds()),
            stored=self._stored,
            folders=tuple((one.row.id, one.checked) for one in reading.positions if one.checked),
        )
        self._dropped_at_rest = False
        self._failures = self._busy = 0
        self._slow = self._slow and now - begun > SLOW_SECONDS
        self._doubted.clear(self.host)
        if self._troubled:
            outcomes.recovered(self.mailbox_id, self.lease)
            self._troubled = False

    def _end(self) -> None:
        self._hang_up(politely=True)
        self.ended = True

    def _hang_up(self, *, politely: bool) -> None:
        server, self.server = self.server, None
        self.resting = self._backlog = self._news = self._waking = False
        if server is None:
            return
        if politely:
            server.close()
        else:
            server.abandon()

    def _server_failed(self, error: MailServerError) -> None:
        """Note whose fault it was, and when to try again."""
        if self.ending:
            self._hang_up(politely=False)
            return
        began, was_at_rest = self.started or time.monotonic(), self._waking
        was_slow = self.lane is Lane.SLOW
        if isinstance(error, (ConnectFailed, ServerDropped, TlsFailed)) and error.transient:
            self._doubted.add(self.host)
        self._hang_up(politely=not isinstance(error, ServerDropped))
        if self._was_cut and not was_slow:
            self._slow = True
            self._later(random.uniform(1, 3))  # noqa: S311 - spreads reconnects, no secret
            spent = time.monotonic() - began
            self._note(lambda: outcomes.slow(self.mailbox_id, self.lease, seconds=spent))
        elif is_busy(error):
            self._wait_as_told(error)
        elif was_at_rest and isinstance(error, ServerDropped) and not self._dropped_at_rest:
            # Servers end connections that rest; only who can't be reached again has failed.
            self._dropped_at_rest = True
            self._later(random.uniform(0, 3))  # noqa: S311
        else:
            if self._reading is not None:
                self._reading.blame(error.uids)
            longest = LONGEST_BACK_OFF_SECONDS
            if isinstance(error, LoginFailed):
                longest = REFUSED_BACK_OFF_SECONDS
            self._failed(error.code, error.words, longest=longest)

    def _wait_as_told(self, error: MailServerError) -> None:
        """Wait as long as the server asks; when it does so again and again, that is a failure."""
        self._busy += 1
        patience = min(BUSY_SECONDS * 2.0 ** min(self._busy - 1, 10), LONGEST_BACK_OFF_SECONDS)
        seconds = seconds_told(error.server_words) or patience
        self._later(seconds * random.uniform(1.0, 1.2))  # noqa: S311
        log.warning("mailbox %s waits %.0f s: %s", self.mailbox_id, seconds, error.server_words)
        if self._busy > _PATIENT_WAITS:
            self._troubled = True
            self._note(
                lambda: outcomes.failed(
                    self.mailbox_id, self.lease, code=error.code, words=error.words
                )
            )
            return
        self._note(
            lambda: outcomes.throttled(
                self.mailbox_id, self.lease, words=error.server_words, seconds=seconds
            )
        )

    def _failed(self, code: str, words: str, *, longest: float = LONGEST_BACK_OFF_SECONDS) -> None:
        self._hang_up(politely=True)
        self._failures += 1
        self._troubled = True
        self._later(
            min(longest, 2.0 ** min(self._failures, 10)) * random.uniform(0.5, 1.0)  # noqa: S311
        )
        log.warning("mailbox %s: %s: %s", self.mailbox_id, code, words)
        self._note(lambda: outcomes.failed(self.mailbox_id, self.lease, code=code, words=words))

    def _database_away(self, error: Exception) -> None:
        """The mail server is not at fault: its connection stays, what was read is looked up."""
        log.error("database away, mailbox %s waits: %s", self.mailbox_id, error)
        connection.close()
        self._reading = None
        self._backlog = False
        self._later(random.uniform(0.2, 1.0) * _DATABASE_SECONDS)  # noqa: S311

    def _note(self, write: Callable[[], None]) -> None:
        try:
            write()
        except (DatabaseError, InterfaceError) as error:
            log.error("database away, what came of a visit could not be noted: %s", error)
            connection.close()

    def _later(self, seconds: float) -> None:
        self.due = time.monotonic() + seconds
