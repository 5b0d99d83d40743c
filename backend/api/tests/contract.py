"""Every answer a test gets is held against the OpenAPI document."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

DOCUMENT = "/api/v1/schema/"


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document, its objects closed: a field it does not name is a fault."""
    made = SchemaGenerator().get_schema(request=None, public=True)
    plain: dict[str, Any] = json.loads(json.dumps(made, default=str))
    _close(plain["components"]["schemas"])
    return plain


def _close(node: Any) -> None:
    if isinstance(node, dict):
        if "properties" in node:
            node.setdefault("additionalProperties", False)
        for inner in node.values():
            _close(inner)
    elif isinstance(node, list):
        for inner in node:
            _close(inner)


@cache
def _paths() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    """Patterns of addresses and their operations; those without parameters first."""
    found = sorted(document()["paths"].items(), key=lambda item: item[0].count("{"))
    return [(re.compile(re.sub(r"{\w+}", "[^/]+", path)), ops) for path, ops in found]


def assert_fits(method: str, path: str, response: Any) -> None:
    """Fails unless the status, the content type and the body are documented ones."""
    operations = next((ops for pattern, ops in _paths() if pattern.fullmatch(path)), {})
    operation = operations.get(method.lower())
    if operation is None or response.status_code >= 400:
        if path != DOCUMENT and method != "HEAD":
            _assert_problem(response)
        return
    responses = operation["responses"]
    assert str(response.status_code) in responses, (response.status_code, list(responses))
    content = responses[str(response.status_code)].get("content", {})
    if not content:
        assert response.content == b""
        return
    content_type = response.headers["Content-Type"].partition(";")[0]
    assert content_type in content
    if content_type == "application/json":
        _assert_valid(json.loads(response.content), content[content_type]["schema"])


def _assert_problem(response: Any) -> None:
    assert response.status_code >= 400
    assert response.headers["Content-Type"] == "application/problem+json"
    _assert_valid(json.loads(response.content), {"$ref": "#/components/schemas/Problem"})


def _assert_valid(value: Any, schema: dict[str, Any]) -> None:
    whole = schema | {"components": document()["components"]}
    validator = Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)
    faults = [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(value)]
    assert not faults, faults[:10]
