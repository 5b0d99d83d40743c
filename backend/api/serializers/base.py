"""Strict input: unknown keys, NUL and lone surrogates are refused (SECURITY.md V2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from backend.core.errors import FieldError
from backend.core.paging import DEFAULT_LIMIT, MAX_LIMIT


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses keys it does not know, so that a misspelt field is never silently ignored."""

    def to_internal_value(self, data: Any) -> Any:
        """The checked values; a 400 naming each unknown key."""
        if isinstance(data, Mapping):
            unknown = sorted(str(key) for key in set(data) - set(self.fields))
            if unknown:
                raise serializers.ValidationError(
                    {
                        key[:100]: [FieldError("There is no such field.", "unknown_field")]
                        for key in unknown[:20]
                    }
                )
        return super().to_internal_value(data)


class StrictQuery(serializers.Serializer[Any]):
    """Query parameters: each at most once, unknown ones are refused."""

    def to_internal_value(self, data: Any) -> Any:
        """The checked values; a 400 naming each wrong parameter."""
        wrong: dict[str, list[FieldError]] = {}
        for key in data:
            if key not in self.fields:
                wrong[str(key)[:100]] = [FieldError("There is no such parameter.", "unknown_field")]
            elif hasattr(data, "getlist") and len(data.getlist(key)) > 1:
                wrong[str(key)] = [
                    FieldError(
                        "Give this parameter once; separate values by commas.", "given_twice"
                    )
                ]
        if wrong:
            raise serializers.ValidationError(wrong)
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """Any text the database can hold."""

    def to_internal_value(self, data: Any) -> str:
        """The text; a 400 for lone surrogates (NUL is refused by the base class)."""
        value: str = super().to_internal_value(data)
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            raise serializers.ValidationError(
                FieldError("Holds half of a character pair.", "surrogate_characters_not_allowed")
            ) from error
        return value


@extend_schema_field(OpenApiTypes.STR)
class Choices(serializers.Field[Any, Any, Any, Any]):
    """Values separated by commas, each one of `among` (or any short word when `among` is None)."""

    def __init__(self, among: list[str] | None = None, **kwargs: Any) -> None:
        self.among = among
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> list[str]:
        """The list; a 400 that names what is allowed."""
        parts = [part.strip() for part in str(data).split(",") if part.strip()]
        if self.among is not None and (unknown := [p for p in parts if p not in self.among]):
            allowed = ", ".join(self.among)
            raise serializers.ValidationError(
                FieldError(f"{unknown[0][:60]!r} is not one of {allowed}.", "invalid_choice")
            )
        if any("\0" in part for part in parts) or len(parts) > 20:
            raise serializers.ValidationError(
                FieldError("At most 20 plain words separated by commas.", "too_many_words")
            )
        return parts

    def to_representation(self, value: Any) -> Any:
        """As given."""
        return value


class PageQuery(StrictQuery):
    """The parameters every list takes."""

    cursor = Text(required=False, max_length=400, help_text="`next` of the page before.")
    limit = serializers.IntegerField(
        required=False, default=DEFAULT_LIMIT, min_value=1, max_value=MAX_LIMIT
    )


class Ref(serializers.Serializer[Any]):
    """An id and a name to show."""

    id = serializers.UUIDField()
    name = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457 problem details."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()

    def get_fields(self) -> dict[str, Any]:
        """`errors` is a property of serializers, so it and its codes are added by name."""
        by_field = serializers.DictField(
            child=serializers.ListField(child=serializers.CharField()), required=False
        )
        codes = serializers.DictField(
            child=serializers.ListField(child=serializers.CharField()),
            required=False,
            help_text="A code for each message of `errors`, in the same order; for translation.",
        )
        return super().get_fields() | {"errors": by_field, "error_codes": codes}
