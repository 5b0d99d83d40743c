"""Ringing for workers, with the broker there and away."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from django.db import transaction
from redis import Redis

from backend.core import doorbell
from backend.mailboxes import ledger, sending_claims
from backend.tickets import tasks
from backend.tickets.replying import Reply, reply
from config.celery import app
from desk_cli.servers.valkey import Valkey
from tests.desk import acting, arrive, mailbox, person, ticket_from
from tests.mails import letter

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bells(broker: Valkey) -> Iterator[Redis]:
    """The broker with no bell in it; alive again afterwards."""
    with Redis.from_url(broker.url) as client:
        client.flushdb()
        yield client
    if not broker.running:
        broker.start()


def rung(bells: Redis, queue: str) -> list[dict[str, object]]:
    """What a worker of this queue would hear."""
    return [json.loads(one) for one in bells.lrange(queue, 0, -1)]


def minutes_until(moment: str) -> float:
    """By this machine's clock, as the worker that hears a bell asks its own."""
    return (datetime.fromisoformat(moment) - datetime.now(UTC)).total_seconds() / 60


@pytest.mark.parametrize(("task", "queue"), [(doorbell.INTAKE, "mail"), (doorbell.SEND, "send")])
def test_a_bell_reaches_the_queue_of_its_task_and_carries_only_its_name(
    bells: Redis, task: str, queue: str
):
    doorbell.ring(task)
    (bell,) = rung(bells, queue)
    headers = bell["headers"]
    assert isinstance(headers, dict)
    assert (headers["task"], headers["argsrepr"], headers["kwargsrepr"]) == (task, "()", "{}")
    assert minutes_until(str(headers["expires"])) > 50


def test_a_round_of_beat_reaches_a_worker_whose_clock_is_ahead_and_is_forgotten_in_time():
    for entry in app.conf.beat_schedule.values():
        assert 50 * 60 < entry["options"]["expires"] <= 2 * 60 * 60


def test_the_bell_rings_after_the_commit_and_not_before(bells: Redis):
    with transaction.atomic():
        doorbell.ring_after_commit(doorbell.SEND)
        assert rung(bells, "send") == []
    assert len(rung(bells, "send")) == 1


def test_a_reply_behind_one_that_can_be_taken_back_does_not_keep_the_senders_running(bells: Redis):
    agent, ticket = person(), ticket_from(mailbox(undo_seconds=60), letter())
    for undo in (True, False):
        wanted = Reply(text="Já vamos ver.", undo=undo)
        reply(actor=acting(agent), user=agent, ticket_id=ticket.id, wanted=wanted)
    bells.flushdb()
    tasks.drain_outbox()
    assert (sending_claims.waiting(), rung(bells, "send")) == (True, [])
    tasks.sweep_outbox()
    assert len(rung(bells, "send")) == 1


def test_a_rolled_back_change_rings_for_nobody(bells: Redis):
    with transaction.atomic():
        doorbell.ring_after_commit(doorbell.SEND)
        transaction.set_rollback(True)
    assert rung(bells, "send") == []


def test_with_the_broker_away_ringing_warns_and_nothing_else(
    bells: Redis, broker: Valkey, caplog: pytest.LogCaptureFixture
):
    doorbell.ring(doorbell.INTAKE)
    broker.kill9()
    with caplog.at_level(logging.WARNING, "backend.core.doorbell"):
        doorbell.ring(doorbell.INTAKE)
        doorbell.ring(doorbell.SEND)
    assert len(caplog.records) == 2
    assert "waits for the sweep" in caplog.text
    assert (broker.password in caplog.text) is False


def test_work_whose_bell_was_lost_is_found_by_the_sweep_and_rung_for_again(
    bells: Redis, broker: Valkey
):
    from backend.tickets import tasks

    box = mailbox()
    broker.kill9()
    with transaction.atomic():
        arrive(box, letter())
        doorbell.ring_after_commit(doorbell.INTAKE)
    assert ledger.waiting() is True
    assert sending_claims.waiting() is False
    tasks.sweep_intake()
    broker.start()
    bells.flushdb()
    tasks.sweep_intake()
    tasks.sweep_outbox()
    assert (len(rung(bells, "mail")), len(rung(bells, "send"))) == (1, 0)


def test_a_broker_that_comes_back_hears_the_next_bell(bells: Redis, broker: Valkey):
    doorbell.ring(doorbell.INTAKE)
    broker.stop()
    doorbell.ring(doorbell.INTAKE)
    broker.start()
    bells.flushdb()
    doorbell.ring(doorbell.INTAKE)
    assert len(rung(bells, "mail")) == 1


def test_a_bell_asks_a_broker_that_hangs_up_no_more_than_twice(
    bells: Redis, broker: Valkey, caplog: pytest.LogCaptureFixture
):
    """Somebody who sends an answer must not wait for a broker that does not come."""
    broker.stop()
    doorbell.ring(doorbell.SEND)  # whatever connection was kept is known to be dead
    asked = 0

    def hang_up(listener: socket.socket) -> None:
        nonlocal asked
        with suppress(OSError):  # the end of the test closes the listener
            while True:
                listener.accept()[0].close()
                asked += 1

    with socket.create_server(("127.0.0.1", broker.port or 0)) as listener:
        thread = threading.Thread(target=hang_up, args=[listener])
        thread.start()
        doorbell.ring(doorbell.SEND)
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=30)
        assert not thread.is_alive()
    assert asked <= 2
    assert caplog.text.count("waits for the sweep") == 2
