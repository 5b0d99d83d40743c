"""Errors as problem details (RFC 9457), from services, validation and Django alike.

Every problem carries a `code` that the app translates and a `detail` in English that says what
to do. No input may end in a 500; a database that is away is a 503 with Retry-After.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

import msgspec
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse
from psycopg_pool import PoolTimeout
from rest_framework import exceptions
from rest_framework.response import Response

from backend.core import errors
from backend.core.blobs import BlobMissing, BlobStoreUnusable
from backend.core.errors import FieldError
from backend.core.faults import is_transient
from backend.users.sessions import NotSignedIn

log = logging.getLogger(__name__)
CONTENT_TYPE = "application/problem+json"
_STATUS: dict[type[errors.DeskError], int] = {
    errors.Invalid: 400,
    errors.Forbidden: 403,
    errors.Missing: 404,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.Stale: 412,
    errors.Unavailable: 503,
    NotSignedIn: 401,
}
_DRF_CODES = {
    400: "invalid",
    401: "not_authenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "too_large",
    415: "unsupported_media_type",
    429: "throttled",
}
RETRY_AFTER_SECONDS = "5"


def body(
    status: int, *, code: str, detail: str, fields: dict[str, list[FieldError]] | None = None
) -> dict[str, Any]:
    """The problem object; `fields` maps names of wrong fields to messages with their codes."""
    result: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }
    if fields:
        result["errors"] = {name: [str(one) for one in wrong] for name, wrong in fields.items()}
        result["error_codes"] = {
            name: [one.code for one in wrong] for name, wrong in fields.items()
        }
    return result


def problem(status: int, *, code: str, detail: str) -> HttpResponse:
    """A problem as a plain Django response, for views outside the REST framework."""
    content = msgspec.json.encode(body(status, code=code, detail=detail))
    response = HttpResponse(content, status=status, content_type=CONTENT_TYPE)
    if status == 503:
        response.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return response


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """The REST framework's exception handler; None lets Django answer with `server_error`."""
    if isinstance(error, errors.DeskError):
        return _desk_error(error)
    if isinstance(error, exceptions.APIException):
        return _framework_error(error)
    if isinstance(error, Http404 | BlobMissing):
        return _response(404, code="not_found", detail="There is nothing at this address.")
    if isinstance(error, PermissionDenied):
        return _response(403, code="forbidden", detail="You may not do this.")
    if isinstance(error, RequestDataTooBig):
        return _response(413, code="too_large", detail="The request is too large.")
    if isinstance(error, BlobStoreUnusable):
        log.error("%s", error)
        return _response(503, code="storage_unwritable", detail=str(error))
    if is_transient(error) or isinstance(error, PoolTimeout):
        log.error("database away: %s", error)
        return _response(
            503, code="database_away", detail="The database does not answer; try again soon."
        )
    if isinstance(error, DatabaseError | InterfaceError):
        log.exception("database refused a request of %s", context.get("view"))
    return None


def _desk_error(error: errors.DeskError) -> Response:
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 400)
    fields = error.fields if isinstance(error, errors.Invalid) else None
    response = _response(status, code=error.code, detail=error.message, fields=fields)
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def _framework_error(error: exceptions.APIException) -> Response:
    status = error.status_code
    fields: dict[str, list[FieldError]] | None = None
    detail = str(error.detail) if isinstance(error.detail, str) else "Some fields are wrong."
    if isinstance(error, exceptions.ValidationError):
        fields = _flatten(error.detail)
        detail = "Some fields are wrong: " + ", ".join(sorted(fields))
    response = _response(status, code=_DRF_CODES.get(status, "error"), detail=detail, fields=fields)
    wait = getattr(error, "wait", None)  # of Throttled, in seconds
    if wait is not None:
        response["Retry-After"] = str(max(1, round(wait)))
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        response["WWW-Authenticate"] = getattr(error, "auth_header", "Bearer")
    return response


def _flatten(detail: Any, prefix: str = "") -> dict[str, list[FieldError]]:
    """Nested validation messages as {"to.0.address": ["..."]}."""
    if isinstance(detail, dict):
        found: dict[str, list[FieldError]] = {}
        for name, inner in detail.items():
            found.update(_flatten(inner, f"{prefix}.{name}" if prefix else str(name)))
        return found
    if isinstance(detail, list) and any(isinstance(item, dict | list) for item in detail):
        found = {}
        for index, inner in enumerate(detail):
            found.update(_flatten(inner, f"{prefix}.{index}" if prefix else str(index)))
        return found
    items = detail if isinstance(detail, list) else [detail]
    return {prefix or "non_field_errors": [FieldError(str(one), one.code) for one in items]}


def _response(
    status: int, *, code: str, detail: str, fields: dict[str, list[FieldError]] | None = None
) -> Response:
    response = Response(
        body(status, code=code, detail=detail, fields=fields),
        status=status,
        content_type=CONTENT_TYPE,
    )
    if status == 503:
        response["Retry-After"] = RETRY_AFTER_SECONDS
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400: a host that is not allowed, a malformed request."""
    return problem(400, code="bad_request", detail="The request can't be understood.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    return problem(404, code="not_found", detail="There is nothing at this address.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: a fault of ours, logged with its trace."""
    return problem(500, code="server_error", detail="The desk made a mistake; it is in the log.")
