"""The first administrator of a fresh desk, and who may become it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from backend.api.tests.clients import API
from backend.users.models import User

pytestmark = pytest.mark.django_db
FIRST = {
    "name": "Ana",
    "email": "ana@desk.test",
    "password": "uma senha bem longa 9",
    "language": "pt-BR",
}


def set_up(**values: str) -> Any:
    return Client().post(f"{API}/setup/", FIRST | values, content_type="application/json")


def code_required() -> bool:
    answer: bool = Client().get(f"{API}/setup/").json()["code_required"]
    return answer


def test_on_this_machine_alone_no_code_is_asked_for(settings: Settings):
    settings.DESK_ENV, settings.DESK_SETUP_CODE = "local", ""
    assert not code_required()
    assert set_up().status_code == 201
    assert User.objects.get().role == User.Role.ADMIN


@pytest.mark.parametrize("environment", ["local", "production"])
def test_where_others_reach_the_desk_only_the_code_of_its_console_opens_it(
    settings: Settings, environment: str
):
    settings.DESK_ENV, settings.DESK_SETUP_CODE = environment, "7-green-doors"
    assert code_required()
    for wrong in ({}, {"code": ""}, {"code": "7-green-door"}, {"code": "é"}):
        answer = set_up(**wrong)
        assert (answer.status_code, answer.json()["code"]) == (403, "wrong_setup_code")
    assert not User.objects.exists()
    assert set_up(code="7-green-doors").status_code == 201


def test_in_production_without_a_code_the_page_creates_nobody(settings: Settings):
    settings.DESK_ENV, settings.DESK_SETUP_CODE = "production", ""
    answer = set_up(code="")
    assert (answer.status_code, answer.json()["code"]) == (403, "setup_closed")
    assert "./desk manage adduser" in answer.json()["detail"]


def test_a_second_first_administrator_is_refused():
    assert set_up().status_code == 201
    answer = set_up(email="eva@desk.test")
    assert (answer.status_code, answer.json()["code"]) == (409, "already_set_up")
