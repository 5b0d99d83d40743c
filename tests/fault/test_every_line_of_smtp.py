"""Every line of a conversation with an SMTP server is spoiled once, for each way to spoil it.

Each case is a mailbox of its own, whose server is the sink behind a relay with one fault; one
running worker sends for all of them. What a relay may do without the server's knowing is done
here; what the server itself refuses is in backend/mail/tests/test_smtp.py and in the chaos bench.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from desk_cli.servers.line_script import Act, Fault, Line, Side
from desk_cli.servers.smtp_script import SmtpScript
from tests.fault.extent import either
from tests.fault.running import Postbox, RunningDesk, let_retries_come

SERVER_ACTS: tuple[Act, ...] = either(
    ("cut", "stall", "twice", "garbage"),
    ("cut", "half", "stall", "skip", "twice", "garbage", "goodbye"),
)
CLIENT_ACTS: tuple[Act, ...] = either(("cut", "half"), ("cut", "half", "stall"))
PAIRS = either(0, 60)
pytestmark = pytest.mark.fault


@dataclass
class Case:
    """One mailbox that sends one mail to two people, over a line with a fault."""

    line: Line
    box: Postbox


@pytest.fixture(scope="module")
def script(desk: RunningDesk) -> Iterator[SmtpScript]:
    with SmtpScript(desk.sink.port) as running:
        yield running


def sending(desk: RunningDesk, script: SmtpScript, *faults: Fault) -> Case:
    line = script.open(*faults)
    box = desk.add_postbox(smtp_port=line.port)
    name = box.address.split("@")[0]
    desk.answer(box, to=(f"{name}.a@customers.test", f"{name}.b@customers.test"))
    return Case(line, box)


def untouched(desk: RunningDesk, script: SmtpScript) -> dict[Side, int]:
    """How many lines each side says when nothing is wrong."""
    case = sending(desk, script)
    desk.assert_sent(case.box)
    desk.forget(case.box)
    return case.line.said


def assert_all_end_well(desk: RunningDesk, cases: list[Case]) -> None:
    boxes = [case.box for case in cases]

    def all_at_rest() -> bool:
        let_retries_come(*boxes)
        return all(box.at_rest() for box in boxes)

    done = desk.wait(all_at_rest)
    left = [(case.line.faults, case.box.outgoing()) for case in cases if not case.box.at_rest()]
    assert done, (left, desk.tail(60))
    desk.forget(*boxes)
    for case in cases:
        account = case.box.outgoing()
        told = (case.line.faults, account, list(case.line.last))
        assert not account.problems, told
        assert set(account.recipients) <= {"accepted", "uncertain"}, told


def test_every_line_of_the_dialogue_spoiled_in_every_way_sends_a_mail_once_or_asks_a_person(
    desk: RunningDesk, script: SmtpScript
):
    lines = untouched(desk, script)
    acts: dict[Side, tuple[Act, ...]] = {"server": SERVER_ACTS, "client": CLIENT_ACTS}
    cases = [
        sending(desk, script, Fault(at=at, act=act, side=side))
        for side, all_acts in acts.items()
        for act in all_acts
        for at in range(1, lines[side] + 1)
        if not (at == lines["client"] and side == "client")  # QUIT: the mail has left
    ]
    assert_all_end_well(desk, cases)
    assert [case.line.faults for case in cases if not case.line.happened] == []


def test_two_faults_in_a_row_send_a_mail_once_or_ask_a_person(
    desk: RunningDesk, script: SmtpScript
):
    chance = random.Random(PAIRS)  # noqa: S311 - repeatable
    lines = untouched(desk, script)
    cases = []
    for _ in range(PAIRS or 4):
        first = chance.randint(1, lines["server"])
        pair = (
            Fault(at=first, act=chance.choice(SERVER_ACTS)),
            Fault(at=first + chance.randint(1, lines["server"]), act=chance.choice(SERVER_ACTS)),
        )
        cases.append(sending(desk, script, *pair))
    assert_all_end_well(desk, cases)
