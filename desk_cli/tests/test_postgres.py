"""The private PostgreSQL: starts, survives kill -9, refuses foreign versions."""

from __future__ import annotations

import os

import psycopg
import pytest

from desk_cli import process
from desk_cli.errors import StepFailed
from desk_cli.servers.postgres import Postgres

pytestmark = pytest.mark.fault


@pytest.fixture
def server(server_folder):
    postgres = Postgres(server_folder / "pg", "first-password")
    postgres.start()
    yield postgres
    postgres.stop()


def query(url: str, sql: str) -> object:
    with psycopg.connect(url, autocommit=True, connect_timeout=10) as link:
        cursor = link.execute(sql)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def test_the_role_owns_its_database_and_is_no_superuser(server):
    assert query(server.url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    assert query(server.url, "CREATE EXTENSION pg_trgm") is None
    assert query(server.url, "SELECT lower('ÁGUA')") == "água"
    assert query(server.url, "SHOW data_checksums") == "on"


def test_nobody_logs_in_without_the_password_nor_as_superuser(server):
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        query(server.url.replace("first-password", "wrong"), "SELECT 1")
    superuser = server.url.replace("//desk:", "//postgres:")
    with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry"):
        query(superuser, "SELECT 1")


def test_committed_rows_survive_kill_9_and_the_port_stays(server):
    query(server.url, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    url = server.url
    server.kill9()
    assert not server.running
    assert server.start() == url
    assert query(url, "SELECT count(*) FROM kept") == 1000


def test_a_server_left_by_a_killed_run_is_ended_and_its_folder_taken_over(server):
    query(server.url, "CREATE TABLE kept AS SELECT 1 AS n")
    assert server.child is not None
    orphan = server.child.pid
    again = Postgres(server.folder, "first-password", durable=False)
    again.start()
    assert not process.is_alive(orphan)
    assert query(again.url, "SELECT n FROM kept") == 1
    again.stop()


def test_a_lock_file_that_names_a_stranger_is_forgotten(server):
    cluster = server.folder.resolve() / "cluster"
    server.stop()
    (cluster / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster}\n")
    server.start()
    assert query(server.url, "SELECT 1") == 1


def test_another_version_of_the_data_is_refused_and_nothing_touched(server):
    version = server.folder.resolve() / "cluster" / "PG_VERSION"
    server.stop()
    version.write_text("9\n")
    with pytest.raises(StepFailed, match="was made by PostgreSQL 9") as caught:
        server.start()
    assert "pg_upgrade" in str(caught.value)
    assert version.read_text() == "9\n"


def test_a_lost_password_file_means_a_new_password_not_a_lost_database(server):
    query(server.url, "CREATE TABLE kept AS SELECT 1 AS n")
    server.stop()
    again = Postgres(server.folder, "second-password", durable=False)
    again.start()
    assert query(again.url, "SELECT n FROM kept") == 1
    again.stop()


def test_an_interrupted_first_start_is_begun_again(server_folder):
    half = server_folder / "pg" / "cluster.new"
    postgres = Postgres(server_folder / "pg", "password", durable=False)
    postgres.start()
    postgres.stop()
    real = postgres.folder.resolve()
    (real / "cluster").rename(real / "cluster.new")
    (half / "PG_VERSION").unlink()
    with postgres:
        assert query(postgres.url, "SELECT 1") == 1
    assert not half.exists()


def test_two_servers_run_side_by_side(server, server_folder):
    with Postgres(server_folder / "other", "password", durable=False) as other:
        assert other.port != server.port
        assert query(other.url, "SELECT 1") == query(server.url, "SELECT 1")
