"""Delivering to a real SMTP server that fails on demand."""

import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from backend.mail.smtp import Delivery, SmtpSettings, deliver, probe
from backend.mail.tests.mails import mail
from backend.mail.tests.scripted import Scripted
from desk_cli.ports import free_port
from desk_cli.servers.smtp_sink import SmtpSink

RAW = mail("Olá\r\n.\r\n..dots\r\nlast", Message_ID="<t.1@desk.test>")
FROM = "suporte@desk.test"
PASSWORD = "segrédo com espaço"


@pytest.fixture
def settings(smtp_sink: SmtpSink) -> SmtpSettings:
    return SmtpSettings("127.0.0.1", smtp_sink.port, "none", "", "", timeout=10, data_timeout=10)


def send(
    settings: SmtpSettings, *recipients: str, raw: bytes = RAW, envelope_from: str = FROM, **more
) -> Delivery:
    return deliver(
        settings,
        envelope_from=envelope_from,
        recipients=recipients or ("ana@x.test",),
        raw=raw,
        message_id="t.1@desk.test",
        **more,
    )


def states(delivery: Delivery) -> list[str]:
    return [x.state for x in delivery.recipients]


def test_the_stored_bytes_arrive_unchanged(smtp_sink, settings):
    delivery = send(settings, "ana@x.test", "bia@x.test")
    (message,) = smtp_sink.messages
    assert message.raw == RAW + b"\r\n"
    assert message.envelope_from == FROM
    assert message.envelope_to == ("ana@x.test", "bia@x.test")
    assert (delivery.outcome, delivery.phase, delivery.code) == ("sent", "done", 250)
    assert states(delivery) == ["accepted", "accepted"]


def test_bytes_that_end_with_a_line_end_arrive_exactly(smtp_sink, settings):
    send(settings, raw=RAW + b"\r\n")
    assert smtp_sink.messages[0].raw == RAW + b"\r\n"


@pytest.mark.parametrize(
    "end", [b"\n.\n", b"\r.\r", b"\r\n.\n", b"\n.\r\n", b"\r\n.\r", b"\r.\r\n"]
)
def test_row_36_no_line_end_can_smuggle_a_second_mail(smtp_sink, settings, end: bytes):
    smuggled = (
        RAW + end + b"MAIL FROM:<evil@x.test>\r\nRCPT TO:<ceo@x.test>\r\nDATA\r\nevil\r\n.\r\n"
    )
    assert send(settings, raw=smuggled).outcome == "sent"
    (message,) = smtp_sink.messages
    body = message.raw.replace(b"\r\n", b"")
    assert b"\r" not in body
    assert b"\n" not in body
    assert b"evil" in message.raw


def test_b12_the_null_path_is_written(smtp_sink, settings):
    assert send(settings, envelope_from="").outcome == "sent"
    assert smtp_sink.messages[0].envelope_from == ""


@pytest.mark.parametrize(("mode", "state"), [("reject4", "deferred"), ("reject5", "failed")])
@pytest.mark.parametrize("at", ["mail", "rcpt", "data", "body"])
def test_s9_refusals_are_deferred_or_failed(smtp_sink, settings, mode: str, at: str, state: str):
    smtp_sink.script(mode=mode, at=at)
    delivery = send(settings)
    assert (delivery.outcome, states(delivery)) == (state, [state])
    assert delivery.code == (451 if mode == "reject4" else 550)
    assert delivery.text
    assert delivery.phase == {"body": "dot"}.get(at, at)


@pytest.mark.parametrize("at", ["connect", "ehlo", "mail", "rcpt", "data"])
@pytest.mark.parametrize("mode", ["drop", "garbage"])
def test_s9_trouble_before_the_content_is_deferred(smtp_sink, settings, mode: str, at: str):
    smtp_sink.script(mode=mode, at=at, times=2)
    delivery = send(settings)
    assert (delivery.outcome, states(delivery)) == ("deferred", ["deferred"])
    assert smtp_sink.messages == []


@pytest.mark.parametrize("mode", ["drop", "drop_stored", "garbage"])
def test_s10_no_answer_after_the_final_dot_is_uncertain(smtp_sink, settings, mode: str):
    smtp_sink.script(mode=mode, at="body")
    delivery = send(settings, "ana@x.test", "bia@x.test")
    assert (delivery.outcome, delivery.phase) == ("uncertain", "dot")
    assert states(delivery) == ["uncertain", "uncertain"]
    assert len(smtp_sink.messages) == (1 if mode == "drop_stored" else 0)


