"""Live events over real HTTP: who hears what, what a browser missed, and when a stream ends."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from backend.events.models import Event
from backend.events.services import publish
from backend.tickets.models import Ticket
from backend.users import sessions
from backend.users.models import Session, User
from backend.users.services import team_named
from desk_cli.testing import DeskProcesses
from tests.desk import TESTS, mailbox, person, ticket_from
from tests.mails import letter
from tests.web import PATIENCE, Web, start_web, token_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def web(desk_processes: DeskProcesses) -> Iterator[Web]:
    """A server that listens, whoever comes and goes; its pool is smaller than its browsers."""
    desk_processes.extra["DESK_DATABASE_POOL"] = "3"
    web = start_web(desk_processes)
    with web.listen(token_of(person("admin"))) as keeper:
        keeper.until("catch_up")  # says that the server listens; later browsers get none
        yield web


def tell(kind: str, **ids: uuid.UUID | None) -> int:
    """Publish an event in a transaction of its own; its id."""
    with transaction.atomic():
        publish(kind, **ids)
    return Event.objects.latest("id").pk


def test_each_person_hears_of_what_they_may_see(web: Web):
    sales = team_named("Vendas")
    people = {
        "admin": person("admin"),
        "member": person(team="Vendas"),
        "other": person(team="Suporte"),
        "light": person("light", team="Vendas"),
        "assigned": person("light"),
    }
    ticket = ticket_from(mailbox(team="Vendas"), letter())
    Ticket.objects.filter(pk=ticket.pk).update(assignee=people["assigned"])
    assert web.ask("GET", "/api/v1/events/").status == 401
    heard: dict[str, list[str]] = {}
    for name, user in people.items():
        with web.listen(token_of(user)) as stream:
            assert stream.status == 200
            assert stream.response.headers["Content-Type"] == "text/event-stream"
            tell("ticket.updated", ticket_id=ticket.id, team_id=sales.id)
            tell("ticket.note")
            heard[name] = [str(stream.next()["kind"])]  # type: ignore[index]
    in_the_team = ["ticket.updated"]
    assert heard == {
        "admin": in_the_team,
        "member": in_the_team,
        "other": ["ticket.note"],
        "light": ["ticket.note"],
        "assigned": in_the_team,
    }


def test_a_notice_holds_ids_and_nothing_else(web: Web):
    ticket = ticket_from(mailbox(), letter())
    with web.listen(token_of(person())) as stream:
        event = tell("ticket.updated", ticket_id=ticket.id, contact_id=ticket.contact_id)
        assert stream.next() == {
            "event": "ticket.updated",
            "id": event,
            "kind": "ticket.updated",
            "ticket": str(ticket.id),
            "contact": str(ticket.contact_id),
        }


def test_a_browser_that_was_away_hears_what_it_missed(web: Web):
    token = token_of(person(team="Suporte"))
    before = tell("contact.updated")
    Event.objects.filter(pk=before).update(at=timezone.now() - timedelta(minutes=5))
    missed = tell("mailbox.updated")
    tell("ticket.updated", ticket_id=uuid.uuid4(), team_id=team_named("Vendas").id)
    with web.listen(token, last=before) as stream:
        ids = [stream.next(), stream.next()]
    assert missed in [notice["id"] for notice in ids if notice and "id" in notice]
    assert "ticket.updated" not in [notice["kind"] for notice in ids if notice]


def test_a_browser_that_was_away_too_long_is_told_to_fetch_everything(web: Web):
    with web.listen(token_of(person()), last=999_999_999) as stream:
        assert stream.next() == {"event": "catch_up", "kind": "catch_up"}


def test_more_browsers_than_connections_leave_the_desk_usable(web: Web):
    token = token_of(person())
    with ExitStack() as browsers:
        for _ in range(8):
            assert browsers.enter_context(web.listen(token)).status == 200
        assert web.ask("GET", "/api/v1/tickets/", token=token).status == 200


def test_a_stream_ends_soon_after_its_session_however_busy_the_desk(web: Web):
    session = sessions.open_session(user=person(), user_agent="", ip=None, actor=TESTS)
    with web.listen(session.access) as stream:
        Session.objects.filter(pk=session.session.pk).update(revoked_at=timezone.now())
        begun, alive = time.monotonic(), True
        while alive:
            assert time.monotonic() - begun < PATIENCE, "the ended session still hears everything"
            tell("ticket.note")
            time.sleep(0.5)  # only the pace of a busy desk: the stream is never silent for long
            alive = stream.next() is not None


def test_a_listener_hears_again_after_the_database_cut_its_connection(web: Web):
    with web.listen(token_of(person())) as stream:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE query LIKE 'LISTEN%' AND datname = current_database()"
            )
        stream.until("catch_up")
        tell("ticket.note")
        assert stream.next() is not None


def test_a_deactivated_persons_token_hears_nothing(web: Web):
    user = person()
    token = token_of(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    with web.listen(token) as stream:
        assert stream.status == 401
