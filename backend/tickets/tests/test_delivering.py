"""Answers on their way: each recipient's own result, and never two mails for one answer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from backend.core import blobs
from backend.events.models import Event
from backend.mail.parse import parse
from backend.mailboxes import outbox, sending_claims, sending_limits
from backend.mailboxes.models import (
    DeliveryAttempt,
    Mailbox,
    OutboundMail,
    OutboundRecipient,
)
from backend.tickets import delivering
from backend.tickets.models import Message, Ticket, TicketEvent
from backend.tickets.replying import Reply, reply
from desk_cli.servers.smtp_sink import SinkMessage, SmtpSink
from tests.desk import TESTS, acting, mailbox, person, ticket_from
from tests.mails import DESK, letter

pytestmark = pytest.mark.django_db
State = OutboundMail.State


@pytest.fixture
def box(smtp_sink: SmtpSink) -> Mailbox:
    return mailbox(smtp_port=smtp_sink.port)


def answered(box: Mailbox, **wanted: object) -> OutboundMail:
    """A ticket of Ana's (Rui in copy) with an answer in the outbox."""
    number = Ticket.objects.count()
    raw = letter(own_id=f"m{number}@customers.test", cc="rui@customers.test")
    agent = person()
    values: dict[str, object] = {"text": "Já vamos ver."} | wanted
    message = reply(
        actor=acting(agent),
        user=agent,
        ticket_id=ticket_from(box, raw).id,
        wanted=Reply(**values),  # type: ignore[arg-type]
    )
    return message.outbound


def deliver(outbound: OutboundMail) -> OutboundMail:
    """Whatever is due leaves; the row afterwards."""
    OutboundMail.objects.filter(pk=outbound.pk).update(next_attempt_at=Now())
    sending_limits.forget_waits(outbound.mailbox_id)
    delivering.drain()
    outbound.refresh_from_db()
    return outbound


def recipients(outbound: OutboundMail) -> dict[str, str]:
    return dict(outbound.recipients.values_list("address", "state"))


def to_customers(sink: SmtpSink) -> list[SinkMessage]:
    """What reached customers; notices to agents are another matter."""
    return [one for one in sink.messages if any("@customers" in to for to in one.envelope_to)]


def ticket_of(outbound: OutboundMail) -> Ticket:
    return Ticket.objects.get(messages__outbound=outbound)


def test_an_answer_arrives_with_the_bytes_that_were_stored(box: Mailbox, smtp_sink: SmtpSink):
    outbound = deliver(answered(box))
    (arrived,) = to_customers(smtp_sink)
    assert outbound.state == State.SENT
    assert arrived.envelope_from == DESK
    assert arrived.envelope_to == ("ana@customers.test", "rui@customers.test")
    assert arrived.raw == blobs.get(outbound.sha256)
    assert parse(arrived.raw).message_id == outbound.internet_message_id
    assert recipients(outbound) == dict.fromkeys(arrived.envelope_to, "accepted")
    assert outbound.sent_at is not None
    assert Event.objects.filter(kind="delivery.updated", ticket_id=ticket_of(outbound).id).exists()


def test_a_sent_mail_is_never_sent_again(box: Mailbox, smtp_sink: SmtpSink):
    outbound = deliver(answered(box))
    deliver(outbound)
    assert len(to_customers(smtp_sink)) == 1


def test_s8_a_refused_recipient_does_not_hold_back_the_others(box: Mailbox, smtp_sink: SmtpSink):
    smtp_sink.script(mode="reject5", at="rcpt", recipient="rui@customers.test")
    outbound = deliver(answered(box))
    assert recipients(outbound) == {
        "ana@customers.test": "accepted",
        "rui@customers.test": "failed",
    }
    assert (outbound.state, outbound.last_error != "") == (State.FAILED, True)
    refused = outbound.recipients.get(address="rui@customers.test")
    assert (refused.smtp_code, refused.smtp_text) == (550, "5.1.1 no such user")
    assert [one.envelope_to for one in to_customers(smtp_sink)] == [("ana@customers.test",)]


def test_s8_only_the_deferred_recipient_is_tried_again(box: Mailbox, smtp_sink: SmtpSink):
    smtp_sink.script(mode="reject4", at="rcpt", recipient="rui@customers.test")
    outbound = deliver(answered(box))
    assert outbound.state == State.DEFERRED
    assert outbound.next_attempt_at > timezone.now() + timedelta(seconds=45)
    assert deliver(outbound).state == State.SENT
    assert [one.envelope_to for one in to_customers(smtp_sink)] == [
        ("ana@customers.test",),
        ("rui@customers.test",),
    ]
    assert to_customers(smtp_sink)[0].raw == to_customers(smtp_sink)[1].raw