def test_s10_silence_after_the_final_dot_is_uncertain(smtp_sink, settings):
    smtp_sink.script(mode="hang", at="body")
    assert send(replace(settings, data_timeout=0.3)).outcome == "uncertain"


@pytest.mark.parametrize("at", ["connect", "ehlo", "mail", "rcpt", "data"])
def test_s9_silence_before_the_content_is_deferred(smtp_sink, settings, at: str):
    smtp_sink.script(mode="hang", at=at)
    delivery = send(replace(settings, timeout=0.3))
    assert delivery.outcome == "deferred"


@pytest.mark.parametrize("mode", ["drop", "garbage"])
def test_p3_trouble_at_quit_changes_nothing(smtp_sink, settings, mode: str):
    smtp_sink.script(mode=mode, at="quit")
    assert send(settings).outcome == "sent"
    assert len(smtp_sink.messages) == 1


def test_s8_each_recipient_has_its_own_result(smtp_sink, settings):
    smtp_sink.script(mode="reject4", at="rcpt", recipient="bia@x.test")
    smtp_sink.script(mode="reject5", at="rcpt", recipient="caio@x.test")
    delivery = send(settings, "ana@x.test", "bia@x.test", "caio@x.test")
    assert [(x.address, x.state, x.code) for x in delivery.recipients] == [
        ("ana@x.test", "accepted", 250),
        ("bia@x.test", "deferred", 451),
        ("caio@x.test", "failed", 550),
    ]
    assert delivery.outcome == "deferred"
    assert smtp_sink.messages[0].envelope_to == ("ana@x.test",)


def test_s8_one_refusal_for_good_among_acceptances_is_sent(smtp_sink, settings):
    smtp_sink.script(mode="reject5", at="rcpt", recipient="bia@x.test")
    delivery = send(settings, "ana@x.test", "bia@x.test")
    assert (delivery.outcome, states(delivery)) == ("sent", ["accepted", "failed"])


@pytest.mark.parametrize("mode", ["drop", "garbage"])
def test_s8_a_dialogue_broken_among_the_recipients_leaves_nobody_accepted(
    smtp_sink, settings, mode: str
):
    smtp_sink.script(mode=mode, at="rcpt", recipient="bia@x.test")
    delivery = send(settings, "ana@x.test", "bia@x.test")
    assert states(delivery) == ["deferred", "deferred"]
    assert {result.code for result in delivery.recipients} == {None}
    assert smtp_sink.messages == []


def test_a_server_that_is_closing_defers_everybody(smtp_sink, settings):
    smtp_sink.script(mode="reject4", at="rcpt", recipient="bia@x.test", code=421, text="closing")
    delivery = send(settings, "ana@x.test", "bia@x.test")
    assert (states(delivery), delivery.code) == (["deferred", "deferred"], 421)
    assert smtp_sink.messages == []


def test_the_same_recipient_twice_gets_one_copy(smtp_sink, settings):
    delivery = send(settings, "ana@x.test", "ana@x.test")
    assert len(delivery.recipients) == 1
    assert smtp_sink.messages[0].envelope_to == ("ana@x.test",)


@pytest.mark.parametrize(
    "bad", ["ana", "a b@x.test", "<ana@x.test>", "ana@x.test\r\nDATA", "a@x\n"]
)
def test_row_35_an_address_cannot_carry_a_command(smtp_sink, settings, bad: str):
    delivery = send(settings, bad, "ana@x.test")
    assert states(delivery) == ["failed", "accepted"]
    assert smtp_sink.messages[0].envelope_to == ("ana@x.test",)
    assert [x[:4].upper() for x in smtp_sink.commands] == ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]


@pytest.mark.parametrize("bad", ["a b@x.test", "<a@x.test>", "a@x.test\r\nDATA", "a@x\n"])
def test_row_35_a_sender_cannot_carry_a_command(smtp_sink, settings, bad: str):
    assert send(settings, envelope_from=bad).outcome == "failed"
    assert smtp_sink.connections == 0


