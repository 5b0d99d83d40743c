"""One place that records a change of a ticket three ways: domain log, audit log, live event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from backend.audit.services import Actor, record
from backend.core import bulk
from backend.core.gathering import Rows
from backend.events.services import publish
from backend.tickets.models import Ticket, TicketEvent

_FIELD_CHANGE = {"field", "old", "new", "old_name", "new_name"}
_LIVE = {
    "created": "ticket.created",
    "message_in": "ticket.message",
    "message_out": "ticket.message",
    "note": "ticket.note",
}


@dataclass(frozen=True)
class Change:
    """A verb and what the history shows about it.

    kind: created, message_in, message_out, note, changed, deleted, restored, merged,
    delivery_failed. data: JSON values, such as {field, old, new} of a changed field.
    """

    kind: str
    data: dict[str, Any] = field(default_factory=dict)


def note_changes(ticket: Ticket, *changes: Change, actor: Actor, silent: bool = False) -> None:
    """Append to the ticket's events, once to the audit log, and tell open browsers once.

    The first change names the audit entry and the live event. `silent`: browsers are told nothing.
    """
    _events.add(
        *(
            TicketEvent(
                ticket_id=ticket.id,
                kind=change.kind,
                actor_user_id=actor.user_id,
                cause=actor.cause or actor.kind,
                data=change.data,
            )
            for change in changes
        )
    )
    before = {c.data["field"]: c.data["old"] for c in changes if "field" in c.data}
    after: dict[str, Any] = {}
    for change in changes:
        after |= {k: v for k, v in change.data.items() if k not in _FIELD_CHANGE}
        if "field" in change.data:
            after[change.data["field"]] = change.data["new"]
    record(
        actor=actor,
        action=f"ticket.{changes[0].kind}",
        object_type="ticket",
        object_id=ticket.id,
        before=before or None,
        after=after or None,
    )
    if silent:
        return
    publish(
        _LIVE.get(changes[0].kind, "ticket.updated"),
        ticket_id=ticket.id,
        contact_id=ticket.contact_id,
        team_id=ticket.team_id,
    )


def _insert(events: Sequence[TicketEvent]) -> None:
    if len(events) > 2:
        bulk.insert(events)
    else:
        TicketEvent.objects.bulk_create(events)


_events = Rows(_insert)
