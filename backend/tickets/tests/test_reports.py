"""Reports of machines settle what they are about; they are never tickets (MAIL.md B6-B10)."""

from __future__ import annotations

import pytest

from backend.audit.models import Log
from backend.contacts import deliverability
from backend.contacts.models import ContactAddress
from backend.core.errors import Conflict
from backend.mailboxes import outbox, sending_claims
from backend.mailboxes.models import InboundMail, Mailbox, OutboundMail
from backend.tickets import deliveries, delivering
from backend.tickets.models import Message, Ticket, TicketEvent
from backend.tickets.replying import Reply, reply
from desk_cli.servers.smtp_sink import SmtpSink
from tests.desk import TESTS, acting, mailbox, person, receive, ticket_from
from tests.mails import DESK, letter

pytestmark = pytest.mark.django_db
Fate = InboundMail.Fate


def report(
    message_id: str, *recipients: str, action: str = "failed", status: str = "5.1.1"
) -> bytes:
    """A delivery status notification about several recipients (RFC 3464)."""
    groups = "".join(
        f"Final-Recipient: rfc822; {one}\nAction: {action}\nStatus: {status}\n"
        f"Diagnostic-Code: smtp; 550 {status} no such user\n\n"
        for one in recipients
    )
    return (
        "From: Mail Delivery System <mailer-daemon@relay.test>\n"
        f"To: {DESK}\nSubject: Undelivered Mail Returned to Sender\n"
        "Message-ID: <dsn@relay.test>\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nCould not be delivered.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; relay.test\n\n"
        f"{groups}"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{message_id}>\n\n--b--\n"
    ).encode()


@pytest.fixture
def box(smtp_sink: SmtpSink) -> Mailbox:
    return mailbox(smtp_port=smtp_sink.port)


@pytest.fixture
def sent(box: Mailbox) -> Message:
    """An answer to Ana with Rui in copy, delivered."""
    ticket, agent = ticket_from(box, letter(cc="rui@customers.test")), person()
    message = reply(
        actor=acting(agent), user=agent, ticket_id=ticket.id, wanted=Reply(text="Feito.")
    )
    delivering.drain()
    return message


def states(message: Message) -> dict[str, str]:
    return dict(message.outbound.recipients.values_list("address", "state"))


def test_a_bounce_marks_the_recipient_and_asks_for_a_person(box: Mailbox, sent: Message):
    mail = receive(box, report(sent.message_id, "Ana@customers.test"))
    assert (mail.state, mail.fate, mail.ticket) == ("done", Fate.BOUNCE, sent.ticket)
    assert states(sent) == {"ana@customers.test": "failed", "rui@customers.test": "accepted"}
    ticket = Ticket.objects.get()
    outbound = OutboundMail.objects.get(message=sent)
    assert (ticket.needs_attention, outbound.state) == (True, "failed")
    assert ("5.1.1" in outbound.last_error, outbound.last_error_code) == (True, "bounced")
    told = OutboundMail.objects.get(kind=OutboundMail.Kind.NOTIFICATION)  # C17
    assert sent.author is not None
    assert told.recipients.get().address == sent.author.email
    event = TicketEvent.objects.get(kind="delivery_failed")
    assert event.data["message"] == str(sent.id)


def test_a_bounce_of_one_does_not_let_a_retry_reach_another_who_may_have_the_mail(
    box: Mailbox, smtp_sink: SmtpSink
):
    ticket, agent = ticket_from(box, letter(cc="rui@customers.test")), person()
    smtp_sink.script(mode="drop_stored", at="body")
    message = reply(
        actor=acting(agent), user=agent, ticket_id=ticket.id, wanted=Reply(text="Feito.")
    )
    delivering.drain()
    receive(box, report(message.message_id, "ana@customers.test"))
    assert states(message) == {"ana@customers.test": "failed", "rui@customers.test": "uncertain"}
    with pytest.raises(Conflict) as caught:
        outbox.retry(actor=TESTS, outbound_id=message.outbound.id)
    assert caught.value.code == "may_have_arrived"
    # Once it is known that Rui has it, only Ana is tried again.
    deliveries.mark_arrived(actor=acting(agent), user=agent, message_id=message.id)
    outbound = OutboundMail.objects.get(message=message)
    assert (outbound.state, outbound.last_error_code) == ("failed", "bounced")
    outbox.retry(actor=TESTS, outbound_id=outbound.id)
    assert states(message) == {"ana@customers.test": "pending", "rui@customers.test": "accepted"}


