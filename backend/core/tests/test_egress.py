"""Fetching what strangers name: never from inside, never more than asked, never for ever."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.core.egress import Policy, Refused, Unreachable, fetch, public_internet
from tests.outside import (
    PRIVATE,
    OutsideServer,
    answer,
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
