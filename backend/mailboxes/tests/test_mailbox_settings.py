"""Connecting, changing and removing mailboxes; their passwords never come back out."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from backend.audit.models import Log
from backend.core.errors import Conflict, Invalid, Missing, Stale
from backend.core.keys import UnreadableSecret
from backend.events.models import Event
from backend.mailboxes import accounts, cards
from backend.mailboxes.models import Mailbox, MailboxFolder
from backend.mailboxes.services import change_mailbox, create_mailbox, delete_mailbox
from tests.connections import at_once
from tests.desk import TESTS, arrive, mailbox
from tests.mails import letter

pytestmark = pytest.mark.django_db
PASSWORDS = {"imap_password": "imap horse battery", "smtp_password": "smtp horse battery"}
FORM: dict[str, Any] = {
    "name": "Suporte",
    "address": "suporte@desk.test",
    "imap_host": "imap.desk.test",
    "imap_port": 993,
    "imap_username": "suporte",
    "smtp_host": "smtp.desk.test",
    "smtp_port": 465,
} | PASSWORDS


def add(**changed: Any) -> Mailbox:
    return create_mailbox(actor=TESTS, values=FORM | changed)


def change(box: Mailbox, *, version: int | None = None, **values: Any) -> Mailbox:
    return change_mailbox(actor=TESTS, mailbox_id=box.id, values=values, version=version)


def opened(box: Mailbox) -> tuple[str, str]:
    """Both passwords as a connection would use them."""
    return accounts.imap_settings(box).password, accounts.smtp_settings(box).password


def test_a_form_makes_an_active_mailbox_with_sealed_passwords():
    box = add(address=" Suporte@DESK.test ")
    box.refresh_from_db()
    assert (box.address, box.state, box.version) == ("suporte@desk.test", "active", 1)
    assert opened(box) == tuple(PASSWORDS.values())
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(mailboxes)::text FROM mailboxes")
        (row,) = cursor.fetchone()
    assert not [one for one in PASSWORDS.values() if one in row]


@pytest.mark.parametrize(
    "shown",
    [
        lambda box: cards.mailboxes(),
        lambda box: cards.mailbox(box.id),
        lambda box: list(Log.objects.values()),
        lambda box: list(Event.objects.values()),
        lambda box: (accounts.imap_settings(box), accounts.smtp_settings(box)),
    ],
    ids=["list", "one", "log", "events", "settings"],
)
def test_no_password_is_shown_logged_or_described(shown: Callable[[Mailbox], object]):
    box = change(add(), imap_password="changed horse battery")
    said = repr(shown(box))
    for secret in (*PASSWORDS.values(), "changed horse battery", "_sealed", "v1:"):
        assert secret not in said


@pytest.mark.parametrize("given", [{}, {"imap_password": ""}, {"imap_password": None}])
def test_a_password_left_out_or_empty_stays(given: dict[str, Any]):
    box = add()
    assert opened(change(box, name="Ajuda", **given)) == tuple(PASSWORDS.values())
    assert "imap_password" not in (Log.objects.get(action="mailbox.change").after or {})


def test_a_sealed_password_moved_to_another_mailbox_does_not_open():
    first, second = add(), add(address="vendas@desk.test")
    Mailbox.objects.filter(pk=second.pk).update(imap_password_sealed=first.imap_password_sealed)
    second.refresh_from_db()
    with pytest.raises(UnreadableSecret):
        accounts.imap_settings(second)


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"address": "no address"}, ["address"]),
        ({"address": "a@b.test\r\nbcc: c@d.test"}, ["address"]),
        ({"address": "ção@desk.test"}, ["address"]),
        ({"imap_host": "imap.desk.test/inbox"}, ["imap_host"]),
        ({"smtp_host": ""}, ["smtp_host"]),
        ({"imap_port": 0}, ["imap_port"]),
        ({"smtp_port": 65536}, ["smtp_port"]),
        ({"imap_port": None}, ["imap_port"]),
        ({"imap_security": "none"}, ["imap_security"]),
        ({"smtp_security": "none", "smtp_host": "10.0.0.1"}, ["smtp_security"]),
        ({"imap_username": "a\r\nA2 LOGOUT"}, ["imap_username"]),
        ({"imap_folder": "INBOX\n"}, ["imap_folder"]),
        ({"after_reading": "move", "move_to": ""}, ["move_to"]),
        ({"imap_port": -1, "smtp_host": "a b"}, ["imap_port", "smtp_host"]),
    ],
    ids=str,
)
def test_each_wrong_field_is_named_with_what_to_type(changed: dict[str, Any], fields: list[str]):
    with pytest.raises(Invalid) as caught:
        add(**changed)
    assert sorted(caught.value.fields) == fields
    assert all(caught.value.fields.values())
    assert not Mailbox.objects.exists()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "::1", "[::1]"])
def test_this_machine_may_be_reached_without_encryption(host: str):
    box = add(imap_host=host, imap_security="none")
    assert (box.imap_host, box.imap_security) == (host, "none")


@pytest.mark.parametrize("same", ["suporte@desk.test", "SUPORTE@desk.test"])
def test_an_address_is_connected_once_however_it_is_written(same: str):
    add()
    other = add(address="vendas@desk.test")
    for attempt in (lambda: add(address=same), lambda: change(other, address=same)):
        with pytest.raises(Conflict) as caught:
            attempt()
        assert caught.value.code == "mailbox_exists"


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_connect_an_address_at_once_connect_one():
    results = at_once(*[lambda: add().address] * 4)
    assert sorted(map(str, results)) == [*["mailbox_exists"] * 3, "suporte@desk.test"]


def test_reading_starts_now_unless_the_form_says_otherwise():
    since = add().import_since
    assert since is not None
    assert timedelta(0) < timezone.now() - since < timedelta(minutes=10)
    assert add(address="all@desk.test", import_since=None).import_since is None


def test_a_change_of_what_somebody_else_changed_is_refused():
    box = add()
    change(box, version=1, name="Ajuda")
    with pytest.raises(Stale):
        change(box, version=1, name="Vendas")
    box.refresh_from_db()
    assert (box.name, box.version) == ("Ajuda", 2)


def test_new_settings_give_a_mailbox_in_error_a_new_try_and_a_paused_one_stays_paused():
    box = add()
    Mailbox.objects.update(state="error", failures=7)
    assert (change(box, imap_port=143).state, Mailbox.objects.get().failures) == ("active", 0)
    change(box, state="paused")
    assert change(box, imap_port=993).state == "paused"


def test_a_mailbox_without_mail_goes_with_its_folders():
    box = add()
    MailboxFolder.objects.create(mailbox=box, name="INBOX", uidvalidity=1)
    delete_mailbox(actor=TESTS, mailbox_id=box.id)
    assert not Mailbox.objects.exists()
    assert not MailboxFolder.objects.exists()


def test_a_mailbox_with_mail_is_kept_with_its_folders():
    box = mailbox()
    arrive(box, letter())
    with pytest.raises(Conflict) as caught:
        delete_mailbox(actor=TESTS, mailbox_id=box.id)
    assert (caught.value.code, "pause it" in caught.value.message) == ("mailbox_used", True)
    assert box.folders.count() == 1


@pytest.mark.parametrize(
    "call",
    [
        lambda: delete_mailbox(actor=TESTS, mailbox_id=uuid.uuid4()),
        lambda: change_mailbox(actor=TESTS, mailbox_id=uuid.uuid4(), values={}, version=None),
        lambda: cards.mailbox(uuid.uuid4()),
    ],
    ids=["delete", "change", "read"],
)
def test_a_mailbox_nobody_knows_is_missing(call: Callable[[], object]):
    with pytest.raises(Missing):
        call()
