"""Mailboxes and their connection test."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle

from backend.api.base import DeskView, actor_of, validated, version_of
from backend.api.serializers.mailboxes import (
    MailboxInput,
    MailboxSerializer,
    MailboxTestInput,
    MailboxTestSerializer,
)
from backend.api.views.tickets import IF_MATCH
from backend.core.errors import Missing
from backend.mailboxes import probing, selectors, services
from backend.mailboxes.models import Mailbox
from backend.users.policy import Permission


class MailboxesView(DeskView):
    """All mailboxes."""

    needs = {"GET": Permission.MAILBOX_READ, "POST": Permission.MAILBOX_WRITE}

    @extend_schema(responses=MailboxSerializer(many=True))
    def get(self, request: Request) -> Response:
        """By name, without secrets."""
        return Response(selectors.mailboxes())

    @extend_schema(request=MailboxInput, responses={201: MailboxSerializer})
    def post(self, request: Request) -> Response:
        """Connect a mailbox; the monitor starts reading it within seconds."""
        mailbox = services.create_mailbox(
            actor=actor_of(request), values=validated(MailboxInput, request.data)
        )
        return Response(selectors.mailbox(mailbox.id), status=201)


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
        return Response(selectors.mailbox(mailbox_id))

    @extend_schema(parameters=[IF_MATCH], request=MailboxInput, responses=MailboxSerializer)
    def patch(self, request: Request, mailbox_id: uuid.UUID) -> Response:
        """Change settings; passwords left out stay."""
        services.change_mailbox(
            actor=actor_of(request),
            mailbox_id=mailbox_id,
            values=validated(MailboxInput, request.data, partial=True),
            version=version_of(request),
        )
        return Response(selectors.mailbox(mailbox_id))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, mailbox_id: uuid.UUID) -> Response:
        """Remove a mailbox that was never used."""
        services.delete_mailbox(actor=actor_of(request), mailbox_id=mailbox_id)
        return Response(status=204)


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
        base = _stored(values.pop("mailbox")) if "mailbox" in values else None
        return Response(probing.probe(services.draft(values, base=base)))


class StoredMailboxTestView(DeskView):
    """Trying a mailbox as it is saved."""

    needs = {"POST": Permission.MAILBOX_WRITE}
    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "mailbox_test"

    @extend_schema(request=None, responses=MailboxTestSerializer)
    def post(self, request: Request, mailbox_id: uuid.UUID) -> Response:
        """The same test with the stored settings."""
        return Response(probing.probe(_stored(mailbox_id)))


def _stored(mailbox_id: uuid.UUID) -> Mailbox:
    mailbox = Mailbox.objects.filter(pk=mailbox_id).first()
    if mailbox is None:
        raise Missing("There is no such mailbox.")
    return mailbox
