"""Writing the audit log: always inside the transaction of the change itself."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from backend.audit.models import Log
from backend.core.bulk import copy_rows
from backend.core.gathering import Rows
from backend.core.text import one_line

_COLUMNS = (
    "actor_kind",
    "actor_user_id",
    "actor_label",
    "cause",
    "ip",
    "action",
    "object_type",
    "object_id",
    "before",
    "after",
)
# Written by hand: every change of the desk pays for this statement.
_APPEND = f"INSERT INTO logs ({', '.join(_COLUMNS)}) VALUES ({', '.join(['%s'] * len(_COLUMNS))})"  # noqa: S608


@dataclass(frozen=True)
class Actor:
    """Who or what makes a change, and why; handed to every service that writes."""

    kind: Log.ActorKind
    label: str
    user_id: uuid.UUID | None = None
    cause: str = ""
    ip: str | None = None


def system(cause: str) -> Actor:
    """The desk itself, for jobs: `cause` names the job."""
    return Actor(kind=Log.ActorKind.SYSTEM, label="desk", cause=cause)


def command(name: str) -> Actor:
    """A person at the command line: `name` is the management command."""
    return Actor(kind=Log.ActorKind.COMMAND, label=f"manage {name}", cause=name)


def mail(address: str, *, inbound_id: uuid.UUID) -> Actor:
    """A mail that arrived: `address` is what its From says, which proves nothing."""
    return Actor(
        kind=Log.ActorKind.MAIL, label=one_line(address, limit=254), cause=f"inbound:{inbound_id}"
    )


def record(
    *,
    actor: Actor,
    action: str,
    object_type: str,
    object_id: uuid.UUID | int | str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Append one entry. Must run inside a transaction, so that change and entry live or die as one.

    `before` and `after` hold JSON values of the fields that changed; secrets never go in.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An audit entry belongs into the transaction of its change.")
    _entries.add(
        (
            str(actor.kind),
            actor.user_id,
            actor.label,
            actor.cause,
            actor.ip,
            action,
            object_type,
            str(object_id),
            _json(before),
            _json(after),
        )
    )


def _append(entries: Sequence[tuple[Any, ...]]) -> None:
    if len(entries) > 1:
        copy_rows("logs", _COLUMNS, entries)
        return
    with connection.cursor() as cursor:
        cursor.execute(_APPEND, entries[0])


_entries = Rows(_append)


def _json(values: Mapping[str, Any] | None) -> str | None:
    return None if values is None else json.dumps(values, cls=DjangoJSONEncoder)
