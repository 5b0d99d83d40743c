"""Files too large for a mail: a signed link that ends goes in their place."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db.models.functions import Now
from django.test import Client as Browser
from django.utils import timezone

from backend.api.tests.clients import API, Client, client_of
from backend.core import blobs
from backend.core.errors import Gone, Missing
from backend.mail.message import Attachment as MailAttachment
from backend.mail.parse import parse
from backend.mailboxes.models import Mailbox, SendingWindow
from backend.tickets import file_links, scheduled
from backend.tickets.models import FileLink, Message
from backend.tickets.replying import Reply, reply
from backend.users.models import User
from tests.desk import acting, mailbox, person, ticket_from
from tests.mails import letter

pytestmark = pytest.mark.django_db
MIB = 1024 * 1024


@pytest.fixture
def box() -> Mailbox:
    box = mailbox(signature="Equipe")
    box.largest_sent_bytes = 3 * MIB
    box.save()
    return box


@pytest.fixture
def agent() -> User:
    return person()


def file(name: str, size: int, **values: object) -> MailAttachment:
    content = name.encode() + bytes(size - len(name))
    made = {"inline": False, "content_id": None} | values
    return MailAttachment(name, name, "application/pdf", size, "", content=content, **made)  # type: ignore[arg-type]


def answer(
    box: Mailbox, agent: User, *files: MailAttachment, text: str = "Segue.", **values: object
) -> Message:
    raw = letter(own_id=f"{uuid.uuid4().hex}@c.test", text="Olá, podem me mandar o manual?\n")
    ticket = ticket_from(box, raw)
    wanted = Reply(text=text, files=files, **values)  # type: ignore[arg-type]
    return reply(actor=acting(agent), user=agent, ticket_id=ticket.id, wanted=wanted)


def path_in(text: str) -> str:
    found = re.search(r"(/api/v1/files/[0-9a-f-]{36}/\?token=[0-9a-f]{32})", text)
    assert found is not None, text
    return found[1]


def test_s7_the_largest_files_become_links_until_the_rest_has_room(box: Mailbox, agent: User):
    picture = file("logo.png", 2 * MIB - 500_000, inline=True, content_id="logo")
    message = answer(box, agent, file("manual.pdf", 2 * MIB), file("nota.pdf", 9_000), picture)
    raw = blobs.get(message.outbound.sha256)
    assert len(raw) < 3 * MIB
    mail = parse(raw)
    assert {one.filename for one in mail.attachments} == {"nota.pdf", "logo.png"}
    before_signature = mail.text.split("-- \n")[0]
    assert "Arquivos grandes demais para um e-mail, disponíveis até" in before_signature
    assert "manual.pdf (2 MB)" in before_signature
    assert mail.html is not None
    assert 'href="http' in mail.html
    # The agent's words stay theirs; the file belongs to the message like any other.
    assert (message.text, message.attachments.count()) == ("Segue.", 3)
    (link,) = FileLink.objects.all()
    assert link.attachment.filename == "manual.pdf"
    assert timedelta(days=29) < link.expires_at - link.created_at <= timedelta(days=30)


def test_s7_a_mail_that_fits_holds_its_files_and_the_server_may_take_less(
    box: Mailbox, agent: User
):
    assert not FileLink.objects.filter(attachment__message=answer(box, agent, file("a", MIB)))
    SendingWindow.objects.create(mailbox=box, server_size=MIB)
    answer(box, agent, file("a", MIB))
    assert FileLink.objects.count() == 1


def test_s7_who_holds_the_link_gets_the_file_as_a_download_and_it_is_counted(
    box: Mailbox, agent: User
):
    cache.clear()
    message = answer(box, agent, file("página.html", 3 * MIB))
    path = path_in(parse(blobs.get(message.outbound.sha256)).text)
    answer_ = Client().get(path)
    assert answer_.status_code == 200
    assert answer_.content.startswith("página.html".encode())
    assert answer_["Content-Disposition"].startswith("attachment;")
    assert answer_["X-Content-Type-Options"] == "nosniff"
    assert answer_["Content-Type"] == "application/octet-stream"
    Client().get(path)
    shown = client_of(agent).get(f"{API}/tickets/{message.ticket_id}/").json()["messages"][-1]
    (shown_file,) = shown["attachments"]
    assert shown_file["link"]["opened"] == 2
    wrong = path[:-1] + ("0" if path[-1] != "0" else "1")
    for guess in (wrong, path.partition("?")[0] + "?token=é", path.replace("files/0", "files/1")):
        assert Client().get(guess).status_code == 404
    assert Client().get(path.partition("?")[0]).status_code == 400
    # Ended by a person, or by time.
    revoke = f"{API}/messages/{message.id}/files/{shown_file['id']}/revoke-link/"
    ended = client_of(agent).post(revoke)
    assert ended.status_code == 200
    assert ended.json()["attachments"][0]["link"]["revoked_at"] is not None
    gone = Client().get(path)
    assert (gone.status_code, gone.json()["code"]) == (410, "link_ended")
    assert client_of(agent).post(revoke).json()["code"] == "link_over"
    FileLink.objects.update(revoked_at=None, expires_at=Now() - timedelta(seconds=1))
    assert Client().get(path).status_code == 410


def test_s7_a_link_of_a_reply_for_later_lives_from_when_it_leaves(box: Mailbox, agent: User):
    leaves = timezone.now() + timedelta(days=60)
    message = answer(box, agent, file("manual.pdf", 3 * MIB), send_at=leaves)
    link = FileLink.objects.get()
    assert link.expires_at == leaves + file_links.KEPT
    said = parse(blobs.get(message.outbound.sha256)).text
    assert f"disponíveis até {timezone.localtime(link.expires_at):%d/%m/%Y}" in said
    for moment in (leaves + timedelta(days=60), leaves):
        scheduled.reschedule(
            actor=acting(agent),
            user=agent,
            message_id=message.id,
            send_at=moment,
            if_answered="hold",
        )
        link.refresh_from_db()
        assert link.expires_at >= moment + file_links.KEPT


@pytest.mark.parametrize(
    ("language", "shown", "words"),
    [
        ("pt-BR,pt;q=0.9,en;q=0.8", "pt-BR", "Este link expirou"),
        ("en-GB,en;q=0.9", "en", "This link has ended"),
        ("ja", "pt-BR", "Este link expirou"),
    ],
)
def test_who_opens_an_ended_link_in_a_browser_reads_a_page_in_their_language(
    box: Mailbox, agent: User, language: str, shown: str, words: str
):
    cache.clear()
    message = answer(box, agent, file("manual.pdf", 3 * MIB))
    path = path_in(parse(blobs.get(message.outbound.sha256)).text)
    FileLink.objects.update(revoked_at=Now())
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    browser = Browser(headers={"Accept": accept, "Accept-Language": language})
    ended = browser.get(path)
    assert (ended.status_code, ended["Content-Type"]) == (410, "text/html; charset=utf-8")
    page = ended.content.decode()
    assert f'<html lang="{shown}">' in page
    assert f"<h1>{words}</h1>" in page
    assert "<script" not in page
    assert ended["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert ended["X-Content-Type-Options"] == "nosniff"
    unknown = browser.get(path[:-1])
    assert (unknown.status_code, unknown["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert Client(headers={"Accept": "application/json"}).get(path).json()["code"] == "link_ended"


def test_a_token_opens_its_own_link_only(box: Mailbox, agent: User):
    one, other = (
        FileLink.objects.get(attachment__message=answer(box, agent, file("a", 3 * MIB)))
        for _ in range(2)
    )
    with pytest.raises(Missing):
        file_links.open_link(one.id, file_links.token(other))
    FileLink.objects.update(revoked_at=Now())
    with pytest.raises(Gone):
        file_links.open_link(one.id, file_links.token(one))


def test_s7_the_words_are_in_the_language_of_the_customer(agent: User, box: Mailbox):
    raw = letter(text="Hello, could you please send me the manual? Thank you for your help.\n")
    ticket = ticket_from(box, raw)
    wanted = Reply(text="Here.", files=[file("manual.pdf", 3 * MIB)])
    message = reply(actor=acting(agent), user=agent, ticket_id=ticket.id, wanted=wanted)
    assert "Files too large for an e-mail" in parse(blobs.get(message.outbound.sha256)).text
