"""The monitor as a process of its own, on a real Dovecot."""

from __future__ import annotations

import queue
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from django.conf import settings
from django.db.models.functions import Now

from backend.mailboxes import monitor, monitor_watch, services
from backend.mailboxes.leases import Lease
from backend.mailboxes.models import (
    Heartbeat,
    InboundMail,
    LivingMonitor,
    Mailbox,
    MailboxEvent,
    MailboxLease,
)
from backend.mailboxes.monitor import Monitor
from backend.mailboxes.readers import DoubtedHosts, Lane, Reader
from desk_cli.paths import VENV_PYTHON
from desk_cli.process import wait_until
from desk_cli.servers.dovecot import Dovecot
from desk_cli.testing import DeskProcesses
from tests.accounts import PASSWORD, connect
from tests.connections import on_own_connection
from tests.desk import TESTS
from tests.mails import DESK, customer_mail

SECOND = "vendas@desk.test"
pytestmark = pytest.mark.django_db(transaction=True)


def seen(count: int) -> Callable[[], bool]:
    return lambda: InboundMail.objects.count() >= count


def test_a_mailbox_connected_while_it_runs_is_read_and_its_new_mail_at_once(
    desk_processes: DeskProcesses, own_dovecot: Dovecot
):
    running = desk_processes.start_monitor()
    box = connect(own_dovecot)
    own_dovecot.deliver(DESK, customer_mail(1))
    assert wait_until(seen(1), 60.0), running.log_tail()
    # Nothing but IDLE can tell of the second mail within this time: polling comes after 60 s.
    own_dovecot.deliver(DESK, customer_mail(2))
    assert wait_until(seen(2), 50.0), running.log_tail()
    # How a mailbox stands is written for all of them together, every few seconds.
    checked = Mailbox.objects.filter(last_ok_at__isnull=False, checked_at__isnull=False)
    assert wait_until(checked.exists, 30.0), running.log_tail()
    box.refresh_from_db()
    assert (box.state, box.failures, box.unfetched) == (Mailbox.State.ACTIVE, 0, 0)
    assert Heartbeat.objects.exists()


def test_a_refused_password_delays_no_other_mailbox_and_is_shown_until_it_is_right(
    desk_processes: DeskProcesses, own_dovecot: Dovecot
):
    wrong = connect(own_dovecot, imap_password="wrong")
    connect(own_dovecot, address=SECOND)
    own_dovecot.deliver(DESK, customer_mail(1))
    own_dovecot.deliver(SECOND, customer_mail(2))
    running = desk_processes.start_monitor()
    assert wait_until(seen(1), 60.0), running.log_tail()
    assert InboundMail.objects.get().from_address == "cliente2@customers.test"

    def failed() -> bool:
        wrong.refresh_from_db()
        return wrong.failures > 0

    assert wait_until(failed, 60.0), running.log_tail()
    assert wrong.last_error_code == "imap_login_failed"
    assert "password" in wrong.last_error
    assert "wrong" not in running.log_text()
    wrong = services.change_mailbox(
        actor=TESTS,
        mailbox_id=wrong.id,
        values={"imap_password": PASSWORD},
        version=None,
    )
    assert wait_until(seen(2), 60.0), running.log_tail()

    def healed() -> bool:
        wrong.refresh_from_db()
        return wrong.failures == 0

    assert wait_until(healed, 30.0), running.log_tail()


def test_a_paused_mailbox_is_left_alone_until_it_is_resumed(
    desk_processes: DeskProcesses, own_dovecot: Dovecot
):
    paused = connect(own_dovecot, state="paused")
    connect(own_dovecot, address=SECOND)
    own_dovecot.deliver(DESK, customer_mail(1))
    own_dovecot.deliver(SECOND, customer_mail(2))
    running = desk_processes.start_monitor()
    assert wait_until(seen(1), 60.0), running.log_tail()
    assert InboundMail.objects.get().mailbox_id != paused.id
    services.change_mailbox(
        actor=TESTS, mailbox_id=paused.id, values={"state": "active"}, version=None
    )
    assert wait_until(seen(2), 60.0), running.log_tail()


