"""Mails that wait together are decided in one transaction, as if one came after the other."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backend.audit.models import Log
from backend.contacts.models import Contact
from backend.events.models import Event
from backend.mailboxes import ledger
from backend.mailboxes.models import InboundMail, Mailbox, OutboundMail
from backend.tickets import intake
from backend.tickets.models import Acknowledgement, Message, Ticket, TicketEvent
from backend.tickets.replying import Reply, reply
from tests.connections import at_once
from tests.desk import acting, arrive, mailbox, person, ticket_from
from tests.mails import letter, with_file

pytestmark = pytest.mark.django_db
Fate, State = InboundMail.Fate, InboundMail.State
# Of everything that a batch reads and writes, whatever its size.
MOST_STATEMENTS = 30


@pytest.fixture
def box() -> Mailbox:
    return mailbox()


def customer(number: int, **values: str) -> bytes:
    return letter(
        sender=f"Cliente {number} <cliente{number}@customers.test>",
        own_id=f"first-{number}@customers.test",
        subject=f"Pedido {number}",
        **values,
    )


def answer(number: int, **values: str) -> bytes:
    first = f"first-{number}@customers.test"
    return letter(
        sender=f"Cliente {number} <cliente{number}@customers.test>",
        own_id=f"second-{number}@customers.test",
        in_reply_to=first,
        references=[first],
        **values,
    )


def statements() -> int:
    with CaptureQueriesContext(connection) as captured:
        intake.drain()
    return len([one for one in captured if "SAVEPOINT" not in one["sql"]])


@pytest.mark.parametrize("count", [10, 50])
def test_a_batch_costs_the_same_few_statements_however_many_mails_it_has(box: Mailbox, count: int):
    for number in range(count):
        raw = customer(number)
        arrive(box, with_file(raw, "nota.pdf", b"%PDF") if number % 5 == 0 else raw)
    assert statements() <= MOST_STATEMENTS
    for number in range(count):
        arrive(box, answer(number))
    assert statements() <= MOST_STATEMENTS
    assert Counter(InboundMail.objects.values_list("fate", "tries")) == {
        (Fate.TICKET, 1): count,
        (Fate.REPLY, 1): count,
    }
    assert set(Ticket.objects.values_list("message_count", "version")) == {(2, 3)}


def test_mails_of_one_batch_see_what_those_before_them_did(box: Mailbox):
    arrive(box, customer(1, cc="Rui <rui@customers.test>"))
    arrive(box, answer(1, text="Ainda nada."))
    in_copy = {"sender": "rui@customers.test", "in_reply_to": "second-1@customers.test"}
    arrive(box, letter(own_id="rui@c.test", **in_copy))
    arrive(box, letter(sender="cliente1@customers.test", own_id="new@c.test"))
    arrive(box, letter(sender="cliente1@customers.test", own_id="new@c.test"))
    intake.drain()
    first, other = Ticket.objects.order_by("number")
    assert (first.message_count, first.preview) == (3, "Olá, onde está o meu pedido?")
    assert [m.flags for m in Message.objects.filter(ticket=first)] == [[], [], []]
    assert (other.contact, other.message_count) == (first.contact, 1)
    assert Contact.objects.count() == 2
    assert [*InboundMail.objects.order_by("id").values_list("fate", "matched_by")] == [
        (Fate.TICKET, "new"),
        (Fate.REPLY, "reference"),
        (Fate.REPLY, "reference"),
        (Fate.TICKET, "new"),
        (Fate.DUPLICATE, "bytes"),
    ]
    assert TicketEvent.objects.filter(ticket=first, kind="message_in").count() == 3
    assert Log.objects.filter(object_id=str(first.id)).count() == 3
    assert Event.objects.filter(ticket_id=first.id).count() == 2  # created, and said in it


def test_a_defect_in_one_mail_leaves_its_neighbours_alone_whatever_it_is(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
):
    from backend.tickets import joining

    working = joining.join

    def join(incoming, batch):
        fated = working(incoming, batch)
        if incoming.own_id == "first-3@customers.test":
            raise ValueError("a defect")
        return fated

    monkeypatch.setattr(joining, "join", join)
    mails = [arrive(box, customer(number)) for number in range(6)]
    intake.drain()
    for mail in mails:
        mail.refresh_from_db()
    assert [mail.state for mail in mails] == [State.DONE] * 3 + [State.STORED] + [State.DONE] * 2
    assert "a defect" in mails[3].error
    assert (Ticket.objects.count(), Contact.objects.count()) == (5, 5)
    assert not TicketEvent.objects.exclude(ticket__in=Ticket.objects.all()).exists()


@pytest.mark.django_db(transaction=True)
def test_a_mail_the_database_gives_up_each_time_keeps_none_of_its_neighbours_waiting(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
):
    from backend.tickets import joining

    working = joining.join

    def join(incoming, batch):
        if incoming.own_id == "first-1@customers.test":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = 1")
                cursor.execute("SELECT pg_sleep(60)")
        return working(incoming, batch)

    monkeypatch.setattr(joining, "join", join)
    mails = [arrive(box, customer(number)) for number in range(3)]
    intake.drain()
    for mail in mails:
        mail.refresh_from_db()
    assert [mail.state for mail in mails] == [State.DONE, State.STORED, State.DONE]
    assert mails[1].tries == 0


def test_mail_that_was_in_work_when_its_worker_died_is_taken_up_mail_by_mail(box: Mailbox):
    for number in range(4):
        arrive(box, customer(number))
    assert len(ledger.claim(50)) == 4
    InboundMail.objects.update(lease_until=Now() - timedelta(seconds=1))
    newer = arrive(box, customer(9))
    for _ in range(4):
        [alone] = ledger.claim(50)
        assert alone.tries == 2
        ledger.settle(
            alone,
            ledger.Fated(Fate.DUPLICATE, "tests"),
            seen=ledger.Seen("", "", ""),
        )
    assert ledger.claim(50) == [newer]


def test_of_a_batch_with_very_large_mails_only_some_are_claimed(box: Mailbox):
    mails = [arrive(box, customer(number)) for number in range(4)]
    InboundMail.objects.update(size=5 * 1024 * 1024)
    assert [one.pk for one in ledger.claim(50)] == [mails[0].pk]
    InboundMail.objects.filter(pk=mails[1].pk).update(size=50 * 1024 * 1024)
    assert [one.pk for one in ledger.claim(50)] == [mails[1].pk]
    InboundMail.objects.update(size=3 * 1024 * 1024)
    assert [one.pk for one in ledger.claim(50)] == [mails[2].pk, mails[3].pk]


def test_a_mailbox_with_a_backlog_keeps_no_other_waiting_and_history_comes_last():
    full, second, third = (mailbox(f"{name}@desk.test") for name in ("full", "b", "c"))
    old = [arrive(full, customer(number)) for number in range(30)]
    InboundMail.objects.filter(pk__in=[mail.pk for mail in old[:10]]).update(history=True)
    new = [
        arrive(second, customer(100)),
        arrive(third, customer(101)),
        arrive(third, customer(102)),
    ]
    first = ledger.claim(12)
    assert {mail.pk for mail in new} <= {mail.pk for mail in first}
    own = [mail.pk for mail in first if mail.mailbox_id == full.pk]
    assert own == [mail.pk for mail in old[10 : 10 + len(own)]]
    rest = [mail.pk for mail in (*first, *ledger.claim(50), *ledger.claim(50))]
    assert rest[-10:] == [mail.pk for mail in old[:10]]
    assert len(set(rest)) == len(old) + len(new)


def test_what_takes_too_long_to_read_is_given_back_untried(box: Mailbox, settings):
    settings.DESK_LEASE_SECONDS = 0.0001
    mails = [arrive(box, customer(number)) for number in range(3)]
    claimed = ledger.claim(50)
    for mail in claimed:
        mail.mailbox = box
    assert len(intake._read(claimed)) == 1
    for mail in mails:
        mail.refresh_from_db()
    assert [(mail.state, mail.tries) for mail in mails] == [
        (State.PROCESSING, 1),
        (State.STORED, 0),
        (State.STORED, 0),
    ]


def test_acknowledgements_of_a_batch_keep_to_the_caps_and_name_their_tickets():
    box = mailbox(acknowledge=True)
    for number in range(4):
        arrive(box, letter(own_id=f"{number}@c.test", text=f"{number}\n"))
    arrive(box, customer(7))
    intake.drain()
    assert Counter(Acknowledgement.objects.values_list("address", flat=True)) == {
        "ana@customers.test": 2,
        "cliente7@customers.test": 1,
    }
    for sent in Acknowledgement.objects.select_related("ticket", "message"):
        assert f"#{sent.ticket.number}" in sent.message.text
        assert sent.ticket.message_count == 2
    assert OutboundMail.objects.count() == 3


def test_a_customer_who_writes_first_stops_the_reply_planned_for_later(box: Mailbox):
    agent, ticket = person(), ticket_from(box, customer(1))
    later = timezone.now() + timedelta(days=1)
    planned = reply(
        actor=acting(agent),
        user=agent,
        ticket_id=ticket.id,
        wanted=Reply(text="Amanhã.", send_at=later, if_answered="hold"),
    )
    for number in (2, 3):
        arrive(box, customer(number))
    arrive(box, answer(1))
    intake.drain()
    outbound = OutboundMail.objects.get(message=planned)
    assert (outbound.state, outbound.hold) == ("held", "customer_wrote")
    ticket.refresh_from_db()
    assert ticket.needs_attention
    assert Ticket.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_workers_on_the_same_conversations_and_senders_neither_lock_up_nor_lose_mail():
    box = mailbox(acknowledge=True)
    count = 60
    for number in range(count):
        arrive(box, customer(number % 7, text=f"{number}\n"))
        arrive(box, answer(number % 7, text=f"{number}\n"))
    done = at_once(intake.drain, intake.drain)
    assert sum(int(one) for one in done) == 2 * count
    assert set(InboundMail.objects.values_list("state", "tries")) == {(State.DONE, 1)}
    assert Ticket.objects.filter(merged_into=None).count() == 7
    assert Message.objects.filter(direction="in").count() == 2 * count


@pytest.mark.django_db(transaction=True)
def test_settling_a_batch_of_which_another_worker_took_one_writes_nothing_twice():
    box = mailbox()
    mails = [arrive(box, customer(number)) for number in range(3)]
    mine = ledger.claim(50)
    InboundMail.objects.filter(pk=mails[1].pk).update(tries=2)  # taken over by another worker
    left = intake._read([_with_mailbox(mail, box) for mail in mine])
    intake._settle([one.incoming for one in left])
    assert Counter(InboundMail.objects.values_list("state", flat=True)) == {
        "done": 2,
        "processing": 1,
    }
    assert Ticket.objects.count() == 2


def _with_mailbox(mail: InboundMail, box: Mailbox) -> InboundMail:
    mail.mailbox = box
    return mail
