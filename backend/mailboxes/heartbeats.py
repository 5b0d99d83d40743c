"""Signs of life of the background processes, kept where every process can read them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models.functions import Now

from backend.mailboxes.models import Heartbeat

WORKER = "worker"
MONITOR = "monitor"
BEAT = "beat"


def beat(name: str, *, detail: str = "") -> None:
    """Say that the process called `name` is alive now, by the database's clock."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": Now(), "detail": detail[:200]})


def fresh(*, within: timedelta) -> set[str]:
    """Names of processes that gave a sign of life within this time."""
    return set(Heartbeat.objects.filter(at__gte=Now() - within).values_list("name", flat=True))


def last() -> dict[str, datetime]:
    """When each process last gave a sign of life."""
    return dict(Heartbeat.objects.values_list("name", "at"))