def test_only_bad_addresses_do_not_even_connect(smtp_sink, settings):
    assert send(settings, "nobody").outcome == "failed"
    assert smtp_sink.connections == 0


def test_s6_a_utf_8_local_part_uses_smtputf8(smtp_sink, settings):
    assert send(settings, "joão@x.test").outcome == "sent"
    assert any("SMTPUTF8" in x for x in smtp_sink.commands if x.startswith("MAIL"))
    assert smtp_sink.messages[0].envelope_to == ("joão@x.test",)


def test_the_mail_is_announced_as_8_bit_with_its_size(smtp_sink, settings):
    send(settings, raw=RAW + b"\r\n")
    (command,) = [x for x in smtp_sink.commands if x.startswith("MAIL")]
    assert f"SIZE={len(RAW) + 2}" in command
    assert "BODY=8BITMIME" in command
    assert "SMTPUTF8" not in command


def test_s1_bytes_with_another_message_id_are_not_sent(smtp_sink, settings):
    with pytest.raises(ValueError, match="Message-ID"):
        send(settings, raw=mail("x", Message_ID="<other@desk.test>"))
    assert smtp_sink.connections == 0


def test_on_data_runs_just_before_the_content(smtp_sink, settings):
    seen: list[str] = []
    send(settings, on_data=lambda: seen.append(smtp_sink.commands[-1]))
    assert seen == ["RCPT TO:<ana@x.test>"]


def test_what_on_data_raises_ends_the_attempt_unsent(smtp_sink, settings):
    def refuse() -> None:
        raise LookupError("the row belongs to somebody else")

    with pytest.raises(LookupError):
        send(settings, on_data=refuse)
    smtp_sink.wait_for_command("QUIT")
    assert "DATA" not in smtp_sink.commands
    assert smtp_sink.messages == []


def test_nobody_listening_is_deferred_and_explained(settings):
    delivery = send(replace(settings, port=free_port()))
    assert (delivery.outcome, delivery.phase) == ("deferred", "connect")
    assert "Check the port" in delivery.text


@pytest.mark.parametrize("host", ["mail.example.org", "192.0.2.1"])
def test_i10_clear_text_is_refused_beyond_this_machine(settings, host: str):
    delivery = send(replace(settings, host=host))
    assert delivery.outcome == "deferred"
    assert "unencrypted" in delivery.text


