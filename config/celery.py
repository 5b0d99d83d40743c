"""The Celery application: a doorbell, never the queue of record (STACK.md 2).

Tasks carry at most an id. Work waits as rows in PostgreSQL, delays live in `next_attempt_at`,
and beat rings again for whatever a lost message forgot.
"""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# A bell nobody hears is forgotten, so that a worker that was away does not find thousands. By the
# receiver's clock, which may differ from the sender's: by less than this no bell is lost.
STALE_SECONDS = 3600
_STALE = {"expires": STALE_SECONDS}
app = Celery("desk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_default_queue="default",
    task_routes={
        "mail.*": {"queue": "mail"},
        "send.*": {"queue": "send"},
        "ai.*": {"queue": "ai"},
    },
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_soft_shutdown_timeout=20,
    worker_hijack_root_logger=False,
    task_soft_time_limit=300,
    task_time_limit=330,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    # A web request or the monitor must not wait for a dead broker: beat will ring instead.
    task_publish_retry=False,
    broker_transport_options={
        # Of a bell, that is: one more attempt at once, for a connection that went stale or the
        # next of several brokers. A worker's own connection is tried without end.
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0,
        "visibility_timeout": 1200,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "health_check_interval": 15,
        "unacked_restore_interval": 5,
        "unacked_restore_limit": 200,
    },
    beat_schedule={
        "intake-sweep": {"task": "mail.sweep", "schedule": 20.0, "options": _STALE},
        # A reply leaves about a second after its moment; the question is one indexed query.
        "send-sweep": {"task": "send.sweep", "schedule": 2.0, "options": _STALE},
        "sent-sweep": {"task": "send.sweep_sent", "schedule": 15.0, "options": _STALE},
        "heartbeat": {"task": "default.heartbeat", "schedule": 10.0, "options": _STALE},
        "alarms": {"task": "default.alarms", "schedule": 15.0, "options": _STALE},
        "doctor": {"task": "default.doctor", "schedule": 600.0, "options": _STALE},
        "clean": {"task": "default.clean", "schedule": 3600.0, "options": _STALE},
        "sign-ins": {"task": "default.sign_ins", "schedule": 60.0, "options": _STALE},
    },
    beat_scheduler="config.scheduler:SteadyScheduler",
    timezone="UTC",
)
app.autodiscover_tasks()
