"""Shapes around people: setting up, signing in, one's own profile."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.api.serializers.base import StrictSerializer, Text
from backend.users.models import User


class MeSerializer(serializers.Serializer[Any]):
    """The signed-in person."""

    id = serializers.UUIDField()
    email = serializers.CharField()
    name = serializers.CharField()
    role = serializers.ChoiceField(choices=User.Role.choices)
    language = serializers.ChoiceField(choices=User.Language.choices)
    theme = serializers.ChoiceField(choices=User.Theme.choices)
    time_zone = serializers.CharField()
    permissions = serializers.ListField(child=serializers.CharField())


class SignedInSerializer(serializers.Serializer[Any]):
    """An access token for memory; the refresh token travels in an httpOnly cookie."""

    access = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds.")
    user = MeSerializer()


class SetupStateSerializer(serializers.Serializer[Any]):
    """Whether the first administrator is still to be created."""

    needed = serializers.BooleanField()
    code_required = serializers.BooleanField()
    demo = serializers.BooleanField()
    languages = serializers.ListField(child=serializers.ChoiceField(choices=User.Language.choices))


class SetupInput(StrictSerializer):
    """The first administrator."""

    name = Text(max_length=120)
    email = Text(max_length=254)
    password = Text(max_length=200, trim_whitespace=False)
    language = serializers.ChoiceField(choices=User.Language.choices)
    code = Text(max_length=200, required=False, allow_blank=True, default="")


class LoginInput(StrictSerializer):
    """E-mail and password."""

    email = Text(max_length=254)
    password = Text(max_length=200, trim_whitespace=False)


class ProfileInput(StrictSerializer):
    """What people change about themselves."""

    name = Text(max_length=120, required=False)
    language = serializers.ChoiceField(choices=User.Language.choices, required=False)
    theme = serializers.ChoiceField(choices=User.Theme.choices, required=False)
    time_zone = Text(max_length=64, required=False)


class PasswordInput(StrictSerializer):
    """A new password, and the current one as proof."""

    current_password = Text(max_length=200, trim_whitespace=False)
    new_password = Text(max_length=200, trim_whitespace=False)


class PersonSerializer(serializers.Serializer[Any]):
    """Somebody a ticket can be given to."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    email = serializers.CharField()
    role = serializers.ChoiceField(choices=User.Role.choices)
    is_active = serializers.BooleanField()
