"""The one guarded way to fetch something whose address a stranger chose (SECURITY.md rows 7, 84).

1. The URL: http or https, a usual port, no user name, a host that is not the desk's own.
2. The host is resolved once; addresses inside any private network are refused.
3. The connection goes to the resolved address, so a name can't change its mind in between.
4. A redirect is a new URL: back to 1, at most three times.
5. The answer is read within one time limit and one size limit, whatever it says of itself.

Nothing of the desk or its people goes out: no cookie, no referrer, no name.
"""

from __future__ import annotations

import http.client
import io
import re
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address, ip_network
from typing import cast
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from django.conf import settings

from backend.core.public_addresses import Address, is_of_this_machine, is_public

_PORTS = {"http": 80, "https": 443}
_REDIRECTS = {301, 302, 303, 307, 308}
_LONGEST_URL = 8_192
_MOST_ADDRESSES = 3
_PIECE = 65_536
_USER_AGENT = "Mozilla/5.0 (compatible; image proxy)"
# RFC 3986 3.3, 3.4: what may stand in path and query besides letters, digits and "-._~".
_IN_PATH = "/%:@!$&'()*+,;="
_IN_QUERY = f"{_IN_PATH}?"
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?")
# getaddrinfo can't be interrupted: a slow name server keeps one of these, not a web request.
_resolvers = ThreadPoolExecutor(max_workers=16, thread_name_prefix="resolve")


class EgressError(Exception):
    """Nothing was fetched; the text says why."""


class Refused(EgressError):
    """The desk does not fetch this: a private address, a strange URL, too large."""


class Unreachable(EgressError):
    """The other server does not give it: no name, no answer, an error, too slow."""


def _system_addresses(host: str) -> list[str]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()


@dataclass(frozen=True)
class Policy:
    """Where fetching may go and how far. `public_internet()` is the only one outside of tests.

    allows: asked for every resolved address. own_names: hosts that are the desk itself; one that
    begins with a dot stands for everything below it. seconds: for the whole fetch with its
    redirects, connect_seconds for resolving and for connecting. max_bytes: of the body.
    """

    allows: Callable[[Address], bool]
    own_names: frozenset[str] = frozenset()
    ports: frozenset[int] = frozenset(_PORTS.values())
    resolve: Callable[[str], Sequence[str]] = _system_addresses
    tls: Callable[[], ssl.SSLContext] = _trusted
    seconds: float = 15.0
    connect_seconds: float = 5.0
    max_bytes: int = 10 * 1024 * 1024
    redirects: int = 3


def public_internet() -> Policy:
    """Only the open internet, not this machine, not the desk's names, not DESK_PRIVATE_NETWORKS."""
    private = [ip_network(one) for one in settings.DESK_PRIVATE_NETWORKS]

    def allows(address: Address) -> bool:
        inside = any(address in one for one in private if one.version == address.version)
        return is_public(address) and not inside and not is_of_this_machine(address)

    base = urlsplit(settings.DESK_BASE_URL).hostname or ""
    names = {base, *settings.ALLOWED_HOSTS} - {"", "*"}
    return Policy(allows=allows, own_names=frozenset(name.lower() for name in names))


@dataclass(frozen=True)
class Fetched:
    """What came: the bytes, and the address they came from after redirects."""

    content: bytes
    url: str


