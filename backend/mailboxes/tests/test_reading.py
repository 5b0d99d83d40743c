"""Reading a folder into the ledger, from a real Dovecot and from servers that misbehave."""

from __future__ import annotations

import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from django.utils import timezone
from pytest_django import Settings

from backend.core import blobs
from backend.mail.imap import ImapMailbox
from backend.mail.server import CommandRefused, MailServerError
from backend.mail.tests.scripted import ImapTalk, Scripted, asked, content
from backend.mailboxes import fetching, leases, services
from backend.mailboxes.accounts import imap_settings
from backend.mailboxes.folders import SettingsChanged
from backend.mailboxes.leases import Lease
from backend.mailboxes.models import InboundMail, Mailbox, MailboxEvent, MailboxFolder
from backend.mailboxes.reading import MailboxReading
from backend.mailboxes.waiting import SeenMail
from backend.tickets import intake
from backend.tickets.models import Message
from desk_cli.servers.dovecot import Dovecot
from tests.accounts import PASSWORD, connect, read, read_all
from tests.desk import TESTS
from tests.mails import DESK, customer_mail

pytestmark = pytest.mark.django_db
ADDRESSES = (f"reading{number}@desk.test" for number in range(1_000))


@pytest.fixture
def box(dovecot: Dovecot) -> Mailbox:
    """A mailbox with an account of its own on the Dovecot of this run."""
    return connect(dovecot, address=next(ADDRESSES))


def lease_of(mailbox: Mailbox, owner: str = "this monitor") -> Lease:
    epoch = leases.take(mailbox.id, owner)
    assert epoch is not None
    return Lease(owner, epoch)


def cursor_of(mailbox: Mailbox) -> int:
    return MailboxFolder.objects.get(mailbox=mailbox).last_uid


def flags_on(server: Dovecot, mailbox: Mailbox) -> list[tuple[bytes, ...]]:
    with ImapMailbox(imap_settings(mailbox)) as visit:
        visit.select("INBOX", readonly=True)
        uids = visit.uids_above(0)
        return [tuple(sorted(flags)) for flags in visit.client.get_flags(uids).values()]


def test_m1_every_mail_is_stored_byte_for_byte_and_the_mailbox_stays_as_it_was(
    dovecot: Dovecot, box: Mailbox
):
    mails = [customer_mail(number).replace(b"\n", b"\r\n") for number in range(7)]
    for mail in mails:
        dovecot.deliver(box.address, mail)
    assert read(box) == 7
    rows = InboundMail.objects.order_by("uid")
    assert [blobs.get(row.sha256) for row in rows] == mails
    assert [(row.uid, row.size) for row in rows] == [
        (number, len(mail)) for number, mail in enumerate(mails, 1)
    ]
    assert rows[0].from_address == "cliente0@customers.test"
    assert cursor_of(box) == 7
    assert not any(b"\\Seen" in flags for flags in flags_on(dovecot, box))


def test_a_second_visit_stores_only_what_came_meanwhile(dovecot: Dovecot, box: Mailbox):
    dovecot.deliver(box.address, customer_mail(1))
    assert read(box) == 1
    assert read(box) == 0
    dovecot.deliver(box.address, customer_mail(2))
    assert read(box) == 1
    assert InboundMail.objects.count() == 2


def test_a_cursor_set_back_stores_nothing_twice(dovecot: Dovecot, box: Mailbox):
    dovecot.deliver(box.address, customer_mail(1))
    read(box)
    MailboxFolder.objects.update(last_uid=0)
    read(box)
    assert InboundMail.objects.count() == 1
    assert cursor_of(box) == 1


def test_after_a_new_uidvalidity_known_mails_become_no_second_ticket(
    dovecot: Dovecot, box: Mailbox
):
    for number in range(3):
        dovecot.deliver(box.address, customer_mail(number))
    read(box)
    intake.drain()
    dovecot.renew_uidvalidity(box.address)
    dovecot.deliver(box.address, customer_mail(99))
    assert read(box) == 4
    intake.drain()
    fates = Counter(InboundMail.objects.values_list("fate", flat=True))
    assert fates == {"ticket": 4, "duplicate": 3}


