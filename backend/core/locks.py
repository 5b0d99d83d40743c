"""Locks by name that last until the transaction ends."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from django.db import connection


def lock_names(names: Iterable[str]) -> None:
    """Wait for an exclusive lock on each name, in one order for all, so that none deadlock.

    Needs a transaction; released by its end. Different names may share a lock (64-bit hashes),
    which costs waiting, never correctness.
    """
    keys = sorted({_key(name) for name in names})
    if not keys:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key", [keys])


def _key(name: str) -> int:
    digest = hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
