"""Mails of a conversation may be read in any order; the tickets they end up in are the same."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.mailboxes.models import InboundMail
from backend.tickets import intake
from backend.tickets.models import Message, Ticket, TicketSearch
from tests.desk import arrive, mailbox
from tests.mails import letter

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Planned:
    """A mail of a conversation: whom it answers, and whether it cites the whole chain."""

    conversation: int
    number: int
    parent: int | None
    chain: tuple[int, ...]
    cites_all: bool

    def id_of(self, number: int) -> str:
        return f"{self.conversation}.{number}@customers.test"

    def raw(self) -> bytes:
        parent = "" if self.parent is None else self.id_of(self.parent)
        return letter(
            own_id=self.id_of(self.number),
            in_reply_to=parent,
            references=[self.id_of(one) for one in self.chain] if self.cites_all else (),
        )


@st.composite
def conversations(draw: st.DrawFn) -> list[Planned]:
    """One or two conversations of up to five mails each, in the order they happen to arrive."""
    planned = []
    for conversation in range(draw(st.integers(1, 2))):
        chains: list[tuple[int, ...]] = [()]
        planned.append(Planned(conversation, 0, None, (), False))
        for number in range(1, draw(st.integers(1, 5))):
            parent = draw(st.integers(0, number - 1))
            chains.append((*chains[parent], parent))
            planned.append(
                Planned(conversation, number, parent, chains[number], draw(st.booleans()))
            )
    return draw(st.permutations(planned))


@given(mails=conversations(), together=st.integers(1, 5))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_each_conversation_is_one_ticket_whatever_the_order_of_arrival(
    db: None, mails: list[Planned], together: int
):
    """Also when several of them are decided in one transaction."""
    with transaction.atomic():
        box = mailbox()
        for number, mail in enumerate(mails, 1):
            arrive(box, mail.raw())
            if number % together == 0 or number == len(mails):
                intake.drain()
        assert not InboundMail.objects.exclude(tries=1).exists()
        tickets = defaultdict(set)
        for message in Message.objects.all():
            tickets[message.ticket_id].add(message.message_id.partition(".")[0])
        expected = {str(mail.conversation) for mail in mails}
        assert sorted(map(sorted, tickets.values())) == sorted([one] for one in expected)
        living = Ticket.objects.filter(merged_into=None)
        assert set(living.values_list("id", flat=True)) == set(tickets)
        assert sum(living.values_list("message_count", flat=True)) == len(mails)
        assert TicketSearch.objects.count() == living.count()
        transaction.set_rollback(True)
