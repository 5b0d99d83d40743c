"""What the screens read about mailboxes: their settings without secrets, and how they do."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.utils import timezone

from backend.core.errors import Missing
from backend.mailboxes.models import UNDERSTANDING_FIELDS, Mailbox, MailboxEvent, OAuthGrant

EVENTS_SHOWN = 20
_LATE = timedelta(minutes=5)
_FIELDS = (
    "id",
    "name",
    "address",
    "aliases",
    "sign_in",
    "imap_host",
    "imap_port",
    "imap_security",
    "imap_username",
    "imap_folder",
    "further_folders",
    "smtp_host",
    "smtp_port",
    "smtp_security",
    "smtp_username",
    "after_reading",
    "move_to",
    "sent_copy",
    "sent_folder",
    "undo_seconds",
    "sending_stopped",
    "sending_held_code",
    "largest_sent_bytes",
    "messages_per_minute",
    "recipients_per_day",
    "smtp_connections",
    "signature",
    *UNDERSTANDING_FIELDS,
    "import_since",
    "silent_before",
    "state",
    "checked_at",
    "unfetched",
    "oldest_unfetched_at",
    "last_ok_at",
    "last_error",
    "last_error_code",
    "last_error_at",
    "failures",
    "lag_seconds",
    "is_demo",
    "version",
)
_GRANT = (
    "mailbox_id",
    "state",
    "account",
    "expires_at",
    "refreshed_at",
    "error_code",
    "error_words",
    "connected_at",
)


def mailboxes() -> list[dict[str, Any]]:
    """All mailboxes by name, without their secrets, each with its `grant` and `health`."""
    return _shown(list(Mailbox.objects.order_by("name", "id").values(*_FIELDS)))


def mailbox(mailbox_id: uuid.UUID) -> dict[str, Any]:
    """One mailbox as in `mailboxes`; raises Missing."""
    found = list(Mailbox.objects.filter(pk=mailbox_id).values(*_FIELDS))
    if not found:
        raise Missing("There is no such mailbox.")
    return _shown(found)[0]


def events(mailbox_id: uuid.UUID) -> list[dict[str, Any]]:
    """The newest things that happened to a mailbox, newest first; raises Missing."""
    if not Mailbox.objects.filter(pk=mailbox_id).exists():
        raise Missing("There is no such mailbox.")
    rows = MailboxEvent.objects.filter(mailbox_id=mailbox_id).order_by("-id")
    return [dict(one) for one in rows.values("id", "at", "kind", "data")[:EVENTS_SHOWN]]


def _shown(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    grants = {
        grant.pop("mailbox_id"): grant
        for grant in OAuthGrant.objects.filter(mailbox__in=[row["id"] for row in rows]).values(
            *_GRANT
        )
    }
    for row in rows:
        row["grant"] = grants.get(row["id"])
        row["health"] = _health(row)
        del row["failures"]
    return rows


def _health(row: dict[str, Any]) -> str:
    """In one word: paused and failing concern reading, held concerns what leaves, waiting means
    that the next visit decides."""
    if row["state"] == Mailbox.State.PAUSED:
        return "paused"
    if row["state"] == Mailbox.State.ERROR:
        return "failing"
    if row["sending_stopped"] or row["sending_held_code"]:
        return "held"
    oldest = row["oldest_unfetched_at"]
    late = oldest is not None and timezone.now() - oldest > _LATE
    return "waiting" if row["last_ok_at"] is None or row["failures"] or late else "ok"
