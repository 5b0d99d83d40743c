"""Lists of tickets: filters, order, pages that lose and repeat nothing, counters."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backend.core.errors import Invalid
from backend.core.paging import encode_cursor
from backend.mailboxes.models import Mailbox
from backend.tickets import selectors
from backend.tickets.models import Ticket
from backend.tickets.selectors import ORDERS, TicketFilter
from backend.users.models import User
from tests.desk import mailbox, person, ticket_from
from tests.mails import letter

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> User:
    return person()


@pytest.fixture
def tickets() -> list[Ticket]:
    """Seven tickets, the first the oldest; every second waits for nobody."""
    box, now = mailbox(), timezone.now()
    made = []
    for number in range(7):
        at = now - timedelta(hours=10 - number // 2)  # pairs share a time
        ticket = ticket_from(box, letter(own_id=f"{number}@c.test"), at=at)
        if number % 2:
            Ticket.objects.filter(pk=ticket.pk).update(waiting_since=None)
        made.append(ticket)
    return made


def numbers(user: User, **wanted: Any) -> list[int]:
    rows, _ = selectors.page(user, TicketFilter(**wanted))
    return [row["number"] for row in rows]


def pages(user: User, ordering: str, limit: int) -> list[list[int]]:
    found, cursor = [], None
    while True:
        rows, cursor = selectors.page(
            user, TicketFilter(ordering=ordering, limit=limit, cursor=cursor)
        )
        found.append([row["number"] for row in rows])
        if cursor is None:
            return found


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
@pytest.mark.parametrize("ordering", ORDERS)
def test_pages_hold_every_ticket_once_in_order(
    tickets: list[Ticket], agent: User, ordering: str, limit: int
):
    whole = numbers(agent, ordering=ordering)
    assert sorted(whole) == [ticket.number for ticket in tickets]
    assert [one for page in pages(agent, ordering, limit) for one in page] == whole


def test_waiting_puts_the_longest_waiting_first_and_the_others_last(
    tickets: list[Ticket], agent: User
):
    order = numbers(agent, ordering="waiting")
    assert order[:4] == [ticket.number for ticket in tickets[::2]]
    assert sorted(order[4:]) == [ticket.number for ticket in tickets[1::2]]


def test_tickets_that_arrive_meanwhile_shift_no_page(tickets: list[Ticket], agent: User):
    first, cursor = selectors.page(agent, TicketFilter(limit=3))
    ticket_from(Mailbox.objects.get(), letter(own_id="new@c.test"))
    second, _ = selectors.page(agent, TicketFilter(limit=50, cursor=cursor))
    seen = [row["number"] for row in first + second]
    assert sorted(seen) == [ticket.number for ticket in tickets]


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "%%%",
        "ção",
        "AAAA",
        encode_cursor(),
        encode_cursor("a"),
        encode_cursor("a", "b"),
        encode_cursor(None, None),
        encode_cursor("2026-01-01T00:00:00+00:00", "x"),
        encode_cursor("2026-01-01", "01a207f9-6787-7bec-bb32-6c5cc9c74640"),
        encode_cursor("2026-01-01\0", "01a207f9-6787-7bec-bb32-6c5cc9c74640"),
        encode_cursor("1" * 5000, "01a207f9-6787-7bec-bb32-6c5cc9c74640"),
    ],
    ids=range(12),
)
@pytest.mark.parametrize("ordering", ["-last_activity", "waiting", "number"])
def test_a_cursor_that_was_not_given_out_is_refused(
    tickets: list[Ticket], agent: User, cursor: str, ordering: str
):
    with pytest.raises(Invalid) as caught:
        selectors.page(agent, TicketFilter(cursor=cursor, ordering=ordering))
    assert caught.value.code == "bad_cursor"


def test_a_number_no_ticket_can_have_is_the_end_of_a_list(tickets: list[Ticket], agent: User):
    cursor = encode_cursor("9" * 200, "01a207f9-6787-7bec-bb32-6c5cc9c74640")
    assert selectors.page(agent, TicketFilter(cursor=cursor, ordering="number")) == ([], None)


def test_filters_hold_together(tickets: list[Ticket], agent: User):
    one = tickets[3]
    Ticket.objects.filter(pk=one.pk).update(
        priority="urgent", assignee=agent, needs_attention=True, status="waiting",
        status_category="waiting",
    )  # fmt: skip
    for wanted in (
        {"priorities": ["urgent"]},
        {"assignee": "me"},
        {"assignee": agent.id},
        {"attention": True},
        {"statuses": ["waiting"]},
        {"categories": ["waiting", "closed"], "priorities": ["high", "urgent"]},
    ):
        assert numbers(agent, **wanted) == [one.number], wanted
    assert len(numbers(agent, assignee="none")) == 6
    assert len(numbers(agent, contact=one.contact_id, mailbox=one.mailbox_id)) == 7


def test_the_trash_is_a_list_of_its_own(tickets: list[Ticket], agent: User):
    Ticket.objects.filter(pk=tickets[0].pk).update(deleted_at=timezone.now())
    assert tickets[0].number not in numbers(agent)
    assert numbers(agent, deleted=True) == [tickets[0].number]


def test_merged_tickets_are_in_no_list(tickets: list[Ticket], agent: User):
    Ticket.objects.filter(pk=tickets[0].pk).update(merged_into=tickets[1])
    assert tickets[0].number not in numbers(agent)
    assert selectors.counters(agent)["open"] == 6


def test_an_unknown_ordering_is_refused(agent: User):
    with pytest.raises(Invalid):
        numbers(agent, ordering="mailbox__imap_password_sealed")


def test_counters_count_what_a_person_may_see(tickets: list[Ticket], agent: User):
    ticket_from(mailbox("v@desk.test", team="Vendas"), letter(own_id="v@c.test"))
    Ticket.objects.filter(pk=tickets[0].pk).update(assignee=agent)
    Ticket.objects.filter(pk=tickets[1].pk).update(status="waiting", status_category="waiting")
    Ticket.objects.filter(pk=tickets[2].pk).update(status="closed", status_category="closed")
    Ticket.objects.filter(pk=tickets[2].pk).update(needs_attention=True)
    assert selectors.counters(agent) == {
        "open": 5,
        "mine": 1,
        "unassigned": 4,
        "waiting": 1,
        "attention": 1,
    }
    assert selectors.counters(person("admin"))["open"] == 6
    assert selectors.counters(person("light"))["open"] == 0


def test_each_contacts_tickets_are_counted_even_when_one_has_very_many(
    tickets: list[Ticket], agent: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(selectors, "COUNTER_CAP", 3)
    other = ticket_from(
        Mailbox.objects.get(), letter(sender="rui@customers.test", own_id="rui@c.test")
    )
    contacts = [tickets[0].contact_id, other.contact_id]
    found = selectors.of_contacts(agent, contacts)
    assert found[tickets[0].contact_id]["ticket_count"] == 3
    assert found[other.contact_id]["ticket_count"] == 1
    newest = max(Ticket.objects.values_list("last_activity_at", flat=True))
    assert newest in {one["last_ticket_at"] for one in found.values()}
