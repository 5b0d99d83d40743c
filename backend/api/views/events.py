"""Live events as a stream (text/event-stream, HTML Standard 9.2): ids only."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any, TypeVar

import msgspec
from asgiref.sync import sync_to_async
from django.db import connection
from django.db.models.functions import Now
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

T = TypeVar("T")
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
        watcher = _Watcher(person(request), session)
        # The stream lives for hours: it must not keep a connection of the pool meanwhile.
        connection.close()
        last = request.headers.get("Last-Event-ID", "")
        response = StreamingHttpResponse(_stream(watcher, last), content_type="text/event-stream")
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
            return await _apart(tickets.exists)
        team = notice.get("team")
        return team is None or self.user.role == User.Role.ADMIN or str(team) in self._teams

    async def still_welcome(self) -> bool:
        """Reads role and teams again; False once the session ended or the person left."""
        return await _apart(self._read_again)

    def _read_again(self) -> bool:
        user = User.objects.filter(pk=self.user.pk, is_active=True).first()
        if user is None:
            return False
        self.user, self._teams = user, {str(team) for team in team_ids(user)}
        if self._session_id is None:
            return True
        alive = Session.objects.filter(revoked_at__isnull=True, expires_at__gt=Now())
        return alive.filter(pk=self._session_id).exists()


async def _apart(ask: Callable[[], T]) -> T:
    """What `ask` reads, on a connection that goes back to the pool at once."""

    def asked() -> T:
        try:
            return ask()
        finally:
            connection.close()

    return await sync_to_async(asked)()


async def _missed(last: str) -> list[dict[str, Any]]:
    if not last.isascii() or not last.isdigit() or len(last) > 18:
        return []
    found = await _apart(partial(selectors.since, int(last)))
    return [{"kind": "catch_up"}] if found is None else found


async def _stream(watcher: _Watcher, last: str) -> AsyncIterator[bytes]:
    """Missed events first, then what comes.

    Every PING_SECONDS, however busy the desk, the watcher's rights are read again and a comment
    proves both ends alive.
    """
    async with hub().listening() as listener:
        yield b": welcome\n\n"
        # Read only now that we listen: what happens in between would be told by nobody.
        for notice in await _missed(last):
            if await watcher.may_hear(notice):
                yield _written(notice)
        next_check = time.monotonic() + PING_SECONDS
        while True:
            try:
                heard = await listener.next(seconds=max(0.0, next_check - time.monotonic()))
            except TooSlow:
                return
            if time.monotonic() >= next_check:
                if not await watcher.still_welcome():
                    return
                yield b": ping\n\n"
                next_check = time.monotonic() + PING_SECONDS
            if heard is not None and await watcher.may_hear(heard):
                yield _written(heard)


def _written(notice: dict[str, Any]) -> bytes:
    shown = {name: value for name, value in notice.items() if name != "team" and value is not None}
    lines = [b"event: " + str(notice["kind"]).encode(), b"data: " + msgspec.json.encode(shown)]
    if "id" in notice:
        lines.insert(0, b"id: " + str(notice["id"]).encode())
    return b"\n".join(lines) + b"\n\n"