def test_a_mail_expunged_between_search_and_fetch_is_no_fault(dovecot: Dovecot, box: Mailbox):
    paths = [dovecot.deliver(box.address, customer_mail(number)) for number in range(3)]
    reading = MailboxReading(box, lease_of(box))
    with ImapMailbox(imap_settings(box)) as server:
        reading.look(server, everywhere=True)
        with ImapMailbox(imap_settings(box)) as other:
            other.select("INBOX")
            other.client.delete_messages([2])
            other.client.expunge()
        assert reading.unfetched == 3
        assert read_all(reading, server) == 2
    assert len(paths) == 3
    assert list(InboundMail.objects.order_by("uid").values_list("uid", flat=True)) == [1, 3]


def test_from_now_on_leaves_older_mail_alone_to_the_minute(dovecot: Dovecot):
    now = timezone.now().replace(microsecond=0)
    box = connect(dovecot, address=next(ADDRESSES), import_since=now - timedelta(minutes=30))
    with ImapMailbox(imap_settings(box)) as server:
        for minutes in (90, 31, 29):
            server.client.append(
                "INBOX", customer_mail(minutes), msg_time=now - timedelta(minutes=minutes)
            )
    assert read(box) == 1
    assert InboundMail.objects.get().from_address == "cliente29@customers.test"


def test_from_now_on_in_a_folder_without_newer_mail_starts_behind_the_last(dovecot: Dovecot):
    old = datetime(2020, 1, 1, tzinfo=UTC)
    box = connect(dovecot, address=next(ADDRESSES), import_since=timezone.now())
    with ImapMailbox(imap_settings(box)) as server:
        server.client.append("INBOX", customer_mail(1), msg_time=old)
    assert read(box) == 0
    # A mail moved in later keeps its old date and is still news for the desk.
    with ImapMailbox(imap_settings(box)) as server:
        server.client.append("INBOX", customer_mail(2), msg_time=old)
    assert read(box) == 1


@pytest.mark.parametrize(("after", "seen"), [("leave", False), ("mark_seen", True)])
def test_read_mail_is_marked_only_where_the_mailbox_asks_for_it(
    dovecot: Dovecot, after: str, seen: bool
):
    box = connect(dovecot, address=next(ADDRESSES), after_reading=after)
    dovecot.deliver(box.address, customer_mail(1))
    read(box)
    assert [b"\\Seen" in flags for flags in flags_on(dovecot, box)] == [seen]


def test_read_mail_is_moved_where_the_mailbox_asks_for_it(dovecot: Dovecot):
    box = connect(dovecot, address=next(ADDRESSES), after_reading="move", move_to="Atendidos")
    raw = customer_mail(1)
    dovecot.deliver(box.address, raw)
    read(box)
    assert dovecot.mails(box.address) == []
    assert dovecot.mails(box.address, "Atendidos") == [raw]


def test_a11_a_mail_above_the_limit_keeps_its_texts_and_names_the_files_left_out(
    dovecot: Dovecot, settings: Settings
):
    settings.DESK_MAX_MAIL_BYTES = 300_000
    box = connect(dovecot, address=next(ADDRESSES), after_reading="mark_seen")
    mail = message_from_bytes(customer_mail(1), policy=policy.SMTP)
    assert isinstance(mail, EmailMessage)
    mail.add_alternative("<p>Olá, o pedido <b>1</b> ainda não chegou.</p>", subtype="html")
    mail.add_attachment(os.urandom(300_000), "video", "mp4", filename="Vídeo da máquina.mp4")
    mail.add_attachment("Depois do vídeo: é urgente.\n", disposition="inline")
    dovecot.deliver(box.address, mail.as_bytes())
    dovecot.deliver(box.address, customer_mail(2))
    assert read(box) == 2
    large = InboundMail.objects.get(uid=1)
    assert large.size > 400_000 > 20_000 > len(blobs.get(large.sha256))
    intake.drain()
    message = Message.objects.get(from_address="cliente1@customers.test")
    assert "o pedido 1 ainda não chegou" in message.text
    assert "Depois do vídeo: é urgente." in message.text
    assert message.html is not None
    assert "<b>1</b>" in message.html
    assert message.flags == ["truncated"]
    assert not message.attachments.exists()
    (left_out,) = message.facts["left_out"]
    assert left_out["filename"] == "Vídeo da máquina.mp4"
    assert 400_000 < left_out["size"] < 420_000
    # Only what the desk holds completely may be touched on the server.
    assert [b"\\Seen" in flags for flags in flags_on(dovecot, box)] == [False, True]


