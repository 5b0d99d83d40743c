"""Fixtures for real mail servers and the desk's own processes, for every test of the project.

PostgreSQL and Valkey are started earlier, by the plugin desk_cli.pytest_servers.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_django.plugin import DjangoDbBlocker

from desk_cli.pytest_servers import servers
from desk_cli.servers.dovecot import Dovecot
from desk_cli.servers.smtp_sink import SmtpSink
from desk_cli.servers.valkey import Valkey
from desk_cli.testing import DeskProcesses


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """One Dovecot for the process; tests add their own accounts with add_user()."""
    with Dovecot(servers().folder / "imap", tls=True) as server:
        yield server


@pytest.fixture
def own_dovecot(server_folder: Path) -> Iterator[Dovecot]:
    """A Dovecot of this test's own, to be killed or restarted."""
    with Dovecot(server_folder / "imap") as server:
        yield server


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    """An SMTP server on loopback that keeps mails and fails as scripted; no login needed."""
    with SmtpSink() as sink:
        yield sink


@pytest.fixture
def server_folder(request: pytest.FixtureRequest) -> Iterator[Path]:
    """An empty folder that servers running as another account can step into."""
    from desk_cli.tests.folders import open_folder

    with open_folder(request.node.name) as folder:
        yield folder


@pytest.fixture
def broker() -> Valkey:
    """The broker of this pytest process, the one Django's settings name."""
    return servers().broker


@pytest.fixture
def desk_processes(
    transactional_db: None,
    server_folder: Path,
    broker: Valkey,
) -> Iterator[DeskProcesses]:
    """Real worker, beat and monitor processes on the test database; a killed broker is revived."""
    from tests.connections import database_url

    processes = DeskProcesses(server_folder, database_url=database_url(), broker=broker)
    yield processes
    for child in processes.children.values():
        child.ask_to_stop()
    for child in processes.children.values():
        child.stop()
    if not broker.running:
        broker.start()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_blocker: DjangoDbBlocker,
) -> None:
    """Makes the test database, whichever tests are chosen, and lets tests empty the audit log.

    It ends with its server.
    """
    from django.test.utils import setup_databases

    with django_db_blocker.unblock():
        setup_databases(verbosity=0, interactive=False)
        _remember_migrated_rows(django_db_blocker)


def _remember_migrated_rows(django_db_blocker: DjangoDbBlocker) -> None:
    from django.apps import apps
    from django.core import serializers
    from django.db import connection

    with connection.cursor() as cursor:
        # The test of the audit log switches the trigger on again.
        cursor.execute("ALTER TABLE logs DISABLE TRIGGER logs_no_truncate")
        # Content types and permissions come back by themselves.
        ours = [one for one in apps.get_models() if one.__module__.startswith("backend.")]
        rows = [row for model in ours for row in model._default_manager.all()]
        _database.migrated = serializers.serialize("json", rows)
        _database.blocker = django_db_blocker


@dataclass
class _Database:
    """What `django_db_setup` leaves for the hook below."""

    migrated: str = ""
    blocker: DjangoDbBlocker | None = None


_database = _Database()


@pytest.fixture(scope="module")
def module_db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test database for all tests of a module, which share its rows; emptied at the end."""
    from django.core.management import call_command
    from django.db import connection

    with django_db_blocker.unblock():
        yield
        call_command("flush", verbosity=0, interactive=False)
        connection.creation.deserialize_db_from_string(_database.migrated)
        connection.close()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fault tests first, wherever pytest-django put them: their files take longest."""
    items.sort(key=lambda item: "fault" not in item.keywords)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None]:
    """A transactional test ends with empty tables: bring back the rows that migrations made."""
    yield
    mark = item.get_closest_marker("django_db")
    fixtures: Sequence[str] = getattr(item, "fixturenames", ())
    transactional = (mark and mark.kwargs.get("transaction")) or "transactional_db" in fixtures
    if nextitem and transactional and _database.blocker:
        from django.db import connection

        with _database.blocker.unblock():
            connection.creation.deserialize_db_from_string(_database.migrated)
            connection.close()
