"""Copies in Sent where the provider keeps none, and uncertain mails looked for there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now

from backend.core.errors import Conflict
from backend.mail.imap import ImapMailbox
from backend.mail.token import make_message_id
from backend.mailboxes import outbox, sending_claims, sending_limits, sent_copies, uncertain
from backend.mailboxes.accounts import imap_settings
from backend.mailboxes.models import (
    DeliveryAttempt,
    Mailbox,
    OutboundMail,
    OutboundRecipient,
)
from desk_cli.servers.dovecot import Dovecot
from tests.accounts import connect
from tests.desk import TESTS

pytestmark = pytest.mark.django_db
Copy, Kind = OutboundMail.SentCopy, OutboundMail.Kind


@pytest.fixture
def box(dovecot: Dovecot, request: pytest.FixtureRequest) -> Mailbox:
    """A mailbox with a real account of its own."""
    name = "".join(char for char in request.node.name if char.isalnum())[-40:]
    return connect(dovecot, address=f"{name.lower()}@desk.test")


def mail(box: Mailbox, kind: OutboundMail.Kind = Kind.REPLY) -> OutboundMail:
    """A mail in the outbox."""
    outbound = OutboundMail(mailbox=box)
    message_id = make_message_id(outbound.id, "desk.test", b"k" * 32)
    raw = f"From: {box.address}\r\nMessage-ID: <{message_id}>\r\nSubject: Oi\r\n\r\nOi\r\n".encode()
    with transaction.atomic():
        return outbox.queue(
            mailbox=box,
            message_id=message_id,
            subject="Oi",
            raw=raw,
            recipients=[outbox.Recipient("ana@c.test", OutboundRecipient.Kind.TO)],
            kind=kind,
            for_message=None,
        )


def accepted(outbound: OutboundMail) -> OutboundMail:
    """The server took the mail."""
    with transaction.atomic():
        outbound.recipients.update(state="accepted")
        outbox.conclude(outbound, words="ok", phase="done")
    return outbound


def lost(outbound: OutboundMail) -> OutboundMail:
    """No answer came after the final dot; the first look is due."""
    with transaction.atomic():
        outbound.recipients.update(state="uncertain")
        outbound.data_started_at = Now()
        outbound.save(update_fields=["data_started_at"])
        outbox.conclude(outbound, words="no answer", phase="dot")
    OutboundMail.objects.filter(pk=outbound.pk).update(next_attempt_at=Now(), tries=1)
    return outbound


def in_sent(box: Mailbox, folder: str = "Sent") -> list[bytes]:
    """What lies in a folder of the account."""
    with ImapMailbox(imap_settings(box)) as server:
        server.select(folder, readonly=True)
        return [one.raw or b"" for one in server.fetch(server.uids_above(0))]


def copy_of(outbound: OutboundMail) -> str:
    outbound.refresh_from_db()
    return outbound.sent_copy


def test_s15_what_people_wrote_is_kept_once_in_the_folder_the_server_calls_sent(box: Mailbox):
    reply = accepted(mail(box))
    notice, answer = (
        accepted(mail(box, kind)) for kind in (Kind.NOTIFICATION, Kind.ACKNOWLEDGEMENT)
    )
    assert [copy_of(one) for one in (reply, notice, answer)] == ["waiting", "none", "none"]
    assert sent_copies.waiting() is True
    assert sent_copies.drain() == 1
    assert copy_of(reply) == "stored"
    assert [one.count(reply.internet_message_id.encode()) for one in in_sent(box)] == [1]
    assert sent_copies.drain() == 0
    # A worker died after its APPEND, before it wrote that down: the next finds the copy there.
    OutboundMail.objects.filter(pk=reply.pk).update(sent_copy="waiting", sent_copy_at=Now())
    assert sent_copies.drain() == 1
    assert (copy_of(reply), len(in_sent(box))) == ("stored", 1)


@pytest.mark.parametrize(
    ("setting", "host", "sign_in", "kept"),
    [
        ("auto", "127.0.0.1", "password", True),
        ("auto", "smtp.gmail.com", "password", False),
        ("auto", "smtp.office365.com", "password", False),
        ("auto", "127.0.0.1", "google", False),
        ("always", "smtp.gmail.com", "google", True),
        ("never", "127.0.0.1", "password", False),
    ],
)
def test_s15_a_copy_is_made_where_the_provider_makes_none_or_a_person_says_so(
    setting: str, host: str, sign_in: str, kept: bool
):
    box = Mailbox(sent_copy=setting, smtp_host=host, sign_in=sign_in)
    assert sending_limits.keeps_copies(box) is kept


def test_a_folder_of_ones_own_choice_is_made_when_missing(box: Mailbox):
    Mailbox.objects.filter(pk=box.pk).update(sent_folder="Enviados/Suporte")
    box.refresh_from_db()
    accepted(mail(box))
    assert sent_copies.drain() == 1
    assert len(in_sent(box, "Enviados/Suporte")) == 1
    assert in_sent(box) == []


def test_an_account_that_can_not_be_read_is_tried_a_few_times_and_the_mail_stays_sent(box: Mailbox):
    outbound = accepted(mail(box))
    Mailbox.objects.filter(pk=box.pk).update(imap_port=1)
    for _ in range(sent_copies.MOST_TRIES):
        assert copy_of(outbound) == "waiting"
        OutboundMail.objects.update(sent_copy_at=Now())
        sent_copies.drain()
        assert sent_copies.waiting() is False  # not at once again
    assert (copy_of(outbound), outbound.state) == ("failed", "sent")


def test_s10_an_uncertain_mail_that_lies_in_sent_was_accepted(box: Mailbox):
    outbound, other = lost(mail(box)), lost(mail(box))
    with ImapMailbox(imap_settings(box)) as server:
        server.append(
            "Sent", b"Message-ID: <%s>\r\n\r\nOi\r\n" % outbound.internet_message_id.encode()
        )
    assert set(uncertain.to_look_for()) == {outbound.id, other.id}
    assert uncertain.look(outbound.id) is True
    assert uncertain.look(other.id) is False
    with transaction.atomic():
        assert uncertain.found(outbound.id) is not None
    outbound.refresh_from_db()
    assert (outbound.state, outbound.sent_copy) == ("sent", "waiting")
    assert outbound.recipients.get().state == "accepted"
    assert outbound.attempts.get().smtp_text == "Found in the Sent folder."
    # The other is looked for once more, when its answer can't come any more, and then no longer.
    other.refresh_from_db()
    assert (other.state, other.looked_in_sent_at is not None) == ("uncertain", True)
    assert uncertain.to_look_for() == []
    long_ago = Now() - timedelta(minutes=20)
    OutboundMail.objects.update(
        data_started_at=long_ago, looked_in_sent_at=long_ago, next_attempt_at=Now()
    )
    assert uncertain.to_look_for() == [other.id]
    assert uncertain.look(other.id) is False
    OutboundMail.objects.update(next_attempt_at=Now())
    assert uncertain.to_look_for() == []


def test_s10_what_an_earlier_try_left_in_sent_proves_nothing_about_a_later_one(box: Mailbox):
    partly, returned, again, refused = (lost(mail(box)) for _ in range(4))
    # Ana's answer was lost in the second try; in the first, Rui had the mail, or she had and it
    # came back, or a person said that it did not arrive, or the server refused it.
    for outbound, phase, outcome in (
        (partly, "done", "deferred"),
        (returned, "done", "sent"),
        (refused, "dot", "deferred"),
    ):
        DeliveryAttempt.objects.create(outbound=outbound, number=1, phase=phase, outcome=outcome)
    outbox.retry(actor=TESTS, outbound_id=again.id, found="not_arrived")
    assert again.attempts.get().outcome == "uncertain"
    again.refresh_from_db()
    lost(again)
    OutboundMail.objects.update(tries=2)
    with ImapMailbox(imap_settings(box)) as server:
        for outbound in (partly, returned, again, refused):
            own_id = outbound.internet_message_id.encode()
            server.append("Sent", b"Message-ID: <%s>\r\n\r\nOi\r\n" % own_id)
    assert uncertain.to_look_for() == [refused.id]
    assert [uncertain.look(one.id) for one in (partly, returned, again)] == [False] * 3
    assert uncertain.look(refused.id) is True


def test_s10_looking_goes_on_for_a_day_while_the_account_can_not_be_read(box: Mailbox):
    outbound = lost(mail(box))
    Mailbox.objects.filter(pk=box.pk).update(imap_port=1)
    assert uncertain.look(outbound.id) is False
    outbound.refresh_from_db()
    assert outbound.looked_in_sent_at is None
    OutboundMail.objects.update(next_attempt_at=Now())
    assert uncertain.to_look_for() == [outbound.id]
    OutboundMail.objects.update(data_started_at=Now() - timedelta(hours=25))
    assert uncertain.to_look_for() == []


def test_s10_a_person_says_that_an_uncertain_mail_arrived(box: Mailbox):
    outbound = lost(mail(box))
    with transaction.atomic():
        uncertain.mark_arrived(actor=TESTS, outbound_id=outbound.id)
    outbound.refresh_from_db()
    assert (outbound.state, outbound.recipients.get().state) == ("sent", "accepted")
    with transaction.atomic(), pytest.raises(Conflict) as caught:
        uncertain.mark_arrived(actor=TESTS, outbound_id=outbound.id)
    assert caught.value.code == "not_uncertain"


def test_the_sweep_asks_one_question_whatever_lies_in_the_outbox(
    box: Mailbox, django_assert_num_queries
):
    for _ in range(3):
        mail(box)
    assert connection.vendor == "postgresql"
    with django_assert_num_queries(1):
        assert sending_claims.waiting() is True
