"""A list or a page costs the same number of queries however much it shows."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.api.tests.clients import API, Client, client_of
from backend.mailboxes.models import Mailbox
from backend.tickets import changing
from backend.tickets.models import Attachment, Ticket
from backend.tickets.replying import Reply, reply
from backend.users.models import User
from tests.desk import acting, mailbox, person, receive
from tests.mails import letter

pytestmark = pytest.mark.django_db
FEW, MANY = 5, 50


@pytest.fixture
def agent() -> User:
    return person(team="Suporte")


@pytest.fixture
def box() -> Mailbox:
    return mailbox(team="Suporte")


def queries(desk: Client, path: str, **query: Any) -> int:
    """How many queries a request costs; its answer must be a success."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = desk.get(API + path, query)
    assert answer.status_code == 200, answer.content
    return len(captured)


def fill(box: Mailbox, agent: User, count: int, *, start: int) -> None:
    """Tickets of different people, each answered and assigned."""
    for number in range(start, start + count):
        raw = letter(sender=f"C{number} <c{number}@c.test>", own_id=f"q{number}@c.test")
        ticket = receive(box, raw).ticket
        assert ticket is not None
        reply(actor=acting(agent), user=agent, ticket_id=ticket.id, wanted=Reply(text="Feito."))
        Ticket.objects.filter(pk=ticket.pk).update(assignee=agent)


def prolong(ticket: Ticket, box: Mailbox, agent: User, count: int, *, start: int) -> None:
    """More mails with files, answers with recipients and notes in one ticket."""
    for number in range(start, start + count):
        raw = letter(own_id=f"p{number}@c.test", in_reply_to="first@customers.test")
        message = receive(box, raw).message
        assert message is not None
        Attachment.objects.create(
            message=message, filename="a.txt", content_type="text/plain", size=1, sha256="0" * 64
        )
        reply(actor=acting(agent), user=agent, ticket_id=ticket.id, wanted=Reply(text="Feito."))
        changing.add_note(actor=acting(agent), user=agent, ticket_id=ticket.id, text="nota")


# path below /api/v1, the query, and the most queries it may cost (2 of them sign the program in)
LISTS: list[tuple[str, dict[str, Any], int]] = [
    ("/tickets/", {"limit": 100}, 4),
    ("/tickets/", {"limit": 100, "search": "pedido"}, 4),
    ("/tickets/", {"limit": 100, "ordering": "waiting", "assignee": "me"}, 4),
    ("/tickets/counters/", {}, 8),
    ("/contacts/", {"limit": 100}, 5),
    ("/contacts/", {"limit": 100, "search": "c.test"}, 5),
    ("/ledger/inbound/", {"limit": 100}, 4),
    ("/ledger/outbound/", {"limit": 100}, 4),
    ("/ledger/outbound/", {"limit": 100, "search": "Re: Pedido"}, 4),
    ("/ledger/trace/", {"limit": 50, "q": "Pedido"}, 17),
    ("/ledger/queues/", {}, 9),
    ("/users/", {}, 4),
    ("/mailboxes/", {}, 4),
    ("/statuses/", {}, 4),
]


def test_lists_cost_the_same_with_few_and_with_many_rows(box: Mailbox, agent: User):
    desk = client_of(agent)
    desk.get(f"{API}/me/")  # the token's first use is written down
    fill(box, agent, FEW, start=0)
    few = [queries(desk, path, **query) for path, query, _ in LISTS]
    fill(box, agent, MANY - FEW, start=FEW)
    for number in range(FEW):
        mailbox(f"more{number}@desk.test")
        person()
    many = [queries(desk, path, **query) for path, query, _ in LISTS]
    assert few == many
    too_many = [
        (path, query, count)
        for (path, query, most), count in zip(LISTS, many, strict=True)
        if count > most
    ]
    assert not too_many


def test_a_ticket_costs_the_same_with_few_and_with_many_messages(box: Mailbox, agent: User):
    desk = client_of(agent)
    desk.get(f"{API}/me/")
    ticket = receive(box, letter()).ticket
    assert ticket is not None
    prolong(ticket, box, agent, FEW, start=0)
    few = queries(desk, f"/tickets/{ticket.id}/")
    prolong(ticket, box, agent, 20, start=FEW)
    many = queries(desk, f"/tickets/{ticket.id}/")
    assert few == many <= 13


def test_a_contact_costs_the_same_with_few_and_with_many_tickets(box: Mailbox, agent: User):
    desk = client_of(agent)
    desk.get(f"{API}/me/")
    ticket = receive(box, letter()).ticket
    assert ticket is not None
    few = queries(desk, f"/contacts/{ticket.contact_id}/")
    for number in range(20):
        receive(box, letter(own_id=f"{number}@c.test"))
    assert few == queries(desk, f"/contacts/{ticket.contact_id}/") <= 5


def test_signing_in_by_token_writes_once_a_minute(agent: User):
    desk = client_of(agent)
    first, second = queries(desk, "/me/"), queries(desk, "/me/")
    assert first == second == 2
