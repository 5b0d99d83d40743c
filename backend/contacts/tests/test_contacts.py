"""Contacts: one for each address, whoever makes it; found again however it is written."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from pytest_django import DjangoAssertNumQueries

from backend.contacts import selectors
from backend.contacts.models import Company, Contact, ContactAddress
from backend.contacts.services import (
    address_lock,
    change_contact,
    create_contact,
    delete_contact,
    find_or_create,
)
from backend.core.errors import Conflict, Invalid, Missing, Stale
from backend.core.locks import lock_names
from backend.tickets.models import Message, Ticket
from desk_cli.process import wait_until
from tests.connections import PATIENCE, at_once, on_own_connection, somebody_waits
from tests.desk import TESTS, acting, mailbox, person, receive, ticket_from
from tests.mails import letter

pytestmark = pytest.mark.django_db


def add(name: str = "Ana", *addresses: str, **values: Any) -> Contact:
    return create_contact(
        actor=TESTS, name=name, addresses=addresses or ["ana@customers.test"], values=values
    )


def change(contact: Contact, *, version: int | None = None, **changes: Any) -> Contact:
    return change_contact(actor=TESTS, contact_id=contact.id, changes=changes, version=version)


def found(address: str = "ana@customers.test", name: str = "Ana") -> Contact:
    """What intake does with a sender."""
    with transaction.atomic():
        lock_names([address_lock(address)])
        return find_or_create(actor=TESTS, address=address, name=name)


def names(search: str) -> list[str]:
    rows, _ = selectors.page(search=search, cursor=None, limit=50)
    return [row["name"] for row in rows]


@pytest.mark.django_db(transaction=True)
def test_mails_of_a_new_sender_read_at_once_make_one_contact():
    spellings = ["ana@customers.test", "ANA@customers.test", " Ana@Customers.Test "]
    results = at_once(*[lambda one=one: found(one).id for one in spellings * 2])
    assert set(results) == {Contact.objects.get().id}
    assert ContactAddress.objects.get().address == "ana@customers.test"


@pytest.mark.django_db(transaction=True)
def test_two_people_who_add_the_same_contact_at_once_add_one():
    results = at_once(*[lambda: str(type(add()).__name__)] * 4)
    assert sorted(map(str, results)) == ["Contact", *["address_taken"] * 3]
    assert Contact.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_contacts_of_a_new_company_added_at_once_share_it():
    results = at_once(
        *[
            lambda number=number: add("X", f"x{number}@customers.test", company_name="Acme").name
            for number in range(4)
        ]
    )
    assert results == ["X"] * 4
    assert Company.objects.get().contacts.count() == 4


@pytest.mark.django_db(transaction=True)
def test_changing_a_contact_while_a_mail_of_theirs_is_read_ends_in_no_deadlock():
    """Intake holds the address and wants the contact; the change must not hold it meanwhile."""
    contact = add()
    held = Event()

    def intake() -> object:
        with transaction.atomic():
            lock_names([address_lock("ana@customers.test")])
            held.set()
            assert wait_until(somebody_waits, PATIENCE)
            return Contact.objects.select_for_update().get(pk=contact.pk).name

    def agent() -> object:
        held.wait(PATIENCE)
        return change(contact, name="Ana Lima", addresses=["ana@customers.test"]).name

    with ThreadPoolExecutor(2) as threads:
        work = [threads.submit(on_own_connection, one) for one in (intake, agent)]
        assert [one.result(PATIENCE * 2) for one in work] == ["Ana", "Ana Lima"]


@pytest.mark.parametrize(
    "written", ["ANA@CUSTOMERS.TEST", "Ana@customers.test", " ana@customers.test\t"]
)
def test_an_address_is_the_same_in_upper_and_lower_case(written: str):
    contact = add("Ana", written)
    assert contact.addresses.get().address == "ana@customers.test"
    assert found(written) == contact
    with pytest.raises(Conflict) as caught:
        add("Outra", written)
    assert caught.value.code == "address_taken"


def test_dots_and_tags_in_an_address_make_another_one():
    assert (
        len({found(one).id for one in ("ana.lima@c.test", "analima@c.test", "ana+x@c.test")}) == 3
    )


def test_the_database_refuses_a_second_owner_and_capital_letters():
    first, second = add(), add("Rui", "rui@customers.test")
    for address in ("ana@customers.test", "ANA@customers.test"):
        with pytest.raises(DatabaseError), transaction.atomic():
            ContactAddress.objects.create(contact=second, address=address)
    assert first.addresses.count() == second.addresses.count() == 1


def test_a_sender_without_a_name_takes_the_first_one_they_give():
    nameless = found(name="")
    assert found(name="Ana Lima").name == "Ana Lima"
    assert found(name="Outro Nome").name == "Ana Lima"
    assert names("ana lima") == ["Ana Lima"]
    assert found() == nameless


@pytest.mark.parametrize(
    "address",
    ["", "ana", "ana@", "@c.test", "a b@c.test", "a@b@c.test", "a@c..test", "a\0@c.test",
     "<a@c.test>", "a@c.test, b@c.test", "a@c.test\nbcc:x@c.test", f"{'a' * 65}@c.test"],
)  # fmt: skip
def test_what_can_not_be_mailed_to_is_no_address(address: str):
    with pytest.raises(Invalid) as caught:
        add("Ana", address)
    assert (caught.value.code, list(caught.value.fields)) == ("bad_address", ["addresses"])
    assert not Contact.objects.exists()


def test_a_contact_needs_an_address():
    with pytest.raises(Invalid):
        create_contact(actor=TESTS, name="Ana", addresses=[], values={})


def test_addresses_given_twice_are_kept_once_and_the_first_is_the_primary_one():
    contact = add("Ana", "b@c.test", "A@c.test", "B@c.test")
    shown = selectors.get(contact.id)["addresses"]
    assert [(one["address"], one["is_primary"]) for one in shown] == [
        ("b@c.test", True),
        ("a@c.test", False),
    ]


def test_addresses_are_replaced_as_a_whole():
    contact = add("Ana", "a@c.test", "b@c.test")
    change(contact, addresses=["c@c.test", "b@c.test"])
    shown = selectors.get(contact.id)["addresses"]
    assert [(one["address"], one["is_primary"]) for one in shown] == [
        ("c@c.test", True),
        ("b@c.test", False),
    ]
    assert found("a@c.test").id != contact.id
    assert names("c@c.test") == ["Ana"]


def test_an_address_of_somebody_else_is_not_taken_over():
    add("Rui", "rui@c.test")
    contact = add("Ana", "ana@c.test")
    with pytest.raises(Conflict):
        change(contact, addresses=["ana@c.test", "RUI@c.test"])
    assert list(contact.addresses.values_list("address", flat=True)) == ["ana@c.test"]


def test_a_change_of_what_somebody_else_changed_is_refused():
    contact = add()
    change(contact, version=contact.version, name="Ana Lima")
    with pytest.raises(Stale):
        change(contact, version=contact.version, name="Ana Souza")
    assert Contact.objects.get().name == "Ana Lima"


def test_a_company_is_the_same_however_its_name_is_written():
    first = add("Ana", "a@c.test", company_name="Padaria São João")
    second = add("Rui", "b@c.test", company_name=" PADARIA SÃO JOÃO ")
    assert first.company == second.company == Company.objects.get()
    change(first, company_name="")
    first.refresh_from_db()
    assert first.company is None


def test_a_contact_with_tickets_is_kept_with_them():
    ticket = ticket_from(mailbox(), letter())
    Ticket.objects.update(deleted_at=ticket.created_at)  # also those in the trash
    with pytest.raises(Conflict) as caught:
        delete_contact(actor=TESTS, contact_id=ticket.contact_id)
    assert caught.value.code == "contact_has_tickets"
    assert Contact.objects.filter(pk=ticket.contact_id).exists()


def test_a_contact_without_tickets_goes_with_their_addresses():
    contact = add("Ana", "a@c.test", "b@c.test")
    delete_contact(actor=TESTS, contact_id=contact.id)
    assert not ContactAddress.objects.exists()
    with pytest.raises(Missing):
        selectors.get(contact.id)
    assert add("Nova", "a@c.test").id != contact.id


def test_messages_of_a_deleted_contact_keep_the_name_they_were_sent_with():
    """Rui wrote into Ana's ticket and has none of his own."""
    box = mailbox()
    ticket = ticket_from(box, letter(cc="rui@customers.test"))
    receive(
        box,
        letter(
            sender="Rui <rui@customers.test>",
            own_id="rui@customers.test",
            in_reply_to="first@customers.test",
        ),
    )
    written = Message.objects.get(ticket=ticket, from_address="rui@customers.test")
    assert written.contact is not None
    delete_contact(actor=acting(person()), contact_id=written.contact.id)
    written.refresh_from_db()
    assert (written.contact_id, written.from_name) == (None, "Rui")


