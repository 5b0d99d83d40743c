"""HTTP clients that act as somebody; each answer is held against the OpenAPI document."""

from __future__ import annotations

from typing import Any

from rest_framework.test import APIClient

from backend.api.tests.contract import assert_fits
from backend.users.models import User
from backend.users.sessions import create_api_token
from tests.desk import TESTS, person

API = "/api/v1"


class Client(APIClient):
    """Answers a fault with a 500 as a server would, and checks every answer."""

    def __init__(self, **options: Any) -> None:
        super().__init__(raise_request_exception=False, **options)

    def request(self, **request: Any) -> Any:
        """The answer to a request, which fits the document."""
        answer = super().request(**request)
        assert_fits(request["REQUEST_METHOD"], request["PATH_INFO"], answer)
        return answer


def client_of(user: User) -> Client:
    """A client signed in as `user`."""
    token = create_api_token(actor=TESTS, user=user, name="tests")
    return Client(headers={"Authorization": f"Bearer {token}"})


def client(role: str = User.Role.AGENT) -> Client:
    """A client signed in as a new person of this role."""
    return client_of(person(role))
