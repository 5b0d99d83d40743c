"""What happened to a mailbox, for its card and for whoever asks why mail is late.

Kinds: connected, failed, recovered, stored, renumbered, folder_missing, folder_found, throttled,
slow, not_treated, treated, and those that other parts add (paused, resumed, token_refreshed ...).
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.db import connection, transaction

from backend.core.text import storable

KEPT = 200  # events of one mailbox
_LONGEST_WORDS = 500

# The newest event takes up a like one for an hour: a server that is away all night is told in
# ten lines, not in a thousand.
_AGAIN = """
UPDATE mailbox_events SET
    at = statement_timestamp(),
    data = data || jsonb_build_object(
        'since', coalesce(data->'since', to_jsonb(at)),
        %(counter)s::text, coalesce((data->>%(counter)s::text)::bigint, 1) + %(more)s)
WHERE id = (SELECT id FROM mailbox_events WHERE mailbox_id = %(mailbox)s ORDER BY id DESC LIMIT 1)
  AND kind = %(kind)s
  AND (data - ARRAY['since', 'times', 'count']) = %(data)s::jsonb
  AND coalesce((data->>'since')::timestamptz, at) > statement_timestamp() - interval '1 hour'
"""
# From the table of mailboxes, so that one deleted meanwhile gets no event.
_NEW = """
INSERT INTO mailbox_events (mailbox_id, kind, data)
SELECT id, %(kind)s, %(whole)s::jsonb FROM mailboxes WHERE id = %(mailbox)s
"""
_FORGET = """
DELETE FROM mailbox_events WHERE mailbox_id = %(mailbox)s AND id <= (
    SELECT id FROM mailbox_events WHERE mailbox_id = %(mailbox)s
    ORDER BY id DESC OFFSET %(kept)s LIMIT 1
)
"""


@transaction.atomic
def note(mailbox_id: uuid.UUID, kind: str, **data: str | int | float | None) -> None:
    """Add an event to a mailbox; the newest 200 are kept.

    One that is like the newest (same kind and data) within an hour becomes part of it: its
    `times` rise, or its `count` by this one's `count`; `since` then says when it began and `at`
    when it was last seen. Nothing happens when the mailbox is gone.
    """
    clean = {
        key: storable(value)[:_LONGEST_WORDS] if isinstance(value, str) else value
        for key, value in data.items()
    }
    count = clean.pop("count", None)
    values: dict[str, Any] = {
        "mailbox": mailbox_id,
        "kind": kind,
        "data": json.dumps(clean),
        "whole": json.dumps(clean if count is None else clean | {"count": count}),
        "counter": "times" if count is None else "count",
        "more": 1 if count is None else count,
        "kept": KEPT,
    }
    with connection.cursor() as cursor:
        cursor.execute(_AGAIN, values)
        if cursor.rowcount:
            return
        cursor.execute(_NEW, values)
        cursor.execute(_FORGET, values)
