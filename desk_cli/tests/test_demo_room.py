"""The demo room: anybody@demo.local can write and read, with Dovecot and with pymap."""

from __future__ import annotations

import imaplib
import smtplib

import pytest

from desk_cli import process
from desk_cli.servers.demo_room import DemoRoom
from desk_cli.servers.demo_smtp import box_of

PASSWORD = "room-password"


@pytest.fixture(params=[True, False], ids=["dovecot", "pymap"])
def room(request, server_folder):
    password_file = server_folder / "password"
    password_file.write_text(PASSWORD)
    room = DemoRoom(
        server_folder / "demo",
        password_file,
        logs=server_folder / "logs",
        prefer_dovecot=request.param,
    )
    room.start()
    yield room
    room.stop()


def inbox(room: DemoRoom, address: str, password: str = "") -> imaplib.IMAP4:
    link = imaplib.IMAP4("127.0.0.1", room.imap_port, timeout=30)
    link.login(address, password or PASSWORD)
    link.select()
    return link


def send(room: DemoRoom, sender: str, recipient: str) -> None:
    with smtplib.SMTP("127.0.0.1", room.smtp_port, timeout=30) as link:
        link.login(sender, PASSWORD)
        link.sendmail(sender, [recipient], b"Subject: hello\r\n\r\nbom dia\r\n")


def subjects(room: DemoRoom, address: str) -> list[bytes]:
    link = inbox(room, address)
    numbers = link.uid("search", "ALL")[1][0].split()
    found = [link.uid("fetch", n, "(BODY.PEEK[HEADER])")[1][0][1] for n in numbers]
    link.logout()
    return found


def test_a_mail_reaches_an_address_that_never_existed_before(room):
    send(room, "ana@demo.local", "support@demo.local")
    [headers] = subjects(room, "support@demo.local")
    assert b"Subject: hello" in headers
    assert b"Return-Path: <ana@demo.local>" in headers


def test_an_address_that_got_nothing_can_log_in_and_file_its_sent_mail(room):
    link = inbox(room, "new@demo.local")
    assert link.uid("search", "ALL")[1] == [b""]
    assert link.append("Sent", "", "", b"Subject: mine\r\n\r\nx\r\n")[0] == "OK"
    link.logout()


def test_a_wrong_password_opens_nothing(room):
    with pytest.raises(imaplib.IMAP4.error):
        inbox(room, "ana@demo.local", "wrong")
    with (
        smtplib.SMTP("127.0.0.1", room.smtp_port, timeout=30) as link,
        pytest.raises(smtplib.SMTPAuthenticationError),
    ):
        link.login("ana@demo.local", "wrong")


def test_mail_for_the_rest_of_the_world_is_refused(room):
    with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
        send(room, "ana@demo.local", "somebody@example.org")
    assert caught.value.recipients["somebody@example.org"][0] == 550


@pytest.mark.fault
def test_uids_and_mails_survive_a_restart_with_the_other_server(room):
    send(room, "ana@demo.local", "support@demo.local")
    link = inbox(room, "support@demo.local")
    before = link.response("UIDVALIDITY")[1], link.uid("search", "ALL")[1]
    link.logout()
    room.stop()
    assert not any(child.running for child in room.children)
    other = DemoRoom(
        room.folder,
        room.password_file,
        logs=room.logs,
        smtp_port=room.smtp_port,
        imap_port=room.imap_port,
        prefer_dovecot=not room.use_dovecot,
    )
    other.start()
    assert other.environment == room.environment
    link = inbox(other, "support@demo.local")
    assert (link.response("UIDVALIDITY")[1], link.uid("search", "ALL")[1]) == before
    link.logout()
    other.stop()


@pytest.mark.fault
def test_both_servers_are_among_the_watched_children(room):
    assert len(room.children) == 2
    for child in room.children:
        child.kill()
        assert not child.running
        child.start()
    assert process.wait_until(lambda: answers(room), 60, 0.2)


def answers(room: DemoRoom) -> bool:
    try:
        send(room, "ana@demo.local", "support@demo.local")
        return bool(subjects(room, "support@demo.local"))
    except (OSError, smtplib.SMTPException, imaplib.IMAP4.error):
        return False


@pytest.mark.parametrize(
    "address", ["../x@demo.local", "a/b@demo.local", "@demo.local", ".a@demo.local", "a@b.local"]
)
def test_odd_names_and_other_domains_have_no_mailbox(tmp_path, address):
    assert box_of(tmp_path, address) is None


def test_the_mailbox_of_an_address_does_not_depend_on_its_case(tmp_path):
    assert box_of(tmp_path, "Ana@Demo.Local") == box_of(tmp_path, "ana@demo.local")
