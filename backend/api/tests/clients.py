"""HTTP clients that act as somebody, through a program's token."""

from __future__ import annotations

from rest_framework.test import APIClient

from backend.users.models import User
from backend.users.sessions import create_api_token
from tests.desk import TESTS, person

API = "/api/v1"


def client_of(user: User) -> APIClient:
    """A client signed in as `user`."""
    token = create_api_token(actor=TESTS, user=user, name="tests")
    return APIClient(headers={"Authorization": f"Bearer {token}"})


def client(role: str = User.Role.AGENT) -> APIClient:
    """A client signed in as a new person of this role."""
    return client_of(person(role))
