"""Mailboxes and their connection test."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle

from backend.api.base import (
    DeskView,
    actor_of,
    give_connection_back,
    person,
    validated,
    version_of,
)
from backend.api.serializers.mailboxes import (
    MailboxEventSerializer,
    MailboxInput,
    MailboxSerializer,
    MailboxTestInput,
    MailboxTestSerializer,
    StoredTestInput,
)
from backend.api.serializers.setting_up import DiscoveredSerializer, DiscoverInput
from backend.api.views.tickets import IF_MATCH
from backend.core.errors import Missing
from backend.mailboxes import cards, probing, services, setting_up, switches
from backend.mailboxes.models import Mailbox
from backend.mailboxes.oauth import consent
from backend.users.policy import Permission


class MailboxesView(DeskView):
    """All mailboxes."""

    needs = {"GET": Permission.MAILBOX_READ, "POST": Permission.MAILBOX_WRITE}

    @extend_schema(responses=MailboxSerializer(many=True))
    def get(self, request: Request) -> Response:
        """By name, without secrets."""
        return Response(cards.mailboxes())

    @extend_schema(request=MailboxInput, responses={201: MailboxSerializer})
    def post(self, request: Request) -> Response:
        """Connect a mailbox; the monitor starts reading it within seconds."""
        mailbox = services.create_mailbox(
            actor=actor_of(request), values=validated(MailboxInput, request.data)
        )
        return Response(cards.mailbox(mailbox.id), status=201)


class MailboxView(DeskView):
    """One mailbox."""

    needs = {
        "GET": Permission.MAILBOX_READ,
        "PATCH": Permission.MAILBOX_WRITE,
        "DELETE": Permission.MAILBOX_WRITE,
    }

    @extend_schema(responses=MailboxSerializer)
    def get(self, request: Request, mailbox_id: uuid.UUID) -> Response:
        """Its settings and how it does."""
        return Response(cards.mailbox(mailbox_id))

    @extend_schema(parameters=[IF_MATCH], request=MailboxInput, responses=MailboxSerializer)
    def patch(self, request: Request, mailbox_id: uuid.UUID) -> Response:
        """Change settings; passwords left out stay."""
        services.change_mailbox(
            actor=actor_of(request),
            mailbox_id=mailbox_id,
            values=validated(MailboxInput, request.data, partial=True),
            version=version_of(request),
        )
        return Response(cards.mailbox(mailbox_id))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, mailbox_id: uuid.UUID) -> Response:
        """Remove a mailbox that was never used."""
        services.delete_mailbox(actor=actor_of(request), mailbox_id=mailbox_id)
        return Response(status=204)


class MailboxEventsView(DeskView):
    """What happened to a mailbox."""

    needs = {"GET": Permission.MAILBOX_READ}

    @extend_schema(responses=MailboxEventSerializer(many=True))
    def get(self, request: Request, mailbox_id: uuid.UUID) -> Response:
        """The newest twenty, newest first."""
        return Response(cards.events(mailbox_id))


class _SwitchView(DeskView):
    """A switch of a mailbox; the answer is the mailbox as it is then."""

    needs = {"POST": Permission.MAILBOX_WRITE}

    def _answer(self, mailbox_id: uuid.UUID) -> Response:
        return Response(cards.mailbox(mailbox_id))


class PauseView(_SwitchView):
    """Stop reading and sending."""

    @extend_schema(request=None, responses=MailboxSerializer)
    def post(self, request: Request, mailbox_id: uuid.UUID) -> Response:
        """Nothing is read and nothing leaves until it is resumed."""
        switches.pause(actor=actor_of(request), mailbox_id=mailbox_id)
        return self._answer(mailbox_id)


class ResumeView(_SwitchView):
    """Read and send again."""

    @extend_schema(request=None, responses=MailboxSerializer)
    def post(self, request: Request, mailbox_id: uuid.UUID) -> Response:
        """Both go on at once, also after an error."""
        switches.resume(actor=actor_of(request), mailbox_id=mailbox_id)
        return self._answer(mailbox_id)


class StopSendingView(_SwitchView):
    """The kill switch of what leaves."""

    @extend_schema(request=None, responses=MailboxSerializer)
    def post(self, request: Request, mailbox_id: uuid.UUID) -> Response:
        """Nothing leaves by this mailbox until it is switched on again; everything waits."""
        switches.stop_sending(actor=actor_of(request), mailbox_id=mailbox_id)
        return self._answer(mailbox_id)


class ResumeSendingView(_SwitchView):
    """Let what waits leave."""

    @extend_schema(request=None, responses=MailboxSerializer)
    def post(self, request: Request, mailbox_id: uuid.UUID) -> Response:
        """What waits leaves, the oldest first."""
        switches.resume_sending(actor=actor_of(request), mailbox_id=mailbox_id)
        return self._answer(mailbox_id)


class DiscoverView(DeskView):
    """Finding servers for an address."""

    needs = {"POST": Permission.MAILBOX_WRITE}
    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "mailbox_test"

    @extend_schema(request=DiscoverInput, responses=DiscoveredSerializer)
    def post(self, request: Request) -> Response:
        """Host, port and encryption to try for an address, within about five seconds."""
        values = validated(DiscoverInput, request.data)
        give_connection_back()
        return Response(setting_up.discover(values["address"]).shown())


class MailboxTestView(DeskView):
    """Trying settings before they are saved."""

    needs = {"POST": Permission.MAILBOX_WRITE}
    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "mailbox_test"

    @extend_schema(
        operation_id="mailboxes_test_settings",
        request=MailboxTestInput,
        responses=MailboxTestSerializer,
    )
    def post(self, request: Request) -> Response:
        """Resolve, connect, encrypt and log in, IMAP then SMTP; names the step that fails."""
        values = validated(MailboxTestInput, request.data)
        exchange = values.pop("exchange", False)
        base = _stored(values.pop("mailbox")) if "mailbox" in values else None
        mailbox = services.draft(values, base=base)
        token = ""
        if values.get("oauth_request"):
            token = consent.seen(
                user_id=person(request).id,
                request_id=values["oauth_request"],
                provider=mailbox.sign_in,
            ).access_token
        return _tried(mailbox, access_token=token, exchange=exchange)


class StoredMailboxTestView(DeskView):
    """Trying a mailbox as it is saved."""

    needs = {"POST": Permission.MAILBOX_WRITE}
    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "mailbox_test"

    @extend_schema(request=StoredTestInput, responses=MailboxTestSerializer)
    def post(self, request: Request, mailbox_id: uuid.UUID) -> Response:
        """The same test with the stored settings."""
        values = validated(StoredTestInput, request.data)
        mailbox = _stored(mailbox_id)
        return _tried(mailbox, access_token="", exchange=values.get("exchange", False))


def _tried(mailbox: Mailbox, *, access_token: str, exchange: bool) -> Response:
    give_connection_back()
    return Response(probing.probe(mailbox, access_token=access_token, exchange=exchange))


def _stored(mailbox_id: uuid.UUID) -> Mailbox:
    mailbox = Mailbox.objects.filter(pk=mailbox_id).first()
    if mailbox is None:
        raise Missing("There is no such mailbox.")
    return mailbox