def test_one_told_to_end_frees_its_mailboxes_for_the_next(
    desk_processes: DeskProcesses, own_dovecot: Dovecot
):
    connect(own_dovecot)
    running = desk_processes.start_monitor()
    assert wait_until(MailboxLease.objects.exists, 60.0), running.log_tail()
    running.stop()
    assert "stopped" in running.log_text()
    assert not MailboxLease.objects.exists()


def test_a_killed_one_is_replaced_when_its_lease_has_run_out(
    desk_processes: DeskProcesses, own_dovecot: Dovecot
):
    connect(own_dovecot)
    running = desk_processes.start_monitor()
    assert wait_until(MailboxLease.objects.exists, 60.0), running.log_tail()
    desk_processes.kill9("monitor")
    own_dovecot.deliver(DESK, customer_mail(1))
    left = MailboxLease.objects.get()
    MailboxLease.objects.update(expires_at=Now() - timedelta(seconds=1))
    second = desk_processes.start_monitor()
    assert wait_until(seen(1), 60.0), second.log_tail()
    lease = MailboxLease.objects.get()
    assert (lease.owner != left.owner, lease.epoch) == (True, left.epoch + 1)


def test_a_mail_server_that_goes_away_and_comes_back_costs_no_mail(
    desk_processes: DeskProcesses, own_dovecot: Dovecot
):
    connect(own_dovecot)
    own_dovecot.deliver(DESK, customer_mail(1))
    running = desk_processes.start_monitor()
    assert wait_until(seen(1), 60.0), running.log_tail()
    own_dovecot.kill9()
    assert wait_until(lambda: Mailbox.objects.get().failures > 0, 60.0), running.log_tail()
    own_dovecot.deliver(DESK, customer_mail(2))
    own_dovecot.start()
    assert wait_until(seen(2), 60.0), running.log_tail()


@pytest.fixture
def unusable_blobs() -> Iterator[Callable[[], None]]:
    """A blob store that can't be written until the given function is called."""
    folder = Path(settings.DESK_DATA_DIR) / "blobs"
    aside = folder.with_name("blobs-aside")
    folder.mkdir(parents=True, exist_ok=True)
    folder.rename(aside)
    folder.write_text("a file where the folder should be")

    def mend() -> None:
        if aside.exists():
            folder.unlink()
            aside.rename(folder)

    yield mend
    mend()


def test_a_disk_that_can_not_be_written_is_shown_and_its_mail_waits(
    desk_processes: DeskProcesses, own_dovecot: Dovecot, unusable_blobs: Callable[[], None]
):
    connect(own_dovecot)
    own_dovecot.deliver(DESK, customer_mail(1))
    running = desk_processes.start_monitor()
    shown = Mailbox.objects.filter(last_error_code="storage_unwritable")
    assert wait_until(shown.exists, 60.0), running.log_tail()
    assert "make the folder writable" in shown.get().last_error
    assert not InboundMail.objects.exists()
    unusable_blobs()
    assert wait_until(seen(1), 60.0), running.log_tail()


def test_two_share_the_mailboxes_and_one_that_is_killed_is_replaced(
    desk_processes: DeskProcesses, own_dovecot: Dovecot
):
    for number in range(5):
        connect(own_dovecot, address=f"share{number}@desk.test")
    first = desk_processes.start_monitor()
    assert wait_until(lambda: shares() == [5], 60.0), first.log_tail()
    owner = MailboxLease.objects.values_list("owner", flat=True)[0]
    second = desk_processes.start("second", [str(VENV_PYTHON), "scripts/email_monitor.py"])
    assert wait_until(lambda: shares() == [2, 3], 60.0), second.log_tail()
    assert not Mailbox.objects.filter(failures__gt=0).exists()
    desk_processes.kill9("second")
    for number in range(5):
        own_dovecot.deliver(f"share{number}@desk.test", customer_mail(number))
    # The dead one's lease lasts 24 s; here it runs out now.
    dead = MailboxLease.objects.exclude(owner=owner)
    assert dead.update(expires_at=Now() - timedelta(seconds=1)) in {2, 3}
    LivingMonitor.objects.exclude(owner=owner).update(at=Now() - timedelta(minutes=1))
    assert wait_until(seen(5), 60.0), first.log_tail()
    assert shares() == [5]
    assert set(MailboxLease.objects.values_list("epoch", flat=True)) == {1, 2}


