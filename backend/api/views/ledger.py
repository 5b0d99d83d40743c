"""The mail ledger: everything received and everything sent."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.api.base import DeskView, actor_of, person, validated
from backend.api.downloads import download
from backend.api.serializers.deliveries import RetryInput
from backend.api.serializers.ledger import (
    InboundDetailSerializer,
    OutboundDetailSerializer,
    QueuesSerializer,
    TracePage,
    TraceQuery,
)
from backend.api.serializers.mailboxes import (
    InboundPage,
    InboundQuery,
    InboundSerializer,
    OutboundPage,
    OutboundQuery,
    OutboundSerializer,
)
from backend.core import blobs
from backend.mailboxes import ledger, outbox, queues, selectors
from backend.tickets import tracing
from backend.users.policy import Permission


class InboundView(DeskView):
    """Received mail."""

    needs = {"GET": Permission.LEDGER_READ}

    @extend_schema(
        operation_id="ledger_inbound_list", parameters=[InboundQuery], responses=InboundPage
    )
    def get(self, request: Request) -> Response:
        """A page, newest first."""
        query = validated(InboundQuery, request.query_params)
        results, following = selectors.inbound(
            person(request),
            fate=query.get("fate"),
            state=query.get("state"),
            mailbox_id=query.get("mailbox"),
            search=query["search"],
            cursor=query.get("cursor"),
            limit=query["limit"],
        )
        return Response({"results": results, "next": following})


class TraceView(DeskView):
    """Where is my e-mail?"""

    needs = {"GET": Permission.LEDGER_READ}

    @extend_schema(parameters=[TraceQuery], responses=TracePage)
    def get(self, request: Request) -> Response:
        """Every mail that an address, a Message-ID, a #number or a subject means, step by step."""
        query = validated(TraceQuery, request.query_params)
        cursor, limit = query.get("cursor"), query["limit"]
        return Response(tracing.trace_of(person(request), query["q"], cursor=cursor, limit=limit))


class QueuesView(DeskView):
    """What waits."""

    needs = {"GET": Permission.LEDGER_READ}

    @extend_schema(responses=QueuesSerializer)
    def get(self, request: Request) -> Response:
        """How many mails wait, fail or need a person, in all and for each mailbox."""
        return Response(queues.queues(person(request)))


class InboundRowView(DeskView):
    """One received mail."""

    needs = {"GET": Permission.LEDGER_READ}

    @extend_schema(responses=InboundDetailSerializer)
    def get(self, request: Request, inbound_id: uuid.UUID) -> Response:
        """Its row and every step it took."""
        return Response(tracing.inbound_story(person(request), inbound_id))


class OutboundRowView(DeskView):
    """One outgoing mail."""

    needs = {"GET": Permission.LEDGER_READ}

    @extend_schema(responses=OutboundDetailSerializer)
    def get(self, request: Request, outbound_id: uuid.UUID) -> Response:
        """Its row and every step it took."""
        return Response(tracing.outbound_story(person(request), outbound_id))


class InboundRawView(DeskView):
    """The original of a received mail."""

    needs = {"GET": Permission.LEDGER_READ}

    @extend_schema(responses={(200, "message/rfc822"): OpenApiTypes.BINARY})
    def get(self, request: Request, inbound_id: uuid.UUID) -> HttpResponse:
        """Its bytes, unchanged, as a download."""
        content = blobs.get(selectors.raw_of(person(request), inbound_id))
        return download(content, f"{inbound_id}.eml", "message/rfc822")


class ReprocessView(DeskView):
    """A second chance for a quarantined mail."""

    needs = {"POST": Permission.LEDGER_WRITE}

    @extend_schema(request=None, responses=InboundSerializer)
    def post(self, request: Request, inbound_id: uuid.UUID) -> Response:
        """Read it again."""
        selectors.inbound_row(person(request), inbound_id)  # raises Missing
        ledger.reprocess(actor=actor_of(request), inbound_id=inbound_id)
        return Response(selectors.inbound_row(person(request), inbound_id))


class NotSpamView(DeskView):
    """The way out for a mail that was called spam."""

    needs = {"POST": Permission.TICKET_WRITE}

    @extend_schema(request=None, responses=InboundSerializer)
    def post(self, request: Request, inbound_id: uuid.UUID) -> Response:
        """Let it become a ticket."""
        selectors.inbound_row(person(request), inbound_id)  # raises Missing
        ledger.not_spam(actor=actor_of(request), inbound_id=inbound_id)
        return Response(selectors.inbound_row(person(request), inbound_id))


class OutboundView(DeskView):
    """Outgoing mail."""

    needs = {"GET": Permission.LEDGER_READ}

    @extend_schema(
        operation_id="ledger_outbound_list", parameters=[OutboundQuery], responses=OutboundPage
    )
    def get(self, request: Request) -> Response:
        """A page, newest first, with each recipient's state."""
        query = validated(OutboundQuery, request.query_params)
        results, following = selectors.outbound(
            person(request),
            state=query.get("state"),
            mailbox_id=query.get("mailbox"),
            search=query["search"],
            cursor=query.get("cursor"),
            limit=query["limit"],
        )
        return Response({"results": results, "next": following})


class RetryView(DeskView):
    """Sending again what did not arrive."""

    needs = {"POST": Permission.TICKET_REPLY}

    @extend_schema(request=RetryInput, responses=OutboundSerializer)
    def post(self, request: Request, outbound_id: uuid.UUID) -> Response:
        """Try again now, with the same Message-ID; an uncertain mail needs the word that it did
        not arrive."""
        selectors.outbound_row(person(request), outbound_id)  # raises Missing
        found = validated(RetryInput, request.data).get("found", "")
        outbox.retry(actor=actor_of(request), outbound_id=outbound_id, found=found)
        return Response(selectors.outbound_row(person(request), outbound_id))
