"""What people see of received and outgoing mail: their own teams', found, page by page."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from backend.core.errors import Invalid, Missing
from backend.mailboxes import selectors
from backend.mailboxes.models import InboundMail, Mailbox
from backend.tickets.replying import Reply, reply
from tests.desk import acting, arrive, mailbox, person, receive, ticket_from
from tests.mails import letter

pytestmark = pytest.mark.django_db
Rows = list[dict[str, Any]]


@pytest.fixture
def box() -> Mailbox:
    return mailbox()


def received(user: Any = None, **wanted: Any) -> Rows:
    return selectors.inbound(user or person("admin"), limit=100, **wanted)[0]


def leaving(user: Any = None, **wanted: Any) -> Rows:
    return selectors.outbound(user or person("admin"), limit=100, **wanted)[0]


def subjects(rows: Rows) -> list[str]:
    return [row["subject"] for row in rows]


def many(box: Mailbox, count: int) -> None:
    for number in range(count):
        arrive(box, letter(own_id=f"m{number}@c.test", subject=f"Pedido {number}"))


def answered(box: Mailbox, number: int = 0) -> None:
    agent = person("admin")
    ticket = ticket_from(box, letter(own_id=f"a{number}@c.test", subject=f"Pergunta {number}"))
    reply(actor=acting(agent), user=agent, ticket_id=ticket.id, wanted=Reply(text="Já vai."))


def test_a_row_says_what_became_of_a_mail(box: Mailbox):
    mail = receive(box, letter())
    (row,) = received()
    assert (row["state"], row["fate"], row["tries"]) == ("done", "ticket", 1)
    assert row["mailbox"] == {"id": box.id, "name": box.name}
    assert mail.ticket is not None
    assert row["ticket"] == {"id": mail.ticket.id, "number": mail.ticket.number}
    assert row["message_id"] == "first@customers.test"
    assert selectors.inbound_row(person("admin"), mail.id) == row


@pytest.mark.parametrize(
    "search",
    ["ana@customers.test", "ANA@Customers.test", "first@customers.test", "<first@customers.test>",
     "Pedido", "pedido 47"],
)  # fmt: skip
def test_received_mail_is_found_by_sender_id_or_beginning_of_its_subject(box: Mailbox, search: str):
    receive(box, letter())
    receive(box, letter(sender="rui@other.test", own_id="other@c.test", subject="Nota fiscal"))
    assert subjects(received(search=search)) == ["Pedido 4711"]


def test_signs_of_a_search_are_taken_literally(box: Mailbox):
    receive(box, letter())
    assert received(search="%") == received(search="_edido") == []


def test_received_mail_is_filtered_by_fate_state_and_mailbox(box: Mailbox):
    other = mailbox("vendas@desk.test")
    receive(box, letter())
    arrive(other, letter(own_id="waits@c.test", subject="Espera"))
    assert subjects(received(fate="ticket")) == ["Pedido 4711"]
    assert subjects(received(state="stored")) == ["Espera"]
    assert subjects(received(mailbox_id=other.id)) == ["Espera"]
    assert received(mailbox_id=other.id, fate="ticket") == []


def test_pages_go_on_where_the_last_one_ended_though_new_mail_arrives(box: Mailbox):
    many(box, 7)
    admin, seen = person("admin"), []
    rows, cursor = selectors.inbound(admin, limit=3)
    while True:
        seen += subjects(rows)
        if cursor is None:
            break
        arrive(box, letter(own_id=f"new{len(seen)}@c.test", subject="Nova"))
        rows, cursor = selectors.inbound(admin, limit=3, cursor=cursor)
    assert seen == [f"Pedido {number}" for number in reversed(range(7))]


@pytest.mark.parametrize("cursor", ["x", "WyJhIl0", "WyJhIiwiYiJd"])
def test_a_forged_cursor_is_refused(cursor: str):
    for call in (selectors.inbound, selectors.outbound):
        with pytest.raises(Invalid):
            call(person(), limit=3, cursor=cursor)


@pytest.mark.parametrize("rows", [5, 50])
def test_a_list_costs_one_query_however_long_it_is(
    box: Mailbox, django_assert_num_queries: DjangoAssertNumQueries, rows: int
):
    many(box, rows)
    agent = person()
    with django_assert_num_queries(1):
        assert len(received(agent)) == rows


@pytest.mark.parametrize("rows", [2, 8])
def test_a_list_of_outgoing_mail_costs_one_query_however_long_it_is(
    box: Mailbox, django_assert_num_queries: DjangoAssertNumQueries, rows: int
):
    for number in range(rows):
        answered(box, number)
    agent = person()
    with django_assert_num_queries(1):
        shown = leaving(agent)
    assert [len(row["recipients"]) for row in shown] == [1] * rows


@pytest.mark.parametrize("search", ["ana@customers.test", "ANA@customers.test", "Re: Pergunta"])
def test_outgoing_mail_is_found_by_recipient_or_beginning_of_its_subject(box: Mailbox, search: str):
    answered(box)
    (row,) = leaving(search=search)
    assert (row["state"], row["recipients"][0]["state"]) == ("queued", "pending")
    assert row["ticket"] is not None
    assert leaving(search=f"<{row['message_id']}>") == [row]
    assert leaving(search="nobody@customers.test") == leaving(state="sent") == []


def test_mail_of_a_team_is_known_to_its_members_and_administrators():
    box = mailbox(team="Vendas")
    answered(box)
    arrive(box, letter(own_id="waits@c.test"))
    knows = (person(team="Vendas"), person("admin"))
    others = (person(), person("supervisor", team="Compras"), person("light"))
    assert [len(received(one)) for one in knows] == [2, 2]
    assert [len(leaving(one)) for one in knows] == [1, 1]
    assert [received(one) + leaving(one) for one in others] == [[], [], []]
    mail = InboundMail.objects.get(state="stored")
    (outgoing,) = leaving()
    for stranger in others:
        with pytest.raises(Missing):
            selectors.inbound_row(stranger, mail.id)
        with pytest.raises(Missing):
            selectors.raw_of(stranger, mail.id)
        with pytest.raises(Missing):
            selectors.outbound_row(stranger, outgoing["id"])


def test_the_bytes_of_a_mail_are_named_by_their_hash_and_missing_when_never_stored(box: Mailbox):
    mail = arrive(box, letter())
    admin = person("admin")
    assert selectors.raw_of(admin, mail.id) == mail.sha256
    InboundMail.objects.update(sha256="")
    for unknown in (mail.id, uuid.uuid4()):
        with pytest.raises(Missing):
            selectors.raw_of(admin, unknown)
