"""The OpenAPI document is complete, and the check of answers against it can fail."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.http import JsonResponse

from backend.api.tests.clients import API, Client, client
from backend.api.tests.contract import assert_fits, document

pytestmark = pytest.mark.django_db


def test_the_document_is_valid_and_nothing_in_it_is_guessed(tmp_path: Path):
    made = tmp_path / "openapi.json"
    call_command(
        "spectacular", "--validate", "--fail-on-warn", format="openapi-json", file=str(made)
    )
    assert json.loads(made.read_text())["openapi"].startswith("3.1")


def test_the_document_is_given_to_anybody_as_json():
    answer = Client().get(f"{API}/schema/", headers={"Accept": "application/json"})
    assert json.loads(answer.content)["info"]["title"] == "Send Emails Desk"


def test_operations_have_names_of_their_own():
    names = [
        operation["operationId"]
        for operations in document()["paths"].values()
        for operation in operations.values()
    ]
    assert len(names) == len(set(names))
    assert not [name for name in names if name.endswith("_2")]


@pytest.mark.parametrize(
    "change", [{"more": 1}, {"name": None}, {"position": "10"}, {"category": "nonsense"}]
)
def test_an_answer_that_differs_from_the_document_is_noticed(change: dict[str, object]):
    rows = client().get(f"{API}/statuses/").json()
    with pytest.raises(AssertionError):
        assert_fits("GET", f"{API}/statuses/", JsonResponse([rows[0] | change], safe=False))
