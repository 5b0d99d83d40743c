"""A synthetic desk: its rows are as true as those that mail makes, and it works like any other."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count

from backend.audit.models import Log
from backend.contacts.models import Contact
from backend.demo import seeding
from backend.mailboxes.models import InboundMail, Mailbox
from backend.tickets.models import Message, ThreadReference, Ticket, TicketSearch
from backend.tickets.search import matches
from backend.users.models import User
from tests.desk import TESTS, mailbox, receive, ticket_from
from tests.mails import letter

pytestmark = pytest.mark.django_db


def guards() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' "
            "UNION SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint"
        )
        return {row[0] for row in cursor.fetchall()}


def test_a_seeded_desk_holds_what_was_asked_for_and_every_rule_still_stands():
    before = guards()
    messages = seeding.seed(actor=TESTS, tickets=300, seed=7)
    assert guards() == before
    assert Ticket.objects.count() == TicketSearch.objects.count() == 300
    assert Message.objects.count() == ThreadReference.objects.count() == messages
    assert InboundMail.objects.count() == Message.objects.filter(direction="in").count()
    counted = Ticket.objects.annotate(said=Count("messages")).values_list("said", "message_count")
    assert all(said == count for said, count in counted)
    assert Contact.objects.count() == 75
    assert Mailbox.objects.exclude(state="paused").count() == 0
    made = {"tickets": 300, "messages": messages, "seed": 7}
    assert Log.objects.get(action="desk.seed").after == made
    assert not any(one.has_usable_password() for one in User.objects.all())


def test_the_same_seed_makes_the_same_tickets_and_words_find_them():
    seeding.seed(actor=TESTS, tickets=40, seed=3)
    ticket = Ticket.objects.order_by("number")[20]
    found = matches(f"{ticket.contact.name} {ticket.subject}")
    assert found is not None
    assert ticket in Ticket.objects.filter(found)
    assert list(Ticket.objects.order_by("number").values_list("number", flat=True)) == [
        *range(1, 41)
    ]
    subjects = list(Ticket.objects.order_by("number").values_list("subject", flat=True))
    for model in (InboundMail, Message, Ticket):
        model.objects.all().delete()
    Contact.objects.all().delete()
    Mailbox.objects.all().delete()
    seeding.seed(actor=TESTS, tickets=40, seed=3)
    assert list(Ticket.objects.order_by("number").values_list("subject", flat=True)) == subjects


def test_a_seeded_desk_takes_in_mail_and_answers_to_what_was_said():
    seeding.seed(actor=TESTS, tickets=30, seed=1)
    box = mailbox()
    assert ticket_from(box, letter()).number == 31
    message = Message.objects.filter(direction="in", ticket__closed_at=None).latest("created_at")
    own = message.ticket.mailbox
    answer = letter(
        sender=message.from_address, own_id="new@c.test", in_reply_to=message.message_id
    )
    assert receive(own, answer).ticket == message.ticket


def test_only_an_empty_desk_is_filled_and_the_command_says_so_in_one_line():
    out = StringIO()
    call_command("seeddesk", tickets=5, stdout=out)
    assert json.loads(out.getvalue())["tickets"] == 5
    with pytest.raises(CommandError, match="only an empty desk"):
        call_command("seeddesk", tickets=5)
    with pytest.raises(CommandError, match="--tickets must be between"):
        call_command("seeddesk", tickets=0)
