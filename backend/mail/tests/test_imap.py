"""Reading real mailboxes of a real Dovecot."""

import os
import select
import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from backend.mail.imap import (
    CommandRefused,
    ConnectFailed,
    FolderMissing,
    ImapMailbox,
    ImapSettings,
    LoginFailed,
    MailServerError,
    ServerDropped,
    TlsFailed,
)
from backend.mail.server import tls_context
from backend.mail.tests.mails import mail
from desk_cli.ports import free_port
from desk_cli.servers.dovecot import Dovecot

PASSWORD = "segrédo com espaço"


@pytest.fixture
def account(dovecot: Dovecot) -> ImapSettings:
    """An account of this test's own, reached without TLS."""
    name = f"{uuid4().hex}@desk.test"
    dovecot.add_user(name, PASSWORD)
    return ImapSettings("127.0.0.1", dovecot.port or 0, "none", name, PASSWORD)


@pytest.fixture
def deliver(dovecot: Dovecot, account: ImapSettings) -> Callable[..., list[bytes]]:
    def put(count: int = 1, first: int = 0) -> list[bytes]:
        mails = [
            mail(f"body {n}\r\n.\r\n\x01é", Subject=f"mail {n}")
            for n in range(first, first + count)
        ]
        for raw in mails:
            dovecot.deliver(account.username, raw)
        return mails

    return put


def test_i1_i4_mails_are_fetched_byte_for_byte_and_stay_unread(account, deliver):
    mails = deliver(3)
    with ImapMailbox(account) as box:
        uidvalidity, uidnext = box.select("INBOX")
        uids = box.uids_above(0)
        fetched = list(box.fetch(uids))
        assert uidvalidity > 0
        assert uidnext == 4
        assert uids == [1, 2, 3]
        assert [x.raw for x in fetched] == mails
        assert [x.size for x in fetched] == [len(x) for x in mails]
        now = datetime.now(UTC)
        assert all(
            x.internal_date and abs(x.internal_date - now) < timedelta(hours=1) for x in fetched
        )
        assert box.client.search("UNSEEN") == [1, 2, 3]


def test_i1_only_uids_above_the_last_are_listed(account, deliver):
    deliver(5)
    with ImapMailbox(account) as box:
        box.select("INBOX")
        assert box.uids_above(3) == [4, 5]
        assert box.uids_above(5) == []
        assert box.uids_above(1_000) == []


def test_many_mails_come_in_bounded_windows_and_in_order(account, deliver):
    mails = deliver(23)
    with ImapMailbox(account) as box:
        box.select("INBOX")
        fetched = list(box.fetch(box.uids_above(0), window=5))
    assert [x.raw for x in fetched] == mails


def test_i6_the_beginning_of_a_large_mail_can_be_read(account, deliver):
    mails = deliver(1)
    with ImapMailbox(account) as box:
        box.select("INBOX")
        assert box.beginning(1, 20) == mails[0][:20]
        assert box.beginning(1, 10_000) == mails[0]
        assert box.beginning(99, 20) is None
        assert box.client.search("UNSEEN") == [1]


def test_a_mail_that_is_gone_is_left_out(account, deliver):
    mails = deliver(1)
    with ImapMailbox(account) as box:
        box.select("INBOX")
        assert [(x.uid, x.raw) for x in box.fetch([1, 99])] == [(1, mails[0])]


def test_i6_of_mails_above_the_limit_only_the_beginning_comes(account, dovecot):
    small = b"Subject: small\r\n\r\nhello\r\n"
    large = b"Subject: large\r\n\r\n" + b"x" * 70 * 1024 + b"\r\n" * 300_000
    for raw in (small, large, small):
        dovecot.deliver(account.username, raw)
    with ImapMailbox(account) as box:
        box.select("INBOX")
        first, middle, last = box.fetch([1, 2, 3], largest=100_000)
    assert (first.raw, first.whole, last.raw, last.whole) == (small, True, small, True)
    assert (middle.raw, middle.whole) == (large[: 256 * 1024], False)
    assert middle.size == len(large)


def test_i20_the_first_mail_since_a_moment_is_found_to_the_second(account, deliver):
    deliver(1)
    with ImapMailbox(account) as box:
        box.select("INBOX")
        now = datetime.now(UTC).replace(microsecond=0)
        for hours in (-3, -2, -1):
            box.client.append(
                "INBOX", b"Subject: x\r\n\r\nx", msg_time=now + timedelta(hours=hours)
            )
        box.select("INBOX")
        assert box.first_uid_since(datetime(2020, 1, 1, tzinfo=UTC)) == 1
        box.client.delete_messages([1])
        box.client.expunge()
        assert box.first_uid_since(now - timedelta(hours=2)) == 3
        assert box.first_uid_since(now - timedelta(hours=2) + timedelta(seconds=1)) == 4
        assert box.first_uid_since(now + timedelta(days=3)) is None


