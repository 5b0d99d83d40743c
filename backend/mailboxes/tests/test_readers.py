"""Turns of one mailbox: what it does on news, on faults, and how long it stays out of the way."""

from __future__ import annotations

import select
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from backend.mail.imap import ImapMailbox
from backend.mail.tests.scripted import Answer, ImapTalk, Scripted
from backend.mailboxes import leases, outcomes, readers, services
from backend.mailboxes.accounts import imap_settings
from backend.mailboxes.leases import Lease
from backend.mailboxes.models import InboundMail, Mailbox, MailboxEvent, MailboxFolder
from backend.mailboxes.readers import DoubtedHosts, Lane, Reader
from desk_cli.servers.dovecot import Dovecot
from tests.accounts import PASSWORD, connect
from tests.desk import TESTS
from tests.mails import DESK, customer_mail

pytestmark = pytest.mark.django_db
ADDRESSES = (f"turns{number}@desk.test" for number in range(1_000))


@pytest.fixture
def started() -> Iterator[list[Reader]]:
    """Readers of the test, which have their last turn at its end."""
    found: list[Reader] = []
    yield found
    for reader in found:
        reader.ending = True
        reader.turn()


def reader_of(box: Mailbox, started: list[Reader], doubted: DoubtedHosts | None = None) -> Reader:
    epoch = leases.take(box.id, "tests")
    assert epoch is not None
    troubled = box.failures > 0
    reader = Reader(box, Lease("tests", epoch), doubted or DoubtedHosts(), troubled=troubled)
    started.append(reader)
    return reader


def scripted_box(server: Scripted, **values: Any) -> Mailbox:
    return connect(
        address=DESK, imap_port=server.port, imap_username=DESK, imap_password=PASSWORD, **values
    )


def events() -> list[str]:
    return list(MailboxEvent.objects.order_by("id").values_list("kind", flat=True))


def waits(reader: Reader) -> float:
    """Seconds until the next turn."""
    return reader.due - time.monotonic()


def wait_for_news(reader: Reader) -> None:
    """Until the server says something to a mailbox at rest."""
    assert reader.server is not None
    assert select.select([reader.server.fileno()], [], [], 30)[0]


def told_by(reader: Reader) -> outcomes.Check:
    report = reader.report()
    assert report is not None
    return report


def test_a_mailbox_rests_in_idle_and_a_turn_on_news_stores_the_mail(
    dovecot: Dovecot, started: list[Reader]
):
    box = connect(dovecot, address=next(ADDRESSES))
    reader = reader_of(box, started)
    assert reader.lane is Lane.CONNECT
    reader.turn()
    assert (reader.lane, reader.resting) == (Lane.PROMPT, True)
    assert 50 < waits(reader) <= 60
    dovecot.deliver(box.address, customer_mail(1))
    wait_for_news(reader)
    reader.turn()
    mail = InboundMail.objects.get()
    assert mail.seen_at is not None
    assert mail.seen_at <= mail.stored_at
    assert reader.resting
    outcomes.checked("tests", [told_by(reader)])
    box.refresh_from_db()
    assert box.checked_at is not None
    assert box.last_ok_at is not None
    assert (box.unfetched, box.failures) == (0, 0)
    assert MailboxFolder.objects.get().checked_at is not None
    assert events() == ["connected", "stored"]


