"""One reader for each mailbox: who comes second waits, and who is late writes nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from django.db import DatabaseError, transaction
from django.db.models.functions import Now

from backend.mailboxes import leases
from backend.mailboxes.leases import LeaseLost
from backend.mailboxes.models import Mailbox, MailboxLease
from desk_cli.process import wait_until
from tests.connections import PATIENCE, at_once, on_own_connection
from tests.desk import mailbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def box() -> Mailbox:
    return mailbox()


def let_it_end() -> None:
    """As if the lease's time were over."""
    MailboxLease.objects.update(expires_at=Now() - timedelta(seconds=1))


def test_a_lease_is_given_to_one_at_a_time(box: Mailbox):
    assert leases.take(box.id, "first") == 1
    assert leases.take(box.id, "second") is None
    assert leases.take(box.id, "first") is None  # a second thread of the same name is another


def test_leases_of_other_mailboxes_do_not_matter(box: Mailbox):
    assert leases.take(box.id, "first") == 1
    assert leases.take(mailbox("vendas@desk.test").id, "second") == 1


def test_a_lease_that_ended_is_taken_with_the_next_epoch(box: Mailbox):
    leases.take(box.id, "first")
    let_it_end()
    assert leases.take(box.id, "second") == 2


def test_the_old_owner_is_fenced_out(box: Mailbox):
    leases.take(box.id, "first")
    let_it_end()
    leases.take(box.id, "second")
    with pytest.raises(LeaseLost):
        leases.renew(box.id, "first", 1)
    leases.renew(box.id, "second", 2)


def test_an_owner_who_lost_the_lease_to_their_own_name_is_fenced_by_the_epoch(box: Mailbox):
    leases.take(box.id, "monitor")
    let_it_end()
    assert leases.take(box.id, "monitor") == 2
    with pytest.raises(LeaseLost):
        leases.renew(box.id, "monitor", 1)


def test_a_late_owner_nobody_replaced_may_go_on(box: Mailbox):
    leases.take(box.id, "first")
    let_it_end()
    leases.renew(box.id, "first", 1)
    assert leases.take(box.id, "second") is None


def test_a_lease_given_up_is_free_at_once(box: Mailbox):
    leases.take(box.id, "first")
    leases.give_up(box.id, "first", 1)
    assert leases.take(box.id, "second") is not None
    with pytest.raises(LeaseLost):
        leases.renew(box.id, "first", 1)


def test_only_its_owner_gives_a_lease_up(box: Mailbox):
    leases.take(box.id, "first")
    leases.give_up(box.id, "second", 1)
    leases.give_up(box.id, "first", 7)
    assert leases.take(box.id, "second") is None


@pytest.mark.django_db(transaction=True)
def test_of_many_monitors_at_once_one_gets_the_lease():
    box = mailbox()
    for epoch in (1, 2):
        taken = at_once(*[lambda: leases.take(box.id, "monitor")] * 6)
        assert sorted(taken, key=str) == [epoch, *[None] * 5]
        let_it_end()


@pytest.mark.django_db(transaction=True)
def test_while_an_owner_writes_nobody_takes_the_lease_even_when_it_has_ended():
    """Renewed inside the transaction of the writes; others get theirs without waiting for it."""
    box, another = mailbox(), mailbox("vendas@desk.test")
    leases.take(box.id, "first")
    leases.take(another.id, "first")
    let_it_end()
    with ThreadPoolExecutor(1) as thread, transaction.atomic():
        leases.renew(box.id, "first", 1)
        wanted = [box.id, another.id]
        other = thread.submit(on_own_connection, lambda: leases.take_many(wanted, "second"))
        assert other.result(PATIENCE) == {another.id: 2}
    assert leases.take(box.id, "second") is None


@pytest.mark.django_db(transaction=True)
def test_a_monitor_that_falls_silent_while_it_writes_is_replaced_and_writes_nothing(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(leases, "SILENCE", timedelta(seconds=0.2))
    box = mailbox()
    leases.take(box.id, "first")
    let_it_end()
    silent, replaced = Event(), Event()

    def write() -> str:
        with transaction.atomic():
            leases.renew(box.id, "first", 1)
            Mailbox.objects.update(name="written too late")
            silent.set()
            assert replaced.wait(PATIENCE)
        return "written"

    with ThreadPoolExecutor(1) as thread:
        late = thread.submit(on_own_connection, write)
        assert silent.wait(PATIENCE)
        assert wait_until(lambda: leases.take(box.id, "second") == 2, PATIENCE)
        replaced.set()
        with pytest.raises(DatabaseError):
            late.result(PATIENCE)
    assert not Mailbox.objects.filter(name="written too late").exists()
