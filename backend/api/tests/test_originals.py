"""The original of a message can be saved and read, and the audit log says by whom."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.db import transaction

from backend.api.tests.clients import API, Client, client_of
from backend.audit.models import Log
from backend.core import blobs
from backend.mailboxes.models import InboundMail, Mailbox, OutboundMail
from backend.tickets import creating
from backend.tickets.models import Message
from backend.tickets.originals import SHOWN_BYTES
from backend.tickets.replying import Reply, reply
from backend.users.models import User
from tests.desk import acting, mailbox, person, receive
from tests.mails import letter

pytestmark = pytest.mark.django_db


@pytest.fixture
def box() -> Mailbox:
    return mailbox()


@pytest.fixture
def agent() -> User:
    return person()


@pytest.fixture
def desk(agent: User) -> Client:
    return client_of(agent)


def received(box: Mailbox, raw: bytes) -> Message:
    mail = receive(box, raw)
    assert mail.message is not None, mail.error
    return mail.message


def test_a_received_mail_is_given_byte_for_byte(box: Mailbox, desk: Client):
    raw = letter(subject="Pedido 4711: não chegou")
    answer = desk.get(f"{API}/messages/{received(box, raw).id}/raw/")
    assert answer.content == raw
    assert answer.headers["Content-Type"] == "message/rfc822"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="Pedido_4711__n_o_chegou.eml"; '
        "filename*=UTF-8''Pedido%204711_%20n%C3%A3o%20chegou.eml"
    )


def test_a_sent_mail_is_given_byte_for_byte(box: Mailbox, desk: Client, agent: User):
    ticket = received(box, letter()).ticket
    sent = reply(actor=acting(agent), user=agent, ticket_id=ticket.id, wanted=Reply(text="Oi"))
    answer = desk.get(f"{API}/messages/{sent.id}/raw/")
    assert answer.content == blobs.get(OutboundMail.objects.get(message=sent).sha256)


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("", "mail.eml"),
        ("../../etc/passwd", "passwd.eml"),
        ("..\\..\\CON", "_CON.eml"),
        ("con", "_con.eml"),
        ("\u202egnp.exe", "_gnp.exe.eml"),
        ("é" * 300, "é" * 60 + ".eml"),
    ],
)
def test_a4_the_name_to_save_under_is_safe(box: Mailbox, desk: Client, subject: str, name: str):
    message = received(box, letter())
    Message.objects.filter(pk=message.pk).update(subject=subject)
    disposition = desk.get(f"{API}/messages/{message.id}/raw/").headers["Content-Disposition"]
    assert disposition.endswith(f"filename*=UTF-8''{quote(name)}")


def test_reading_an_original_is_written_down(box: Mailbox, desk: Client, agent: User):
    message = received(box, letter())
    for part in ("raw", "source"):
        assert desk.get(f"{API}/messages/{message.id}/{part}/").status_code == 200
    entries = Log.objects.filter(action="message.original_read").order_by("id")
    assert list(entries.values_list("object_type", "object_id", "actor_user_id", "cause")) == [
        ("message", str(message.id), agent.id, f"GET {API}/messages/{message.id}/{part}/")
        for part in ("raw", "source")
    ]


def test_a_refused_look_is_not_written_down_as_one(box: Mailbox):
    message = received(mailbox("vendas@desk.test", team="Vendas"), letter())
    stranger = client_of(person(team="Outra"))
    for part in ("raw", "source"):
        assert stranger.get(f"{API}/messages/{message.id}/{part}/").status_code == 404
    assert not Log.objects.filter(action="message.original_read").exists()


def test_messages_without_a_mail_have_no_original(box: Mailbox, desk: Client, agent: User):
    noted = creating.create_ticket(
        actor=acting(agent),
        user=agent,
        wanted=creating.NewTicket(
            mailbox_id=box.id,
            contact_address="a@b.test",
            contact_name="",
            subject="Ligou",
            text="Oi",
        ),
    )
    left = received(box, letter())
    with transaction.atomic():
        InboundMail.objects.filter(message=left).update(sha256="")
    for message in (Message.objects.get(ticket=noted), left):
        shown = desk.get(f"{API}/tickets/{message.ticket_id}/").json()["messages"][0]
        assert shown["has_original"] is False
        for part in ("raw", "source"):
            answer = desk.get(f"{API}/messages/{message.id}/{part}/")
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_received_and_sent_messages_have_an_original(box: Mailbox, desk: Client, agent: User):
    ticket = received(box, letter()).ticket
    reply(actor=acting(agent), user=agent, ticket_id=ticket.id, wanted=Reply(text="Oi"))
    shown = desk.get(f"{API}/tickets/{ticket.id}/").json()["messages"]
    assert [one["has_original"] for one in shown] == [True, True]


def test_the_source_shows_fields_as_written_and_decoded(box: Mailbox, desk: Client):
    raw = (
        b"Received: from a.test\r\n\tby b.test; x\r\n"
        b"From: =?utf-8?q?Jo=C3=A3o?= <joao@customers.test>\r\n"
        b"To: suporte@desk.test\r\n"
        b"MESSAGE-id: <1@c.test>\r\n"
        b"Subject: =?iso-8859-1?q?N=E3o?=\r\n =?iso-8859-1?q?_chegou?=\r\n"
        b"X-Empty:\r\n"
        b"\r\n"
        b"Not-a-field: Ol\xe1\r\n"
    )
    shown = desk.get(f"{API}/messages/{received(box, raw).id}/source/").json()
    assert shown == {
        "size": len(raw),
        "truncated": False,
        "headers": [
            ["Received", "from a.test by b.test; x"],
            ["From", "João <joao@customers.test>"],
            ["To", "suporte@desk.test"],
            ["MESSAGE-id", "<1@c.test>"],
            ["Subject", "Não chegou"],
            ["X-Empty", ""],
        ],
        "source": raw.decode("utf-8", "replace"),
    }


def test_a_long_source_is_cut_between_two_letters(box: Mailbox, desk: Client):
    head = b"From: a@customers.test\nSubject: x\nContent-Type: text/plain; charset=utf-8\n\n"
    raw = head + b"x" * (len(head) % 2 + 1) + "é".encode() * SHOWN_BYTES
    shown = desk.get(f"{API}/messages/{received(box, raw).id}/source/").json()
    assert (shown["size"], shown["truncated"]) == (len(raw), True)
    assert shown["source"] == raw[: SHOWN_BYTES - 1].decode()
    assert [name for name, _ in shown["headers"]] == ["From", "Subject", "Content-Type"]


@pytest.mark.parametrize(
    "raw",
    [
        b"From: a@customers.test",
        b"\n\n\n",
        b"\0\xff\xfe\r\n\r\n\x80",
        b"From: a@customers.test\nno field here\nSubject: x\n\ntext",
        b"From MAILER Mon Jan  1\nFrom: a@customers.test\nA:b\n folded\n\nx",
    ],
)
def test_the_source_of_any_bytes_is_shown(box: Mailbox, desk: Client, raw: bytes):
    message = received(box, letter())
    InboundMail.objects.filter(message=message).update(sha256=blobs.put(raw))
    shown = desk.get(f"{API}/messages/{message.id}/source/").json()
    assert shown["source"] == raw.decode("utf-8", "replace")