def test_i8_idle_ends_when_mail_arrives(account, deliver):
    with ImapMailbox(account) as box:
        box.select("INBOX")
        assert box.uids_above(0) == []
        timer = threading.Timer(0.3, deliver)
        timer.start()
        assert box.idle(30)
        timer.join()
        assert box.uids_above(0) == [1]


def test_i8_idle_says_no_when_nothing_comes(account):
    with ImapMailbox(account) as box:
        box.select("INBOX")
        assert not box.idle(0.1)


def test_news_that_came_between_two_commands_is_not_lost(account, deliver):
    with ImapMailbox(account) as box:
        box.select("INBOX")
        assert box.uids_above(0) == []
        deliver(1)
        box.client.noop()
        assert box.idle(0.1)
        assert box.uids_above(0) == [1]


def test_i5_mails_are_marked_as_seen_only_when_asked(account, deliver):
    deliver(3)
    with ImapMailbox(account) as box:
        box.select("INBOX")
        box.mark_seen([1, 3])
        assert box.client.search("UNSEEN") == [2]


def test_i5_mails_are_moved_and_the_folder_is_made(account, deliver):
    mails = deliver(3)
    with ImapMailbox(account) as box:
        box.select("INBOX")
        box.move([1, 2], "Arquivo/Lidas até 2026")
        assert box.uids_above(0) == [3]
        box.select("Arquivo/Lidas até 2026")
        assert [x.raw for x in box.fetch(box.uids_above(0))] == mails[:2]


def test_i5_without_move_only_these_mails_are_expunged(account, deliver, monkeypatch):
    deliver(3)
    with ImapMailbox(account) as box:
        box.select("INBOX")
        box.client.add_flags([3], [b"\\Deleted"])
        offered = [x for x in box.client.capabilities() if x != b"MOVE"]
        monkeypatch.setattr(box.client, "_cached_capabilities", offered)
        box.move([1], "Done")
        assert box.uids_above(0) == [2, 3]


def test_i2_another_uidvalidity_is_seen(dovecot, account, deliver):
    deliver(1)
    with ImapMailbox(account) as box:
        before = box.select("INBOX")[0]
    dovecot.renew_uidvalidity(account.username)
    with ImapMailbox(account) as box:
        assert box.select("INBOX")[0] != before


def test_i10_tls_is_verified(dovecot, account):
    tls = replace(account, port=dovecot.tls_port, security="tls")
    with pytest.raises(TlsFailed) as caught:
        ImapMailbox(tls).connect()
    assert caught.value.code == "imap_certificate_invalid"
    assert caught.value.step == "tls_imap"
    trusted = replace(tls, ca_file=str(dovecot.certificate))
    with ImapMailbox(trusted) as box:
        assert box.tls_version().startswith("TLSv1.")


def test_i10_i11_starttls_is_verified_and_capabilities_are_read_again(dovecot, account):
    starttls = replace(account, security="starttls")
    with pytest.raises(TlsFailed):
        ImapMailbox(starttls).connect()
    with ImapMailbox(replace(starttls, ca_file=str(dovecot.certificate))) as box:
        assert box.tls_version().startswith("TLSv1.")
        assert not box.has("STARTTLS")
        assert box.has("MOVE")


def test_i10_a_server_without_tls_on_its_port_is_explained(dovecot, account):
    with pytest.raises(TlsFailed) as caught:
        ImapMailbox(replace(account, security="tls")).connect()
    assert caught.value.code == "imap_tls_failed"
    assert "STARTTLS" in caught.value.advice


@pytest.mark.parametrize("host", ["mail.example.org", "192.0.2.1", "10.0.0.1", "2001:db8::1"])
def test_i10_clear_text_is_refused_beyond_this_machine(account, host: str):
    with pytest.raises(TlsFailed) as caught:
        ImapMailbox(replace(account, host=host)).connect()
    assert caught.value.code == "imap_clear_text_refused"


def test_a_wrong_password_is_a_failed_login(account):
    with pytest.raises(LoginFailed) as caught, ImapMailbox(replace(account, password="no")):
        pass
    assert caught.value.code == "imap_login_failed"
    assert "AUTHENTICATIONFAILED" in caught.value.server_words
    assert not caught.value.transient


def test_a_missing_folder_is_named(account):
    with ImapMailbox(account) as box, pytest.raises(FolderMissing) as caught:
        box.select("Nada")
    assert "'Nada'" in caught.value.advice


