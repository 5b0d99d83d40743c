"""Fetching what strangers name: never from inside, never more than asked, never for ever."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.core.egress import Policy, Refused, Unreachable, fetch, public_internet
from backend.core.public_addresses import is_of_this_machine, is_public
from tests.outside import (
    PRIVATE,
    OutsideServer,
    answer,
    certificate,
    outside,
    policy_for,
    redirect,
)


@pytest.fixture
def public() -> Iterator[OutsideServer]:
    """A server of the open internet."""
    with outside() as server:
        server.pages["/"] = answer(b"hello", content_type="image/png")
        yield server


@pytest.fixture
def private() -> Iterator[OutsideServer]:
    """A server inside; whatever asks it has failed."""
    with outside(PRIVATE) as server:
        server.pages["/"] = answer(b"secret")
        yield server


def test_a_page_of_the_open_internet_is_fetched(public: OutsideServer):
    fetched = fetch(public.url("/"), policy_for(public))
    assert (fetched.content, fetched.url) == (b"hello", public.url("/"))


def test_nothing_of_the_desk_goes_out(public: OutsideServer):
    public.pages["/?a=1"] = answer(b"x")
    fetch(public.url("/?a=1#part"), policy_for(public), accept="image/png")
    lines = public.requests[0].strip().split("\r\n")
    assert lines[0] == "GET /?a=1 HTTP/1.1"
    assert dict(line.split(": ", 1) for line in lines[1:]) == {
        "Host": f"127.0.0.1:{public.port}",
        "User-Agent": "Mozilla/5.0 (compatible; image proxy)",
        "Accept": "image/png",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 - nobody listens there
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "64:ff9b:1::7f00:1",
        "100::1",
        "2001::1",
        "2001:0:53aa:64c:0:0:80ff:fffe",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::1",
        "3fff::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_s7_addresses_that_are_not_of_the_open_internet_are_none(address: str):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "200.160.2.3", "2606:4700::1111", "2a00:1450::1"]
)
def test_addresses_of_the_open_internet_are_public(address: str):
    assert is_public(ip_address(address))


def test_addresses_of_this_machine_are_known():
    assert is_of_this_machine(ip_address("127.0.0.1"))
    assert not is_of_this_machine(ip_address("8.8.8.8"))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "localhost",
        "LOCALHOST.",
        "１２７.０.０.１",
        "127。0。0。1",
    ],
)
def test_s7_no_spelling_of_this_machine_is_fetched_from(host: str):
    with pytest.raises(Refused):
        fetch(f"http://{host}/", public_internet())


def test_s84_a_server_inside_is_never_asked(public: OutsideServer, private: OutsideServer):
    with pytest.raises(Refused, match="private network"):
        fetch(private.url("/"), policy_for(public, private))
    assert private.requests == []


def test_s84_a_redirect_inside_is_never_followed(public: OutsideServer, private: OutsideServer):
    public.pages["/"] = redirect(private.url("/"))
    with pytest.raises(Refused, match="private network"):
        fetch(public.url("/"), policy_for(public, private))
    assert (public.paths(), private.requests) == (["/"], [])


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "//127.0.0.2/",
        "http://user:secret@127.0.0.1/",
        "http://[::1/",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "javascript:alert(1)",
    ],
)
def test_s84_a_redirect_to_something_else_is_never_followed(public: OutsideServer, location: str):
    public.pages["/"] = redirect(location)
    with pytest.raises(Refused):
        fetch(public.url("/"), policy_for(public))


def test_s84_a_name_is_resolved_once_and_can_not_change_its_mind(
    public: OutsideServer, private: OutsideServer
):
    answers = iter(["127.0.0.1", PRIVATE])
    asked: list[str] = []

    def rebinding(host: str) -> list[str]:
        asked.append(host)
        return [next(answers)]

    policy = policy_for(public, private, resolve=rebinding)
    assert fetch(public.url("/", host="rebinding.test"), policy).content == b"hello"
    assert (asked, private.requests) == (["rebinding.test"], [])


def test_each_redirect_is_resolved_anew(public: OutsideServer, private: OutsideServer):
    answers = iter(["127.0.0.1", PRIVATE])
    public.pages["/"] = redirect("/again")
    policy = policy_for(public, private, resolve=lambda host: [next(answers)])
    with pytest.raises(Refused, match="private network"):
        fetch(public.url("/", host="rebinding.test"), policy)
    assert public.paths() == ["/"]


def test_of_several_addresses_only_public_ones_are_asked(
    public: OutsideServer, private: OutsideServer
):
    policy = policy_for(
        public, private, resolve=lambda host: [PRIVATE, "fe80::1%eth0", "127.0.0.1"]
    )
    assert fetch(public.url("/", host="both.test"), policy).content == b"hello"
    assert private.requests == []


def test_the_next_address_is_tried_when_one_does_not_answer(public: OutsideServer):
    policy = policy_for(
        public, allows=lambda address: True, resolve=lambda host: ["127.0.0.9", "127.0.0.1"]
    )
    assert fetch(public.url("/", host="two.test"), policy).content == b"hello"


def test_three_redirects_are_followed_and_a_fourth_is_not(public: OutsideServer):
    for number in range(4):
        public.pages[f"/{number}"] = redirect(f"/{number + 1}")
    public.pages["/4"] = answer(b"end")
    assert fetch(public.url("/1"), policy_for(public)).content == b"end"
    with pytest.raises(Refused, match="too often"):
        fetch(public.url("/0"), policy_for(public))


def test_a_circle_of_redirects_ends(public: OutsideServer):
    public.pages["/"] = redirect("/")
    with pytest.raises(Refused, match="too often"):
        fetch(public.url("/"), policy_for(public))
    assert len(public.requests) == 4


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/relative",
        "//127.0.0.1/",
        "file:///etc/passwd",
        "ftp://example.test/",
        "data:image/png;base64,AA",
        "http://",
        "http:///path",
        "http://user@example.test/",
        "http://user:secret@example.test/",
        "http://example.test:22/",
        "http://example.test:0/",
        "http://example.test:99999/",
        "http://example.test:x/",
        "http://[::1",
        "http://[::1%25lo]/",
        "http://[fe80::1%eth0]/",
        "http://exam ple.test/",
        "http://example.test\\@127.0.0.1/",
        "http://-example.test/",
        "http://exa<mple.test/",
        "http://" + "a" * 64 + ".test/",
        "http://" + "a." * 200 + "test/",
        "http://example.test/" + "a" * 9_000,
    ],
)
def test_s84_strange_addresses_are_refused_without_asking_anybody(url: str):
    def resolve(host: str) -> list[str]:
        raise AssertionError(f"{host} was resolved")

    with pytest.raises(Refused):
        fetch(url, Policy(allows=lambda address: True, resolve=resolve))


@pytest.mark.parametrize("host", ["desk.test", "DESK.test.", "a.wild.test", "wild.test"])
def test_the_desk_never_asks_itself_by_name(public: OutsideServer, host: str):
    own = frozenset({"desk.test", ".wild.test"})
    with pytest.raises(Refused, match="own"):
        fetch(public.url("/", host=host), policy_for(public, own_names=own))
    assert public.requests == []


def test_the_desk_knows_its_own_names_and_the_administrators_networks(settings: Any):
    settings.DESK_BASE_URL = "https://Desk.Example.com"
    settings.ALLOWED_HOSTS = ["desk.internal", "*"]
    settings.DESK_PRIVATE_NETWORKS = ["8.8.8.0/24", "2606:4700::/32"]
    policy = public_internet()
    assert policy.own_names == {"desk.example.com", "desk.internal"}
    asked = ["8.8.8.8", "2606:4700::1", "1.1.1.1", "127.0.0.1"]
    assert [policy.allows(ip_address(one)) for one in asked] == [False, False, True, False]


def test_a_name_in_other_letters_is_asked_for_in_ascii(public: OutsideServer):
    policy = policy_for(public, names={"xn--caf-dma.test": "127.0.0.1"})
    fetch(public.url("/", host="Café.test"), policy)
    assert f"Host: xn--caf-dma.test:{public.port}" in public.requests[0]


def test_a_path_in_other_letters_is_asked_for_in_ascii(public: OutsideServer):
    public.pages["/fa%C3%A7a%20isso?q=%C3%A3%20b&x=%41"] = answer(b"found")
    assert fetch(public.url("/faça isso?q=ã b&x=%41"), policy_for(public)).content == b"found"


def test_an_address_can_not_add_a_line_to_the_request(public: OutsideServer):
    public.pages["/X:1%0B%0Cy?%00%7F%20HTTP/1.1"] = answer(b"found")
    url = public.url("/\r\nX:1\v\fy?\0\x7f HTTP/1.1\r\n")
    assert fetch(url, policy_for(public)).content == b"found"
    assert public.requests[0].count("\r\n") == 7


def test_a_name_that_nobody_has_is_unreachable(public: OutsideServer):
    def unknown(host: str) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(Unreachable, match="not known"):
        fetch(public.url("/", host="nobody.test"), policy_for(public, resolve=unknown))


def test_a_port_where_nobody_listens_is_unreachable():
    with outside() as gone:
        url = gone.url("/")
    with pytest.raises(Unreachable):
        fetch(url, policy_for(gone))


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


HOSTS = st.one_of(
    st.text(max_size=40),
    st.text("xn-.ß１。\u200d\u0130[]:%@#?\\/0aéﷺ", max_size=30),
    st.ip_addresses().map(str),
)
URLS = st.one_of(
    st.text(max_size=60),
    st.builds("{}://{}{}".format, st.sampled_from(["http", "https", "HTTP"]), HOSTS, st.text()),
)


@given(URLS)
@settings(max_examples=500, deadline=None)
def test_s84_no_address_whatever_it_is_does_more_than_being_refused(url: str):
    asked: list[str] = []

    def resolve(host: str) -> list[str]:
        asked.append(host)
        return [PRIVATE]

    with pytest.raises(Refused):
        fetch(url, policy_for(resolve=resolve, ports=frozenset({80, 443})))
    assert all(host.isascii() and host == host.lower() and " " not in host for host in asked)


@given(st.binary(max_size=60))
@settings(max_examples=200, deadline=None)
def test_no_answer_whatever_it_is_does_more_than_being_unreachable(said: bytes):
    with outside() as server:
        server.pages["/"] = b"HTTP/1.1 200 OK\r\n" + said
        try:
            assert fetch(server.url("/"), policy_for(server)).content in said
        except (Refused, Unreachable):
            return
