"""The disk fills up, and the clock jumps, under a desk that runs (MAIL.md X14)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models import Max
from django.db.models.functions import Now

from backend.mailboxes.models import InboundMail, Mailbox, OutboundMail
from desk_cli.paths import ROOT
from desk_cli.process import in_session, wait_until
from desk_cli.servers.dovecot import Dovecot
from desk_cli.servers.smtp_sink import SmtpSink
from tests.fault.extent import either
from tests.fault.running import PATIENCE, Postbox, RunningDesk, let_retries_come
from tests.fault.small_disk import SmallDisk
from tests.mails import letter, with_file

FEW = 12
HOUR, DAY = 3600, 86400
JUMPS = either((3 * DAY, -DAY), (HOUR, -HOUR, DAY, -DAY, 3 * DAY, -30 * DAY))
pytestmark = pytest.mark.fault


class Machine:
    """The disk and the clock of the desk's processes."""

    def __init__(self, disk: SmallDisk, clock: Path) -> None:
        self.disk, self._clock = disk, clock

    def be_wrong_by(self, seconds: int) -> None:
        """The clock of all the desk's processes jumps; the database's stays right."""
        self._clock.write_text(str(seconds))


@pytest.fixture(scope="module")
def clock(module_folder: Path) -> Path:
    file = module_folder / "clock"
    file.write_text("0")
    return file


@pytest.fixture(scope="module")
def desk(
    module_db: None, module_folder: Path, imap: Dovecot, sink: SmtpSink, clock: Path
) -> Iterator[RunningDesk]:
    extra = {
        "DESK_DATA_DIR": str(module_folder / "disk"),
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).with_name("clock")), str(ROOT)]),
        "TEST_CLOCK": str(clock),
    }
    with RunningDesk(module_folder, imap, sink, extra) as running:
        yield running


@pytest.fixture(scope="module")
def machine(desk: RunningDesk, module_folder: Path, clock: Path) -> Iterator[Machine]:
    def writers() -> list[int]:
        children = desk.processes.children
        return [pid for name in ("monitor", "worker") for pid in in_session(children[name].pid)]

    before = settings.DESK_DATA_DIR
    with SmallDisk(module_folder / "disk", writers) as disk:
        settings.DESK_DATA_DIR = disk.folder  # where the test's own replies must lie too
        desk.start()
        yield Machine(disk, clock)
        desk.stop()
    settings.DESK_DATA_DIR = before


def with_attachment(number: int) -> bytes:
    raw = letter(sender=f"d{number}@customers.test", own_id=f"disk{number}@customers.test")
    return with_file(raw, "nota.pdf", os.urandom(40_000))


def put_in(box: Postbox, count: int) -> None:
    for number in range(len(box.sent_in), len(box.sent_in) + count):
        box.imap.deliver(box.address, with_attachment(number))
        box.sent_in.append(f"disk{number}@customers.test")


def error_of(box: Postbox) -> str:
    return Mailbox.objects.values_list("last_error_code", flat=True).get(pk=box.mailbox.pk)


def test_a_full_disk_stops_reading_first_and_nothing_is_lost_or_half_written(
    desk: RunningDesk, machine: Machine
):
    with desk.postbox() as box:
        machine.disk.fill()
        put_in(box, FEW)
        assert desk.wait(lambda: error_of(box) == "storage_unwritable"), desk.tail()
        assert not InboundMail.objects.filter(mailbox=box.mailbox).exists()
        machine.disk.make_room()
        [account] = desk.assert_settled(box)
    assert account.fates == {"ticket": FEW}


def test_a_disk_that_fills_up_after_a_mail_was_stored_costs_the_mail_no_try(
    desk: RunningDesk, machine: Machine
):
    stored = InboundMail.objects.filter(state__in=["stored", "processing"])
    with desk.postbox() as box:
        desk.processes.freeze("worker")
        put_in(box, FEW)
        waiting = stored.filter(mailbox=box.mailbox)
        assert wait_until(lambda: waiting.count() == FEW, PATIENCE), desk.tail()
        machine.disk.fill()
        desk.processes.wake("worker")
        # Tried, and given back.
        tried = waiting.filter(next_attempt_at__gt=Now())
        assert desk.wait(tried.exists), desk.tail()
        machine.disk.make_room()
        [account] = desk.assert_settled(box)
        tries = InboundMail.objects.filter(mailbox=box.mailbox).aggregate(Max("tries"))
    assert (account.fates, tries["tries__max"]) == ({"ticket": FEW}, 1)


@pytest.mark.parametrize("seconds", JUMPS)
def test_x14_a_clock_that_jumps_delays_nothing_doubles_nothing_and_gives_nothing_up(
    desk: RunningDesk, machine: Machine, seconds: int
):
    with desk.postbox(FEW) as box:
        desk.sink.script(mode="reject4", at="mail")
        desk.answer(box)
        mails = OutboundMail.objects.filter(mailbox=box.mailbox)
        assert desk.wait(mails.filter(state="deferred").exists), desk.tail()
        machine.be_wrong_by(seconds)
        try:
            desk.sink.script(mode="reject4", at="mail")
            let_retries_come(box)
            assert desk.wait(mails.filter(tries=2).exclude(state="sending").exists), desk.tail()
            soon = mails.filter(
                next_attempt_at__range=(Now(), Now() + timedelta(minutes=10)), state="deferred"
            )
            assert soon.exists(), list(mails.values())
            box.deliver(FEW)
            desk.answer(box)
            desk.assert_settled(box)
            assert_beat_rings(desk)
        finally:
            machine.be_wrong_by(0)
        let_retries_come(box)
        box.deliver(FEW)
        [read] = desk.assert_settled(box)
        [sent] = desk.assert_sent(box)
        assert_beat_rings(desk)
    assert read.messages == 3 * FEW
    told = list(mails.values("kind", "state", "tries", "last_error", "recipients__address"))
    assert sent.recipients == {"accepted": 2}, told


def assert_beat_rings(desk: RunningDesk) -> None:
    """Beat goes on ringing by itself, whatever the clock says."""
    heard = "Sending due task send-sweep"
    before = desk.processes.children["beat"].log_text().count(heard)

    def rang() -> bool:
        return desk.processes.children["beat"].log_text().count(heard) > before + 1

    assert wait_until(rang, PATIENCE), "beat fell silent"
