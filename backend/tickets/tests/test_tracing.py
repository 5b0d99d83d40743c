"""Where is my e-mail? Every mail is found by what a person can paste, and its chain has an end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backend.core.errors import Invalid, Missing
from backend.mail.smtp import Delivery, RecipientResult
from backend.mailboxes import ledger, outbox, trace
from backend.mailboxes.models import InboundMail, Mailbox, OutboundMail
from backend.tickets import changing, tracing
from backend.tickets.replying import Reply, reply
from backend.users.models import User
from tests.desk import acting, arrive, mailbox, person, receive, ticket_from
from tests.mails import letter

pytestmark = pytest.mark.django_db
Traced = dict[str, Any]


@pytest.fixture
def box() -> Mailbox:
    return mailbox()


@pytest.fixture
def admin() -> User:
    return person("admin")


def asked(user: User, text: str, **page: Any) -> list[Traced]:
    answer = tracing.trace_of(user, text, cursor=None, **({"limit": 50} | page))
    results: list[Traced] = answer["results"]
    return results


def kinds(traced: Traced) -> list[str]:
    return [one["kind"] for one in traced["steps"]]


def data_of(traced: Traced, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one["data"] for one in traced["steps"] if one["kind"] == kind)
    return found


def answered(box: Mailbox, user: User, **options: Any) -> OutboundMail:
    ticket = ticket_from(box, letter(**options))
    message = reply(actor=acting(user), user=user, ticket_id=ticket.id, wanted=Reply(text="Já vai"))
    return OutboundMail.objects.get(message=message)


@pytest.mark.parametrize(
    "pasted",
    [
        "ana@customers.test", "ANA@Customers.test", "Ana Lima <ana@customers.test>",
        "From: Ana Lima <ana@customers.test>", "first@customers.test", "<first@customers.test>",
        "Message-ID: <first@customers.test>", "Pedido 4711", "pedídos 4711", "Assunto: Pedido 4711",
    ],
)  # fmt: skip
def test_a_mail_is_found_by_whatever_a_person_has_of_it(box: Mailbox, admin: User, pasted: str):
    mail = receive(box, letter())
    receive(box, letter(sender="rui@other.test", own_id="other@c.test", subject="Nota fiscal"))
    assert [one["id"] for one in asked(admin, pasted)] == [mail.id]


def test_a_ticket_number_gives_its_mails_in_and_out_and_those_merged_into_it(
    box: Mailbox, admin: User
):
    out = answered(box, admin)
    number = out.message.ticket.number if out.message else 0
    for pasted in (f"#{number}", str(number)):
        found = asked(admin, pasted)
        assert [one["direction"] for one in found] == ["out", "in"]
    assert asked(admin, "#999999999") == []


@pytest.mark.parametrize(
    ("subject", "pasted"),
    [
        ("Instalações elétricas", "instalação eletrica"), ("Os jornais", "jornal"),
        ("Duas flores", "flor"), ("Capitães", "capitão"), ("Two companies", "company"),
        ("Bons imagens", "imagem bom"), ("X", "x"),
    ],
)  # fmt: skip
def test_a_subject_without_a_ticket_is_found_whatever_its_number_and_accents(
    box: Mailbox, admin: User, subject: str, pasted: str
):
    mail = arrive(box, letter(subject=subject))
    arrive(box, letter(own_id="other@c.test", subject="Outra coisa"))
    assert [one["id"] for one in asked(admin, pasted)] == [mail.id]


def test_a_number_that_is_no_ticket_is_looked_for_in_subjects(box: Mailbox, admin: User):
    mail = receive(box, letter(subject="Boleto 88123"))
    assert [one["id"] for one in asked(admin, "88123")] == [mail.id]


@pytest.mark.parametrize("pasted", ["", "  ", "%", "nobody@nowhere.test", "<nada@x>", "xyzzy"])
def test_what_nobody_wrote_finds_nothing(box: Mailbox, admin: User, pasted: str):
    receive(box, letter())
    assert asked(admin, pasted) == []


def test_the_chain_of_a_received_mail_goes_from_the_server_to_its_ticket(box: Mailbox, admin: User):
    Mailbox.objects.filter(pk=box.pk).update(acknowledge=True)
    mail = receive(box, letter())
    (traced,) = asked(admin, "ana@customers.test", limit=1)[-1:]
    (inbound,) = (one for one in asked(admin, "ana@customers.test") if one["direction"] == "in")
    assert mail.ticket is not None
    assert traced["direction"] == "out"
    found = kinds(inbound)
    assert found.index("on_server") < found.index("stored") < found.index("parsed")
    assert found.index("parsed") < found.index("ticket_opened")
    assert data_of(inbound, "ticket_opened")["number"] == mail.ticket.number
    assert data_of(inbound, "acknowledged")["outbound"] == traced["id"]
    assert (inbound["ended"], inbound["waiting"], inbound["end_state"]) == (True, None, "ticket")
    times = [one["at"] for one in inbound["steps"]]
    assert times == sorted(times)


def test_an_odd_mail_of_every_fate_shows_one_chain_with_an_end(box: Mailbox, admin: User):
    Mailbox.objects.filter(pk=box.pk).update(trust_spam_verdict=True)
    first = letter(own_id="one@c.test")
    out = answered(box, admin, own_id="q@c.test")
    odd = [
        first,
        first,  # again, byte for byte
        letter(own_id="two@c.test", in_reply_to="one@c.test"),
        letter(own_id="auto@c.test", auto_submitted="auto-replied"),
        letter(own_id="list@c.test", list_id="<news.c.test>", precedence="bulk"),
        letter(own_id="spam@c.test", x_spam_flag="YES"),
        letter(own_id="empty@c.test", text=""),
        letter(own_id="fwd@c.test", subject="Fwd: Pedido"),
        b"",
        b"\x00\xff no mail at all",
        b"From: x@y.test\r\n\r\nonly a body",
        _bounce_of(out),
    ]
    mails = [receive(box, raw) for raw in odd]
    keys = [(mail.id, "in") for mail in mails]
    traced = {one["id"]: one for one in trace.traces(keys)}
    for mail in mails:
        one = traced[mail.id]
        assert (mail.state, one["ended"], one["waiting"]) == ("done", True, None)
        last = one["steps"][-1]["kind"]
        assert last in {
            "ticket_opened", "reply_added", "bounce", "automatic", "spam", "duplicate_of",
            "own_mail",
        }, (mail.reason, last)  # fmt: skip
        assert one["end_state"] == mail.fate
    assert data_of(traced[mails[1].id], "duplicate_of")["inbound"] == mails[0].id
    assert kinds(traced[mails[11].id])[-1] == "bounce"


def _bounce_of(out: OutboundMail) -> bytes:
    return (
        "From: MAILER-DAEMON@relay.test\r\nTo: suporte@desk.test\r\nSubject: Undelivered\r\n"
        "Message-ID: <dsn@relay.test>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nNo such user.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; relay.test\r\n\r\n"
        "Final-Recipient: rfc822; ana@customers.test\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: <{out.internet_message_id}>\r\nSubject: x\r\n\r\n--b--\r\n"
    ).encode()


def test_a_mail_that_has_no_end_says_what_it_waits_for_and_since_when(box: Mailbox, admin: User):
    mail = arrive(box, letter())

    def waits() -> tuple[bool, str | None]:
        (one,) = asked(admin, "ana@customers.test")
        return one["ended"], one["waiting"] and one["waiting"]["for"]

    assert waits() == (False, "worker")
    (claimed,) = ledger.claim(1)
    assert waits() == (False, "understanding")
    ledger.try_later(claimed, error="Traceback ...\nValueError: odd bytes")
    assert waits() == (False, "next_try")
    (one,) = asked(admin, "ana@customers.test")
    assert one["waiting"]["until"] > timezone.now()
    assert data_of(one, "not_understood")["words"] == "ValueError: odd bytes"
    InboundMail.objects.filter(pk=mail.pk).update(
        state="quarantined", fate="quarantined", reason="odd", processed_at=Now()
    )
    assert waits() == (True, None)
    assert kinds(asked(admin, "ana@customers.test")[0])[-1] == "quarantined"
    ledger.reprocess(actor=acting(admin), inbound_id=mail.id)
    (one,) = asked(admin, "ana@customers.test")
    assert data_of(one, "decided") == {"action": "reprocess", "by": admin.email}


def test_the_chain_of_an_outgoing_mail_holds_every_answer_of_the_server_and_the_bounce(
    box: Mailbox, admin: User
):
    out = answered(box, admin)

    def traced() -> Traced:
        return asked(admin, f"<{out.internet_message_id}>")[0]

    OutboundMail.objects.update(state="queued", hold="", next_attempt_at=Now(), waiting_since=Now())
    assert (traced()["ended"], traced()["waiting"]["for"]) == (False, "sender")
    Mailbox.objects.filter(pk=box.pk).update(sending_stopped=True)
    assert traced()["waiting"]["for"] == "sending_stopped"
    Mailbox.objects.filter(pk=box.pk).update(
        sending_stopped=False, sending_held_code="sign_in_revoked"
    )
    assert traced()["waiting"]["code"] == "sign_in_revoked"
    Mailbox.objects.filter(pk=box.pk).update(sending_held_code="")
    _settle(out, "deferred", 451, "4.7.1 come back later")
    assert (traced()["waiting"]["for"], traced()["ended"]) == ("next_attempt", False)
    _settle(out, "accepted", 250, "2.0.0 queued as 4711")
    found = traced()
    attempts = [one["data"] for one in found["steps"] if one["kind"] == "attempt"]
    assert [(one["number"], one["text"]) for one in attempts] == [
        (1, "4.7.1 come back later"), (2, "2.0.0 queued as 4711"),
    ]  # fmt: skip
    assert data_of(found, "recipient")["address"] == "ana@customers.test"
    kinds = [one["kind"] for one in found["steps"]]
    assert kinds[-5:-1] == ["attempt", "attempt", "recipient", "sent"]
    assert (found["ended"], found["end_state"], found["waiting"]) == (True, "sent", None)
    report = receive(box, _bounce_of(out))
    InboundMail.objects.filter(pk=report.pk).update(about=out)
    assert data_of(traced(), "bounce")["inbound"] == str(report.id)


def _settle(out: OutboundMail, outcome: Any, code: int, text: str) -> None:
    OutboundMail.objects.filter(pk=out.pk).update(
        state="sending", tries=out.attempts.count() + 1, lease_until=Now() + timedelta(minutes=1)
    )
    out.refresh_from_db()
    results = (RecipientResult("ana@customers.test", outcome, code, text),)
    outbox.settle(out, Delivery(outcome, results, "done", code, text))


def test_a_mail_nobody_can_judge_waits_for_a_person(box: Mailbox, admin: User):
    out = answered(box, admin)
    OutboundMail.objects.filter(pk=out.pk).update(state="uncertain")
    found = asked(admin, f"<{out.internet_message_id}>")[0]
    assert (found["ended"], found["waiting"]["for"]) == (False, "person")


@pytest.mark.parametrize(
    ("hold", "code"), [("undo", "undo"), ("later", "later"), ("customer_wrote", "customer_wrote")]
)
def test_a_held_mail_says_why(box: Mailbox, admin: User, hold: str, code: str):
    out = answered(box, admin)
    OutboundMail.objects.filter(pk=out.pk).update(
        state="held", hold=hold, next_attempt_at=Now() + timedelta(hours=1)
    )
    found = asked(admin, f"<{out.internet_message_id}>")[0]
    assert (found["ended"], found["waiting"]["for"]) == (False, code)
    assert data_of(found, "held")["reason"] == hold


def test_mail_of_another_team_is_not_found_and_no_page_betrays_it(admin: User):
    box = mailbox(team="Vendas")
    mail = receive(box, letter())
    arrive(box, letter(own_id="waits@c.test"))
    member, stranger = person(team="Vendas"), person("supervisor", team="Compras")
    number = mail.ticket.number if mail.ticket else 0
    for pasted in ("ana@customers.test", "<first@customers.test>", f"#{number}", "Pedido 4711"):
        assert asked(stranger, pasted) == []
        assert asked(member, pasted) == asked(admin, pasted) != []
    assert tracing.inbound_story(member, mail.id)["steps"]
    with pytest.raises(Missing):
        tracing.inbound_story(stranger, mail.id)
    Mailbox.objects.filter(pk=box.pk).update(unfetched=3)
    assert [one["unfetched"] for one in trace.behind(member)] == [3]
    assert trace.behind(stranger) == []


def test_pages_go_on_where_the_last_ended_though_new_mail_arrives(box: Mailbox, admin: User):
    for number in range(7):
        arrive(box, letter(own_id=f"m{number}@c.test", subject=f"Pedido {number}"))
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = tracing.trace_of(admin, "ana@customers.test", cursor=cursor, limit=3)
        seen += [one["subject"] for one in page["results"]]
        cursor = page["next"]
        if cursor is None:
            break
        arrive(box, letter(own_id=f"new{len(seen)}@c.test", subject="Nova"))
    assert seen == [f"Pedido {number}" for number in reversed(range(7))]
    with pytest.raises(Invalid):
        tracing.trace_of(admin, "x", cursor="WyJhIl0", limit=3)


def test_a_story_costs_the_same_queries_however_many_mails_it_has(box: Mailbox, admin: User):
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            asked(admin, "ana@customers.test")
        return len(captured)

    answered(box, admin)
    few = cost()
    ticket = ticket_from(box, letter(own_id="more@c.test"))
    for number in range(20):
        receive(box, letter(own_id=f"m{number}@c.test", in_reply_to="more@c.test"))
    changing.add_note(actor=acting(admin), user=admin, ticket_id=ticket.id, text="nota")
    assert few == cost() <= 12


def test_no_search_reads_the_whole_ledger(box: Mailbox, admin: User):
    receive(box, letter())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for keys in (
            "SELECT id FROM inbound_mail WHERE from_address = 'a' ORDER BY id DESC LIMIT 500",
            "SELECT id FROM inbound_mail WHERE internet_message_id = 'a' ORDER BY id DESC LIMIT 1",
            "SELECT outbound_id FROM outbound_recipients WHERE address = 'a'"
            " ORDER BY outbound_id DESC LIMIT 500",
            "SELECT id FROM inbound_mail"
            " WHERE ticket_id = '00000000-0000-7000-8000-000000000000' LIMIT 5000",
            "SELECT id FROM outbound_mail WHERE state = 'failed'",
        ):
            cursor.execute(f"EXPLAIN {keys}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert "Index" in plan, plan
            assert "Seq Scan" not in plan, plan
