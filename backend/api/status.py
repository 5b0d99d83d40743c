"""What the status page shows: every part of the desk, how it is, and since when (P5)."""

from __future__ import annotations

import shutil
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from backend.api.health import FRESH, broker_answers
from backend.core import blobs
from backend.mailboxes import heartbeats
from backend.mailboxes.alarms import CHECKS, UNFETCHED_FOR
from backend.mailboxes.models import Mailbox
from backend.users.models import User

_GIB = 1024**3
Component = dict[str, Any]


def components(user: User) -> list[Component]:
    """[{name, state, code, detail, at, data}], mailboxes that `user` may know of last.

    state: ok, warning, error, paused or unknown. code: for translation, "" when all is well.
    """
    return [
        _component("database", "ok"),
        _component("broker", "ok") if broker_answers() else _component("broker", "error", "away"),
        *_processes(),
        _disk(),
        *_mailboxes(user),
    ]


def _component(
    name: str,
    state: str,
    code: str = "",
    *,
    detail: str = "",
    at: datetime | None = None,
    **data: Any,
) -> Component:
    return {
        "name": name, "state": state, "code": code, "detail": detail, "at": at, "data": data,
    }  # fmt: skip


def _processes() -> list[Component]:
    """Worker, beat and monitor by their last sign of life."""
    last, now = heartbeats.last(), timezone.now()

    def late(name: str) -> bool:
        return name not in last or now - last[name] > FRESH

    worker, beat, monitor = heartbeats.WORKER, heartbeats.BEAT, heartbeats.MONITOR
    found = []
    for name in (worker, beat, monitor):
        if not late(name):
            found.append(_component(name, "ok", at=last[name]))
        elif name == beat and late(worker):
            # Beat is known by the tasks workers do for it.
            found.append(_component(name, "unknown", "worker_silent", at=last.get(name)))
        else:
            found.append(_component(name, "error", "silent", at=last.get(name)))
    return found


def _disk() -> Component:
    if not blobs.writable():
        return _component("disk", "error", "unwritable")
    try:
        usage = shutil.disk_usage(settings.DESK_DATA_DIR)
    except OSError as error:
        return _component("disk", "error", "unwritable", detail=str(error))
    data: dict[str, Any] = {"free": usage.free, "size": usage.total}
    share = usage.free / max(1, usage.total)
    if usage.free < _GIB // 2 or share < 0.02:
        return _component("disk", "error", "full", **data)
    if usage.free < 4 * _GIB and share < 0.1:
        return _component("disk", "warning", "nearly_full", **data)
    return _component("disk", "ok", **data)


def _mailboxes(user: User) -> list[Component]:
    rows = Mailbox.objects.order_by("name", "address")
    if user.role != User.Role.ADMIN:
        rows = rows.filter(Q(team__isnull=True) | Q(team__in=user.teams.all()))
    return [_mailbox(one) for one in rows]


def _mailbox(mailbox: Mailbox) -> Component:
    state, code = _health(mailbox)
    return _component(
        f"mailbox:{mailbox.id}",
        state,
        code,
        detail=mailbox.last_error if code == "failing" else "",
        at=mailbox.last_ok_at,
        id=str(mailbox.id),
        address=mailbox.address,
        label=mailbox.name or mailbox.address,
        unfetched=mailbox.unfetched,
    )


def _health(mailbox: Mailbox) -> tuple[str, str]:
    """(state, code): the worst that is true of a mailbox."""
    late = mailbox.oldest_unfetched_at
    if mailbox.state == Mailbox.State.PAUSED:
        return "paused", "paused"
    if mailbox.failures >= CHECKS or mailbox.state == Mailbox.State.ERROR:
        return "error", "failing"
    if mailbox.sending_held_code:
        return "error", "sending_held"
    if mailbox.unfetched and late and timezone.now() - late > UNFETCHED_FOR:
        return "warning", "behind"
    if mailbox.sending_stopped:
        return "warning", "sending_stopped"
    if mailbox.last_ok_at is None:
        return "unknown", "never_read"
    return "ok", ""
