"""The desk's real web server in tests, and plain HTTP to speak with it."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from typing import Any

from backend.users.models import User
from backend.users.sessions import create_api_token
from desk_cli.paths import VENV_BIN
from desk_cli.ports import free_port
from desk_cli.process import wait_until
from desk_cli.testing import DeskProcesses
from tests.desk import TESTS

PATIENCE = 60.0


@dataclass(frozen=True)
class Answer:
    """A response read to its end."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Web:
    """A running web server of the desk."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(
        self,
        method: str,
        path: str,
        *,
        token: str = "",
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """One request with its answer; `body` is sent as JSON unless it is bytes."""
        link = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            named = {"Content-Type": "application/json"} if content is not None else {}
            link.request(method, path, content, named | _bearer(token) | (headers or {}))
            response = link.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())
        finally:
            link.close()

    @contextmanager
    def listen(self, token: str, *, last: int | None = None) -> Iterator[Stream]:
        """The live events, open for as long as the block runs."""
        link = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"Accept": "text/event-stream"} | _bearer(token)
        if last is not None:
            headers["Last-Event-ID"] = str(last)
        try:
            link.request("GET", "/api/v1/events/", headers=headers)
            stream = Stream(link.getresponse(), link.sock)
            if stream.status == 200:
                assert stream.response.readline() == b": welcome\n"  # it is told of from here on
            yield stream
        finally:
            link.close()


class Stream:
    """An open stream of server-sent events."""

    def __init__(self, response: HTTPResponse, link: socket.socket | None) -> None:
        self.response, self.link = response, link
        self.status = response.status

    def next(self) -> dict[str, Any] | None:
        """The next notice; None when the server ended the stream. Comments are passed over.

        AssertionError when none comes in time: comments alone must not keep a test waiting.
        """
        notice: dict[str, Any] = {}
        end = time.monotonic() + PATIENCE
        while line := self.response.readline():
            assert time.monotonic() < end, "the stream says nothing"
            text = line.decode().rstrip("\n")
            name, _, value = text.partition(": ")
            if not text and notice:
                return notice
            if name == "data":
                notice |= json.loads(value)
            elif name == "event":
                notice["event"] = value
        return None

    def until(self, kind: str) -> dict[str, Any]:
        """The next notice of a kind; AssertionError when the stream ends before."""
        while (notice := self.next()) is not None:
            if notice["kind"] == kind:
                return notice
        raise AssertionError(f"the stream ended without {kind}")


def start_web(processes: DeskProcesses) -> Web:
    """Start the web server with what `processes.extra` says, and wait until it answers."""
    web = Web(free_port())
    command = [
        str(VENV_BIN / "granian"), "--interface", "asgi", "--host", "127.0.0.1",
        "--port", str(web.port), "config.asgi:application",
    ]  # fmt: skip
    child = processes.start("web", command)

    def answers() -> bool:
        try:
            return web.ask("GET", "/healthz").status == 200
        except OSError:
            return not child.running

    assert wait_until(answers, PATIENCE), child.log_tail(30)
    assert child.running, child.log_tail(30)
    return web


def token_of(user: User) -> str:
    """A new API token of `user`."""
    return create_api_token(actor=TESTS, user=user, name="tests")


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}