@dataclass(frozen=True)
class Answer:
    """What a server said to `post`, whatever its status; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True)
class _Target:
    """A checked URL: everything in it is ASCII without blanks."""

    url: str
    secure: bool
    host: str
    port: int
    path: str

    @property
    def host_field(self) -> str:
        """The Host field (RFC 9112 3.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (
            host
            if self.port == _PORTS["https" if self.secure else "http"]
            else f"{host}:{self.port}"
        )


@dataclass
class _Clock:
    """The one time limit of a fetch."""

    deadline: float

    def left(self, most: float = float("inf")) -> float:
        """Seconds left, at most `most`; raises TimeoutError when none are."""
        left = min(most, self.deadline - time.monotonic())
        if left <= 0:
            raise TimeoutError("too slow")
        return left


def fetch(url: str, policy: Policy, *, accept: str = "*/*") -> Fetched:
    """GET `url`, following redirects; raises Refused or Unreachable, never anything else.

    Takes up to `policy.seconds`: call it without a transaction and without a database connection.
    """
    clock = _Clock(time.monotonic() + policy.seconds)
    try:
        for _ in range(policy.redirects + 1):
            target = _checked(url, policy)
            with closing(_connected(target, policy, clock)) as wire:
                answer = _asked(wire, target, clock=clock, headers={"Accept": accept})
                location = answer.getheader("Location")
                if answer.status not in _REDIRECTS or location is None:
                    return Fetched(_body(answer, policy), target.url)
            url = _joined(target.url, location)
    except TimeoutError as error:
        raise Unreachable("The other server is too slow.") from error
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(f"The other server does not answer: {error}.") from error
    raise Refused("The address leads on to others too often.")


def post(url: str, body: bytes, policy: Policy, *, headers: Mapping[str, str]) -> Answer:
    """POST `body` to `url`, following no redirect; raises Refused or Unreachable, nothing else.

    `headers` are ours: Content-Type, Accept, Authorization. Takes up to `policy.seconds`.
    """
    clock = _Clock(time.monotonic() + policy.seconds)
    target = _checked(url, policy)
    try:
        with closing(_connected(target, policy, clock)) as wire:
            answer = _asked(wire, target, clock=clock, headers=headers, body=body)
            told = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, told, _content(answer, policy))
    except TimeoutError as error:
        raise Unreachable("The other server is too slow.") from error
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(f"The other server does not answer: {error}.") from error


def _joined(base: str, location: str) -> str:
    try:
        return urljoin(base, location)
    except ValueError as error:
        raise Refused("The address it leads on to can't be read.") from error


