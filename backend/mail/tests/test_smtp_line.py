"""Several mails over one SMTP session, and servers that are slow on purpose."""

import socket
import time
from dataclasses import replace
from typing import BinaryIO

import pytest

from backend.mail.smtp import Delivery, SmtpLine, SmtpSettings
from backend.mail.tests.mails import mail
from backend.mail.tests.scripted import Scripted
from desk_cli.servers.smtp_sink import SmtpSink


@pytest.fixture
def settings(smtp_sink: SmtpSink) -> SmtpSettings:
    return SmtpSettings("127.0.0.1", smtp_sink.port, "none", "", timeout=10, data_timeout=10)


def send(line: SmtpLine, number: int, *recipients: str, **more) -> Delivery:
    return line.deliver(
        envelope_from="suporte@desk.test",
        recipients=recipients or ("ana@x.test",),
        raw=mail("Olá", Message_ID=f"<t.{number}@desk.test>"),
        message_id=f"t.{number}@desk.test",
        **more,
    )


def verbs(sink: SmtpSink) -> list[str]:
    return [line.split(" ")[0].upper() for line in sink.commands]


def test_mails_share_a_session_and_a_refused_one_is_forgotten_before_the_next(smtp_sink, settings):
    with SmtpLine(settings) as line:
        assert send(line, 1).outcome == "sent"
        smtp_sink.script(mode="reject5", at="rcpt", recipient="rui@x.test")
        assert send(line, 2, "rui@x.test").outcome == "failed"
        smtp_sink.script(mode="reject4", at="data")
        assert send(line, 3).outcome == "deferred"
        smtp_sink.script(mode="reject5", at="body")
        assert send(line, 4).outcome == "failed"
        assert send(line, 5, "no address").outcome == "failed"
        assert send(line, 6).outcome == "sent"
    assert smtp_sink.connections == 1
    assert verbs(smtp_sink).count("EHLO") == 1
    assert verbs(smtp_sink).count("RSET") == 4
    assert [one.envelope_to for one in smtp_sink.messages] == [("ana@x.test",)] * 2


def test_a_session_takes_a_bounded_number_of_mails_and_ends_with_age(smtp_sink, settings):
    with SmtpLine(settings, most_mails=2) as line:
        for number in range(5):
            assert send(line, number).outcome == "sent"
    assert smtp_sink.connections == 3
    with SmtpLine(settings, most_seconds=0.0) as line:
        assert send(line, 8).outcome == send(line, 9).outcome == "sent"
    assert smtp_sink.connections == 5


@pytest.mark.parametrize(
    ("mode", "at"), [("drop", "rset"), ("drop", "mail"), ("drop", "rcpt"), ("reject4", "mail")]
)
def test_a_session_the_server_ended_is_replaced_before_a_mail_is_spoken_of(
    smtp_sink, settings, mode, at
):
    """421 and a drop before the content mean that nothing was handed over."""
    with SmtpLine(settings) as line:
        assert send(line, 1).outcome == "sent"
        smtp_sink.script(mode=mode, at=at, code=421, text="4.3.2 shutting down")
        assert send(line, 2).outcome == "sent"
    assert (smtp_sink.connections, len(smtp_sink.messages)) == (2, 2)


def test_on_a_new_session_the_same_faults_are_the_mails_own(smtp_sink, settings):
    smtp_sink.script(mode="drop", at="mail")
    with SmtpLine(settings) as line:
        delivery = send(line, 1)
        assert (delivery.outcome, delivery.phase) == ("deferred", "mail")
        assert send(line, 2).outcome == "sent"
    assert smtp_sink.connections == 2


@pytest.mark.parametrize(
    ("mode", "at", "outcome"),
    [
        ("drop", "data", "deferred"),
        ("drop", "body", "uncertain"),
        ("drop_stored", "body", "uncertain"),
        ("garbage", "body", "uncertain"),
    ],
)
def test_s10_a_drop_after_data_has_one_meaning_whichever_mail_of_the_session_it_hits(
    smtp_sink, settings, mode, at, outcome
):
    with SmtpLine(settings) as line:
        assert send(line, 1).outcome == "sent"
        smtp_sink.script(mode=mode, at=at)
        assert send(line, 2).outcome == outcome
        assert send(line, 3).outcome == "sent"
    assert smtp_sink.connections == 2
    assert len(smtp_sink.messages) == (3 if mode == "drop_stored" else 2)


def test_a_server_that_ends_each_session_in_its_idle_time_gets_each_mail_once(smtp_sink, settings):
    with SmtpLine(settings) as line:
        for number in range(4):
            assert send(line, number).outcome == "sent"
            smtp_sink.cut()
    assert (smtp_sink.connections, len(smtp_sink.messages)) == (4, 4)


