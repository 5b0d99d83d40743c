"""Reading events again, for a browser that was away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from backend.events.models import Event

# A transaction may commit after one with a higher id; looking back a little misses none, and
# hearing of a change twice does no harm.
_OVERLAP = timedelta(seconds=30)
MOST = 1000


def since(event_id: int) -> list[dict[str, Any]] | None:
    """Events after `event_id` and shortly before it, as notices; None when too old or too many."""
    last = Event.objects.filter(pk=event_id).values_list("at", flat=True).first()
    if last is None:
        return None
    rows = Event.objects.filter(at__gte=last - _OVERLAP).order_by("id")[: MOST + 1]
    events = [
        {
            "id": row.id,
            "kind": row.kind,
            "ticket": row.ticket_id,
            "contact": row.contact_id,
            "mailbox": row.mailbox_id,
            "team": row.team_id,
        }
        for row in rows
    ]
    return None if len(events) > MOST else events
