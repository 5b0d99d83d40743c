"""Trying a mailbox on real servers: which step fails, and what a person should do."""

from __future__ import annotations

import json
import logging
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from backend.mail.server import ProbeStep
from backend.mailboxes import accounts, trial
from backend.mailboxes.models import Mailbox
from backend.mailboxes.probing import probe
from backend.mailboxes.services import draft
from desk_cli.servers.dovecot import Dovecot
from desk_cli.servers.smtp_sink import SinkMessage, SmtpSink
from tests.accounts import PASSWORD, connect
from tests.desk import receive

pytestmark = pytest.mark.django_db
ADDRESS = "probing@desk.test"
WRONG = "not-the-password"
ALL_WELL = [
    "connect_imap",
    "login_imap",
    "list_folders",
    "select_inbox",
    "connect_smtp",
    "login_smtp",
]


@pytest.fixture
def sink(dovecot: Dovecot) -> Iterator[SmtpSink]:
    """An SMTP server that wants a login and offers STARTTLS with Dovecot's certificate."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(dovecot.certificate, dovecot.root / "key.pem")
    with SmtpSink(users={ADDRESS: PASSWORD}, tls=tls) as server:
        yield server


@pytest.fixture
def box(dovecot: Dovecot, sink: SmtpSink) -> Mailbox:
    login = {"smtp_username": ADDRESS, "smtp_password": PASSWORD}
    return connect(dovecot, address=ADDRESS, smtp_port=sink.port, **login)


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def tried(box: Mailbox, **values: Any) -> dict[str, Any]:
    """The test of a mailbox's form with some fields changed; it can be sent as JSON."""
    result: dict[str, Any] = json.loads(json.dumps(probe(draft(values, base=box))))
    return result


