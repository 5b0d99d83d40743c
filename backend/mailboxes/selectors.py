"""What the screens read about the mail ledger."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from backend.core.errors import Missing
from backend.core.paging import bad_cursor_value, decode_cursor, encode_cursor
from backend.mailboxes.models import (
    InboundMail,
    OutboundMail,
    OutboundRecipient,
)
from backend.users.models import Team, User

_INBOUND_FIELDS = (
    "id",
    "uid",
    "size",
    "internal_date",
    "seen_at",
    "stored_at",
    "taken_at",
    "processed_at",
    "state",
    "fate",
    "reason",
    "matched_by",
    "history",
    "tries",
    "from_address",
    "subject",
    "internet_message_id",
    "error",
    "mailbox_id",
    "mailbox__name",
    "ticket_id",
    "ticket__number",
)
_OUTBOUND_FIELDS = (
    "id",
    "kind",
    "internet_message_id",
    "subject",
    "state",
    "created_at",
    "sent_at",
    "next_attempt_at",
    "tries",
    "last_error",
    "mailbox_id",
    "mailbox__name",
    "message__ticket_id",
    "message__ticket__number",
    "recipient_list",
)


def inbound(
    user: User,
    *,
    fate: str | None = None,
    state: str | None = None,
    mailbox_id: uuid.UUID | None = None,
    search: str = "",
    cursor: str | None = None,
    limit: int,
) -> tuple[list[dict[str, Any]], str | None]:
    """Received mail `user` may know of, newest first, and the cursor of the next page or None.

    `search` is a sender's address, a Message-ID, or the beginning of a subject.
    """
    rows = _inbound(user)
    for name, value in (("fate", fate), ("state", state), ("mailbox_id", mailbox_id)):
        if value is not None:
            rows = rows.filter(**{name: value})
    wanted = search.strip().strip("<>")
    if wanted:
        rows = rows.filter(
            Q(from_address=wanted.lower())
            | Q(internet_message_id=wanted)
            | Q(subject__istartswith=wanted)
        )
    return _page(rows, _INBOUND_FIELDS, cursor, limit, _shown_inbound)


def inbound_row(user: User, inbound_id: uuid.UUID) -> dict[str, Any]:
    """One received mail as in `inbound`; raises Missing."""
    found = _inbound(user).filter(pk=inbound_id).values(*_INBOUND_FIELDS).first()
    if found is None:
        raise Missing("There is no such mail in the ledger.")
    return _shown_inbound(found)


def raw_of(user: User, inbound_id: uuid.UUID) -> str:
    """The hash of a received mail's bytes; raises Missing when the desk has none."""
    sha256 = _inbound(user).filter(pk=inbound_id).values_list("sha256", flat=True).first()
    if not sha256:
        raise Missing("The desk does not have this mail's bytes.")
    return sha256


def outbound(
    user: User,
    *,
    state: str | None = None,
    mailbox_id: uuid.UUID | None = None,
    search: str = "",
    cursor: str | None = None,
    limit: int,
) -> tuple[list[dict[str, Any]], str | None]:
    """Outgoing mail `user` may know of, newest first, with each recipient's state, and the
    next cursor or None."""
    rows = _outbound(user)
    for name, value in (("state", state), ("mailbox_id", mailbox_id)):
        if value is not None:
            rows = rows.filter(**{name: value})
    wanted = search.strip().strip("<>")
    if wanted:
        rows = rows.filter(
            Q(recipients__address=wanted.lower())
            | Q(internet_message_id=wanted)
            | Q(subject__istartswith=wanted)
        ).distinct()
    return _page(rows, _OUTBOUND_FIELDS, cursor, limit, _shown_outbound)


def outbound_row(user: User, outbound_id: uuid.UUID) -> dict[str, Any]:
    """One outgoing mail as in `outbound`; raises Missing."""
    found = _outbound(user).filter(pk=outbound_id).values(*_OUTBOUND_FIELDS).first()
    if found is None:
        raise Missing("There is no such mail in the outbox.")
    return _shown_outbound(found)


def _inbound(user: User) -> QuerySet[InboundMail]:
    return InboundMail.objects.filter(known_to(user, ticket="ticket"))


def known_to(user: User, *, ticket: str) -> Q:
    """Mail of tickets a person may see (the rule of `tickets.visibility`); mail without a ticket
    goes by its mailbox's team. `ticket`: the way to it."""
    if user.role == User.Role.ADMIN:
        return Q()
    teams = Team.objects.filter(members=user)

    def mine(team: str) -> Q:
        return Q(**{f"{team}__isnull": True}) | Q(**{f"{team}__in": teams})

    without = Q(**{f"{ticket}__isnull": True})
    return without & mine("mailbox__team") | ~without & mine(f"{ticket}__team")


def _outbound(user: User) -> QuerySet[OutboundMail]:
    recipients = (
        OutboundRecipient.objects.filter(outbound=OuterRef("pk"))
        .order_by("id")
        .values(
            json=JSONObject(
                address="address", kind="kind", state="state", code="smtp_code", text="smtp_text"
            )
        )
    )
    rows = OutboundMail.objects.filter(known_to(user, ticket="message__ticket"))
    return rows.annotate(recipient_list=ArraySubquery(recipients))


def _page(
    rows: QuerySet[Any], fields: tuple[str, ...], cursor: str | None, limit: int, shown: Any
) -> tuple[list[dict[str, Any]], str | None]:
    """Newest first by id: UUIDv7 sorts by time."""
    if cursor:
        (last,) = decode_cursor(cursor, parts=1)
        try:
            rows = rows.filter(id__lt=uuid.UUID(last or ""))
        except ValueError as error:
            raise bad_cursor_value(error) from error
    found = list(rows.order_by("-id").values(*fields)[: limit + 1])
    following = encode_cursor(found[limit - 1]["id"]) if len(found) > limit else None
    return [shown(row) for row in found[:limit]], following


def _shown_inbound(row: dict[str, Any]) -> dict[str, Any]:
    row["message_id"] = row.pop("internet_message_id")
    row["mailbox"] = {"id": row.pop("mailbox_id"), "name": row.pop("mailbox__name")}
    ticket_id, number = row.pop("ticket_id"), row.pop("ticket__number")
    row["ticket"] = {"id": ticket_id, "number": number} if ticket_id else None
    return row


def _shown_outbound(row: dict[str, Any]) -> dict[str, Any]:
    row["message_id"] = row.pop("internet_message_id")
    row["mailbox"] = {"id": row.pop("mailbox_id"), "name": row.pop("mailbox__name")}
    ticket_id, number = row.pop("message__ticket_id"), row.pop("message__ticket__number")
    row["ticket"] = {"id": ticket_id, "number": number} if ticket_id else None
    row["recipients"] = row.pop("recipient_list")
    return row
