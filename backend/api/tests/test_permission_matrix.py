"""Every route of the OpenAPI document × every role × whose object it is → the status it gives.

A new route without a row fails here. "other" objects belong to a team the person is not in;
"unknown" ids belong to nothing. What one may not know of is a 404, what one may not do a 403.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator

from backend.api.tests.clients import API, Client, client_of
from backend.core import blobs
from backend.mailboxes.models import Alarm, InboundMail, Mailbox, OAuthRequest, OutboundMail
from backend.tickets.models import Attachment, FileLink, ImageConsent, Message, Ticket
from backend.tickets.replying import Reply, reply
from backend.users.models import User
from tests.desk import acting, mailbox, person, ticket_from
from tests.mails import letter, with_file

pytestmark = pytest.mark.django_db
ADMIN, SUPERVISOR, AGENT, LIGHT = "admin", "supervisor", "agent", "light"
ROLES = (ADMIN, SUPERVISOR, AGENT, LIGHT)


@dataclass(frozen=True)
class Row:
    """What a route answers to (admin, supervisor, agent, light) for objects they may know.

    other: the same for an object of another team, where the route names one.
    body: what is sent. open: needs nobody to be signed in.
    """

    own: tuple[int, int, int, int]
    other: tuple[int, int, int, int] | None = None
    body: dict[str, Any] | None = None
    open: int | None = None


EVERYBODY = (200, 200, 200, 200)
READS_TICKET = Row(EVERYBODY, (200, 404, 404, 404))
# There is nothing to decide about these: who may decide is told that.
DECIDES = Row((409, 409, 409, 403), (409, 404, 404, 403))
MAILBOX = {
    "address": "nova@desk.test",
    "imap_host": "127.0.0.1",
    "imap_port": 1,
    "imap_security": "none",
    "imap_username": "nova",
    "smtp_host": "127.0.0.1",
    "smtp_port": 1,
    "smtp_security": "none",
}
SETUP = {"name": "X", "email": "x@x.test", "password": "correct horse battery", "language": "en"}
LETTER = {"name": "Ana", "address": "ana@demo.local", "subject": "Oi", "text": "Olá!"}
MATRIX: dict[tuple[str, str], Row] = {
    ("GET", "/setup/"): Row(EVERYBODY, open=200),
    ("POST", "/setup/"): Row((409,) * 4, body=SETUP, open=409),
    ("POST", "/auth/login/"): Row(
        (401,) * 4, body={"email": "a@b.test", "password": "x"}, open=401
    ),
    ("POST", "/auth/refresh/"): Row((401,) * 4, open=401),
    ("POST", "/auth/logout/"): Row((204,) * 4, open=204),
    ("GET", "/me/"): Row(EVERYBODY),
    ("PATCH", "/me/"): Row(EVERYBODY, body={"theme": "dark"}),
    ("POST", "/me/password/"): Row(
        (400,) * 4, body={"current_password": "wrong", "new_password": "correct horse battery 2"}
    ),
    ("GET", "/me/image-senders/"): Row(EVERYBODY),
    ("POST", "/me/image-senders/"): Row((201,) * 4, body={"address": "novo@customers.test"}),
    ("DELETE", "/me/image-senders/{address}/"): Row((204,) * 4),
    ("GET", "/users/"): Row(EVERYBODY),
    ("GET", "/statuses/"): Row(EVERYBODY),
    ("GET", "/tickets/"): Row(EVERYBODY),
    ("POST", "/tickets/"): Row((201, 201, 201, 403)),
    ("GET", "/tickets/counters/"): Row(EVERYBODY),
    ("GET", "/tickets/{ticket_id}/"): READS_TICKET,
    ("PATCH", "/tickets/{ticket_id}/"): Row(
        (200, 200, 200, 403), (200, 404, 404, 403), {"priority": "high"}
    ),
    ("DELETE", "/tickets/{ticket_id}/"): Row((204, 204, 403, 403), (204, 404, 403, 403)),
    ("POST", "/tickets/{ticket_id}/restore/"): Row((200, 200, 403, 403), (200, 404, 403, 403)),
    ("POST", "/tickets/{ticket_id}/replies/"): Row(
        (201, 201, 201, 403), (201, 404, 404, 403), {"text": "Olá"}
    ),
    ("POST", "/tickets/{ticket_id}/notes/"): Row(
        (201, 201, 201, 201), (201, 404, 404, 404), {"text": "nota"}
    ),
    ("POST", "/tickets/{ticket_id}/undo-forward/"): DECIDES,
    ("POST", "/messages/{message_id}/accept/"): DECIDES,
    ("POST", "/messages/{message_id}/separate/"): DECIDES,
    # The message is a customer's: who may decide is told that there is no mail of ours.
    ("POST", "/messages/{message_id}/undo/"): DECIDES,
    ("POST", "/messages/{message_id}/reschedule/"): Row(
        DECIDES.own, DECIDES.other, {"send_at": "2099-01-01T00:00:00Z"}
    ),
    ("POST", "/messages/{message_id}/send-now/"): DECIDES,
    ("POST", "/messages/{message_id}/cancel/"): DECIDES,
    ("POST", "/messages/{message_id}/retry/"): Row(DECIDES.own, DECIDES.other, {}),
    ("POST", "/messages/{message_id}/mark-arrived/"): DECIDES,
    ("POST", "/messages/{message_id}/files/{attachment_id}/revoke-link/"): DECIDES,
    # Whoever holds a link needs no account, and a wrong token finds nothing.
    ("GET", "/files/{link_id}/"): Row((404,) * 4, body={"token": "x"}, open=404),
    ("GET", "/messages/{message_id}/raw/"): READS_TICKET,
    ("GET", "/messages/{message_id}/source/"): READS_TICKET,
    # The image lies on a machine of the inside: who may see the message is told that.
    ("GET", "/messages/{message_id}/remote-images/{position}/"): Row(
        (409,) * 4, (409, 404, 404, 404)
    ),
    ("GET", "/attachments/{attachment_id}/"): READS_TICKET,
    ("GET", "/attachments/{attachment_id}/mail/"): READS_TICKET,
    ("GET", "/attachments/{attachment_id}/mail/{position}/"): READS_TICKET,
    ("GET", "/contacts/"): Row(EVERYBODY),
    ("POST", "/contacts/"): Row(
        (201, 201, 201, 403), body={"name": "Rui", "addresses": ["rui@new.test"]}
    ),
    ("GET", "/contacts/{contact_id}/"): Row(EVERYBODY),
    ("PATCH", "/contacts/{contact_id}/"): Row((200, 200, 200, 403), body={"phone": "11"}),
    ("DELETE", "/contacts/{contact_id}/"): Row((409, 409, 409, 403)),
    ("POST", "/contacts/{contact_id}/addresses/resume/"): Row(
        (200, 200, 200, 403), body={"address": "cliente-venda@customers.test"}
    ),
    ("GET", "/mailboxes/"): Row((200, 200, 200, 403)),
    ("POST", "/mailboxes/"): Row((201, 403, 403, 403), body=MAILBOX),
    ("POST", "/mailboxes/test/"): Row((200, 403, 403, 403), body=MAILBOX),
    ("GET", "/mailboxes/{mailbox_id}/"): Row((200, 200, 200, 403)),
    ("PATCH", "/mailboxes/{mailbox_id}/"): Row((200, 403, 403, 403), body={"name": "Novo"}),
    ("DELETE", "/mailboxes/{mailbox_id}/"): Row((409, 403, 403, 403)),
    ("POST", "/mailboxes/{mailbox_id}/test/"): Row((200, 403, 403, 403)),
    ("GET", "/alarms/"): Row((200, 200, 403, 403)),
    ("POST", "/alarms/{alarm_id}/dismiss/"): Row((204, 204, 403, 403), (204, 404, 403, 403)),
    ("GET", "/doctor/"): Row((200, 200, 403, 403)),
    ("POST", "/doctor/check/"): Row((404, 403, 403, 403), body={"domain": "nobody.test"}),
    ("GET", "/status/"): Row((200, 200, 403, 403)),
    ("GET", "/ledger/trace/"): Row((200, 200, 200, 403), body={"q": "ana@customers.test"}),
    ("GET", "/ledger/queues/"): Row((200, 200, 200, 403)),
    ("GET", "/ledger/inbound/{inbound_id}/"): Row((200, 200, 200, 403), (200, 404, 404, 403)),
    ("GET", "/ledger/outbound/{outbound_id}/"): Row((200, 200, 200, 403), (200, 404, 404, 403)),
    ("POST", "/mailboxes/discover/"): Row((200, 403, 403, 403), body={"address": "a@gmail.com"}),
    ("GET", "/mailboxes/{mailbox_id}/events/"): Row((200, 200, 200, 403)),
    ("POST", "/mailboxes/{mailbox_id}/pause/"): Row((200, 403, 403, 403)),
    ("POST", "/mailboxes/{mailbox_id}/resume/"): Row((200, 403, 403, 403)),
    ("POST", "/mailboxes/{mailbox_id}/stop-sending/"): Row((200, 403, 403, 403)),
    ("POST", "/mailboxes/{mailbox_id}/resume-sending/"): Row((200, 403, 403, 403)),
    ("GET", "/oauth/clients/"): Row((200, 403, 403, 403)),
    ("PUT", "/oauth/clients/{provider}/"): Row((200, 403, 403, 403), body={"client_id": "x"}),
    # The desk is not registered with the provider: who may connect mailboxes is told that.
    ("POST", "/oauth/{provider}/begin/"): Row((409, 403, 403, 403), body={}),
    # A sign-in is its own person's alone.
    ("GET", "/oauth/requests/{request_id}/"): Row((200, 403, 403, 403), (404, 403, 403, 403)),
    ("GET", "/ledger/inbound/"): Row((200, 200, 200, 403)),
    ("GET", "/ledger/inbound/{inbound_id}/raw/"): Row((200, 200, 200, 403), (200, 404, 404, 403)),
    ("POST", "/ledger/inbound/{inbound_id}/reprocess/"): Row(
        (409, 409, 403, 403), (409, 404, 403, 403)
    ),
    ("POST", "/ledger/inbound/{inbound_id}/not-spam/"): DECIDES,
    ("GET", "/ledger/outbound/"): Row((200, 200, 200, 403)),
    ("POST", "/ledger/outbound/{outbound_id}/retry/"): Row(
        (409, 409, 409, 403), (409, 404, 404, 403)
    ),
    ("GET", "/demo/postbox/"): Row((404,) * 4, body={"address": "ana@demo.local"}),
    ("POST", "/demo/postbox/"): Row((404,) * 4, body=LETTER),
    ("POST", "/demo/remove/"): Row((200, 403, 403, 403)),
}


# A stream outlives a test's transaction: test_live_events.py asks a real server.
ELSEWHERE = {("GET", "/events/")}


@dataclass(frozen=True)
class World:
    """One team's desk and another team's, and who works in the first."""

    people: dict[str, User]
    own: dict[str, Any]
    other: dict[str, Any]


@pytest.fixture
def world() -> World:
    people = {role: person(role, team="Vendas") for role in ROLES}
    own = _team_desk("Vendas", "vendas@desk.test", agent=people[ADMIN])
    other = _team_desk("Jurídico", "juridico@desk.test", agent=people[ADMIN])
    Ticket.objects.filter(pk=own["ticket_id"]).update(assignee=people[LIGHT])
    for one in people.values():
        ImageConsent.objects.create(user=one, address=own["address"])
    return World(people, own, other)


def _team_desk(team: str, address: str, *, agent: User) -> dict[str, Any]:
    box = mailbox(address, team=team)
    ticket = ticket_from(box, letter(sender=f"cliente-{team.lower()[:5]}@customers.test"))
    message = reply(
        actor=acting(agent), user=agent, ticket_id=ticket.id, wanted=Reply(text="Vamos ver.")
    )
    first = Message.objects.filter(ticket=ticket, direction="in").get()
    Message.objects.filter(pk=first.pk).update(
        html='<img data-remote-src="http://127.0.0.1/a.png">', remote_images=1
    )
    file = Attachment.objects.create(
        message=first,
        filename="nota.eml",
        content_type="message/rfc822",
        size=1,
        sha256=blobs.put(with_file(letter(), "nota.txt", b"nota")),
    )
    return {
        "ticket_id": ticket.id,
        "message_id": first.id,
        "position": 0,
        "link_id": _link_to(file),
        "address": first.from_address,
        "attachment_id": file.id,
        "contact_id": ticket.contact_id,
        "mailbox_id": box.id,
        "provider": "google",
        "request_id": _sign_in(agent if team == "Vendas" else person(ADMIN)).id,
        "alarm_id": Alarm.objects.create(kind="quarantine", mailbox=box).id,
        "inbound_id": InboundMail.objects.get(ticket=ticket).id,
        "outbound_id": OutboundMail.objects.get(message=message).id,
    }


def _link_to(file: Attachment) -> uuid.UUID:
    until = timezone.now() + timedelta(days=1)
    return FileLink.objects.create(attachment=_copy(file), expires_at=until).id


def _copy(file: Attachment) -> Attachment:
    return Attachment.objects.create(
        message=file.message, filename="grande.zip", content_type="x/y", size=1, sha256=file.sha256
    )


def _sign_in(user: User) -> OAuthRequest:
    return OAuthRequest.objects.create(
        state_hash=uuid.uuid4().hex,
        provider="google",
        user=user,
        verifier_sealed="v1:x",
        expires_at=timezone.now() + timedelta(minutes=10),
    )


def routes() -> Iterator[tuple[str, str]]:
    """(method, path below /api/v1) of every operation of the OpenAPI document."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    for path, operations in schema["paths"].items():
        for method in operations:
            yield method.upper(), path.removeprefix(API)


