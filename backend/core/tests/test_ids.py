"""UUIDs of version 7: they sort by time, also those made at the same moment."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from backend.core.ids import uuid7


def test_rfc9562_version_and_variant_are_set():
    one = uuid7()
    assert (one.version, one.variant) == (7, uuid.RFC_4122)


def test_rfc9562_the_first_48_bits_are_unix_milliseconds():
    before = time.time_ns() // 1_000_000
    made = uuid7().int >> 80
    after = time.time_ns() // 1_000_000
    assert before <= made <= after + 1  # ids of the same tick move into the next one


def test_ids_made_one_after_the_other_keep_their_order():
    made = [uuid7() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_every_thread_sees_its_ids_rise_and_no_two_threads_share_one():
    def many(_: int) -> list[uuid.UUID]:
        return [uuid7() for _ in range(4_000)]

    with ThreadPoolExecutor(8) as threads:
        batches = list(threads.map(many, range(8)))
    assert all(batch == sorted(batch) for batch in batches)
    assert len({one for batch in batches for one in batch}) == 8 * 4_000


def test_an_id_made_after_another_threads_is_greater():
    with ThreadPoolExecutor(1) as thread:
        chain = [uuid7()]
        for _ in range(500):
            chain += [thread.submit(uuid7).result(), uuid7()]
    assert chain == sorted(chain)


def test_a_clock_set_back_makes_no_smaller_id(monkeypatch: pytest.MonkeyPatch):
    first = uuid7()
    hour_ago = time.time_ns() - 3_600 * 10**9
    monkeypatch.setattr("backend.core.ids.time.time_ns", lambda: hour_ago)
    assert uuid7() > first


@pytest.mark.django_db
def test_postgresql_sorts_them_as_python_does():
    made = [uuid7() for _ in range(100)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM unnest(%s::uuid[]) AS id ORDER BY id", [made[::-1]])
        assert [row[0] for row in cursor.fetchall()] == made
