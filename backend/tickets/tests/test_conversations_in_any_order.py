"""A conversation with answers of the desk, colleagues and a stranger, read in any order.

What arrives late, early or twice over leads to the same ticket with the same messages, and the same
people take part in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.mailboxes.models import Mailbox
from backend.tickets import intake
from backend.tickets.models import Message, Ticket
from backend.tickets.replying import Reply, reply
from tests.desk import acting, arrive, mailbox, person, ticket_from
from tests.mails import letter

pytestmark = pytest.mark.django_db
REQUESTER, COPIED, LATER, STRANGER = (
    "ana@customers.test",
    "rui@customers.test",
    "carla@customers.test",
    "eve@other.test",
)


@dataclass(frozen=True)
class Mail:
    """A mail after the desk's answer: who writes, what it answers, whom it copies."""

    number: int
    sender: str
    answers: int | None  # another of these mails; None: the desk's own answer
    copies: str = ""

    @property
    def own_id(self) -> str:
        return f"{self.number}@conversation.test"

    def raw(self, desk_id: str, first_id: str) -> bytes:
        parent = desk_id if self.answers is None else f"{self.answers}@conversation.test"
        headers = {"cc": self.copies} if self.copies else {}
        return letter(
            sender=self.sender,
            own_id=self.own_id,
            in_reply_to=parent,
            references=[first_id, desk_id, parent],
            text=f"Mensagem {self.number}\n",
            **headers,
        )


@st.composite
def conversations(draw: st.DrawFn) -> list[Mail]:
    """Up to seven mails in the order they happen to arrive; one of them copies somebody new."""
    count = draw(st.integers(2, 7))
    copying = draw(st.integers(0, count - 1))
    mails = []
    for number in range(count):
        answers = draw(st.one_of(st.none(), st.integers(0, number - 1))) if number else None
        if number == copying:
            mails.append(Mail(number, REQUESTER, answers, LATER))
        else:
            sender = draw(st.sampled_from([REQUESTER, COPIED, LATER, STRANGER]))
            mails.append(Mail(number, sender, answers))
    return draw(st.permutations(mails))


def conversation_of(box: Mailbox) -> tuple[Ticket, str]:
    """A ticket that the desk has answered; the ticket and the answer's Message-ID."""
    agent = person()
    ticket = ticket_from(box, letter(cc=COPIED))
    answer = reply(actor=acting(agent), user=agent, ticket_id=ticket.id, wanted=Reply(text="Sim."))
    return ticket, answer.message_id


@given(mails=conversations(), together=st.integers(1, 7))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_the_same_mails_make_the_same_ticket_in_any_order(
    db: None, mails: list[Mail], together: int
):
    """Also when several of them are decided in one transaction."""
    with transaction.atomic():
        box = mailbox()
        ticket, answer = conversation_of(box)
        for number, mail in enumerate(mails, 1):
            arrive(box, mail.raw(answer, "first@customers.test"))
            if number % together == 0 or number == len(mails):
                intake.drain()
        assert Ticket.objects.count() == 1
        ticket.refresh_from_db()
        assert ticket.message_count == len(mails) + 2
        assert ticket.waiting_since is not None
        held = Message.objects.filter(flags__contains=["another_address"])
        assert set(held.values_list("from_address", flat=True)) == {
            mail.sender for mail in mails if mail.sender == STRANGER
        }
        assert ticket.needs_attention == held.exists()
        transaction.set_rollback(True)