def test_a_large_mail_of_one_part_becomes_a_ticket_with_its_beginning(
    dovecot: Dovecot, settings: Settings
):
    settings.DESK_MAX_MAIL_BYTES = 300_000
    box = connect(dovecot, address=next(ADDRESSES))
    dovecot.deliver(box.address, customer_mail(1) + b"linha sem fim\n" * 50_000)
    assert read(box) == 1
    assert len(blobs.get(InboundMail.objects.get().sha256)) == 256 * 1024
    intake.drain()
    message = Message.objects.get()
    assert "o pedido 1 ainda não chegou" in message.text
    assert message.flags == ["truncated"]


def test_a_mail_of_30_megabytes_becomes_a_ticket_with_its_file(dovecot: Dovecot, box: Mailbox):
    scan = os.urandom(22_000_000)
    mail = message_from_bytes(customer_mail(1), policy=policy.SMTP)
    assert isinstance(mail, EmailMessage)
    mail.add_attachment(scan, "application", "pdf", filename="scan.pdf")
    raw = mail.as_bytes()
    assert len(raw) > 29_000_000
    dovecot.deliver(box.address, raw)
    assert read(box) == 1
    assert intake.drain() == 1
    message = Message.objects.get()
    assert message.flags == []
    attachment = message.attachments.get()
    assert (attachment.filename, blobs.get(attachment.sha256) == scan) == ("scan.pdf", True)


def test_many_large_mails_are_stored_in_several_transactions(
    dovecot: Dovecot, box: Mailbox, monkeypatch: pytest.MonkeyPatch
):
    size = len(customer_mail(1).replace(b"\n", b"\r\n"))
    monkeypatch.setattr(fetching, "WINDOW_BYTES", 3 * size)
    for number in range(8):
        dovecot.deliver(box.address, customer_mail(number))
    waiting = [SeenMail(uid, timezone.now()) for uid in range(1, 9)]
    with ImapMailbox(imap_settings(box)) as server:
        server.select("INBOX")
        batch = fetching.fetch_batch(box, server, waiting, Counter())
    assert (len(batch.arrivals), batch.last_uid) == (3, 3)
    assert read(box) == 8
    assert cursor_of(box) == 8


def test_a_reader_whose_lease_was_taken_stores_nothing(dovecot: Dovecot, box: Mailbox):
    dovecot.deliver(box.address, customer_mail(1))
    slow = lease_of(box, "a slow monitor")
    leases.give_up(box.id, slow.owner, slow.epoch)
    fresh = lease_of(box, "another monitor")
    with (
        ImapMailbox(imap_settings(box)) as server,
        pytest.raises(leases.LeaseLost),
    ):
        read_all(MailboxReading(box, slow), server)
    assert not InboundMail.objects.exists()
    with ImapMailbox(imap_settings(box)) as server:
        assert read_all(MailboxReading(box, fresh), server) == 1


def scripted_box(server: Scripted) -> Mailbox:
    return connect(address=DESK, imap_port=server.port, imap_username=DESK, imap_password=PASSWORD)


def visits_until_read(reading: MailboxReading, most: int = 10) -> int:
    """Visit, as a monitor does, until one goes well; returns how many visits that took."""
    for number in range(1, most + 1):
        try:
            with ImapMailbox(imap_settings(reading.mailbox)) as server:
                reading.connected_anew()
                read_all(reading, server)
            return number
        except MailServerError as error:
            reading.blame(error.uids)
    return most + 1


def test_i7_a_mail_without_bytes_is_noted_and_the_others_go_on():
    def fetch(talk: ImapTalk, tag: str, command: str) -> None:
        for uid in asked(command):
            if "BODY.PEEK" in command.upper() and uid == 2:
                talk.say(b"* 2 FETCH (UID 2 BODY[] NIL)")
            else:
                talk.fetch(f"UID FETCH {uid} {command.split(' ', 3)[3]}")
        talk.done(tag)

    with Scripted(ImapTalk({"UID FETCH": fetch})) as server:
        box = scripted_box(server)
        assert read(box) == 3
    assert dict(InboundMail.objects.values_list("uid", "state")) == {
        1: "stored",
        2: "quarantined",
        3: "stored",
    }
    assert InboundMail.objects.get(uid=2).reason == fetching.NOT_FETCHED
    assert cursor_of(box) == 3