@pytest.mark.parametrize("name", ["", "a\r\nA1 DELETE INBOX", "a\nb", "a\x00b", "x" * 2_000])
def test_row_37_a_folder_name_cannot_carry_a_command(account, name: str):
    with ImapMailbox(account) as box:
        box.select("INBOX")
        for action in (lambda: box.select(name), lambda: box.move([1], name)):
            with pytest.raises(FolderMissing):
                action()
        assert box.uids_above(0) == []


@pytest.mark.parametrize("name", ['"', "\\", "a b", "(x)", "{3}", "%", "*", "é/ç"])
def test_row_37_odd_folder_names_stay_names(account, deliver, name: str):
    deliver(1)
    with ImapMailbox(account) as box:
        box.select("INBOX")
        refused = ""
        try:
            box.move([1], name)
        except CommandRefused as error:
            refused = error.server_words
        moved = box.uids_above(0) == []
        assert moved != bool(refused)


@pytest.mark.parametrize("field", ["username", "password"])
def test_row_37_credentials_cannot_carry_a_command(account, field: str):
    with pytest.raises(LoginFailed), ImapMailbox(replace(account, **{field: "a\r\nA1 LOGOUT"})):
        pass


def test_nobody_listening_is_explained(account):
    with pytest.raises(ConnectFailed) as caught:
        ImapMailbox(replace(account, port=free_port())).connect()
    assert (caught.value.code, caught.value.step) == ("imap_connect_refused", "connect_imap")


def test_an_unknown_host_is_explained(account):
    with pytest.raises(ConnectFailed) as caught:
        ImapMailbox(replace(account, host="no.such.invalid", security="tls")).connect()
    assert (caught.value.code, caught.value.step) == ("imap_resolve_failed", "resolve_imap")


def test_i9_a_killed_server_is_a_dropped_connection(own_dovecot):
    own_dovecot.add_user("a@desk.test", PASSWORD)
    settings = ImapSettings("127.0.0.1", own_dovecot.port, "none", "a@desk.test", PASSWORD)
    with ImapMailbox(settings) as box:
        box.select("INBOX")
        own_dovecot.kill9()
        with pytest.raises(ServerDropped) as caught:
            box.uids_above(0)
        assert caught.value.transient


def test_after_an_error_every_method_still_raises_only_mail_server_errors(account):
    box = ImapMailbox(account)
    for action in (
        lambda: box.select("INBOX"),
        lambda: box.uids_above(0),
        lambda: box.without_files(1),
        lambda: list(box.fetch([1])),
        lambda: box.idle(1),
        lambda: box.mark_seen([1]),
        lambda: box.move([1], "x"),
        box.login,
    ):
        with pytest.raises(MailServerError):
            action()
    box.close()


def test_the_password_is_in_no_description(account):
    assert PASSWORD not in repr(account)


def test_i8_resting_needs_no_thread_and_news_wakes_it_over_tls_too(dovecot, account, deliver):
    verified = replace(
        account, security="tls", port=dovecot.tls_port, ca_file=str(dovecot.certificate)
    )
    for settings in (account, verified):
        with ImapMailbox(settings) as box:
            box.select("INBOX")
            last = max(box.uids_above(0), default=0)
            assert box.rest()
            deliver()
            assert select.select([box.fileno()], [], [], 30)[0]
            assert box.wake()
            assert box.uids_above(last) == [last + 1]
            assert box.rest()
            assert not box.wake()


def test_connections_share_what_they_trust_until_the_file_of_authorities_changes(dovecot, tmp_path):
    assert tls_context() is tls_context()
    file = tmp_path / "authorities.pem"
    file.write_bytes(dovecot.certificate.read_bytes())
    first = tls_context(str(file))
    assert tls_context(str(file)) is first
    assert first is not tls_context()
    os.utime(file, (1, 1))
    assert tls_context(str(file)) is not first


def test_a_connection_can_be_cut_by_another_thread_even_while_it_is_made(account):
    with ImapMailbox(account) as box:
        box.select("INBOX")
        timer = threading.Timer(0.2, box.cut)
        timer.start()
        with pytest.raises(ServerDropped):
            box.idle(60)
        timer.join()
    silent = socket.create_server(("127.0.0.1", 0))
    box = ImapMailbox(replace(account, port=silent.getsockname()[1]))
    timer = threading.Timer(0.2, box.cut)
    timer.start()
    with pytest.raises(ServerDropped) as caught:
        box.connect()
    assert caught.value.code == "imap_dropped"
    timer.join()
    box.close()
    box.cut()  # of a closed one nothing is left to cut
    silent.close()
