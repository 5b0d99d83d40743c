"""Images that lie with others are shown through the desk, to who may see the mail, when asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from backend.api.handler import DeskHandler
from backend.api.tests.clients import API, Client, client_of
from backend.audit.models import Log
from backend.core import egress
from backend.mailboxes.models import Mailbox
from backend.tickets import remote_images
from backend.tickets.models import ImageConsent, Message
from backend.users.models import User
from desk_cli.process import wait_until
from tests.connections import on_own_connection
from tests.desk import mailbox, person, receive
from tests.mails import html_letter
from tests.outside import (
    PRIVATE,
    OutsideServer,
    answer,
    outside,
    policy_for,
    redirect,
)
from tests.pictures import gif, jpeg, png
from tests.web import token_of

pytestmark = pytest.mark.django_db
SENDERS = f"{API}/me/image-senders/"


@pytest.fixture
def box() -> Mailbox:
    return mailbox()


@pytest.fixture
def agent() -> User:
    return person()


@pytest.fixture
def desk(agent: User) -> Client:
    return client_of(agent)


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> Iterator[OutsideServer]:
    """A server that is the open internet for the desk; everything else is inside."""
    with outside() as server:
        monkeypatch.setattr(egress, "public_internet", lambda: policy_for(server))
        yield server


def mail_with(box: Mailbox, *addresses: str, **options: Any) -> Message:
    """A received mail that shows images from these addresses."""
    html = "<p>Olá</p>" + "".join(f'<img src="{one}" width="300">' for one in addresses)
    mail = receive(box, html_letter(html, **options))
    assert mail.message is not None, mail.error
    return mail.message


def image_of(message: Message, position: int = 0) -> str:
    return f"{API}/messages/{message.id}/remote-images/{position}/"


def test_h4_images_come_in_the_order_of_the_mail(box: Mailbox, desk: Client, public: OutsideServer):
    public.pages = {
        "/1?a=1&b=2": answer(png(), content_type="image/png"),
        "/2": answer(jpeg(3, 5), content_type="text/html"),
    }
    message = mail_with(box, public.url("/1?a=1&amp;b=2"), public.url("/2"))
    first, second = desk.get(image_of(message)), desk.get(image_of(message, 1))
    assert (first.content, first.headers["Content-Type"]) == (png(), "image/png")
    assert (second.content, second.headers["Content-Type"]) == (jpeg(3, 5), "image/jpeg")
    assert desk.get(image_of(message, 2)).status_code == 404
    assert public.paths() == ["/1?a=1&b=2", "/2"]


def test_h4_an_image_can_do_nothing_in_the_browser(
    box: Mailbox, desk: Client, public: OutsideServer
):
    public.pages["/a"] = answer(gif(1, 1), content_type="text/html", set_cookie="a=b")
    headers = desk.get(image_of(mail_with(box, public.url("/a")))).headers
    assert {name: headers[name] for name in headers if name not in {"Vary", "Content-Length"}} == {
        "Content-Type": "image/gif",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "private, max-age=86400",
        "Referrer-Policy": "same-origin",
        "X-Frame-Options": "DENY",
        "Allow": "GET, HEAD, OPTIONS",
    }


def test_h4_nothing_is_fetched_by_showing_the_ticket(
    box: Mailbox, desk: Client, public: OutsideServer
):
    message = mail_with(box, public.url("/a"), public.url("/b"))
    shown = desk.get(f"{API}/tickets/{message.ticket_id}/").json()["messages"][0]
    assert shown["remote_images"] == {"count": 2, "allowed": False}
    assert shown["html"].count("data-remote-src=") == 2
    assert " src=" not in shown["html"]
    assert public.requests == []


@pytest.mark.parametrize(
    "page",
    [
        answer(b"<svg xmlns='http://www.w3.org/2000/svg'/>", content_type="image/svg+xml"),
        answer(b"<script>alert(1)</script>", content_type="image/png"),
        answer(b"", content_type="image/png"),
        answer(png(10_000, 10_000), content_type="image/png"),
        answer(png(), content_length=str(10 * 1024 * 1024 + 1)),
        answer(png(), content_encoding="gzip"),
        redirect("file:///etc/passwd"),
        redirect("http://169.254.169.254/latest/meta-data/"),
    ],
)
def test_h4_what_is_no_image_of_the_open_internet_is_refused(
    box: Mailbox, desk: Client, public: OutsideServer, page: bytes
):
    public.pages["/a"] = page
    refused = desk.get(image_of(mail_with(box, public.url("/a"))))
    assert (refused.status_code, refused.json()["code"]) == (409, "remote_image_refused")


def test_s7_a_server_inside_is_asked_neither_itself_nor_by_redirect(
    box: Mailbox, desk: Client, public: OutsideServer
):
    with outside(PRIVATE) as private:
        private.pages["/a"] = answer(png())
        public.pages["/b"] = redirect(private.url("/a"))
        message = mail_with(box, private.url("/a"), public.url("/b"))
        codes = [desk.get(image_of(message, number)).json()["code"] for number in (0, 1)]
        assert (codes, private.requests) == (["remote_image_refused"] * 2, [])


def test_s7_in_production_this_machine_is_never_asked(box: Mailbox, desk: Client):
    with outside() as server:
        server.pages["/a"] = answer(png())
        message = mail_with(box, server.url("/a"), "http://localhost/a", "http://127.0.0.1:80/a")
        codes = [desk.get(image_of(message, number)).json()["code"] for number in range(3)]
        assert (codes, server.requests) == (["remote_image_refused"] * 3, [])


@pytest.mark.parametrize("page", [answer(status="404 Not Found"), b"", b"nonsense\r\n\r\n"])
def test_an_image_nobody_gives_is_unreachable(
    box: Mailbox, desk: Client, public: OutsideServer, page: bytes
):
    public.pages["/a"] = page
    away = desk.get(image_of(mail_with(box, public.url("/a"))))
    assert (away.status_code, away.json()["code"]) == (409, "remote_image_unreachable")


def test_a_message_without_such_images_has_none(box: Mailbox, desk: Client, public: OutsideServer):
    message = mail_with(box, "cid:logo@x")
    assert desk.get(image_of(message)).status_code == 404
    Message.objects.filter(pk=message.pk).update(html=None)
    assert desk.get(image_of(message)).status_code == 404


def test_s16_images_of_another_teams_ticket_are_not_fetched(public: OutsideServer):
    message = mail_with(mailbox(team="Vendas"), public.url("/a"))
    assert client_of(person(team="Outra")).get(image_of(message)).status_code == 404
    assert public.requests == []


def test_who_asks_for_too_many_images_must_wait(
    box: Mailbox, desk: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(
        "rest_framework.throttling.ScopedRateThrottle.THROTTLE_RATES", {"remote_image": "2/min"}
    )
    message = mail_with(box, "http://127.0.0.1/a")
    assert [desk.get(image_of(message)).status_code for _ in range(3)] == [409, 409, 429]


def test_one_person_does_not_take_every_slot(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(remote_images, "PATIENCE_SECONDS", 0.01)
    greedy, other = person().id, person().id
    slots = remote_images._Slots()
    with ExitStack() as taken:
        for _ in range(remote_images.AT_ONCE_FOR_ONE):
            taken.enter_context(slots.taken(greedy))
        with pytest.raises(egress.Unreachable), slots.taken(greedy):
            pass
        with slots.taken(other):
            pass
    with slots.taken(greedy):
        pass


def test_everybody_together_fetches_only_so_many_at_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(remote_images, "PATIENCE_SECONDS", 0.01)
    slots = remote_images._Slots()
    with ExitStack() as all_taken:
        for _ in range(remote_images.AT_ONCE):
            all_taken.enter_context(slots.taken(person().id))
        with pytest.raises(egress.Unreachable), slots.taken(person().id):
            pass
    with slots.taken(person().id):
        pass


async def ask(path: str, token: str) -> tuple[int, bytes]:
    """Status and body of a GET to the desk's own application, as the web server makes it."""
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"testserver"), (b"authorization", f"Bearer {token}".encode())],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    sent: list[Mapping[str, Any]] = []
    asked = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> dict[str, Any]:
        if (first := next(asked, None)) is not None:
            return first
        await asyncio.Event().wait()  # the client stays
        raise AssertionError

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    await asyncio.wait_for(DeskHandler()(scope, receive, send), 60)
    return sent[0]["status"], b"".join(one.get("body", b"") for one in sent)


