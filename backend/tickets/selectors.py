"""What the screens read about tickets. Lists are one values query, whatever their length."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet

from backend.core.errors import FieldError, Invalid, Missing
from backend.core.paging import DEFAULT_LIMIT, bad_cursor_value, decode_cursor, encode_cursor
from backend.tickets import search
from backend.tickets.models import Status, Ticket
from backend.tickets.visibility import visible_to
from backend.users.models import User

COUNTER_CAP = 1000
LIVE = (Status.Category.OPEN, Status.Category.WAITING)
_ROW_FIELDS = (
    "id",
    "number",
    "subject",
    "status_id",
    "status_category",
    "priority",
    "category",
    "tags",
    "waiting_since",
    "last_activity_at",
    "created_at",
    "message_count",
    "preview",
    "last_direction",
    "needs_attention",
    "is_demo",
    "version",
    "contact_id",
    "contact__name",
    "contact_address",
    "mailbox_id",
    "mailbox__name",
    "mailbox__address",
    "assignee_id",
    "assignee__name",
    "team_id",
    "team__name",
)


def _moment(text: str) -> datetime:
    """A time with its zone; raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment


@dataclass(frozen=True)
class Order:
    """A way to sort a list that a cursor can continue: a field, then the id."""

    field: str
    descending: bool
    parse: Callable[[str], Any]
    nullable: bool = False


ORDERS: dict[str, Order] = {
    "-last_activity": Order("last_activity_at", True, _moment),
    "last_activity": Order("last_activity_at", False, _moment),
    "waiting": Order("waiting_since", False, _moment, nullable=True),
    "-number": Order("number", True, int),
    "number": Order("number", False, int),
}


@dataclass(frozen=True)
class TicketFilter:
    """What a list shows. Empty means: no restriction; `assignee`: an id, "me" or "none"."""

    statuses: Sequence[str] = ()
    categories: Sequence[str] = ()
    priorities: Sequence[str] = ()
    assignee: uuid.UUID | str | None = None
    mailbox: uuid.UUID | None = None
    contact: uuid.UUID | None = None
    team: uuid.UUID | None = None
    search: str = ""
    deleted: bool = False
    attention: bool = False
    ordering: str = "-last_activity"
    cursor: str | None = None
    limit: int = field(default=DEFAULT_LIMIT)


def page(user: User, wanted: TicketFilter) -> tuple[list[dict[str, Any]], str | None]:
    """One page of tickets `user` may see, and the cursor of the next or None. One query."""
    order = ORDERS.get(wanted.ordering)
    if order is None:
        known = ", ".join(ORDERS)
        raise Invalid(
            f"ordering must be one of {known}.",
            fields={"ordering": [FieldError(f"Use {known}.", "invalid_choice")]},
        )
    tickets = _filtered(user, wanted)
    if wanted.cursor:
        tickets = tickets.filter(_after(order, wanted.cursor))
    sign = "-" if order.descending else ""
    first = F(order.field).asc(nulls_last=True) if order.nullable else f"{sign}{order.field}"
    rows = list(tickets.order_by(first, f"{sign}id").values(*_ROW_FIELDS)[: wanted.limit + 1])
    following = None
    if len(rows) > wanted.limit:
        rows = rows[: wanted.limit]
        following = encode_cursor(rows[-1][order.field], rows[-1]["id"])
    return [shaped(row) for row in rows], following


def row(user: User, ticket_id: uuid.UUID) -> dict[str, Any]:
    """One ticket as in `page`; raises Missing when `user` may not see it."""
    found = visible_to(user).filter(pk=ticket_id).values(*_ROW_FIELDS).first()
    if found is None:
        raise Missing("There is no such ticket.")
    return shaped(found)


