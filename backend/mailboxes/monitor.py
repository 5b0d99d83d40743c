"""The monitor: one process that reads every active mailbox, each in a thread of its own.

A slow or broken mailbox delays no other. Whatever it stores is in PostgreSQL before anybody is
told; killing it at any moment loses nothing and stores nothing twice.
"""

from __future__ import annotations

import logging
import os
import random
import signal
import socket
import threading
import time
import uuid
from collections import Counter
from types import FrameType

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from backend.core.blobs import BlobStoreUnusable
from backend.core.keys import UnreadableSecret
from backend.core.text import storable
from backend.events.services import publish
from backend.mail.imap import ImapMailbox, MailServerError, ServerDropped
from backend.mailboxes import heartbeats, leases
from backend.mailboxes.accounts import imap_settings
from backend.mailboxes.models import Mailbox
from backend.mailboxes.reading import Lease, read_new

log = logging.getLogger(__name__)
LOOK_FOR_MAILBOXES_SECONDS = 3.0
RENEW_SECONDS = 10  # a third of the lease
LONGEST_BACK_OFF_SECONDS = 300
FAILURES_UNTIL_RED = 3


class MailboxReader(threading.Thread):
    """Reads one mailbox until told to stop.

    1. Take the mailbox's lease; while another monitor holds it, try again later.
    2. Connect, log in, store everything above the cursor.
    3. Wait in IDLE (or poll), never longer than a third of the lease, then renew and look again;
       at the latest every DESK_POLL_SECONDS the folder is searched whatever IDLE says (I8).
    4. On any failure note it where people see it, back off with jitter, start again at 1.
    """

    def __init__(self, mailbox_id: uuid.UUID, version: int, owner: str) -> None:
        super().__init__(name=f"mailbox-{mailbox_id}", daemon=True)
        self.mailbox_id = mailbox_id
        self.version = version
        self._owner = owner
        self._stopping = threading.Event()
        self._failures = 0
        self._drops: Counter[int] = Counter()

    def stop(self) -> None:
        """Ask the thread to end; it does within a third of a lease."""
        self._stopping.set()

    def run(self) -> None:
        """See the class: until `stop`."""
        try:
            while not self._stopping.is_set():
                self._stopping.wait(self._visit())
        finally:
            connection.close()

    def _visit(self) -> float:
        """One round of steps 1 to 4; returns seconds to wait before the next."""
        try:
            epoch = leases.take(self.mailbox_id, self._owner)
            if epoch is None:
                return RENEW_SECONDS / 2
            try:
                self._read_until_stopped(Lease(self._owner, epoch))
            finally:
                leases.give_up(self.mailbox_id, self._owner, epoch)
        except leases.LeaseLost as error:
            log.warning("%s", error)
        except MailServerError as error:
            if isinstance(error, ServerDropped):
                self._drops.update(error.uids)
            return self._failed(error.code, f"{error.server_words} {error.advice}".strip())
        except UnreadableSecret as error:
            return self._failed("secret_unreadable", str(error))
        except BlobStoreUnusable as error:
            return self._failed("storage_unwritable", str(error))
        except (DatabaseError, InterfaceError) as error:
            log.error("database away, mailbox %s waits: %s", self.mailbox_id, error)
            connection.close()
            return self._back_off()
        return 0

    def _read_until_stopped(self, lease: Lease) -> None:
        mailbox = Mailbox.objects.get(pk=self.mailbox_id)
        with ImapMailbox(imap_settings(mailbox)) as server:
            searched = 0.0
            pushed = True
            while not self._stopping.is_set():
                leases.renew(self.mailbox_id, self._owner, lease.epoch)
                if pushed or time.monotonic() - searched >= settings.DESK_POLL_SECONDS:
                    stored = read_new(mailbox, server, lease, self._drops)
                    searched = time.monotonic()
                    self._worked(mailbox, stored)
                pushed = server.idle(min(RENEW_SECONDS, settings.DESK_POLL_SECONDS))

    def _worked(self, mailbox: Mailbox, stored: int) -> None:
        self._failures = 0
        if stored:
            log.info("%s: %d mails stored", mailbox.address, stored)
        with transaction.atomic():
            recovered = (
                Mailbox.objects.filter(pk=mailbox.pk)
                .exclude(failures=0, state=Mailbox.State.ACTIVE)
                .exclude(state=Mailbox.State.PAUSED)
                .update(failures=0, state=Mailbox.State.ACTIVE)
            )
            Mailbox.objects.filter(pk=mailbox.pk).update(last_ok_at=Now())
            if recovered:
                publish("mailbox.updated", mailbox_id=mailbox.pk)

    def _failed(self, code: str, words: str) -> float:
        """Note the failure on the mailbox; returns seconds to wait."""
        wait = self._back_off()
        log.warning("mailbox %s: %s: %s", self.mailbox_id, code, words)
        try:
            with transaction.atomic():
                row = Mailbox.objects.filter(pk=self.mailbox_id)
                row.update(
                    last_error=storable(words)[:2000],
                    last_error_code=code,
                    last_error_at=Now(),
                    failures=F("failures") + 1,
                )
                row.filter(failures__gte=FAILURES_UNTIL_RED, state=Mailbox.State.ACTIVE).update(
                    state=Mailbox.State.ERROR
                )
                publish("mailbox.updated", mailbox_id=self.mailbox_id)
        except (DatabaseError, InterfaceError) as error:
            log.error("database away, the failure could not be noted: %s", error)
            connection.close()
        return wait

    def _back_off(self) -> float:
        self._failures += 1
        longest = min(LONGEST_BACK_OFF_SECONDS, 2.0 ** min(self._failures, 10))
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads reconnects, no secret


