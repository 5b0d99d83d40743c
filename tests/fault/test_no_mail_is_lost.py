"""Real processes are killed in the middle of many mails; every mail still has exactly one fate.

MAIL.md X1 to X8 and X13. The processes are started once; each test kills what it is about, at
exact moments (crash points) or from outside.
"""

from __future__ import annotations

import itertools

import pytest

from backend.core import doorbell
from backend.mailboxes.models import InboundMail
from desk_cli.process import wait_until
from tests.fault.extent import either
from tests.fault.points import INTAKE, MONITOR, SHARED, points_in, unassigned
from tests.fault.running import PATIENCE, Postbox, RunningDesk, let_monitors_leases_end

FEW = 12
MANY = either(60, 500)
PASSAGES = either((2,), (1, 2, 3))
# Inside its transaction it keeps its locks until the database ends its connection.
STOPS = either(("after_fetch",), ("after_fetch", "before_store_commit"))
pytestmark = pytest.mark.fault


def begun(box: Postbox, count: int) -> bool:
    """Whether so many mails have a fate: the middle of the work."""
    return InboundMail.objects.filter(mailbox=box.mailbox, fate__isnull=False).count() >= count


def die_at(desk: RunningDesk, point: str, passage: int, box: Postbox) -> None:
    """Let one process die there while mails come in."""
    armed = desk.crash_at(point, passage)
    box.deliver(FEW)
    desk.assert_met(armed)


def test_every_crash_point_of_the_code_is_in_one_of_the_walks():
    assert unassigned() == []


def test_x1_to_x4_a_monitor_killed_at_each_point_of_storing_loses_nothing(desk: RunningDesk):
    with desk.postbox(after_reading="move", move_to="Lidas") as box:
        for point, passage in itertools.product(points_in(MONITOR | SHARED), PASSAGES):
            die_at(desk, point, passage, box)
        [account] = desk.assert_settled(box)
    assert account.messages == account.seen == len(box.sent_in)


def test_x6_and_x7_a_worker_killed_at_each_point_of_a_mail_loses_nothing(desk: RunningDesk):
    with desk.postbox() as box:
        for point, passage in itertools.product(points_in(INTAKE), PASSAGES):
            die_at(desk, point, passage * 3, box)
        [account] = desk.assert_settled(box)
    assert account.messages == account.seen == len(box.sent_in)


def test_x8_a_mail_that_kills_its_worker_three_times_is_put_aside_alone(desk: RunningDesk):
    with desk.postbox() as box:
        for _ in range(3):
            armed = desk.crash_at("after_parse")
            if not box.sent_in:
                box.deliver(1)
            desk.assert_met(armed)
        assert desk.wait(box.settled), desk.tail()
        box.deliver(FEW)
        [account] = desk.assert_settled(box)
    assert account.fates.get("quarantined") == 1
    assert account.seen == len(box.sent_in)


def test_x5_bells_that_ring_too_often_and_two_workers_at_once_double_nothing(desk: RunningDesk):
    desk.processes.start_worker(name="worker2")
    with desk.postbox(MANY) as box:
        for _ in range(20):
            doorbell.ring(doorbell.INTAKE)
        assert desk.wait(lambda: begun(box, MANY // 4)), desk.tail()
        desk.processes.kill_group("worker")
        desk.processes.kill_group("worker2")
        [account] = desk.assert_settled(box)
    desk.processes.children.pop("worker2").stop()
    assert account.messages == account.seen == MANY


@pytest.mark.parametrize("point", STOPS)
def test_a_monitor_stopped_beyond_its_lease_and_woken_stores_nothing_a_second_time(
    desk: RunningDesk, point: str
):
    desk.processes.start_monitor("monitor2")
    with desk.postbox() as box:
        armed = desk.crash_at(point, signal="STOP")
        box.deliver(FEW)
        desk.assert_met(armed)
        let_monitors_leases_end()
        desk.assert_settled(box)  # by the other one
        for name in ("monitor", "monitor2"):
            desk.processes.wake(name)
        box.deliver(FEW)
        [account] = desk.assert_settled(box)
    desk.processes.children.pop("monitor2").stop()
    let_monitors_leases_end()
    assert account.messages == account.seen == 2 * FEW


def test_x13_a_broker_killed_with_all_its_data_loses_nothing_for_beat_rings_again(
    desk: RunningDesk,
):
    with desk.postbox(MANY) as box:
        assert desk.wait(lambda: begun(box, MANY // 4)), desk.tail()
        desk.broker.kill9()
        for file in desk.broker.folder.rglob("*append*/*"):
            file.unlink()
        box.deliver(FEW)
        desk.broker.start()
        # Nobody but beat rings here.
        assert wait_until(box.settled, PATIENCE), (box.incoming(), desk.tail())
        [account] = desk.assert_settled(box)
    assert account.messages == account.seen == MANY + FEW
