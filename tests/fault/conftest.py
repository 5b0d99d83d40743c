"""One running desk for a module of fault tests: each test has mailboxes of its own in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desk_cli.servers.dovecot import Dovecot
from desk_cli.servers.smtp_sink import SmtpSink
from desk_cli.tests.folders import open_folder
from tests.fault.running import RunningDesk


@pytest.fixture(scope="module")
def module_folder(request: pytest.FixtureRequest) -> Iterator[Path]:
    """An empty folder of the module."""
    with open_folder(request.node.name) as folder:
        yield folder


@pytest.fixture(scope="module")
def imap(module_folder: Path) -> Iterator[Dovecot]:
    """The module's IMAP server."""
    with Dovecot(module_folder / "imap") as server:
        yield server


@pytest.fixture(scope="module")
def sink() -> Iterator[SmtpSink]:
    """The module's SMTP server."""
    with SmtpSink() as server:
        yield server


@pytest.fixture(scope="module")
def desk(
    module_db: None, module_folder: Path, imap: Dovecot, sink: SmtpSink
) -> Iterator[RunningDesk]:
    """Worker, beat and monitor, started once; what a test kills is started again by `wait`."""
    with RunningDesk(module_folder, imap, sink) as running:
        running.start()
        yield running
