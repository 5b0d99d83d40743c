"""The provider's spam verdict: believed where the mailbox says so, never final (MAIL.md B16)."""

from __future__ import annotations

import pytest

from backend.core.errors import Conflict
from backend.mailboxes import ledger
from backend.mailboxes.models import InboundMail, OutboundMail
from backend.tickets import intake
from backend.tickets.models import Ticket
from tests.desk import TESTS, mailbox, receive, ticket_from
from tests.mails import letter

pytestmark = pytest.mark.django_db
Fate = InboundMail.Fate


def test_b16_spam_makes_no_ticket_and_no_answer_where_the_provider_is_trusted():
    box = mailbox(trust_spam_verdict=True, acknowledge=True)
    mail = receive(box, letter(x_spam_flag="YES"))
    assert (mail.fate, mail.reason) == (Fate.SPAM, "spam: x-spam-flag: YES")
    assert not Ticket.objects.exists()
    assert not OutboundMail.objects.exists()


def test_b16_a_verdict_that_anybody_could_write_counts_for_nothing():
    assert receive(mailbox(), letter(x_spam_flag="YES")).fate == Fate.TICKET


def test_b16_a_person_can_say_that_it_is_no_spam():
    mail = receive(mailbox(trust_spam_verdict=True), letter(x_spam_flag="YES"))
    ledger.not_spam(actor=TESTS, inbound_id=mail.id)
    intake.drain()
    mail.refresh_from_db()
    assert mail.fate == Fate.TICKET
    assert mail.message is not None
    assert mail.message.flags == ["spam_released"]
    with pytest.raises(Conflict):
        ledger.not_spam(actor=TESTS, inbound_id=mail.id)


def test_b16_an_answer_in_a_conversation_is_never_lost_to_a_filter():
    box = mailbox(trust_spam_verdict=True)
    ticket = ticket_from(box, letter())
    mail = receive(
        box,
        letter(own_id="b@customers.test", in_reply_to="first@customers.test", x_spam_flag="YES"),
    )
    assert (mail.fate, mail.ticket) == (Fate.REPLY, ticket)
