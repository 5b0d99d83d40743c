"""Locks by name, between two connections to a real PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries

from backend.core.locks import lock_names
from desk_cli.process import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 20.0


Elsewhere = Callable[[Callable[[], object]], Future[object]]


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    """Runs something on a connection of its own."""

    def closing(action: Callable[[], object]) -> object:
        try:
            return action()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        yield lambda action: threads.submit(closing, action)


def waiting() -> int:
    """How many connections to this database wait for a lock by name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
            "WHERE l.locktype = 'advisory' AND NOT l.granted AND d.datname = current_database()"
        )
        row = cursor.fetchone()
    return int(row[0])


def hold(names: Sequence[str]) -> None:
    with transaction.atomic():
        lock_names(names)


def test_a_name_is_held_until_the_transaction_ends(elsewhere: Elsewhere):
    with transaction.atomic():
        lock_names(["a"])
        other = elsewhere(lambda: hold(["a"]))
        assert wait_until(lambda: waiting() == 1, PATIENCE)
        assert not other.done()
    other.result(PATIENCE)


def test_a_name_is_free_after_a_rollback(elsewhere: Elsewhere):
    with transaction.atomic():
        lock_names(["a"])
        transaction.set_rollback(True)
    elsewhere(lambda: hold(["a"])).result(PATIENCE)


def test_other_names_do_not_wait(elsewhere: Elsewhere):
    with transaction.atomic():
        lock_names(["a", "b"])
        elsewhere(lambda: hold(["c", "d", "A", "a "])).result(PATIENCE)


def test_the_same_connection_may_ask_again_and_for_a_name_twice():
    with transaction.atomic():
        lock_names(["a", "a"])
        lock_names(["a"])
        assert waiting() == 0


def test_no_names_need_no_statement(django_assert_num_queries: DjangoAssertNumQueries):
    with django_assert_num_queries(0):
        lock_names([])


@pytest.mark.parametrize("name", ["", "\0", "\ud800", "ção" * 10_000])
def test_any_text_is_a_name(elsewhere: Elsewhere, name: str):
    with transaction.atomic():
        lock_names([name])
        other = elsewhere(lambda: hold([name]))
        assert wait_until(lambda: waiting() == 1, PATIENCE)
    other.result(PATIENCE)


def test_connections_that_name_the_same_in_opposite_order_never_deadlock(elsewhere: Elsewhere):
    """Both hold one name's lock when the other asks, unless all are taken in one order."""
    names = [f"name-{number}" for number in range(40)]
    start = threading.Barrier(4)

    def often(order: Sequence[str]) -> int:
        start.wait(PATIENCE)
        for _ in range(40):
            hold(order)
        return 40

    orders = [names, names[::-1], names[20:] + names[:20], sorted(names)]
    done = [elsewhere(partial(often, order)) for order in orders]
    assert [one.result(60) for one in done] == [40] * 4
