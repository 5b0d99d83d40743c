"""How mail is doing, as Prometheus reads it (text format 0.0.4); MAIL.md I14."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.utils import timezone

from backend.mailboxes import heartbeats, queues
from backend.mailboxes.models import Alarm, InboundMail, Mailbox, OutboundMail

Sample = tuple[Mapping[str, str], float]
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
_OUTBOUND = (
    OutboundMail.State.HELD,
    OutboundMail.State.QUEUED,
    OutboundMail.State.SENDING,
    OutboundMail.State.DEFERRED,
    OutboundMail.State.UNCERTAIN,
    OutboundMail.State.FAILED,
)
_INBOUND = (
    InboundMail.State.STORED,
    InboundMail.State.PROCESSING,
    InboundMail.State.QUARANTINED,
)


def rendered() -> str:
    """Every metric with its help, ready to be sent."""
    now = timezone.now()
    families = (
        *_mailboxes(now),
        *_counts("inbound", "Received mails", queues.inbound_counts(), _INBOUND, now),
        *_counts("outbound", "Outgoing mails", queues.outbound_counts(), _OUTBOUND, now),
        _alarms(),
        _processes(now),
        *_disk(),
    )
    return "".join(_family(*family) for family in families)


Family = tuple[str, str, Iterable[Sample]]


def _family(name: str, words: str, samples: Iterable[Sample]) -> str:
    lines = [f"# HELP desk_{name} {words}", f"# TYPE desk_{name} gauge"]
    for labels, value in samples:
        named = ",".join(f'{key}="{one.translate(_ESCAPES)}"' for key, one in labels.items())
        lines.append(
            f"desk_{name}{{{named}}} {value:.10g}" if named else f"desk_{name} {value:.10g}"
        )
    return "\n".join(lines) + "\n"


def _age(at: datetime | None, now: datetime) -> float | None:
    return None if at is None else max(0.0, (now - at).total_seconds())


def _mailboxes(now: datetime) -> Iterator[Family]:
    rows = list(
        Mailbox.objects.order_by("address").values(
            "address", "state", "last_ok_at", "checked_at", "lag_seconds", "failures", "unfetched",
            "oldest_unfetched_at", "sending_stopped",
        )
    )  # fmt: skip

    def each(value: Any) -> list[Sample]:
        told = [({"mailbox": row["address"]}, value(row)) for row in rows]
        return [(labels, float(one)) for labels, one in told if one is not None]

    yield (
        "mailbox_last_success_age_seconds",
        "Time since the mailbox was last read without fault",
        each(lambda row: _age(row["last_ok_at"], now)),
    )
    yield (
        "mailbox_checked_age_seconds",
        "Time since the last visit to the mailbox began",
        each(lambda row: _age(row["checked_at"], now)),
    )
    yield (
        "mailbox_lag_seconds",
        "Age of the newest stored mail when it was stored",
        each(lambda row: row["lag_seconds"]),
    )
    yield ("mailbox_failures", "Failed visits in a row", each(lambda row: row["failures"]))
    yield (
        "mailbox_unfetched",
        "Mails seen on the server and not yet stored",
        each(lambda row: row["unfetched"]),
    )
    yield (
        "mailbox_oldest_unfetched_age_seconds",
        "Age of the oldest of them; 0 when there is none",
        each(lambda row: _age(row["oldest_unfetched_at"], now) or 0),
    )
    yield (
        "mailbox_paused",
        "1 while a person keeps the mailbox from being read",
        each(lambda row: row["state"] == Mailbox.State.PAUSED),
    )
    yield (
        "mailbox_sending_stopped",
        "1 while a person keeps the mailbox from sending",
        each(lambda row: row["sending_stopped"]),
    )


def _counts(
    way: str, words: str, rows: list[dict[str, Any]], states: Iterable[str], now: datetime
) -> Iterator[Family]:
    """Number and age of what is in each state; states with nothing in them are 0."""
    count: dict[str, float] = dict.fromkeys(states, 0.0)
    oldest: dict[str, float] = dict.fromkeys(states, 0.0)
    for row in rows:
        state = str(row["state"])
        count[state] += row["count"]
        oldest[state] = max(oldest[state], _age(row["oldest"], now) or 0.0)
    yield (f"{way}_mails", f"{words} by state", [({"state": k}, v) for k, v in count.items()])
    yield (
        f"{way}_oldest_age_seconds",
        "Age of the oldest one in each state",
        [({"state": k}, v) for k, v in oldest.items()],
    )


def _alarms() -> Family:
    open_now = Alarm.objects.filter(over_at__isnull=True).values("kind")
    counted = {row["kind"]: row["n"] for row in open_now.annotate(n=Count("id"))}
    samples = [({"kind": str(kind)}, float(counted.get(kind, 0))) for kind in Alarm.Kind.values]
    return ("alarms_open", "Alarms that stand", samples)


def _processes(now: datetime) -> Family:
    ages = {name: _age(at, now) for name, at in heartbeats.last().items()}
    samples = [({"process": name}, age) for name, age in sorted(ages.items()) if age is not None]
    return ("heartbeat_age_seconds", "Time since a process gave a sign of life", samples)


def _disk() -> list[Family]:
    try:
        usage = shutil.disk_usage(settings.DESK_DATA_DIR)
    except OSError:
        return []
    return [
        ("data_free_bytes", "Free space where mails are kept", [({}, float(usage.free))]),
        ("data_size_bytes", "All space there", [({}, float(usage.total))]),
    ]