@pytest.mark.parametrize("at", ["connect", "mail", "data", "body"])
def test_s9_a_temporary_refusal_anywhere_is_tried_again(box: Mailbox, smtp_sink: SmtpSink, at: str):
    smtp_sink.script(mode="reject4", at=at)  # type: ignore[arg-type]
    outbound = deliver(answered(box))
    assert (outbound.state, outbound.tries) == (State.DEFERRED, 1)
    assert deliver(outbound).state == State.SENT
    assert len(to_customers(smtp_sink)) == 1


def test_s9_a_final_refusal_stops_and_the_ticket_needs_attention(box: Mailbox, smtp_sink: SmtpSink):
    smtp_sink.script(mode="reject5", at="body", text="5.7.1 content refused")
    outbound = deliver(answered(box))
    ticket = ticket_of(outbound)
    assert (outbound.state, ticket.needs_attention) == (State.FAILED, True)
    event = TicketEvent.objects.get(ticket=ticket, kind="delivery_failed")
    assert event.data["words"] == "5.7.1 content refused"
    deliver(outbound)
    assert to_customers(smtp_sink) == []


@pytest.mark.parametrize(
    ("tries", "minutes"), [(0, 1), (1, 5), (2, 15), (3, 30), (4, 60), (5, 60), (30, 60)]
)
def test_s9_each_try_waits_longer_up_to_an_hour(
    box: Mailbox, smtp_sink: SmtpSink, tries: int, minutes: int
):
    smtp_sink.script(mode="reject4", at="mail")
    outbound = answered(box)
    OutboundMail.objects.filter(pk=outbound.pk).update(tries=tries)
    before = timezone.now()
    deliver(outbound)
    waited = (outbound.next_attempt_at - before) / timedelta(minutes=minutes)
    assert 0.9 <= waited <= 1.2


def test_s9_after_two_days_it_gives_up(box: Mailbox, smtp_sink: SmtpSink):
    smtp_sink.script(mode="reject4", at="rcpt", recipient="rui@customers.test", times=-1)
    outbound = answered(box)
    long_ago = timezone.now() - timedelta(hours=49)
    OutboundMail.objects.filter(pk=outbound.pk).update(waiting_since=long_ago)
    deliver(outbound)
    DeliveryAttempt.objects.update(at=long_ago)
    deliver(outbound)
    assert outbound.state == State.FAILED
    assert recipients(outbound) == {
        "ana@customers.test": "accepted",
        "rui@customers.test": "failed",
    }
    assert ticket_of(outbound).needs_attention


@pytest.mark.parametrize("mode", ["drop", "drop_stored", "garbage"])
def test_s10_a_lost_answer_after_the_mail_is_uncertain_and_never_resent(
    box: Mailbox, smtp_sink: SmtpSink, mode: str
):
    smtp_sink.script(mode=mode, at="body")  # type: ignore[arg-type]
    outbound = deliver(answered(box))
    assert outbound.state == State.UNCERTAIN
    assert set(recipients(outbound).values()) == {"uncertain"}
    assert ticket_of(outbound).needs_attention
    deliver(outbound)
    assert len(to_customers(smtp_sink)) == (1 if mode == "drop_stored" else 0)


def test_s10_a_person_may_send_an_uncertain_mail_again_with_the_same_id(
    box: Mailbox, smtp_sink: SmtpSink
):
    smtp_sink.script(mode="drop_stored", at="body")
    outbound = deliver(answered(box))
    outbox.retry(actor=TESTS, outbound_id=outbound.id, found="not_arrived")
    assert deliver(outbound).state == State.SENT
    first, second = to_customers(smtp_sink)
    assert first.raw == second.raw


def test_a_drop_after_the_server_said_yes_is_no_failure(box: Mailbox, smtp_sink: SmtpSink):
    smtp_sink.script(mode="drop", at="quit")
    assert deliver(answered(box)).state == State.SENT


def test_a_retry_that_arrives_ends_the_need_for_attention(box: Mailbox, smtp_sink: SmtpSink):
    smtp_sink.script(mode="reject5", at="mail")
    outbound = deliver(answered(box))
    assert ticket_of(outbound).needs_attention
    outbox.retry(actor=TESTS, outbound_id=outbound.id)
    deliver(outbound)
    assert not ticket_of(outbound).needs_attention


