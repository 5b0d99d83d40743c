"""The guarded way out for what the desk sends: the answer as it is, no redirect, no private net."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from backend.core.egress import Policy, Refused, Unreachable, post, public_internet

HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


class _Handler(BaseHTTPRequestHandler):
    seen: list[tuple[str, str, bytes]]

    def do_POST(self) -> None:
        """Answer with the status the path names; /to leads elsewhere."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((self.path, self.headers["Content-Type"], body))
        status = 302 if self.path == "/to" else int(self.path.strip("/"))
        self.send_response(status)
        self.send_header("Location", "/200")
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b'{"error": "invalid_grant"}')

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    _Handler.seen = []
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as running:
        threading.Thread(target=running.serve_forever, args=(0.05,), daemon=True).start()
        yield running
        running.shutdown()


def policy(server: ThreadingHTTPServer) -> Policy:
    ports = frozenset({server.server_address[1]})
    return Policy(allows=lambda address: address.is_loopback, ports=ports)


@pytest.mark.parametrize(
    ("path", "status"), [("200", 200), ("400", 400), ("503", 503), ("to", 302)]
)
def test_the_answer_comes_as_it_is_and_nothing_is_followed(
    server: ThreadingHTTPServer, path: str, status: int
):
    url = f"http://127.0.0.1:{server.server_address[1]}/{path}"
    answer = post(url, b"a=1", policy(server), headers=HEADERS)
    assert (answer.status, answer.content) == (status, b'{"error": "invalid_grant"}')
    assert answer.headers["content-type"] == "application/json"
    assert _Handler.seen == [(f"/{path}", HEADERS["Content-Type"], b"a=1")]


def test_private_networks_other_ports_and_large_answers_are_refused(server: ThreadingHTTPServer):
    port = server.server_address[1]
    url = f"http://127.0.0.1:{port}/200"
    for refusing in (
        public_internet(),
        replace(public_internet(), ports=frozenset({port})),
        replace(policy(server), ports=frozenset({443})),
        replace(policy(server), max_bytes=5),
    ):
        with pytest.raises(Refused):
            post(url, b"", refusing, headers=HEADERS)
    server.server_close()
    with pytest.raises(Unreachable):
        post(url, b"", replace(policy(server), seconds=2.0), headers=HEADERS)