def others_connected() -> int:
    """How many other connections the test database has."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_a_slow_image_keeps_neither_others_nor_a_database_connection_waiting(
    box: Mailbox, agent: User, public: OutsideServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)  # as with a pool
    public.pages["/slow"] = public.silence
    message, token = mail_with(box, public.url("/slow")), token_of(agent)

    async def connected() -> int | str:
        return await asyncio.to_thread(on_own_connection, others_connected)

    async def meanwhile() -> tuple[int | str, int | str, int, bool, int]:
        before = await connected()
        slow = asyncio.create_task(ask(image_of(message), token))
        assert await asyncio.to_thread(wait_until, lambda: bool(public.requests), 20.0)
        during = await connected()
        status, body = await ask(f"{API}/me/", token)
        assert json.loads(body)["id"] == str(agent.id)
        waiting = not slow.done()
        public.released.set()
        return before, during, status, waiting, (await slow)[0]

    before, during, status, waiting, slow_status = asyncio.run(meanwhile())
    assert (status, waiting, slow_status) == (200, True, 409)
    assert before == during


def test_senders_are_remembered_for_oneself_alone(box: Mailbox, desk: Client, agent: User):
    message = mail_with(box, "http://a.test/1", sender="Ana <Ana@Customers.test>")
    made = desk.post(SENDERS, {"address": " ANA@customers.test "})
    assert (made.status_code, made.json()) == (201, {"address": "ana@customers.test"})
    assert desk.get(SENDERS).json() == [{"address": "ana@customers.test"}]
    assert allowed(desk, message)
    other = client_of(person())
    assert other.get(SENDERS).json() == []
    assert not allowed(other, message)
    gone = desk.delete(f"{SENDERS}ana@customers.test/")
    assert (gone.status_code, desk.get(SENDERS).json()) == (204, [])
    assert not allowed(desk, message)
    assert desk.delete(f"{SENDERS}ana@customers.test/").status_code == 404


def allowed(desk: Client, message: Message) -> bool:
    shown = desk.get(f"{API}/tickets/{message.ticket_id}/").json()["messages"]
    found: bool = next(one for one in shown if one["id"] == str(message.id))["remote_images"][
        "allowed"
    ]
    return found


def test_s20_a_forged_mail_does_not_enjoy_the_senders_trust(box: Mailbox, desk: Client):
    message = mail_with(box, "http://a.test/1")
    desk.post(SENDERS, {"address": message.from_address})
    assert allowed(desk, message)
    Message.objects.filter(pk=message.pk).update(flags=["auth_failed"])
    assert not allowed(desk, message)


def test_remembering_and_forgetting_a_sender_are_written_down_once(desk: Client, agent: User):
    for _ in range(2):
        assert desk.post(SENDERS, {"address": "ana@customers.test"}).status_code == 201
    for _ in range(2):
        desk.delete(f"{SENDERS}ana%40customers.test/")
    entries = Log.objects.filter(action__startswith="image_sender.").order_by("id")
    assert list(entries.values_list("action", "object_id", "before", "after", "actor_user_id")) == [
        (
            "image_sender.remembered",
            str(agent.id),
            None,
            {"address": "ana@customers.test"},
            agent.id,
        ),
        (
            "image_sender.forgotten",
            str(agent.id),
            {"address": "ana@customers.test"},
            None,
            agent.id,
        ),
    ]


@pytest.mark.parametrize(
    "address", ["", "ana", "ana@", "a b@c.test", "a@b.test, c@d.test", "x" * 321]
)
def test_only_addresses_can_be_remembered(desk: Client, address: str):
    refused = desk.post(SENDERS, {"address": address})
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["address"])
    assert not ImageConsent.objects.exists()


def test_a_sender_with_a_slash_can_be_forgotten(desk: Client, agent: User):
    desk.post(SENDERS, {"address": "a/b@customers.test"})
    # Not held against the document: the server decodes %2F, the document's pattern does not.
    plain = APIClient(headers={"Authorization": f"Bearer {token_of(agent)}"})
    assert plain.delete(f"{SENDERS}a%2Fb@customers.test/").status_code == 204
