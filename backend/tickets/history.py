"""One place that records a change of a ticket three ways: domain log, audit log, live event."""

from __future__ import annotations

from typing import Any

from backend.audit.services import Actor, record
from backend.events.services import publish
from backend.tickets.models import Ticket, TicketEvent

_LIVE = {
    "created": "ticket.created",
    "message_in": "ticket.message",
    "message_out": "ticket.message",
    "note": "ticket.note",
}


def note_change(
    ticket: Ticket,
    *,
    actor: Actor,
    kind: str,
    data: dict[str, Any] | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Append to the ticket's events and the audit log, and tell open browsers.

    kind: the verb (created, message_in, message_out, note, changed, deleted, restored, merged,
    delivery_failed). data: what the history shows. before/after: what the audit keeps.
    """
    TicketEvent.objects.create(
        ticket=ticket,
        kind=kind,
        actor_user_id=actor.user_id,
        cause=actor.cause or actor.kind,
        data=data or {},
    )
    record(
        actor=actor,
        action=f"ticket.{kind}",
        object_type="ticket",
        object_id=ticket.id,
        before=before,
        after=after if after is not None else data,
    )
    publish(
        _LIVE.get(kind, "ticket.updated"),
        ticket_id=ticket.id,
        contact_id=ticket.contact_id,
        team_id=ticket.team_id,
    )