def test_the_caller_hears_of_each_step_and_may_end_the_attempt_unsent(smtp_sink, settings):
    steps: list[str] = []
    with SmtpLine(settings) as line:
        send(line, 1, on_step=steps.append)
        begun = ["connect", "starttls", "login"]  # each may take as long as a slow server likes
        assert steps == [*begun, "mail", "rcpt", "data", "body", "answer"]
        steps.clear()
        send(line, 2, "a@x.test", "b@x.test", on_step=steps.append)
        assert steps == ["reset", "mail", "rcpt", "rcpt", "data", "body", "answer"]

        def lost(step: str) -> None:
            if step == "rcpt":
                raise LookupError("somebody else has it")

        with pytest.raises(LookupError):
            send(line, 3, on_step=lost)
        assert send(line, 4).outcome == "sent"  # over a new session
    assert (smtp_sink.connections, len(smtp_sink.messages)) == (2, 3)


def test_the_server_says_how_large_a_mail_it_takes(smtp_sink, settings):
    with SmtpLine(settings) as line:
        assert send(line, 1).server_size == 104857600


def trickling(at: str) -> Scripted:
    """A server that answers well until `at`, and then says a letter now and then, for ever."""

    def talk(link: socket.socket, reader: BinaryIO) -> None:
        def answer(verb: str, words: str) -> None:
            if verb != at:
                link.sendall(f"{words}\r\n".encode())
                return
            while True:
                link.sendall(b"2")
                time.sleep(0.05)

        answer("connect", "220 slow")
        while line := reader.readline():
            verb = line.split()[0].decode().lower()
            if verb == "data":
                answer("data", "354 go")
                while reader.readline() not in {b".\r\n", b""}:
                    continue
                answer("body", "250 ok")
            else:
                answer(verb, "250 ok")

    return Scripted(talk)


@pytest.mark.parametrize(
    ("at", "outcome"), [("connect", "deferred"), ("rcpt", "deferred"), ("body", "uncertain")]
)
def test_a_server_that_trickles_its_answer_keeps_nobody_longer_than_an_answer_may_take(
    at: str, outcome: str
):
    """Each letter comes in time, the answer never does."""
    with trickling(at) as server:
        settings = SmtpSettings(
            "127.0.0.1", server.port, "none", "",
            connect_timeout=0.3, timeout=0.3, data_timeout=0.3,
        )  # fmt: skip
        with SmtpLine(settings) as line:
            assert send(line, 1).outcome == outcome


def test_all_that_comes_before_the_content_is_bounded_too(smtp_sink, settings):
    smtp_sink.script(mode="slow", at="rcpt", times=-1, seconds=0.05)
    people = [f"{number}@x.test" for number in range(100)]
    with SmtpLine(replace(settings, before_content=0.5)) as line:
        delivery = send(line, 1, *people)
    assert (delivery.outcome, delivery.phase) == ("deferred", "rcpt")
    assert {one.state for one in delivery.recipients} == {"deferred"}
    assert smtp_sink.messages == []


def test_a_content_that_is_taken_too_slowly_is_broken_off_unsent(smtp_sink, settings):
    """Without the final dot the server has no mail (RFC 5321 4.1.1.4)."""
    with SmtpLine(replace(settings, content_timeout=0.0)) as line:
        delivery = send(line, 1)
    assert (delivery.outcome, delivery.phase) == ("deferred", "body")
    assert smtp_sink.messages == []


def test_a_server_that_says_too_much_is_not_taken_at_its_word_for_the_next_mail():
    """Its second 250 would be read as the answer to RSET, and all others one too early."""
    seen: list[str] = []

    def talk(link: socket.socket, reader: BinaryIO) -> None:
        seen.append("connection")
        link.sendall(b"220 chatty\r\n")
        while line := reader.readline():
            verb = line.split()[0].decode().lower()
            seen.append(verb)
            if verb == "data":
                link.sendall(b"354 go\r\n")
                while reader.readline() not in {b".\r\n", b""}:
                    continue
                link.sendall(b"250 ok\r\n250 as I said\r\n")
            else:
                link.sendall(b"250 ok\r\n")

    with Scripted(talk) as server:
        settings = SmtpSettings("127.0.0.1", server.port, "none", "", timeout=10, data_timeout=10)
        with SmtpLine(settings) as line:
            assert [send(line, number).outcome for number in range(3)] == ["sent"] * 3
    assert seen.count("connection") == seen.count("data") == 3
    assert "rset" not in seen
