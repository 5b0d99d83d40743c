"""Reaching a mail server: sockets, TLS, and failures said so that a person can act (I8, I10)."""

import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

Security = Literal["tls", "starttls", "none"]
Protocol = Literal["imap", "smtp"]

_KEEPALIVE_IDLE, _KEEPALIVE_INTERVAL, _KEEPALIVE_PROBES = 60, 20, 3
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_MAX_WORDS = 500


class MailServerError(Exception):
    """A mail server could not be used.

    step: what was being done, e.g. "connect_imap" (the names of the mailbox test).
    code: stable word for translation, e.g. "imap_login_failed".
    server_words: what the server or the system said, one line, "" when nothing.
    advice: one English sentence on what to do.
    transient: trying again later may help without anybody changing a setting.
    uids: the mails that were being fetched, so that a caller can ask for fewer (I7).
    """

    uids: tuple[int, ...] = ()

    def __init__(
        self, step: str, code: str, server_words: str, advice: str, *, transient: bool = False
    ) -> None:
        self.step = step
        self.code = code
        self.server_words = one_line(server_words)
        self.advice = advice
        self.transient = transient
        super().__init__(f"{step}: {self.server_words or code}. {advice}")

    @property
    def words(self) -> str:
        """What the server said and what to do about it, as sentences on one line."""
        said = self.server_words
        if said and said[-1] not in ".!?":
            said += "."
        return f"{said} {self.advice}".strip()


class ConnectFailed(MailServerError):
    """The name does not resolve or nobody answers there."""


class TlsFailed(MailServerError):
    """No verified encryption could be made; clear text is never used instead (I10)."""


class LoginFailed(MailServerError):
    """The server refused user name or password."""


class FolderMissing(MailServerError):
    """The folder does not exist or cannot be opened."""


class CommandRefused(MailServerError):
    """The server answered NO or BAD, or something that cannot be understood."""


class ServerDropped(MailServerError):
    """The connection ended or fell silent in the middle."""


@dataclass(frozen=True, slots=True)
class ProbeStep:
    """One step of a mailbox test.

    step: e.g. "login_imap". ok: whether it worked. code: of the failure, "" when ok.
    detail: what the server said. advice: what to do, "" when ok. ms: milliseconds.
    """

    step: str
    ok: bool
    code: str
    detail: str
    advice: str
    ms: int


def one_line(words: str | bytes | object) -> str:
    """Return what a server said as one printable line of at most 500 characters."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    return _CONTROL.sub(" ", text).strip()[:_MAX_WORDS]


def is_loopback(host: str) -> bool:
    """Say whether a host name can only mean this machine."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def tls_context(ca_file: str | None = None) -> ssl.SSLContext:
    """Return a context that verifies certificate and host name (RFC 8314); not to be changed.

    `ca_file` names a PEM file of further authorities to trust. Connections share a context, whose
    authorities take a megabyte, until the file is another one.
    """
    return _tls_context(ca_file, _changed_at(ca_file or ssl.get_default_verify_paths().cafile))


@lru_cache(maxsize=4)
def _tls_context(ca_file: str | None, changed_at: float) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file:
        context.load_verify_locations(cafile=ca_file)
    return context


def _changed_at(file: str | None) -> float:
    try:
        return Path(file).stat().st_mtime if file else 0.0
    except OSError:
        return 0.0  # loading it will say what is wrong


def refuse_clear_text(protocol: Protocol, host: str) -> None:
    """Raise TlsFailed when unencrypted use of a host beyond this machine is asked for (I10)."""
    if not is_loopback(host):
        raise TlsFailed(
            f"connect_{protocol}",
            f"{protocol}_clear_text_refused",
            "",
            "Choose TLS or STARTTLS: unencrypted connections are allowed to this machine only.",
        )


