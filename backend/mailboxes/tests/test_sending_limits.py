"""What an account may send, and whose turn it is: nobody waits for another's mailbox."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from backend.mail.smtp import Delivery, RecipientResult
from backend.mailboxes import outbox, sending_claims, sending_limits
from backend.mailboxes.models import Mailbox, OutboundMail, OutboundRecipient, SendingWindow
from backend.mailboxes.outbox import Recipient
from tests.connections import at_once
from tests.desk import mailbox

pytestmark = pytest.mark.django_db
ANA = "ana@customers.test"


def queue(box: Mailbox, count: int, *, recipients: int = 1) -> None:
    """So many mails in the outbox of a mailbox."""
    people = [f"{n}@customers.test" for n in range(recipients)]
    for _ in range(count):
        number = OutboundMail.objects.count()
        with transaction.atomic():
            outbox.queue(
                mailbox=box,
                message_id=f"t.{number}@desk.test",
                subject="x",
                raw=b"Subject: x\r\n\r\nOi\r\n",
                recipients=[Recipient(one, OutboundRecipient.Kind.TO) for one in people],
                kind=OutboundMail.Kind.REPLY,
                for_message=None,
            )


def taken(most: int = 50) -> Counter[str]:
    """How many mails of each mailbox are claimed now, one conversation after the other."""
    found: Counter[str] = Counter()
    while sum(found.values()) < most and (mail := sending_claims.claim()) is not None:
        found[mail.mailbox.address] += 1
        finish(mail)
    return found


def finish(mail: OutboundMail) -> None:
    OutboundMail.objects.filter(pk=mail.pk).update(state="sent", sent_at=Now(), lease_until=None)


def said(
    outcome: str, phase: str, code: int | None, text: str, size: int | None = None
) -> Delivery:
    result = RecipientResult(ANA, "deferred", code, text)
    return Delivery(outcome, (result,), phase, code, text, size)  # type: ignore[arg-type]


def waits(box: Mailbox) -> timedelta:
    until = SendingWindow.objects.get(mailbox=box).wait_until
    return until - timezone.now() if until else timedelta(0)


def test_s11_accounts_have_the_limits_their_provider_is_known_for_unless_told_otherwise():
    box = mailbox()
    assert sending_limits.limits_of(box).connections == 2
    assert sending_limits.limits_of(box).per_minute is None
    box.smtp_host = "smtp.office365.com"
    told = sending_limits.limits_of(box)
    assert (told.connections, told.per_minute, told.recipients_per_day) == (3, 30, 10_000)
    box.messages_per_minute = 5
    assert sending_limits.limits_of(box).per_minute == 5
    box.smtp_host = "smtp.gmail.com.evil.test"
    assert sending_limits.limits_of(box).recipients_per_day is None
    box.sign_in = "google"
    assert sending_limits.limits_of(box).recipients_per_day == 2_000


def test_s11_a_mailbox_at_its_limits_waits_and_no_other_does():
    """Of a minute, of a day's recipients, and of conversations at once."""
    minute, day, few, free = (mailbox(f"{name}@desk.test") for name in ("m", "d", "f", "free"))
    Mailbox.objects.filter(pk=minute.pk).update(messages_per_minute=3)
    Mailbox.objects.filter(pk=day.pk).update(recipients_per_day=10)
    Mailbox.objects.filter(pk=few.pk).update(smtp_connections=1)
    for box in (minute, free):
        queue(box, 5)
    queue(day, 4, recipients=4)
    queue(few, 2)
    held = sending_claims.claim(few.id)
    assert held is not None
    assert sending_claims.claim(few.id) is None  # its one conversation goes on
    assert taken() == {minute.address: 3, day.address: 2, free.address: 5}
    assert timedelta(0) < waits(minute) <= timedelta(minutes=1)
    assert timedelta(0) < waits(day) <= timedelta(days=1)
    assert sending_claims.waiting() is False  # nobody rings in vain
    finish(held)
    assert sending_claims.waiting() is True
    SendingWindow.objects.update(
        wait_until=None, minute=Now() - timedelta(minutes=2), day=Now() - timedelta(days=2)
    )
    assert taken() == {minute.address: 2, day.address: 2, few.address: 1}
    assert SendingWindow.objects.get(mailbox=day).in_day == 8
    queue(day, 1, recipients=12)  # more than a day allows leaves alone on its day
    SendingWindow.objects.update(wait_until=None, day=Now() - timedelta(days=2))
    assert taken() == {day.address: 1}


