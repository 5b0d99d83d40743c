"""Live events as a stream (text/event-stream, HTML Standard 9.2): ids only."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from asgiref.sync import sync_to_async
from django.db import connection
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from backend.api.authentication import Credentials
from backend.api.base import DeskView, person
from backend.events import selectors
from backend.events.stream import TooSlow, hub
from backend.tickets.visibility import visible_to
from backend.users.models import Session, User
from backend.users.policy import Permission
from backend.users.selectors import team_ids

PING_SECONDS = 15.0
LAST_EVENT_ID = OpenApiParameter(
    "Last-Event-ID", int, OpenApiParameter.HEADER, description="Catch up after this event."
)


class EventsView(DeskView):
    """What changes, as it changes."""

    needs = {"GET": Permission.TICKET_READ}

    @extend_schema(
        parameters=[LAST_EVENT_ID], responses={(200, "text/event-stream"): OpenApiTypes.STR}
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Notices {id, kind, ticket?, contact?, mailbox?}; `catch_up` means: fetch everything."""
        credentials = request.auth
        session = credentials.session if isinstance(credentials, Credentials) else None
        user = person(request)
        last = request.headers.get("Last-Event-ID", "")
        missed = _missed(last)
        watcher = _Watcher(user, session)
        # The stream lives for hours: it must not keep a connection of the pool meanwhile.
        connection.close()
        response = StreamingHttpResponse(_stream(watcher, missed), content_type="text/event-stream")
        response.headers["X-Accel-Buffering"] = "no"
        return response


class _Watcher:
    """A browser and what it may hear of."""

    def __init__(self, user: User, session: Session | None) -> None:
        self.user = user
        self._session_id = session.pk if session else None
        self._teams = {str(team) for team in team_ids(user)}

    async def may_hear(self, notice: dict[str, Any]) -> bool:
        """The same rule as `visible_to`, asked for a notice."""
        ticket = notice.get("ticket")
        if self.user.role == User.Role.LIGHT and ticket is not None:
            tickets = visible_to(self.user).filter(pk=uuid.UUID(str(ticket)))
            return await _exists(tickets)
        team = notice.get("team")
        return team is None or self.user.role == User.Role.ADMIN or str(team) in self._teams

    async def still_welcome(self) -> bool:
        """False once the session was ended or the person deactivated."""
        if self._session_id is None:
            return await _exists(User.objects.filter(pk=self.user.pk, is_active=True))
        return await _exists(
            Session.objects.filter(
                pk=self._session_id, revoked_at__isnull=True, user__is_active=True
            )
        )


@sync_to_async
def _exists(rows: QuerySet[Any]) -> bool:
    """`rows.exists()` on a connection that goes back to the pool at once."""
    try:
        return rows.exists()
    finally:
        connection.close()


def _missed(last: str) -> list[dict[str, Any]]:
    if not last.isascii() or not last.isdigit() or len(last) > 18:
        return []
    found = selectors.since(int(last))
    return [{"kind": "catch_up"}] if found is None else found


async def _stream(watcher: _Watcher, missed: list[dict[str, Any]]) -> AsyncIterator[bytes]:
    """Missed events first, then what comes; a comment now and then proves both ends alive."""
    async with hub().listening() as listener:
        yield b": welcome\n\n"
        for notice in missed:
            if await watcher.may_hear(notice):
                yield _written(notice)
        while True:
            try:
                heard = await listener.next(seconds=PING_SECONDS)
            except TooSlow:
                return
            if heard is None:
                if not await watcher.still_welcome():
                    return
                yield b": ping\n\n"
            elif await watcher.may_hear(heard):
                yield _written(heard)


def _written(notice: dict[str, Any]) -> bytes:
    shown = {name: value for name, value in notice.items() if name != "team" and value is not None}
    lines = [b"event: " + str(notice["kind"]).encode(), b"data: " + msgspec.json.encode(shown)]
    if "id" in notice:
        lines.insert(0, b"id: " + str(notice["id"]).encode())
    return b"\n".join(lines) + b"\n\n"
