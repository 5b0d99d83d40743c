"""What waits in the ledger and in the outbox, per state and per mailbox (P6).

Only states with an index of their own are counted, so the answer costs what waits, not what is
kept.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q

from backend.mailboxes.models import InboundMail, Mailbox, OutboundMail
from backend.mailboxes.selectors import known_to
from backend.users.models import User

INBOUND_STATES = (
    InboundMail.State.STORED,
    InboundMail.State.PROCESSING,
    InboundMail.State.QUARANTINED,
)
# Each group has its own partial index; asked together they would have none.
OUTBOUND_STATES = (
    (
        OutboundMail.State.HELD,
        OutboundMail.State.QUEUED,
        OutboundMail.State.SENDING,
        OutboundMail.State.DEFERRED,
    ),
    (OutboundMail.State.UNCERTAIN,),
    (OutboundMail.State.FAILED,),
)
Counted = dict[str, Any]


def queues(user: User) -> dict[str, Any]:
    """{inbound, outbound: [{state, count, oldest}], mailboxes: [...]} of what `user` may know.

    A mailbox's line: {mailbox, state, unfetched, oldest_unfetched_at, inbound, outbound}, with
    the same counts for it alone.
    """
    inbound = inbound_counts(known_to(user, ticket="ticket"))
    outbound = outbound_counts(known_to(user, ticket="message__ticket"))
    return {
        "inbound": _summed(inbound, INBOUND_STATES),
        "outbound": _summed(outbound, [one for group in OUTBOUND_STATES for one in group]),
        "mailboxes": _by_mailbox(user, inbound, outbound),
    }


def inbound_counts(known: Q | None = None) -> list[Counted]:
    """[{mailbox_id, state, count, oldest}] of received mail that waits or is in quarantine."""
    waiting = InboundMail.objects.filter(state__in=INBOUND_STATES[:2])
    quarantined = InboundMail.objects.filter(state=InboundMail.State.QUARANTINED)
    return [
        dict(row)
        for rows in (waiting, quarantined)
        for row in rows.filter(known or Q())
        .values("mailbox_id", "state")
        .annotate(count=Count("id"), oldest=Min("stored_at"))
    ]


def outbound_counts(known: Q | None = None) -> list[Counted]:
    """[{mailbox_id, state, count, oldest}] of outgoing mail that has not arrived."""
    return [
        dict(row)
        for states in OUTBOUND_STATES
        for row in OutboundMail.objects.filter(known or Q(), state__in=states)
        .values("mailbox_id", "state")
        .annotate(count=Count("id"), oldest=Min("waiting_since"))
    ]


def _summed(rows: list[Counted], states: Any) -> list[Counted]:
    """One line a state, those with nothing in them too."""
    lines = []
    for state in states:
        mine = [row for row in rows if row["state"] == state]
        oldest: list[datetime] = [row["oldest"] for row in mine]
        count = sum(row["count"] for row in mine)
        lines.append({"state": state, "count": count, "oldest": min(oldest, default=None)})
    return lines


def _by_mailbox(user: User, inbound: list[Counted], outbound: list[Counted]) -> list[Counted]:
    rows = Mailbox.objects.order_by("name", "id")
    if user.role != User.Role.ADMIN:
        rows = rows.filter(Q(team__isnull=True) | Q(team__in=user.teams.all()))

    def lines(counts: list[Counted], mailbox_id: Any) -> list[Counted]:
        return [
            {name: row[name] for name in ("state", "count", "oldest")}
            for row in counts
            if row["mailbox_id"] == mailbox_id
        ]

    return [
        {
            "mailbox": {"id": row["id"], "name": row["name"]},
            "state": row["state"],
            "unfetched": row["unfetched"],
            "oldest_unfetched_at": row["oldest_unfetched_at"],
            "inbound": lines(inbound, row["id"]),
            "outbound": lines(outbound, row["id"]),
        }
        for row in rows.values("id", "name", "state", "unfetched", "oldest_unfetched_at")
    ]
