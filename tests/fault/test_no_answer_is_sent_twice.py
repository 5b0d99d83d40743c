"""Real senders are killed between claiming a mail and writing down that it left.

Before the content leaves, somebody else sends it. After it, nobody can know whether the server
has it: the mail becomes uncertain, and only a person sends it again.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from backend.mail.parse import parse
from backend.mailboxes import outbox
from backend.mailboxes.models import DeliveryAttempt, Mailbox, OutboundMail, OutboundRecipient
from backend.tickets.models import Ticket, TicketEvent
from backend.tickets.replying import Reply, reply
from backend.users.models import User
from desk_cli.process import Child, wait_until
from desk_cli.servers.smtp_sink import SmtpSink
from desk_cli.servers.valkey import Valkey
from desk_cli.testing import DeskProcesses
from tests.accounts import connect
from tests.desk import TESTS, acting, person, ticket_from
from tests.mails import letter

MAILS = 5
FATAL = 3
PATIENCE = 60.0
pytestmark = [
    pytest.mark.fault,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def desk(desk_processes: DeskProcesses) -> DeskProcesses:
    """A desk with its clock running."""
    desk_processes.start_beat()
    return desk_processes


@pytest.fixture
def box(smtp_sink: SmtpSink) -> Mailbox:
    return connect(smtp_port=smtp_sink.port)


@pytest.fixture
def agent() -> User:
    return person()


def answer(box: Mailbox, agent: User) -> OutboundMail:
    """A customer of their own gets an answer: one more mail in the outbox."""
    number = Ticket.objects.count()
    raw = letter(sender=f"c{number}@customers.test", own_id=f"m{number}@customers.test")
    ticket = ticket_from(box, raw)
    wanted = Reply(text="Já vamos ver.")
    return reply(actor=acting(agent), user=agent, ticket_id=ticket.id, wanted=wanted).outbound


def states() -> Counter[str]:
    return Counter(OutboundMail.objects.values_list("state", flat=True))


def assert_they_become(**wanted: int) -> None:
    assert wait_until(lambda: states() == wanted, PATIENCE), states()


def copies(sink: SmtpSink) -> Counter[str]:
    """How often each Message-ID reached the server."""
    return Counter(parse(mail.raw).message_id for mail in sink.messages)


def assert_the_server_has(sink: SmtpSink, mails: list[OutboundMail]) -> None:
    """These mails as often as they are named, and no other."""
    assert copies(sink) == Counter(mail.internet_message_id for mail in mails)


def start_sender_that_dies_at(point: str, desk: DeskProcesses) -> Child:
    """A worker whose sending process is killed at its third mail; another goes on."""
    desk.extra["DESK_CRASHPOINT"] = f"{point}:{FATAL}"
    worker = desk.start_worker(processes=1)
    del desk.extra["DESK_CRASHPOINT"]
    return worker


def kill(worker: Child) -> None:
    os.killpg(worker.pid, signal.SIGKILL)


def let_leases_end() -> None:
    """As if the minutes of a dead sender's lease had passed."""
    past = timezone.now() - timedelta(seconds=1)
    assert OutboundMail.objects.filter(state="sending").update(lease_until=past)


def test_a_sender_killed_before_connecting_is_replaced_and_the_mail_leaves_once(
    desk: DeskProcesses, smtp_sink: SmtpSink, box: Mailbox, agent: User
) -> None:
    mails = [answer(box, agent) for _ in range(MAILS)]
    worker = start_sender_that_dies_at("before_connect", desk)
    desk.wait_for_log("worker", "SIGKILL", PATIENCE)
    assert_they_become(sent=MAILS - 1, sending=1)
    kill(worker)
    desk.start_worker()
    let_leases_end()
    assert_they_become(sent=MAILS)
    assert_the_server_has(smtp_sink, mails)
    assert sorted(OutboundMail.objects.values_list("tries", flat=True)) == [1, 1, 1, 1, 2]
    assert not Ticket.objects.filter(needs_attention=True).exists()


def test_a_sender_killed_after_the_server_said_yes_leaves_the_mail_uncertain_and_sent_once(
    desk: DeskProcesses, smtp_sink: SmtpSink, box: Mailbox, agent: User
) -> None:
    mails = [answer(box, agent) for _ in range(MAILS)]
    worker = start_sender_that_dies_at("before_delivery_commit", desk)
    desk.wait_for_log("worker", "SIGKILL", PATIENCE)
    assert_they_become(sent=MAILS - 1, sending=1)
    kill(worker)
    assert_the_server_has(smtp_sink, mails)
    desk.start_worker()
    let_leases_end()
    assert_they_become(sent=MAILS - 1, uncertain=1)
    assert_nobody_sends_the_uncertain_one(smtp_sink, mails, box, agent)


def test_a_worker_killed_while_the_server_thinks_about_the_mail_leaves_it_uncertain(
    desk: DeskProcesses, smtp_sink: SmtpSink, box: Mailbox, agent: User
) -> None:
    smtp_sink.script(mode="hang", at="body")
    mails = [answer(box, agent) for _ in range(MAILS)]
    worker = desk.start_worker(processes=1)
    begun = OutboundMail.objects.filter(state="sending", data_started_at__isnull=False)
    smtp_sink.wait_for_faults(PATIENCE)
    assert begun.count() == 1
    kill(worker)
    desk.start_worker()
    let_leases_end()
    assert_they_become(sent=MAILS - 1, uncertain=1)
    left = [mail for mail in mails if not is_uncertain(mail)]
    assert_nobody_sends_the_uncertain_one(smtp_sink, left, box, agent)


def is_uncertain(mail: OutboundMail) -> bool:
    mail.refresh_from_db()
    return mail.state == OutboundMail.State.UNCERTAIN


def assert_nobody_sends_the_uncertain_one(
    sink: SmtpSink, before: list[OutboundMail], box: Mailbox, agent: User
) -> None:
    """A later mail passes it by; its ticket asks for a person, and a person may send it again."""
    uncertain = OutboundMail.objects.get(state="uncertain")
    assert (uncertain.tries, uncertain.last_error != "") == (1, True)
    recipients = OutboundRecipient.objects.filter(outbound=uncertain)
    assert set(recipients.values_list("state", flat=True)) == {"uncertain"}
    asking = Ticket.objects.get(needs_attention=True)
    assert asking.messages.filter(outbound=uncertain).exists()
    assert TicketEvent.objects.filter(ticket=asking, kind="delivery_failed").count() == 1
    later = answer(box, agent)
    assert_they_become(sent=MAILS, uncertain=1)
    assert_the_server_has(sink, [*before, later])
    outbox.retry(actor=TESTS, outbound_id=uncertain.id)
    assert_they_become(sent=MAILS + 1)
    assert_the_server_has(sink, [*before, later, uncertain])


def test_a_broker_that_loses_every_bell_loses_no_answer_and_doubles_none(
    desk: DeskProcesses, smtp_sink: SmtpSink, broker: Valkey, box: Mailbox, agent: User
) -> None:
    mails = [answer(box, agent) for _ in range(MAILS)]
    broker.kill9()
    mails.append(answer(box, agent))
    for file in broker.folder.rglob("*append*/*"):
        file.unlink()
    broker.start()
    desk.start_worker()
    assert_they_become(sent=MAILS + 1)
    assert_the_server_has(smtp_sink, mails)
    assert DeliveryAttempt.objects.count() == MAILS + 1
