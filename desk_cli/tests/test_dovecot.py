"""The private Dovecot: a round trip in each direction, with and without TLS."""

from __future__ import annotations

import imaplib
import ssl

import pytest

from desk_cli import process
from desk_cli.servers.dovecot import Dovecot

MAIL = b"From: ana@example.org\r\nSubject: ol=C3=A1\r\n\r\nbom dia\r\n"


def login(port, address, password=None) -> imaplib.IMAP4:
    link = imaplib.IMAP4("127.0.0.1", port, timeout=20)
    link.login(address, password or "secret")
    link.select()
    return link


def test_a_delivered_mail_is_fetched_byte_for_byte(dovecot):
    dovecot.add_user("fetch@desk.test", "secret")
    dovecot.deliver("fetch@desk.test", MAIL)
    link = login(dovecot.port, "fetch@desk.test")
    _, parts = link.uid("fetch", "1", "(BODY.PEEK[])")
    assert parts[0][1] == MAIL
    link.logout()


def test_an_appended_mail_lies_in_the_maildir(dovecot):
    dovecot.add_user("append@desk.test", "secret")
    link = login(dovecot.port, "append@desk.test")
    assert link.append("Sent", "", "", MAIL)[0] == "OK"
    link.logout()
    assert [raw.replace(b"\r\n", b"\n") for raw in dovecot.mails("append@desk.test", "Sent")] == [
        MAIL.replace(b"\r\n", b"\n")
    ]


def test_a_wrong_password_is_refused(dovecot):
    dovecot.add_user("refuse@desk.test", "secret")
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        login(dovecot.port, "refuse@desk.test", "wrong")


def test_its_certificate_is_valid_for_localhost_and_only_when_trusted(dovecot):
    dovecot.add_user("tls@desk.test", "secret")
    trusting = ssl.create_default_context(cafile=str(dovecot.certificate))
    with imaplib.IMAP4_SSL("localhost", dovecot.tls_port, ssl_context=trusting, timeout=20) as link:
        assert link.login("tls@desk.test", "secret")[0] == "OK"
    with pytest.raises(ssl.SSLCertVerificationError):
        imaplib.IMAP4_SSL(
            "localhost",
            dovecot.tls_port,
            ssl_context=ssl.create_default_context(),
            timeout=20,
        )


def test_forgetting_the_uids_changes_uidvalidity(dovecot):
    dovecot.add_user("validity@desk.test", "secret")
    dovecot.deliver("validity@desk.test", MAIL)
    link = login(dovecot.port, "validity@desk.test")
    before = link.response("UIDVALIDITY")[1]
    link.logout()
    dovecot.renew_uidvalidity("validity@desk.test")
    link = login(dovecot.port, "validity@desk.test")
    assert link.response("UIDVALIDITY")[1] != before
    assert link.uid("search", "ALL")[1] == [b"1"]
    link.logout()


@pytest.mark.fault
def test_mail_and_uids_survive_kill_9(own_dovecot):
    own_dovecot.add_user("kill@desk.test", "secret")
    own_dovecot.deliver("kill@desk.test", MAIL)
    link = login(own_dovecot.port, "kill@desk.test")
    before = link.response("UIDVALIDITY")[1]
    own_dovecot.kill9()
    assert not own_dovecot.running
    own_dovecot.start()
    link = login(own_dovecot.port, "kill@desk.test")
    assert link.response("UIDVALIDITY")[1] == before
    assert link.uid("search", "ALL")[1] == [b"1"]
    link.logout()


@pytest.mark.fault
def test_a_server_left_by_a_killed_run_is_ended(own_dovecot):
    assert own_dovecot.child is not None
    orphan = own_dovecot.child.pid
    with Dovecot(own_dovecot.folder) as again:
        assert process.wait_until(lambda: not process.is_alive(orphan), 10)
        assert again.running
