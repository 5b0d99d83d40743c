"""What an agent forwards becomes a ticket of who wrote it, if the agent is proven (MAIL.md T12)."""

from __future__ import annotations

import pytest

from backend.core.errors import Conflict
from backend.mailboxes.models import Mailbox
from backend.tickets import changing, forwarding
from backend.tickets.models import Message, Note, Ticket
from backend.users.models import User
from tests.desk import acting, mailbox, person, receive, ticket_from
from tests.mails import letter

pytestmark = pytest.mark.django_db
PROOF = "mx.desk.test; dmarc=pass header.from=desk.test"
FORWARD = """Pessoal, este caiu na minha caixa.

---------- Forwarded message ---------
De: Bruno Reis <bruno@customers.test>
Date: seg., 3 de mar. de 2026 às 10:00
Subject: Boleto vencido
To: Agente <agent@desk.test>

Meu boleto venceu ontem, podem emitir outro?
"""


@pytest.fixture
def box() -> Mailbox:
    return mailbox(authserv_id="mx.desk.test")


@pytest.fixture
def agent() -> User:
    return person(email="agent@desk.test", name="Agente Um")


def forward(**headers: str) -> bytes:
    wanted = {
        "sender": "Agente Um <agent@desk.test>",
        "subject": "Enc: Boleto vencido",
        "own_id": "forward@desk.test",
        "text": FORWARD,
        "authentication_results": PROOF,
    }
    return letter(**(wanted | headers))


def test_t12_a_proven_agents_forward_is_a_ticket_of_the_original_sender(box: Mailbox, agent: User):
    ticket = ticket_from(box, forward())
    assert ticket.contact_address == "bruno@customers.test"
    assert (ticket.contact.name, ticket.subject) == ("Bruno Reis", "Boleto vencido")
    assert ticket.forwarded_by == agent
    message = Message.objects.get()
    assert message.flags == ["by_agent_forward"]
    assert message.text == "Meu boleto venceu ontem, podem emitir outro?"
    assert Note.objects.get().text == "Pessoal, este caiu na minha caixa."


def test_t12_the_original_senders_answer_joins_that_ticket(box: Mailbox, agent: User):
    ticket = ticket_from(box, forward())
    back = receive(
        box,
        letter(
            sender="bruno@customers.test",
            own_id="b@customers.test",
            in_reply_to="forward@desk.test",
        ),
    )
    assert back.ticket == ticket
    assert back.message is not None
    assert back.message.flags == []


@pytest.mark.parametrize(
    "results",
    [
        "mx.desk.test; dmarc=fail header.from=desk.test",
        "mx.evil.test; dmarc=pass",
        "mx.desk.test; none",
    ],
)
def test_t12_an_unproven_forward_stays_with_who_sent_it(box: Mailbox, agent: User, results: str):
    ticket = ticket_from(box, forward(authentication_results=results))
    assert ticket.contact_address == "agent@desk.test"
    assert ticket.forwarded_by is None


def test_t13_a_customer_who_forwards_stays_the_requester(box: Mailbox, agent: User):
    proof = "mx.desk.test; dmarc=pass header.from=customers.test"
    ticket = ticket_from(box, forward(sender="ana@customers.test", authentication_results=proof))
    assert ticket.contact_address == "ana@customers.test"
    assert Message.objects.get().facts["forwarded"]["from"]["address"] == "bruno@customers.test"


def test_t12_what_somebody_else_forwards_in_a_conversation_stays_in_it(box: Mailbox, agent: User):
    ticket = ticket_from(box, letter())
    back = receive(box, forward(in_reply_to="first@customers.test"))
    assert back.ticket == ticket


def test_t12_a_forward_can_be_undone(box: Mailbox, agent: User):
    ticket = ticket_from(box, forward())
    forwarding.undo(actor=acting(agent), user=agent, ticket_id=ticket.id)
    ticket.refresh_from_db()
    assert (ticket.contact_address, ticket.forwarded_by) == ("agent@desk.test", None)
    assert ticket.subject == "Enc: Boleto vencido"
    message = Message.objects.get()
    assert (message.flags, message.from_address) == ([], "agent@desk.test")
    assert message.text.startswith("Pessoal, este caiu")
    with pytest.raises(Conflict):
        forwarding.undo(actor=acting(agent), user=agent, ticket_id=ticket.id)


def test_an_ordinary_ticket_has_no_forward_to_undo(box: Mailbox, agent: User):
    ticket = ticket_from(box, letter())
    with pytest.raises(Conflict):
        forwarding.undo(actor=acting(agent), user=agent, ticket_id=ticket.id)
    assert Ticket.objects.get() == ticket


def test_t12_who_may_not_write_in_tickets_opens_none_in_the_name_of_others(box: Mailbox):
    person(User.Role.LIGHT, email="agent@desk.test")
    assert ticket_from(box, forward()).contact_address == "agent@desk.test"


def test_t12_a_forward_with_two_authors_is_nobodys(box: Mailbox, agent: User):
    ticket = ticket_from(box, forward(sender="agent@desk.test, eve@other.test"))
    assert ticket.forwarded_by is None


def test_a_forward_is_not_undone_in_the_trash(box: Mailbox, agent: User):
    ticket = ticket_from(box, forward())
    changing.delete(actor=acting(agent), user=agent, ticket_id=ticket.id)
    with pytest.raises(Conflict) as caught:
        forwarding.undo(actor=acting(agent), user=agent, ticket_id=ticket.id)
    assert caught.value.code == "ticket_deleted"
