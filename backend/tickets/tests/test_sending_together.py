"""Senders of one process side by side: a server that stalls keeps its own mailbox waiting only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Event

import pytest
from django.db import connection
from django.db.models.functions import Now

from backend.mailboxes import sending_claims
from backend.mailboxes.models import DeliveryAttempt, Mailbox, OutboundMail
from backend.tickets import delivering
from backend.tickets.replying import Reply, reply
from backend.users.models import User
from desk_cli.process import wait_until
from desk_cli.servers.smtp_sink import SmtpSink
from tests.desk import acting, mailbox, person, ticket_from
from tests.mails import letter

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 30.0


def answers(box: Mailbox, agent: User, count: int) -> None:
    """So many answers to different customers in the outbox of a mailbox."""
    for _ in range(count):
        number = OutboundMail.objects.count()
        raw = letter(sender=f"c{number}@customers.test", own_id=f"m{number}@customers.test")
        ticket = ticket_from(box, raw)
        reply(actor=acting(agent), user=agent, ticket_id=ticket.id, wanted=Reply(text="Vamos ver."))


def sent(box: Mailbox) -> int:
    return OutboundMail.objects.filter(mailbox=box, state="sent").count()


def test_p5_servers_that_stall_delay_no_other_mailbox(smtp_sink: SmtpSink):
    agent = person()
    with SmtpSink() as tarpit:
        stalling = [mailbox(f"s{number}@desk.test", smtp_port=tarpit.port) for number in range(2)]
        good = mailbox("boa@desk.test", smtp_port=smtp_sink.port)
        tarpit.script(mode="hang", at="mail", times=-1)
        for box in stalling:
            answers(box, agent, 3)
        answers(good, agent, 3)

        def drain() -> int:
            try:
                return delivering.drain(senders=6)
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as threads:
            done = threads.submit(drain)
            assert wait_until(lambda: sent(good) == 3, PATIENCE)
            # Each stalling account has its two conversations and no more.
            assert wait_until(lambda: tarpit.connections == 4, PATIENCE)
            answers(good, agent, 2)  # what comes meanwhile leaves as well
            assert wait_until(lambda: sent(good) == 5, PATIENCE)
            assert not done.done()
            assert tarpit.connections == 4
            tarpit.stop()
            assert done.result(PATIENCE) == 9
    stalled = OutboundMail.objects.filter(mailbox__in=stalling)
    assert stalled.filter(state="deferred", tries=1).count() == 4
    assert stalled.filter(state="queued", tries=0).count() == 2  # they wait for their server
    assert DeliveryAttempt.objects.count() == 9


def test_p5_more_conversations_that_stall_than_senders_leave_places_for_other_mailboxes(
    smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(delivering, "_STALLS_AFTER", 0.5)
    agent = person()
    with SmtpSink() as tarpit:
        stalling = [mailbox(f"s{number}@desk.test", smtp_port=tarpit.port) for number in range(2)]
        tarpit.script(mode="hang", at="mail", times=-1)
        for box in stalling:
            answers(box, agent, 2)

        def drain() -> int:
            try:
                return delivering.drain(senders=2)
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as threads:
            done = threads.submit(drain)
            assert wait_until(lambda: tarpit.connections == 4, PATIENCE)
            good = mailbox("boa@desk.test", smtp_port=smtp_sink.port)
            answers(good, agent, 3)
            assert wait_until(lambda: sent(good) == 3, PATIENCE)
            assert not done.done()
            tarpit.stop()
            assert done.result(PATIENCE) == 7


def test_x10_a_living_process_keeps_its_claims_which_end_soon_after_it_died(
    smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(delivering, "_RENEW_TOGETHER_AFTER", 0.0)
    agent, box = person(), mailbox(smtp_port=smtp_sink.port)
    answers(box, agent, 1)
    smtp_sink.script(mode="hang", at="body")
    mails = OutboundMail.objects.filter(state="sending", data_started_at__isnull=False)

    def end() -> datetime:
        found = mails.get().lease_until
        assert found is not None
        return found

    def drain() -> int:
        try:
            return delivering.drain(senders=2)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        done = threads.submit(drain)
        assert wait_until(mails.exists, PATIENCE)
        first = end()
        # Renewed while the server thinks, for no longer than the one before.
        assert wait_until(lambda: end() > first, PATIENCE)
        assert mails.filter(lease_until__lt=Now() + sending_claims.WATCHED.after_data).exists()
        smtp_sink.cut()
        assert done.result(PATIENCE) == 2  # and the mail that tells its owner
    assert OutboundMail.objects.get(kind="reply").state == "uncertain"


def test_p5_while_the_last_conversation_stalls_another_process_takes_what_comes(
    smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(delivering, "_LONGEST_DRAIN", 0.5)
    agent, no_more = person(), Event()
    with SmtpSink() as tarpit:
        stalling = mailbox("s@desk.test", smtp_port=tarpit.port)
        good = mailbox("boa@desk.test", smtp_port=smtp_sink.port)
        tarpit.script(mode="hang", at="mail", times=-1)
        answers(stalling, agent, 1)

        def drain() -> int:
            try:
                return delivering.drain(seconds=0.5, senders=2, takes_no_more=no_more.set)
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as threads:
            done = threads.submit(drain)
            assert no_more.wait(PATIENCE)
            answers(good, agent, 1)
            assert delivering.drain() == 1
            assert (sent(good), done.done()) == (1, False)
            tarpit.stop()
            assert done.result(PATIENCE) == 1


def test_p5_an_error_in_one_sender_leaves_the_rest_to_another_process_at_once(smtp_sink: SmtpSink):
    agent, no_more = person(), Event()
    with SmtpSink() as tarpit:
        broken = mailbox("boa@desk.test", smtp_port=smtp_sink.port)
        answers(broken, agent, 1)
        assert delivering.drain() == 1
        # Its copy for Sent is due, and no account can be made of its settings.
        Mailbox.objects.update(imap_security="broken")
        answers(mailbox("s@desk.test", smtp_port=tarpit.port), agent, 1)
        tarpit.script(mode="hang", at="mail", times=-1)

        def drain() -> int:
            try:
                return delivering.drain(senders=2, takes_no_more=no_more.set)
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as threads:
            done = threads.submit(drain)
            assert no_more.wait(PATIENCE)
            assert not done.done()
            tarpit.stop()
            with pytest.raises(KeyError):
                done.result(PATIENCE)


def test_senders_side_by_side_send_each_mail_once_over_few_sessions(smtp_sink: SmtpSink):
    agent = person()
    boxes = [mailbox(f"b{number}@desk.test", smtp_port=smtp_sink.port) for number in range(3)]
    for box in boxes:
        answers(box, agent, 8)
    assert delivering.drain(senders=4) == 24
    assert OutboundMail.objects.filter(state="sent", tries=1).count() == 24
    to = [one.envelope_to for one in smtp_sink.messages]
    assert len(to) == len(set(to)) == 24
    assert smtp_sink.connections < 24
