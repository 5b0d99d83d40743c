"""The demo room's real mail servers, and settings that point at them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django.fixtures import Settings

from backend.audit.services import Actor, command, record
from backend.demo import room
from backend.mailboxes.models import Mailbox
from desk_cli.servers.demo_room import DemoRoom
from desk_cli.tests.folders import open_folder

PASSWORD = "room-secret"


@pytest.fixture(scope="session")
def demo_servers() -> Iterator[DemoRoom]:
    """The SMTP and IMAP servers of one demo room."""
    with open_folder("demo-room") as folder:
        password_file = folder / "password"
        password_file.write_text(PASSWORD)
        logs = folder / "logs"
        logs.mkdir()
        servers = DemoRoom(folder / "room", password_file, logs=logs)
        try:
            servers.start()
            yield servers
        finally:
            servers.stop()


@pytest.fixture
def actor() -> Actor:
    """Who opens and removes the room."""
    return command("tests")


@pytest.fixture
def room_settings(settings: Settings) -> Settings:
    """A desk that believes the room's servers run; nobody listens at these ports."""
    settings.DESK_DEMO = True
    settings.DESK_DEMO_IMAP_PORT, settings.DESK_DEMO_SMTP_PORT = 1, 2
    settings.DESK_DEMO_PASSWORD = PASSWORD
    return settings


@pytest.fixture
def served_room(room_settings: Settings, demo_servers: DemoRoom) -> Settings:
    """A desk that knows the room's running servers."""
    room_settings.DESK_DEMO_IMAP_PORT = demo_servers.imap_port
    room_settings.DESK_DEMO_SMTP_PORT = demo_servers.smtp_port
    return room_settings


@pytest.fixture
def open_demo(db: None, served_room: Settings, actor: Actor) -> Mailbox:
    """The demo mailbox on real servers, on a desk whose samples were deleted since."""
    with transaction.atomic():
        record(actor=actor, action="demo.fill", object_type="demo_room", object_id=room.DOMAIN)
    mailbox = room.open_room(actor=actor)
    assert mailbox is not None
    return mailbox
