"""Deciding about replies on their way, as a browser does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from backend.api.tests.clients import API, Client, client_of
from backend.mailboxes.models import Mailbox, OutboundMail
from backend.tickets import delivering
from backend.tickets.models import Ticket
from desk_cli.servers.smtp_sink import SmtpSink
from tests.desk import mailbox, person, ticket_from
from tests.mails import letter

pytestmark = pytest.mark.django_db


@pytest.fixture
def box(smtp_sink: SmtpSink) -> Mailbox:
    return mailbox(smtp_port=smtp_sink.port, undo_seconds=15)


@pytest.fixture
def desk() -> Client:
    return client_of(person())


@pytest.fixture
def ticket(box: Mailbox) -> Ticket:
    return ticket_from(box, letter())


def answer(desk: Client, ticket: Ticket, **body: Any) -> dict[str, Any]:
    sent = desk.post(f"{API}/tickets/{ticket.id}/replies/", {"text": "Vamos ver."} | body)
    assert sent.status_code == 201, sent.content
    message: dict[str, Any] = sent.json()
    return message


def decide(desk: Client, message: dict[str, Any], verb: str, body: Any = None) -> Any:
    return desk.post(f"{API}/messages/{message['id']}/{verb}/", body)


def delivery(answered: Any) -> dict[str, Any]:
    assert answered.status_code == 200, answered.content
    found: dict[str, Any] = answered.json()["delivery"]
    return found


def test_a_reply_is_taken_back_and_sent_again_with_what_it_was_made_of(
    desk: Client, ticket: Ticket, smtp_sink: SmtpSink
):
    message = answer(desk, ticket, status_after="resolved", cc=["rui@customers.test"])
    assert message["delivery"]["hold"] == "undo"
    assert (message["delivery"]["can_undo"], message["delivery"]["state"]) == (True, "held")
    undone = decide(desk, message, "undo")
    assert undone.status_code == 200
    body = undone.json()
    assert body["ticket"]["status"] == "open"
    assert len(body["ticket"]["messages"]) == 1
    draft = body["draft"] | {"undo": False}
    assert draft.pop("files") == []
    again = answer(desk, ticket, **draft)
    delivering.drain()
    assert [one.envelope_to for one in smtp_sink.messages] == [
        ("ana@customers.test", "rui@customers.test")
    ]
    assert decide(desk, again, "undo").json()["code"] == "already_leaving"
    assert decide(desk, message, "undo").status_code == 404


def test_a_reply_for_later_is_planned_anew_sent_now_or_cancelled(desk: Client, ticket: Ticket):
    at = (timezone.now() + timedelta(days=2)).replace(microsecond=0)
    planned = answer(desk, ticket, send_at=at.isoformat(), if_answered="cancel")
    assert planned["delivery"]["leaves_at"] == at.isoformat().replace("+00:00", "Z")
    assert (planned["delivery"]["if_answered"], planned["flags"]) == ("cancel", ["not_sent"])
    later = at + timedelta(days=1)
    moved = delivery(decide(desk, planned, "reschedule", {"send_at": later.isoformat()}))
    assert (moved["leaves_at"][:16], moved["if_answered"]) == (later.isoformat()[:16], "hold")
    wrong = decide(desk, planned, "reschedule", {"send_at": "2020-01-01T00:00:00Z"})
    assert (wrong.status_code, wrong.json()["error_codes"]) == (400, {"send_at": ["bad_moment"]})
    assert delivery(decide(desk, planned, "send-now"))["state"] == "queued"
    assert decide(desk, planned, "send-now").json()["code"] == "not_held_back"
    assert delivery(decide(desk, planned, "cancel"))["state"] == "cancelled"
    assert decide(desk, planned, "cancel").json()["code"] == "not_stoppable"
    unknown = desk.post(
        f"{API}/tickets/{ticket.id}/replies/", {"text": "x", "files": [str(ticket.id)]}
    )
    assert unknown.json()["error_codes"] == {"files": ["unknown_file"]}


def test_a_failed_reply_shows_why_in_words_that_can_be_translated_and_is_retried(
    desk: Client, ticket: Ticket, smtp_sink: SmtpSink
):
    smtp_sink.script(mode="reject5", at="rcpt", text="5.2.2 mailbox full")
    message = answer(desk, ticket, undo=False)
    delivering.drain()
    (_, shown) = desk.get(f"{API}/tickets/{ticket.id}/").json()["messages"]
    failed = shown["delivery"]
    assert (failed["state"], failed["last_error_code"]) == ("failed", "mailbox_full")
    assert (failed["last_error"], failed["can_retry"]) == ("5.2.2 mailbox full", True)
    (attempt,) = failed["attempts"]
    assert (attempt["phase"], attempt["outcome"], attempt["code"]) == ("rcpt", "failed", 550)
    assert attempt["server"].startswith("127.0.0.1:")
    assert delivery(decide(desk, message, "retry", {}))["state"] == "queued"
    delivering.drain()
    assert OutboundMail.objects.get(message_id=message["id"]).state == "sent"
    assert decide(desk, message, "retry", {}).json()["code"] == "not_retryable"


def test_s10_an_uncertain_reply_waits_for_a_persons_word(
    desk: Client, ticket: Ticket, smtp_sink: SmtpSink
):
    smtp_sink.script(mode="drop_stored", at="body", times=2)
    first, second = (answer(desk, ticket, undo=False) for _ in range(2))
    delivering.drain()
    assert decide(desk, first, "retry", {}).json()["code"] == "may_have_arrived"
    assert delivery(decide(desk, first, "mark-arrived"))["state"] == "sent"
    ticket.refresh_from_db()
    assert ticket.needs_attention is True
    again = delivery(decide(desk, second, "retry", {"found": "not_arrived"}))
    assert again["state"] == "queued"
    OutboundMail.objects.update(next_attempt_at=Now())
    delivering.drain()
    ticket.refresh_from_db()
    assert ticket.needs_attention is False
    raws = [one.raw for one in smtp_sink.messages if "ana@customers.test" in one.envelope_to]
    assert len(raws) == 3
    assert len(set(raws)) == 2  # the same bytes with the same id, by a person's word
    kinds = {one["kind"] for one in desk.get(f"{API}/tickets/{ticket.id}/").json()["history"]}
    assert {"reply_arrived", "reply_retried", "delivery_failed"} <= kinds