def test_s16_the_kill_switch_and_the_desks_own_hold_stop_one_mailbox():
    stopped, revoked, free = (mailbox(f"{name}@desk.test") for name in ("s", "r", "f"))
    for box in (stopped, revoked, free):
        queue(box, 1)
    late = sending_claims.claim(stopped.id)
    assert late is not None
    Mailbox.objects.filter(pk=stopped.pk).update(sending_stopped=True)
    Mailbox.objects.filter(pk=revoked.pk).update(sending_held_code="oauth_revoked")
    # It falls between claim and content too: nothing leaves, and the try does not count.
    with pytest.raises(sending_claims.SendingStopped):
        sending_claims.data_begins(late)
    sending_claims.put_back(late)
    late.refresh_from_db()
    assert (late.state, late.tries) == ("queued", 0)
    assert taken() == {free.address: 1}
    assert sending_claims.waiting() is False
    Mailbox.objects.update(sending_stopped=False, sending_held_code="")
    assert taken() == {stopped.address: 1, revoked.address: 1}


def test_a_mailbox_with_very_many_mails_takes_turns_with_the_others():
    busy = mailbox("busy@desk.test")
    queue(busy, 40)
    others = [mailbox(f"b{number}@desk.test") for number in range(3)]
    for box in others:
        queue(box, 2)
    first = taken(8)
    assert first == {busy.address: 2} | {box.address: 2 for box in others}


@pytest.mark.parametrize(
    ("outcome", "phase", "code", "text", "seconds"),
    [
        ("deferred", "mail", 432, "4.3.2 Concurrent connections limit exceeded", 60),
        ("deferred", "rcpt", 421, "4.7.0 try again in 300 seconds", 300),
        ("deferred", "login", 421, "4.7.0 too many, come back in 5 minutes", 300),
        ("deferred", "data", 451, "4.3.2 system busy", 60),
        ("deferred", "dot", 451, "4.5.4 wait 99999 minutes", 0),
        ("deferred", "rcpt", 450, "4.2.0 greylisted, try in 300 seconds", 0),
        ("failed", "rcpt", 550, "5.1.1 no such user", 0),
        ("sent", "done", 250, "ok", 0),
    ],
)
def test_s11_a_server_that_asks_to_wait_is_heard(
    outcome: str, phase: str, code: int, text: str, seconds: int
):
    asking, other = mailbox(), mailbox("outra@desk.test")
    queue(asking, 2)
    queue(other, 1)
    mail = sending_claims.claim(asking.id)
    assert mail is not None
    finish(mail)
    sending_limits.note_answer(asking.id, said(outcome, phase, code, text))
    assert round(waits(asking).total_seconds()) == seconds
    assert taken() == ({other.address: 1} if seconds else {asking.address: 1, other.address: 1})


def test_a_server_that_does_not_answer_is_asked_less_and_less_often_until_it_does():
    box = mailbox()
    queue(box, 1)
    sending_claims.claim()
    minutes = []
    for _ in range(6):
        sending_limits.note_answer(box.id, said("deferred", "connect", None, "refused"))
        minutes.append(round(waits(box) / timedelta(minutes=1)))
    assert minutes == [1, 2, 4, 8, 15, 15]
    sending_limits.note_answer(box.id, said("sent", "done", 250, "ok", size=1_000_000))
    window = SendingWindow.objects.get(mailbox=box)
    assert (window.failures, window.server_size) == (0, 1_000_000)
    assert sending_limits.largest_mail(box) == 1_000_000
    sending_limits.forget_waits(box.id)
    assert waits(box) == timedelta(0)


@pytest.mark.django_db(transaction=True)
def test_senders_that_claim_at_once_keep_the_limits_together():
    box = mailbox()
    Mailbox.objects.update(smtp_connections=3, messages_per_minute=4)
    queue(box, 9)

    def work() -> int:
        mine = 0
        while sending_claims.claim() is not None:
            mine += 1
        return mine

    assert sum(map(int, at_once(*[work] * 4))) == 3
    OutboundMail.objects.filter(state="sending").update(state="sent", sent_at=Now())
    assert sum(map(int, at_once(*[work] * 4))) == 1


def test_x14_a_wait_written_under_a_clock_that_was_days_ahead_holds_nothing_up():
    box = mailbox()
    queue(box, 1)
    for ahead, sent in ((timedelta(hours=23), 0), (timedelta(days=30), 1)):
        SendingWindow.objects.update_or_create(mailbox=box, defaults={"wait_until": Now() + ahead})
        assert sum(taken().values()) == sent


def test_s10_answers_lost_again_and_again_let_the_mailbox_wait():
    box = mailbox()
    SendingWindow.objects.create(mailbox=box)
    lost = said("uncertain", "dot", None, "the server ended the connection")
    for minutes in (0, 0, 1, 2):
        sending_limits.note_answer(box.id, lost)
        assert timedelta(minutes=minutes - 1) < waits(box) <= timedelta(minutes=minutes)
    sending_limits.note_answer(box.id, said("sent", "done", 250, "ok"))
    sending_limits.forget_waits(box.id)
    sending_limits.note_answer(box.id, lost)
    assert waits(box) == timedelta(0)
