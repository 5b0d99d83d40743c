"""Sealed secrets: opened in their place with their key, and nowhere else."""

from __future__ import annotations

import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from backend.core.keys import UnreadableSecret, derived_key, seal, unseal

PLACE = "mailboxes:1:imap_password"
PASSWORD = "correct horse battery"


def other_key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


@given(st.text())
def test_a_secret_opens_in_its_place(secret: str):
    assert unseal(seal(secret, place=PLACE), place=PLACE) == secret


def test_what_is_sealed_shows_nothing_and_differs_each_time():
    first, second = seal(PASSWORD, place=PLACE), seal(PASSWORD, place=PLACE)
    assert first != second
    assert PASSWORD not in first
    assert base64.b64encode(PASSWORD.encode()).decode()[:12] not in first


def test_no_password_stays_no_password():
    assert seal("", place=PLACE) == unseal("", place=PLACE) == ""


@pytest.mark.parametrize("place", ["mailboxes:2:imap_password", "mailboxes:1:smtp_password", ""])
def test_a_secret_copied_to_another_place_does_not_open(place: str):
    with pytest.raises(UnreadableSecret):
        unseal(seal(PASSWORD, place=PLACE), place=place)


def test_another_key_is_refused_with_what_to_do(settings: Settings):
    sealed = seal(PASSWORD, place=PLACE)
    settings.DESK_ENCRYPTION_KEY = other_key()
    with pytest.raises(UnreadableSecret) as caught:
        unseal(sealed, place=PLACE)
    assert str(caught.value) == (
        "A stored password can't be opened with this DESK_ENCRYPTION_KEY: "
        "put the old key back, or type the password again."
    )


@pytest.mark.parametrize("at", [3, 10, 30, -6])
def test_damaged_bytes_do_not_open(at: int):
    sealed = list(seal(PASSWORD, place=PLACE))
    sealed[at] = "A" if sealed[at] != "A" else "B"
    with pytest.raises(UnreadableSecret):
        unseal("".join(sealed), place=PLACE)


@pytest.mark.parametrize("sealed", ["v1:", "v1:AAAA", "v1:çã", "v1:====", "v9:AAAA", PASSWORD])
def test_what_was_never_sealed_is_refused_and_not_repeated(sealed: str):
    with pytest.raises(UnreadableSecret) as caught:
        unseal(sealed, place=PLACE)
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize("key", ["", "short", "A" * 44, "çã" * 22])
def test_a_key_that_is_none_is_refused_and_not_repeated(settings: Settings, key: str):
    settings.DESK_ENCRYPTION_KEY = key
    with pytest.raises(UnreadableSecret, match="DESK_ENCRYPTION_KEY") as caught:
        seal(PASSWORD, place=PLACE)
    assert not key or key not in str(caught.value)


def test_both_alphabets_of_base64_are_the_same_key(settings: Settings):
    key = bytes(range(224, 256))
    settings.DESK_ENCRYPTION_KEY = base64.b64encode(key).decode()
    sealed = seal(PASSWORD, place=PLACE)
    settings.DESK_ENCRYPTION_KEY = base64.urlsafe_b64encode(key).decode()
    assert unseal(sealed, place=PLACE) == PASSWORD


def test_purposes_share_no_derived_key_and_another_secret_changes_them(settings: Settings):
    first = derived_key("access")
    assert len(first) == 32
    assert first == derived_key("access") != derived_key("mail")
    settings.SECRET_KEY = settings.SECRET_KEY + "!"
    assert derived_key("access") != first
