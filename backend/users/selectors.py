"""What the screens read about people."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX

from backend.users.models import User


def assignable() -> list[dict[str, Any]]:
    """Active people by name: {id, name, email, role, is_active}."""
    fields = ("id", "name", "email", "role", "is_active")
    return list(User.objects.filter(is_active=True).order_by("name", "id").values(*fields))


def team_ids(user: User) -> list[uuid.UUID]:
    """The teams a person is in."""
    return list(user.teams.values_list("id", flat=True))


def anybody_exists() -> bool:
    """False only on a desk nobody has set up: somebody who never could sign in does not count."""
    never = {"is_active": False, "password__startswith": UNUSABLE_PASSWORD_PREFIX}
    return User.objects.exclude(**never).exists()
