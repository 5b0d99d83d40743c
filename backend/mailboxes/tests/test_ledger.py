"""The ledger: each step of a mail is won by one worker, and nothing is dropped on the way."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.db.models.functions import Now
from django.utils import timezone

from backend.core import blobs
from backend.core.errors import Conflict, Missing
from backend.events.models import Event
from backend.mailboxes import ledger
from backend.mailboxes.ledger import Arrival, Fated, LeaseLost, Seen
from backend.mailboxes.models import InboundMail, Mailbox, MailboxFolder
from tests.connections import at_once
from tests.desk import TESTS, arrive, mailbox
from tests.mails import letter

pytestmark = pytest.mark.django_db
State = InboundMail.State
SEEN = Seen("ana@customers.test", "Pedido", "first@customers.test")
DUPLICATE = Fated(InboundMail.Fate.DUPLICATE, "tests")


@pytest.fixture
def box() -> Mailbox:
    return mailbox()


@pytest.fixture
def mail(box: Mailbox) -> InboundMail:
    return arrive(box, letter())


def claimed() -> InboundMail:
    [mail] = ledger.claim(1)
    return mail


def let_leases_end() -> None:
    InboundMail.objects.filter(state="processing").update(lease_until=Now() - timedelta(seconds=1))


def make_due() -> None:
    InboundMail.objects.update(next_attempt_at=Now())


def state_of(mail: InboundMail) -> tuple[str, str | None]:
    mail.refresh_from_db()
    return mail.state, mail.fate


def test_the_oldest_mail_is_claimed_first_and_each_one_once(box: Mailbox):
    mails = [arrive(box, letter(own_id=f"m{number}@c.test")) for number in range(3)]
    assert [claimed().pk for _ in mails] == [mail.pk for mail in mails]
    assert ledger.claim(1) == []
    assert ledger.waiting() is False


def test_a_claim_counts_as_a_try_before_any_work(mail: InboundMail):
    assert claimed().tries == 1
    mail.refresh_from_db()
    assert (mail.state, mail.tries) == ("processing", 1)
    assert mail.lease_until is not None


def test_a_mail_whose_worker_died_is_claimed_again_when_its_lease_is_over(mail: InboundMail):
    claimed()
    assert ledger.claim(1) == []
    let_leases_end()
    assert ledger.waiting() is True
    assert claimed().tries == 2


def test_a_fate_is_written_once(mail: InboundMail):
    mine = claimed()
    ledger.settle(mine, DUPLICATE, seen=SEEN)
    assert state_of(mail) == ("done", "duplicate")
    assert (mail.lease_until, mail.from_address) == (None, SEEN.from_address)
    assert mail.processed_at is not None
    with pytest.raises(LeaseLost):
        ledger.settle(mine, DUPLICATE, seen=SEEN)


def test_a_worker_thought_dead_changes_nothing_any_more(mail: InboundMail):
    slow = claimed()
    let_leases_end()
    fast = claimed()
    with pytest.raises(LeaseLost):
        ledger.settle(slow, DUPLICATE, seen=SEEN)
    with pytest.raises(LeaseLost):
        ledger.quarantine(slow, reason="late")
    ledger.try_later(slow, error="late")
    ledger.release([slow])
    assert state_of(mail) == ("processing", None)
    assert (mail.tries, mail.error) == (2, "")
    ledger.settle(fast, DUPLICATE, seen=SEEN)
    assert state_of(mail) == ("done", "duplicate")


def test_a_failed_try_waits_longer_each_time(mail: InboundMail):
    waits = []
    for number in range(ledger.MAX_TRIES):
        make_due()
        ledger.try_later(claimed(), error=f"try {number}")
        mail.refresh_from_db()
        waits.append(mail.next_attempt_at - timezone.now())
        assert mail.error == f"try {number}"
    assert timedelta(0) < waits[0] < waits[1] < waits[2]
    assert state_of(mail) == ("stored", None)


def test_a_mail_given_back_was_not_tried(mail: InboundMail):
    for _ in range(5):
        make_due()
        ledger.release([claimed()])
        assert state_of(mail) == ("stored", None)
        assert mail.tries == 0
    assert ledger.claim(1) == []  # it waits a little


def test_an_endless_error_is_cut_and_a_mail_put_aside_is_told_to_open_screens(mail: InboundMail):
    before = Event.objects.filter(kind="ledger.updated").count()
    ledger.quarantine(claimed(), reason="r" * 1000, error="e" * 100_000)
    mail.refresh_from_db()
    assert (len(mail.reason), len(mail.error)) == (300, 4000)
    assert Event.objects.filter(kind="ledger.updated").count() == before + 1


def test_a_mail_put_aside_can_be_read_again_from_the_start(mail: InboundMail):
    ledger.quarantine(claimed(), reason="tests", error="broken")
    ledger.reprocess(actor=TESTS, inbound_id=mail.id)
    assert state_of(mail) == ("stored", None)
    assert (mail.tries, mail.error) == (0, "")
    assert claimed() == mail


def test_only_a_mail_put_aside_is_read_again(mail: InboundMail):
    def refused() -> bool:
        with pytest.raises(Conflict) as caught:
            ledger.reprocess(actor=TESTS, inbound_id=mail.id)
        return caught.value.code == "not_quarantined"

    assert refused()
    mine = claimed()
    assert refused()
    ledger.settle(mine, DUPLICATE, seen=SEEN)
    assert refused()
    assert state_of(mail) == ("done", "duplicate")


def test_a_mail_whose_bytes_stayed_on_the_server_can_not_be_read_again(box: Mailbox):
    folder = MailboxFolder.objects.create(mailbox=box, name="INBOX", uidvalidity=1)
    ledger.insert(ledger.rows_for(folder, [Arrival(7, 10**9, None, None, reason="too large")]))
    mail = InboundMail.objects.get()
    assert (mail.state, mail.fate, mail.reason) == ("quarantined", "quarantined", "too large")
    with pytest.raises(Conflict) as caught:
        ledger.reprocess(actor=TESTS, inbound_id=mail.id)
    assert caught.value.code == "no_bytes"


def test_a_mail_nobody_knows_is_missing():
    with pytest.raises(Missing):
        ledger.reprocess(actor=TESTS, inbound_id=uuid.uuid4())


def test_a_mail_seen_twice_has_one_row_and_its_bytes_are_durable(box: Mailbox):
    folder = MailboxFolder.objects.create(mailbox=box, name="INBOX", uidvalidity=1)
    arrivals = [
        Arrival(uid, 3, timezone.now(), raw) for uid, raw in ((1, b"one"), (2, b"two"), (3, b"one"))
    ]
    for _ in range(2):
        ledger.insert(ledger.rows_for(folder, arrivals))
    rows = InboundMail.objects.order_by("uid")
    assert [blobs.get(row.sha256) for row in rows] == [b"one", b"two", b"one"]
    folder.uidvalidity = 2
    ledger.insert(ledger.rows_for(folder, arrivals[:1]))
    assert InboundMail.objects.count() == 4


def test_what_a_mail_says_of_itself_fits_into_its_row(box: Mailbox):
    folder = MailboxFolder.objects.create(mailbox=box, name="INBOX", uidvalidity=1)
    hostile = Arrival(
        1, 1, None, b"x", "a\0" * 400, "\ud800" + "s" * 900, "<" + "é" * 5000, "r" * 10
    )
    ledger.insert(ledger.rows_for(folder, [hostile]))
    row = InboundMail.objects.get()
    assert (len(row.from_address), len(row.subject)) == (320, 500)
    assert len(row.internet_message_id.encode()) <= 998


@pytest.mark.parametrize(
    "values",
    [
        {"state": "done", "fate": None},
        {"state": "stored", "fate": "ticket"},
        {"state": "quarantined", "fate": "ticket"},
        {"state": "nonsense", "fate": None},
    ],
)
def test_the_database_ties_fate_to_state(mail: InboundMail, values: dict[str, str | None]):
    with pytest.raises(DatabaseError), transaction.atomic():
        InboundMail.objects.filter(pk=mail.pk).update(**values)


@pytest.mark.django_db(transaction=True)
def test_workers_that_claim_at_once_never_get_the_same_mail():
    box = mailbox()
    mails = [arrive(box, letter(own_id=f"m{number}@c.test")).pk for number in range(12)]

    def work() -> list[uuid.UUID]:
        mine = []
        while claimed := ledger.claim(3):
            mine += [mail.pk for mail in claimed]
        return mine

    taken = at_once(*[work] * 4)
    assert Counter(one for mine in taken for one in mine) == Counter(mails)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_settle_and_fail_the_same_claim_one_wins():
    mail = arrive(mailbox(), letter())
    mine = claimed()

    def settle() -> str:
        try:
            ledger.settle(mine, DUPLICATE, seen=SEEN)
        except LeaseLost:
            return "lost"
        return "won"

    results = at_once(settle, settle, settle)
    assert sorted(map(str, results)) == ["lost", "lost", "won"]
    assert state_of(mail) == ("done", "duplicate")


@pytest.mark.django_db(transaction=True)
def test_of_many_who_ask_for_a_mail_to_be_read_again_one_is_heard():
    mail = arrive(mailbox(), letter())
    ledger.quarantine(claimed(), reason="tests")

    def ask() -> str:
        ledger.reprocess(actor=TESTS, inbound_id=mail.id)
        return "heard"

    results = at_once(*[ask] * 4)
    assert sorted(map(str, results)) == ["heard", *["not_quarantined"] * 3]
