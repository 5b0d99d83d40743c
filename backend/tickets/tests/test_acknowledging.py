"""Automatic answers: to people, once, and never in a circle (MAIL.md B12-B15)."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes
from email.message import Message as Mail

import pytest
from django.utils import timezone

from backend.contacts import deliverability
from backend.core import blobs
from backend.mailboxes.models import InboundMail, Mailbox, OutboundMail
from backend.tickets import delivering
from backend.tickets.acknowledging import PER_HOUR, PER_TOPIC
from backend.tickets.incoming import instance_id
from backend.tickets.models import Acknowledgement, Message, Ticket, TicketEvent
from desk_cli.servers.smtp_sink import SmtpSink
from tests.desk import TESTS, mailbox, receive, ticket_from
from tests.mails import letter

pytestmark = pytest.mark.django_db


@pytest.fixture
def box() -> Mailbox:
    return mailbox(acknowledge=True)


def answers() -> list[OutboundMail]:
    kind = OutboundMail.Kind.ACKNOWLEDGEMENT
    return list(OutboundMail.objects.filter(kind=kind).order_by("id"))


def written(outbound: OutboundMail) -> Mail:
    return message_from_bytes(blobs.get(outbound.sha256))


def words(outbound: OutboundMail) -> str:
    payload = written(outbound).get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


def test_b12_an_acknowledgement_goes_to_the_envelope_sender_and_says_that_it_is_automatic(
    box: Mailbox, smtp_sink: SmtpSink
):
    Mailbox.objects.update(smtp_port=smtp_sink.port)
    ticket = ticket_from(
        box, letter(subject="Pedido 4711", return_path="<ana+envelope@customers.test>")
    )
    delivering.drain()
    (sent,) = smtp_sink.messages
    assert (sent.envelope_from, sent.envelope_to) == ("", ("ana+envelope@customers.test",))
    mail = message_from_bytes(sent.raw)
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["Precedence"] == "bulk"
    assert mail["In-Reply-To"] == "<first@customers.test>"
    assert mail["X-Send-Emails-Desk-Loop"] == instance_id()
    assert f"#{ticket.number}" in words(answers()[0])


def test_an_acknowledgement_answers_nothing(box: Mailbox):
    ticket = ticket_from(box, letter())
    assert ticket.waiting_since is not None
    assert ticket.first_answered_at is None
    assert (ticket.last_direction, ticket.message_count) == ("in", 2)
    shown = Message.objects.get(direction="out")
    assert (shown.flags, shown.author) == (["automatic", "acknowledgement"], None)
    assert TicketEvent.objects.filter(ticket=ticket, kind="acknowledged").exists()


def test_a_reply_to_the_acknowledgement_joins_the_ticket(box: Mailbox):
    ticket = ticket_from(box, letter())
    sent = Message.objects.get(direction="out")
    back = receive(box, letter(own_id="second@customers.test", in_reply_to=sent.message_id))
    assert back.ticket == ticket
    assert len(answers()) == 1


def test_a_mailbox_that_does_not_acknowledge_stays_silent():
    ticket_from(mailbox(), letter())
    assert answers() == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Olá, não recebi a nota fiscal do meu pedido, podem verificar?\n", "Recebemos"),
        ("Hello, I did not get the invoice of my order, could you check?\n", "We have received"),
        ("4711\n", "Recebemos"),
    ],
)
def test_the_acknowledgement_speaks_the_language_of_the_mail(
    box: Mailbox, text: str, expected: str
):
    ticket_from(box, letter(subject="4711", text=text))
    assert expected in words(answers()[0])


def test_own_words_are_filled_in_and_carry_no_link_of_a_stranger():
    box = mailbox(
        acknowledge=True, acknowledgement_pt="Oi {name}: {subject} é {ticket}. {nothing} {ticket}"
    )
    ticket = ticket_from(
        box,
        letter(
            sender='"Ana http://spam.test/x" <ana@customers.test>',
            subject="Olá, compre em www.spam.test já {ticket}",
        ),
    )
    number = f"#{ticket.number}"
    assert words(answers()[0]).strip() == (
        f"Oi Ana: Olá, compre em já {{ticket}} é {number}. {{nothing}} {number}"
    )


def test_outside_the_working_hours_the_other_words_are_sent():
    yesterday = (timezone.localtime() - timedelta(days=1)).weekday()
    day = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[yesterday]
    box = mailbox(
        acknowledge=True,
        working_hours={day: [["00:00", "24:00"]]},
        time_zone="America/Sao_Paulo",
        out_of_hours_pt="Voltamos amanhã.",
    )
    ticket_from(box, letter())
    assert words(answers()[0]).strip() == "Voltamos amanhã."
    event = TicketEvent.objects.get(kind="acknowledged")
    assert event.data["out_of_hours"] is True


@pytest.mark.parametrize(
    "headers",
    [
        {"auto_submitted": "auto-generated"},
        {"x_auto_response_suppress": "All"},
        {"precedence": "bulk"},
        {"list_id": "<news.customers.test>"},
        {"list_id": "<l.customers.test>", "list_post": "<mailto:l@customers.test>"},
        {"return_path": "<>"},
        {"sender": "no-reply@customers.test"},
        {"sender": "MAILER-DAEMON@customers.test"},
        {"sender": "suporte@desk.test"},
        {"sender": "suporte+tag@desk.test"},
    ],
    ids=lambda headers: " ".join(f"{name}={value}" for name, value in sorted(headers.items())),
)
def test_b15_machines_lists_and_the_desk_itself_get_no_answer(
    box: Mailbox, headers: dict[str, str]
):
    receive(box, letter(**headers))
    assert answers() == []


def test_i20_history_is_not_acknowledged(box: Mailbox):
    ticket_from(box, letter(), at=timezone.now() - timedelta(days=2))
    assert answers() == []


def test_b8_a_suspended_address_is_not_acknowledged(box: Mailbox):
    ticket_from(mailbox("other@desk.test"), letter())
    deliverability.refused(
        actor=TESTS, address="ana@customers.test", status="5.1.1", words="5.1.1 nobody"
    )
    receive(box, letter(own_id="b@customers.test", return_path="<ana@customers.test>"))
    assert len(answers()) == 1  # she writes, so she lives
    deliverability.complained(actor=TESTS, address="ana@customers.test", words="abuse")
    receive(box, letter(own_id="c@customers.test"))
    assert len(answers()) == 1


def test_a_forged_sender_is_not_acknowledged():
    box = mailbox(acknowledge=True, authserv_id="mx.desk.test")
    mail = receive(
        box,
        letter(authentication_results="mx.desk.test; dmarc=fail header.from=customers.test"),
    )
    assert mail.message is not None
    assert mail.message.flags == ["auth_failed"]
    assert answers() == []


def test_b13_one_address_gets_five_answers_an_hour(box: Mailbox):
    for number in range(PER_HOUR + 2):
        ticket_from(
            box, letter(own_id=f"n{number}@customers.test", subject=f"Assunto {'x' * number}")
        )
    assert len(answers()) == PER_HOUR
    skipped = TicketEvent.objects.filter(kind="acknowledgement_skipped")
    assert [event.data["why"] for event in skipped] == ["hour", "hour"]
    Acknowledgement.objects.update(created_at=timezone.now() - timedelta(minutes=61))
    ticket_from(box, letter(own_id="later@customers.test", subject="Outro"))
    assert len(answers()) == PER_HOUR + 1


def test_b14_a_machine_that_answers_without_any_mark_gets_two_answers(box: Mailbox):
    """It has no headers, no references and puts its own number into the subject."""
    subject = "Pedido 4711"
    for number in range(6):
        receive(
            box,
            letter(
                sender="desk@other.test",
                own_id=f"n{number}@other.test",
                subject=f"Re: [Chamado #{900 + number}] {subject}",
            ),
        )
    assert len(answers()) == PER_TOPIC
    assert Ticket.objects.count() == 6


def test_b14_our_own_loop_header_marks_a_mail_as_going_in_a_circle(box: Mailbox):
    mail = receive(box, letter(own_id="n@other.test", x_send_emails_desk_loop=instance_id()))
    assert (mail.fate, mail.reason) == (InboundMail.Fate.AUTOMATIC, "loop: own loop header")
    assert answers() == []
    other = receive(box, letter(own_id="m@other.test", x_send_emails_desk_loop="another desk"))
    assert other.fate == InboundMail.Fate.TICKET


def test_an_acknowledgement_that_does_not_arrive_bothers_nobody(box: Mailbox, smtp_sink: SmtpSink):
    Mailbox.objects.update(smtp_port=smtp_sink.port)
    smtp_sink.script(mode="reject5", at="rcpt", recipient="ana@customers.test")
    ticket = ticket_from(box, letter())
    delivering.drain()
    ticket.refresh_from_db()
    assert answers()[0].state == OutboundMail.State.FAILED
    assert not ticket.needs_attention


def test_a_ticket_resolved_after_the_acknowledgement_still_waits_when_that_is_undone(box: Mailbox):
    from backend.tickets import changing
    from tests.desk import acting, person

    agent, ticket = person(), ticket_from(box, letter())
    for status in ("resolved", "open"):
        ticket = changing.change(
            actor=acting(agent),
            user=agent,
            ticket_id=ticket.id,
            changes={"status": status},
            version=None,
        )
    assert ticket.waiting_since is not None


def test_b13_plus_tags_of_one_address_do_not_get_more_answers(box: Mailbox):
    """One inbox behind many spellings must not be flooded through us (SECURITY row 32)."""
    for number in range(PER_HOUR + 2):
        ticket_from(
            box,
            letter(
                sender=f"ana+{number}@customers.test",
                own_id=f"n{number}@customers.test",
                subject=f"Assunto {'x' * number}",
            ),
        )
    assert len(answers()) == PER_HOUR


def test_an_envelope_sender_that_can_not_be_written_to_stops_no_mail(box: Mailbox):
    mail = receive(box, letter(return_path=f"<{'a' * 400}@customers.test>"))
    assert mail.fate == InboundMail.Fate.TICKET
    assert answers() == []


@pytest.mark.parametrize(
    ("verdict", "answered"),
    [
        ("spf=fail smtp.mailfrom=victim.test; dmarc=none", 0),
        ("spf=fail smtp.mailfrom=victim.test; dmarc=pass header.from=customers.test", 1),
        ("spf=pass smtp.mailfrom=victim.test; dmarc=none", 1),
    ],
    ids=["forged", "handed on by another server", "proven"],
)
def test_a_forged_envelope_sender_is_not_acknowledged(verdict: str, answered: int):
    """The answer goes to the envelope sender: who wrote nothing must get nothing."""
    box = mailbox(acknowledge=True, authserv_id="mx.desk.test")
    ticket_from(
        box,
        letter(
            return_path="<somebody@victim.test>",
            authentication_results=f"mx.desk.test; {verdict}",
        ),
    )
    assert len(answers()) == answered


def test_b9_who_complained_is_not_acknowledged_at_another_envelope_address(box: Mailbox):
    ticket_from(box, letter())
    deliverability.complained(actor=TESTS, address="ana@customers.test", words="abuse")
    receive(box, letter(own_id="b@customers.test", return_path="<b-1@bounces.customers.test>"))
    assert len(answers()) == 1
