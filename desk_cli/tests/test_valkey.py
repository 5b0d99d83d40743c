"""The private Valkey: keeps what it took, survives kill -9, is never in the way."""

from __future__ import annotations

import time

import pytest

from desk_cli import process
from desk_cli.servers.valkey import Valkey, ask

pytestmark = pytest.mark.fault


@pytest.fixture
def server(server_folder):
    with Valkey(server_folder / "broker") as valkey:
        yield valkey


def tell(server: Valkey, command: str) -> str:
    return ask(server.port or 0, server.password, command)


def written(server: Valkey) -> bool:
    """Whether the append-only file has reached the disk (everysec)."""
    return "aof_pending_bio_fsync:0" in tell(server, "INFO persistence")


def test_it_answers_only_with_its_password(server):
    assert "+PONG" in tell(server, "PING")
    assert "NOAUTH" in ask(server.port or 0, "wrong", "PING")


def test_what_was_queued_survives_kill_9_on_the_same_port(server):
    tell(server, "LPUSH queue one two")
    url = server.url
    assert process.wait_until(lambda: written(server), 10)
    server.kill9()
    assert server.start() == url
    assert ":2" in tell(server, "LLEN queue")


def test_a_server_left_by_a_killed_run_is_ended(server):
    assert server.child is not None
    orphan = server.child.pid
    with Valkey(server.folder) as again:
        assert not process.is_alive(orphan)
        assert "+PONG" in tell(again, "PING")


def test_a_damaged_journal_is_put_aside_instead_of_stopping_the_desk(server):
    tell(server, "LPUSH queue one")
    server.stop()
    journal = server.folder / "appendonlydir"
    begun = int(time.time())
    for part in journal.glob("*.aof"):
        part.write_bytes(b"*3\r\n$5\r\nLPUSH\r\nthis is no journal\r\n" * 20)
    server.start()
    assert "+PONG" in tell(server, "PING")
    aside = list(server.folder.glob("appendonlydir.damaged-*"))
    assert len(aside) == 1
    assert int(aside[0].name.rpartition("-")[2]) >= begun
