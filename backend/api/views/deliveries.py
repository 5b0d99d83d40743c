"""What people decide about replies on their way, and files too large for a mail."""

from __future__ import annotations

import uuid

from django.http import HttpResponse, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from backend.api import link_page
from backend.api.base import DeskView, actor_of, person, validated
from backend.api.downloads import download
from backend.api.serializers.deliveries import FileLinkQuery, RetryInput, ScheduleInput
from backend.api.serializers.messages import MessageSerializer
from backend.api.serializers.tickets import UndoneSerializer
from backend.core import blobs
from backend.tickets import deliveries, file_links, scheduled, thread_selectors, undoing
from backend.users.policy import Permission


class _Decision(DeskView):
    """A decision about one reply; answers with the message."""

    needs = {"POST": Permission.TICKET_REPLY}

    def shown(self, request: Request, message_id: uuid.UUID) -> Response:
        """The message as it is now."""
        return Response(thread_selectors.message(person(request), message_id))


class UndoView(DeskView):
    """Taking a reply back."""

    needs = {"POST": Permission.TICKET_REPLY}

    @extend_schema(request=None, responses=UndoneSerializer)
    def post(self, request: Request, message_id: uuid.UUID) -> Response:
        """While it is held: it leaves the thread and comes back as a draft."""
        user = person(request)
        undone = undoing.undo(actor=actor_of(request), user=user, message_id=message_id)
        ticket = thread_selectors.detail(user, undone.ticket.id)
        return Response({"draft": undone.draft, "ticket": ticket})


class RescheduleView(_Decision):
    """Another moment for a reply that is to leave later."""

    @extend_schema(request=ScheduleInput, responses=MessageSerializer)
    def post(self, request: Request, message_id: uuid.UUID) -> Response:
        """Also for one that waits because the customer wrote first."""
        values = validated(ScheduleInput, request.data)
        scheduled.reschedule(
            actor=actor_of(request), user=person(request), message_id=message_id, **values
        )
        return self.shown(request, message_id)


class SendNowView(_Decision):
    """The end of a reply's waiting."""

    @extend_schema(request=None, responses=MessageSerializer)
    def post(self, request: Request, message_id: uuid.UUID) -> Response:
        """A held reply leaves at once."""
        scheduled.send_now(actor=actor_of(request), user=person(request), message_id=message_id)
        return self.shown(request, message_id)


class CancelView(_Decision):
    """Stopping a reply."""

    @extend_schema(request=None, responses=MessageSerializer)
    def post(self, request: Request, message_id: uuid.UUID) -> Response:
        """It never leaves, or is not tried again, and stays in the thread."""
        undoing.cancel(actor=actor_of(request), user=person(request), message_id=message_id)
        return self.shown(request, message_id)


class RetryMessageView(_Decision):
    """Sending a reply again."""

    @extend_schema(request=RetryInput, responses=MessageSerializer)
    def post(self, request: Request, message_id: uuid.UUID) -> Response:
        """Now, with the same Message-ID; an uncertain one needs the word that it did not arrive."""
        values = validated(RetryInput, request.data)
        deliveries.retry(
            actor=actor_of(request),
            user=person(request),
            message_id=message_id,
            found=values.get("found", ""),
        )
        return self.shown(request, message_id)


class MarkArrivedView(_Decision):
    """A person's word about an uncertain reply."""

    @extend_schema(request=None, responses=MessageSerializer)
    def post(self, request: Request, message_id: uuid.UUID) -> Response:
        """It arrived: nothing is sent again."""
        deliveries.mark_arrived(
            actor=actor_of(request), user=person(request), message_id=message_id
        )
        return self.shown(request, message_id)


class RevokeLinkView(_Decision):
    """The end of a link to a file."""

    @extend_schema(request=None, responses=MessageSerializer)
    def post(self, request: Request, message_id: uuid.UUID, attachment_id: uuid.UUID) -> Response:
        """Whoever opens it from now on is told that it has ended."""
        file_links.revoke(
            actor=actor_of(request),
            user=person(request),
            message_id=message_id,
            attachment_id=attachment_id,
        )
        return self.shown(request, message_id)


class FileLinkView(APIView):
    """A file that was too large for a mail, for whoever holds the link."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "file_link"

    @extend_schema(
        parameters=[FileLinkQuery],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
        auth=[],
    )
    def get(self, request: Request, link_id: uuid.UUID) -> HttpResponse:
        """Its bytes, always as a download; 410 when the link has ended."""
        given = validated(FileLinkQuery, request.query_params)["token"]
        file = file_links.open_link(link_id, given)
        response = download(blobs.get(file.sha256), file.filename, "application/octet-stream")
        response.headers["Cache-Control"] = "private, no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    def handle_exception(self, exc: Exception) -> HttpResponseBase:  # type: ignore[override]
        """A problem as everywhere, or a page for who opened the link in a browser."""
        problem: Response = super().handle_exception(exc)
        if not link_page.prefers_page(self.request):
            return problem
        page = link_page.page(self.request, problem.status_code)
        if "Retry-After" in problem:
            page["Retry-After"] = problem["Retry-After"]
        return page
