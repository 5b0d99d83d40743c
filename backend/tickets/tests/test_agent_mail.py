"""Agents answer by mail through an address that only they have (MAIL.md T19)."""

from __future__ import annotations

import pytest

from backend.core import blobs
from backend.mail.token import make_agent_address
from backend.mailboxes.models import InboundMail, Mailbox, OutboundMail
from backend.tickets import changing, intake
from backend.tickets.models import Message, Ticket
from backend.tickets.threading import token_key
from backend.users.models import User
from tests.desk import acting, arrive, mailbox, person, receive, ticket_from
from tests.mails import DESK, letter

pytestmark = pytest.mark.django_db
Fate = InboundMail.Fate


@pytest.fixture
def box() -> Mailbox:
    return mailbox(authserv_id="mx.desk.test")


@pytest.fixture
def agent() -> User:
    return person(email="agent@desk.test", name="Agente Um")


@pytest.fixture
def ticket(box: Mailbox) -> Ticket:
    return ticket_from(box, letter())


def from_agent(ticket: Ticket, agent: User, **headers: str) -> bytes:
    wanted = {
        "sender": f"Agente Um <{agent.email}>",
        "to": make_agent_address(DESK, ticket.number, agent.id, token_key()),
        "own_id": "answer@desk.test",
        "text": "Já enviamos, Ana.\n\n-- \nAgente Um\n",
        "authentication_results": "mx.desk.test; dmarc=pass header.from=desk.test",
    }
    return letter(**(wanted | headers))


def sent_replies() -> list[Message]:
    return list(Message.objects.filter(direction="out"))


def test_t19_an_agents_mail_to_the_signed_address_is_a_reply_to_the_customer(
    box: Mailbox, ticket: Ticket, agent: User
):
    mail = receive(box, from_agent(ticket, agent))
    assert (mail.fate, mail.ticket) == (Fate.REPLY, ticket)
    (message,) = sent_replies()
    assert (message.author, message.flags, message.text) == (
        agent,
        ["by_mail"],
        "Já enviamos, Ana.",
    )
    outbound = OutboundMail.objects.get()
    assert list(outbound.recipients.values_list("address", flat=True)) == ["ana@customers.test"]
    assert b"mx.desk.test" not in blobs.get(outbound.sha256)


def test_t19_the_address_of_another_agent_answers_nothing(
    box: Mailbox, ticket: Ticket, agent: User
):
    other = person(email="other@desk.test")
    stolen = make_agent_address(DESK, ticket.number, agent.id, token_key())
    mail = receive(box, from_agent(ticket, other, to=stolen))
    assert mail.fate == Fate.TICKET
    assert sent_replies() == []


def test_t19_a_forged_agent_answers_nothing(box: Mailbox, ticket: Ticket, agent: User):
    failed = "mx.desk.test; dmarc=fail header.from=desk.test"
    mail = receive(box, from_agent(ticket, agent, authentication_results=failed))
    assert mail.fate == Fate.TICKET
    assert sent_replies() == []


def test_t19_an_agents_holiday_notice_is_dropped(box: Mailbox, ticket: Ticket, agent: User):
    mail = receive(box, from_agent(ticket, agent, auto_submitted="auto-replied"))
    assert (mail.fate, mail.ticket) == (Fate.AUTOMATIC, None)
    assert sent_replies() == []


def test_t19_what_can_not_be_sent_is_not_lost(box: Mailbox, ticket: Ticket, agent: User):
    changing.delete(actor=acting(agent), user=agent, ticket_id=ticket.id)
    mail = receive(box, from_agent(ticket, agent))
    assert mail.fate == Fate.TICKET
    assert mail.ticket is not None
    assert mail.ticket.contact_address == "agent@desk.test"


def test_t19_files_of_the_agents_mail_go_with_the_reply(box: Mailbox, ticket: Ticket, agent: User):
    from email import message_from_bytes, policy
    from email.message import EmailMessage

    mail = message_from_bytes(from_agent(ticket, agent), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    mail.add_attachment(
        b"%PDF-1.4 invoice", maintype="application", subtype="pdf", filename="n.pdf"
    )
    receive(box, mail.as_bytes())
    (message,) = sent_replies()
    assert [file.filename for file in message.attachments.all()] == ["n.pdf"]
    assert b"n.pdf" in blobs.get(OutboundMail.objects.get().sha256)


def test_t19_an_agent_whose_name_nobody_vouches_for_answers_nothing(
    box: Mailbox, ticket: Ticket, agent: User
):
    """SECURITY 0.4: the token alone is not enough, it may have been forwarded."""
    mail = receive(
        box, from_agent(ticket, agent, authentication_results="mx.desk.test; dmarc=none")
    )
    assert mail.fate == Fate.TICKET
    assert sent_replies() == []


def test_t19_a_mail_with_two_authors_is_no_agents(box: Mailbox, ticket: Ticket, agent: User):
    receive(box, from_agent(ticket, agent, sender=f"{agent.email}, eve@other.test"))
    assert sent_replies() == []


def test_t19_an_answer_that_arrives_twice_goes_out_once(box: Mailbox, ticket: Ticket, agent: User):
    """To the signed address and in copy to the mailbox: two deliveries with other bytes."""
    receive(box, from_agent(ticket, agent))
    again = receive(box, from_agent(ticket, agent, delivered_to="suporte@desk.test"))
    assert (again.fate, again.ticket) == (Fate.REPLY, ticket)
    assert len(sent_replies()) == 1
    receive(box, from_agent(ticket, agent, own_id="next@desk.test"))
    assert len(sent_replies()) == 2


def test_t19_an_answer_whose_files_are_missing_does_not_go_out_without_them(
    box: Mailbox, ticket: Ticket, agent: User
):
    mail = arrive(box, from_agent(ticket, agent))
    InboundMail.objects.filter(pk=mail.pk).update(size=mail.size + 50_000_000)
    intake.drain()
    mail.refresh_from_db()
    assert mail.fate == Fate.TICKET
    assert sent_replies() == []