def attempt(desk: Client, method: str, path: str, ids: dict[str, Any]) -> int:
    """The status of one request, whose effects are undone."""
    body = MATRIX[method, path].body
    if (method, path) == ("POST", "/tickets/"):
        body = {
            "mailbox": str(Mailbox.objects.get(address="vendas@desk.test").id),
            "contact_address": "novo@customers.test",
            "subject": "Ligação",
            "text": "Ligou pedindo ajuda",
        }
    send: Callable[..., Any] = getattr(desk, method.lower())
    cache.clear()  # whoever asks often must wait, which is not the question here
    with transaction.atomic():
        answer = send(API + path.format(**ids), body)
        transaction.set_rollback(True)
    status: int = answer.status_code
    return status


def test_every_route_has_a_row():
    assert set(routes()) == set(MATRIX) | ELSEWHERE


@pytest.mark.parametrize(("method", "path"), MATRIX)
def test_each_role_gets_what_the_matrix_says(world: World, method: str, path: str):
    row = MATRIX[method, path]
    nobody = attempt(Client(), method, path, world.own)
    assert nobody == (row.open or 401), "nobody signed in"
    unknown: dict[str, Any] = dict.fromkeys(world.own, uuid.uuid4())
    for position, role in enumerate(ROLES):
        desk = client_of(world.people[role])
        got = {"own": attempt(desk, method, path, world.own)}
        expected = {"own": row.own[position]}
        if row.other:
            got["other"] = attempt(desk, method, path, world.other)
            expected["other"] = row.other[position]
        if "{" in path:
            got["unknown"] = attempt(desk, method, path, unknown)
            expected["unknown"] = 403 if row.own[position] == 403 else 404
        assert (role, got) == (role, expected)


def test_lists_counters_and_search_hold_nothing_of_another_team(world: World):
    desk = client_of(world.people[AGENT])
    foreign = str(world.other["ticket_id"])
    for query in ({}, {"search": "pedido"}, {"ordering": "waiting"}, {"status": "open"}):
        results = desk.get(f"{API}/tickets/", query).json()["results"]
        assert foreign not in {row["id"] for row in results}
        assert str(world.own["ticket_id"]) in {row["id"] for row in results}
    assert desk.get(f"{API}/tickets/counters/").json()["open"] == 1
    for ledger in ("inbound", "outbound"):
        rows = desk.get(f"{API}/ledger/{ledger}/").json()["results"]
        assert [row["ticket"]["id"] for row in rows] == [str(world.own["ticket_id"])]
