"""The scripted SMTP server, spoken to by the standard library's client."""

from __future__ import annotations

import smtplib
import socket

import pytest

from desk_cli.servers.smtp_sink import SmtpSink

MAIL = b"Subject: one\r\n\r\n.first line begins with a dot\r\nthe end\r\n"


def client(sink: SmtpSink, seconds: float = 20.0) -> smtplib.SMTP:
    return smtplib.SMTP("127.0.0.1", sink.port, timeout=seconds)


def send(sink: SmtpSink, *recipients: str) -> dict[str, tuple[int, bytes]]:
    with client(sink) as link:
        return link.sendmail("desk@desk.test", list(recipients) or ["ana@example.org"], MAIL)


def test_a_mail_is_kept_byte_for_byte_with_its_envelope(smtp_sink):
    assert send(smtp_sink, "ana@example.org", "bob@example.org") == {}
    [message] = smtp_sink.wait_for(1)
    assert message.raw == MAIL
    assert message.envelope_from == "desk@desk.test"
    assert message.envelope_to == ("ana@example.org", "bob@example.org")
    assert smtp_sink.received("bob@example.org") == [message]


def test_one_recipient_is_refused_for_good_and_the_other_gets_the_mail(smtp_sink):
    smtp_sink.script(mode="reject5", recipient="bob@example.org")
    refused = send(smtp_sink, "ana@example.org", "bob@example.org")
    assert refused["bob@example.org"][0] == 550
    assert smtp_sink.wait_for(1)[0].envelope_to == ("ana@example.org",)


def test_a_recipient_is_refused_for_now_as_often_as_scripted(smtp_sink):
    smtp_sink.script(mode="reject4", recipient="ana@example.org", times=2)
    for _ in range(2):
        with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
            send(smtp_sink)
        assert caught.value.recipients["ana@example.org"][0] == 451
    assert send(smtp_sink) == {}


def test_a_drop_before_data_stores_nothing(smtp_sink):
    smtp_sink.script(mode="drop", at="data")
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(smtp_sink)
    assert smtp_sink.messages == []


@pytest.mark.parametrize(("mode", "stored"), [("drop", 0), ("drop_stored", 1)])
def test_a_drop_after_the_final_dot_looks_the_same_stored_or_not(smtp_sink, mode, stored):
    smtp_sink.script(mode=mode, at="body")
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(smtp_sink)
    assert len(smtp_sink.messages) == stored


def test_a_rejected_body_is_not_kept(smtp_sink):
    smtp_sink.script(mode="reject5", at="body", code=554, text="5.7.1 spam")
    with pytest.raises(smtplib.SMTPDataError) as caught:
        send(smtp_sink)
    assert caught.value.smtp_code == 554
    assert smtp_sink.messages == []


def test_a_slow_step_still_ends_well(smtp_sink):
    smtp_sink.script(mode="slow", at="mail", seconds=0.2)
    assert send(smtp_sink) == {}


def test_a_hanging_server_is_left_by_the_clients_own_timeout(smtp_sink):
    smtp_sink.script(mode="hang", at="ehlo")
    link = client(smtp_sink, seconds=0.5)
    with pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)):
        link.sendmail("desk@desk.test", ["ana@example.org"], MAIL)
    link.close()


def test_garbage_and_a_drop_on_connecting_are_seen_by_the_client(smtp_sink):
    smtp_sink.script(mode="drop", at="connect")
    with pytest.raises(smtplib.SMTPServerDisconnected):
        client(smtp_sink)
    smtp_sink.script(mode="garbage", at="mail")
    link = client(smtp_sink)
    with pytest.raises(smtplib.SMTPException):
        link.sendmail("desk@desk.test", ["ana@example.org"], MAIL)
    link.close()


@pytest.mark.parametrize("mechanism", ["auth_plain", "auth_login"])
def test_with_users_a_login_is_needed(mechanism):
    with SmtpSink(users={"desk@desk.test": "secret"}) as sink:
        with pytest.raises(smtplib.SMTPSenderRefused):
            send(sink)
        with client(sink) as link:
            link.ehlo()
            link.user, link.password = "desk@desk.test", "wrong"
            with pytest.raises(smtplib.SMTPAuthenticationError):
                link.auth(mechanism.removeprefix("auth_"), getattr(link, mechanism))
            link.password = "secret"
            link.auth(mechanism.removeprefix("auth_"), getattr(link, mechanism))
            link.sendmail("desk@desk.test", ["ana@example.org"], MAIL)
        assert sink.wait_for(1)[0].username == "desk@desk.test"


def test_it_can_be_stopped_and_started_again_on_its_port(smtp_sink):
    send(smtp_sink)
    smtp_sink.stop()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", smtp_sink.port), 5)
    smtp_sink.start()
    send(smtp_sink)
    assert len(smtp_sink.wait_for(2)) == 2


def test_waiting_for_a_mail_that_never_comes_fails_with_the_last_commands(smtp_sink):
    with client(smtp_sink) as link:
        link.ehlo()
    with pytest.raises(AssertionError, match=r"0 mails after 0\.1 s, 1 expected.*ehlo"):
        smtp_sink.wait_for(1, seconds=0.1)
