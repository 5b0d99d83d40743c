"""Adding and changing people."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, transaction
from pytest_django.fixtures import Settings

from backend.core.errors import Conflict, Invalid
from backend.users import sessions
from backend.users.models import Session, Team, User
from backend.users.policy import Permission, can
from backend.users.selectors import assignable
from backend.users.services import (
    change_password,
    change_profile,
    create_first_admin,
    create_user,
    team_named,
)
from tests.connections import at_once
from tests.desk import PASSWORD, TESTS, person

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "another horse battery"


def add(**changed: Any) -> User:
    values = {"email": "ana@desk.test", "name": "Ana", "password": PASSWORD} | changed
    return create_user(actor=TESTS, **values)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", "too short"),
        ("curta", "too short"),
        ("password1234", "too common"),
        ("498237498237", "entirely numeric"),
        ("ana.souza@desk.test", "too similar to the email"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(password: str, why: str):
    with pytest.raises(Invalid) as caught:
        add(email="ana.souza@desk.test", password=password)
    assert caught.value.code == "weak_password"
    assert why in " ".join(caught.value.fields["password"])
    assert not User.objects.exists()


def test_a_password_is_kept_as_a_hash_only():
    user = add()
    assert PASSWORD not in user.password
    assert user.check_password(PASSWORD)
    assert not user.check_password(PASSWORD.upper())


@pytest.mark.parametrize("same", ["ana@desk.test", "ANA@DESK.TEST", "  Ana@Desk.Test "])
def test_an_address_belongs_to_one_person_however_it_is_written(same: str):
    assert add(email="Ana@desk.test").email == "ana@desk.test"
    with pytest.raises(Conflict) as caught:
        add(email=same)
    assert caught.value.code == "email_taken"


def test_the_database_knows_addresses_in_lower_case_only():
    user = add()
    with pytest.raises(DatabaseError), transaction.atomic():
        User.objects.filter(pk=user.pk).update(email="ANA@desk.test")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"email": "not an address"}, "email"),
        ({"email": "ana@desk.test\nbcc: x@y.test"}, "email"),
        ({"email": "ana\0@desk.test"}, "email"),
        ({"email": f"{'a' * 250}@desk.test"}, "email"),
        ({"name": "  \n "}, "name"),
        ({"role": "owner"}, "role"),
        ({"language": "fr"}, "language"),
    ],
)
def test_what_can_not_be_is_refused_and_the_field_named(changed: dict[str, str], field: str):
    with pytest.raises(Invalid) as caught:
        add(**changed)
    assert list(caught.value.fields) == [field]
    assert not User.objects.exists()


def test_a_new_person_has_the_time_zone_of_the_desk(settings: Settings):
    settings.TIME_ZONE = "America/Manaus"
    assert add().time_zone == "America/Manaus"


def test_a_team_is_made_once_however_its_name_is_written():
    first, second = person(team="Vendas"), person(team=" VENDAS ")
    assert list(first.teams.all()) == list(second.teams.all()) == [Team.objects.get()]
    assert team_named("vendas") == Team.objects.get()


@pytest.mark.django_db(transaction=True)
def test_two_who_add_the_same_person_at_once_add_one():
    results = at_once(*[lambda: add().email] * 4)
    assert sorted(map(str, results)) == ["ana@desk.test", *["email_taken"] * 3]


@pytest.mark.django_db(transaction=True)
def test_two_who_name_a_new_team_at_once_share_it():
    results = at_once(*[lambda: person(team="Vendas").role] * 4)
    assert results == ["agent"] * 4
    assert Team.objects.get().members.count() == 4


@pytest.mark.django_db(transaction=True)
def test_two_browsers_that_set_the_desk_up_at_once_make_one_administrator():
    def set_up(number: int) -> str:
        user = create_first_admin(
            actor=TESTS,
            email=f"admin{number}@desk.test",
            name="Admin",
            password=PASSWORD,
            language="en",
        )
        return user.role

    results = at_once(*[lambda number=number: set_up(number) for number in range(3)])
    assert sorted(map(str, results)) == ["admin", "already_set_up", "already_set_up"]
    assert User.objects.count() == 1


def test_the_first_administrator_is_made_once():
    values = {"name": "A", "password": PASSWORD, "language": "en"}
    first = create_first_admin(actor=TESTS, email="a@desk.test", **values)
    assert (first.role, first.language) == ("admin", "en")
    with pytest.raises(Conflict):
        create_first_admin(actor=TESTS, email="b@desk.test", **values)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"time_zone": "Mars/Olympus"}, "time_zone"), ({"name": " "}, "name")],
)
def test_a_profile_that_can_not_be_is_refused(changes: dict[str, str], field: str):
    user = person()
    with pytest.raises(Invalid) as caught:
        change_profile(actor=TESTS, user=user, changes=changes)
    assert list(caught.value.fields) == [field]


def test_a_profile_holds_nothing_but_what_people_may_change_themselves():
    user = person("light")
    change_profile(actor=TESTS, user=user, changes={"role": "admin", "email": "x@y.test"})
    user.refresh_from_db()
    assert (user.role, user.email != "x@y.test") == ("light", True)


def test_a_changed_role_counts_at_the_next_request():
    user = person("light")
    signed_in = sessions.open_session(user=user, user_agent="", ip=None, actor=TESTS)
    User.objects.filter(pk=user.pk).update(role="supervisor")
    found = sessions.session_of_access_token(signed_in.access).user
    assert can(found, Permission.TICKET_DELETE)


def test_a_role_nobody_knows_is_refused_by_the_database():
    user = person()
    with pytest.raises(DatabaseError), transaction.atomic():
        User.objects.filter(pk=user.pk).update(role="owner")


def test_somebody_deactivated_is_not_offered_for_assignment():
    stays, leaves = person(name="Bia"), person(name="Caio")
    User.objects.filter(pk=leaves.pk).update(is_active=False)
    assert [row["id"] for row in assignable()] == [stays.id]


def test_a_wrong_current_password_changes_nothing():
    user = person()
    with pytest.raises(Invalid) as caught:
        change_password(
            actor=TESTS, user=user, current="wrong", new=NEW_PASSWORD, keep_session=None
        )
    assert caught.value.code == "wrong_password"
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_a_new_password_must_be_strong_too():
    user = person()
    with pytest.raises(Invalid) as caught:
        change_password(actor=TESTS, user=user, current=PASSWORD, new="short", keep_session=None)
    assert list(caught.value.fields) == ["new_password"]


def test_a_new_password_ends_every_other_session_of_this_person():
    user, somebody = person(), person()
    here, there = (
        sessions.open_session(user=user, user_agent="", ip=None, actor=TESTS) for _ in range(2)
    )
    other = sessions.open_session(user=somebody, user_agent="", ip=None, actor=TESTS)
    change_password(
        actor=TESTS, user=user, current=PASSWORD, new=NEW_PASSWORD, keep_session=here.session
    )
    alive = Session.objects.filter(revoked_at__isnull=True)
    assert set(alive) == {here.session, other.session}
    with pytest.raises(sessions.NotSignedIn):
        sessions.session_of_access_token(there.access)
