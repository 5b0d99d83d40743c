"""The outbox: who may send what when, and who may never."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.db.models.functions import Now
from django.utils import timezone

from backend.audit.models import Log
from backend.core import blobs
from backend.core.errors import Conflict, Missing
from backend.mail.smtp import Delivery, RecipientResult
from backend.mailboxes import outbox, sending_claims
from backend.mailboxes.models import DeliveryAttempt, Mailbox, OutboundMail, OutboundRecipient
from backend.mailboxes.outbox import Recipient
from tests.connections import at_once
from tests.desk import TESTS, mailbox

pytestmark = pytest.mark.django_db
State, Kind = OutboundMail.State, OutboundRecipient.Kind
ANA, RUI = "ana@customers.test", "rui@customers.test"
RAW = b"Subject: x\r\n\r\nOi\r\n"


@pytest.fixture
def box() -> Mailbox:
    return mailbox()


def queued(box: Mailbox, *addresses: str, number: int = 0) -> OutboundMail:
    with transaction.atomic():
        return outbox.queue(
            mailbox=box,
            message_id=f"t.{number}@desk.test",
            subject="s" * 900,
            raw=RAW,
            recipients=[Recipient(one, Kind.TO) for one in addresses or [ANA]],
            kind=OutboundMail.Kind.REPLY,
            for_message=None,
        )


def claimed() -> OutboundMail:
    mail = sending_claims.claim()
    assert mail is not None
    return mail


def answer(outcome: str, *results: tuple[str, str]) -> Delivery:
    """What a server said: (address, state) each."""
    rows = tuple(RecipientResult(one, state, 250, "words") for one, state in results)  # type: ignore[arg-type]
    return Delivery(outcome, rows, "done", 250, "words")  # type: ignore[arg-type]


def settle(mail: OutboundMail, *results: tuple[str, str]) -> str:
    with transaction.atomic():
        return outbox.settle(mail, answer("sent", *results))


def states_of(mail: OutboundMail) -> tuple[str, list[str]]:
    mail.refresh_from_db()
    return mail.state, list(mail.recipients.order_by("id").values_list("state", flat=True))


def let_leases_end() -> None:
    OutboundMail.objects.filter(state="sending").update(lease_until=Now() - timedelta(seconds=1))


def make_due() -> None:
    OutboundMail.objects.update(next_attempt_at=Now())


def in_state(box: Mailbox, state: str) -> OutboundMail:
    mail = queued(box)
    OutboundMail.objects.filter(pk=mail.pk).update(state=state, sent_at=Now())
    mail.refresh_from_db()
    return mail


def test_a_queued_mail_has_its_bytes_and_recipients_and_is_due(box: Mailbox):
    mail = queued(box, ANA, RUI)
    assert blobs.get(mail.sha256) == RAW
    assert (mail.envelope_from, mail.size, len(mail.subject)) == (box.address, len(RAW), 500)
    assert states_of(mail) == ("queued", ["pending", "pending"])
    assert sending_claims.waiting() is True
    assert claimed() == mail


def test_a_message_id_leaves_once(box: Mailbox):
    queued(box)
    with pytest.raises(DatabaseError):
        queued(box)


@pytest.mark.parametrize(
    ("results", "state"),
    [
        (("accepted", "accepted"), "sent"),
        (("accepted", "failed"), "failed"),
        (("failed", "failed"), "failed"),
        (("accepted", "deferred"), "deferred"),
        (("failed", "deferred"), "deferred"),
        (("accepted", "uncertain"), "uncertain"),
        (("deferred", "uncertain"), "uncertain"),
        (("failed", "uncertain"), "uncertain"),
    ],
)
def test_the_most_pressing_recipient_decides_for_the_mail(
    box: Mailbox, results: Sequence[str], state: str
):
    mail = queued(box, ANA, RUI)
    assert settle(claimed(), *zip((ANA, RUI), results, strict=True)) == state
    assert states_of(mail) == (state, list(results))
    assert (mail.sent_at is not None) is (state == "sent")
    assert (mail.last_error == "") is (state == "sent")
    assert mail.lease_until is None


def test_a_recipient_the_server_said_nothing_of_is_tried_again(box: Mailbox):
    mail = queued(box, ANA, RUI)
    assert settle(claimed(), (ANA, "accepted")) == "deferred"
    assert outbox.pending_recipients(mail) == [RUI]


def test_those_who_have_the_mail_or_refused_it_are_not_asked_again(box: Mailbox):
    mail = queued(box, ANA, RUI, "eva@customers.test")
    settle(claimed(), (ANA, "accepted"), (RUI, "failed"), ("eva@customers.test", "deferred"))
    assert outbox.pending_recipients(mail) == ["eva@customers.test"]


@pytest.mark.parametrize("state", ["sent", "failed", "uncertain", "cancelled"])
def test_nothing_is_claimed_in_a_state_that_is_not_for_sending(box: Mailbox, state: str):
    in_state(box, state)
    assert sending_claims.claim() is None
    assert sending_claims.waiting() is False


def test_what_is_due_later_is_not_claimed(box: Mailbox):
    queued(box)
    OutboundMail.objects.update(next_attempt_at=timezone.now() + timedelta(minutes=1))
    assert sending_claims.claim() is None
    assert sending_claims.waiting() is False


def test_what_is_due_first_leaves_first(box: Mailbox):
    mails = [queued(box, number=number) for number in range(3)]
    OutboundMail.objects.filter(pk=mails[2].pk).update(next_attempt_at=Now() - timedelta(hours=1))
    Mailbox.objects.update(smtp_connections=3)
    assert [claimed().pk for _ in mails] == [mails[2].pk, mails[0].pk, mails[1].pk]


def test_x9_a_sender_that_died_before_the_content_is_replaced(box: Mailbox):
    queued(box)
    slow = claimed()
    let_leases_end()
    assert sending_claims.lost_senders() == []
    fast = claimed()
    assert (fast.pk, fast.tries) == (slow.pk, 2)
    with pytest.raises(Conflict):
        sending_claims.data_begins(slow)
    with pytest.raises(Conflict):
        settle(slow, (ANA, "accepted"))
    sending_claims.data_begins(fast)
    assert settle(fast, (ANA, "accepted")) == "sent"


def test_x10_a_sender_that_died_after_the_content_is_replaced_by_nobody(box: Mailbox):
    mail = queued(box)
    sending_claims.data_begins(claimed())
    assert sending_claims.mark_lost(mail.id) is None  # its lease lasts
    let_leases_end()
    assert sending_claims.claim() is None
    assert sending_claims.lost_senders() == [mail.id]
    assert sending_claims.waiting() is True
    assert sending_claims.mark_lost(mail.id) is not None
    assert states_of(mail) == ("uncertain", ["uncertain"])
    assert sending_claims.mark_lost(mail.id) is None
    assert sending_claims.waiting() is False


def test_a_lost_sender_leaves_those_certain_who_had_answered(box: Mailbox):
    mail = queued(box, ANA, RUI)
    settle(claimed(), (ANA, "accepted"), (RUI, "deferred"))
    make_due()
    sending_claims.data_begins(claimed())
    let_leases_end()
    sending_claims.mark_lost(mail.id)
    assert states_of(mail) == ("uncertain", ["accepted", "uncertain"])


def test_the_lease_lasts_longer_once_the_content_has_begun(box: Mailbox):
    mail = queued(box)
    mine = claimed()
    mail.refresh_from_db()
    before = mail.lease_until
    sending_claims.data_begins(mine)
    mail.refresh_from_db()
    assert before is not None
    assert mail.lease_until is not None
    assert mail.lease_until > before + timedelta(minutes=5)


def test_an_attempt_is_settled_once(box: Mailbox):
    queued(box)
    mine = claimed()
    settle(mine, (ANA, "accepted"))
    with pytest.raises(Conflict):
        settle(mine, (ANA, "failed"))
    assert DeliveryAttempt.objects.count() == 1


def test_a_second_attempt_forgets_that_the_first_had_begun_its_content(box: Mailbox):
    mail = queued(box)
    first = claimed()
    sending_claims.data_begins(first)
    settle(first, (ANA, "deferred"))
    make_due()
    claimed()
    let_leases_end()
    assert sending_claims.lost_senders() == []
    assert claimed() == mail


@pytest.mark.parametrize("state", ["failed", "deferred", "uncertain"])
def test_a_person_may_retry_what_did_not_arrive(box: Mailbox, state: str):
    mail = in_state(box, state)
    before = (mail.internet_message_id, mail.sha256)
    outbox.retry(actor=TESTS, outbound_id=mail.id, found="not_arrived")
    assert states_of(mail) == ("queued", ["pending"])
    assert (mail.internet_message_id, mail.sha256) == before
    assert Log.objects.get(action="outbound.retry").before == {"state": state}
    assert claimed() == mail


@pytest.mark.parametrize("state", ["held", "queued", "sending", "sent", "cancelled"])
def test_nobody_may_retry_what_is_under_way_or_arrived(box: Mailbox, state: str):
    mail = in_state(box, state)
    with pytest.raises(Conflict) as caught:
        outbox.retry(actor=TESTS, outbound_id=mail.id)
    assert (caught.value.code, state in caught.value.message) == ("not_retryable", True)
    assert states_of(mail) == (state, ["pending"])


def test_a_mail_nobody_knows_can_not_be_retried():
    with pytest.raises(Missing):
        outbox.retry(actor=TESTS, outbound_id=uuid.uuid4())


def test_s9_two_days_after_its_first_try_a_deferred_mail_fails_with_the_servers_last_words(
    box: Mailbox,
):
    mail = queued(box, ANA, RUI)
    OutboundMail.objects.update(
        created_at=Now() - timedelta(days=9), waiting_since=Now() - timedelta(days=9)
    )
    assert settle(claimed(), (ANA, "accepted"), (RUI, "deferred")) == "deferred"
    DeliveryAttempt.objects.update(at=Now() - timedelta(hours=49))
    make_due()
    assert settle(claimed(), (RUI, "deferred")) == "failed"
    assert states_of(mail) == ("failed", ["accepted", "failed"])
    assert (mail.last_error, mail.last_error_code) == ("words", "busy")
    outbox.retry(actor=TESTS, outbound_id=mail.id)  # a person's retry has two days of its own
    assert settle(claimed(), (RUI, "deferred")) == "deferred"


def test_s10_an_uncertain_mail_is_retried_only_by_the_word_that_it_did_not_arrive(box: Mailbox):
    mail = in_state(box, "uncertain")
    with pytest.raises(Conflict) as caught:
        outbox.retry(actor=TESTS, outbound_id=mail.id)
    assert caught.value.code == "may_have_arrived"
    assert states_of(mail) == ("uncertain", ["pending"])


@pytest.mark.parametrize("values", [{"state": "nonsense"}, {"state": "sent", "sent_at": None}])
def test_the_database_refuses_states_that_can_not_be(box: Mailbox, values: dict[str, str | None]):
    mail = queued(box)
    with pytest.raises(DatabaseError), transaction.atomic():
        OutboundMail.objects.filter(pk=mail.pk).update(**values)


@pytest.mark.django_db(transaction=True)
def test_senders_that_claim_at_once_never_get_the_same_mail():
    box = mailbox()
    Mailbox.objects.update(smtp_connections=20)
    mails = [queued(box, number=number).pk for number in range(12)]

    def work() -> list[uuid.UUID]:
        mine = []
        while (mail := sending_claims.claim()) is not None:
            mine.append(mail.pk)
        return mine

    taken = at_once(*[work] * 4)
    assert Counter(one for mine in taken for one in mine) == Counter(mails)


@pytest.mark.django_db(transaction=True)
def test_a_late_answer_and_the_sweep_at_once_end_in_one_state():
    mail = queued(mailbox())
    mine = claimed()
    sending_claims.data_begins(mine)
    let_leases_end()

    def sweep() -> str:
        with transaction.atomic():
            return "marked" if sending_claims.mark_lost(mail.id) else "late"

    at_once(sweep, lambda: settle(mine, (ANA, "accepted")), sweep)
    assert states_of(mail) == ("sent", ["accepted"])


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_retry_at_once_one_is_told_that_it_is_queued():
    mail = in_state(mailbox(), "failed")

    def ask() -> str:
        outbox.retry(actor=TESTS, outbound_id=mail.id)
        return "queued"

    assert sorted(map(str, at_once(ask, ask, ask))) == ["not_retryable", "not_retryable", "queued"]
    assert Log.objects.filter(action="outbound.retry").count() == 1