def test_a_report_about_several_recipients_marks_each(box: Mailbox, sent: Message):
    receive(box, report(sent.message_id, "ana@customers.test", "rui@customers.test"))
    assert set(states(sent).values()) == {"failed"}


def test_a_report_about_a_forwarding_address_marks_the_only_recipient(box: Mailbox):
    ticket, agent = ticket_from(box, letter()), person()
    message = reply(
        actor=acting(agent), user=agent, ticket_id=ticket.id, wanted=Reply(text="Feito.")
    )
    delivering.drain()
    receive(box, report(message.message_id, "forwarded@elsewhere.test"))
    assert states(message) == {"ana@customers.test": "failed"}


@pytest.mark.parametrize(("action", "status"), [("delayed", "4.4.1"), ("delivered", "2.1.5")])
def test_a_report_that_is_no_failure_changes_nothing(
    box: Mailbox, sent: Message, action: str, status: str
):
    mail = receive(box, report(sent.message_id, "ana@customers.test", action=action, status=status))
    assert (mail.fate, mail.ticket) == (Fate.BOUNCE, sent.ticket)
    assert set(states(sent).values()) == {"accepted"}
    assert not Ticket.objects.get().needs_attention


def test_a_report_about_an_unknown_mail_is_a_bounce_and_no_ticket(box: Mailbox):
    mail = receive(box, report("unknown@elsewhere.test", "x@y.test"))
    assert (mail.fate, mail.ticket) == (Fate.BOUNCE, None)
    assert not Ticket.objects.exists()


def test_a_report_is_no_message_of_the_conversation(box: Mailbox, sent: Message):
    receive(box, report(sent.message_id, "ana@customers.test"))
    assert Message.objects.count() == 2


def test_the_failed_recipient_can_be_tried_again(box: Mailbox, sent: Message, smtp_sink: SmtpSink):
    receive(box, report(sent.message_id, "ana@customers.test"))
    outbox.retry(actor=TESTS, outbound_id=sent.outbound.id)
    delivering.drain()
    assert smtp_sink.messages[-1].envelope_to == ("ana@customers.test",)
    assert states(sent) == dict.fromkeys(states(sent), "accepted")
    assert not Ticket.objects.get().needs_attention


def test_a_late_bounce_of_a_mail_being_sent_again_stops_nothing(box: Mailbox, sent: Message):
    """The row is in the middle of another attempt: its outcome is what counts."""
    receive(box, report(sent.message_id, "ana@customers.test"))
    outbox.retry(actor=TESTS, outbound_id=sent.outbound.id)
    claimed = sending_claims.claim()
    assert claimed is not None
    receive(box, report(sent.message_id, "ana@customers.test").replace(b"dsn@", b"dsn2@"))
    claimed.refresh_from_db()
    assert claimed.state == "sending"


def test_a_storm_of_bounces_makes_no_ticket(box: Mailbox, sent: Message):
    for number in range(20):
        raw = report(sent.message_id, "ana@customers.test").replace(b"dsn@", b"d%d@" % number)
        assert receive(box, raw).fate == Fate.BOUNCE
    assert Ticket.objects.count() == 1


def test_a_mailer_daemon_without_a_report_is_no_ticket(box: Mailbox):
    raw = letter(
        sender="MAILER-DAEMON <mailer-daemon@relay.test>",
        subject="failure notice",
        text="Sorry, it didn't work out.\n",
        return_path="<>",
    )
    mail = receive(box, raw)
    assert mail.fate in {Fate.BOUNCE, Fate.AUTOMATIC}
    assert not Ticket.objects.exists()


