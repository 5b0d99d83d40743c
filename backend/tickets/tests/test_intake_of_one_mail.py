"""What becomes of one mail: a ticket, with everything the mail says, and a fate in the ledger."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.utils import timezone

from backend.audit.models import Log
from backend.contacts.models import Contact
from backend.core import blobs
from backend.events.models import Event
from backend.mailboxes.models import InboundMail
from backend.tickets.models import Attachment, Message, Ticket, TicketEvent
from tests.desk import mailbox, receive, ticket_from
from tests.mails import DESK, letter

pytestmark = pytest.mark.django_db
Fate, State = InboundMail.Fate, InboundMail.State


def test_an_ordinary_mail_becomes_a_ticket_of_its_sender():
    received_at = timezone.now() - timedelta(hours=3)
    mail = receive(mailbox(), letter(cc="Rui <rui@customers.test>"), at=received_at)
    assert (mail.state, mail.fate, mail.error) == (State.DONE, Fate.TICKET, "")
    assert (mail.from_address, mail.subject) == ("ana@customers.test", "Pedido 4711")
    ticket = Ticket.objects.get()
    assert (ticket.subject, ticket.contact_address) == ("Pedido 4711", "ana@customers.test")
    assert (ticket.status_id, ticket.status_category, ticket.message_count) == ("open", "open", 1)
    assert ticket.waiting_since == ticket.created_at == received_at
    assert ticket.contact.name == "Ana Lima"
    message = Message.objects.get()
    assert mail.message == message
    assert (message.direction, message.from_name) == ("in", "Ana Lima")
    assert message.to == [{"name": "", "address": DESK}]
    assert message.cc == [{"name": "Rui", "address": "rui@customers.test"}]
    assert message.reply_text.strip() == "Olá, onde está o meu pedido?"


def test_a_new_ticket_is_in_its_history_in_the_audit_log_and_told_to_browsers():
    ticket = ticket_from(mailbox(), letter())
    assert list(TicketEvent.objects.values_list("kind", flat=True)) == ["created", "message_in"]
    entry = Log.objects.get(action="ticket.created")
    assert (entry.actor_kind, entry.actor_label) == ("mail", "ana@customers.test")
    assert entry.object_id == str(ticket.id)
    assert Event.objects.filter(kind="ticket.created", ticket_id=ticket.id).exists()


def test_the_mailboxs_team_gets_the_ticket():
    box = mailbox(team="Vendas")
    assert ticket_from(box, letter()).team == box.team


def test_attachments_are_stored_with_their_bytes():
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ana@customers.test", DESK, "Nota fiscal"
    mail["Message-ID"] = "<files@customers.test>"
    mail.set_content("Segue a nota.")
    mail.add_attachment(
        b"%PDF-1.4 nota", maintype="application", subtype="pdf", filename="nota.pdf"
    )
    mail.add_attachment(b"", maintype="text", subtype="csv", filename="vazio.csv")
    ticket_from(mailbox(), mail.as_bytes())
    found = {a.filename: blobs.get(a.sha256) for a in Attachment.objects.all()}
    assert found == {"nota.pdf": b"%PDF-1.4 nota", "vazio.csv": b""}


def test_the_same_bytes_again_are_a_duplicate_and_no_second_ticket():
    box, raw = mailbox(), letter()
    ticket = ticket_from(box, raw)
    again = receive(box, raw)
    assert (again.fate, again.reason) == (Fate.DUPLICATE, "Same bytes as UID 1.")
    assert Ticket.objects.count() == 1
    assert again.ticket == ticket


def test_the_same_message_id_with_other_bytes_is_a_second_message_and_marked():
    box = mailbox()
    ticket = ticket_from(box, letter(text="Primeiro texto"))
    second = receive(box, letter(text="Outro texto"))
    assert second.ticket == ticket
    assert second.message is not None
    assert second.message.flags == ["same_id_other_bytes"]
    assert Message.objects.count() == 2


def test_the_same_mail_in_two_mailboxes_is_a_ticket_in_each():
    raw = letter()
    first, second = mailbox(), mailbox("vendas@desk.test")
    assert ticket_from(first, raw) != ticket_from(second, raw)


def test_an_automatic_answer_outside_a_conversation_is_no_ticket():
    raw = letter(subject="Fora do escritório", auto_submitted="auto-replied")
    mail = receive(mailbox(), raw)
    assert mail.fate == Fate.AUTOMATIC
    assert mail.reason.startswith("auto_reply")
    assert not Ticket.objects.exists()
    assert not Contact.objects.exists()


def test_a_newsletter_is_a_ticket_that_nobody_waits_for():
    ticket = ticket_from(mailbox(), letter(list_id="<news.customers.test>", precedence="bulk"))
    assert ticket.waiting_since is None
    assert Message.objects.get().flags == ["automatic"]


def test_b11_somebody_who_writes_to_a_list_waits_for_an_answer():
    ticket = ticket_from(
        mailbox(),
        letter(
            list_id="<suporte.customers.test>",
            list_post="<mailto:suporte@customers.test>",
            precedence="list",
        ),
    )
    assert ticket.waiting_since is not None
    assert Message.objects.get().flags == []


def test_a_mail_from_the_future_is_dated_now():
    tomorrow = timezone.now() + timedelta(days=1)
    ticket = ticket_from(mailbox(), letter(), at=tomorrow)
    assert ticket.last_activity_at <= timezone.now()


@pytest.mark.parametrize(
    "sender",
    [
        "",
        "Ana <>",
        "undisclosed-recipients:;",
        "suporte@desk.test, evil@other.test",
        "suporte@desk.test <evil@other.test>, a@b.test",
    ],
)
def test_an_unusable_sender_is_still_a_ticket(sender: str):
    mail = receive(
        mailbox(),
        letter(own_id="odd@x.test").replace(b"Ana Lima <ana@customers.test>", sender.encode()),
    )
    assert (mail.state, mail.fate) == (State.DONE, Fate.TICKET), mail.error


def test_a_contact_who_writes_from_a_known_address_keeps_the_name_somebody_typed():
    box = mailbox()
    ticket_from(box, letter())
    Contact.objects.update(name="Dona Ana")
    ticket_from(box, letter(own_id="second@customers.test"))
    assert list(Contact.objects.values_list("name", flat=True)) == ["Dona Ana"]


def test_addresses_are_the_same_person_whatever_their_case():
    box = mailbox()
    first = ticket_from(box, letter())
    second = ticket_from(box, letter(sender="ANA@Customers.TEST", own_id="other@customers.test"))
    assert first.contact == second.contact