def _checked(url: str, policy: Policy) -> _Target:
    """Step 1."""
    url = url.strip()
    if len(url) > _LONGEST_URL:
        raise Refused("The address is too long.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Refused("The address can't be read.") from error
    if parts.scheme not in _PORTS:
        raise Refused("Only http and https addresses are fetched.")
    if "@" in parts.netloc:
        raise Refused("The address holds a user name.")
    port = _PORTS[parts.scheme] if port is None else port
    if port not in policy.ports:
        raise Refused(f"Port {port} is not one of the web's.")
    host = _host(parts)
    if _is_own(host, policy.own_names):
        raise Refused("The address is the desk's own.")
    path = quote(parts.path or "/", safe=_IN_PATH)
    if parts.query:
        path += f"?{quote(parts.query, safe=_IN_QUERY)}"
    return _Target(parts._replace(fragment="").geturl(), parts.scheme == "https", host, port, path)


def _host(parts: SplitResult) -> str:
    """The host in ASCII (RFC 5891 by the names' older form, RFC 3490), or an IPv6 address."""
    host = (parts.hostname or "").removesuffix(".")
    if ":" in host:
        try:
            if "%" in host:
                raise ValueError("an address of one machine's interface (RFC 4007)")
            return ip_address(host).compressed
        except ValueError as error:
            raise Refused("The host of the address can't be read.") from error
    try:
        name = host.encode("idna").decode("ascii").lower() if len(host) <= 253 else ""
    except UnicodeError as error:
        raise Refused("The host of the address can't be read.") from error
    if not _HOST.fullmatch(name):
        raise Refused("The host of the address can't be read.")
    return name


def _is_own(host: str, own: frozenset[str]) -> bool:
    return any(
        host == name.removeprefix(".") or (name.startswith(".") and host.endswith(name))
        for name in own
    )


def _resolved(target: _Target, policy: Policy, clock: _Clock) -> list[Address]:
    """Step 2: the addresses that may be connected to."""
    asked = _resolvers.submit(policy.resolve, target.host)
    try:
        found = asked.result(clock.left(policy.connect_seconds))
    except UnicodeError as error:
        raise Refused("The host of the address can't be read.") from error
    finally:
        asked.cancel()
    addresses = [ip_address(one) for one in dict.fromkeys(found) if "%" not in one]
    allowed = [one for one in addresses if policy.allows(one)]
    if not allowed:
        raise Refused("The address lies in a private network.")
    return allowed[:_MOST_ADDRESSES]


def _connected(target: _Target, policy: Policy, clock: _Clock) -> socket.socket:
    """Step 3: a connection to one of the checked addresses, encrypted for https."""
    failure: OSError = ConnectionError("no address")
    for address in _resolved(target, policy, clock):
        limit = clock.left(policy.connect_seconds)
        try:
            plain = socket.create_connection((str(address), target.port), timeout=limit)
        except OSError as error:
            failure = error
            continue
        with ExitStack() as failing:
            failing.callback(plain.close)
            plain.settimeout(clock.left(policy.connect_seconds))
            wire = _encrypted(plain, target, policy) if target.secure else plain
            failing.pop_all()
            return wire
    raise failure


def _encrypted(plain: socket.socket, target: _Target, policy: Policy) -> socket.socket:
    """TLS that proves the host's name, not the address (RFC 9110 4.3.4)."""
    return policy.tls().wrap_socket(plain, server_hostname=target.host)


class _Timed(io.RawIOBase):
    """What comes over a connection; each read gets only what is left of the whole time."""

    def __init__(self, wire: socket.socket, clock: _Clock) -> None:
        self._wire, self._clock = wire, clock

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: object) -> int:
        """Bytes as they come; raises TimeoutError at the deadline."""
        self._wire.settimeout(self._clock.left())
        return self._wire.recv_into(cast("bytearray", buffer))

    def makefile(self, mode: str) -> io.BufferedReader:
        """What http.client asks of a socket."""
        return io.BufferedReader(self, _PIECE)


def _asked(
    wire: socket.socket,
    target: _Target,
    *,
    clock: _Clock,
    headers: Mapping[str, str],
    body: bytes | None = None,
) -> http.client.HTTPResponse:
    """Status and header fields of the answer to one GET, or to one POST of `body`."""
    fields: dict[str, str] = {
        "Host": target.host_field,
        "User-Agent": _USER_AGENT,
        **headers,
        "Accept-Encoding": "identity",  # a compressed answer could unfold to any size
        "Connection": "close",
    }
    method = "GET" if body is None else "POST"
    if body is not None:
        fields["Content-Length"] = str(len(body))
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    wire.settimeout(clock.left())
    wire.sendall(f"{method} {target.path} HTTP/1.1\r\n{head}\r\n".encode("ascii") + (body or b""))
    answer = http.client.HTTPResponse(cast("socket.socket", _Timed(wire, clock)), method=method)
    answer.begin()
    return answer


def _body(answer: http.client.HTTPResponse, policy: Policy) -> bytes:
    """What a GET brings; anything but 200 is Unreachable."""
    if answer.status != 200:
        raise Unreachable(f"The other server answers with {answer.status}.")
    return _content(answer, policy)


def _content(answer: http.client.HTTPResponse, policy: Policy) -> bytes:
    """Step 5."""
    if (answer.getheader("Content-Encoding") or "identity").strip().lower() != "identity":
        raise Refused("The answer is compressed although that was not asked for.")
    if (answer.length or 0) > policy.max_bytes:
        raise Refused("The answer is too large.")
    content = bytearray()
    while piece := answer.read1(_PIECE):
        content += piece
        if len(content) > policy.max_bytes:
            raise Refused("The answer is too large.")
    if answer.length:
        raise Unreachable("The other server stopped in the middle.")
    return bytes(content)
