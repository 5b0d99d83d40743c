"""What every view of the API shares."""

from __future__ import annotations

import ipaddress
from typing import Any, ClassVar, TypeVar

from django.conf import settings
from django.db import connection
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from backend.audit.models import Log
from backend.audit.services import Actor
from backend.core.errors import FieldError
from backend.users.models import User
from backend.users.policy import Permission, require

S = TypeVar("S", bound=serializers.Serializer[Any])


class MethodPermission(BasePermission):
    """Asks `users.policy` for the permission the view names for the request's method."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """True when nothing is asked; raises Forbidden with the missing permission's name."""
        # HEAD is GET without the body (RFC 9110 9.3.2): what it tells is as private.
        method = "GET" if request.method == "HEAD" else request.method
        wanted = getattr(view, "needs", {}).get(method)
        if wanted is not None:
            require(person(request), wanted)
        return True


class DeskView(APIView):
    """A view for signed-in people; `needs` maps a method to the permission it takes."""

    needs: ClassVar[dict[str, Permission]] = {}

    def get_permissions(self) -> list[Any]:
        """Signed in first, then the method's permission."""
        return [*super().get_permissions(), MethodPermission()]


def person(request: Request) -> User:
    """Who is signed in; only for views that demand it."""
    user = request.user
    if not isinstance(user, User):
        raise TypeError("This view must demand a signed-in person.")
    return user


def actor_of(request: Request, *, user: User | None = None) -> Actor:
    """The person behind the request, for the audit log."""
    who = user or (request.user if isinstance(request.user, User) else None)
    return Actor(
        kind=Log.ActorKind.USER,
        label=who.email if who else "anonymous",
        user_id=who.id if who else None,
        cause=f"{request.method} {request.path}"[:200],
        ip=ip_of(request),
    )


def ip_of(request: Request) -> str | None:
    """The address a request came from, as our own proxies saw it; None when it is no address."""
    address = request.META.get("REMOTE_ADDR", "")
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if settings.DESK_PROXIES and hops[0]:
        # The last ones were added by our proxies; those before are the client's own words.
        address = hops[-min(settings.DESK_PROXIES, len(hops))].strip()
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return None


def give_connection_back() -> None:
    """Let others have the database connection while this request waits for the outside world."""
    if not connection.in_atomic_block:
        connection.close()


def validated(serializer: type[S], data: Any, **options: Any) -> dict[str, Any]:
    """The checked values of a request's body or query; raises the 400 that names each field."""
    checked = serializer(data=data, **options)
    checked.is_valid(raise_exception=True)
    result: dict[str, Any] = dict(checked.validated_data)
    return result


def version_of(request: Request) -> int | None:
    """The version in `If-Match: "7"`, or None; raises the 400 for anything else."""
    header = request.headers.get("If-Match", "").strip()
    if not header or header == "*":
        return None
    text = header.removeprefix("W/").strip('"')
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise serializers.ValidationError(
            {"If-Match": [FieldError("Send the version in quotes.", "bad_version")]}
        )
    return int(text)