def open_socket(
    protocol: Protocol, host: str, port: int, *, connect_timeout: float, read_timeout: float
) -> socket.socket:
    """Resolve and connect; return a TCP socket with keepalive and `read_timeout` set (I8).

    Raises ConnectFailed with step "resolve_..." or "connect_...". Times in seconds.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ConnectFailed(
            f"resolve_{protocol}",
            f"{protocol}_resolve_failed",
            str(error),
            f"Check the server name {host!r}: it has no address.",
            transient=True,
        ) from error
    failure: OSError = OSError("no address")
    for family, kind, number, _, address in found[:4]:
        sock = socket.socket(family, kind, number)
        try:
            sock.settimeout(connect_timeout)
            sock.connect(address)
        except OSError as error:
            sock.close()
            failure = error
            continue
        _keep_alive(sock)
        sock.settimeout(read_timeout)
        return sock
    raise _connect_failed(protocol, host, port, failure) from failure


def _connect_failed(protocol: Protocol, host: str, port: int, error: OSError) -> ConnectFailed:
    step = f"connect_{protocol}"
    if isinstance(error, TimeoutError):
        advice = (
            f"Check host and port: {host}:{port} did not answer in time, or a firewall stops it."
        )
        return ConnectFailed(
            step, f"{protocol}_connect_timeout", "timed out", advice, transient=True
        )
    if isinstance(error, ConnectionRefusedError):
        advice = f"Check the port: nothing accepts connections at {host}:{port}."
        return ConnectFailed(
            step, f"{protocol}_connect_refused", str(error), advice, transient=True
        )
    advice = f"Check that this machine can reach {host}:{port}."
    return ConnectFailed(step, f"{protocol}_connect_failed", str(error), advice, transient=True)


def _keep_alive(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    # the three names exist on Linux; elsewhere the system's own times apply
    for name, seconds in (
        ("TCP_KEEPIDLE", _KEEPALIVE_IDLE),
        ("TCP_KEEPINTVL", _KEEPALIVE_INTERVAL),
        ("TCP_KEEPCNT", _KEEPALIVE_PROBES),
    ):
        option = getattr(socket, name, None)
        if option is not None:
            sock.setsockopt(socket.IPPROTO_TCP, option, seconds)


def start_tls(
    protocol: Protocol, sock: socket.socket, host: str, ca_file: str | None
) -> ssl.SSLSocket:
    """Encrypt a connected socket. Raises TlsFailed, and closes the socket then."""
    try:
        return tls_context(ca_file).wrap_socket(sock, server_hostname=host)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        sock.close()
        raise tls_failed(protocol, host, error) from error


def tls_failed(protocol: Protocol, host: str, error: Exception) -> TlsFailed:
    """Return the TlsFailed that explains a failed handshake."""
    step = f"tls_{protocol}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return TlsFailed(
            step,
            f"{protocol}_certificate_invalid",
            error.verify_message,
            f"Use the host name the certificate was made for; the one of {host} is not trusted.",
        )
    return TlsFailed(
        step,
        f"{protocol}_tls_failed",
        str(error),
        "Check the port: this one does not speak TLS from the start; try STARTTLS or another port.",
        transient=isinstance(error, (TimeoutError, ConnectionError)),
    )


_ORDER = ("resolve", "connect", "tls", "login", "list", "select")


def _rank(step: str) -> int:
    return _ORDER.index(step.partition("_")[0])


def run_probe(actions: list[tuple[str, Callable[[], str]]]) -> list[ProbeStep]:
    """Run the steps of a mailbox test until one fails; each action returns what the server said.

    An action may fail at a later step than its own (TLS while connecting): then its
    own step worked and the later one is reported.
    """
    steps: list[ProbeStep] = []
    for step, action in actions:
        begin = time.monotonic()
        try:
            detail, failure = action(), None
        except MailServerError as error:
            detail, failure = "", error
        ms = int((time.monotonic() - begin) * 1000)
        if failure is None or _rank(failure.step) > _rank(step):
            steps.append(ProbeStep(step, True, "", one_line(detail), "", ms))
        if failure is not None:
            words, advice = failure.server_words, failure.advice
            steps.append(ProbeStep(failure.step, False, failure.code, words, advice, ms))
            break
    return steps