def test_a_ticket_with_another_failed_answer_still_needs_attention(
    box: Mailbox, smtp_sink: SmtpSink
):
    smtp_sink.script(mode="reject5", at="mail", times=1)
    first = deliver(answered(box))
    smtp_sink.script(mode="reject5", at="mail", times=1)
    agent, ticket = person(), ticket_of(first)
    message = reply(
        actor=acting(agent), user=agent, ticket_id=ticket.id, wanted=Reply(text="De novo")
    )
    second = deliver(message.outbound)
    outbox.retry(actor=TESTS, outbound_id=second.id)
    assert deliver(second).state == State.SENT
    assert ticket_of(first).needs_attention


def test_x9_a_sender_that_died_before_data_is_replaced(box: Mailbox, smtp_sink: SmtpSink):
    outbound = answered(box)
    assert sending_claims.claim() == outbound
    assert sending_claims.claim() is None
    OutboundMail.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert deliver(outbound).state == State.SENT
    assert len(to_customers(smtp_sink)) == 1


def test_x10_a_sender_that_died_after_data_leaves_it_uncertain(box: Mailbox, smtp_sink: SmtpSink):
    claimed_row = answered(box)
    claimed = sending_claims.claim()
    assert claimed == claimed_row
    assert claimed is not None
    sending_claims.data_begins(claimed)
    delivering.drain()
    assert ticket_of(claimed).needs_attention is False  # its sender may still be at work
    OutboundMail.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    delivering.drain()
    claimed.refresh_from_db()
    assert claimed.state == State.UNCERTAIN
    assert set(recipients(claimed).values()) == {"uncertain"}
    assert ticket_of(claimed).needs_attention
    assert to_customers(smtp_sink) == []


def test_a_late_answer_after_uncertain_is_the_truth(box: Mailbox):
    from backend.mail.smtp import Delivery, RecipientResult

    answered(box)
    claimed = sending_claims.claim()
    assert claimed is not None
    sending_claims.data_begins(claimed)
    OutboundMail.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    delivering.drain()
    results = tuple(RecipientResult(one, "accepted", 250, "ok") for one in recipients(claimed))
    state = outbox.settle(claimed, Delivery("sent", results, "done", 250, "ok"))
    claimed.refresh_from_db()
    assert state == claimed.state == State.SENT


def test_a_sender_thought_dead_can_not_settle_what_another_took(box: Mailbox):
    from backend.core.errors import Conflict
    from backend.mail.smtp import Delivery

    answered(box)
    slow = sending_claims.claim()
    assert slow is not None
    OutboundMail.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert sending_claims.claim() is not None
    with pytest.raises(Conflict):
        sending_claims.data_begins(slow)
    with pytest.raises(Conflict):
        outbox.settle(slow, Delivery("failed", (), "mail", 550, "no"))


def test_p4_the_replies_of_a_ticket_leave_in_order_and_a_deferred_one_holds_up_nobody(
    box: Mailbox, smtp_sink: SmtpSink
):
    first = answered(box)
    agent, ticket = person(), ticket_of(first)
    second = reply(
        actor=acting(agent), user=agent, ticket_id=ticket.id, wanted=Reply(text="E mais isto.")
    ).outbound
    other = answered(box)
    assert sending_claims.claim() == first
    assert sending_claims.claim() == other  # the ticket's second reply waits for its first
    OutboundMail.objects.filter(pk=other.pk).update(state="sent", sent_at=Now())
    assert sending_claims.claim() is None
    OutboundMail.objects.filter(pk=first.pk).update(
        state="deferred", next_attempt_at=timezone.now() + timedelta(hours=1), lease_until=None
    )
    assert sending_claims.claim() == second


def test_a_stopped_mailbox_holds_up_no_reply_of_another_in_the_same_ticket(
    box: Mailbox, smtp_sink: SmtpSink
):
    first = answered(box)
    agent, ticket = person(), ticket_of(first)
    Mailbox.objects.update(sending_stopped=True)
    Ticket.objects.update(mailbox=mailbox("vendas@desk.test", smtp_port=smtp_sink.port))
    second = reply(
        actor=acting(agent), user=agent, ticket_id=ticket.id, wanted=Reply(text="Agora por aqui.")
    ).outbound
    assert deliver(second).state == State.SENT
    first.refresh_from_db()
    assert first.state == State.QUEUED


def test_each_conversation_with_the_server_is_on_record(box: Mailbox, smtp_sink: SmtpSink):
    smtp_sink.script(mode="reject4", at="mail", text="4.7.1 later")
    outbound = deliver(answered(box))
    deliver(outbound)
    attempts = DeliveryAttempt.objects.filter(outbound=outbound).order_by("number")
    assert list(attempts.values_list("number", "phase", "outcome", "smtp_code")) == [
        (1, "mail", "deferred", 451),
        (2, "done", "sent", 250),
    ]