def test_i7_a_mail_that_ends_the_connection_three_times_is_put_aside_and_named():
    def fetch(talk: ImapTalk, tag: str, command: str) -> None:
        if "BODY.PEEK" in command.upper() and 2 in asked(command):
            talk.hang_up()
            return
        talk.usual(tag, command)

    with Scripted(ImapTalk({"UID FETCH": fetch})) as server:
        box = scripted_box(server)
        visits = visits_until_read(MailboxReading(box, lease_of(box)))
    assert visits == 4
    rows = list(InboundMail.objects.order_by("uid"))
    assert [row.state for row in rows] == ["stored", "quarantined", "stored"]
    assert rows[1].reason == fetching.ENDED_CONNECTION
    assert [blobs.get(rows[0].sha256), blobs.get(rows[2].sha256)] == [content(1), content(3)]


@pytest.mark.parametrize("words", ["[EXPUNGEISSUED] broken index", "[SERVERBUG] internal error"])
def test_i7_a_mail_that_waits_alone_and_is_never_given_is_put_aside_after_three_visits(words: str):
    def fetch(talk: ImapTalk, tag: str, command: str) -> None:
        if 2 not in asked(command):
            talk.usual(tag, command)
        else:
            talk.say(f"{tag} NO {words}")

    with Scripted(ImapTalk({"UID FETCH": fetch})) as server:
        box = scripted_box(server)
        MailboxFolder.objects.create(mailbox=box, name="INBOX", uidvalidity=7, last_uid=1)
        reading = MailboxReading(box, lease_of(box))
        assert visits_until_read(reading) == 1  # the third mail came: the second is at fault
        assert InboundMail.objects.get(uid=2).state == "quarantined"
        InboundMail.objects.all().delete()
        MailboxFolder.objects.update(last_uid=1)
        alone = ImapTalk({"UID FETCH": fetch, "UID SEARCH": only_the_second})
    with Scripted(alone) as server:
        Mailbox.objects.update(imap_port=server.port)
        box.refresh_from_db()
        assert visits_until_read(MailboxReading(box, reading.lease)) == 4
    assert InboundMail.objects.get().reason == fetching.ENDED_CONNECTION


def only_the_second(talk: ImapTalk, tag: str, command: str) -> None:
    talk.say("* SEARCH 2")
    talk.done(tag)


@pytest.mark.parametrize("fault", ["hangs up", "refuses", "gives nothing"])
def test_i7_a_server_that_gives_no_mail_at_all_puts_none_aside(fault: str):
    def fetch(talk: ImapTalk, tag: str, command: str) -> None:
        if not broken or "BODY.PEEK" not in command:
            talk.usual(tag, command)
        elif fault == "hangs up":
            talk.hang_up()
        elif fault == "refuses":
            talk.say(f"{tag} NO internal error")
        else:
            talk.done(tag)

    def search(talk: ImapTalk, tag: str, command: str) -> None:
        talk.say("* SEARCH " + " ".join(str(uid) for uid in range(1, there + 1)))
        talk.done(tag)

    broken, there = True, 6
    with Scripted(ImapTalk({"UID FETCH": fetch, "UID SEARCH": search})) as server:
        box = scripted_box(server)
        reading = MailboxReading(box, lease_of(box))
        assert visits_until_read(reading, most=14) == 15
        assert not InboundMail.objects.exists()
        broken = False
        assert visits_until_read(reading) == 1
        # Also when one mail waits alone, where others were read before.
        broken, there = True, 7
        assert visits_until_read(reading, most=5) == 6
        broken = False
        assert visits_until_read(reading) == 1
    assert set(InboundMail.objects.values_list("state", flat=True)) == {"stored"}
    assert InboundMail.objects.count() == 7


