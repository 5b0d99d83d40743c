"""Real senders are killed, stopped and doubled between claiming a mail and writing that it left.

MAIL.md X9 to X12, S10. Before the content leaves, somebody else sends it. After it, nobody can
know whether the server has it: the mail becomes uncertain, and only a person sends it again.
"""

from __future__ import annotations

from collections import Counter

import pytest
from django.db.models import QuerySet

from backend.mailboxes import outbox
from backend.mailboxes.models import DeliveryAttempt, OutboundMail
from backend.tickets.models import Ticket, TicketEvent
from desk_cli.servers.smtp_script import message_id
from tests.desk import TESTS
from tests.fault.extent import either
from tests.fault.points import SENDING, points_in
from tests.fault.running import Postbox, RunningDesk, let_senders_leases_end

PASSAGES = either((1,), (1, 2, 3))
MANY = either(12, 100)
# Where a sender may already have handed the mail over, so that nobody can know.
AFTER_THE_CONTENT = frozenset({"before_answer", "before_delivery_commit"})
pytestmark = pytest.mark.fault


@pytest.fixture(scope="module")
def second_worker(desk: RunningDesk) -> str:
    """Its name; it runs beside the first from now on."""
    desk.processes.start_worker(name="worker2")
    return "worker2"


def sends(desk: RunningDesk, box: Postbox, count: int) -> list[OutboundMail]:
    """Several mails, one after another, so that each is alone on its way."""
    mails = []
    for _ in range(count):
        mails.append(desk.answer(box))
        assert desk.wait(box.at_rest), (box.outgoing(), desk.tail())
    return mails


def mails_of(box: Postbox) -> QuerySet[OutboundMail]:
    """What was to leave, without the notices that a mail failed."""
    return OutboundMail.objects.filter(mailbox=box.mailbox, kind=OutboundMail.Kind.REPLY)


def states(box: Postbox) -> Counter[str]:
    return Counter(mails_of(box).values_list("state", flat=True))


@pytest.mark.parametrize("point", points_in(SENDING))
def test_x9_to_x11_a_sender_killed_at_each_point_sends_nothing_twice(desk: RunningDesk, point: str):
    with desk.postbox(sent_copy="always") as box:
        for passage in PASSAGES:
            sends(desk, box, passage - 1)
            armed = desk.crash_at(point)
            desk.answer(box)
            desk.assert_met(armed)
            let_senders_leases_end(box)
            [account] = desk.assert_sent(box)
        copies = mails_of(box).filter(sent_copy="waiting")
        assert desk.wait(lambda: not copies.exists()), desk.tail()
    wanted = {"sent": sum(PASSAGES)}
    if point in AFTER_THE_CONTENT:
        wanted = {"sent": sum(PASSAGES) - len(PASSAGES), "uncertain": len(PASSAGES)}
    assert states(box) == Counter(wanted), account
    kept = Counter(message_id(raw) for raw in desk.imap.mails(box.address, "Sent"))
    sent = mails_of(box).filter(state="sent").values_list("internet_message_id", flat=True)
    assert kept == Counter(sent)


def test_x10_a_worker_killed_while_the_server_thinks_leaves_one_mail_to_a_person(
    desk: RunningDesk, second_worker: str
):
    with desk.postbox() as box:
        desk.sink.script(mode="hang", at="body")
        uncertain = desk.answer(box)
        desk.sink.wait_for_faults()
        for name in ("worker", second_worker):
            desk.processes.kill_group(name)
        let_senders_leases_end(box)
        [account] = desk.assert_sent(box)
        assert (account.uncertain, states(box)) == (1, {"uncertain": 1})
        later = desk.answer(box)
        desk.assert_sent(box)
        assert_it_asks_for_a_person(uncertain)
        assert sent_from(box) == Counter([later.internet_message_id])
        outbox.retry(actor=TESTS, outbound_id=uncertain.id, found="not_arrived")
        desk.assert_sent(box)
        ids = [later.internet_message_id, uncertain.internet_message_id]
        assert sent_from(box) == Counter(ids)


def sent_from(box: Postbox) -> Counter[str]:
    """How often each Message-ID reached the server."""
    mine = [one for one in box.at_server() if one.envelope_from == box.address]
    return Counter(message_id(one.raw) for one in mine)


def assert_it_asks_for_a_person(uncertain: OutboundMail) -> None:
    ticket = Ticket.objects.get(messages__outbound=uncertain)
    assert ticket.needs_attention
    assert TicketEvent.objects.filter(ticket=ticket, kind="delivery_failed").count() == 1


def test_x12_a_sender_stopped_beyond_its_lease_and_woken_sends_nothing(
    desk: RunningDesk, second_worker: str
):
    with desk.postbox() as box:
        armed = desk.crash_at("before_connect", signal="STOP")
        mail = desk.answer(box)
        desk.assert_met(armed)
        let_senders_leases_end(box)
        desk.assert_sent(box)
        for name in ("worker", second_worker):
            desk.processes.wake(name)
        # A mail after it passes through the woken sender's hands or those of the other.
        sends(desk, box, 2)
        [account] = desk.assert_sent(box)
        mail.refresh_from_db()
    assert (account.states, mail.tries) == ({"sent": 3}, 2)
    assert DeliveryAttempt.objects.filter(outbound=mail).count() == 1


def test_x12_and_x13_two_workers_and_a_broker_that_loses_every_bell_double_no_answer(
    desk: RunningDesk, second_worker: str
):
    with desk.postbox() as box:
        mails = [desk.answer(box) for _ in range(MANY // 2)]
        desk.broker.kill9()
        for file in desk.broker.folder.rglob("*append*/*"):
            file.unlink()
        mails += [desk.answer(box) for _ in range(MANY // 2)]
        desk.broker.start()
        [account] = desk.assert_sent(box)
    assert (account.states, account.recipients) == ({"sent": MANY}, {"accepted": MANY})
    assert sent_from(box) == Counter(mail.internet_message_id for mail in mails)
    assert DeliveryAttempt.objects.filter(outbound__in=mails).count() == MANY
