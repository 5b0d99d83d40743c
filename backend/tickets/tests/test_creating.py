"""Tickets that agents open themselves."""

from __future__ import annotations

import uuid

import pytest

from backend.contacts.models import Contact
from backend.core.errors import Invalid, Missing
from backend.mailboxes.models import Mailbox, OutboundMail
from backend.tickets.creating import NewTicket, create_ticket
from backend.tickets.models import Message, Ticket
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


def create(user: User, box: Mailbox, **values: object) -> Ticket:
    wanted = {
        "mailbox_id": box.id,
        "contact_address": " Ana@Customers.test ",
        "contact_name": "Ana Lima",
        "subject": "Ligação",
        "text": "Pediu segunda via.",
    }
    return create_ticket(
        actor=acting(user),
        user=user,
        wanted=NewTicket(**(wanted | values)),  # type: ignore[arg-type]
    )


def test_a_call_is_written_down_as_the_customers_words(box: Mailbox, agent: User):
    ticket = create(agent, box)
    message = Message.objects.get()
    assert (message.direction, message.from_address) == ("in", "ana@customers.test")
    assert (message.author, message.flags) == (agent, ["written_down"])
    assert (ticket.waiting_since, ticket.message_count) == (message.created_at, 1)
    assert not OutboundMail.objects.exists()


def test_the_contact_is_the_one_who_has_the_address(box: Mailbox, agent: User):
    receive(box, letter())
    create(agent, box)
    assert Contact.objects.count() == 1


def test_what_was_written_down_is_answered_without_references(box: Mailbox, agent: User):
    ticket = create(agent, box)
    sent = reply(actor=acting(agent), user=agent, ticket_id=ticket.id, wanted=Reply(text="Segue."))
    assert (sent.in_reply_to, sent.references) == ([], [])
    assert [one["address"] for one in sent.to] == ["ana@customers.test"]


def test_the_customers_answer_to_a_first_mail_joins_the_ticket(box: Mailbox, agent: User):
    ticket = create(agent, box, send=True)
    sent = Message.objects.get()
    assert receive(box, letter(in_reply_to=sent.message_id)).ticket == ticket


def test_a_mailbox_of_another_team_is_unknown_and_nothing_is_made(agent: User):
    other = mailbox(team="Vendas")
    for send in (False, True):
        with pytest.raises(Missing):
            create(agent, other, send=send)
    assert not Ticket.objects.exists()


def test_a_mailbox_that_does_not_exist_is_refused(box: Mailbox, agent: User):
    with pytest.raises(Missing):
        create(agent, box, mailbox_id=uuid.uuid4())


@pytest.mark.parametrize("values", [{"text": " \n"}, {"contact_address": "ana"}])
def test_a_form_with_a_gap_is_refused(box: Mailbox, agent: User, values: dict[str, str]):
    with pytest.raises(Invalid):
        create(agent, box, **values)


@pytest.mark.parametrize("send", [True, False])
def test_asking_twice_with_one_key_opens_one_ticket(box: Mailbox, agent: User, *, send: bool):
    wanted = NewTicket(
        mailbox_id=box.id,
        contact_address="ana@customers.test",
        contact_name="Ana",
        subject="Pedido",
        text="Olá",
        send=send,
    )
    key = uuid.uuid4()
    first, second = (
        create_ticket(actor=acting(agent), user=agent, wanted=wanted, key=key) for _ in range(2)
    )
    assert first == second
    assert Message.objects.count() == 1
    assert OutboundMail.objects.count() == int(send)
    assert create_ticket(actor=acting(agent), user=agent, wanted=wanted, key=uuid.uuid4()) != first
