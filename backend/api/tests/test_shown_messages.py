"""A message shows all that the mail says beside its text."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.api.tests.clients import API, Client, client_of
from backend.mailboxes.models import Mailbox
from backend.tickets.models import Message
from backend.tickets.replying import Reply, reply
from backend.users.models import User
from tests.desk import acting, mailbox, person, receive
from tests.mails import letter

pytestmark = pytest.mark.django_db
ADDRESS = {"name": "Ana", "address": "ana@c.test"}
FACTS = {
    "sender": ADDRESS,
    "invite": {
        "method": "REQUEST",
        "uid": "1@c.test",
        "summary": "Visita",
        "location": "",
        "start": "2026-03-01T12:00:00Z",
        "end": None,
        "all_day": False,
        "floating": False,
        "organizer": ADDRESS,
        "attendees": [ADDRESS],
    },
    "signed": "pgp",
    "encrypted": "smime",
    "forwarded": {"from": ADDRESS, "to": [ADDRESS], "subject": "x", "date": "ontem", "text": "y"},
    "read_at": "2026-03-01T12:00:00Z",
}


@pytest.fixture
def box() -> Mailbox:
    return mailbox()


@pytest.fixture
def agent() -> User:
    return person()


@pytest.fixture
def desk(agent: User) -> Client:
    return client_of(agent)


def shown(desk: Client, message: Message) -> dict[str, Any]:
    found: dict[str, Any] = desk.get(f"{API}/tickets/{message.ticket_id}/").json()["messages"][-1]
    return found


def received(box: Mailbox, raw: bytes) -> Message:
    mail = receive(box, raw)
    assert mail.message is not None, mail.error
    return mail.message


def test_a_plain_message_has_no_facts(box: Mailbox, desk: Client):
    found = shown(desk, received(box, letter()))
    assert {name: found[name] for name in FACTS} == dict.fromkeys(FACTS)
    assert found["reply_to"] == []
    assert found["remote_images"] == {"count": 0, "allowed": False}


def test_every_fact_of_a_message_is_shown(box: Mailbox, desk: Client):
    message = received(box, letter())
    Message.objects.filter(pk=message.pk).update(facts=FACTS)
    found = shown(desk, message)
    assert {name: found[name] for name in FACTS} == FACTS


def test_sender_and_reply_address_of_a_mail_are_shown(box: Mailbox, desk: Client):
    raw = letter(reply_to="Rui <rui@c.test>").replace(
        b"from: Ana", b"Sender: Bot <b@c.test>\nfrom: Ana"
    )
    found = shown(desk, received(box, raw))
    assert found["sender"] == {"name": "Bot", "address": "b@c.test"}
    assert found["reply_to"] == [{"name": "Rui", "address": "rui@c.test"}]


def test_a_reply_just_written_is_shown_like_any_message(box: Mailbox, desk: Client):
    message = received(box, letter())
    written = desk.post(
        f"{API}/tickets/{message.ticket_id}/replies/", {"text": "Vamos ver."}
    ).json()
    assert shown(desk, message) == written
    assert written["has_original"] is True


def test_facts_cost_no_query_each(box: Mailbox, agent: User, desk: Client):
    message = received(box, letter())
    Message.objects.filter(pk=message.pk).update(facts=FACTS, remote_images=3)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(f"{API}/tickets/{message.ticket_id}/").status_code == 200
        return len(captured)

    def prolong() -> None:
        reply(actor=acting(agent), user=agent, ticket_id=message.ticket_id, wanted=Reply(text="Oi"))
        Message.objects.create(
            ticket_id=message.ticket_id,
            direction="in",
            from_address="b@c.test",
            facts=FACTS,
            remote_images=2,
        )

    desk.get(f"{API}/me/")
    prolong()
    few = queries()
    for _ in range(5):
        prolong()
    assert queries() == few
