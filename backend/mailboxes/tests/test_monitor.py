"""The monitor as a process of its own, on a real Dovecot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models.functions import Now

from backend.mailboxes import services
from backend.mailboxes.models import Heartbeat, InboundMail, Mailbox, MailboxLease
from desk_cli.process import wait_until
from desk_cli.servers.dovecot import Dovecot
from desk_cli.testing import DeskProcesses
from tests.accounts import PASSWORD, connect
from tests.desk import TESTS
from tests.mails import DESK, customer_mail

SECOND = "vendas@desk.test"
pytestmark = pytest.mark.django_db(transaction=True)


def seen(count: int) -> Callable[[], bool]:
    return lambda: InboundMail.objects.count() >= count


def test_a_mailbox_connected_while_it_runs_is_read_and_its_new_mail_at_once(
    desk_processes: DeskProcesses, own_dovecot: Dovecot
):
    monitor = desk_processes.start_monitor()
    box = connect(own_dovecot)
    own_dovecot.deliver(DESK, customer_mail(1))
    assert wait_until(seen(1), 60.0), monitor.log_tail()
    # Nothing but IDLE can tell of the second mail within this time: polling comes after 60 s.
    own_dovecot.deliver(DESK, customer_mail(2))
    assert wait_until(seen(2), 50.0), monitor.log_tail()
    # How a mailbox stands is written for all of them together, every few seconds.
    checked = Mailbox.objects.filter(last_ok_at__isnull=False, checked_at__isnull=False)
    assert wait_until(checked.exists, 30.0), monitor.log_tail()
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
    monitor = desk_processes.start_monitor()
    assert wait_until(seen(1), 60.0), monitor.log_tail()
    assert InboundMail.objects.get().from_address == "cliente2@customers.test"

    def failed() -> bool:
        wrong.refresh_from_db()
        return wrong.failures > 0

    assert wait_until(failed, 60.0), monitor.log_tail()
    assert wrong.last_error_code == "imap_login_failed"
    assert "password" in wrong.last_error
    assert "wrong" not in monitor.log_text()
    wrong = services.change_mailbox(
        actor=TESTS,
        mailbox_id=wrong.id,
        values={"imap_password": PASSWORD},
        version=None,
    )
    assert wait_until(seen(2), 60.0), monitor.log_tail()

    def healed() -> bool:
        wrong.refresh_from_db()
        return wrong.failures == 0

    assert wait_until(healed, 30.0), monitor.log_tail()


def test_a_paused_mailbox_is_left_alone_until_it_is_resumed(
    desk_processes: DeskProcesses, own_dovecot: Dovecot
):
    paused = connect(own_dovecot, state="paused")
    connect(own_dovecot, address=SECOND)
    own_dovecot.deliver(DESK, customer_mail(1))
    own_dovecot.deliver(SECOND, customer_mail(2))
    monitor = desk_processes.start_monitor()
    assert wait_until(seen(1), 60.0), monitor.log_tail()
    assert InboundMail.objects.get().mailbox_id != paused.id
    services.change_mailbox(
        actor=TESTS, mailbox_id=paused.id, values={"state": "active"}, version=None
    )
    assert wait_until(seen(2), 60.0), monitor.log_tail()


def test_one_told_to_end_frees_its_mailboxes_for_the_next(
    desk_processes: DeskProcesses, own_dovecot: Dovecot
):
    connect(own_dovecot)
    monitor = desk_processes.start_monitor()
    assert wait_until(MailboxLease.objects.exists, 60.0), monitor.log_tail()
    monitor.stop()
    assert "stopped" in monitor.log_text()
    assert not MailboxLease.objects.exists()


def test_a_killed_one_is_replaced_when_its_lease_has_run_out(
    desk_processes: DeskProcesses, own_dovecot: Dovecot
):
    connect(own_dovecot)
    monitor = desk_processes.start_monitor()
    assert wait_until(MailboxLease.objects.exists, 60.0), monitor.log_tail()
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
    monitor = desk_processes.start_monitor()
    assert wait_until(seen(1), 60.0), monitor.log_tail()
    own_dovecot.kill9()
    assert wait_until(lambda: Mailbox.objects.get().failures > 0, 60.0), monitor.log_tail()
    own_dovecot.deliver(DESK, customer_mail(2))
    own_dovecot.start()
    assert wait_until(seen(2), 60.0), monitor.log_tail()


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
    monitor = desk_processes.start_monitor()
    shown = Mailbox.objects.filter(last_error_code="storage_unwritable")
    assert wait_until(shown.exists, 60.0), monitor.log_tail()
    assert "make the folder writable" in shown.get().last_error
    assert not InboundMail.objects.exists()
    unusable_blobs()
    assert wait_until(seen(1), 60.0), monitor.log_tail()
