"""/healthz: this process lives. /readyz: the desk can do its work."""

from __future__ import annotations

from datetime import timedelta

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError as BrokerError
from psycopg_pool import PoolTimeout

from backend.core import blobs
from backend.mailboxes import heartbeats
from config.celery import app as celery

FRESH = timedelta(seconds=45)


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the process answers at all."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database, broker, storage, worker and monitor are well; else 503 and what to do."""
    checks = {"storage": blobs.writable(), "broker": _broker(), **_processes()}
    ready = all(checks.values())
    return JsonResponse(
        {"status": "ready" if ready else "not ready", "checks": checks},
        status=200 if ready else 503,
    )


def _processes() -> dict[str, bool]:
    try:
        fresh = heartbeats.fresh(within=FRESH)
    except (DatabaseError, InterfaceError, PoolTimeout):
        return {"database": False, "worker": False, "monitor": False}
    return {
        "database": True,
        "worker": heartbeats.WORKER in fresh,
        "monitor": heartbeats.MONITOR in fresh,
    }


def _broker() -> bool:
    try:
        with celery.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, timeout=1, interval_start=0)
    except (BrokerError, OSError):
        return False
    return True
