"""Shapes of the demo room."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.api.serializers.base import StrictQuery, StrictSerializer, Text


class PostboxQuery(StrictQuery):
    """Whose postbox."""

    address = Text(max_length=80, help_text="An address at demo.local.")


class PostboxMessageSerializer(serializers.Serializer[Any]):
    """A mail of the postbox; `uid` is unique in its folder only."""

    uid = serializers.IntegerField()
    folder = serializers.ChoiceField(choices=["inbox", "sent"])
    to = serializers.CharField()
    subject = serializers.CharField()
    date = serializers.DateTimeField()
    text = serializers.CharField()
    message_id = serializers.CharField()
    in_reply_to = serializers.CharField()
    references = serializers.ListField(child=serializers.CharField())

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python, so the field is added by name."""
        return super().get_fields() | {"from": serializers.CharField()}


class PostboxSerializer(serializers.Serializer[Any]):
    """A customer's INBOX and Sent, newest first."""

    address = serializers.CharField()
    desk_address = serializers.CharField()
    messages = PostboxMessageSerializer(many=True)


class LetterInput(StrictSerializer):
    """A mail to the desk, as a customer writes it."""

    name = Text(max_length=100, allow_blank=True)
    address = Text(max_length=80)
    subject = Text(max_length=300, allow_blank=True)
    text = Text(max_length=100_000, trim_whitespace=False)
    in_reply_to_uid = serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        min_value=1,
        max_value=2**32 - 1,
        help_text="The INBOX mail it answers.",
    )


class LetterSerializer(serializers.Serializer[Any]):
    """A mail that is on its way."""

    message_id = serializers.CharField()


class RemovedSerializer(serializers.Serializer[Any]):
    """How many tickets went."""

    removed = serializers.IntegerField()
