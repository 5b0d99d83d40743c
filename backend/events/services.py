"""Telling open browsers what changed: a row and a NOTIFY in the transaction of the change."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from backend.events.models import Event

CHANNEL = "desk_events"
KEPT = timedelta(days=1)


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
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("An event belongs into the transaction of its change.")
    event = Event.objects.create(
        kind=kind,
        ticket_id=ticket_id,
        contact_id=contact_id,
        mailbox_id=mailbox_id,
        team_id=team_id,
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload(event)])


def payload(event: Event) -> str:
    """The event as the JSON text that travels in NOTIFY and to the browser."""
    fields = {
        "id": event.id,
        "kind": event.kind,
        "ticket": event.ticket_id,
        "contact": event.contact_id,
        "mailbox": event.mailbox_id,
        "team": event.team_id,
    }
    present = {name: value for name, value in fields.items() if value is not None}
    return json.dumps(present, default=str, separators=(",", ":"))


def forget_old() -> int:
    """Delete events older than a day; returns how many."""
    deleted, _ = Event.objects.filter(at__lt=timezone.now() - KEPT).delete()
    return deleted