def complaint(message_id: str, *, kind: str = "abuse", to: str = "ana@customers.test") -> bytes:
    """An abuse report (RFC 5965) about a mail of ours."""
    return (
        f"From: feedback@provider.test\nTo: {DESK}\nSubject: FW: Re: Pedido\n"
        "Message-ID: <arf@provider.test>\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nThis is an abuse report.\n"
        f"--b\nContent-Type: message/feedback-report\n\nFeedback-Type: {kind}\n"
        f"User-Agent: Provider/1\nVersion: 1\nOriginal-Rcpt-To: <{to}>\n\n"
        f"--b\nContent-Type: message/rfc822\n\nMessage-ID: <{message_id}>\nSubject: Re: Pedido\n\n"
        "Feito.\n--b--\n"
    ).encode()


def receipt(message_id: str, *, disposition: str = "displayed") -> bytes:
    """A read receipt (RFC 8098) for a mail of ours."""
    return (
        f"From: ana@customers.test\nTo: {DESK}\nSubject: Lida: Re: Pedido\n"
        "Message-ID: <mdn@customers.test>\nMIME-Version: 1.0\n"
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nSua mensagem foi lida.\n"
        "--b\nContent-Type: message/disposition-notification\n\n"
        f"Final-Recipient: rfc822;ana@customers.test\nOriginal-Message-ID: <{message_id}>\n"
        f"Disposition: manual-action/MDN-sent-manually; {disposition}\n\n--b--\n"
    ).encode()


def state_of(address: str) -> tuple[str, str, int]:
    known = ContactAddress.objects.get(address=address)
    return known.state, known.state_reason, known.bounces


def test_b8_an_address_that_is_no_more_is_suspended_and_the_ticket_says_so(
    box: Mailbox, sent: Message
):
    receive(box, report(sent.message_id, "ana@customers.test", status="5.1.1"))
    assert state_of("ana@customers.test") == (
        "suspended",
        "5.1.1 failed ana@customers.test",
        1,
    )
    event = TicketEvent.objects.get(kind="address_suspended")
    assert (event.ticket, event.data["address"]) == (sent.ticket, "ana@customers.test")


def test_b8_another_refusal_must_come_twice(box: Mailbox, sent: Message):
    receive(box, report(sent.message_id, "ana@customers.test", status="5.2.2"))
    assert state_of("ana@customers.test") == ("ok", "", 1)
    outbox.retry(actor=TESTS, outbound_id=sent.outbound.id)
    delivering.drain()
    again = report(sent.message_id, "ana@customers.test", status="5.2.2")
    receive(box, again.replace(b"dsn@relay", b"dsn2@relay"))
    assert state_of("ana@customers.test")[0] == "suspended"


def test_b8_a_mail_that_expired_says_nothing_against_the_address(box: Mailbox, sent: Message):
    for number in range(2):
        expired = report(sent.message_id, "ana@customers.test", status="4.4.2")
        receive(box, expired.replace(b"dsn@relay", b"dsn%d@relay" % number))
    assert state_of("ana@customers.test") == ("ok", "", 0)
    assert sent.outbound.recipients.get(address="ana@customers.test").state == "failed"


def test_b8_a_delay_is_only_noted(box: Mailbox, sent: Message):
    receive(box, report(sent.message_id, "ana@customers.test", action="delayed", status="4.4.1"))
    assert state_of("ana@customers.test") == ("ok", "", 0)


def test_b8_who_writes_again_can_be_written_to_again(box: Mailbox, sent: Message):
    receive(box, report(sent.message_id, "ana@customers.test", status="5.1.1"))
    receive(box, letter(own_id="alive@customers.test"))
    assert state_of("ana@customers.test") == ("ok", "", 0)