@pytest.mark.parametrize("call", [delete_contact, change_contact])
def test_a_contact_nobody_knows_is_missing(call: Callable[..., object]):
    more: dict[str, Any] = {} if call is delete_contact else {"changes": {}, "version": None}
    with pytest.raises(Missing):
        call(actor=TESTS, contact_id=uuid.uuid4(), **more)


@pytest.mark.parametrize(
    "search", ["joão", "JOAO", "joao", "conceição", "conceicao joao", "joa", "JOAO@C", "@c.test"]
)
def test_search_finds_any_part_without_regard_to_accents_and_case(search: str):
    add("João da Conceição", "Joao@c.test")
    add("Rui", "rui@other.test")
    assert names(search) == ["João da Conceição"]


@pytest.mark.parametrize("search", ["%", "_", "\\", "j%o", "maria", "joao rui"])
def test_search_takes_signs_literally_and_wants_every_word(search: str):
    add("João", "joao@c.test")
    add("Rui", "rui@other.test")
    assert names(search) == []


def test_a_list_is_paged_by_name_and_shows_everybody_once():
    for number in range(7):
        add(f"Ána {6 - number}", f"a{number}@c.test")
    pages: list[list[str]] = []
    cursor: str | None = None
    while True:
        rows, cursor = selectors.page(search="", cursor=cursor, limit=3)
        pages.append([row["name"] for row in rows])
        if cursor is None:
            break
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [name for page in pages for name in page] == [f"Ána {number}" for number in range(7)]


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJhIiwiYiJd"])
def test_a_forged_cursor_is_refused(cursor: str):
    with pytest.raises(Invalid):
        selectors.page(search="", cursor=cursor, limit=3)


@pytest.mark.parametrize("rows", [5, 50])
def test_a_list_costs_one_query_however_long_it_is(
    django_assert_num_queries: DjangoAssertNumQueries, rows: int
):
    for number in range(rows):
        add(f"Ana {number}", f"a{number}@c.test", f"b{number}@c.test", company_name=f"C {number}")
    with django_assert_num_queries(1):
        shown, _ = selectors.page(search="ana", cursor=None, limit=100)
    assert len(shown) == rows
    assert all(len(row["addresses"]) == 2 and row["company"] for row in shown)
