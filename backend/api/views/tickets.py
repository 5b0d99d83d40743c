"""Tickets: list, detail, changes, replies, notes."""

from __future__ import annotations

import uuid

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.api.base import DeskView, actor_of, person, validated, version_of
from backend.api.serializers.messages import MessageSerializer
from backend.api.serializers.tickets import (
    CountersSerializer,
    NoteInput,
    NoteSerializer,
    ReplyInput,
    StatusSerializer,
    TicketChange,
    TicketDetailSerializer,
    TicketInput,
    TicketPage,
    TicketQuery,
)
from backend.core.errors import FieldError
from backend.tickets import changing, creating, replying, selectors, thread_selectors
from backend.tickets.models import Status
from backend.users.policy import Permission

IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, description='"version"')
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.UUID,
    OpenApiParameter.HEADER,
    description="Sending again with the same key returns the message made first.",
)


class StatusesView(DeskView):
    """The states a ticket can be in."""

    @extend_schema(responses=StatusSerializer(many=True))
    def get(self, request: Request) -> Response:
        """All of them, in order."""
        fields = ("slug", "name_pt", "name_en", "category", "position")
        return Response(list(Status.objects.order_by("position").values(*fields)))


class TicketsView(DeskView):
    """The list of tickets."""

    needs = {"GET": Permission.TICKET_READ, "POST": Permission.TICKET_WRITE}

    @extend_schema(operation_id="tickets_list", parameters=[TicketQuery], responses=TicketPage)
    def get(self, request: Request) -> Response:
        """A page of the tickets one may see."""
        query = validated(TicketQuery, request.query_params)
        wanted = selectors.TicketFilter(
            statuses=query.get("status", ()),
            categories=query.get("status_category", ()),
            priorities=query.get("priority", ()),
            assignee=query.get("assignee"),
            mailbox=query.get("mailbox"),
            contact=query.get("contact"),
            team=query.get("team"),
            search=query["search"],
            deleted=query["deleted"],
            attention=query["attention"],
            ordering=query["ordering"],
            cursor=query.get("cursor"),
            limit=query["limit"],
        )
        results, following = selectors.page(person(request), wanted)
        return Response({"results": results, "next": following})

    @extend_schema(
        parameters=[IDEMPOTENCY_KEY], request=TicketInput, responses={201: TicketDetailSerializer}
    )
    def post(self, request: Request) -> Response:
        """Open a ticket; with `send` its text is mailed to the contact."""
        values = validated(TicketInput, request.data)
        ticket = creating.create_ticket(
            actor=actor_of(request),
            user=person(request),
            wanted=creating.NewTicket(mailbox_id=values.pop("mailbox"), **values),
            key=_idempotency_key(request),
        )
        return Response(thread_selectors.detail(person(request), ticket.id), status=201)


class CountersView(DeskView):
    """Numbers beside the sidebar's entries."""

    needs = {"GET": Permission.TICKET_READ}

    @extend_schema(responses=CountersSerializer)
    def get(self, request: Request) -> Response:
        """How many tickets need somebody."""
        return Response(selectors.counters(person(request)))


class TicketView(DeskView):
    """One ticket."""

    needs = {
        "GET": Permission.TICKET_READ,
        "PATCH": Permission.TICKET_WRITE,
        "DELETE": Permission.TICKET_DELETE,
    }

    @extend_schema(responses=TicketDetailSerializer)
    def get(self, request: Request, ticket_id: uuid.UUID) -> Response:
        """The ticket with its thread, notes and history."""
        found = thread_selectors.detail(person(request), ticket_id)
        return Response(found, headers={"ETag": f'"{found["version"]}"'})

    @extend_schema(parameters=[IF_MATCH], request=TicketChange, responses=TicketDetailSerializer)
    def patch(self, request: Request, ticket_id: uuid.UUID) -> Response:
        """Change fields; 412 when `If-Match` names an older version."""
        changing.change(
            actor=actor_of(request),
            user=person(request),
            ticket_id=ticket_id,
            changes=validated(TicketChange, request.data),
            version=version_of(request),
        )
        return Response(thread_selectors.detail(person(request), ticket_id))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, ticket_id: uuid.UUID) -> Response:
        """Move the ticket to the trash."""
        changing.delete(actor=actor_of(request), user=person(request), ticket_id=ticket_id)
        return Response(status=204)


class RestoreView(DeskView):
    """The way out of the trash."""

    needs = {"POST": Permission.TICKET_DELETE}

    @extend_schema(request=None, responses=TicketDetailSerializer)
    def post(self, request: Request, ticket_id: uuid.UUID) -> Response:
        """Restore the ticket."""
        changing.restore(actor=actor_of(request), user=person(request), ticket_id=ticket_id)
        return Response(thread_selectors.detail(person(request), ticket_id))


class RepliesView(DeskView):
    """Answers to the customer."""

    needs = {"POST": Permission.TICKET_REPLY}

    @extend_schema(
        parameters=[IDEMPOTENCY_KEY], request=ReplyInput, responses={201: MessageSerializer}
    )
    def post(self, request: Request, ticket_id: uuid.UUID) -> Response:
        """Put an answer into the outbox; it leaves after the undo window, or at `send_at`."""
        values = validated(ReplyInput, request.data)
        values["kept_files"] = values.pop("files", ())
        message = replying.reply(
            actor=actor_of(request),
            user=person(request),
            ticket_id=ticket_id,
            wanted=replying.Reply(**values),
            key=_idempotency_key(request),
        )
        return Response(thread_selectors.message(person(request), message.id), status=201)


class NotesView(DeskView):
    """Internal notes."""

    needs = {"POST": Permission.TICKET_NOTE}

    @extend_schema(request=NoteInput, responses={201: NoteSerializer})
    def post(self, request: Request, ticket_id: uuid.UUID) -> Response:
        """Add a note; it never leaves the desk."""
        note = changing.add_note(
            actor=actor_of(request),
            user=person(request),
            ticket_id=ticket_id,
            text=validated(NoteInput, request.data)["text"],
        )
        return Response(thread_selectors.shown_note(note), status=201)


def _idempotency_key(request: Request) -> uuid.UUID | None:
    header = request.headers.get("Idempotency-Key")
    if header is None:
        return None
    try:
        return uuid.UUID(header.strip())
    except ValueError as error:
        raise serializers.ValidationError(
            {"Idempotency-Key": [FieldError("Send a UUID.", "bad_key")]}
        ) from error
