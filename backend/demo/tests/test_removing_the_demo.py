"""Taking the demo out never touches what is real."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone
from pytest_django.fixtures import Settings

from backend.audit.models import Log
from backend.audit.services import Actor
from backend.contacts.models import Company, Contact, ContactAddress
from backend.contacts.services import change_contact
from backend.demo import room, samples
from backend.mailboxes import ledger
from backend.mailboxes.ledger import Arrival
from backend.mailboxes.models import InboundMail, Mailbox, MailboxFolder, OutboundMail
from backend.tickets import intake, replying
from backend.tickets.changing import add_note
from backend.tickets.creating import NewTicket, create_ticket
from backend.tickets.models import Message, Ticket
from backend.tickets.replying import Reply
from backend.users.models import User
from backend.users.services import create_user
from tests.accounts import connect
from tests.mails import customer_mail

# The queues compare with the time a transaction began, so a test can't be one transaction.
pytestmark = pytest.mark.django_db(transaction=True)
# What only ever grows: the audit log, and live events of the last day.
GROWING = {"logs", "events"}


@pytest.fixture
def agent(actor: Actor) -> User:
    """A real person of the desk."""
    return create_user(
        actor=actor,
        email="bia@desk.test",
        name="Bia",
        password="correct horse battery",
        role=User.Role.ADMIN,
    )


@pytest.fixture
def demo(room_settings: Settings, actor: Actor) -> Mailbox:
    """The demo mailbox with its samples."""
    mailbox = room.open_room(actor=actor)
    assert mailbox is not None
    return mailbox


def receive(mailbox: Mailbox, raw: bytes) -> Ticket:
    """Let a mail arrive in a mailbox and be understood; the ticket it led to."""
    folder, _ = MailboxFolder.objects.get_or_create(mailbox=mailbox, name="INBOX")
    uid = InboundMail.objects.filter(folder=folder).count() + 1
    arrival = Arrival(uid=uid, size=len(raw), internal_date=timezone.now(), raw=raw)
    ledger.insert(ledger.rows_for(folder, [arrival]))
    intake.drain()
    ticket = InboundMail.objects.get(folder=folder, uid=uid).ticket
    assert ticket is not None
    return ticket


def visit(mailbox: Mailbox, number: int, visitor: str) -> Ticket:
    """A visitor of the demo room writes to the desk."""
    sender = f"cliente{number}@customers.test".encode()
    return receive(mailbox, customer_mail(number).replace(sender, visitor.encode()))


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, but for what only grows."""
    return {
        model._meta.db_table: sorted(model._default_manager.values(), key=str)
        for model in apps.get_models()
        if model._meta.db_table not in GROWING
    }


def test_removal_leaves_every_real_row_exactly_as_it_was(
    room_settings: Settings, actor: Actor, agent: User
):
    real = connect(address="ajuda@empresa.test")
    ticket = receive(real, customer_mail(1))
    replying.reply(actor=actor, user=agent, ticket_id=ticket.id, wanted=Reply(text="Olá!"))
    add_note(actor=actor, user=agent, ticket_id=ticket.id, text="Cliente antigo.")
    before = everything()

    demo = room.open_room(actor=actor)
    assert demo is not None
    visited = visit(demo, 2, "visita@demo.local")
    replying.reply(actor=actor, user=agent, ticket_id=visited.id, wanted=Reply(text="Oi!"))
    add_note(actor=actor, user=agent, ticket_id=visited.id, text="Só um teste.")
    room.remove(actor=actor)

    assert everything() == before


def test_removal_counts_what_it_took_and_writes_it_to_the_log(
    demo: Mailbox, actor: Actor, agent: User
):
    sampled = Ticket.objects.count()
    ticket = visit(demo, 2, "visita@demo.local")
    replying.reply(actor=actor, user=agent, ticket_id=ticket.id, wanted=Reply(text="Oi!"))
    messages, contacts = Message.objects.count(), Contact.objects.count()
    removed = room.remove(actor=actor)
    assert (removed.tickets, removed.messages) == (sampled + 1, messages)
    assert (removed.contacts, removed.received, removed.sent) == (contacts, 1, 1)
    entry = Log.objects.latest("id")
    assert (entry.action, entry.after) == ("demo.remove", asdict(removed))


