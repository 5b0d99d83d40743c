"""/healthz: this process lives. /readyz: the desk can do its work. /metrics: how it does."""

from __future__ import annotations

import hmac
import ipaddress
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError as BrokerError
from psycopg_pool import PoolTimeout

from backend.core import blobs
from backend.mailboxes import heartbeats, metrics
from config.celery import app as celery

FRESH = timedelta(seconds=45)
# What a proxy adds: then the address in the request is the proxy's, not the asker's.
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via")


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the process answers at all."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database, broker, storage, worker and monitor are well; else 503 and what to do."""
    checks = {"storage": blobs.writable(), "broker": broker_answers(), **_processes()}
    ready = all(checks.values())
    return JsonResponse(
        {"status": "ready" if ready else "not ready", "checks": checks},
        status=200 if ready else 503,
    )


@require_safe
def metrics_page(request: HttpRequest) -> HttpResponse:
    """What Prometheus collects; 403 for others than this machine or who knows the token."""
    if not _may_read_metrics(request):
        words = "Send DESK_METRICS_TOKEN as a Bearer token.\n"
        return HttpResponse(words, status=403, content_type="text/plain; charset=utf-8")
    try:
        text = metrics.rendered()
    except (DatabaseError, InterfaceError, PoolTimeout):
        words = "The database does not answer.\n"
        return HttpResponse(words, status=503, content_type="text/plain; charset=utf-8")
    response = HttpResponse(text, content_type="text/plain; version=0.0.4; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response


def _may_read_metrics(request: HttpRequest) -> bool:
    """By token where one is set; else from this machine, asked without a proxy between."""
    if settings.DESK_METRICS_TOKEN:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        return hmac.compare_digest(given.encode(), settings.DESK_METRICS_TOKEN.encode())
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


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


def broker_answers() -> bool:
    """True when the broker takes a connection now."""
    try:
        with celery.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, timeout=1, interval_start=0)
    except (BrokerError, OSError):
        return False
    return True
