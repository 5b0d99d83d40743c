"""Real processes are killed in the middle of many mails; every mail still has exactly one fate.

Each kill happens twice in a row. Whoever is killed from outside has 500 mails before them; the
named crash points, where the moment is exact, need fewer.
"""

from __future__ import annotations

import os
import signal
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from backend.mailboxes.models import InboundMail, MailboxLease
from desk_cli.process import wait_until
from desk_cli.servers.dovecot import Dovecot
from desk_cli.servers.valkey import Valkey
from desk_cli.testing import DeskProcesses
from tests.accounts import account, connect
from tests.mails import DESK, numbered_mails

MANY = 500
FEW = 100
PATIENCE = 240.0
pytestmark = [
    pytest.mark.fault,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def desk(desk_processes: DeskProcesses) -> DeskProcesses:
    """A desk with its clock running; a dead worker's mail is taken over after 3 s."""
    desk_processes.extra |= {"DESK_LEASE_SECONDS": "3"}
    desk_processes.start_beat()
    return desk_processes


@pytest.fixture
def many(own_dovecot: Dovecot) -> int:
    return fill(own_dovecot, MANY)


@pytest.fixture
def few(own_dovecot: Dovecot) -> int:
    return fill(own_dovecot, FEW)


def fill(server: Dovecot, count: int) -> int:
    """Connect a mailbox that holds `count` mails; returns the count."""
    connect(server)
    for mail in numbered_mails(count):
        server.deliver(DESK, mail)
    return count


def settled(count: int) -> bool:
    return InboundMail.objects.filter(state="done").count() >= count


def assert_every_mail_has_one_fate(mails: int) -> None:
    assert wait_until(lambda: settled(mails), PATIENCE), account()
    found = account()
    assert (found.seen, found.fates) == (mails, mails), found
    assert (found.messages, found.distinct_messages) == (mails, mails), found


def kill_monitor_at(point: str, passage: int, desk: DeskProcesses) -> None:
    """Let the monitor kill itself when it comes by a crash point for the nth time."""
    desk.extra["DESK_CRASHPOINT"] = f"{point}:{passage}"
    desk.start_monitor()
    desk.wait_for_end("monitor", PATIENCE)
    del desk.extra["DESK_CRASHPOINT"]
    # The dead one's lease lasts 30 s; here it runs out now.
    MailboxLease.objects.update(expires_at=Now() - timedelta(seconds=1))


@pytest.mark.parametrize("round_", [1, 2])
def test_killing_the_whole_worker_in_the_middle_of_intake_loses_nothing(
    desk: DeskProcesses, many: int, round_: int
) -> None:
    desk.start_monitor()
    worker = desk.start_worker()
    assert wait_until(lambda: settled(60 * round_), PATIENCE), account()
    os.killpg(worker.pid, signal.SIGKILL)
    assert not settled(many), "the worker was faster than the kill"
    desk.start_worker()
    assert_every_mail_has_one_fate(many)


@pytest.mark.parametrize("round_", [1, 2])
@pytest.mark.parametrize("point", ["after_parse", "before_intake_commit", "after_intake_commit"])
def test_killing_a_worker_process_at_each_point_of_a_mail_loses_nothing(
    desk: DeskProcesses, few: int, point: str, round_: int
) -> None:
    desk.start_monitor()
    desk.extra["DESK_CRASHPOINT"] = f"{point}:{20 * round_}"
    desk.start_worker()
    desk.wait_for_log("worker", "SIGKILL", PATIENCE)
    del desk.extra["DESK_CRASHPOINT"]
    desk.start_worker()
    assert_every_mail_has_one_fate(few)


@pytest.mark.parametrize("round_", [1, 2])
def test_killing_the_monitor_after_storing_and_before_the_wake_up_loses_nothing(
    desk: DeskProcesses, many: int, round_: int
) -> None:
    desk.start_worker()
    kill_monitor_at("after_store_commit", 3 * round_, desk)
    desk.start_monitor()
    assert_every_mail_has_one_fate(many)


@pytest.mark.parametrize("round_", [1, 2])
@pytest.mark.parametrize("point", ["after_fetch", "before_store_commit", "after_store"])
def test_killing_the_monitor_at_each_point_of_storing_loses_nothing(
    desk: DeskProcesses, few: int, point: str, round_: int
) -> None:
    desk.start_worker()
    desk.extra["DESK_FETCH_BATCH"] = "20"
    kill_monitor_at(point, 2 * round_, desk)
    desk.start_monitor()
    assert_every_mail_has_one_fate(few)


@pytest.mark.parametrize("round_", [1, 2])
def test_killing_the_broker_with_all_its_data_loses_nothing(
    desk: DeskProcesses, many: int, broker: Valkey, round_: int
) -> None:
    desk.start_monitor()
    desk.start_worker()
    assert wait_until(lambda: settled(60 * round_), PATIENCE), account()
    broker.kill9()
    for file in broker.folder.rglob("*"):
        if file.is_file() and "append" in str(file.relative_to(broker.folder)):
            file.unlink()
    broker.start()
    assert_every_mail_has_one_fate(many)
