"""Alarms open once, end with their fault, and the administrators hear of each once."""

from __future__ import annotations

import threading
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from backend.audit.models import Log
from backend.core import blobs
from backend.core.errors import Conflict, Missing
from backend.events.models import Event
from backend.mailboxes import alarm_mails, alarms, outbox
from backend.mailboxes.models import (
    Alarm,
    InboundMail,
    Mailbox,
    MailboxEvent,
    OAuthGrant,
    OutboundMail,
    OutboundRecipient,
    SendingWindow,
)
from tests.desk import acting, arrive, mailbox, person
from tests.mails import letter

pytestmark = pytest.mark.django_db


def long_ago(minutes: float = 60) -> object:
    return Now() - timedelta(minutes=minutes)


def well(address: str = "suporte@desk.test", **values: Any) -> Mailbox:
    """A mailbox that was read just now."""
    box = mailbox(address)
    now: dict[str, Any] = {"last_ok_at": Now(), "checked_at": Now()}
    Mailbox.objects.filter(pk=box.pk).update(**(now | values))
    return box


def standing() -> list[str]:
    return sorted(Alarm.objects.filter(over_at__isnull=True).values_list("kind", flat=True))


def waiting_mail(box: Mailbox, *, minutes: float, **values: object) -> OutboundMail:
    out = outbox.queue(
        mailbox=box, message_id=f"m{OutboundMail.objects.count()}@desk.test", subject="Re",
        raw=b"Subject: x\r\n\r\n", kind=OutboundMail.Kind.REPLY, for_message=None,
        recipients=[outbox.Recipient("ana@customers.test", OutboundRecipient.Kind.TO)],
    )  # fmt: skip
    OutboundMail.objects.filter(pk=out.pk).update(waiting_since=long_ago(minutes), **values)
    return out


def mails() -> list[EmailMessage]:
    rows = OutboundMail.objects.filter(kind="notification").order_by("created_at", "id")
    read = [message_from_bytes(blobs.get(row.sha256), policy=policy.default) for row in rows]
    return [one for one in read if isinstance(one, EmailMessage)]


def later(minutes: float) -> None:
    """As if this much time had passed for the alarms."""
    back = timedelta(minutes=minutes)
    Alarm.objects.update(
        since=F("since") - back, told_at=F("told_at") - back, over_at=F("over_at") - back,
        over_told_at=F("over_told_at") - back,
    )  # fmt: skip


def test_a_desk_that_is_well_has_no_alarm():
    box = well()
    waiting_mail(box, minutes=1)
    assert alarms.check() == (0, 0)
    assert standing() == []


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"failures": 3, "state": "error"}, "mailbox_failing"),
        ({"checked_at": long_ago(), "last_ok_at": long_ago(), "created_at": long_ago()},
         "mailbox_silent"),
        ({"unfetched": 4, "oldest_unfetched_at": long_ago(6)}, "unfetched_old"),
    ],
)  # fmt: skip
def test_a_mailbox_at_fault_has_one_alarm_which_ends_with_it_and_none_while_paused(
    fault: dict[str, Any], kind: str
):
    box = well(**fault)
    assert alarms.check() == (1, 0)
    assert alarms.check() == (0, 0)
    assert standing() == [kind]
    assert Event.objects.filter(kind="alarm.updated", mailbox_id=box.id).count() == 1
    assert Log.objects.filter(action="alarm.open", object_type="alarm").count() == 1
    Mailbox.objects.filter(pk=box.pk).update(state="paused")
    assert alarms.check() == (0, 1)
    assert standing() == []
    assert Log.objects.filter(action="alarm.end").count() == 1


@pytest.mark.parametrize(
    "fine",
    [
        {"failures": 2},
        {"checked_at": long_ago(2), "last_ok_at": long_ago(2), "created_at": long_ago()},
        {"unfetched": 4, "oldest_unfetched_at": long_ago(4)},
        {"unfetched": 0, "oldest_unfetched_at": long_ago(9)},
    ],
)
def test_what_is_not_yet_a_fault_is_no_alarm(fine: dict[str, Any]):
    well(**fine)
    assert alarms.check() == (0, 0)


