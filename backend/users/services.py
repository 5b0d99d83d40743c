"""Changes to people: each one transaction with its log entry."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.db import connection, transaction
from django.db.models.functions import Now

from backend.audit.services import Actor, record
from backend.core.errors import Conflict, FieldError, Invalid
from backend.core.locks import lock_names
from backend.core.text import one_line
from backend.users.models import Session, Team, User
from backend.users.selectors import anybody_exists

PROFILE_FIELDS = ("name", "language", "theme", "time_zone")
_LONGEST_EMAIL = 254  # RFC 5321 4.5.3.1.3, and the column
# Any number: it serialises "is there already a person?" with creating the first.
_FIRST_ADMIN_LOCK = 5_212_001


@transaction.atomic
def create_user(
    *,
    actor: Actor,
    email: str,
    name: str,
    password: str,
    role: str = User.Role.AGENT,
    language: str = User.Language.PORTUGUESE,
    team: str | None = None,
) -> User:
    """Add a person; `team` is a team's name, made when it does not exist.

    Raises Invalid (fields email, name, role, password, language) or Conflict when the address
    is taken.
    """
    address = _email(email)
    shown_name = one_line(name, limit=120)
    if not shown_name:
        raise Invalid(
            "A person needs a name.", fields={"name": [FieldError("Type a name.", "blank")]}
        )
    if role not in User.Role.values:
        known = ", ".join(User.Role.values)
        raise Invalid(
            f"No role {role!r}: use {known}.",
            fields={"role": [FieldError(f"Use {known}.", "invalid_choice")]},
        )
    if language not in User.Language.values:
        raise Invalid(
            "No such language.",
            fields={"language": [FieldError("Use pt-BR or en.", "invalid_choice")]},
        )
    user = User(
        email=address,
        name=shown_name,
        role=role,
        language=language,
        time_zone=settings.TIME_ZONE,
    )
    _set_password(user, password)
    lock_names([f"user:{address}"])
    if User.objects.filter(email=address).exists():
        raise Conflict(f"{address} already belongs to a person.", code="email_taken")
    user.save(force_insert=True)
    if team:
        user.teams.add(team_named(team))
    record(
        actor=actor,
        action="user.create",
        object_type="user",
        object_id=user.id,
        after={"email": address, "name": shown_name, "role": role, "team": team},
    )
    return user


@transaction.atomic
def create_first_admin(
    *, actor: Actor, email: str, name: str, password: str, language: str
) -> User:
    """Create the administrator of an empty desk; raises Conflict when anybody exists already."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_FIRST_ADMIN_LOCK])
    if anybody_exists():
        raise Conflict("The desk is set up already: sign in.", code="already_set_up")
    return create_user(
        actor=actor,
        email=email,
        name=name,
        password=password,
        role=User.Role.ADMIN,
        language=language,
    )


@transaction.atomic
def change_profile(*, actor: Actor, user: User, changes: dict[str, Any]) -> User:
    """Change a person's own name, language, theme or time zone; raises Invalid."""
    zone = changes.get("time_zone")
    if zone is not None and zone not in available_timezones():
        raise Invalid(
            "No such time zone.",
            fields={
                "time_zone": [
                    FieldError("Use a name such as America/Sao_Paulo.", "unknown_time_zone")
                ]
            },
        )
    locked = User.objects.select_for_update().get(pk=user.pk)
    before = {field: getattr(locked, field) for field in PROFILE_FIELDS if field in changes}
    after = {field: one_line(changes[field], limit=120) for field in before}
    if "name" in after and not after["name"]:
        raise Invalid(
            "A person needs a name.", fields={"name": [FieldError("Type a name.", "blank")]}
        )
    if before == after:
        return locked
    for field, value in after.items():
        setattr(locked, field, value)
    locked.save(update_fields=list(after))
    record(
        actor=actor,
        action="user.profile",
        object_type="user",
        object_id=user.id,
        before=before,
        after=after,
    )
    return locked


@transaction.atomic
def change_password(
    *, actor: Actor, user: User, current: str, new: str, keep_session: Session | None
) -> None:
    """Change one's own password and sign out everywhere but here; raises Invalid."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    if not locked.check_password(current):
        raise Invalid(
            "The current password is wrong.",
            code="wrong_password",
            fields={
                "current_password": [FieldError("This is not your password.", "wrong_password")]
            },
        )
    _set_password(locked, new, field="new_password")
    locked.save(update_fields=["password"])
    others = Session.objects.filter(user=locked, revoked_at__isnull=True)
    if keep_session is not None:
        others = others.exclude(pk=keep_session.pk)
    others.update(revoked_at=Now())
    record(actor=actor, action="user.password", object_type="user", object_id=user.id)


def _email(email: str) -> str:
    address = email.strip().lower()
    try:
        validate_email(address)
        MaxLengthValidator(_LONGEST_EMAIL)(address)
    except ValidationError as error:
        raise Invalid(
            f"{email!r} is not an e-mail address.",
            fields={"email": [FieldError("Not an e-mail address.", "bad_address")]},
        ) from error
    return address


def _set_password(user: User, password: str, *, field: str = "password") -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(
            "This password is too weak: " + " ".join(error.messages),
            code="weak_password",
            fields={field: [_weakness(one) for one in error.error_list]},
        ) from error
    user.set_password(password)


def _weakness(error: ValidationError) -> FieldError:
    """What one of Django's validators has against a password, with its code."""
    return FieldError(" ".join(error.messages), error.code or "invalid")


@transaction.atomic
def team_named(name: str) -> Team:
    """The team of this name, without regard to case, made when there is none."""
    shown = one_line(name, limit=80)
    lock_names([f"team:{shown.lower()}"])
    existing = Team.objects.filter(name__iexact=shown).first()
    return existing or Team.objects.create(name=shown)
