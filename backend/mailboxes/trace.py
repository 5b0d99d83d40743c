"""Where is my e-mail? Finding mails by index, and loading them with all their steps (A14).

Every search is bounded: it walks one index from the newest mail on, at most MOST_CANDIDATES
rows a page, however many millions the ledger holds.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from backend.audit.models import Log
from backend.core.folding import fold, words
from backend.mailboxes import trace_steps
from backend.mailboxes.models import (
    DeliveryAttempt,
    InboundMail,
    Mailbox,
    OutboundMail,
    OutboundRecipient,
)
from backend.mailboxes.selectors import known_to
from backend.mailboxes.trace_steps import Row, Step, step
from backend.users.models import User

MOST_CANDIDATES = 500
MOST_OF_TICKETS = 5_000
# A subject has no index of its own: newest mails without a ticket are looked through, no more.
SUBJECT_WINDOW = 20_000
_IN, _OUT = "in", "out"
Key = tuple[uuid.UUID, str]

_INBOUND = (
    "id", "mailbox_id", "mailbox__name", "mailbox__address", "folder__name", "uid", "sha256",
    "size", "internal_date", "seen_at", "stored_at", "taken_at", "processed_at", "from_address",
    "subject", "internet_message_id", "state", "fate", "reason", "matched_by", "error", "history",
    "tries", "next_attempt_at", "ticket_id", "ticket__number", "about_id", "message__to",
)  # fmt: skip
_OUTBOUND = (
    "id", "mailbox_id", "mailbox__name", "mailbox__address", "mailbox__state",
    "mailbox__sending_stopped", "mailbox__sending_held_code", "mailbox__sending__wait_until",
    "kind", "internet_message_id", "subject", "state", "hold", "created_at", "waiting_since",
    "next_attempt_at", "data_started_at", "sent_at", "sent_copy", "sent_copy_at", "tries",
    "message__ticket_id", "message__ticket__number", "message__author__name",
    "attempt_list", "recipient_list", "report_list",
)  # fmt: skip


def of_address(address: str, *, before: uuid.UUID | None) -> list[Key]:
    """Mails from the address and to it, newest first."""
    inbound = _older(InboundMail.objects.filter(from_address=address), before)
    outbound = OutboundRecipient.objects.filter(address=address)
    if before is not None:
        outbound = outbound.filter(outbound_id__lt=before)
    sent = outbound.order_by("-outbound_id").values_list("outbound_id", flat=True)
    return _newest(inbound, sent[:MOST_CANDIDATES])


def of_message_id(message_id: str, *, before: uuid.UUID | None) -> list[Key]:
    """Mails with this Message-ID: copies that came in, and the one that went out."""
    return _newest(
        _older(InboundMail.objects.filter(internet_message_id=message_id), before),
        _older(OutboundMail.objects.filter(internet_message_id=message_id), before),
    )


def of_tickets(tickets: Collection[uuid.UUID], *, before: uuid.UUID | None) -> list[Key]:
    """Mails of these tickets, in and out."""

    def ids(rows: QuerySet[Any]) -> Iterable[uuid.UUID]:
        if before is not None:
            rows = rows.filter(pk__lt=before)
        # Not ordered by the database, which might then walk the whole ledger from its end.
        return rows.order_by().values_list("pk", flat=True)[:MOST_OF_TICKETS]

    return _newest(
        ids(InboundMail.objects.filter(ticket_id__in=tickets)),
        ids(OutboundMail.objects.filter(message__ticket_id__in=tickets)),
    )


def without_ticket(subject: str, *, before: uuid.UUID | None) -> list[Key]:
    """Of the newest SUBJECT_WINDOW mails in and out, those in no ticket whose subject holds all
    the words of `subject`, with or without accents."""
    wanted = set(words(subject))
    if not wanted:
        return []

    def matching(rows: QuerySet[Any], ticket: str) -> list[uuid.UUID]:
        newest = rows.order_by("-id").values_list("id", "subject", ticket)[:SUBJECT_WINDOW]
        return [
            pk for pk, text, known in newest.iterator()
            if known is None and holds(text, wanted)
        ]  # fmt: skip

    inbound, outbound = InboundMail.objects.all(), OutboundMail.objects.all()
    if before is not None:
        inbound, outbound = inbound.filter(pk__lt=before), outbound.filter(pk__lt=before)
    return _newest(matching(inbound, "ticket_id"), matching(outbound, "message_id"))


def with_subject(keys: Collection[Key], subject: str) -> list[Key]:
    """Those of `keys` whose own subject holds all the words of `subject`, newest first."""
    wanted = set(words(subject))
    found: list[Key] = []
    for model, direction in ((InboundMail, _IN), (OutboundMail, _OUT)):
        ids = [pk for pk, one in keys if one == direction]
        rows = model.objects.filter(pk__in=ids).values_list("pk", "subject")
        found += [(pk, direction) for pk, text in rows if holds(text, wanted)]
    return sorted(found, reverse=True)


def holds(text: str, wanted: set[str]) -> bool:
    """True when every one of the folded words stands in `text`."""
    folded = fold(text)
    # Cheap and never wrong: a plural changes a word's last two letters at most.
    if not all(word[: max(1, len(word) - 2)] in folded for word in wanted):
        return False
    return wanted <= set(words(text))


def _older(rows: QuerySet[Any], before: uuid.UUID | None) -> Iterable[uuid.UUID]:
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return rows.order_by("-id").values_list("pk", flat=True)[:MOST_CANDIDATES]


def _newest(inbound: Iterable[uuid.UUID], outbound: Iterable[uuid.UUID]) -> list[Key]:
    """Both directions as one list by id, which sorts by time (UUIDv7)."""
    keys = {(pk, _IN) for pk in inbound} | {(pk, _OUT) for pk in outbound}
    return sorted(keys, reverse=True)[:MOST_CANDIDATES]


def visible(user: User, keys: Collection[Key]) -> list[Key]:
    """Those of `keys` that `user` may know of, newest first."""
    inbound = InboundMail.objects.filter(known_to(user, ticket="ticket"))
    outbound = OutboundMail.objects.filter(known_to(user, ticket="message__ticket"))
    ids = {direction: [pk for pk, one in keys if one == direction] for direction in (_IN, _OUT)}
    found = {(pk, _IN) for pk in inbound.filter(pk__in=ids[_IN]).values_list("pk", flat=True)}
    found |= {(pk, _OUT) for pk in outbound.filter(pk__in=ids[_OUT]).values_list("pk", flat=True)}
    return sorted(found, reverse=True)


More = Callable[[list[Row]], dict[uuid.UUID, list[Step]]]


def traces(keys: Collection[Key], *, more: More = lambda rows: {}) -> list[dict[str, Any]]:
    """Every mail of `keys` with its steps, newest first; a fixed number of queries.

    `more` adds steps that other tables know, by the id of the inbound rows it is given.
    """
    inbound = list(
        InboundMail.objects.filter(pk__in=[pk for pk, one in keys if one == _IN]).values(*_INBOUND)
    )
    outbound = list(_with_lists([pk for pk, one in keys if one == _OUT]).values(*_OUTBOUND))
    added = more(inbound)
    by_hand = _decisions(inbound, outbound)
    originals = _originals(inbound)
    shown = [
        _shown_inbound(row, added.get(row["id"], []) + by_hand.get(str(row["id"]), []),
                       originals.get((row["mailbox_id"], row["sha256"])))
        for row in inbound
    ]  # fmt: skip
    shown += [_shown_outbound(row, by_hand.get(str(row["id"]), [])) for row in outbound]
    return sorted(shown, key=lambda one: one["id"], reverse=True)


def _with_lists(ids: list[uuid.UUID]) -> QuerySet[OutboundMail]:
    attempts = DeliveryAttempt.objects.filter(outbound=OuterRef("pk")).order_by("number")
    recipients = OutboundRecipient.objects.filter(outbound=OuterRef("pk")).order_by("id")
    reports = InboundMail.objects.filter(about=OuterRef("pk")).order_by("id")
    return OutboundMail.objects.filter(pk__in=ids).annotate(
        attempt_list=ArraySubquery(
            attempts.values(json=JSONObject(
                at="at", number="number", phase="phase", outcome="outcome", code="smtp_code",
                text="smtp_text", server="server",
            ))
        ),
        recipient_list=ArraySubquery(
            recipients.values(json=JSONObject(
                settled_at="settled_at", address="address", kind="kind", state="state",
                code="smtp_code", text="smtp_text",
            ))
        ),
        report_list=ArraySubquery(
            reports.values(json=JSONObject(
                id="id", stored_at="stored_at", fate="fate", reason="reason",
                from_address="from_address",
            ))[:20]
        ),
    )  # fmt: skip


def _decisions(inbound: list[Row], outbound: list[Row]) -> dict[str, list[Step]]:
    """What people did to these mails (process again, retry, cancel ...), from the audit log."""
    asked = Q(object_type="inbound_mail", object_id__in=[str(row["id"]) for row in inbound])
    asked |= Q(object_type="outbound_mail", object_id__in=[str(row["id"]) for row in outbound])
    people = (Log.ActorKind.USER, Log.ActorKind.COMMAND)
    found: dict[str, list[Step]] = {}
    rows = Log.objects.filter(asked, actor_kind__in=people).order_by("id")
    for row in rows.values("object_id", "at", "action", "actor_label"):
        action = row["action"].partition(".")[2]
        one = step(row["at"], "decided", action=action, by=row["actor_label"])
        found.setdefault(row["object_id"], []).append(one)
    return found


def _originals(inbound: list[Row]) -> dict[tuple[uuid.UUID, str], Row]:
    """The first row with the bytes of each duplicate."""
    copies = [row for row in inbound if row["fate"] == InboundMail.Fate.DUPLICATE]
    if not copies:
        return {}
    rows = (
        InboundMail.objects.filter(
            mailbox_id__in={row["mailbox_id"] for row in copies},
            sha256__in={row["sha256"] for row in copies},
        )
        .exclude(fate=InboundMail.Fate.DUPLICATE)
        .order_by("-id")
        .values("id", "uid", "mailbox_id", "sha256")
    )
    return {(row["mailbox_id"], row["sha256"]): dict(row) for row in rows}


def _shown_inbound(row: Row, further: list[Step], original: Row | None) -> dict[str, Any]:
    waits = trace_steps.wait_of_inbound(row)
    to = [one["address"] for one in row["message__to"] or [] if one.get("address")]
    return {
        **_shown(row, ticket_id=row["ticket_id"], number=row["ticket__number"]),
        "direction": _IN,
        "from_address": row["from_address"],
        "to": to or [row["mailbox__address"]],
        "end_state": row["fate"] or row["state"],
        "ended": waits is None,
        "waiting": waits,
        "at": row["stored_at"],
        "has_original": bool(row["sha256"]),
        "steps": trace_steps.in_order([*trace_steps.of_inbound(row, original=original), *further]),
    }


def _shown_outbound(row: Row, further: list[Step]) -> dict[str, Any]:
    for name, field in (("attempt_list", "at"), ("recipient_list", "settled_at"),
                        ("report_list", "stored_at")):  # fmt: skip
        # Inside JSON a time is text.
        row[name] = [one | {field: parse_datetime(one[field] or "")} for one in row[name]]
    waits = trace_steps.wait_of_outbound(row, now=timezone.now())
    ticket = {"ticket_id": row["message__ticket_id"], "number": row["message__ticket__number"]}
    return {
        **_shown(row, **ticket),
        "direction": _OUT,
        "from_address": row["mailbox__address"],
        "to": [one["address"] for one in row["recipient_list"]],
        "end_state": row["state"],
        "ended": waits is None,
        "waiting": waits,
        "at": row["created_at"],
        "has_original": False,
        "steps": trace_steps.in_order([*trace_steps.of_outbound(row), *further]),
    }


def _shown(row: Row, *, ticket_id: uuid.UUID | None, number: int | None) -> dict[str, Any]:
    return {
        "id": row["id"],
        "subject": row["subject"],
        "message_id": row["internet_message_id"],
        "mailbox": {"id": row["mailbox_id"], "name": row["mailbox__name"]},
        "ticket": {"id": ticket_id, "number": number} if ticket_id else None,
    }


def behind(user: User) -> list[dict[str, Any]]:
    """Mailboxes `user` may know of that may hold mail the desk has not seen yet.

    Paused, failing, or with mail waiting on the server: whoever misses a mail must know.
    """
    late = Q(unfetched__gt=0) | Q(failures__gt=0) | ~Q(state=Mailbox.State.ACTIVE)
    rows = Mailbox.objects.filter(late).order_by("name", "id")
    if user.role != User.Role.ADMIN:
        rows = rows.filter(Q(team__isnull=True) | Q(team__in=user.teams.all()))
    shown = rows.values(
        "id", "name", "state", "unfetched", "oldest_unfetched_at", "last_ok_at", "failures"
    )
    return [
        {name: value for name, value in row.items() if name not in {"id", "name"}}
        | {"mailbox": {"id": row["id"], "name": row["name"]}}
        for row in shown[:MOST_CANDIDATES]
    ]
