"""Requests that must be answered before Django has read them."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.http import HttpResponseBase

from backend.api.problems import problem


class _TooLarge(BytesIO):
    """Stands for a body that was not kept."""


class DeskHandler(ASGIHandler):
    """Django's ASGI application, which alone would write a body of any size to the disk."""

    async def read_body(self, receive: Any) -> IO[bytes]:
        """The body, rewound; one over DESK_MAX_UPLOAD_BYTES is not read to its end.

        Raises RequestAborted when the client leaves.
        """
        body = SpooledTemporaryFile(settings.FILE_UPLOAD_MAX_MEMORY_SIZE)  # noqa: SIM115 - Django closes it
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                body.close()
                raise RequestAborted
            body.write(message.get("body", b""))
            if body.tell() > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                body.close()
                return _TooLarge()
            if not message.get("more_body", False):
                body.seek(0)
                return body

    def create_request(
        self, scope: Mapping[str, Any], body_file: IO[bytes]
    ) -> tuple[ASGIRequest, None] | tuple[None, HttpResponseBase]:
        """The request, or the answer to one that can't be made."""
        if isinstance(body_file, _TooLarge):
            return None, problem(413, code="too_large", detail="The request is too large.")
        try:
            return super().create_request(scope, body_file)
        except LookupError:  # `charset=hex`: a codec, but none for text
            return None, problem(400, code="bad_request", detail="The charset is not one of text.")