class Monitor:
    """Keeps one `MailboxReader` for every mailbox that is not paused.

    1. Every few seconds give a sign of life and list the mailboxes.
    2. Stop readers of mailboxes that are gone, paused or changed; start readers for the others.
    3. On SIGTERM or SIGINT stop all readers and wait for them.
    """

    def __init__(self) -> None:
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._stopping = threading.Event()
        self._readers: dict[uuid.UUID, MailboxReader] = {}

    def stop(self, signum: int = 0, frame: FrameType | None = None) -> None:
        """Ask the monitor to end (also a signal handler)."""
        self._stopping.set()

    def run(self) -> None:
        """See the class; returns after `stop`."""
        log.info("monitor %s started", self.owner)
        while not self._stopping.is_set():
            try:
                heartbeats.beat(heartbeats.MONITOR, detail=self.owner)
                self._keep_readers()
            except (DatabaseError, InterfaceError) as error:
                log.error("database away: %s", error)
                connection.close()
            self._stopping.wait(LOOK_FOR_MAILBOXES_SECONDS)
        for reader in self._readers.values():
            reader.stop()
        for reader in self._readers.values():
            reader.join(timeout=RENEW_SECONDS + 5)
        log.info("monitor %s stopped", self.owner)

    def _keep_readers(self) -> None:
        wanted = dict(
            Mailbox.objects.exclude(state=Mailbox.State.PAUSED).values_list("pk", "version")
        )
        for mailbox_id, reader in list(self._readers.items()):
            if wanted.get(mailbox_id) != reader.version:
                reader.stop()
            if not reader.is_alive():
                del self._readers[mailbox_id]
        for mailbox_id, version in wanted.items():
            if mailbox_id not in self._readers:
                reader = MailboxReader(mailbox_id, version, self.owner)
                self._readers[mailbox_id] = reader
                reader.start()


def main() -> int:
    """Run a monitor until SIGTERM or SIGINT; returns the exit code."""
    monitor = Monitor()
    signal.signal(signal.SIGTERM, monitor.stop)
    signal.signal(signal.SIGINT, monitor.stop)
    monitor.run()
    return 0
