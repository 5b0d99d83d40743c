"""Telling open browsers what changed: a row and a NOTIFY in the transaction of the change."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from backend.core.gathering import Rows
from backend.events.models import Event

_Change = tuple[str, uuid.UUID | None, uuid.UUID | None, uuid.UUID | None, uuid.UUID | None]
CHANNEL = "desk_events"
KEPT = timedelta(days=1)

# One statement: the rows and their notices, whose JSON names only the ids that are set.
_PUBLISH = """
WITH event AS (
    INSERT INTO events (kind, ticket_id, contact_id, mailbox_id, team_id)
    SELECT * FROM unnest(%s::text[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[])
    RETURNING *
)
SELECT pg_notify(%s, json_strip_nulls(json_build_object(
    'id', id, 'kind', kind, 'ticket', ticket_id, 'contact', contact_id,
    'mailbox', mailbox_id, 'team', team_id))::text)
FROM event
"""


def publish(
    kind: str,
    *,
    ticket_id: uuid.UUID | None = None,
    contact_id: uuid.UUID | None = None,
    mailbox_id: uuid.UUID | None = None,
    team_id: uuid.UUID | None = None,
) -> None:
    """Record the change and notify listeners when the surrounding transaction commits.

    The notice carries ids only (SECURITY.md row 64): who may not see the ticket learns nothing.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An event belongs into the transaction of its change.")
    _changes.add((kind, ticket_id, contact_id, mailbox_id, team_id))


def _tell(changes: Sequence[_Change]) -> None:
    # Several mails may say the same of one mailbox or ticket: browsers need to hear it once.
    columns = [list(column) for column in zip(*dict.fromkeys(changes), strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_PUBLISH, [*columns, CHANNEL])


_changes = Rows(_tell)


def forget_old() -> int:
    """Delete events older than a day; returns how many."""
    deleted, _ = Event.objects.filter(at__lt=timezone.now() - KEPT).delete()
    return deleted
