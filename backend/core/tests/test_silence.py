"""A process that is stopped in the middle of a transaction keeps its locks for a while only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from django.db import Error, connection, transaction

from backend.core import silence
from backend.core.faults import is_transient
from backend.core.locks import lock_names
from tests.connections import PATIENCE, on_own_connection

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_a_silent_process_has_locked_is_free_again_and_the_process_may_begin_anew(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(silence, "LONGEST", timedelta(seconds=0.2))
    silent, taken = Event(), Event()

    def fall_silent() -> None:
        with transaction.atomic():
            lock_names(["a conversation"])
            silent.set()
            assert taken.wait(PATIENCE)
            lock_names(["another"])

    with ThreadPoolExecutor(1) as thread:
        late = thread.submit(on_own_connection, fall_silent)
        assert silent.wait(PATIENCE)
        with transaction.atomic():
            lock_names(["a conversation"])
        taken.set()
        with pytest.raises(Error) as caught:
            late.result(PATIENCE)
    assert is_transient(caught.value)


def test_every_connection_is_told_how_long_a_transaction_may_be_silent():
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("2min",)