def test_a_server_too_busy_to_give_a_mail_is_asked_again_and_no_mail_is_put_aside():
    busy = True

    def fetch(talk: ImapTalk, tag: str, command: str) -> None:
        if busy and "BODY.PEEK" in command.upper():
            talk.say(f"{tag} NO [UNAVAILABLE] backend is restarting")
            return
        talk.usual(tag, command)

    with Scripted(ImapTalk({"UID FETCH": fetch})) as server:
        box = scripted_box(server)
        with pytest.raises(CommandRefused) as caught:
            read(box)
        assert (caught.value.code, caught.value.transient) == ("imap_busy", True)
        assert not InboundMail.objects.exists()
        busy = False
        assert read(box) == 3
    assert set(InboundMail.objects.values_list("state", flat=True)) == {"stored"}


def test_another_account_is_read_from_its_beginning(dovecot: Dovecot, box: Mailbox):
    for number in range(5):
        dovecot.deliver(box.address, customer_mail(number))
    read(box)
    other = next(ADDRESSES)
    dovecot.add_user(other, PASSWORD)
    dovecot.deliver(other, customer_mail(77))
    box = services.change_mailbox(
        actor=TESTS, mailbox_id=box.id, values={"imap_username": other}, version=None
    )
    # As if both servers counted alike: what is new there has a number known from here.
    MailboxFolder.objects.update(uidvalidity=uidvalidity_of(box))
    assert read(box) == 1
    assert InboundMail.objects.filter(from_address="cliente77@customers.test").count() == 1


def test_numbers_of_the_account_before_never_become_those_of_another(
    dovecot: Dovecot, box: Mailbox
):
    """The desk was just opening a folder when a person named another account."""
    dovecot.deliver(box.address, customer_mail(1))
    reading = MailboxReading(box, lease_of(box))
    with ImapMailbox(imap_settings(box)) as server:
        services.change_mailbox(
            actor=TESTS, mailbox_id=box.id, values={"imap_username": "other"}, version=None
        )
        with pytest.raises(SettingsChanged):
            reading.look(server, everywhere=True)
    assert not MailboxFolder.objects.exists()


class _Account:
    """A mailbox of these mails, by UID, that says its UIDNEXT as it should, or `uidnext`."""

    def __init__(self, *uids: int) -> None:
        self.mails = {uid: content(uid) for uid in uids}
        self.uidnext: int | None = None
        self.talk = ImapTalk(
            {"SELECT": self._select, "UID SEARCH": self._search, "UID FETCH": self._fetch}
        )

    def _select(self, talk: ImapTalk, tag: str, command: str) -> None:
        talk.say(f"* {len(self.mails)} EXISTS")
        talk.say("* OK [UIDVALIDITY 7] ok")
        talk.say(f"* OK [UIDNEXT {self.uidnext or max(self.mails) + 1}] ok")
        talk.done(tag)

    def _search(self, talk: ImapTalk, tag: str, command: str) -> None:
        talk.say("* SEARCH " + " ".join(map(str, self.mails)))
        talk.done(tag)

    def _fetch(self, talk: ImapTalk, tag: str, command: str) -> None:
        for uid in asked(command):
            raw = self.mails[uid]
            if "BODY.PEEK" in command.upper():
                talk.say(b"* %d FETCH (UID %d BODY[] {%d}\r\n%s)" % (uid, uid, len(raw), raw))
            else:
                talk.say(f"* {uid} FETCH (UID {uid} RFC822.SIZE {len(raw)})")
        talk.done(tag)


def test_i2_a_server_put_back_to_an_older_state_gives_a_known_number_to_a_new_mail_that_is_read():
    account = _Account(1, 2, 3)
    with Scripted(account.talk) as server:
        box = scripted_box(server)
        assert read(box) == 3
        account.mails = {1: content(1)}
        assert read(box) == 1
        account.mails[2] = content(99)
        assert read(box) == 1
        assert read(box) == 0
    intake.drain()
    fates = Counter(InboundMail.objects.values_list("fate", flat=True))
    assert fates == {"ticket": 4, "duplicate": 1}
    assert MailboxEvent.objects.filter(kind="renumbered").count() == 1


def test_i2_a_server_whose_uidnext_is_wrong_is_not_read_again():
    account = _Account(1, 2, 3)
    account.uidnext = 1
    with Scripted(account.talk) as server:
        box = scripted_box(server)
        assert [read(box), read(box)] == [3, 0]
    assert MailboxFolder.objects.count() == 1


def uidvalidity_of(mailbox: Mailbox) -> int:
    with ImapMailbox(imap_settings(mailbox)) as server:
        return server.select("INBOX")[0]
