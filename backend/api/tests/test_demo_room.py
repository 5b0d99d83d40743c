"""The demo room over HTTP: who may use it, and what it answers when it is closed."""

from __future__ import annotations

import pytest
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from backend.audit.services import command
from backend.demo import room
from backend.tickets.models import Ticket
from backend.users.models import User
from backend.users.services import create_user
from backend.users.sessions import create_api_token

pytestmark = pytest.mark.django_db
POSTBOX, REMOVE = "/api/v1/demo/postbox/", "/api/v1/demo/remove/"
LETTER = {"name": "Ana", "address": "ana@demo.local", "subject": "Oi", "text": "Olá!"}


def client(role: str) -> APIClient:
    """A program that acts as a new person of this role."""
    user = create_user(
        actor=command("tests"),
        email=f"{role}@desk.test",
        name=role.title(),
        password="correct horse battery",
        role=role,
    )
    token = create_api_token(actor=command("tests"), user=user, name="tests")
    return APIClient(headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def open_room(settings: Settings) -> Settings:
    """A desk with samples whose mail servers are away."""
    settings.DESK_DEMO, settings.DESK_DEMO_PASSWORD = True, "room-secret"
    settings.DESK_DEMO_IMAP_PORT, settings.DESK_DEMO_SMTP_PORT = 1, 2
    room.open_room(actor=command("tests"))
    return settings


@pytest.mark.parametrize("role", User.Role.values)
def test_a_closed_room_is_not_found_by_any_role(role: str):
    desk = client(role)
    for answer in (desk.get(POSTBOX, {"address": "ana@demo.local"}), desk.post(POSTBOX, LETTER)):
        assert (answer.status_code, answer.json()["code"]) == (404, "demo_off")


@pytest.mark.parametrize("role", User.Role.values)
def test_every_role_reaches_the_rooms_mail_servers(open_room: Settings, role: str):
    desk = client(role)
    for answer in (desk.get(POSTBOX, {"address": "ana@demo.local"}), desk.post(POSTBOX, LETTER)):
        assert (answer.status_code, answer.json()["code"]) == (503, "demo_mail_away")
        assert answer["Retry-After"]


def test_who_is_not_signed_in_is_sent_away(open_room: Settings):
    assert APIClient().get(POSTBOX, {"address": "ana@demo.local"}).status_code == 401
    assert APIClient().post(POSTBOX, LETTER).status_code == 401
    assert APIClient().post(REMOVE).status_code == 401


@pytest.mark.parametrize("address", ["suporte@demo.local", "ana@example.com", ""])
def test_a_wrong_address_is_named(open_room: Settings, address: str):
    answer = client("agent").get(POSTBOX, {"address": address})
    assert answer.status_code == 400
    assert "address" in answer.json()["errors"]


def test_an_unknown_field_of_a_letter_is_refused(open_room: Settings):
    answer = client("agent").post(POSTBOX, LETTER | {"to": "boss@example.com"})
    assert answer.status_code == 400
    assert "to" in answer.json()["errors"]


@pytest.mark.parametrize("role", ["light", "agent", "supervisor"])
def test_only_administrators_remove_the_demo(open_room: Settings, role: str):
    assert client(role).post(REMOVE).status_code == 403
    assert Ticket.objects.exists()


def test_removing_answers_with_the_number_of_tickets(open_room: Settings):
    count = Ticket.objects.count()
    desk = client("admin")
    assert desk.post(REMOVE).json() == {"removed": count}
    assert desk.post(REMOVE).json() == {"removed": 0}


def test_the_demo_can_be_removed_after_its_servers_were_switched_off(open_room: Settings):
    open_room.DESK_DEMO = False
    assert client("admin").post(REMOVE).status_code == 200
    assert not Ticket.objects.exists()
