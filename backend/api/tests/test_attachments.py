"""Files of strangers are saved, never opened as pages; the same logo is shown once."""

from __future__ import annotations

from typing import Any

import pytest

from backend.api.tests.clients import API, Client, client_of
from backend.mailboxes.models import Mailbox
from backend.tickets.models import Attachment, Message
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


def received(box: Mailbox, raw: bytes) -> Message:
    mail = receive(box, raw)
    assert mail.message is not None, mail.error
    return mail.message


def files_of(desk: Client, message: Message) -> list[dict[str, Any]]:
    """The files of a message as the ticket shows them."""
    shown = desk.get(f"{API}/tickets/{message.ticket_id}/").json()["messages"]
    found: list[dict[str, Any]] = next(one for one in shown if one["id"] == str(message.id))[
        "attachments"
    ]
    return found


@pytest.mark.parametrize(
    ("filename", "content_type", "content"),
    [
        ("page.html", "text/html", b"<script>alert(1)</script>"),
        ("drawing.svg", "image/svg+xml", b"<svg onload='alert(1)'/>"),
        ("paper.pdf", "application/pdf", b"%PDF-1.7 /JavaScript"),
        ("picture.png", "image/png", png()),
        ("invite.ics", "text/calendar", b"BEGIN:VCALENDAR"),
    ],
)
def test_a5_s13_s14_no_file_is_ever_a_page(
    box: Mailbox, desk: Client, filename: str, content_type: str, content: bytes
):
    message = received(box, with_file(letter(), filename, content, content_type=content_type))
    answer = desk.get(f"{API}/attachments/{message.attachments.get().id}/")
    assert answer.content == content
    shown = {name: answer.headers[name] for name in answer.headers}
    assert shown["Content-Type"] == "application/octet-stream"
    assert shown["Content-Disposition"].startswith("attachment; ")
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert shown["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert shown["Cross-Origin-Resource-Policy"] == "same-origin"
    assert shown["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("filename", "disposition"),
    [
        ("nota.pdf", "filename=\"nota.pdf\"; filename*=UTF-8''nota.pdf"),
        ('a"; x="b.txt', "filename=\"a___x__b.txt\"; filename*=UTF-8''a%22%3B%20x%3D%22b.txt"),
        ("ação 2.pdf", "filename=\"a__o_2.pdf\"; filename*=UTF-8''a%C3%A7%C3%A3o%202.pdf"),
        ("a\r\nX: b", "filename=\"a__X__b\"; filename*=UTF-8''a%0D%0AX%3A%20b"),
    ],
)
def test_s35_a_files_name_stays_within_its_header(
    box: Mailbox, desk: Client, filename: str, disposition: str
):
    message = received(box, with_file(letter(), "x.bin", b"x"))
    Attachment.objects.filter(message=message).update(filename=filename)
    answer = desk.get(f"{API}/attachments/{message.attachments.get().id}/")
    assert answer.headers["Content-Disposition"] == f"attachment; {disposition}"


def test_a9_an_image_that_came_before_is_marked_as_repeated(box: Mailbox, desk: Client):
    logo = html_letter('<p>Oi</p><img src="cid:logo@x">')
    first = received(box, with_picture(logo, "logo@x", png()))
    again = html_letter(
        '<p>Oi</p><img src="cid:other@x">', own_id="2@c.test", in_reply_to="first@customers.test"
    )
    second = received(box, with_picture(again, "other@x", png()))
    assert second.ticket_id == first.ticket_id
    assert [one["repeated"] for one in files_of(desk, first)] == [False]
    assert [one["repeated"] for one in files_of(desk, second)] == [True]
    assert len(set(Attachment.objects.values_list("sha256", flat=True))) == 1


def test_a9_a_file_sent_again_and_a_logo_of_another_ticket_are_not_repeated(
    box: Mailbox, desk: Client
):
    first = received(box, with_file(letter(), "nota.pdf", b"%PDF"))
    second = received(
        box,
        with_file(
            letter(own_id="2@c.test", in_reply_to="first@customers.test"), "nota.pdf", b"%PDF"
        ),
    )
    assert second.ticket_id == first.ticket_id
    logo = '<img src="cid:logo@x">'
    alone = received(box, with_picture(html_letter(logo, own_id="3@c.test"), "logo@x", png()))
    other = received(box, with_picture(html_letter(logo, own_id="4@c.test"), "logo@x", png()))
    assert alone.ticket_id != other.ticket_id
    for message in (first, second, alone, other):
        assert [one["repeated"] for one in files_of(desk, message)] == [False]


def test_m23_attached_mails_are_told_from_other_files(box: Mailbox, desk: Client):
    raw = with_file(letter(), "nota.txt", b"x", content_type="text/plain")
    message = received(box, with_file(raw, "Pedido.EML", letter()))
    assert {one["filename"]: one["is_mail"] for one in files_of(desk, message)} == {
        "nota.txt": False,
        "Pedido.EML": True,
    }


def test_a12_a_disguised_file_is_marked(box: Mailbox, desk: Client):
    message = received(box, with_file(letter(), "nota.pdf", b"x"))
    Attachment.objects.filter(message=message).update(disguised=True)
    assert [one["disguised"] for one in files_of(desk, message)] == [True]
