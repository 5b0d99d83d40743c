"""JSON written by msgspec: several times faster than the standard library on hot lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from django.utils.functional import Promise
from rest_framework.renderers import BaseRenderer


def _plain(value: Any) -> Any:
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, str):
        return str.__str__(value)
    raise NotImplementedError(f"{type(value).__name__} has no JSON form")


class Rendered(bytes):
    """A body that already is JSON; the renderer lets it pass."""


_encode = msgspec.json.Encoder(enc_hook=_plain).encode


def to_json(value: Any) -> Rendered:
    """`value` as JSON bytes: dates in ISO 8601 UTC, UUIDs as text."""
    return Rendered(_encode(value))


class MsgspecRenderer(BaseRenderer):
    """The API's only renderer; problems share it under their own content type."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """JSON bytes of `data`; nothing for an empty answer."""
        if data is None:
            return b""
        return data if isinstance(data, Rendered) else to_json(data)