def test_b8_a_person_may_lift_the_suspension(box: Mailbox, sent: Message):
    receive(box, report(sent.message_id, "ana@customers.test", status="5.1.1"))
    deliverability.resume_address(
        actor=TESTS, contact_id=sent.ticket.contact_id, address="Ana@customers.test"
    )
    assert state_of("ana@customers.test") == ("ok", "", 0)
    assert Log.objects.filter(action="contact.address_resumed").exists()


def test_b9_a_complaint_suspends_the_address_and_asks_for_a_person(box: Mailbox, sent: Message):
    mail = receive(box, complaint(sent.message_id))
    assert (mail.fate, mail.ticket) == (Fate.AUTOMATIC, sent.ticket)
    assert state_of("ana@customers.test")[:2] == ("suspended", "complaint: abuse")
    ticket = Ticket.objects.get()
    assert ticket.needs_attention
    assert TicketEvent.objects.get(kind="complaint").data["addresses"] == ["ana@customers.test"]


def test_b9_a_complaint_outlasts_the_next_mail_of_the_customer(box: Mailbox, sent: Message):
    receive(box, complaint(sent.message_id))
    receive(box, letter(own_id="b@customers.test"))
    assert state_of("ana@customers.test")[0] == "suspended"


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure"])
def test_b9_a_report_of_another_kind_is_no_complaint(box: Mailbox, sent: Message, kind: str):
    receive(box, complaint(sent.message_id, kind=kind))
    assert state_of("ana@customers.test")[0] == "ok"


def test_b10_a_read_receipt_is_noted_on_the_message_and_makes_no_ticket(
    box: Mailbox, sent: Message
):
    mail = receive(box, receipt(sent.message_id))
    assert (mail.fate, mail.ticket) == (Fate.AUTOMATIC, sent.ticket)
    sent.refresh_from_db()
    assert sent.facts["read_at"].endswith("Z")
    assert Ticket.objects.count() == 1
    assert OutboundMail.objects.count() == 1  # we never send such receipts


def test_b10_a_deleted_message_was_not_read(box: Mailbox, sent: Message):
    receive(box, receipt(sent.message_id, disposition="deleted"))
    sent.refresh_from_db()
    assert "read_at" not in sent.facts


def test_b9_a_stranger_suspends_no_address_by_complaining_about_nothing(box: Mailbox):
    ticket_from(box, letter())
    mail = receive(box, complaint("invented@other.test"))
    assert (mail.fate, mail.ticket) == (Fate.AUTOMATIC, None)
    assert state_of("ana@customers.test")[0] == "ok"


def test_b9_a_complaint_suspends_only_who_got_the_mail(box: Mailbox, sent: Message):
    ticket_from(box, letter(sender="bia@other.test", own_id="bia@other.test"))
    receive(box, complaint(sent.message_id, to="bia@other.test"))
    assert state_of("bia@other.test")[0] == "ok"
    assert Ticket.objects.get(pk=sent.ticket_id).needs_attention


def test_a_report_about_nobody_who_got_the_mail_fails_no_recipient(box: Mailbox, sent: Message):
    """A member of a list in copy: who had accepted the mail is not to be sent it again."""
    receive(box, report(sent.message_id, "member@list.test"))
    assert set(states(sent).values()) == {"accepted"}
    sent.outbound.refresh_from_db()
    assert sent.outbound.state == OutboundMail.State.SENT
    assert "member@list.test" in TicketEvent.objects.get(kind="delivery_failed").data["words"]
    assert Ticket.objects.get().needs_attention


def test_reports_about_ever_more_strangers_are_told_once(box: Mailbox, sent: Message):
    """Who got a mail of ours could fill its history with them."""
    receive(box, report(sent.message_id, *(f"member{n}@list.test" for n in range(5))))
    again = report(sent.message_id, "member9@list.test")
    receive(box, again.replace(b"dsn@relay", b"dsn2@relay"))
    assert TicketEvent.objects.filter(kind="delivery_failed").count() == 1
