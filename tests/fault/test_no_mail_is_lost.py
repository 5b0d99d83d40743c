"""Real processes are killed in the middle of 500 mails; every mail still has exactly one fate."""

from __future__ import annotations

import os
import signal

import pytest

from backend.mailboxes.models import InboundMail
from desk_cli.process import wait_until
from desk_cli.servers.dovecot import Dovecot
from desk_cli.servers.valkey import Valkey
from desk_cli.testing import DeskProcesses
from tests.accounts import account, connect
from tests.mails import DESK, numbered_mails

MAILS = 500
PATIENCE = 240.0
pytestmark = [
    pytest.mark.fault,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


@pytest.fixture
def desk(desk_processes: DeskProcesses, own_dovecot: Dovecot) -> DeskProcesses:
    """A desk whose mailbox holds 500 mails; a dead worker's mail is taken over after 3 s."""
    connect(own_dovecot)
    for mail in numbered_mails(MAILS):
        own_dovecot.deliver(DESK, mail)
    desk_processes.extra |= {"DESK_LEASE_SECONDS": "3"}
    return desk_processes


def settled(count: int) -> bool:
    return InboundMail.objects.filter(state="done").count() >= count


def assert_every_mail_has_one_fate() -> None:
    assert wait_until(lambda: settled(MAILS), PATIENCE), account()
    found = account()
    assert (found.seen, found.fates) == (MAILS, MAILS), found
    assert (found.messages, found.distinct_messages) == (MAILS, MAILS), found


@pytest.mark.parametrize("round_", [1, 2])
def test_killing_the_whole_worker_in_the_middle_of_intake_loses_nothing(
    desk: DeskProcesses, round_: int
) -> None:
    desk.start_beat()
    desk.start_monitor()
    worker = desk.start_worker()
    assert wait_until(lambda: settled(60 * round_), PATIENCE), account()
    os.killpg(worker.pid, signal.SIGKILL)
    assert not settled(MAILS), "the worker was faster than the kill"
    desk.start_worker()
    assert_every_mail_has_one_fate()


@pytest.mark.parametrize("round_", [1, 2])
@pytest.mark.parametrize("point", ["after_parse", "before_intake_commit", "after_intake_commit"])
def test_killing_a_worker_process_at_each_point_of_a_mail_loses_nothing(
    desk: DeskProcesses, point: str, round_: int
) -> None:
    desk.start_beat()
    desk.start_monitor()
    desk.extra["DESK_CRASHPOINT"] = f"{point}:{40 * round_}"
    desk.start_worker()
    desk.wait_for_log("worker", "SIGKILL", PATIENCE)
    del desk.extra["DESK_CRASHPOINT"]
    desk.start_worker()
    assert_every_mail_has_one_fate()


@pytest.mark.parametrize("round_", [1, 2])
@pytest.mark.parametrize(
    "point", ["after_fetch", "before_store_commit", "after_store_commit", "after_store"]
)
def test_killing_the_monitor_at_each_point_of_storing_loses_nothing(
    desk: DeskProcesses, point: str, round_: int
) -> None:
    desk.start_beat()
    desk.start_worker()
    desk.extra["DESK_CRASHPOINT"] = f"{point}:{2 * round_}"
    desk.start_monitor()
    desk.wait_for_end("monitor", PATIENCE)
    del desk.extra["DESK_CRASHPOINT"]
    desk.start_monitor()
    assert_every_mail_has_one_fate()


@pytest.mark.parametrize("round_", [1, 2])
def test_killing_the_broker_with_all_its_data_loses_nothing(
    desk: DeskProcesses, broker: Valkey, round_: int
) -> None:
    desk.start_beat()
    desk.start_monitor()
    desk.start_worker()
    assert wait_until(lambda: settled(60 * round_), PATIENCE), account()
    broker.kill9()
    for file in broker.folder.rglob("*"):
        if file.is_file() and "append" in str(file.relative_to(broker.folder)):
            file.unlink()
    broker.start()
    assert_every_mail_has_one_fate()
