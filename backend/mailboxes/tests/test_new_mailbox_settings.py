"""What is imported, further folders, limits, switches and the card of a mailbox."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from backend.audit.models import Log
from backend.core.errors import Conflict, Invalid, Missing
from backend.mailboxes import cards, happenings, switches
from backend.mailboxes.models import Mailbox, MailboxFolder
from backend.mailboxes.services import change_mailbox
from tests.desk import TESTS, mailbox

pytestmark = pytest.mark.django_db


def change(box: Mailbox, **values: Any) -> Mailbox:
    return change_mailbox(actor=TESTS, mailbox_id=box.id, values=values, version=None)


def importing(address: str, *, time_zone: str = "", **choice: Any) -> Mailbox:
    values: dict[str, Any] = {"import": choice, "time_zone": time_zone}
    return mailbox(address, **values)


def test_a_mailbox_reads_from_now_or_since_a_day_or_all_and_history_is_silent():
    now = timezone.now()
    from_now = importing("a@desk.test", mode="now")
    assert from_now.import_since is not None
    assert now - timedelta(minutes=10) < from_now.import_since < now
    assert from_now.silent_before is None
    since = importing(
        "b@desk.test", time_zone="America/Manaus", mode="since", since=date(2026, 3, 1)
    )
    assert since.import_since == datetime(2026, 3, 1, tzinfo=ZoneInfo("America/Manaus"))
    assert since.silent_before is not None
    assert since.silent_before >= now
    everything = importing("c@desk.test", mode="all")
    assert everything.import_since is None
    assert everything.silent_before is not None
    with pytest.raises(Invalid) as caught:
        importing("d@desk.test", mode="since")
    assert caught.value.fields["import.since"][0].code == "required"


def test_what_is_imported_can_be_chosen_again_only_until_the_first_reading():
    box = mailbox()
    change(box, **{"import": {"mode": "now"}})
    MailboxFolder.objects.create(mailbox=box, name="INBOX", uidvalidity=7)
    for values in (
        {"import": {"mode": "all"}},
        {"import_since": timezone.now() - timedelta(days=90)},
    ):
        with pytest.raises(Conflict) as caught:
            change(box, **values)
        assert caught.value.code == "import_decided"
    change(box, name="Outro nome")
    other_account = {"imap_username": "outra", "import": {"mode": "all"}}
    assert change(box, **other_account).import_since is None, "its folders are read anew"


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"undo_seconds": 121}, {"undo_seconds": "max_value"}),
        ({"largest_sent_bytes": 10}, {"largest_sent_bytes": "min_value"}),
        ({"messages_per_minute": 0}, {"messages_per_minute": "min_value"}),
        ({"recipients_per_day": 2_000_000}, {"recipients_per_day": "max_value"}),
        ({"smtp_connections": 21}, {"smtp_connections": "max_value"}),
        ({"sent_folder": "a\r\nb"}, {"sent_folder": "control_characters"}),
        ({"further_folders": ["ok", "a\nb"]}, {"further_folders": "control_characters"}),
        ({"further_folders": [str(n) for n in range(51)]}, {"further_folders": "max_length"}),
        (
            {"after_reading": "move", "move_to": "Lidos", "further_folders": ["Lidos"]},
            {"move_to": "folder_is_read"},
        ),
        ({"after_reading": "move", "move_to": "inbox"}, {"move_to": "folder_is_read"}),
    ],
    ids=str,
)
def test_a_setting_that_can_not_work_is_named(changed: dict[str, Any], wrong: dict[str, str]):
    box = mailbox()
    with pytest.raises(Invalid) as caught:
        change(box, **changed)
    assert {name: errors[0].code for name, errors in caught.value.fields.items()} == wrong


def test_folders_are_read_once_each_and_one_taken_out_keeps_its_place():
    wanted = ["Pedidos", "inbox", "Pedidos", " ", "Vendas/2026"]
    box = change(mailbox(), further_folders=wanted)
    assert box.further_folders == ["Pedidos", "Vendas/2026"]
    MailboxFolder.objects.create(mailbox=box, name="Pedidos", uidvalidity=7, last_uid=41)
    change(box, further_folders=[])
    change(box, further_folders=["Pedidos"])
    assert MailboxFolder.objects.get(name="Pedidos").last_uid == 41


def test_without_a_user_name_the_address_is_it():
    assert mailbox(imap_username="").imap_username == "suporte@desk.test"


def test_switches_are_noted_once_and_make_the_monitor_look_again():
    box = mailbox()
    Mailbox.objects.update(state="error", failures=9, last_ok_at=timezone.now())
    assert cards.mailbox(box.id)["health"] == "failing"
    for _ in range(2):
        switches.resume(actor=TESTS, mailbox_id=box.id)
    assert cards.mailbox(box.id)["health"] == "ok"
    for _ in range(2):
        switches.stop_sending(actor=TESTS, mailbox_id=box.id)
    assert cards.mailbox(box.id)["health"] == "held"
    switches.pause(actor=TESTS, mailbox_id=box.id)
    assert cards.mailbox(box.id)["health"] == "paused"
    switches.resume(actor=TESTS, mailbox_id=box.id)
    switches.resume_sending(actor=TESTS, mailbox_id=box.id)
    shown = cards.mailbox(box.id)
    assert (shown["health"], shown["sending_stopped"], shown["version"]) == ("ok", False, 6)
    kinds = [one["kind"] for one in cards.events(box.id)]
    assert kinds == ["sending_resumed", "resumed", "paused", "sending_stopped", "resumed"]
    assert Log.objects.filter(action="mailbox.stop_sending").count() == 1


@pytest.mark.parametrize(
    ("columns", "health"),
    [
        ({}, "waiting"),
        ({"last_ok_at": timezone.now()}, "ok"),
        ({"last_ok_at": timezone.now(), "failures": 1}, "waiting"),
        ({"last_ok_at": timezone.now(), "sending_held_code": "oauth_revoked"}, "held"),
        (
            {
                "last_ok_at": timezone.now(),
                "unfetched": 3,
                "oldest_unfetched_at": timezone.now() - timedelta(minutes=9),
            },
            "waiting",
        ),
        ({"state": "error", "sending_stopped": True}, "failing"),
    ],
    ids=["never read", "read", "once failed", "held", "behind", "red"],
)
def test_the_health_of_a_mailbox_is_one_word(columns: dict[str, Any], health: str):
    box = mailbox()
    Mailbox.objects.update(**columns)
    assert cards.mailbox(box.id)["health"] == health
    assert [one["health"] for one in cards.mailboxes()] == [health]


def test_the_newest_twenty_events_are_shown():
    box = mailbox()
    for number in range(25):
        happenings.note(box.id, "failed", code=f"code_{number}")
    shown = cards.events(box.id)
    assert len(shown) == cards.EVENTS_SHOWN
    assert shown[0]["data"] == {"code": "code_24"}
    with pytest.raises(Missing):
        cards.events(uuid.uuid4())
