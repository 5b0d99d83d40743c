"""Setting up, signing in and out, and one's own profile."""

from __future__ import annotations

import hmac
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from backend.api.authentication import Credentials
from backend.api.base import DeskView, actor_of, ip_of, person, validated
from backend.api.serializers.base import ProblemSerializer
from backend.api.serializers.users import (
    LoginInput,
    MeSerializer,
    PasswordInput,
    PersonSerializer,
    ProfileInput,
    SetupInput,
    SetupStateSerializer,
    SignedInSerializer,
)
from backend.core.errors import Conflict, Forbidden
from backend.users import selectors, services, sessions
from backend.users.models import User
from backend.users.policy import PERMISSIONS

COOKIE = "desk_refresh"
COOKIE_PATH = "/api/v1/auth/"


class OpenView(APIView):
    """A view that needs nobody to be signed in."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


class SetupView(OpenView):
    """The first administrator of a fresh desk."""

    throttle_classes = (ScopedRateThrottle,)

    def get_throttles(self) -> list[Any]:
        """Only trying codes is limited; asking for the state is not."""
        self.throttle_scope = "setup"
        return super().get_throttles() if self.request.method == "POST" else []

    @extend_schema(responses=SetupStateSerializer)
    def get(self, request: Request) -> Response:
        """Whether the desk still needs its first administrator."""
        return Response(
            {
                "needed": not selectors.anybody_exists(),
                "code_required": _code_required(),
                "demo": settings.DESK_DEMO,
                "languages": User.Language.values,
            }
        )

    @extend_schema(request=SetupInput, responses={201: SignedInSerializer, 409: ProblemSerializer})
    def post(self, request: Request) -> Response:
        """Create the first administrator and sign in; 409 when the desk is set up already."""
        values = validated(SetupInput, request.data)
        if selectors.anybody_exists():
            raise Conflict("The desk is set up already: sign in.", code="already_set_up")
        _check_setup_code(values.pop("code"))
        user = services.create_first_admin(actor=actor_of(request), **values)
        return _signed_in(
            sessions.open_session(
                user=user,
                user_agent=request.headers.get("User-Agent", ""),
                ip=ip_of(request),
                actor=actor_of(request, user=user),
            ),
            status=201,
        )


def _code_required() -> bool:
    """On a public server only who started it may take it over (SECURITY.md row 74)."""
    return settings.DESK_ENV == "production" or bool(settings.DESK_SETUP_CODE)


def _check_setup_code(code: str) -> None:
    if not _code_required():
        return
    if not settings.DESK_SETUP_CODE:
        raise Forbidden(
            "Create the first administrator with `./desk manage adduser`, "
            "or start the desk with DESK_SETUP_CODE.",
            code="setup_closed",
        )
    if not hmac.compare_digest(code.encode(), settings.DESK_SETUP_CODE.encode()):
        raise Forbidden("The set-up code is wrong.", code="wrong_setup_code")


class LoginView(OpenView):
    """Signing in."""

    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "login"

    @extend_schema(request=LoginInput, responses={200: SignedInSerializer, 401: ProblemSerializer})
    def post(self, request: Request) -> Response:
        """Exchange e-mail and password for an access token and the refresh cookie."""
        values = validated(LoginInput, request.data)
        user = User.objects.filter(email=values["email"].strip().lower()).first()
        return _signed_in(
            sessions.sign_in(
                email=values["email"],
                password=values["password"],
                user_agent=request.headers.get("User-Agent", ""),
                ip=ip_of(request),
                actor=actor_of(request, user=user),
            )
        )


class RefreshView(OpenView):
    """A new access token."""

    @extend_schema(request=None, responses={200: SignedInSerializer, 401: ProblemSerializer})
    def post(self, request: Request) -> Response:
        """Exchange the refresh cookie for a new pair."""
        token = request.COOKIES.get(COOKIE, "")
        if not token:
            raise sessions.NotSignedIn("Sign in first.")
        return _signed_in(sessions.refresh(token=token, actor=actor_of(request)))


class LogoutView(OpenView):
    """Signing out."""

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """End the session of the refresh cookie."""
        token = request.COOKIES.get(COOKIE, "")
        if token:
            sessions.sign_out(token=token, actor=actor_of(request))
        response = Response(status=204)
        response.delete_cookie(COOKIE, path=COOKIE_PATH, samesite="Strict")
        return response


class MeView(DeskView):
    """The signed-in person."""

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """Who I am and what I may do."""
        return Response(_me(person(request)))

    @extend_schema(request=ProfileInput, responses=MeSerializer)
    def patch(self, request: Request) -> Response:
        """Change my name, language, theme or time zone."""
        changes = validated(ProfileInput, request.data)
        user = services.change_profile(
            actor=actor_of(request), user=person(request), changes=changes
        )
        return Response(_me(user))


class PasswordView(DeskView):
    """One's own password."""

    @extend_schema(request=PasswordInput, responses={204: None})
    def post(self, request: Request) -> Response:
        """Change it; every other session ends."""
        values = validated(PasswordInput, request.data)
        credentials = request.auth
        services.change_password(
            actor=actor_of(request),
            user=person(request),
            current=values["current_password"],
            new=values["new_password"],
            keep_session=credentials.session if isinstance(credentials, Credentials) else None,
        )
        return Response(status=204)


class PeopleView(DeskView):
    """The people a ticket can be given to."""

    @extend_schema(responses=PersonSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Active people by name."""
        return Response(selectors.assignable())


def _me(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "language": user.language,
        "theme": user.theme,
        "time_zone": user.time_zone,
        "permissions": sorted(PERMISSIONS[user.role]),
    }


def _signed_in(signed_in: sessions.SignedIn, *, status: int = 200) -> Response:
    response = Response(
        {
            "access": signed_in.access,
            "expires_in": sessions.ACCESS_SECONDS,
            "user": _me(signed_in.user),
        },
        status=status,
    )
    if signed_in.refresh is not None:
        response.set_cookie(
            COOKIE,
            signed_in.refresh,
            max_age=sessions.SESSION_DAYS * 86_400,
            path=COOKIE_PATH,
            httponly=True,
            secure=settings.DESK_SECURE_COOKIES,
            samesite="Strict",
        )
    return response