def test_a_backlog_is_stored_turn_by_turn_oldest_first_and_what_still_waits_is_told(
    dovecot: Dovecot, started: list[Reader], settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    settings.DESK_FETCH_BATCH = 3
    box = connect(dovecot, address=next(ADDRESSES))
    for number in range(8):
        dovecot.deliver(box.address, customer_mail(number))
    reader = reader_of(box, started)
    before = timezone.now()
    reader.turn()
    assert (reader.lane, reader.resting) == (Lane.BACKLOG, False)
    report = told_by(reader)
    outcomes.checked("tests", [report])
    box.refresh_from_db()
    assert (box.unfetched, report.stored) == (5, 3)
    assert box.oldest_unfetched_at is not None
    assert box.oldest_unfetched_at >= before
    # While intake has enough to do the rest may stay where it is, for a moment.
    monkeypatch.setattr(readers, "INTAKE_ENOUGH", 1)
    reader.turn()
    assert InboundMail.objects.count() == 3
    assert 0 < waits(reader) < 1
    monkeypatch.setattr(readers, "INTAKE_ENOUGH", 100)
    reader.turn()
    reader.turn()
    assert list(InboundMail.objects.order_by("id").values_list("uid", flat=True)) == [*range(1, 9)]
    assert reader.resting
    outcomes.checked("tests", [told_by(reader)])
    box.refresh_from_db()
    assert box.unfetched == 0
    assert box.oldest_unfetched_at is None
    assert MailboxEvent.objects.get(kind="stored").data["count"] == 8


def test_what_a_monitor_that_lost_the_lease_has_to_say_is_not_written(
    dovecot: Dovecot, started: list[Reader]
):
    box = connect(dovecot, address=next(ADDRESSES))
    reader = reader_of(box, started)
    reader.turn()
    leases.give_up(box.id, "tests", reader.lease.epoch)
    leases.take(box.id, "another")
    outcomes.checked("tests", [told_by(reader)])
    outcomes.failed(box.id, reader.lease, code="imap_timeout", words="late")
    box.refresh_from_db()
    assert (box.checked_at, box.failures) == (None, 0)
    dovecot.deliver(box.address, customer_mail(1))
    wait_for_news(reader)
    reader.turn()
    assert (reader.lost, reader.ended, reader.server) == (True, True, None)
    assert not InboundMail.objects.exists()


def test_a_reader_whose_mailbox_has_other_settings_meanwhile_ends_and_keeps_the_lease(
    dovecot: Dovecot, started: list[Reader]
):
    box = connect(dovecot, address=next(ADDRESSES))
    reader = reader_of(box, started)
    services.change_mailbox(
        actor=TESTS, mailbox_id=box.id, values={"imap_username": "other"}, version=None
    )
    reader.turn()
    assert (reader.ended, reader.lost, reader.server) == (True, False, None)
    assert not MailboxFolder.objects.exists()
    leases.renew(box.id, "tests", reader.lease.epoch)


def test_i17_further_folders_are_read_too_and_a_missing_one_stops_nobody(
    dovecot: Dovecot, started: list[Reader], settings: Settings
):
    settings.DESK_POLL_SECONDS = 0  # every turn is a poll
    address = next(ADDRESSES)
    box = connect(dovecot, address=address, imap_folder="INBOX")
    Mailbox.objects.filter(pk=box.pk).update(further_folders=["Não lidos & 日本", "Nowhere"])
    dovecot.deliver(address, customer_mail(1))
    with ImapMailbox(imap_settings(box)) as server:
        server.append("Não lidos & 日本", customer_mail(2))
    reader = reader_of(box, started)
    reader.turn()
    reader.turn()
    senders = InboundMail.objects.values_list("from_address", flat=True)
    assert sorted(senders) == ["cliente1@customers.test", "cliente2@customers.test"]
    folders = dict(MailboxFolder.objects.values_list("name", "missing"))
    assert folders == {"INBOX": False, "Não lidos & 日本": False, "Nowhere": True}
    with ImapMailbox(imap_settings(box)) as server:
        server.append("Nowhere", customer_mail(3))
        server.append("Não lidos & 日本", customer_mail(4))
    for _ in range(3):
        reader.turn()
    assert InboundMail.objects.count() == 4
    assert not MailboxFolder.objects.filter(missing=True).exists()
    assert events() == ["connected", "folder_missing", "folder_found"]


def test_history_and_the_provider_s_id_are_kept_and_another_label_is_not_fetched_again(
    started: list[Reader],
):
    def described(talk: ImapTalk, tag: str, command: str) -> None:
        if "X-GM-MSGID" not in command:
            talk.usual(tag, command)
            return
        for uid, day in ((1, "04"), (2, "05"), (3, "05")):
            talk.say(
                f"* {uid} FETCH (UID {uid} RFC822.SIZE 25 X-GM-MSGID {9 if uid == 3 else uid} "
                f'INTERNALDATE "{day}-Jan-2026 10:00:00 +0000")'
            )
        talk.done(tag)

    talk = ImapTalk({"UID FETCH": described}, capability="IDLE X-GM-EXT-1")
    with Scripted(talk) as server:
        box = scripted_box(server)
        Mailbox.objects.filter(pk=box.pk).update(silent_before=datetime(2026, 1, 5, tzinfo=UTC))
        label = MailboxFolder.objects.create(mailbox=box, name="label", uidvalidity=3)
        InboundMail.objects.create(
            mailbox=box, folder=label, uidvalidity=3, uid=1, sha256="ab" * 32, size=25,
            provider_id="9",
        )  # fmt: skip
        reader = reader_of(box, started)
        reader.turn()
        rows = InboundMail.objects.exclude(folder=label).order_by("uid")
        found = rows.values_list("uid", "history", "provider_id", "state")
        assert list(found) == [
            (1, True, "1", "stored"),
            (2, False, "2", "stored"),
            (3, False, "9", "stored"),
        ]
        assert rows[2].sha256 == "ab" * 32
        assert "UID FETCH 1,2 (BODY.PEEK[])" in talk.commands
        started.clear()


@pytest.mark.parametrize("verb", ["AUTHENTICATE", "SELECT", "UID SEARCH", "UID FETCH", "IDLE"])
def test_i16_a_server_that_asks_to_wait_is_waited_for_and_nothing_has_failed(
    verb: str, started: list[Reader]
):
    def later(talk: ImapTalk, tag: str, command: str) -> None:
        talk.say(f"{tag} NO [THROTTLED] Request is throttled. Suggested Backoff Time: 90 seconds")

    answers: dict[str, Answer] = {verb: later}
    with Scripted(ImapTalk(answers)) as server:
        reader = reader_of(scripted_box(server), started)
        reader.turn()
        assert 80 < waits(reader) < 120
        box = Mailbox.objects.get()
        assert (box.failures, box.last_error, box.state) == (0, "", Mailbox.State.ACTIVE)
        assert MailboxEvent.objects.latest("id").kind == "throttled"
        assert reader.lane is Lane.CONNECT
        answers.clear()
        reader.turn()
        assert reader.resting
        assert InboundMail.objects.count() == 3


def test_i14_a_server_that_asks_to_wait_again_and_again_has_failed_and_is_still_waited_for(
    started: list[Reader],
):
    def later(talk: ImapTalk, tag: str, command: str) -> None:
        talk.say(f"{tag} NO [UNAVAILABLE] try again in 90 seconds")

    answers: dict[str, Answer] = {"UID FETCH": later}
    with Scripted(ImapTalk(answers)) as server:
        reader = reader_of(scripted_box(server), started)
        for _ in range(6):
            reader.turn()
        assert 80 < waits(reader) < 120
        box = Mailbox.objects.get()
        assert (box.failures, box.state) == (3, Mailbox.State.ERROR)
        assert box.last_error_code == "imap_busy"
        answers.clear()
        reader.turn()
        box.refresh_from_db()
        assert (box.failures, box.state) == (0, Mailbox.State.ACTIVE)
        assert InboundMail.objects.count() == 3


def test_a_refused_password_waits_longer_each_time_turns_red_and_is_forgotten_when_right(
    started: list[Reader],
):
    answers: dict[str, Answer] = {
        "AUTHENTICATE": lambda talk, tag, command: talk.say(f"{tag} NO wrong password")
    }
    doubted = DoubtedHosts()
    with Scripted(ImapTalk(answers)) as server:
        reader = reader_of(scripted_box(server), started, doubted)
        spans = []
        for _ in range(3):
            reader.turn()
            spans.append(waits(reader))
        assert [span <= most for span, most in zip(spans, (2, 4, 8), strict=True)] == [True] * 3
        box = Mailbox.objects.get()
        assert (box.failures, box.state) == (3, Mailbox.State.ERROR)
        assert box.last_error_code == "imap_login_failed"
        assert reader.lane is Lane.SLOW
        assert reader.host not in doubted  # the others' passwords may be right
        answers.clear()
        reader.turn()
        box.refresh_from_db()
        assert (box.failures, box.state, reader.lane) == (0, Mailbox.State.ACTIVE, Lane.PROMPT)
    failed = MailboxEvent.objects.get(kind="failed")
    assert failed.data["times"] == 3
    assert events() == ["failed", "connected", "recovered"]


def test_i9_a_connection_that_ends_at_rest_is_made_again_and_only_then_has_failed(
    started: list[Reader],
):
    doubted = DoubtedHosts()
    with Scripted(ImapTalk({})) as server:
        box = scripted_box(server)
        reader = reader_of(box, started, doubted)
        reader.turn()
        server.hang_up()
        wait_for_news(reader)
        reader.turn()
        assert reader.server is None
        assert waits(reader) < 4
        assert reader.host in doubted
        reader.turn()
        assert reader.resting
        assert reader.host not in doubted
        assert Mailbox.objects.get().failures == 0
    reader.turn()
    assert Mailbox.objects.get().failures == 0
    reader.turn()
    assert Mailbox.objects.get().last_error_code == "imap_connect_refused"
    assert events() == ["connected", "failed"]


def test_a_turn_that_is_cut_goes_on_in_the_slow_lane_and_is_no_failure(started: list[Reader]):
    def cut(talk: ImapTalk, tag: str, command: str) -> None:
        reader.cut()  # as the watch does when the budget is over

    answers: dict[str, Answer] = {"UID SEARCH": cut}
    with Scripted(ImapTalk(answers)) as server:
        reader = reader_of(scripted_box(server), started)
        reader.turn()
        assert reader.lane is Lane.SLOW
        assert reader.server is None
        assert waits(reader) < 4
        assert Mailbox.objects.get().failures == 0
        answers.clear()
        reader.turn()
        assert str(reader.lane) == "prompt"
        assert InboundMail.objects.count() == 3
        answers["UID SEARCH"] = cut
        reader._slow = reader._news = True
        reader.turn()
        assert Mailbox.objects.get().failures == 1  # it had all the time there is
    assert events() == ["connected", "slow", "failed"]


def test_others_of_a_server_that_failed_are_read_beside_those_that_work(
    dovecot: Dovecot, started: list[Reader]
):
    doubted = DoubtedHosts()
    reader = reader_of(connect(dovecot, address=next(ADDRESSES)), started, doubted)
    doubted.add(reader.host)
    assert reader.lane is Lane.SLOW
    reader.turn()
    assert (reader.lane, reader.host in doubted) == (Lane.PROMPT, False)


def test_a_server_that_offers_idle_and_refuses_it_is_polled(started: list[Reader]):
    answers: dict[str, Answer] = {
        "IDLE": lambda talk, tag, command: talk.say(f"{tag} NO not for you")
    }
    with Scripted(ImapTalk(answers)) as server:
        reader = reader_of(scripted_box(server), started)
        reader.turn()
        assert reader.resting
        assert 50 < waits(reader) <= 60
        reader.turn()
        assert InboundMail.objects.count() == 3
        assert Mailbox.objects.get().failures == 0


def test_i2_a_server_without_uidvalidity_is_read_anew_each_time_and_nothing_is_stored_twice(
    started: list[Reader],
):
    mails = 3

    def select_(talk: ImapTalk, tag: str, command: str) -> None:
        talk.say(f"* {mails} EXISTS")
        talk.done(tag)

    def search(talk: ImapTalk, tag: str, command: str) -> None:
        talk.say("* SEARCH " + " ".join(str(uid) for uid in range(1, mails + 1)))
        talk.done(tag)

    with Scripted(ImapTalk({"SELECT": select_, "UID SEARCH": search})) as server:
        box = scripted_box(server)
        for mails in (3, 4):
            reader = reader_of(box, started)
            reader.turn()
            assert InboundMail.objects.count() == mails
            leases.give_up(box.id, "tests", reader.lease.epoch)
            started.clear()
    assert "renumbered" not in events()


@pytest.mark.django_db(transaction=True)
def test_a_database_that_goes_away_in_the_middle_of_a_fetch_loses_no_mail(started: list[Reader]):
    def fetch(talk: ImapTalk, tag: str, command: str) -> None:
        if "BODY.PEEK" in command and doomed:
            doomed.pop()
            end_connections_to_the_database()
        talk.usual(tag, command)

    doomed = [1, 2]
    with Scripted(ImapTalk({"UID FETCH": fetch})) as server:
        reader = reader_of(scripted_box(server), started)
        for _ in range(2):
            reader.turn()
            assert reader.server is not None  # the mail server is not at fault
            assert reader.lane is Lane.PROMPT
            assert 0 < waits(reader) <= 5
        assert not InboundMail.objects.exists()
        reader.turn()
        assert sorted(InboundMail.objects.values_list("uid", flat=True)) == [1, 2, 3]
        assert Mailbox.objects.get().failures == 0


def end_connections_to_the_database() -> None:
    """As a restart of PostgreSQL does."""
    import psycopg

    settings = connection.settings_dict
    with psycopg.connect(
        host=settings["HOST"],
        port=settings["PORT"],
        user=settings["USER"],
        password=settings["PASSWORD"],
        dbname="postgres",
        autocommit=True,
    ) as own:
        own.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
            [settings["NAME"]],
        )


