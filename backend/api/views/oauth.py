"""Signing in to mail accounts at a provider: registration, consent, and how it ended."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle

from backend.api.base import DeskView, actor_of, give_connection_back, person, validated
from backend.api.serializers.setting_up import (
    OAuthBeginInput,
    OAuthBegunSerializer,
    OAuthClientInput,
    OAuthClientSerializer,
    OAuthRequestSerializer,
)
from backend.mailboxes.oauth import clients, consent
from backend.users.policy import Permission

COOKIE_PATH = "/api/v1/oauth/"
_BACK = "/mailboxes"
_LONGEST = 4096


class OAuthClientsView(DeskView):
    """The desk's registrations."""

    needs = {"GET": Permission.MAILBOX_WRITE}

    @extend_schema(responses=OAuthClientSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Each provider, registered or not, without secrets."""
        return Response(clients.shown())


class OAuthClientView(DeskView):
    """The desk's registration with one provider."""

    needs = {"PUT": Permission.MAILBOX_WRITE}

    @extend_schema(request=OAuthClientInput, responses=OAuthClientSerializer)
    def put(self, request: Request, provider: str) -> Response:
        """Store what the provider's console gave; an empty secret stays."""
        values = validated(OAuthClientInput, request.data)
        return Response(clients.set_client(actor=actor_of(request), name=provider, **values))


class OAuthBeginView(DeskView):
    """The beginning of a sign-in."""

    needs = {"POST": Permission.MAILBOX_WRITE}
    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "mailbox_test"

    @extend_schema(request=OAuthBeginInput, responses=OAuthBegunSerializer)
    def post(self, request: Request, provider: str) -> Response:
        """The address to open in this browser, good for ten minutes."""
        values = validated(OAuthBeginInput, request.data)
        begun = consent.begin(
            user=person(request),
            provider=provider,
            mailbox_id=values.get("mailbox"),
            hint=values.get("address", ""),
        )
        response = Response({"authorize_url": begun.authorize_url, "request_id": begun.request_id})
        response.set_cookie(
            consent.cookie_name(begun.state),
            begun.browser_key,
            max_age=int(consent.LIFETIME.total_seconds()),
            path=COOKIE_PATH,
            secure=settings.DESK_SECURE_COOKIES,
            httponly=True,
            samesite="Lax",  # the provider sends the browser back here
        )
        return response


class OAuthRequestView(DeskView):
    """A sign-in somebody began."""

    needs = {"GET": Permission.MAILBOX_WRITE}

    @extend_schema(responses=OAuthRequestSerializer)
    def get(self, request: Request, request_id: uuid.UUID) -> Response:
        """How it stands; only for who began it."""
        return Response(consent.progress(user=person(request), request_id=request_id))


@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Where a provider sends the browser back (RFC 6749 4.1.2): back to the app with the result.

    The state proves which sign-in it is, the cookie that it began in this browser.
    """
    told = {name: request.GET.get(name, "")[:_LONGEST] for name in ("state", "code", "error")}
    name = consent.cookie_name(told["state"])
    key = request.COOKIES.get(name, "")
    give_connection_back()
    try:
        query = {"oauth": str(consent.finish(browser_key=key, **told))}
    except consent.SignInFailed as error:
        query = {"oauth_error": error.code}
    response = redirect(f"{_BACK}?{urlencode(query)}")
    response.delete_cookie(name, path=COOKIE_PATH)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"  # the code must not travel on
    return response
