"""Telling the owner of a ticket that a reply did not arrive."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models.functions import Now

from backend.core import blobs
from backend.mail.parse import parse
from backend.mailboxes.models import Mailbox, OutboundMail
from backend.tickets import delivering
from backend.tickets.models import Message, Ticket
from backend.tickets.owners import PER_HOUR
from backend.tickets.replying import Reply, reply
from backend.users.models import User
from desk_cli.servers.smtp_sink import SmtpSink
from tests.desk import acting, mailbox, person, ticket_from
from tests.mails import letter

pytestmark = pytest.mark.django_db
NOTICE = OutboundMail.Kind.NOTIFICATION


@pytest.fixture
def box(smtp_sink: SmtpSink) -> Mailbox:
    return mailbox(smtp_port=smtp_sink.port)


def answer(ticket: Ticket, agent: User) -> Message:
    wanted = Reply(text="Já vamos ver.")
    return reply(actor=acting(agent), user=agent, ticket_id=ticket.id, wanted=wanted)


def ticket_of(box: Mailbox, **values: Any) -> Ticket:
    number = Ticket.objects.count()
    ticket = ticket_from(box, letter(own_id=f"{number}@customers.test", subject="Pedido 4711"))
    Ticket.objects.filter(pk=ticket.pk).update(**values)
    return Ticket.objects.get(pk=ticket.pk)


def test_c17_who_has_the_ticket_is_mailed_the_servers_words_once(box: Mailbox, smtp_sink: SmtpSink):
    writer, owner = person(), person(language="en")
    ticket = ticket_of(box, assignee=owner)
    smtp_sink.script(mode="reject5", at="rcpt", recipient="ana@customers.test")
    message = answer(ticket, writer)
    delivering.drain()
    (arrived,) = smtp_sink.messages
    assert (arrived.envelope_from, arrived.envelope_to) == ("", (owner.email,))
    mail = parse(arrived.raw)
    assert f"#{ticket.number} Pedido 4711" in mail.subject
    # The ledger is read by people who may not see the ticket.
    assert OutboundMail.objects.get(kind=NOTICE).subject == f"Reply not delivered: #{ticket.number}"
    for words in ("ana@customers.test", "5.1.1 no such user", f"/tickets/{ticket.id}"):
        assert words in mail.text
    assert mail.headers["auto-submitted"] == ["auto-generated"]
    assert mail.auto.kind != "none"
    ticket.refresh_from_db()
    assert ticket.needs_attention
    outbound = OutboundMail.objects.get(message=message)
    assert outbound.last_error_code == "unknown_recipient"


def test_a_notice_that_fails_is_told_to_nobody(box: Mailbox, smtp_sink: SmtpSink):
    agent = person()
    smtp_sink.script(mode="reject5", at="mail", times=2)
    answer(ticket_of(box), agent)
    delivering.drain()
    assert OutboundMail.objects.filter(kind=NOTICE, state="failed").count() == 1
    assert OutboundMail.objects.count() == 2


def test_nobody_gets_more_notices_an_hour_than_a_few(box: Mailbox, smtp_sink: SmtpSink):
    agent = person()
    smtp_sink.script(mode="reject5", at="rcpt", recipient="ana@customers.test", times=-1)
    for _ in range(PER_HOUR + 2):
        answer(ticket_of(box), agent)
    delivering.drain()
    assert OutboundMail.objects.filter(kind=NOTICE).count() == PER_HOUR
    OutboundMail.objects.filter(kind=NOTICE).update(created_at="2020-01-01T00:00:00Z")
    answer(ticket_of(box), agent)
    delivering.drain()
    assert OutboundMail.objects.filter(kind=NOTICE).count() == PER_HOUR + 1


def test_who_left_or_has_the_desks_own_address_is_not_told(box: Mailbox, smtp_sink: SmtpSink):
    gone, desk = person(), person(email=f"x+1@{box.address.partition('@')[2]}")
    mailbox("x@desk.test")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    smtp_sink.script(mode="reject5", at="rcpt", recipient="ana@customers.test", times=-1)
    for owner in (gone, desk):
        answer(ticket_of(box, assignee=owner), person())
    OutboundMail.objects.update(next_attempt_at=Now())
    delivering.drain()
    assert not OutboundMail.objects.filter(kind=NOTICE).exists()
    assert Ticket.objects.filter(needs_attention=True).count() == 2


def test_an_uncertain_reply_is_told_as_one(box: Mailbox, smtp_sink: SmtpSink):
    smtp_sink.script(mode="drop_stored", at="body")
    answer(ticket_of(box), person(language="pt-BR"))
    delivering.drain()
    notice = parse(blobs.get(OutboundMail.objects.get(kind=NOTICE).sha256))
    assert notice.subject.startswith("Não se sabe se a resposta chegou")
