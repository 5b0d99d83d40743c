"""The errors of services: each has words for people and a code for programs."""

from __future__ import annotations

import pytest

from backend.core.errors import (
    Conflict,
    DeskError,
    FieldError,
    Forbidden,
    Invalid,
    Missing,
    Stale,
    Unavailable,
)

KINDS: list[type[DeskError]] = [Invalid, Forbidden, Missing, Conflict, Stale, Unavailable]


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_carries_its_words_and_the_code_of_its_kind(kind: type[DeskError]):
    error = kind("This can't be done.")
    assert (str(error), error.message) == ("This can't be done.", "This can't be done.")
    assert error.code == kind.code


def test_the_codes_of_the_kinds_differ():
    assert len({kind.code for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_code_given_is_that_of_this_error_alone(kind: type[DeskError]):
    assert kind("No.", code="ticket_deleted").code == "ticket_deleted"
    assert kind("No.").code != "ticket_deleted"


def test_two_errors_share_no_fields():
    first = Invalid("Wrong.")
    first.fields["name"] = [FieldError("Type a name.", "blank")]
    assert Invalid("Wrong.").fields == {}
