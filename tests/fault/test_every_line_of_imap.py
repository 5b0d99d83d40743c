"""Every line of a conversation with an IMAP server is spoiled once, for each way to spoil it.

Each case is a mailbox of its own, read through a relay with one fault in front of Dovecot; one
running monitor reads them all at once (MAIL.md I5, I7 to I9, X1 to X3).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from desk_cli.servers.imap_script import ImapScript
from desk_cli.servers.line_script import Act, Fault, Line, Side
from tests.fault.extent import either
from tests.fault.running import Postbox, RunningDesk

MAILS = 2
DONE = "Lidas"
SERVER_ACTS: tuple[Act, ...] = either(
    ("cut", "stall", "garbage", "refuse"),
    ("cut", "half", "stall", "skip", "twice", "garbage", "refuse", "goodbye"),
)
CLIENT_ACTS: tuple[Act, ...] = either(("cut",), ("cut", "half", "stall", "twice"))
PAIRS = either(0, 100)
AT_ONCE = 60  # cases, so that neither Dovecot nor this machine is what is tested
pytestmark = pytest.mark.fault


@dataclass
class Case:
    """A mailbox whose mails are moved once they are read, over a line with faults."""

    line: Line
    box: Postbox

    def ended(self, imap_mails: list[bytes]) -> bool:
        """Whether its mails have fates; who was not disturbed has moved them too."""
        disturbed = self.line.faults and self.line.happened
        return self.box.settled() and bool(disturbed or not imap_mails)


@pytest.fixture(scope="module")
def script(desk: RunningDesk) -> Iterator[ImapScript]:
    with ImapScript(desk.imap.port or 0) as running:
        yield running


def reading(desk: RunningDesk, script: ImapScript, *faults: Fault) -> Case:
    line = script.open(*faults)
    box = desk.add_postbox(
        MAILS, imap_port=line.port, after_reading="move", move_to=DONE, state="paused"
    )
    return Case(line, box)


def run(desk: RunningDesk, cases: list[Case]) -> None:
    """Read all of them until each mail has its fate; then nothing is missing, nothing double."""
    boxes = [case.box for case in cases]
    desk.resume(*boxes)

    def all_ended() -> bool:
        return all(case.ended(desk.imap.mails(case.box.address)) for case in cases)

    done = desk.wait(all_ended)
    left = [
        (one.box.address, one.line.faults, list(one.line.last), one.box.incoming())
        for one in cases
        if not one.ended(desk.imap.mails(one.box.address))
    ]
    assert done, f"{left}\n{desk.tail(60)}"
    desk.forget(*boxes)
    for case in cases:
        account = case.box.incoming()
        told = (account, case.line.faults, list(case.line.last))
        assert not account.problems, told
        assert set(account.fates) <= {"ticket", "reply"}, told
        address = case.box.address
        kept = Counter([*desk.imap.mails(address), *desk.imap.mails(address, DONE)])
        assert (len(kept), kept.total()) == (MAILS, MAILS), told


def untouched(desk: RunningDesk, script: ImapScript) -> dict[Side, int]:
    """How many lines each side says until everything is read and moved."""
    case = reading(desk, script)
    run(desk, [case])
    return dict(case.line.said)


def test_every_line_of_the_dialogue_spoiled_in_every_way_loses_and_doubles_no_mail(
    desk: RunningDesk, script: ImapScript
):
    lines = untouched(desk, script)
    acts: dict[Side, tuple[Act, ...]] = {"server": SERVER_ACTS, "client": CLIENT_ACTS}
    faults = [
        Fault(at=at, act=act, side=side)
        for side, all_acts in acts.items()
        for act in all_acts
        for at in range(1, lines[side] + 1)
    ]
    cases = [reading(desk, script, fault) for fault in faults]
    for start in range(0, len(cases), AT_ONCE):
        run(desk, cases[start : start + AT_ONCE])
    missed = [case.line.faults for case in cases if not case.line.happened]
    # The last lines end the visit: whether they are said before the test has seen enough, differs.
    assert {fault.at for [fault] in missed} <= {lines["server"], lines["client"]}


def test_two_faults_in_a_row_lose_and_double_no_mail(desk: RunningDesk, script: ImapScript):
    chance = random.Random(PAIRS)  # noqa: S311 - repeatable
    lines = untouched(desk, script)["server"]
    cases = []
    for _ in range(PAIRS or 6):
        first = chance.randint(1, lines)
        second = first + chance.randint(1, lines)
        faults = [Fault(at=at, act=chance.choice(SERVER_ACTS)) for at in (first, second)]
        cases.append(reading(desk, script, *faults))
    for start in range(0, len(cases), AT_ONCE):
        run(desk, cases[start : start + AT_ONCE])
