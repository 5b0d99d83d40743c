"""The relays that spoil one line, spoken to by the standard library's clients."""

from __future__ import annotations

import imaplib
import smtplib
from collections import Counter
from collections.abc import Iterator

import pytest

from desk_cli.servers.imap_script import ImapScript
from desk_cli.servers.line_script import Act, Fault, Line
from desk_cli.servers.smtp_script import SmtpScript, UnreliableSink, accepted

MAIL = b"Message-ID: <one@desk.test>\r\nSubject: one\r\n\r\nthe text of a mail\r\n"
TO = "ana@example.org"


@pytest.fixture
def imap(dovecot) -> Iterator[ImapScript]:
    dovecot.add_user("script@desk.test", "secret")
    if not dovecot.mails("script@desk.test"):
        dovecot.deliver("script@desk.test", MAIL)
    with ImapScript(dovecot.port) as script:
        yield script


@pytest.fixture
def smtp(smtp_sink) -> Iterator[SmtpScript]:
    with SmtpScript(smtp_sink.port) as script:
        yield script


def read(line: Line, seconds: float = 20.0) -> bytes:
    """A whole session: the content of the only mail."""
    with imaplib.IMAP4("127.0.0.1", line.port, timeout=seconds) as link:
        link.login("script@desk.test", "secret")
        assert link.select("INBOX")[0] == "OK"
        kind, answer = link.uid("FETCH", "1:*", "(UID BODY.PEEK[])")
        assert kind == "OK", answer
        assert isinstance(answer[0], tuple), answer
        return bytes(answer[0][1])


def send(line: Line, seconds: float = 20.0) -> None:
    with smtplib.SMTP("127.0.0.1", line.port, timeout=seconds) as link:
        link.sendmail("desk@desk.test", [TO], MAIL)


def test_an_untouched_session_passes_byte_for_byte(imap):
    line = imap.open()
    assert read(line) == MAIL
    assert (line.happened, line.connections) == (True, 1)  # nothing was to happen
    assert line.said["server"] > line.said["client"] > 3


def test_every_line_of_an_imap_session_can_be_cut_until_one_passes(imap):
    cut = 0
    while cut < 100:
        line = imap.open(Fault(at=cut + 1, act="cut"))
        try:
            content = read(line)
        except (imaplib.IMAP4.error, OSError):
            content = b""
        if not line.happened:
            break
        cut += 1
    assert content == MAIL
    # BYE ends the session for the client; whether the answer to LOGOUT still passes is chance.
    assert abs(imap_lines(imap) - cut) <= 1


def imap_lines(imap: ImapScript) -> int:
    line = imap.open()
    read(line)
    return line.said["server"]


def test_a_mail_can_end_in_its_middle(imap):
    """The literal is a unit of its own: 11 bytes of it came, half, and then the end."""
    for at in range(1, imap_lines(imap) + 1):
        line = imap.open(Fault(at=at, act="half"))
        with pytest.raises((imaplib.IMAP4.error, OSError)):
            read(line)
        if any("the text of a mail" in said for said in line.last):
            return
    pytest.fail("no literal was met")


def test_a_refusal_waits_for_an_answer_that_a_command_has(imap):
    line = imap.open(Fault(at=4, act="refuse", words="NO [UNAVAILABLE] later"))
    with pytest.raises(imaplib.IMAP4.error, match="UNAVAILABLE"):
        read(line)
    assert line.happened


@pytest.mark.parametrize("act", ["stall", "skip", "garbage", "twice", "goodbye"])
def test_other_faults_happen_once_and_the_next_session_is_whole(imap, act: Act):
    line = imap.open(Fault(at=5, act=act))
    try:
        content = read(line, seconds=0.5)
    except (imaplib.IMAP4.error, OSError):
        content = b""
    assert line.happened
    assert content in {b"", MAIL}
    assert read(line) == MAIL


def test_a_mail_to_an_smtp_server_is_one_unit(smtp, smtp_sink):
    whole = smtp.open()
    send(whole)
    assert accepted(smtp_sink.messages) == {("one@desk.test", TO): 1}
    # EHLO, MAIL, RCPT, DATA, the mail, QUIT
    assert whole.said["client"] == 6, whole.last
    half = smtp.open(Fault(at=5, act="half", side="client"))
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(half)
    assert half.happened
    assert len(smtp_sink.messages) == 1


def test_the_answer_to_a_mail_is_lost_but_never_turned_into_a_lie(smtp, smtp_sink):
    line = smtp.open()
    send(line)
    # The last but one is the answer to the mail, the last the one to QUIT.
    verdict = line.said["server"] - 1
    spoiled = smtp.open(Fault(at=verdict, act="goodbye"))
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(spoiled)
    assert accepted(smtp_sink.messages) == {("one@desk.test", TO): 2}


def test_an_unreliable_sink_fails_the_same_way_for_the_same_seed():
    def run(seed: int) -> Counter[str]:
        with UnreliableSink(seed=seed, trouble={"rcpt": {"reject4": 300, "drop": 300}}) as sink:
            for _ in range(20):
                try:
                    with smtplib.SMTP("127.0.0.1", sink.port, timeout=20) as link:
                        link.sendmail("desk@desk.test", [TO], MAIL)
                except smtplib.SMTPException:
                    continue
            return sink.played + Counter({"stored": len(sink.messages)})

    first = run(7)
    assert first == run(7)
    assert min(first[one] for one in ("stored", "reject4 at rcpt", "drop at rcpt")) > 0
