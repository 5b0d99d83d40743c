"""Who asks: a signed-in browser's access token or a program's API token."""

from __future__ import annotations

from dataclasses import dataclass

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from backend.users import sessions
from backend.users.models import Session, User


@dataclass(frozen=True)
class Credentials:
    """What the request proved itself with; `session` None: an API token."""

    session: Session | None


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer TOKEN`; anything wrong with the token is a 401."""

    def authenticate(self, request: Request) -> tuple[User, Credentials] | None:
        """The person and the credentials, or None without the header."""
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        if len(parts) != 2:
            raise exceptions.AuthenticationFailed("Send `Authorization: Bearer TOKEN`.")
        try:
            token = parts[1].decode("ascii")
        except UnicodeDecodeError as error:
            raise exceptions.AuthenticationFailed("The token holds odd characters.") from error
        try:
            if sessions.is_api_token(token):
                return sessions.user_of_api_token(token), Credentials(session=None)
            session = sessions.session_of_access_token(token)
        except sessions.NotSignedIn as error:
            raise exceptions.AuthenticationFailed(error.message) from error
        return session.user, Credentials(session=session)

    def authenticate_header(self, request: Request) -> str:
        """The WWW-Authenticate value of a 401."""
        return "Bearer"


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Tells the OpenAPI document about the header."""

    target_class = "backend.api.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """A bearer token, in browsers a JWT."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
