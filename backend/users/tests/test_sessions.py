"""Signing in, staying signed in, and being signed out."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.contrib.auth.hashers import get_hasher
from django.db.models.functions import Now
from django.utils import timezone
from pytest_django.fixtures import Settings

from backend.audit.models import Log
from backend.core.keys import derived_key
from backend.users import sessions
from backend.users.models import ApiToken, Session, User
from backend.users.sessions import NotSignedIn, SignedIn
from tests.connections import at_once
from tests.desk import PASSWORD, TESTS, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return person(email="ana@desk.test")


@pytest.fixture
def signed_in(user: User) -> SignedIn:
    return sign_in()


def sign_in(email: str = "ana@desk.test", password: str = PASSWORD) -> SignedIn:
    return sessions.sign_in(
        email=email, password=password, user_agent="tests", ip="127.0.0.1", actor=TESTS
    )


def refresh(token: str | None) -> SignedIn:
    assert token is not None
    return sessions.refresh(token=token, actor=TESTS)


def refused(action: Callable[[], object]) -> NotSignedIn:
    with pytest.raises(NotSignedIn) as caught:
        action()
    return caught.value


def make_older(by: timedelta) -> None:
    """As if the refresh token had been replaced that long ago."""
    Session.objects.update(rotated_at=Now() - by)


@pytest.mark.parametrize("email", ["ana@desk.test", "ANA@desk.test", " Ana@Desk.Test "])
def test_an_address_signs_in_however_it_is_written(user: User, email: str):
    signed_in = sign_in(email)
    assert signed_in.user == user
    assert sessions.session_of_access_token(signed_in.access).user == user
    user.refresh_from_db()
    assert user.last_login is not None


def test_unknown_wrong_and_deactivated_answer_alike(user: User):
    gone = person(email="gone@desk.test")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    answers = {
        (error.code, error.message)
        for error in (
            refused(lambda: sign_in(password="wrong password")),
            refused(lambda: sign_in("nobody@desk.test")),
            refused(lambda: sign_in("gone@desk.test")),
            refused(lambda: sign_in("")),
        )
    }
    assert answers == {("wrong_credentials", "E-mail or password is wrong.")}
    assert not Session.objects.exists()


def test_an_unknown_address_costs_a_password_hash_like_a_known_one(
    user: User, monkeypatch: pytest.MonkeyPatch
):
    hasher = type(get_hasher())
    hashed: list[str] = []
    encode = hasher.encode

    def noting(self: Any, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(hasher, "encode", noting)
    refused(lambda: sign_in("nobody@desk.test", "wrong password"))
    unknown = len(hashed)
    refused(lambda: sign_in(password="wrong password"))
    assert unknown == len(hashed) - unknown == 1


def test_a_refresh_token_is_kept_as_a_hash_only(signed_in: SignedIn):
    assert signed_in.refresh is not None
    row = Session.objects.values().get()
    assert signed_in.refresh not in str(row)
    assert row["refresh_hash"] == hashlib.sha256(signed_in.refresh.encode()).hexdigest()


def test_each_refresh_replaces_the_token(signed_in: SignedIn):
    tokens = [signed_in.refresh]
    for _ in range(3):
        tokens.append(refresh(tokens[-1]).refresh)
    assert None not in tokens
    assert len(set(tokens)) == 4
    assert Session.objects.count() == 1


def test_the_second_of_two_tabs_gets_access_and_keeps_the_new_cookie(signed_in: SignedIn):
    refresh(signed_in.refresh)
    late = refresh(signed_in.refresh)
    assert late.refresh is None
    assert sessions.session_of_access_token(late.access).user == signed_in.user


def test_a_token_used_again_later_ends_the_whole_family(signed_in: SignedIn):
    newest = refresh(signed_in.refresh)
    make_older(timedelta(seconds=16))
    assert "used twice" in refused(lambda: refresh(signed_in.refresh)).message
    refused(lambda: refresh(newest.refresh))
    refused(lambda: sessions.session_of_access_token(newest.access))
    assert Log.objects.filter(action="session.reuse", object_id=newest.session.id).count() == 1


def test_a_token_of_long_ago_is_refused_as_unknown(signed_in: SignedIn):
    second = refresh(signed_in.refresh)
    third = refresh(second.refresh)
    make_older(timedelta(minutes=5))
    refused(lambda: refresh(signed_in.refresh))
    assert refresh(third.refresh).user == signed_in.user


def test_a_stolen_token_ends_no_other_session_of_this_person(user: User, signed_in: SignedIn):
    phone = sign_in()
    refresh(signed_in.refresh)
    make_older(timedelta(minutes=5))
    refused(lambda: refresh(signed_in.refresh))
    assert refresh(phone.refresh).user == user


@pytest.mark.django_db(transaction=True)
def test_of_many_who_refresh_with_one_token_at_once_one_gets_the_new_one():
    person(email="ana@desk.test")
    token = sign_in().refresh
    given = at_once(*[lambda: refresh(token).refresh] * 6)
    assert sorted(new is None for new in given) == [False, *[True] * 5]
    assert Session.objects.get().revoked_at is None


@pytest.mark.parametrize("token", ["", "unknown", "\0", "\ud800", "x" * 100_000])
def test_a_refresh_token_nobody_gave_is_refused(signed_in: SignedIn, token: str):
    refused(lambda: refresh(token))
    assert Session.objects.get().revoked_at is None


@pytest.mark.parametrize(
    "change",
    [
        {"revoked_at": Now()},
        {"expires_at": Now() - timedelta(seconds=1)},
        {"user__is_active": False},
    ],
    ids=["revoked", "expired", "deactivated"],
)
def test_an_ended_session_is_refused_at_once(signed_in: SignedIn, change: dict[str, Any]):
    if change.pop("user__is_active", True):
        Session.objects.update(**change)
    else:
        User.objects.update(is_active=False)
    refused(lambda: sessions.session_of_access_token(signed_in.access))
    refused(lambda: refresh(signed_in.refresh))


def test_signing_out_ends_this_session_alone(signed_in: SignedIn):
    other = sign_in()
    assert signed_in.refresh is not None
    sessions.sign_out(token=signed_in.refresh, actor=TESTS)
    refused(lambda: sessions.session_of_access_token(signed_in.access))
    assert sessions.session_of_access_token(other.access).user == other.user


def forged(
    signed_in: SignedIn, *, key: bytes | None = None, alg: str = "HS256", **claims: Any
) -> str:
    """An access token like a real one, with some claims changed; None leaves one out."""
    real = jwt.decode(signed_in.access, options={"verify_signature": False})
    wanted = {name: value for name, value in (real | claims).items() if value is not None}
    return jwt.encode(wanted, key or derived_key("access"), algorithm=alg)


@pytest.mark.parametrize(
    "changed",
    [
        {"key": b"k" * 32},
        {"key": b"k" * 64, "alg": "HS512"},
        {"iss": "somebody"},
        {"aud": "somebody"},
        {"exp": None},
        {"sid": None},
        {"sub": None},
        {"sid": "not an id"},
        {"sid": "0f5c1c5e-5d1c-4b1e-9f0e-2f6d1a3b7c90"},
        {"sid": "\0"},
    ],
    ids=str,
)
def test_a_forged_access_token_is_refused(signed_in: SignedIn, changed: dict[str, Any]):
    token = forged(signed_in, **changed)
    refused(lambda: sessions.session_of_access_token(token))


def test_an_unsigned_access_token_is_refused(signed_in: SignedIn):
    claims = jwt.decode(signed_in.access, options={"verify_signature": False})
    token = jwt.encode(claims, "", algorithm="none")
    refused(lambda: sessions.session_of_access_token(token))


def test_an_access_token_ends_after_ten_minutes(signed_in: SignedIn):
    claims = jwt.decode(signed_in.access, options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 600
    token = forged(signed_in, exp=int(time.time()) - 60)
    refused(lambda: sessions.session_of_access_token(token))


def test_another_secret_key_signs_everybody_out(signed_in: SignedIn, settings: Settings):
    settings.SECRET_KEY = "x" * 60
    refused(lambda: sessions.session_of_access_token(signed_in.access))


def test_a_token_for_programs_is_kept_as_a_hash_only(user: User):
    token = sessions.create_api_token(actor=TESTS, user=user, name="script")
    assert sessions.is_api_token(token)
    row = ApiToken.objects.values().get()
    assert token not in str(row)
    assert token.removeprefix("desk_") not in str(row)
    assert row["token_hash"] == hashlib.sha256(token.encode()).hexdigest()
    assert token not in str(list(Log.objects.values()))
    assert sessions.user_of_api_token(token) == user


@pytest.mark.parametrize(
    "change",
    [{"revoked_at": Now()}, {"expires_at": Now() - timedelta(seconds=1)}, {}],
    ids=["revoked", "expired", "deactivated"],
)
def test_an_ended_token_for_programs_is_refused_at_once(user: User, change: dict[str, Any]):
    token = sessions.create_api_token(actor=TESTS, user=user, name="script")
    if change:
        ApiToken.objects.update(**change)
    else:
        User.objects.update(is_active=False)
    refused(lambda: sessions.user_of_api_token(token))


@pytest.mark.parametrize("token", ["", "desk_", "desk_unknown", "\0", "\ud800"])
def test_a_token_for_programs_nobody_gave_is_refused(user: User, token: str):
    sessions.create_api_token(actor=TESTS, user=user, name="script")
    refused(lambda: sessions.user_of_api_token(token))


def test_the_use_of_a_token_for_programs_is_noted_once_a_minute(user: User):
    token = sessions.create_api_token(actor=TESTS, user=user, name="script")
    sessions.user_of_api_token(token)
    first = ApiToken.objects.get().last_used_at
    sessions.user_of_api_token(token)
    assert ApiToken.objects.get().last_used_at == first
    assert first is not None
    hour_ago = timezone.now() - timedelta(hours=1)
    ApiToken.objects.update(last_used_at=hour_ago)
    sessions.user_of_api_token(token)
    assert ApiToken.objects.get().last_used_at != hour_ago


def test_a_token_for_programs_is_no_access_token_and_the_other_way_round(signed_in: SignedIn):
    token = sessions.create_api_token(actor=TESTS, user=signed_in.user, name="script")
    refused(lambda: sessions.session_of_access_token(token))
    refused(lambda: sessions.user_of_api_token(signed_in.access))
    assert not sessions.is_api_token(signed_in.access)