def failing(result: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The steps that failed, by name."""
    assert result["ok"] is all(step["ok"] for step in result["steps"])
    return {step["step"]: step for step in result["steps"] if not step["ok"]}


def test_a_sound_mailbox_passes_every_step(box: Mailbox):
    result = tried(box)
    assert failing(result) == {}
    assert [step["step"] for step in result["steps"]] == ALL_WELL
    assert all(step["advice"] == step["code"] == "" for step in result["steps"])


def test_the_folders_are_listed_with_what_they_are_for(box: Mailbox):
    folders = tried(box)["folders"]
    assert {"name": "Sent", "special_use": "sent", "selectable": True} in folders
    assert [one["name"] for one in folders if one["special_use"] == "inbox"] == ["INBOX"]
    failed = failing(tried(box, further_folders=["Sent", "Sumiu"]))
    assert failed["select_inbox"]["code"] == "imap_folder_missing"
    assert tried(box, imap_password=WRONG)["folders"] == []


def exchanged(box: Mailbox, *, seconds: float = 20.0) -> dict[str, ProbeStep]:
    steps = trial.exchange(
        box, accounts.imap_settings(box), accounts.smtp_settings(box), seconds=seconds
    )
    return {step.step: step for step in steps}


@pytest.mark.parametrize("folder", ["INBOX", "Junk"])
def test_a_mail_to_oneself_is_sent_seen_and_removed(
    box: Mailbox, sink: SmtpSink, dovecot: Dovecot, folder: str
):
    sink.on_message = lambda mail: arrive(dovecot, mail, folder)
    if folder == "INBOX":
        result = probe(box, exchange=True)
        assert (result["ok"], [one["step"] for one in result["steps"]][-2:]) == (
            True,
            ["send_test", "receive_test"],
        )
    else:
        steps = exchanged(box)
        assert (steps["send_test"].ok, steps["receive_test"].code) == (True, "imap_test_in_spam")
    (sent,) = sink.messages
    assert sent.raw not in dovecot.mails(ADDRESS, folder)
    assert (sent.envelope_from, sent.envelope_to) == (ADDRESS, (ADDRESS,))


def arrive(dovecot: Dovecot, mail: SinkMessage, folder: str) -> None:
    dovecot.deliver(ADDRESS, mail.raw, folder)


def test_a_mail_that_does_not_leave_or_not_arrive_is_named(box: Mailbox, sink: SmtpSink):
    assert exchanged(box, seconds=0.5)["receive_test"].code == "imap_test_not_seen"
    sink.script(mode="reject5", at="rcpt", text="5.7.1 you are not this address")
    steps = exchanged(box)
    assert list(steps) == ["send_test"]
    assert steps["send_test"].code == "smtp_test_not_sent"
    assert "you are not this address" in steps["send_test"].detail


def test_a_test_mail_that_a_monitor_reads_first_is_no_ticket(box: Mailbox, sink: SmtpSink):
    exchanged(box, seconds=0.1)
    fated = receive(box, sink.messages[0].raw)
    assert (fated.fate, fated.ticket) == ("own_mail", None)
    forged = sink.messages[0].raw.replace(b"Message-ID: <t.", b"Message-ID: <t.0", 1)
    assert receive(box, forged).fate != "own_mail"


@pytest.mark.parametrize(
    ("changed", "step", "code", "advice"),
    [
        ({"imap_password": WRONG}, "login_imap", "imap_login_failed", "app password"),
        ({"smtp_password": WRONG}, "login_smtp", "smtp_login_failed", "app password"),
        ({"imap_username": "nobody@desk.test"}, "login_imap", "imap_login_failed", "user name"),
        (
            {"imap_host": "no.such.invalid", "imap_security": "tls"},
            "resolve_imap",
            "imap_resolve_failed",
            "server name 'no.such.invalid'",
        ),
        (
            {"smtp_host": "no.such.invalid", "smtp_security": "tls"},
            "resolve_smtp",
            "smtp_resolve_failed",
            "server name 'no.such.invalid'",
        ),
        (
            {"imap_security": "starttls"},
            "tls_imap",
            "imap_certificate_invalid",
            "not trusted",
        ),
        (
            {"smtp_security": "starttls"},
            "tls_smtp",
            "smtp_certificate_invalid",
            "not trusted",
        ),
        ({"imap_security": "tls"}, "tls_imap", "imap_tls_failed", "STARTTLS or another port"),
        ({"smtp_security": "tls"}, "tls_smtp", "smtp_tls_failed", "STARTTLS or another port"),
        ({"imap_folder": "Não existe"}, "select_inbox", "imap_folder_missing", "Não existe"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_setting_is_named_by_its_step_with_what_to_do(
    box: Mailbox, changed: dict[str, str], step: str, code: str, advice: str
):
    failed = failing(tried(box, **changed))
    assert list(failed) == [step]
    assert failed[step]["code"] == code
    assert advice in failed[step]["advice"]


@pytest.mark.parametrize("protocol", ["imap", "smtp"])
def test_a_port_where_nobody_listens_is_named(box: Mailbox, protocol: str):
    port = closed_port()
    failed = failing(tried(box, **{f"{protocol}_port": port}))
    assert list(failed) == [f"connect_{protocol}"]
    assert failed[f"connect_{protocol}"]["code"] == f"{protocol}_connect_refused"
    assert f"127.0.0.1:{port}" in failed[f"connect_{protocol}"]["advice"]


def test_a_server_of_another_kind_is_noticed(box: Mailbox, sink: SmtpSink, dovecot: Dovecot):
    failed = failing(tried(box, imap_port=sink.port, smtp_port=dovecot.port))
    assert list(failed) == ["connect_imap", "connect_smtp"]
    assert all(step["advice"] for step in failed.values())


def test_the_certificate_of_a_tls_port_is_checked(box: Mailbox, dovecot: Dovecot):
    failed = failing(tried(box, imap_port=dovecot.tls_port, imap_security="tls"))
    assert failed["tls_imap"]["code"] == "imap_certificate_invalid"


def test_sending_is_tried_also_when_reading_fails(box: Mailbox):
    steps = tried(box, imap_password=WRONG)["steps"]
    assert [step["step"] for step in steps if step["ok"]] == [
        "connect_imap",
        "connect_smtp",
        "login_smtp",
    ]


def test_a_relay_without_login_is_sound(box: Mailbox, smtp_sink: SmtpSink):
    assert failing(tried(box, smtp_port=smtp_sink.port, smtp_username="")) == {}


def test_trying_sends_nothing_and_reads_nothing(box: Mailbox, sink: SmtpSink, dovecot: Dovecot):
    dovecot.deliver(ADDRESS, b"Subject: new\r\n\r\nOi\r\n")
    tried(box)
    assert sink.messages == []
    assert not [line for line in sink.commands if line.startswith(("MAIL", "DATA"))]
    flags = [file.name.partition(":2,")[2] for file in dovecot.mailbox(ADDRESS).glob("*/*:2,*")]
    assert not [one for one in flags if "S" in one]
    assert len(dovecot.mails(ADDRESS)) == 1


def test_trying_a_form_changes_no_mailbox(box: Mailbox):
    tried(box, imap_password=WRONG, name="Outro", imap_folder="Nada")
    kept = Mailbox.objects.get()
    assert (kept.name, kept.imap_folder) == ("Suporte", "INBOX")
    assert failing(probe(kept)) == {}


def test_a_stored_password_of_another_key_is_named_without_asking_a_server(
    box: Mailbox, settings: Settings, sink: SmtpSink
):
    connections = sink.connections
    settings.DESK_ENCRYPTION_KEY = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA="
    failed = failing(probe(box))
    assert failed["password"]["code"] == "secret_unreadable"
    assert "type the password again" in failed["password"]["advice"]
    assert sink.connections == connections


@pytest.mark.parametrize(
    "changed",
    [{}, {"imap_password": WRONG}, {"smtp_password": WRONG}, {"imap_security": "starttls"}],
    ids=str,
)
def test_no_password_is_in_an_answer_or_a_log(
    box: Mailbox, caplog: pytest.LogCaptureFixture, changed: dict[str, str]
):
    with caplog.at_level(logging.DEBUG):
        said = json.dumps(tried(box, **changed)) + caplog.text
    assert PASSWORD not in said
    assert WRONG not in said
