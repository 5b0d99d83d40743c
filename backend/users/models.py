"""People, teams, and what they hold: sessions and tokens."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now

from backend.core.ids import uuid7


class Team(models.Model):
    """A group of people who share tickets."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=80)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "teams"
        constraints = (models.UniqueConstraint(Lower("name"), name="teams_name_once"),)

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        """Find by e-mail without regard to case."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A person who works in the desk. Never deleted, only deactivated: the log refers to them."""

    class Role(models.TextChoices):
        ADMIN = "admin"
        SUPERVISOR = "supervisor"
        AGENT = "agent"
        LIGHT = "light"

    class Language(models.TextChoices):
        PORTUGUESE = "pt-BR"
        ENGLISH = "en"

    class Theme(models.TextChoices):
        SYSTEM = "system"
        LIGHT = "light"
        DARK = "dark"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(max_length=254, unique=True, help_text="In lower case.")
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.AGENT)
    teams = models.ManyToManyField(Team, related_name="members", db_table="team_members")
    language = models.CharField(max_length=8, choices=Language.choices, default=Language.PORTUGUESE)
    theme = models.CharField(max_length=8, choices=Theme.choices, default=Theme.SYSTEM)
    time_zone = models.CharField(max_length=64, default="America/Sao_Paulo")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        db_table = "users"
        constraints = (
            models.CheckConstraint(
                condition=Q(email=Lower("email")), name="users_email_in_lower_case"
            ),
            models.CheckConstraint(
                condition=Q(role__in=["admin", "supervisor", "agent", "light"]),
                name="users_role_known",
            ),
        )

    def __str__(self) -> str:
        return self.email

    @property
    def is_staff(self) -> bool:
        """Django's word for administrators."""
        return self.role == self.Role.ADMIN


class Session(models.Model):
    """One signed-in browser: a family of refresh tokens of which only the newest is good."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    refresh_hash = models.CharField(max_length=64, unique=True)
    previous_hash = models.CharField(max_length=64, blank=True, db_index=True)
    rotated_at = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)
    ip = models.GenericIPAddressField(null=True, blank=True)

    class Meta:
        db_table = "user_sessions"

    def __str__(self) -> str:
        return f"{self.user_id} {self.id}"


class ApiToken(models.Model):
    """A token for programs; only its hash is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "api_tokens"

    def __str__(self) -> str:
        return self.name
