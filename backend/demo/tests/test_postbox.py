"""The customer's postbox, on the demo room's real IMAP and SMTP servers."""

from __future__ import annotations

import uuid

import pytest
from pytest_django.fixtures import Settings

from backend.audit.services import Actor
from backend.core.errors import Invalid, Missing, Unavailable
from backend.demo import postbox, room
from backend.demo.postbox import Letter, PostboxMessage
from backend.mailboxes.models import InboundMail, Mailbox, OutboundMail
from backend.tickets import delivering, intake, replying
from backend.tickets.models import Message, Ticket
from backend.tickets.replying import Reply
from backend.users.models import User
from backend.users.services import create_user
from desk_cli import account as accounts
from desk_cli.servers import maildir
from desk_cli.servers.demo_room import DemoRoom
from desk_cli.servers.demo_smtp import box_of
from tests.accounts import read
from tests.mails import customer_mail, message_id

pytestmark = pytest.mark.django_db
# The queues compare with the time a transaction began, so these can't be one transaction.
with_queues = pytest.mark.django_db(transaction=True)


@pytest.fixture
def customer() -> str:
    """An address nobody has written from before."""
    return f"visita.{uuid.uuid4().hex[:12]}@demo.local"


@pytest.fixture
def agent(actor: Actor) -> User:
    """Who answers."""
    return create_user(
        actor=actor, email="bia@desk.test", name="Bia", password="correct horse battery"
    )


def letter(address: str, **values: object) -> Letter:
    """A customer's first mail."""
    fields = {"name": "João Visita", "subject": "Não abre", "text": "Olá, não abre.\n\nJoão"}
    return Letter(address=address, **(fields | values))  # type: ignore[arg-type]


def read_the_mailbox(mailbox: Mailbox) -> None:
    """What the monitor and a worker do: read what is new, understand it."""
    read(mailbox)
    intake.drain()


def ticket_of(mail_id: str) -> Ticket:
    """The ticket a mail led to."""
    return Message.objects.get(message_id=mail_id).ticket


def folder(messages: list[PostboxMessage], name: str) -> list[PostboxMessage]:
    """Those of one folder."""
    return [one for one in messages if one.folder == name]


def test_a_new_postbox_is_empty(open_demo: Mailbox, customer: str):
    assert postbox.read(customer) == []


def test_what_a_customer_sends_lies_under_sent(open_demo: Mailbox, customer: str):
    sent_id = postbox.write(letter(customer))
    (sent,) = postbox.read(customer)
    assert (sent.folder, sent.message_id) == ("sent", sent_id)
    assert sent.from_ == f"João Visita <{customer}>"
    assert sent.to == "suporte@demo.local"
    assert (sent.subject, sent.text.strip()) == ("Não abre", "Olá, não abre.\n\nJoão")
    assert (sent.in_reply_to, list(sent.references)) == ("", [])


@with_queues
def test_what_a_customer_sends_becomes_a_demo_ticket(open_demo: Mailbox, customer: str):
    sent_id = postbox.write(letter(customer))
    read_the_mailbox(open_demo)
    ticket = ticket_of(sent_id)
    assert (ticket.subject, ticket.contact_address) == ("Não abre", customer)
    assert ticket.contact.name == "João Visita"
    assert ticket.is_demo
    assert InboundMail.objects.get(ticket=ticket).fate == InboundMail.Fate.TICKET


@with_queues
def test_an_answer_reaches_the_postbox_and_the_answer_to_it_the_same_ticket(
    open_demo: Mailbox, customer: str, agent: User, actor: Actor
):
    first = postbox.write(letter(customer))
    read_the_mailbox(open_demo)
    ticket = ticket_of(first)
    replying.reply(
        actor=actor, user=agent, ticket_id=ticket.id, wanted=Reply(text="Tente agora.", undo=False)
    )
    delivering.drain()
    assert OutboundMail.objects.get().state == OutboundMail.State.SENT

    (answer,) = folder(postbox.read(customer), "inbox")
    assert answer.text.startswith("Tente agora.")
    assert answer.subject == "Re: Não abre"
    assert (answer.in_reply_to, list(answer.references)) == (first, [first])

    second = postbox.write(letter(customer, text="Abriu!", in_reply_to_uid=answer.uid))
    (sent,) = [one for one in postbox.read(customer) if one.message_id == second]
    assert sent.in_reply_to == answer.message_id
    assert list(sent.references) == [first, answer.message_id]
    read_the_mailbox(open_demo)
    assert ticket_of(second) == ticket
    ticket.refresh_from_db()
    assert (ticket.message_count, ticket.last_direction) == (3, "in")


