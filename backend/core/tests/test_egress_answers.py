"""Whatever another server says, or does not say, ends within one time and one size limit."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.core.egress import Refused, Unreachable, fetch
from tests.outside import OutsideServer, answer, certificate, outside, policy_for, redirect


@pytest.fixture
def public() -> Iterator[OutsideServer]:
    """A server of the open internet."""
    with outside() as server:
        server.pages["/"] = answer(b"hello", content_type="image/png")
        yield server


@pytest.mark.parametrize("status", ["204 No Content", "404 Not Found", "500 Oh", "302 No Location"])
def test_only_a_200_is_taken(public: OutsideServer, status: str):
    public.pages["/"] = answer(b"x", status=status)
    with pytest.raises(Unreachable, match=status.split(" ", maxsplit=1)[0]):
        fetch(public.url("/"), policy_for(public))


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\na: " + b"b" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello",
    ],
)
def test_an_answer_that_is_no_whole_one_is_unreachable(public: OutsideServer, said: bytes):
    public.pages["/"] = said
    with pytest.raises(Unreachable):
        fetch(public.url("/"), policy_for(public))


def test_a_chunked_answer_is_read_whole(public: OutsideServer):
    public.pages["/"] = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n4\r\n you\r\n0\r\n\r\n"
    )
    assert fetch(public.url("/"), policy_for(public)).content == b"hello you"


def test_no_more_is_read_than_the_length_says(public: OutsideServer):
    public.pages["/"] = answer(b"hello and more", content_length="5")
    assert fetch(public.url("/"), policy_for(public)).content == b"hello"


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-7d0\r\n",
    ],
)
def test_s53_an_answer_that_grows_over_the_limit_is_refused(public: OutsideServer, head: bytes):
    public.pages["/"] = head + b"x" * 2_000 + b"\r\n"
    with pytest.raises(Refused, match="too large"):
        fetch(public.url("/"), policy_for(public, max_bytes=1_999))


def test_an_endless_answer_is_cut_off(public: OutsideServer):
    ended = threading.Event()

    def endless(wire: socket.socket) -> None:
        wire.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
        try:
            while True:
                wire.sendall(b"x" * 65_536)
        finally:
            ended.set()

    public.pages["/"] = endless
    with pytest.raises(Refused, match="too large"):
        fetch(public.url("/"), policy_for(public))
    assert ended.wait(20)


def test_s53_a_compressed_answer_is_refused(public: OutsideServer):
    bomb = gzip.compress(b"\0" * 1_000_000)
    public.pages["/"] = answer(bomb, content_encoding="gzip")
    with pytest.raises(Refused, match="compressed"):
        fetch(public.url("/"), policy_for(public))


def test_an_answer_that_says_it_is_not_compressed_is_taken(public: OutsideServer):
    public.pages["/"] = answer(b"plain", content_encoding=" Identity")
    assert fetch(public.url("/"), policy_for(public)).content == b"plain"


def test_a_server_that_says_nothing_is_given_up(public: OutsideServer):
    public.pages["/"] = public.silence
    with pytest.raises(Unreachable, match="too slow"):
        fetch(public.url("/"), policy_for(public, seconds=0.2))


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nx: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_server_that_drips_is_given_up(public: OutsideServer, head: bytes):
    def drip(wire: socket.socket) -> None:
        wire.sendall(head)
        while not public.released.wait(0.01):
            wire.sendall(b"x")

    public.pages["/"] = drip
    with pytest.raises(Unreachable, match="too slow"):
        fetch(public.url("/"), policy_for(public, seconds=0.4))


def test_a_server_that_says_wait_for_ever_is_given_up(public: OutsideServer):
    def not_yet(wire: socket.socket) -> None:
        while True:
            wire.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    public.pages["/"] = not_yet
    with pytest.raises(Unreachable, match="too slow"):
        fetch(public.url("/"), policy_for(public, seconds=0.4))


def test_the_time_limit_is_of_all_redirects_together(public: OutsideServer):
    def slowly(wire: socket.socket) -> None:
        public.released.wait(0.15)
        wire.sendall(redirect("/"))

    public.pages["/"] = slowly
    with pytest.raises(Unreachable, match="too slow"):
        fetch(public.url("/"), policy_for(public, seconds=0.4, redirects=1_000))


def test_a_name_server_that_says_nothing_is_given_up(public: OutsideServer):
    def resolve(host: str) -> list[str]:
        public.released.wait(20)
        return ["127.0.0.1"]

    with pytest.raises(Unreachable, match="too slow"):
        fetch(public.url("/"), policy_for(public, resolve=resolve, connect_seconds=0.1))
    assert public.requests == []


def test_https_is_asked_under_the_name_and_its_proof_is_checked(tmp_path: Path):
    proof, trust = certificate(tmp_path, "images.test")
    with outside(tls=proof) as server:
        server.pages["/"] = answer(b"sealed")
        policy = policy_for(
            server, names={"images.test": "127.0.0.1", "other.test": "127.0.0.1"}, tls=trust
        )
        assert fetch(server.url("/", host="images.test"), policy).content == b"sealed"
        with pytest.raises(Unreachable, match="certificate"):
            fetch(server.url("/", host="other.test"), policy)
        assert len(server.requests) == 1


def test_https_with_a_proof_nobody_vouches_for_is_unreachable(tmp_path: Path):
    proof, _ = certificate(tmp_path, "images.test")
    with outside(tls=proof) as server:
        policy = policy_for(server, names={"images.test": "127.0.0.1"})
        with pytest.raises(Unreachable, match="certificate"):
            fetch(server.url("/", host="images.test"), policy)
        assert server.requests == []


def test_a_server_that_never_ends_the_handshake_is_given_up(public: OutsideServer):
    policy = policy_for(public, connect_seconds=0.2)
    with pytest.raises(Unreachable, match="too slow"):
        fetch(public.url("/").replace("http:", "https:"), policy)


@given(st.binary(max_size=60))
@settings(max_examples=200, deadline=None)
def test_no_answer_whatever_it_is_does_more_than_being_unreachable(said: bytes):
    with outside() as server:
        server.pages["/"] = b"HTTP/1.1 200 OK\r\n" + said
        try:
            assert fetch(server.url("/"), policy_for(server)).content in said
        except (Refused, Unreachable):
            return
