"""Two workers and an agent at the same moment: nothing counted twice, nobody waits in a circle."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event

import pytest
from django.db import transaction

from backend.contacts import deliverability
from backend.contacts.models import Contact, ContactAddress
from backend.contacts.services import address_lock
from backend.core.errors import Conflict
from backend.core.locks import lock_names
from backend.mail.token import make_agent_address
from backend.mailboxes.models import InboundMail
from backend.tickets import delivering, intake
from backend.tickets.acknowledging import PER_HOUR
from backend.tickets.models import Acknowledgement, Message, Ticket
from backend.tickets.replying import Reply, reply
from backend.tickets.tests.test_reports import report
from backend.tickets.threading import token_key
from desk_cli.process import wait_until
from desk_cli.servers.smtp_sink import SmtpSink
from tests.connections import PATIENCE, at_once, on_own_connection, somebody_waits
from tests.desk import TESTS, acting, arrive, mailbox, person, ticket_from
from tests.mails import DESK, letter

pytestmark = pytest.mark.django_db(transaction=True)


def test_b13_two_workers_together_keep_to_the_cap_of_acknowledgements():
    box = mailbox(acknowledge=True)
    for number in range(PER_HOUR + 3):
        own_id = f"n{number}@customers.test"
        arrive(box, letter(own_id=own_id, subject=f"Assunto {'x' * number}"))
    assert sum(int(done) for done in at_once(intake.drain, intake.drain)) == PER_HOUR + 3
    assert Acknowledgement.objects.count() == PER_HOUR


def test_t19_two_workers_that_read_one_answer_of_an_agent_send_it_once():
    box, sales = (mailbox(one, authserv_id="mx.desk.test") for one in (DESK, "vendas@desk.test"))
    agent, ticket = person(), ticket_from(box, letter())
    signed = make_agent_address(DESK, ticket.number, agent.id, token_key())
    proof = "mx.desk.test; dmarc=pass header.from=desk.test"
    for place in (box, sales):
        arrive(
            place,
            letter(
                sender=agent.email,
                to=f"{signed}, {sales.address}",
                own_id="answer@desk.test",
                authentication_results=proof,
            ),
        )
    at_once(intake.drain, intake.drain)
    assert list(InboundMail.objects.values_list("fate", flat=True)[1:]) == ["reply", "reply"]
    assert Message.objects.filter(direction="out").count() == 1


def test_one_key_for_two_tickets_at_once_answers_one_and_refuses_the_other():
    box, agent, key = mailbox(), person(), uuid.uuid4()
    mails = (letter(sender=f"{who}@customers.test", own_id=f"{who}@c.test") for who in ("a", "b"))
    tickets = [ticket_from(box, mail) for mail in mails]

    def answer(ticket: Ticket) -> str:
        wanted = Reply(text="Feito.")
        try:
            reply(actor=acting(agent), user=agent, ticket_id=ticket.id, wanted=wanted, key=key)
        except Conflict as error:
            return error.code
        return "sent"

    assert sorted(map(str, at_once(*(partial(answer, one) for one in tickets)))) == [
        "key_used",
        "sent",
    ]


def test_a_bounce_that_waits_for_the_ticket_does_not_hold_the_address_meanwhile(
    smtp_sink: SmtpSink,
):
    """Reading a mail of the person locks the ticket first, then the address that lives again."""
    box = mailbox(smtp_port=smtp_sink.port)
    agent, ticket = person(), ticket_from(box, letter())
    sent = reply(actor=acting(agent), user=agent, ticket_id=ticket.id, wanted=Reply(text="Feito."))
    delivering.drain()
    arrive(box, report(sent.message_id, "ana@customers.test"))
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            Ticket.objects.select_for_update().get(pk=ticket.pk)
            bounce = threads.submit(on_own_connection, intake.drain)
            assert wait_until(somebody_waits, PATIENCE)
            free = ContactAddress.objects.select_for_update(nowait=True)
            assert free.get(address="ana@customers.test").bounces == 0
        assert bounce.result(PATIENCE) == 1
    assert ContactAddress.objects.get(address="ana@customers.test").bounces == 1


def test_resuming_an_address_while_its_mail_is_read_ends_in_no_deadlock():
    """Intake holds the address and wants the contact; the decision must not hold it meanwhile."""
    ticket = ticket_from(mailbox(), letter())
    with transaction.atomic():
        deliverability.refused(
            actor=TESTS, address="ana@customers.test", status="5.1.1", words="5.1.1 nobody"
        )
    held = Event()

    def reading() -> object:
        with transaction.atomic():
            lock_names([address_lock("ana@customers.test")])
            deliverability.wrote(actor=TESTS, address="ana@customers.test")
            held.set()
            assert wait_until(somebody_waits, PATIENCE)
            return Contact.objects.select_for_update().get(pk=ticket.contact_id).pk

    def agent() -> object:
        held.wait(PATIENCE)
        deliverability.resume_address(
            actor=TESTS, contact_id=ticket.contact_id, address="ana@customers.test"
        )
        return "resumed"

    with ThreadPoolExecutor(2) as threads:
        work = [threads.submit(on_own_connection, one) for one in (reading, agent)]
        assert [one.result(PATIENCE * 2) for one in work] == [ticket.contact_id, "resumed"]