def test_a_paused_mailbox_sends_nothing_and_nobody_rings_for_it(box: Mailbox, smtp_sink: SmtpSink):
    outbound = answered(box)
    Mailbox.objects.update(state="paused")
    assert delivering.drain() == 0
    assert sending_claims.waiting() is False
    Mailbox.objects.update(state="active")
    assert sending_claims.waiting() is True
    assert deliver(outbound).state == State.SENT


def test_a_dead_server_is_asked_once_and_not_for_every_waiting_mail(
    box: Mailbox, smtp_sink: SmtpSink
):
    waiting = [answered(box) for _ in range(3)]
    smtp_sink.script(mode="drop", at="connect", times=-1)
    assert delivering.drain() == 1
    assert smtp_sink.connections == 1
    assert sending_claims.waiting() is False
    assert sorted(OutboundMail.objects.values_list("tries", flat=True)) == [0, 0, 1]
    smtp_sink.clear_script()
    for outbound in waiting:
        deliver(outbound)
    assert len(to_customers(smtp_sink)) == 3


def test_a_dead_server_delays_no_other_mailbox(box: Mailbox, smtp_sink: SmtpSink):
    with SmtpSink() as other_sink:
        other = mailbox("vendas@desk.test", smtp_port=other_sink.port)
        smtp_sink.script(mode="drop", at="connect", times=-1)
        answered(box)
        outbound = answered(other)
        delivering.drain()
        outbound.refresh_from_db()
        assert outbound.state == State.SENT


def test_a_fault_of_our_own_defers_the_mail_and_stops_no_other(box: Mailbox, smtp_sink: SmtpSink):
    """The stored bytes of one mail carry another Message-ID than its row: a defect, not a fault
    of the server."""
    broken, good = answered(box), answered(box)
    OutboundMail.objects.filter(pk=broken.pk).update(sha256=good.sha256)
    delivering.drain()
    broken.refresh_from_db()
    good.refresh_from_db()
    assert (broken.state, good.state) == (State.DEFERRED, State.SENT)
    assert "Message-ID" in broken.last_error
    assert len(to_customers(smtp_sink)) == 1


def test_a_mail_whose_bytes_are_gone_fails_and_says_so(box: Mailbox, smtp_sink: SmtpSink):
    outbound = answered(box)
    blobs._path(outbound.sha256).unlink()
    deliver(outbound)
    assert (outbound.state, ticket_of(outbound).needs_attention) == (State.FAILED, True)
    assert "No stored bytes" in outbound.last_error


def test_a_password_that_does_not_open_fails_with_advice(box: Mailbox):
    Mailbox.objects.update(smtp_password_sealed="v1:AAAA")
    outbound = deliver(answered(box))
    assert outbound.state == State.FAILED
    assert "type the password again" in outbound.last_error


def test_a_sent_or_queued_mail_is_not_retried(box: Mailbox):
    from backend.core.errors import Conflict

    outbound = answered(box)
    with pytest.raises(Conflict):
        outbox.retry(actor=TESTS, outbound_id=outbound.id)
    deliver(outbound)
    with pytest.raises(Conflict):
        outbox.retry(actor=TESTS, outbound_id=outbound.id)


def test_a_retry_spares_those_who_have_the_mail(box: Mailbox, smtp_sink: SmtpSink):
    smtp_sink.script(mode="reject5", at="rcpt", recipient="rui@customers.test")
    outbound = deliver(answered(box))
    outbox.retry(actor=TESTS, outbound_id=outbound.id)
    assert OutboundRecipient.objects.get(address="ana@customers.test").state == "accepted"
    assert deliver(outbound).state == State.SENT
    assert [one.envelope_to for one in to_customers(smtp_sink)] == [
        ("ana@customers.test",),
        ("rui@customers.test",),
    ]


def test_messages_show_each_recipients_answer(box: Mailbox, smtp_sink: SmtpSink):
    from backend.tickets import thread_selectors

    smtp_sink.script(mode="reject5", at="rcpt", recipient="rui@customers.test")
    outbound = deliver(answered(box))
    message = Message.objects.get(outbound=outbound)
    shown = thread_selectors.message(person(), message.id)["delivery"]
    assert shown["state"] == "failed"
    assert [(one["address"], one["state"], one["code"]) for one in shown["recipients"]] == [
        ("ana@customers.test", "accepted", 250),
        ("rui@customers.test", "failed", 550),
    ]
