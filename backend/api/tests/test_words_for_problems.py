"""The app has words in each language for every code of a problem, a field and a mail server."""

from __future__ import annotations

import ast
import itertools
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from django.contrib.auth.password_validation import get_password_validators
from django.core.validators import ProhibitNullCharactersValidator
from rest_framework import serializers
from rest_framework.validators import ProhibitSurrogateCharactersValidator

from backend.api import problems
from backend.api.serializers import (
    base,
    contacts,
    demo,
    mailboxes,
    messages,
    setting_up,
    tickets,
    users,
)
from backend.core import errors
from desk_cli.paths import FRONTEND, ROOT

LANGUAGES = ("pt-BR", "en")
# A worker's own, which no request is answered with, and the name of a column.
INTERNAL = {"lease_lost", "smtp_code"}
# The app's own, for a request nobody answered.
OF_THE_APP = {"offline"}
# The validators of Django give these; their classes don't name them.
PASSWORD_CODES = {
    "MinimumLengthValidator": "password_too_short",
    "CommonPasswordValidator": "password_too_common",
    "NumericPasswordValidator": "password_entirely_numeric",
    "UserAttributeSimilarityValidator": "password_too_similar",
}
PROTOCOLS = ("imap", "smtp")


def words(language: str, namespace: str) -> dict[str, Any]:
    path = FRONTEND / "src" / "locales" / language / f"{namespace}.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


@cache
def sources(folder: str) -> tuple[ast.Module, ...]:
    """The parsed files of a folder that can run inside the API or the monitor."""
    files = [
        path
        for path in sorted((ROOT / folder).rglob("*.py"))
        if not {"tests", "management", "migrations", "cli"} & set(path.relative_to(ROOT).parts)
    ]
    assert files
    return tuple(ast.parse(path.read_text(encoding="utf-8")) for path in files)


def calls(folder: str) -> Iterator[tuple[str, ast.Call]]:
    """(name of the function, call) of every call in a folder."""
    for module in sources(folder):
        for node in ast.walk(module):
            if isinstance(node, ast.Call):
                yield ast.unparse(node.func).rpartition(".")[2], node


def problem_codes() -> set[str]:
    """`code="..."` of calls, the `code = "..."` of error classes and those for the framework's."""
    found = set(problems._DRF_CODES.values())
    for _, call in calls("backend"):
        for keyword in call.keywords:
            if keyword.arg == "code" and isinstance(keyword.value, ast.Constant):
                found.add(str(keyword.value.value))
    kinds: list[type[errors.DeskError]] = [errors.DeskError, *problems._STATUS]
    found |= {kind.code for kind in kinds}
    return found - INTERNAL


def own_field_codes() -> set[str]:
    found = set()
    for name, call in calls("backend"):
        if name == "FieldError" and isinstance(call.args[1], ast.Constant):
            found.add(str(call.args[1].value))
    return found


def fields_of(
    serializer: type[serializers.Serializer[Any]],
) -> Iterator[serializers.Field[Any, Any, Any, Any]]:
    """Every field a client fills in, and what its lists hold."""
    for field in serializer().fields.values():
        yield field
        if isinstance(field, serializers.ListField):
            yield field.child


def framework_field_codes() -> set[str]:
    """What the fields of all inputs and queries may say, and their validators."""
    inputs = {
        kind
        for module in (base, contacts, demo, mailboxes, messages, setting_up, tickets, users)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, base.StrictSerializer | base.StrictQuery)
    }
    assert inputs
    found = {ProhibitNullCharactersValidator.code, ProhibitSurrogateCharactersValidator.code}
    for field in itertools.chain.from_iterable(map(fields_of, inputs)):
        found |= set(field.error_messages)
        found |= {getattr(validator, "code", "invalid") for validator in field.validators}
    return found


def password_codes(settings: Any) -> set[str]:
    validators = get_password_validators(settings.AUTH_PASSWORD_VALIDATORS)
    return {PASSWORD_CODES[type(one).__name__] for one in validators}


def mail_server_codes() -> set[str]:
    """Codes of failed steps and of stopped mailboxes, for each protocol that can give them."""
    found: set[str] = {"secret_unreadable", "storage_unwritable"}
    code = re.compile(r"(imap|smtp|\{protocol\})_[a-z_]+")
    nodes = itertools.chain.from_iterable(map(ast.walk, sources("backend/mail")))
    for node in nodes:
        if isinstance(node, ast.Constant | ast.JoinedStr):
            text = ast.unparse(node).removeprefix("f").strip("'")
            if code.fullmatch(text):
                found |= {text.replace("{protocol}", one) for one in PROTOCOLS}
    trial = re.compile(r"(imap|smtp)_test_[a-z_]+")
    for node in itertools.chain.from_iterable(map(ast.walk, sources("backend/mailboxes"))):
        if isinstance(node, ast.Constant) and trial.fullmatch(str(node.value)):
            found.add(str(node.value))
    return found | token_codes()


def token_codes() -> set[str]:
    """Why no token could be had: the errors that a renewal ends with."""
    found = set()
    for name, call in calls("backend/mailboxes/oauth"):
        for keyword in call.keywords if name in {"Revoked", "ClientRefused", "Away"} else ():
            if keyword.arg == "code" and isinstance(keyword.value, ast.Constant):
                found.add(str(keyword.value.value))
    return found - {"oauth_no_refresh_token"}  # ends a sign-in, not a renewal


def test_the_codes_are_found_in_the_source():
    assert {"invalid", "stale", "throttled", "address_taken", "error"} <= problem_codes()
    assert {"bad_host", "may_not_have_ticket", "unknown_field"} <= own_field_codes()
    assert {"required", "max_length", "invalid_choice"} <= framework_field_codes()
    assert {"imap_tls_failed", "smtp_tls_failed", "imap_dropped"} <= mail_server_codes()
    assert {"smtp_test_not_sent", "oauth_revoked", "oauth_unreachable"} <= mail_server_codes()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_of_a_problem_has_words_and_no_words_are_left_over(language: str):
    assert set(words(language, "problems")["code"]) == problem_codes() | OF_THE_APP


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_of_a_field_has_words_and_no_words_are_left_over(language: str, settings: Any):
    codes = own_field_codes() | framework_field_codes() | password_codes(settings)
    assert set(words(language, "problems")["field"]) == codes


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_failure_of_a_mail_server_has_advice(language: str):
    advice = words(language, "mailboxes")["advice"]
    assert mail_server_codes() - set(advice) == set()


def test_every_own_message_of_a_field_has_a_code_that_can_be_read_here():
    unreadable = [
        ast.unparse(call)
        for name, call in calls("backend")
        if name == "FieldError" and not isinstance(call.args[1], ast.Constant)
    ]
    # The REST framework's and Django's own messages, passed on with their codes.
    assert sorted(unreadable) == [
        "FieldError(' '.join(error.messages), error.code or 'invalid')",
        "FieldError(str(one), one.code)",
    ]