def shares() -> list[int]:
    """How many mailboxes each monitor has."""
    return sorted(Counter(MailboxLease.objects.values_list("owner", flat=True)).values())


@pytest.fixture
def monitor_here(monkeypatch: pytest.MonkeyPatch) -> Iterator[Monitor]:
    """A monitor in this process, in a hurry: every turn has a second or two."""
    hurried = {lane: replace(share, budget=2.0) for lane, share in monitor_watch.SHARES.items()}
    monkeypatch.setattr(monitor_watch, "SHARES", hurried)
    monkeypatch.setattr(monitor, "ROUND_SECONDS", 0.2)
    here = Monitor()
    thread = Thread(target=on_own_connection, args=[here.run])
    thread.start()
    yield here
    here.stop()
    thread.join(30)
    assert not thread.is_alive()


def test_servers_that_stall_keep_no_thread_from_those_that_work(
    monitor_here: Monitor, own_dovecot: Dovecot
):
    box = connect(own_dovecot)
    checked = Mailbox.objects.filter(pk=box.pk, checked_at__isnull=False)
    assert wait_until(checked.exists, 60.0)
    with socket.create_server(("127.0.0.1", 0), backlog=50) as silent:
        for number in range(20):
            port = silent.getsockname()[1]
            connect(address=f"stalls{number}@desk.test", imap_port=port)
        assert wait_until(lambda: MailboxLease.objects.count() == 21, 30.0)
        own_dovecot.deliver(DESK, customer_mail(1))
        assert wait_until(seen(1), 30.0)
        # Who stalls first is cut; all on that server are then read beside the others.
        connect(own_dovecot, address=SECOND)
        own_dovecot.deliver(SECOND, customer_mail(2))
        assert wait_until(seen(2), 30.0)
        slow = MailboxEvent.objects.filter(kind="slow").values("mailbox")
        assert wait_until(lambda: slow.exists(), 30.0)
        assert slow.distinct().count() < 20
        assert sum(share.threads for share in monitor_watch.SHARES.values()) <= 16


def test_in_the_slow_lane_who_failed_once_does_not_queue_behind_those_that_always_fail():
    boxes = [connect(address=f"queue{number}@desk.test") for number in range(4)]
    readers = [Reader(box, Lease("tests", 1), DoubtedHosts(), troubled=False) for box in boxes]
    for reader, failures in zip(readers, (9, 2, 1, 5), strict=True):
        reader._failures = failures
        reader.ending = True  # its turn is short
    served: queue.SimpleQueue[Reader] = queue.SimpleQueue()
    workers = monitor_watch._Workers(Lane.SLOW, monitor_watch.Share(1, 1.0), served.put)
    for reader in readers:
        workers.put(reader)
    workers.start()
    found = [served.get(timeout=30) for _ in readers]
    workers.stop()
    assert [readers.index(reader) for reader in found] == [2, 0, 1, 3]


def test_a_turn_that_was_over_its_time_before_there_was_a_connection_is_cut_all_the_same(
    monitor_here: Monitor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    resolved, really = Event(), socket.getaddrinfo

    def slowly(host: str, *arguments: Any, **options: Any) -> Any:
        if host == "localhost":
            assert resolved.wait(60)
        return really(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slowly)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        connect(imap_host="localhost", imap_port=silent.getsockname()[1])
        assert wait_until(lambda: "takes too long" in caplog.text, 30.0)
        resolved.set()
        # The server itself may be silent for 60 seconds.
        assert wait_until(MailboxEvent.objects.filter(kind="slow").exists, 30.0)
