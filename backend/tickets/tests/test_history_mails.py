"""Mail older than the desk's use of a mailbox can be found and answered, and disturbs nobody."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from backend.events.models import Event
from backend.mailboxes.models import InboundMail, Mailbox, OutboundMail
from backend.tickets import intake
from backend.tickets.models import Message, Ticket
from tests.desk import arrive, mailbox, receive, ticket_from
from tests.mails import letter

pytestmark = pytest.mark.django_db
OTHER = "eve@other.test"


@pytest.fixture
def box() -> Mailbox:
    return mailbox(acknowledge=True)


def ago(days: float) -> datetime:
    return timezone.now() - timedelta(days=days)


def import_history(box: Mailbox, *mails: tuple[bytes, datetime]) -> list[InboundMail]:
    """History arrives, marked as the monitor marks it, and is read."""
    rows = [arrive(box, raw, at=at) for raw, at in mails]
    InboundMail.objects.filter(pk__in=[row.pk for row in rows]).update(history=True)
    intake.drain()
    for row in rows:
        row.refresh_from_db()
    return rows


def test_history_enters_closed_and_silent(box: Mailbox):
    told = Event.objects.exclude(kind="ledger.updated").count()
    [mail] = import_history(box, (letter(), ago(0.5)))
    ticket = Ticket.objects.get()
    assert (mail.fate, mail.ticket, mail.matched_by) == ("ticket", ticket, "new")
    assert (ticket.status_id, ticket.status_category) == ("closed", "closed")
    assert ticket.closed_at == ticket.created_at == mail.internal_date
    assert (ticket.waiting_since, ticket.needs_attention) == (None, False)
    assert not OutboundMail.objects.exists()
    assert Event.objects.exclude(kind="ledger.updated").count() == told
    assert Event.objects.filter(kind="ledger.updated").exists()


def test_a_conversation_of_history_is_one_ticket_however_old_and_in_any_order(box: Mailbox):
    first, second, third = (
        letter(own_id="1@c.test"),
        letter(own_id="2@c.test", in_reply_to="1@c.test"),
        letter(own_id="3@c.test", in_reply_to="2@c.test", sender=OTHER),
    )
    import_history(box, (second, ago(900)))
    import_history(box, (third, ago(800)), (first, ago(1000)))
    ticket = Ticket.objects.get()
    assert (ticket.message_count, ticket.status_category) == (3, "closed")
    assert (ticket.waiting_since, ticket.needs_attention) == (None, False)
    newest = Message.objects.get(message_id="3@c.test")
    assert ticket.closed_at == ticket.last_activity_at == newest.created_at
    assert newest.flags == ["another_address"]


@pytest.mark.parametrize(("days", "reopened"), [(3, True), (300, False)])
def test_new_mail_to_an_old_conversation_follows_the_usual_rule(
    box: Mailbox, days: int, reopened: bool
):
    import_history(box, (letter(), ago(days)))
    historic = Ticket.objects.get()
    mail = receive(box, letter(own_id="2@c.test", in_reply_to="first@customers.test"))
    historic.refresh_from_db()
    if reopened:
        assert (mail.ticket, historic.status_category) == (historic, "open")
        assert historic.waiting_since is not None
    else:
        assert historic.status_category == "closed"
        assert mail.ticket is not None
        assert mail.ticket != historic
        assert (mail.ticket.continues, mail.matched_by) == (historic, "continued")


def test_history_that_belongs_to_a_living_ticket_joins_it_and_changes_nothing_else(box: Mailbox):
    ticket = ticket_from(box, letter(own_id="2@c.test", in_reply_to="1@c.test", text="Agora.\n"))
    Ticket.objects.update(status="resolved", status_category="resolved", waiting_since=None)
    ticket.refresh_from_db()
    events = Event.objects.filter(ticket_id=ticket.id).count()
    import_history(box, (letter(own_id="1@c.test", text="Antes.\n"), ago(400)))
    before = ticket.last_activity_at, ticket.preview
    ticket.refresh_from_db()
    assert (ticket.status_id, ticket.waiting_since) == ("resolved", None)
    assert (ticket.last_activity_at, ticket.preview) == before
    assert Event.objects.filter(ticket_id=ticket.id).count() == events
    assert [
        m.message_id for m in Message.objects.filter(direction="in").order_by("created_at")
    ] == [
        "1@c.test",
        "2@c.test",
    ]