class _After:
    """A mailbox of three mails whose server takes MOVE and flags or refuses them."""

    def __init__(self) -> None:
        self.refuses = True

    def __call__(self, talk: ImapTalk, tag: str, command: str) -> None:
        if self.refuses:
            talk.say(f"{tag} NO [NOPERM] read only")
        else:
            talk.done(tag)


@pytest.mark.parametrize("after", ["mark_seen", "move"])
def test_i5_a_refusing_server_stops_no_reading_is_noted_and_asked_again_later(
    after: str, started: list[Reader], settings: Settings
):
    settings.DESK_POLL_SECONDS = 0
    answer = _After()
    talk = ImapTalk({"UID STORE": answer, "UID MOVE": answer}, capability="IDLE MOVE")
    with Scripted(talk) as server:
        box = scripted_box(server, after_reading=after, move_to="Done")
        reader = reader_of(box, started)
        reader.turn()
        assert InboundMail.objects.count() == 3
        assert reader.resting
        assert MailboxFolder.objects.get().treated_uid == 0
        noted = MailboxEvent.objects.get(kind="not_treated")
        assert "[NOPERM] read only" in noted.data["words"]
        answer.refuses = False
        reader.turn()
        assert MailboxFolder.objects.get().treated_uid == 0  # not before five minutes are over
        leases.give_up(box.id, "tests", reader.lease.epoch)
        started.clear()
        reader_of(box, started).turn()
        assert MailboxFolder.objects.get().treated_uid == 3
    done = [one for one in talk.commands if one.startswith(("UID STORE", "UID MOVE"))]
    assert done[-1] in ('UID MOVE 1,2,3 "Done"', "UID STORE 1,2,3 +FLAGS.SILENT (\\Seen)")
    assert len(done) == 2


