"""What Celery rings for on behalf of mailboxes alone; see backend/tickets/tasks.py."""

from __future__ import annotations

import time

from celery.signals import task_postrun

from backend.mailboxes import alarm_mails, alarms, heartbeats
from backend.mailboxes.domains import doctor
from backend.mailboxes.oauth import grants
from config.celery import app

_SECONDS_BETWEEN_SIGNS = 10.0
_last_sign = float("-inf")


@app.task(name="default.alarms")
def check_alarms() -> None:
    """Open and end alarms, then tell the administrators."""
    alarms.check()
    alarm_mails.tell()


@app.task(name="default.doctor")
def check_domains() -> None:
    """Look at the domains whose last check is a day old."""
    doctor.check_due()


@task_postrun.connect
def say_working(**_: object) -> None:
    """A worker that ends a task is alive, whoever rang for it: beat may be gone."""
    global _last_sign
    if time.monotonic() - _last_sign >= _SECONDS_BETWEEN_SIGNS:
        _last_sign = time.monotonic()
        heartbeats.beat(heartbeats.WORKER)


@app.task(name="default.sign_ins")
def renew_sign_ins() -> None:
    """Renew tokens that are about to end, so that a revoked sign-in is noticed soon."""
    grants.renew_due()
