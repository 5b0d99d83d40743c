"""What an agent decides about mails the desk was not sure of."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.api.base import DeskView, actor_of, person
from backend.api.serializers.tickets import TicketDetailSerializer
from backend.tickets import forwarding, held, thread_selectors
from backend.users.policy import Permission


class AcceptView(DeskView):
    """A reply from another address that belongs to the conversation."""

    needs = {"POST": Permission.TICKET_WRITE}

    @extend_schema(request=None, responses=TicketDetailSerializer)
    def post(self, request: Request, message_id: uuid.UUID) -> Response:
        """Let its sender take part; the ticket opens again."""
        ticket = held.accept(actor=actor_of(request), user=person(request), message_id=message_id)
        return Response(thread_selectors.detail(person(request), ticket.id))


class SeparateView(DeskView):
    """A reply from another address that does not belong to the conversation."""

    needs = {"POST": Permission.TICKET_WRITE}

    @extend_schema(request=None, responses=TicketDetailSerializer)
    def post(self, request: Request, message_id: uuid.UUID) -> Response:
        """Make a ticket of its own of it; the new ticket."""
        ticket = held.separate(actor=actor_of(request), user=person(request), message_id=message_id)
        return Response(thread_selectors.detail(person(request), ticket.id))


class UndoForwardView(DeskView):
    """A forwarded mail whose original sender should not be the requester."""

    needs = {"POST": Permission.TICKET_WRITE}

    @extend_schema(request=None, responses=TicketDetailSerializer)
    def post(self, request: Request, ticket_id: uuid.UUID) -> Response:
        """Give the ticket back to the agent who forwarded the mail."""
        ticket = forwarding.undo(actor=actor_of(request), user=person(request), ticket_id=ticket_id)
        return Response(thread_selectors.detail(person(request), ticket.id))
