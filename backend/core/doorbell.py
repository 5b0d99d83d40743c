"""Waking workers. The work itself waits in PostgreSQL, so a bell nobody hears loses nothing."""

from __future__ import annotations

import logging

from django.db import transaction
from kombu.exceptions import OperationalError

from config.celery import STALE_SECONDS, app

log = logging.getLogger(__name__)

INTAKE = "mail.drain"
SEND = "send.drain"


def ring_after_commit(task: str) -> None:
    """Ring for `task` once the surrounding transaction is committed."""
    transaction.on_commit(lambda: ring(task))


def ring(task: str) -> None:
    """Ring now, best effort: with the broker away, beat's sweep finds the work within seconds."""
    try:
        app.send_task(task, retry=False, expires=STALE_SECONDS)
    except (OperationalError, OSError) as error:
        log.warning("broker away, %s waits for the sweep: %s", task, error)