def counters(user: User) -> dict[str, int]:
    """How many tickets need somebody: {open, mine, unassigned, waiting, attention}, each ≤ 1000."""
    live = _shown(visible_to(user)).filter(status_category__in=LIVE)
    still_open = live.filter(status_category=Status.Category.OPEN)
    return {
        "open": _capped(still_open),
        "mine": _capped(still_open.filter(assignee=user)),
        "unassigned": _capped(still_open.filter(assignee__isnull=True)),
        "waiting": _capped(live.filter(status_category=Status.Category.WAITING)),
        "attention": _capped(_shown(visible_to(user)).filter(needs_attention=True)),
    }


def of_contacts(user: User, contacts: Sequence[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    """For each contact with visible tickets: {ticket_count (≤ 1000), last_ticket_at}."""
    rows = (
        _shown(visible_to(user))
        .filter(contact__in=contacts)
        .order_by()
        .values("contact_id")
        .annotate(count=Count("pk"), last=Max("last_activity_at"))
    )
    return {
        row["contact_id"]: {
            "ticket_count": min(COUNTER_CAP, row["count"]),
            "last_ticket_at": row["last"],
        }
        for row in rows
    }


def shaped(flat: dict[str, Any]) -> dict[str, Any]:
    """A flat row of `_ROW_FIELDS` as the API shows it, in place."""
    flat["status"] = flat.pop("status_id")
    flat["last_direction"] = flat["last_direction"] or None
    flat["contact"] = {
        "id": flat.pop("contact_id"),
        "name": flat.pop("contact__name"),
        "address": flat.pop("contact_address"),
    }
    flat["mailbox"] = {
        "id": flat.pop("mailbox_id"),
        "name": flat.pop("mailbox__name"),
        "address": flat.pop("mailbox__address"),
    }
    for one in ("assignee", "team"):
        key, name = flat.pop(f"{one}_id"), flat.pop(f"{one}__name")
        flat[one] = {"id": key, "name": name} if key is not None else None
    return flat


def _shown(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    return tickets.filter(deleted_at__isnull=True, merged_into__isnull=True)


def _filtered(user: User, wanted: TicketFilter) -> QuerySet[Ticket]:
    tickets = visible_to(user).filter(
        merged_into__isnull=True, deleted_at__isnull=not wanted.deleted
    )
    if wanted.statuses:
        tickets = tickets.filter(status_id__in=wanted.statuses)
    if wanted.categories:
        tickets = tickets.filter(status_category__in=wanted.categories)
    if wanted.priorities:
        tickets = tickets.filter(priority__in=wanted.priorities)
    if wanted.assignee == "me":
        tickets = tickets.filter(assignee=user)
    elif wanted.assignee == "none":
        tickets = tickets.filter(assignee__isnull=True)
    elif isinstance(wanted.assignee, uuid.UUID):
        tickets = tickets.filter(assignee_id=wanted.assignee)
    for name in ("mailbox", "contact", "team"):
        value = getattr(wanted, name)
        if value is not None:
            tickets = tickets.filter(**{f"{name}_id": value})
    if wanted.attention:
        tickets = tickets.filter(needs_attention=True)
    if wanted.search.strip():
        condition = search.matches(wanted.search)
        tickets = tickets.none() if condition is None else tickets.filter(condition)
    return tickets


def _after(order: Order, cursor: str) -> Q:
    value_text, id_text = decode_cursor(cursor, parts=2)
    try:
        last_id = uuid.UUID(id_text or "")
        value = None if value_text is None else order.parse(value_text)
    except ValueError as error:
        raise bad_cursor_value(error) from error
    step = "lt" if order.descending else "gt"
    if value is None:
        if not order.nullable:
            raise bad_cursor_value(ValueError("the cursor has no value"))
        return Q(**{f"{order.field}__isnull": True, f"id__{step}": last_id})
    after = Q(**{f"{order.field}__{step}": value}) | Q(
        **{order.field: value, f"id__{step}": last_id}
    )
    return after | Q(**{f"{order.field}__isnull": True}) if order.nullable else after


def _capped(tickets: QuerySet[Ticket]) -> int:
    return tickets.order_by().values("pk")[:COUNTER_CAP].count()