def test_a_mailbox_of_which_something_was_heard_is_not_silent():
    box = well(checked_at=long_ago(), last_ok_at=long_ago(), created_at=long_ago())
    MailboxEvent.objects.create(mailbox=box, kind="resumed")
    assert alarms.check() == (0, 0)


def test_new_mail_without_a_fate_for_ten_minutes_is_an_alarm_until_it_has_one():
    box = well()
    mail = arrive(box, letter())
    rows = InboundMail.objects.filter(pk=mail.pk)
    rows.update(stored_at=long_ago(9))
    assert alarms.check() == (0, 0)
    rows.update(stored_at=long_ago(11), history=True)
    assert alarms.check() == (0, 0)
    rows.update(history=False)
    assert alarms.check() == (1, 0)
    assert standing() == ["undecided_old"]
    rows.update(state="done", fate="automatic", processed_at=Now())
    assert alarms.check() == (0, 1)
    # A mail that is looked at again is not an old one.
    rows.update(state="stored", fate=None)
    assert alarms.check() == (0, 0)


def test_mail_that_should_have_left_ten_minutes_ago_is_an_alarm_unless_a_person_holds_it():
    box = well()
    waiting_mail(box, minutes=9)
    waiting_mail(box, minutes=30, state="held", hold="customer_wrote")
    waiting_mail(box, minutes=30, state="uncertain")
    assert alarms.check() == (0, 0)
    # Its hour came and nobody claimed it.
    waiting_mail(box, minutes=11, state="held", hold="later")
    assert alarms.check() == (1, 0)
    assert Alarm.objects.get().data["count"] == 1
    waiting_mail(box, minutes=20, state="deferred")
    alarms.check()
    assert Alarm.objects.get().data["count"] == 2
    Mailbox.objects.update(sending_stopped=True)
    assert alarms.check() == (0, 1)


def test_quarantine_is_an_alarm_until_a_person_has_looked_and_again_for_the_next_mail():
    box, supervisor = well(), person("supervisor")
    first = arrive(box, letter())
    InboundMail.objects.filter(pk=first.pk).update(
        state="quarantined", fate="quarantined", processed_at=long_ago()
    )
    alarms.check()
    assert standing() == ["quarantine"]
    alarm = Alarm.objects.get()
    stranger = person("supervisor", team="Compras")
    Mailbox.objects.filter(pk=box.pk).update(team=person(team="Vendas").teams.get())
    with pytest.raises(Missing):
        alarms.dismiss(actor=acting(stranger), user=stranger, alarm_id=alarm.id)
    Mailbox.objects.filter(pk=box.pk).update(team=None)
    alarms.dismiss(actor=acting(supervisor), user=supervisor, alarm_id=alarm.id)
    assert alarms.check() == (0, 0)
    with pytest.raises(Missing):
        alarms.dismiss(actor=acting(supervisor), user=supervisor, alarm_id=alarm.id)
    second = arrive(box, letter(own_id="second@c.test"))
    InboundMail.objects.filter(pk=second.pk).update(
        state="quarantined", fate="quarantined", processed_at=Now() + timedelta(seconds=1)
    )
    alarms.check()
    assert standing() == ["quarantine"]
    assert Alarm.objects.get(over_at__isnull=True).data["count"] == 1


def test_other_alarms_can_not_be_dismissed():
    well(failures=3)
    alarms.check()
    admin = person("admin")
    with pytest.raises(Conflict):
        alarms.dismiss(actor=acting(admin), user=admin, alarm_id=Alarm.objects.get().id)


def test_a_consent_taken_back_is_an_alarm():
    box = well()
    OAuthGrant.objects.create(mailbox=box, provider="google", state="revoked", error_code="gone")
    alarms.check()
    assert standing() == ["sign_in_revoked"]
    assert Alarm.objects.get().data == {"provider": "google", "code": "gone"}


