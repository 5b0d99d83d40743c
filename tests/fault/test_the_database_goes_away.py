"""PostgreSQL is restarted, killed and restored under a desk that runs (MAIL.md X1, X13).

It is a server of the module's own, which commits durably; the tests' connection is led to it.
"""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from backend.mailboxes.models import InboundMail
from desk_cli import process
from desk_cli.servers.dovecot import Dovecot
from desk_cli.servers.postgres import Postgres
from desk_cli.servers.smtp_script import message_id
from desk_cli.servers.smtp_sink import SmtpSink
from tests.fault.extent import either
from tests.fault.running import Postbox, RunningDesk, let_senders_leases_end

MANY = either(40, 300)
FEW = 10
ROUNDS = either(1, 3)
pytestmark = pytest.mark.fault


@pytest.fixture(scope="module")
def postgres(
    module_folder: Path, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Postgres]:
    """A durable server of this module, with the desk's tables; Django's connection leads to it."""
    before = dict(connection.settings_dict)
    with django_db_blocker.unblock(), Postgres(module_folder / "pg", "fault-only") as server:
        connection.close()
        connection.settings_dict.update(
            HOST="127.0.0.1", PORT=server.port, NAME="desk", USER="desk", PASSWORD=server.password
        )
        call_command("migrate", verbosity=0)
        yield server
        connection.close()
        connection.settings_dict.update(before)


@pytest.fixture(scope="module")
def desk(
    postgres: Postgres, module_folder: Path, imap: Dovecot, sink: SmtpSink
) -> Iterator[RunningDesk]:
    with RunningDesk(module_folder, imap, sink) as running:
        running.start()
        yield running


def fast(server: Postgres) -> None:
    """Sessions are ended, a checkpoint is written."""
    server.stop()


def immediate(server: Postgres) -> None:
    """Everybody stops at once; the next start recovers from the log."""
    assert server.child is not None
    process.send(server.child.pid, signal.SIGQUIT)
    child = server.child
    assert process.wait_until(lambda: not child.running, 30.0), child.log_tail()


def killed(server: Postgres) -> None:
    """kill -9 of the first process; the others notice."""
    server.kill9()


def again(server: Postgres) -> None:
    """Start it; the test's own connection is a new one."""
    server.start()
    connection.close()


def wait_until_begun(desk: RunningDesk, box: Postbox, count: int) -> None:
    """So many mails have a fate: the middle of the work."""
    fates = InboundMail.objects.filter(mailbox=box.mailbox, fate__isnull=False)
    assert desk.wait(lambda: fates.count() >= count), desk.tail()


@pytest.mark.parametrize("end", [fast, immediate, killed])
def test_a_database_that_ends_in_the_middle_of_everything_loses_and_doubles_nothing(
    desk: RunningDesk, postgres: Postgres, end: Callable[[Postgres], None]
):
    with desk.postbox() as box:
        for number in range(1, ROUNDS + 1):
            for _ in range(FEW):
                desk.answer(box)
            box.deliver(MANY)
            wait_until_begun(desk, box, number * MANY - MANY * 3 // 4)
            end(postgres)
            again(postgres)
            [read] = desk.assert_settled(box)
            let_senders_leases_end(box)
            desk.assert_sent(box)
    assert read.messages == read.seen == ROUNDS * MANY


@pytest.mark.parametrize("end", [fast, immediate])
def test_x1_a_database_that_ends_while_the_monitor_holds_fetched_mails_loses_none(
    desk: RunningDesk, postgres: Postgres, end: Callable[[Postgres], None]
):
    with desk.postbox() as box:
        armed = desk.crash_at("after_fetch", signal="STOP")
        box.deliver(MANY)
        desk.assert_met(armed)
        end(postgres)
        again(postgres)
        desk.processes.wake("monitor")
        [read] = desk.assert_settled(box)
    assert read.messages == read.seen == MANY


def test_x13_a_database_restored_from_a_backup_reads_again_what_came_since(
    desk: RunningDesk, postgres: Postgres
):
    with desk.postbox(FEW) as box:
        desk.assert_settled(box)
        before = desk.answer(box, to=("before@customers.test",))
        desk.assert_sent(box)
        backup = back_up(postgres)
        box.deliver(FEW)
        desk.assert_settled(box)
        desk.stop()
        restore(postgres, backup)
        desk.start()
        desk.assert_settled(box)
        box.deliver(FEW)
        [read] = desk.assert_settled(box)
        sent = [message_id(one.raw) for one in box.at_server()]
        assert sent == [before.internet_message_id]
    assert read.messages == read.seen == 3 * FEW


def cluster_of(server: Postgres) -> Path:
    return server.folder.resolve() / "cluster"


def back_up(server: Postgres) -> Path:
    """A copy of all its files, made while it was down."""
    server.stop()
    copy = cluster_of(server).with_name("backup")
    shutil.copytree(cluster_of(server), copy)
    give_to_owner_of(cluster_of(server), copy)
    again(server)
    return copy


def restore(server: Postgres, backup: Path) -> None:
    """As it was when the backup was made."""
    server.stop()
    shutil.rmtree(cluster_of(server))
    backup.rename(cluster_of(server))
    again(server)


def give_to_owner_of(model: Path, copy: Path) -> None:
    owner = model.stat()
    for path in (copy, *copy.rglob("*")):
        shutil.chown(path, owner.st_uid, owner.st_gid)