@with_queues
def test_the_customer_of_a_sample_can_be_answered(
    transactional_db: None, served_room: Settings, agent: User, actor: Actor
):
    room.open_room(actor=actor)
    ticket = Ticket.objects.get(contact_address="gilmar.santana@demo.local", status="open")
    replying.reply(
        actor=actor, user=agent, ticket_id=ticket.id, wanted=Reply(text="Cancelado.", undo=False)
    )
    delivering.drain()
    assert OutboundMail.objects.get().state == OutboundMail.State.SENT
    assert any("Cancelado." in one.text for one in postbox.read("gilmar.santana@demo.local"))


def test_mails_come_newest_first_and_at_most_fifty(
    open_demo: Mailbox, demo_servers: DemoRoom, customer: str
):
    box = box_of(demo_servers.root, customer)
    assert box is not None
    box.parent.mkdir(mode=0o700)
    accounts.give_folder(box.parent, accounts.server_account())
    for number in range(52):
        maildir.deliver(box, customer_mail(number), accounts.server_account())
    expected = [message_id(number) for number in range(51, 1, -1)]
    assert [one.message_id for one in postbox.read(customer)] == expected


def test_the_address_is_taken_without_regard_to_case(open_demo: Mailbox, customer: str):
    sent_id = postbox.write(letter(f" {customer.upper()} "))
    assert [one.message_id for one in postbox.read(customer)] == [sent_id]


def test_line_breaks_in_name_and_subject_make_no_header(open_demo: Mailbox, customer: str):
    postbox.write(letter(customer, name="A\r\nBcc: x@y.test", subject="B\r\nX-Evil: 1"))
    (sent,) = postbox.read(customer)
    assert sent.subject == "B X-Evil: 1"
    assert sent.to == "suporte@demo.local"


@pytest.mark.parametrize(
    "address",
    [
        "ana@example.com",
        "ana",
        "@demo.local",
        "../suporte@demo.local",
        "a..b@demo.local",
        ".a@demo.local",
        "a b@demo.local",
        "a\r\n@demo.local",
        "ana@demo.local@demo.local",
        "é@demo.local",
        "a" * 65 + "@demo.local",
        "",
    ],
)
def test_addresses_outside_the_room_are_refused(open_demo: Mailbox, address: str):
    with pytest.raises(Invalid) as reading:
        postbox.read(address)
    with pytest.raises(Invalid) as writing:
        postbox.write(letter(address))
    assert reading.value.code == writing.value.code == "bad_address"


def test_the_desks_own_postbox_can_be_neither_read_nor_written_from(open_demo: Mailbox):
    with pytest.raises(Invalid) as reading:
        postbox.read("SUPORTE@demo.local")
    with pytest.raises(Invalid):
        postbox.write(letter("suporte@demo.local"))
    assert reading.value.code == "desk_address"


def test_an_empty_letter_is_refused(open_demo: Mailbox, customer: str):
    with pytest.raises(Invalid) as refused:
        postbox.write(letter(customer, text=" \n "))
    assert "text" in refused.value.fields


def test_a_mail_that_is_not_there_cannot_be_answered(open_demo: Mailbox, customer: str):
    with pytest.raises(Invalid) as refused:
        postbox.write(letter(customer, in_reply_to_uid=4711))
    assert "in_reply_to_uid" in refused.value.fields
    assert postbox.read(customer) == []


def test_a_room_whose_servers_are_away_is_said_so(
    open_demo: Mailbox, room_settings: Settings, customer: str
):
    room_settings.DESK_DEMO_IMAP_PORT = 1
    with pytest.raises(Unavailable, match="desk run"):
        postbox.read(customer)
    with pytest.raises(Unavailable, match="desk run"):
        postbox.write(letter(customer))


def test_a_mail_that_could_not_be_sent_leaves_no_copy(
    open_demo: Mailbox, room_settings: Settings, customer: str
):
    room_settings.DESK_DEMO_SMTP_PORT = 1
    with pytest.raises(Unavailable):
        postbox.write(letter(customer))
    assert postbox.read(customer) == []


def test_a_closed_room_has_no_postboxes(open_demo: Mailbox, room_settings: Settings, customer: str):
    room_settings.DESK_DEMO = False
    with pytest.raises(Missing):
        postbox.read(customer)
    with pytest.raises(Missing):
        postbox.write(letter(customer))


def test_a_removed_room_has_no_postboxes(open_demo: Mailbox, actor: Actor, customer: str):
    room.remove(actor=actor)
    with pytest.raises(Missing) as gone:
        postbox.read(customer)
    assert gone.value.code == "demo_removed"
