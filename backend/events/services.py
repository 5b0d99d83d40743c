"""Telling open browsers what changed: a row and a NOTIFY in the transaction of the change."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from backend.events.models import Event

CHANNEL = "desk_events"
KEPT = timedelta(days=1)

# One statement: the row and its notice, whose JSON names only the ids that are set.
_PUBLISH = """
WITH event AS (
    INSERT INTO events (kind, ticket_id, contact_id, mailbox_id, team_id)
    VALUES (%s, %s, %s, %s, %s) RETURNING *
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
    with connection.cursor() as cursor:
        cursor.execute(_PUBLISH, [kind, ticket_id, contact_id, mailbox_id, team_id, CHANNEL])


def forget_old() -> int:
    """Delete events older than a day; returns how many."""
    deleted, _ = Event.objects.filter(at__lt=timezone.now() - KEPT).delete()
    return deleted