def test_x3_a_move_that_ended_the_connection_is_asked_for_again_at_the_next_visit(
    started: list[Reader],
):
    moves: list[str] = []

    def move(talk: ImapTalk, tag: str, command: str) -> None:
        moves.append(command)
        if len(moves) == 2:
            talk.hang_up()
        else:
            talk.done(tag)

    def status(talk: ImapTalk, tag: str, command: str) -> None:
        talk.say('* STATUS "Later" (UIDVALIDITY 7 UIDNEXT 4)')
        talk.done(tag)

    talk = ImapTalk({"UID MOVE": move, "STATUS": status}, capability="IDLE MOVE")
    with Scripted(talk) as server:
        box = scripted_box(server, after_reading="move", move_to="Done", further_folders=["Later"])
        reader = reader_of(box, started)
        treated = MailboxFolder.objects.order_by("name").values_list("name", "treated_uid")
        reader.turn()
        reader.turn()
        assert InboundMail.objects.count() == 6
        assert list(treated.all()) == [("INBOX", 3), ("Later", 0)]
        reader.turn()
        assert list(treated.all()) == [("INBOX", 3), ("Later", 3)]
        assert reader.resting


def test_x3_a_server_that_ends_the_connection_at_every_move_is_read_all_the_same(
    started: list[Reader], settings: Settings
):
    settings.DESK_POLL_SECONDS = 0
    talk = ImapTalk({"UID MOVE": lambda talk, tag, command: talk.hang_up()}, capability="IDLE MOVE")
    with Scripted(talk) as server:
        reader = reader_of(scripted_box(server, after_reading="move", move_to="Done"), started)
        for _ in range(4):
            reader.turn()
        assert InboundMail.objects.count() == 3
        assert reader.resting
    assert sum(one.startswith("UID MOVE") for one in talk.commands) == 2


