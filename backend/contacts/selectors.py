"""What the screens read about contacts."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from backend.contacts.models import Contact, ContactAddress
from backend.core.errors import Missing
from backend.core.folding import fold
from backend.core.paging import bad_cursor_value, decode_cursor, encode_cursor

_ADDRESS_FIELDS = ("address", "is_primary", "state", "state_reason", "bounces", "last_bounce_at")


def _rows() -> QuerySet[Any, Any]:
    addresses = (
        ContactAddress.objects.filter(contact=OuterRef("pk"))
        .order_by("-is_primary", "address")
        .values(json=JSONObject(**{field: field for field in _ADDRESS_FIELDS}))
    )
    return Contact.objects.annotate(
        address_list=ArraySubquery(addresses),
        company_name=F("company__name"),
    ).values(
        "id",
        "name",
        "phone",
        "notes",
        "is_demo",
        "version",
        "created_at",
        "folded",
        "address_list",
        "company_id",
        "company_name",
    )


def page(*, search: str, cursor: str | None, limit: int) -> tuple[list[dict[str, Any]], str | None]:
    """Contacts by folded name, `limit` at most, and the cursor of the next page or None.

    `search` finds any part of a name or address, without regard to accents and case.
    """
    rows = _rows().order_by("folded", "id")
    for word in fold(search).split()[:8]:
        rows = rows.filter(folded__contains=word)
    if cursor:
        name, last = decode_cursor(cursor, parts=2)
        try:
            last_id = uuid.UUID(last or "")
        except ValueError as error:
            raise bad_cursor_value(error) from error
        rows = rows.filter(Q(folded__gt=name or "") | Q(folded=name or "", id__gt=last_id))
    found = list(rows[: limit + 1])
    following = None
    if len(found) > limit:
        found = found[:limit]
        following = encode_cursor(found[-1]["folded"], found[-1]["id"])
    return [_shown(row) for row in found], following


def get(contact_id: uuid.UUID) -> dict[str, Any]:
    """One contact as in `page`; raises Missing."""
    row = _rows().filter(pk=contact_id).first()
    if row is None:
        raise Missing("There is no such contact.")
    return _shown(row)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    company_id, company_name = row.pop("company_id"), row.pop("company_name")
    row.pop("folded")
    row["addresses"] = row.pop("address_list")
    row["company"] = {"id": company_id, "name": company_name} if company_id else None
    return row
