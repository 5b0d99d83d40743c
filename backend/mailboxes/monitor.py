"""The monitor: one process that reads hundreds of mailboxes, alone or beside other monitors.

Whatever it stores is in PostgreSQL before anybody is told; killing it at any moment loses
nothing and stores nothing twice.
"""

from __future__ import annotations

import logging
import os
import resource
import signal
import socket
import threading
import time
import uuid
from collections.abc import Mapping
from types import FrameType

from django.db import DatabaseError, InterfaceError, connection
from django.db.models import F, Q
from django.db.models.functions import Now

from backend.mailboxes import heartbeats, leases, outcomes
from backend.mailboxes.leases import Lease
from backend.mailboxes.models import Mailbox
from backend.mailboxes.monitor_watch import Watch
from backend.mailboxes.readers import DoubtedHosts, Reader

log = logging.getLogger(__name__)
ROUND_SECONDS = 3.0
RENEW_SECONDS = 6.0  # a quarter of the lease
_STUCK_SECONDS = 60.0
_LAST_TURNS_SECONDS = 10.0
_FILES = 4096


class Monitor:
    """Decides which mailboxes this process reads; `Watch` gives them their turns.

    Every few seconds:

    1. Give a sign of life, and renew all leases at once; who is lost is read no more.
    2. End the readers of mailboxes that are gone, paused or changed.
    3. Share: take free mailboxes up to this monitor's part of all, give up what is beyond it.
    4. Write down how the mailboxes stand.

    On SIGTERM or SIGINT every reader has its last turn, and the leases are freed.
    """

    def __init__(self) -> None:
        self.owner = f"{socket.gethostname()[:80]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._stopping = threading.Event()
        self._readers: dict[uuid.UUID, Reader] = {}
        self._ended: list[Reader] = []
        self._watch = Watch()
        self._doubted = DoubtedHosts()
        self._renewed = float("-inf")

    def stop(self, signum: int = 0, frame: FrameType | None = None) -> None:
        """Ask the monitor to end (also a signal handler)."""
        self._stopping.set()

    def run(self) -> int:
        """See the class; returns an exit code after `stop`, or 1 when it can do nothing more."""
        log.info("monitor %s started", self.owner)
        self._watch.start()
        while not self._stopping.is_set():
            try:
                self._round()
            except (DatabaseError, InterfaceError) as error:
                log.error("database away: %s", error)
                connection.close()
            if not self._watch.is_alive() or time.monotonic() - self._watch.beat > _STUCK_SECONDS:
                log.critical("the watch has ended: a new monitor must take over")
                return 1
            self._stopping.wait(ROUND_SECONDS)
        self._say_goodbye()
        log.info("monitor %s stopped", self.owner)
        return 0

    def _round(self) -> None:
        heartbeats.beat(heartbeats.MONITOR, detail=self.owner)
        self._renew()
        wanted = {
            one.id: one for one in Mailbox.objects.exclude(state=Mailbox.State.PAUSED).iterator()
        }
        self._end_unwanted(wanted)
        self._bury(wanted)
        self._share(wanted)
        reports = [reader.report() for reader in list(self._readers.values())]
        outcomes.checked(self.owner, [report for report in reports if report])

    def _renew(self) -> None:
        if time.monotonic() - self._renewed < RENEW_SECONDS:
            return
        held = leases.renew_many(
            {mailbox_id: reader.lease.epoch for mailbox_id, reader in self._readers.items()},
            self.owner,
        )
        self._renewed = time.monotonic()
        for mailbox_id in self._readers.keys() - held:
            log.warning("The lease of mailbox %s was taken by another monitor.", mailbox_id)
            self._readers[mailbox_id].lost = True
            self._end(self._readers[mailbox_id])

    def _end(self, reader: Reader) -> None:
        reader.ending = True
        self._watch.nudge()

    def _end_unwanted(self, wanted: Mapping[uuid.UUID, Mailbox]) -> None:
        for mailbox_id, reader in self._readers.items():
            mailbox = wanted.get(mailbox_id)
            if mailbox is None or mailbox.version != reader.version:
                self._end(reader)

    def _bury(self, wanted: Mapping[uuid.UUID, Mailbox]) -> None:
        """Free the leases of readers that have ended; one whose settings changed starts anew."""
        self._ended += self._watch.ended()
        while self._ended:
            reader = self._ended[-1]
            mailbox = wanted.get(reader.mailbox_id)
            changed = mailbox is not None and mailbox.version != reader.version
            if not reader.lost and not changed:
                leases.give_up(reader.mailbox_id, reader.lease.owner, reader.lease.epoch)
            # Only now: a database that went away just above is asked again in the next round.
            self._ended.pop()
            del self._readers[reader.mailbox_id]
            if mailbox is not None and changed and not reader.lost:
                self._read(mailbox, reader.lease)

    def _share(self, wanted: Mapping[uuid.UUID, Mailbox]) -> None:
        part = -(-len(wanted) // leases.present(self.owner))
        mine = [reader for reader in self._readers.values() if not reader.ending]
        for reader in mine[part:]:
            self._end(reader)
        if len(mine) >= part:
            return
        free = Mailbox.objects.filter(
            Q(lease__isnull=True) | Q(lease__expires_at__lt=Now()), pk__in=list(wanted)
        )
        # Those that worked last come first: who never did may keep a thread waiting.
        order = F("last_ok_at").desc(nulls_last=True)
        ids = free.exclude(pk__in=list(self._readers)).order_by(order, "pk")
        chosen = list(ids.values_list("pk", flat=True)[: part - len(mine)])
        taken = leases.take_many(chosen, self.owner)
        for mailbox_id in chosen:
            if mailbox_id in taken:
                self._read(wanted[mailbox_id], Lease(self.owner, taken[mailbox_id]))

    def _read(self, mailbox: Mailbox, lease: Lease) -> None:
        troubled = mailbox.failures > 0 or mailbox.state == Mailbox.State.ERROR
        reader = Reader(mailbox, lease, self._doubted, troubled=troubled)
        self._readers[mailbox.id] = reader
        self._watch.add(reader)

    def _say_goodbye(self) -> None:
        """Give every reader its last turn, then free what is left at once."""
        for reader in self._readers.values():
            reader.ending = True
        self._watch.nudge()
        deadline = time.monotonic() + _LAST_TURNS_SECONDS
        left = set(self._readers.values())
        while left and time.monotonic() < deadline:
            left -= set(self._watch.ended())
            time.sleep(0.02)  # the last turns take a round trip each
        self._watch.stop()
        try:
            reports = [reader.report() for reader in self._readers.values()]
            outcomes.checked(self.owner, [report for report in reports if report])
            leases.leave(self.owner)
        except (DatabaseError, InterfaceError) as error:
            log.error("database away, the leases run out by themselves: %s", error)


def _allow_many_connections() -> None:
    """Two descriptors a mailbox; the usual soft limit of 1,024 would end at 500 of them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def main() -> int:
    """Run a monitor until SIGTERM or SIGINT; returns the exit code."""
    _allow_many_connections()
    monitor = Monitor()
    signal.signal(signal.SIGTERM, monitor.stop)
    signal.signal(signal.SIGINT, monitor.stop)
    return monitor.run()
