"""What Celery rings for. Each task calls one service and carries nothing but its name."""

from __future__ import annotations

from contextlib import ExitStack

from celery.signals import worker_ready

from backend.core import doorbell
from backend.core.one_process import one_process
from backend.events.services import forget_old
from backend.mailboxes import heartbeats, ledger, sending_claims
from backend.tickets import delivering, intake
from config.celery import app

SENDERS = 8


@app.task(name=doorbell.INTAKE)
def drain_intake() -> None:
    """Process waiting mails; ring again when the time was over before the work."""
    intake.drain()
    if ledger.waiting():
        doorbell.ring(doorbell.INTAKE)


@app.task(name="mail.sweep")
def sweep_intake() -> None:
    """Ring for mails whose bell was lost or whose worker died."""
    if ledger.waiting():
        doorbell.ring(doorbell.INTAKE)


# A conversation may last long: RFC 5321 4.5.3.2.6 gives the server ten minutes for its final
# answer alone. Of the processes of one worker one takes mails, with several threads, so that
# servers that stall never take the processes that read mail; while it waits for its last
# conversations, the next one takes them.
@app.task(name=doorbell.SEND, soft_time_limit=3300, time_limit=3360)
def drain_outbox() -> None:
    """Deliver due mails; ring again when the time was over before the work."""
    with ExitStack() as taking:
        if not taking.enter_context(one_process("send")):
            return
        tried = delivering.drain(senders=SENDERS, takes_no_more=taking.close)
    # What waits although nothing could be tried, such as a reply behind an earlier one that can
    # still be taken back, waits for the sweep: ringing at once would go round and round.
    if tried and sending_claims.waiting():
        doorbell.ring(doorbell.SEND)


@app.task(name="send.sweep")
def sweep_outbox() -> None:
    """Ring for mails that are due now, or whose bell was lost."""
    if sending_claims.waiting():
        doorbell.ring(doorbell.SEND)


@app.task(name="send.sweep_sent")
def sweep_sent() -> None:
    """Ring for copies to make and uncertain mails to look for."""
    if delivering.something_to_keep():
        doorbell.ring(doorbell.SEND)


@app.task(name="default.heartbeat")
def give_sign_of_life() -> None:
    """Say that workers and beat are alive."""
    heartbeats.beat(heartbeats.WORKER)
    heartbeats.beat(heartbeats.BEAT)


@app.task(name="default.clean")
def clean() -> None:
    """Forget live events nobody can need any more."""
    forget_old()


@worker_ready.connect
def say_ready(**_: object) -> None:
    """A worker that has just started is alive before beat first asks."""
    heartbeats.beat(heartbeats.WORKER)
