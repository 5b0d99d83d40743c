"""A mail attached to a mail is shown as a mail, with its files, and harms nobody."""

from __future__ import annotations

import pytest

from backend.api.tests.clients import API, Client, client_of
from backend.core import blobs
from backend.mailboxes.models import Mailbox
from backend.tickets import nested
from backend.tickets.models import Attachment
from tests.desk import mailbox, person, receive
from tests.mails import html_letter, letter, with_file, with_picture
from tests.pictures import png

pytestmark = pytest.mark.django_db


@pytest.fixture
def box() -> Mailbox:
    return mailbox()


@pytest.fixture
def desk() -> Client:
    return client_of(person())


def attached(box: Mailbox, content: bytes, *, filename: str = "dentro.eml") -> Attachment:
    """A received mail's only file."""
    mail = receive(box, with_file(letter(own_id="outer@c.test"), filename, content))
    assert mail.message is not None, mail.error
    return mail.message.attachments.get()


def test_m23_an_attached_mail_is_shown_with_its_files(box: Mailbox, desk: Client):
    inner = with_file(
        with_picture(
            html_letter(
                '<p>Olá</p><img src="cid:logo@x">', sender="Rui <Rui@c.test>", cc="b@c.test"
            ),
            "logo@x",
            png(),
        ),
        "nota.pdf",
        b"%PDF-1.7",
        content_type="application/pdf",
    )
    shown = desk.get(f"{API}/attachments/{attached(box, inner).id}/mail/").json()
    assert shown.pop("date") is not None
    assert shown.pop("html").startswith('<p>Olá</p><img src="cid:logo@x"')
    files = shown.pop("attachments")
    assert [(one["index"], one["content_type"], one["inline"]) for one in files] == [
        (0, "image/png", True),
        (1, "application/pdf", False),
    ]
    assert files[0]["content_id"] == "logo@x"
    assert shown == {
        "subject": "Pedido 4711",
        "from": {"name": "Rui", "address": "rui@c.test"},
        "to": [{"name": "", "address": "suporte@desk.test"}],
        "cc": [{"name": "", "address": "b@c.test"}],
        "text": "Olá, onde está o meu pedido?",
        "invite": None,
        "signed": None,
        "encrypted": None,
    }


def test_a5_a_file_of_an_attached_mail_is_a_download(box: Mailbox, desk: Client):
    page = b"<script>alert(1)</script>"
    inner = with_file(letter(), "página.html", page, content_type="text/html")
    file = attached(box, inner)
    answer = desk.get(f"{API}/attachments/{file.id}/mail/0/")
    assert answer.content == page
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="p_gina.html"')
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert desk.get(f"{API}/attachments/{file.id}/mail/1/").status_code == 404


def test_s1_an_attached_mail_is_sanitised_like_any_other(box: Mailbox, desk: Client):
    image = '<img src="http://spy.test/a.png" width="99">'
    hostile = f'<p onclick="x()">Olá<script>alert(1)</script>{image}</p>'
    shown = desk.get(f"{API}/attachments/{attached(box, html_letter(hostile)).id}/mail/").json()
    assert "script" not in shown["html"]
    assert "onclick" not in shown["html"]
    assert ' data-remote-src="http://spy.test/a.png"' in shown["html"]


@pytest.mark.parametrize("content", [b"", b"\0\xff", b"<html>", b"From: a@b.test", letter()[:150]])
def test_m2_an_attached_mail_of_any_bytes_is_shown(box: Mailbox, desk: Client, content: bytes):
    file = attached(box, letter())
    Attachment.objects.filter(pk=file.pk).update(sha256=blobs.put(content))
    assert desk.get(f"{API}/attachments/{file.id}/mail/").status_code == 200


def test_a_file_that_is_no_mail_is_not_read_as_one(box: Mailbox, desk: Client):
    file = attached(box, b"From: a@b.test\n\nx", filename="nota.txt")
    for path in ("mail/", "mail/0/"):
        answer = desk.get(f"{API}/attachments/{file.id}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_s52_a_mail_too_large_to_wait_for_is_not_read(box: Mailbox, desk: Client):
    file = attached(box, letter())
    Attachment.objects.filter(pk=file.pk).update(size=nested.MAX_BYTES + 1)
    for path in ("mail/", "mail/0/"):
        answer = desk.get(f"{API}/attachments/{file.id}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (409, "mail_too_large")


def test_s16_a_mail_attached_to_another_teams_ticket_is_not_shown():
    file = attached(mailbox(team="Vendas"), letter())
    stranger = client_of(person(team="Outra"))
    assert stranger.get(f"{API}/attachments/{file.id}/mail/").status_code == 404
    assert stranger.get(f"{API}/attachments/{file.id}/mail/0/").status_code == 404