def test_nothing_of_the_demo_is_left(demo: Mailbox, actor: Actor):
    visit(demo, 2, "visita@demo.local")
    room.remove(actor=actor)
    for model in (Ticket, Message, Contact, ContactAddress, Company, InboundMail, OutboundMail):
        assert not model._default_manager.exists(), model
    assert not Mailbox.objects.exists()
    assert not User.objects.exists()


def test_removing_twice_takes_nothing_more_and_logs_once(demo: Mailbox, actor: Actor):
    room.remove(actor=actor)
    entries = Log.objects.count()
    again = room.remove(actor=actor)
    assert not any(asdict(again).values())
    assert Log.objects.count() == entries


def test_a_ticket_an_agent_opened_in_the_demo_mailbox_goes_but_its_outside_contact_stays(
    demo: Mailbox, actor: Actor, agent: User
):
    create_ticket(
        actor=actor,
        user=agent,
        wanted=NewTicket(
            mailbox_id=demo.id,
            contact_address="cliente@empresa.test",
            contact_name="Cliente",
            subject="Por telefone",
            text="Pediu um orçamento.",
        ),
    )
    room.remove(actor=actor)
    assert not Ticket.objects.exists()
    assert ContactAddress.objects.get().address == "cliente@empresa.test"


def test_a_sample_contact_with_a_real_ticket_stays_with_it(
    demo: Mailbox, actor: Actor, agent: User
):
    real = connect(address="ajuda@empresa.test")
    contact = Contact.objects.get(addresses__address="marina.alves@demo.local")
    addresses = ["marina.alves@demo.local", "cliente7@customers.test"]
    change_contact(
        actor=actor, contact_id=contact.id, changes={"addresses": addresses}, version=None
    )
    ticket = receive(real, customer_mail(7))
    assert ticket.contact_id == contact.id
    room.remove(actor=actor)
    assert list(Ticket.objects.all()) == [ticket]
    assert list(Contact.objects.all()) == [contact]


def test_a_demo_ticket_that_took_in_a_real_one_stays_and_the_mailbox_is_paused(
    demo: Mailbox, actor: Actor, agent: User
):
    real = connect(address="ajuda@empresa.test")
    source = receive(real, customer_mail(3))
    target = Ticket.objects.filter(is_demo=True, messages__direction="out").first()
    assert target is not None
    Message.objects.filter(ticket=source).update(ticket=target)
    Ticket.objects.filter(pk=source.pk).update(merged_into=target)
    room.remove(actor=actor)
    assert set(Ticket.objects.all()) == {source, target}
    assert Message.objects.filter(ticket=target, from_address="cliente3@customers.test").exists()
    demo.refresh_from_db()
    assert demo.state == Mailbox.State.PAUSED
    assert User.objects.filter(email=samples.AGENT_EMAIL).exists()


def test_merged_demo_tickets_go_together(demo: Mailbox, actor: Actor):
    first, second = Ticket.objects.filter(is_demo=True).order_by("number")[:2]
    Ticket.objects.filter(pk=second.pk).update(merged_into=first)
    room.remove(actor=actor)
    assert not Ticket.objects.exists()


def test_demo_tickets_in_the_trash_go_too(demo: Mailbox, actor: Actor):
    Ticket.objects.filter(is_demo=True).update(deleted_at=timezone.now())
    room.remove(actor=actor)
    assert not Ticket.objects.exists()


def test_a_company_that_gained_a_real_contact_stays(demo: Mailbox, actor: Actor):
    company = Company.objects.order_by("name").first()
    assert company is not None
    Contact.objects.create(name="Real", company=company)
    room.remove(actor=actor)
    assert list(Company.objects.all()) == [company]
