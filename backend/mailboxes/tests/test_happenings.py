"""What happened to a mailbox: few lines, the newest, none for one that is gone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F

from backend.core.ids import uuid7
from backend.mailboxes import happenings
from backend.mailboxes.models import MailboxEvent
from tests.desk import mailbox

pytestmark = pytest.mark.django_db


def told() -> list[tuple[str, dict[str, object]]]:
    rows = MailboxEvent.objects.order_by("id").values_list("kind", "data")
    return [(kind, {key: data[key] for key in data if key != "since"}) for kind, data in rows]


def test_like_events_within_an_hour_are_one_line_and_counts_add_up():
    box = mailbox()
    happenings.note(box.id, "connected")
    for count in (50, 50, 7):
        happenings.note(box.id, "stored", count=count)
    happenings.note(box.id, "failed", code="imap_timeout", words="no answer\x00")
    happenings.note(box.id, "failed", code="imap_timeout", words="no answer\x00")
    happenings.note(box.id, "failed", code="imap_dropped")
    happenings.note(box.id, "stored", count=1)
    assert told() == [
        ("connected", {}),
        ("stored", {"count": 107}),
        ("failed", {"code": "imap_timeout", "words": "no answer", "times": 2}),
        ("failed", {"code": "imap_dropped"}),
        ("stored", {"count": 1}),
    ]


def test_after_an_hour_a_new_line_begins():
    box = mailbox()
    happenings.note(box.id, "stored", count=1)
    happenings.note(box.id, "stored", count=1)
    assert told() == [("stored", {"count": 2})]
    MailboxEvent.objects.update(at=F("at") - timedelta(hours=2), data={"count": 2})
    happenings.note(box.id, "stored", count=5)
    assert told() == [("stored", {"count": 2}), ("stored", {"count": 5})]


def test_the_newest_two_hundred_of_each_mailbox_are_kept():
    box, other = mailbox(), mailbox("vendas@desk.test")
    happenings.note(other.id, "connected")
    for number in range(happenings.KEPT + 5):
        happenings.note(box.id, "failed", code=f"code {number}")
    kept = MailboxEvent.objects.filter(mailbox=box).order_by("id")
    assert kept.count() == happenings.KEPT
    assert kept[0].data == {"code": "code 5"}
    assert MailboxEvent.objects.filter(mailbox=other).count() == 1


def test_a_mailbox_that_is_gone_gets_no_event():
    happenings.note(uuid7(), "connected")
    assert not MailboxEvent.objects.exists()