@pytest.fixture
def secure_sink(server_folder: Path) -> Iterator[tuple[SmtpSink, SmtpSettings]]:
    """A sink with STARTTLS and one account, and the settings that trust it."""
    key, certificate = server_folder / "key.pem", server_folder / "cert.pem"
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=localhost", "-addext", names, "-keyout", str(key)]
    subprocess.run([*command, "-out", str(certificate)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with SmtpSink(users={"desk": PASSWORD}, tls=context) as sink:
        yield (
            sink,
            SmtpSettings(
                "localhost", sink.port, "starttls", "desk", PASSWORD, ca_file=str(certificate)
            ),
        )


def test_starttls_and_login_work(secure_sink):
    sink, settings = secure_sink
    assert send(settings).outcome == "sent"
    assert sink.messages[0].username == "desk"
    assert [x.step for x in probe(settings)] == ["connect_smtp", "tls_smtp", "login_smtp"]
    assert all(x.ok for x in probe(settings))


def test_i10_an_untrusted_certificate_sends_nothing(secure_sink):
    sink, settings = secure_sink
    delivery = send(replace(settings, ca_file=None))
    assert (delivery.outcome, delivery.phase) == ("deferred", "starttls")
    assert not [x for x in sink.commands if x.startswith(("AUTH", "MAIL"))]
    assert probe(replace(settings, ca_file=None))[-1].code == "smtp_certificate_invalid"


@pytest.mark.parametrize("mode", ["reject4", "reject5", "drop", "garbage"])
def test_i10_starttls_refused_is_never_clear_text(secure_sink, mode: str):
    sink, settings = secure_sink
    sink.script(mode=mode, at="starttls")
    assert send(settings).outcome == "deferred"
    assert not [x for x in sink.commands if x.startswith(("AUTH", "MAIL"))]


def test_i10_starttls_not_offered_is_never_clear_text(smtp_sink, settings):
    delivery = send(replace(settings, security="starttls"))
    assert (delivery.outcome, delivery.phase) == ("deferred", "starttls")
    assert not [x for x in smtp_sink.commands if x.startswith("MAIL")]


def test_s18_a_wrong_password_defers_and_is_explained(secure_sink):
    settings = secure_sink[1]
    delivery = send(replace(settings, password="no"))
    assert (delivery.outcome, delivery.phase, delivery.code) == ("deferred", "login", 535)
    assert "Check user name and password" in delivery.text
    step = probe(replace(settings, password="no"))[-1]
    assert (step.step, step.code, step.ok) == ("login_smtp", "smtp_login_failed", False)


def test_a_login_that_is_not_offered_is_explained(settings):
    delivery = send(replace(settings, username="desk", password="x"))
    assert (delivery.outcome, delivery.phase) == ("deferred", "login")


def test_the_password_is_in_no_description():
    assert PASSWORD not in repr(SmtpSettings("h", 1, "tls", "u", PASSWORD))


def plain_server(*offers: str, rcpt: str = "250 ok"):
    """A server that offers only these extensions."""

    def talk(link, reader):
        link.sendall(b"220 ready\r\n")
        while line := reader.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                lines = ["plain", *offers]
                marks = ["-"] * (len(lines) - 1) + [" "]
                link.sendall(
                    "".join(f"250{m}{x}\r\n" for m, x in zip(marks, lines, strict=True)).encode()
                )
            elif verb == b"DATA":
                link.sendall(b"354 go\r\n")
                while reader.readline() != b".\r\n":
                    continue
                link.sendall(b"250 stored\r\n")
            else:
                link.sendall(rcpt.encode() + b"\r\n" if verb == b"RCPT" else b"250 ok\r\n")

    return Scripted(talk)


def test_s7_a_mail_larger_than_the_server_takes_is_not_sent():
    with plain_server("SIZE 50") as server:
        delivery = send(SmtpSettings("127.0.0.1", server.port, "none", "", ""))
    assert (delivery.outcome, delivery.phase, delivery.code) == ("failed", "mail", 552)
    assert "50 bytes" in delivery.text


@pytest.mark.parametrize("offer", ["SIZE", "SIZE 0", "SIZE x", "SIZE 100000"])
def test_s7_a_size_without_limit_stops_nothing(offer: str):
    with plain_server(offer) as server:
        assert send(SmtpSettings("127.0.0.1", server.port, "none", "", "")).outcome == "sent"


def test_s6_without_smtputf8_only_that_recipient_fails():
    with plain_server() as server:
        settings = SmtpSettings("127.0.0.1", server.port, "none", "", "")
        delivery = send(settings, "joão@x.test", "ana@x.test")
        assert states(delivery) == ["failed", "accepted"]
        assert states(send(settings, "joão@x.test")) == ["failed"]
        assert send(settings, envelope_from="joão@desk.test").outcome == "failed"


def test_auth_login_is_used_where_plain_is_missing():
    import base64

    got: list[str] = []

    def talk(link, reader):
        link.sendall(b"220 ready\r\n")
        while line := reader.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                link.sendall(b"250-x\r\n250 AUTH LOGIN\r\n")
            elif verb == b"AUTH":
                for prompt in (b"334 VXNlcm5hbWU6\r\n", b"334 UGFzc3dvcmQ6\r\n"):
                    link.sendall(prompt)
                    got.append(base64.b64decode(reader.readline()).decode())
                link.sendall(b"235 ok\r\n")
            else:
                link.sendall(b"250 ok\r\n")

    with Scripted(talk) as server:
        assert all(
            x.ok for x in probe(SmtpSettings("127.0.0.1", server.port, "none", "u", PASSWORD))
        )
    assert got == ["u", PASSWORD]


def test_a_connection_lost_in_the_middle_of_the_content_is_deferred():
    def talk(link, reader):
        link.sendall(b"220 ready\r\n")
        while line := reader.readline():
            if line.upper().startswith(b"DATA"):
                link.sendall(b"354 go\r\n")
                reader.read(1_000)
                return
            link.sendall(b"250 ok\r\n")

    big = RAW + b"\r\n" + (b"x" * 70 + b"\r\n") * 200_000
    with Scripted(talk) as server:
        delivery = send(SmtpSettings("127.0.0.1", server.port, "none", "", ""), raw=big)
    assert (delivery.outcome, delivery.phase) == ("deferred", "body")
