"""Opening the demo room: once filled, always idempotent, never back after removal."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from backend.audit.models import Log
from backend.audit.services import Actor
from backend.core.errors import Conflict, Invalid, Missing
from backend.demo import room
from backend.mailboxes.accounts import imap_settings, smtp_settings
from backend.mailboxes.models import Mailbox
from backend.tickets.models import Ticket
from tests.accounts import connect

pytestmark = pytest.mark.django_db


def test_the_first_opening_connects_the_mailbox_and_adds_the_samples(
    room_settings: Settings, actor: Actor
):
    mailbox = room.open_room(actor=actor)
    assert mailbox is not None
    assert (mailbox.address, mailbox.is_demo) == ("suporte@demo.local", True)
    assert mailbox.import_since is None
    reading, sending = imap_settings(mailbox), smtp_settings(mailbox)
    for one, port in ((reading, 1), (sending, 2)):
        assert (one.host, one.port, one.security) == ("127.0.0.1", port, "none")
        assert (one.username, one.password) == (mailbox.address, room_settings.DESK_DEMO_PASSWORD)
    assert Ticket.objects.filter(is_demo=True, mailbox=mailbox).count() >= 40


def test_opening_again_changes_nothing_and_logs_nothing(room_settings: Settings, actor: Actor):
    room.open_room(actor=actor)
    tickets, entries = Ticket.objects.count(), Log.objects.count()
    version = Mailbox.objects.get().version
    room.open_room(actor=actor)
    assert (Ticket.objects.count(), Log.objects.count()) == (tickets, entries)
    assert Mailbox.objects.get().version == version


def test_a_run_with_other_ports_moves_the_mailbox_and_logs_only_that(
    room_settings: Settings, actor: Actor
):
    room.open_room(actor=actor)
    entries = Log.objects.count()
    room_settings.DESK_DEMO_IMAP_PORT = 4143
    mailbox = room.open_room(actor=actor)
    assert mailbox is not None
    assert imap_settings(mailbox).port == 4143
    assert Log.objects.count() == entries + 1
    change = Log.objects.latest("id")
    assert (change.before, change.after) == ({"imap_port": 1}, {"imap_port": 4143})


def test_a_password_made_anew_reaches_the_mailbox(room_settings: Settings, actor: Actor):
    room.open_room(actor=actor)
    room_settings.DESK_DEMO_PASSWORD = "another-secret"
    mailbox = room.open_room(actor=actor)
    assert mailbox is not None
    assert imap_settings(mailbox).password == smtp_settings(mailbox).password == "another-secret"


def test_a_changed_encryption_key_is_mended_by_opening_again(room_settings: Settings, actor: Actor):
    room.open_room(actor=actor)
    room_settings.DESK_ENCRYPTION_KEY = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA="
    mailbox = room.open_room(actor=actor)
    assert mailbox is not None
    assert imap_settings(mailbox).password == room_settings.DESK_DEMO_PASSWORD


def test_filling_the_room_takes_few_queries(room_settings: Settings, actor: Actor):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        room.open_room(actor=actor)
    assert len(queries) < 3 * Ticket.objects.count()


def test_after_removal_a_restart_brings_nothing_back(room_settings: Settings, actor: Actor):
    room.open_room(actor=actor)
    room.remove(actor=actor)
    assert room.open_room(actor=actor) is None
    assert not Ticket.objects.exists()
    assert not Mailbox.objects.exists()


def test_removing_before_the_first_start_keeps_the_room_away(room_settings: Settings, actor: Actor):
    room.remove(actor=actor)
    assert room.open_room(actor=actor) is None


def test_samples_deleted_by_hand_are_not_seeded_again(room_settings: Settings, actor: Actor):
    room.open_room(actor=actor)
    Ticket.objects.all().delete()
    room.open_room(actor=actor)
    assert not Ticket.objects.exists()


def test_without_its_servers_the_room_does_not_open(settings: Settings, actor: Actor):
    settings.DESK_DEMO = False
    with pytest.raises(Invalid, match="desk run"):
        room.open_room(actor=actor)
    assert not Mailbox.objects.exists()


def test_a_real_mailbox_with_the_demo_address_is_left_alone(room_settings: Settings, actor: Actor):
    real = connect(address="suporte@demo.local")
    with pytest.raises(Conflict, match="connected already"):
        room.open_room(actor=actor)
    real.refresh_from_db()
    assert not real.is_demo


def test_the_desk_address_is_known_only_while_the_room_is_open(
    room_settings: Settings, actor: Actor
):
    with pytest.raises(Missing):
        room.desk_address()
    room.open_room(actor=actor)
    assert room.desk_address() == "suporte@demo.local"
    room_settings.DESK_DEMO = False
    with pytest.raises(Missing):
        room.desk_address()


def test_the_command_opens_and_removes_and_says_so_in_json(
    room_settings: Settings, capsys: pytest.CaptureFixture[str]
):
    call_command("demoroom")
    assert json.loads(capsys.readouterr().out) == {"address": "suporte@demo.local"}
    tickets = Ticket.objects.count()
    call_command("demoroom", "--remove")
    assert json.loads(capsys.readouterr().out)["removed"]["tickets"] == tickets
    call_command("demoroom")
    assert json.loads(capsys.readouterr().out) == {"address": None}


def test_the_command_refuses_with_exit_code_2_without_the_servers(settings: Settings):
    settings.DESK_DEMO = False
    with pytest.raises(CommandError, match="desk run") as refused:
        call_command("demoroom")
    assert refused.value.returncode == 2