def test_every_administrator_hears_once_in_their_language_and_once_when_it_is_over():
    failing = well("vendas@desk.test", failures=3, last_error="LOGIN refused\r\nX: y")
    well("geral@desk.test")
    person("admin", email="ana@desk.test", language="pt-BR")
    person("admin", email="bob@desk.test", language="en")
    gone = person("admin")
    gone.is_active = False
    gone.save()
    person("supervisor")
    alarms.check()
    assert alarm_mails.tell() == 0, "it may be over within the minute"
    later(2)
    assert alarm_mails.tell() == 2
    later(9)
    assert alarm_mails.tell() == 0
    ours, theirs = mails()
    assert ours["To"].addresses[0].addr_spec == "ana@desk.test"
    assert ours["From"].addresses[0].addr_spec == "geral@desk.test"
    assert ours["Subject"] == "E-mail parado: vendas@desk.test"
    assert theirs["Subject"] == "Mail is stuck: vendas@desk.test"
    assert "the server said: LOGIN refused X: y" in theirs.get_content()
    assert "/status" in theirs.get_content()
    assert theirs["Auto-Submitted"] == "auto-generated"
    Mailbox.objects.filter(pk=failing.pk).update(failures=0)
    alarms.check()
    assert alarm_mails.tell() == 0
    later(9)
    assert alarm_mails.tell() == 2
    assert mails()[-1]["Subject"] == "Mail flows again: vendas@desk.test"
    later(9)
    assert alarm_mails.tell() == 0


def test_fifty_mailboxes_that_fail_at_once_are_one_mail_with_a_list():
    well("geral@desk.test")
    for number in range(50):
        well(f"caixa{number}@desk.test", failures=3)
    person("admin", language="en")
    alarms.check()
    later(2)
    assert alarm_mails.tell() == 1
    (mail,) = mails()
    text = mail.get_content()
    assert mail["Subject"] == "Mail is stuck: 50 alarms in 50 mailboxes"
    assert text.count("could not be read three times") == 50
    assert "50 mailboxes have the same trouble at the same time" in text


def test_a_fault_that_comes_and_goes_is_told_once():
    box = well("vendas@desk.test", failures=3)
    well("geral@desk.test")
    person("admin", language="en")
    alarms.check()
    later(2)
    assert alarm_mails.tell() == 1
    for _ in range(3):
        Mailbox.objects.filter(pk=box.pk).update(failures=0)
        alarms.check()
        Mailbox.objects.filter(pk=box.pk).update(failures=3)
        alarms.check()
        later(9)
        assert alarm_mails.tell() == 0
    assert standing() == ["mailbox_failing"]


def test_a_fault_that_is_over_before_anybody_was_told_is_never_told():
    box = well("vendas@desk.test", failures=3)
    well("geral@desk.test")
    person("admin")
    alarms.check()
    Mailbox.objects.filter(pk=box.pk).update(failures=0)
    alarms.check()
    later(60)
    assert alarm_mails.tell() == 0
    assert mails() == []


def test_while_no_mailbox_can_send_the_alarm_waits_to_be_told():
    box = well(failures=3, sending_stopped=True)
    person("admin")
    alarms.check()
    later(2)
    assert alarm_mails.tell() == 0
    assert Alarm.objects.get().told_at is None
    Mailbox.objects.filter(pk=box.pk).update(sending_stopped=False)
    assert alarm_mails.tell() == 0, "it never sent anything"
    # The only mailbox can't be read, but it can send.
    SendingWindow.objects.create(mailbox=box, served_at=timezone.now())
    assert alarm_mails.tell() == 1


def test_two_mailboxes_at_fault_a_moment_apart_share_a_mail_and_a_third_waits_for_the_next():
    well("geral@desk.test")
    person("admin", language="en")
    well("a@desk.test", failures=3)
    alarms.check()
    later(2)
    well("b@desk.test", failures=3)
    alarms.check()
    assert alarm_mails.tell() == 1
    well("c@desk.test", failures=3)
    alarms.check()
    later(2)
    assert alarm_mails.tell() == 0
    later(5)
    assert alarm_mails.tell() == 1
    assert [one["Subject"] for one in mails()] == [
        "Mail is stuck: 2 alarms in 2 mailboxes", "Mail is stuck: c@desk.test",
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_of_checkers_at_the_same_moment_one_opens_the_alarm():
    well(failures=3)
    results: list[tuple[int, int]] = []

    def run() -> None:
        try:
            results.append(alarms.check())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(results) == [(0, 0), (0, 0), (0, 0), (1, 0)]
    assert Alarm.objects.count() == 1