def test_i5_what_a_crash_left_where_it_was_is_moved_at_the_next_visit(
    dovecot: Dovecot, started: list[Reader], monkeypatch: pytest.MonkeyPatch
):
    address = next(ADDRESSES)
    box = connect(dovecot, address=address, after_reading="move", move_to="Atendidos")
    for number in range(3):
        dovecot.deliver(address, customer_mail(number))

    class Crash(Exception):
        pass

    def crash(name: str) -> None:
        if name == "after_store":
            raise Crash

    reader = reader_of(box, started)
    monkeypatch.setattr("backend.mailboxes.reading.crashpoint", crash)
    with pytest.raises(Crash):
        reader.turn()
    assert (len(dovecot.mails(address)), InboundMail.objects.count()) == (3, 3)
    monkeypatch.undo()
    leases.give_up(box.id, "tests", reader.lease.epoch)
    reader_of(box, started).turn()
    assert (len(dovecot.mails(address)), len(dovecot.mails(address, "Atendidos"))) == (0, 3)
    assert InboundMail.objects.count() == 3


def test_switching_to_move_leaves_the_mails_read_before_where_they_are(
    dovecot: Dovecot, started: list[Reader]
):
    address = next(ADDRESSES)
    box = connect(dovecot, address=address)
    before, after = customer_mail(1), customer_mail(2)
    dovecot.deliver(address, before)
    reader = reader_of(box, started)
    reader.turn()
    leases.give_up(box.id, "tests", reader.lease.epoch)
    Mailbox.objects.update(after_reading="move", move_to="Atendidos")
    dovecot.deliver(address, after)
    reader_of(box, started).turn()
    assert dovecot.mails(address) == [before]
    assert dovecot.mails(address, "Atendidos") == [after]


def test_a_mailbox_without_newer_mail_whose_server_says_no_uidnext_starts_behind_the_last(
    started: list[Reader],
):
    def select_(talk: ImapTalk, tag: str, command: str) -> None:
        talk.say("* 3 EXISTS")
        talk.say("* OK [UIDVALIDITY 7] ok")
        talk.done(tag)

    def search(talk: ImapTalk, tag: str, command: str) -> None:
        talk.say("* SEARCH" if "SINCE" in command else "* SEARCH 1 2 3")
        talk.done(tag)

    with Scripted(ImapTalk({"SELECT": select_, "UID SEARCH": search})) as server:
        box = scripted_box(server, import_since=timezone.now() + timedelta(days=1))
        reader_of(box, started).turn()
        assert not InboundMail.objects.exists()
        assert MailboxFolder.objects.get().last_uid == 3
