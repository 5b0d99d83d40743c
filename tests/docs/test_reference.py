"""docs/api.md names exactly what the API has; the guides name what is on screen."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, get_resolver
from rest_framework.test import APIClient

from backend.api import problems, urls
from backend.core.errors import DeskError
from backend.core.paging import DEFAULT_LIMIT, MAX_LIMIT
from backend.tickets.selectors import ORDERS
from desk_cli.paths import FRONTEND, ROOT
from tests.docs.pages import Page

API = Page("docs/api.md")
BASE = "/api/v1/"
# Raised for the desk's own workers or commands, never answered by the API.
INTERNAL_CODES = {"lease_lost", "email_taken"}
GUIDES = [("docs/guia.md", "pt-BR"), ("docs/guide.md", "en")]
READMES = [("README.pt-BR.md", "pt-BR"), ("README.md", "en")]
# Bold words of the READMEs that are no labels.
NOT_ON_SCREEN = {"demo room", "sala de demonstração"}


def endpoints() -> Iterator[str]:
    """Every "METHOD /api/v1/address/" of the running code."""
    for pattern in urls.urlpatterns:
        assert isinstance(pattern, URLPattern)
        address = BASE + re.sub(r"<(\w+):(\w+)>", _placeholder, str(pattern.pattern))
        view: Any = getattr(pattern.callback, "view_class", None) or pattern.callback
        for method in ("get", "post", "patch", "put", "delete"):
            if hasattr(view, method):
                yield f"{method.upper()} {address}"


def _placeholder(parameter: re.Match[str]) -> str:
    """Words by their own name, everything else by {id}."""
    kind, name = parameter.groups()
    return f"{{{name}}}" if kind in {"str", "slug"} else "{id}"


def test_every_request_is_listed_and_every_listed_one_exists():
    listed = set(re.findall(r"`((?:GET|POST|PATCH|PUT|DELETE) /api/v1/[^`]*)`", API.text))
    assert listed == set(endpoints())


def test_every_address_in_an_example_exists():
    resolver = get_resolver()
    some_id = "00000000-0000-7000-8000-000000000000"
    for block in API.fenced("sh"):
        for path in re.findall(r"\$DESK(/[^\s\"'?]*)", block):
            address = re.sub(r"\$[A-Z]+", some_id, path)
            assert resolver.resolve(BASE + address.lstrip("/")), path


def test_the_error_codes_are_those_of_the_code():
    listed = set()
    for line in API.section("Errors").splitlines():
        if re.match(r"\| \d{3}", line):
            listed |= set(re.findall(r"`([a-z_]+)`", line.split("|")[2]))
    raised = set(problems._DRF_CODES.values()) - {"not_acceptable"}
    kinds = {kind.__name__: kind for kind in kinds_of(DeskError)}
    raised |= {kind.code for kind in kinds.values()} - {"error", "unavailable"}
    for file in (ROOT / "backend").rglob("*.py"):
        if "tests" in file.parts or "management" in file.parts:
            continue
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and called(call) in {*kinds, "problem", "_response"}:
                raised |= {code for one in call.keywords if (code := constant_code(one))}
    assert listed == raised - INTERNAL_CODES


def kinds_of(error: type[DeskError]) -> Iterator[type[DeskError]]:
    """An error and all that are kinds of it."""
    yield error
    for kind in error.__subclasses__():
        yield from kinds_of(kind)


def called(call: ast.Call) -> str:
    """The last name of what is called: Conflict of `errors.Conflict(...)`."""
    return getattr(call.func, "attr", "") or getattr(call.func, "id", "")


def constant_code(keyword: ast.keyword) -> str:
    """The text given as `code`, "" for anything else."""
    value = keyword.value
    if keyword.arg == "code" and isinstance(value, ast.Constant):
        return str(value.value)
    return ""


def test_the_numbers_of_paging_and_the_orders_are_right():
    section = API.section("Lists and pages")
    assert f"`limit` is {DEFAULT_LIMIT} unless given, at most {MAX_LIMIT}" in section
    assert all(f"`{order}`" in API.section("Tickets") for order in ORDERS)


@pytest.mark.django_db
def test_an_error_looks_as_shown():
    (shown,) = API.fenced("json")
    example = json.loads(shown)
    answer = APIClient().post(f"{BASE}auth/login/", {"surprise": 1}, format="json")
    body = json.loads(answer.content)
    assert answer.headers["Content-Type"] == problems.CONTENT_TYPE
    assert set(body) == set(example)
    assert {key: body[key] for key in ("type", "title", "status", "code")} == {
        key: example[key] for key in ("type", "title", "status", "code")
    }


def labels(language: str) -> set[str]:
    """Every text of a catalogue, what is filled in left out."""
    found: set[str] = set()

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            for inner in value.values():
                collect(inner)
        else:
            found.add(re.sub(r"\s*\{\{\w+\}\}", "", str(value)).strip(" ,"))

    for file in (FRONTEND / "src" / "locales" / language).glob("*.json"):
        collect(json.loads(file.read_text(encoding="utf-8")))
    return found


@pytest.mark.parametrize(("path", "language"), GUIDES)
def test_the_labels_in_a_guide_are_those_on_screen(path: str, language: str):
    bold = {" ".join(one.split()) for one in re.findall(r"\*\*(.+?)\*\*", Page(path).text, re.S)}
    assert bold
    assert bold - labels(language) == set()


@pytest.mark.parametrize(("path", "language"), READMES)
def test_the_labels_in_a_readme_are_those_on_screen(path: str, language: str):
    parts = Page(path).text.split("\n## ")[2:4]
    bold = {
        " ".join(one.split()) for part in parts for one in re.findall(r"\*\*(.+?)\*\*", part, re.S)
    }
    assert len(bold) > 6
    assert bold - labels(language) - NOT_ON_SCREEN == set()


def keys_on_screen() -> set[str]:
    """Every key or sequence that a command of the app listens to."""
    found = {"mod+Enter"}  # handled by the forms themselves
    for file in (FRONTEND / "src").rglob("*.ts*"):
        if ".test." in file.name:
            continue
        text = file.read_text(encoding="utf-8")
        found |= set(re.findall(r"\bkeys: '([^']+)'", text))
        found |= set(re.findall(r"\buseGo\(\s*'([^']+)'", text))
    return found


@pytest.mark.parametrize(("path", "language"), GUIDES)
def test_the_table_of_shortcuts_is_complete(path: str, language: str):
    tables = re.findall(r"^\| `([^`]+)` \|", Page(path).text.split("\n## ")[-1], re.MULTILINE)
    shown = {key.replace("Ctrl+", "mod+").replace("Esc", "Escape") for key in tables}
    shown = {re.sub(r"^mod\+(\w)$", lambda m: f"mod+{m[1].lower()}", key) for key in shown}
    assert shown == keys_on_screen(), language
