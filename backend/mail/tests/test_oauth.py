"""Signing in with a token: what is said (RFC 7628), what a server may answer, and one more try."""

from __future__ import annotations

import base64
import json

import pytest

from backend.mail.imap import ImapMailbox, ImapSettings, LoginFailed
from backend.mail.oauth import (
    chosen_mechanism,
    decoded,
    failure_response,
    initial_response,
    is_safe,
    read_refusal,
)
from backend.mail.smtp import SmtpSettings, probe
from backend.mail.tests.scripted import ImapTalk, Scripted
from desk_cli.servers.smtp_sink import SmtpSink

USER = "someuser@example.com"
REFUSAL = json.dumps({"status": "invalid_token", "scope": "mail", "schemes": "bearer"}).encode()


def test_the_strings_are_those_of_the_standards_examples():
    bearer = initial_response(
        "OAUTHBEARER", username="user@example.com", token="vF9dft4qmT", host="server", port=143
    )
    assert bearer == (
        b"n,a=user@example.com,\x01host=server\x01port=143\x01auth=Bearer vF9dft4qmT\x01\x01"
    )
    strange = initial_response("OAUTHBEARER", username="a=b,c", token="t", host="h", port=1)
    assert strange.startswith(b"n,a=a=3Db=2Cc,\x01")
    older = initial_response("XOAUTH2", username=USER, token="ya29.x", host="h", port=1)
    assert base64.b64encode(older) == (
        b"dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LngBAQ=="
    )
    assert (failure_response("OAUTHBEARER"), failure_response("XOAUTH2")) == (b"\x01", b"")


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (["PLAIN", "XOAUTH2", "OAUTHBEARER"], "XOAUTH2"),
        (["oauthbearer"], "OAUTHBEARER"),
        (["PLAIN", "LOGIN"], None),
        ([], None),
    ],
)
def test_a_mechanism_the_server_offers_is_chosen(offered: list[str], chosen: str | None):
    assert chosen_mechanism(offered) == chosen


@pytest.mark.parametrize(
    ("username", "token"),
    [("a\x01b", "t"), ("a", "t\x01auth=x"), ("a", "t t"), ("a", "é"), ("a\r\nb", "t")],
)
def test_nothing_can_end_the_field_it_stands_in(username: str, token: str):
    assert is_safe("ação@example.com", "ya29.A-b_c~d+e/f=")
    assert not is_safe(username, token)


@pytest.mark.parametrize("told", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b'{"status": []}'])
def test_any_answer_of_a_server_is_read(told: bytes):
    assert str(read_refusal(told)) == ""
    assert read_refusal(REFUSAL).status == "invalid_token"
    assert str(read_refusal(b'{"status": "4\\r\\n00"}')) == "4 00"
    assert decoded("=") == b""


def imap_talk(*good: str) -> ImapTalk:
    """A server that takes these tokens alone, by OAUTHBEARER, and says why not."""

    def authenticate(talk: ImapTalk, tag: str, command: str) -> None:
        talk.say("+ ")
        said = base64.b64decode(talk.reader.readline())
        if any(f"auth=Bearer {token}\x01".encode() in said for token in good):
            talk.done(tag)
            return
        talk.say(b"+ " + base64.b64encode(REFUSAL))
        assert base64.b64decode(talk.reader.readline()) == b"\x01"
        talk.say(f"{tag} NO [AUTHENTICATIONFAILED] no")

    talk = ImapTalk(
        {"AUTHENTICATE": authenticate},
        greeting="* OK [CAPABILITY IMAP4rev1 AUTH=OAUTHBEARER] ready",
    )
    talk.capability = "IMAP4rev1 AUTH=OAUTHBEARER"
    return talk


def settings(port: int, token: str, renewed: list[str] | None = None) -> ImapSettings:
    """Settings whose renewal gives "good" and notes what was no good."""

    def renew(refused: str) -> str:
        assert renewed is not None
        renewed.append(refused)
        return "good"

    return ImapSettings(
        "127.0.0.1", port, "none", USER, access_token=token,
        renew_token=None if renewed is None else renew,
    )  # fmt: skip


@pytest.mark.parametrize(("token", "asked"), [("good", []), ("old", ["old"]), ("", [""])])
def test_a_refused_or_missing_token_is_renewed_once(token: str, asked: list[str]):
    renewed: list[str] = []
    with (
        Scripted(imap_talk("good")) as server,
        ImapMailbox(settings(server.port, token, renewed)) as mailbox,
    ):
        assert mailbox.select("INBOX") == (7, 4)
    assert renewed == asked


def test_a_token_refused_twice_ends_with_the_servers_reason():
    renewed: list[str] = []
    with Scripted(imap_talk()) as server, pytest.raises(LoginFailed) as caught:
        ImapMailbox(settings(server.port, "old", renewed)).__enter__()
    assert (caught.value.code, caught.value.transient) == ("imap_token_refused", False)
    assert "invalid_token mail" in caught.value.server_words
    assert renewed == ["old"]
    assert "good" not in repr(settings(1, "good", renewed))


def test_a_server_without_tokens_gets_none():
    talk = ImapTalk({})
    with Scripted(talk) as server, pytest.raises(LoginFailed) as caught:
        ImapMailbox(settings(server.port, "good")).__enter__()
    assert caught.value.code == "imap_token_not_offered"
    assert not [line for line in talk.commands if line.startswith(("AUTHENTICATE", "LOGIN "))]


def test_smtp_renews_once_too_and_tells_a_busy_server_from_a_refusal():
    renewed: list[str] = []
    with SmtpSink(tokens=lambda token: USER if token == "good" else None) as sink:
        wanted = settings(sink.port, "old", renewed)
        smtp = SmtpSettings(
            "127.0.0.1", sink.port, "none", USER,
            access_token="old", renew_token=wanted.renew_token,
        )  # fmt: skip
        assert [step.ok for step in probe(smtp)] == [True, True]
        assert renewed == ["old"]
        sink.script(mode="reject4", at="auth")
        assert probe(smtp)[-1].code == "smtp_login_later"
        sink.tokens = lambda token: None
        refused = probe(smtp)[-1]
        assert (refused.code, "invalid_token" in refused.detail) == ("smtp_token_refused", True)
