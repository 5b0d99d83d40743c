"""The API over real HTTP while something it needs is away, and requests no view ever sees."""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from backend.mailboxes.models import OutboundMail
from backend.tickets.models import Ticket
from desk_cli.process import wait_until
from desk_cli.servers.smtp_sink import SmtpSink
from desk_cli.servers.valkey import Valkey
from desk_cli.testing import DeskProcesses
from tests.desk import mailbox, person, ticket_from
from tests.mails import letter
from tests.web import PATIENCE, Answer, Web, start_web, token_of

pytestmark = pytest.mark.django_db(transaction=True)
NOBODY_LISTENS = "postgresql://desk@127.0.0.1:9/desk"


@pytest.fixture
def web(desk_processes: DeskProcesses) -> Web:
    return start_web(desk_processes)


def assert_problem(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_database_that_is_away_is_a_503_that_says_when_to_ask_again(
    desk_processes: DeskProcesses,
):
    desk_processes.extra["DATABASE_URL"] = NOBODY_LISTENS
    web = start_web(desk_processes)
    with ThreadPoolExecutor(3) as pool:  # each waits for a connection as long as the pool allows
        tickets = pool.submit(web.ask, "GET", "/api/v1/tickets/", token="desk_x")
        login = pool.submit(
            web.ask, "POST", "/api/v1/auth/login/", body={"email": "a@b.test", "password": "x"}
        )
        ready = pool.submit(web.ask, "GET", "/readyz").result()
        for answer in (tickets.result(), login.result()):
            assert_problem(answer, 503, "database_away")
            assert int(answer.headers["retry-after"]) > 0
    assert (ready.status, ready.json()["checks"]["database"]) == (503, False)
    assert web.ask("GET", "/healthz").status == 200


def test_a_database_that_was_restarted_costs_nobody_an_error(web: Web):
    token = token_of(person())
    assert web.ask("GET", "/api/v1/tickets/", token=token).status == 200
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    statuses = [web.ask("GET", "/api/v1/tickets/", token=token).status for _ in range(5)]
    assert statuses == [200] * 5


def test_an_answer_given_while_the_broker_is_away_leaves_once_it_is_back(
    desk_processes: DeskProcesses, web: Web, broker: Valkey, smtp_sink: SmtpSink
):
    ticket = ticket_from(mailbox(smtp_port=smtp_sink.port), letter())
    token, key = token_of(person()), str(uuid.uuid4())
    broker.kill9()
    for _ in range(2):  # the same request again, as a browser does that lost the answer
        answer = web.ask(
            "POST",
            f"/api/v1/tickets/{ticket.id}/replies/",
            token=token,
            body={"text": "Já vai."},
            headers={"Idempotency-Key": key},
        )
        assert answer.status == 201, answer.body
    assert answer.json()["delivery"]["state"] == "queued"
    broker.start()
    desk_processes.start_worker()
    desk_processes.start_beat()
    smtp_sink.wait_for(1, PATIENCE)
    assert wait_until(lambda: OutboundMail.objects.get().state == "sent", PATIENCE)
    assert len(smtp_sink.messages) == 1


def test_twenty_people_answering_at_once_with_one_key_send_one_mail(web: Web):
    ticket, token, key = ticket_from(mailbox(), letter()), token_of(person()), str(uuid.uuid4())

    def answer(_: int) -> Answer:
        return web.ask(
            "POST",
            f"/api/v1/tickets/{ticket.id}/replies/",
            token=token,
            body={"text": "Já vai."},
            headers={"Idempotency-Key": key},
        )

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(answer, range(20)))
    assert {one.status for one in answers} == {201}
    assert len({one.json()["id"] for one in answers}) == 1
    assert OutboundMail.objects.count() == 1
    assert Ticket.objects.get().message_count == 2


def test_a_body_over_the_limit_is_refused_before_it_is_read(desk_processes: DeskProcesses):
    desk_processes.extra["DESK_MAX_UPLOAD_BYTES"] = "65536"
    web = start_web(desk_processes)
    body = json.dumps({"email": "a@b.test", "password": "x" * 70_000}).encode()
    assert_problem(web.ask("POST", "/api/v1/auth/login/", body=body), 413, "too_large")


def test_a_charset_that_is_none_of_text_does_no_harm(web: Web):
    for charset in ("hex", "rot13", "nonsense", "utf-16"):
        answer = web.ask(
            "GET", "/api/v1/setup/?x=1", headers={"Content-Type": f"text/plain; charset={charset}"}
        )
        assert answer.status in {200, 400}
