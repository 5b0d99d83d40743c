"""The certificates of the mail servers a domain's mailboxes use, and how long they still hold."""

from __future__ import annotations

import contextlib
import imaplib
import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from backend.core.text import one_line
from backend.mail.server import MailServerError, Protocol, is_loopback, open_socket, tls_context
from backend.mailboxes.domains.findings import Finding, finding

SECONDS = 8.0
MOST_SERVERS = 8
SOON_DAYS = 14
# X509_V_ERR_...: what OpenSSL calls the faults a person can do something about.
_FAULTS = {10: "tls_expired", 18: "tls_self_signed", 19: "tls_self_signed", 62: "tls_other_name"}


@dataclass(frozen=True)
class Server:
    """One server of a mailbox; security: tls, starttls or none."""

    protocol: Protocol
    host: str
    port: int
    security: str


def check(servers: Sequence[Server], *, ca_file: str | None = None) -> list[Finding]:
    """One finding a server, asked at the same time, each within SECONDS or so."""
    wanted = list(dict.fromkeys(servers))[:MOST_SERVERS]
    if not wanted:
        return []
    with ThreadPoolExecutor(len(wanted)) as pool:
        return list(pool.map(lambda one: _look(one, ca_file), wanted))


def _look(server: Server, ca_file: str | None) -> Finding:
    data: dict[str, Any] = {
        "protocol": server.protocol, "host": server.host, "port": server.port,
    }  # fmt: skip
    if server.security == "none":
        state: Any = "ok" if is_loopback(server.host) else "error"
        return finding("tls", state, "tls_none", **data)
    try:
        certificate = _certificate(server, ca_file)
    except ssl.SSLCertVerificationError as error:
        code = _FAULTS.get(error.verify_code, "tls_untrusted")
        words = one_line(str(error.verify_message), limit=300)
        return finding("tls", "error", code, found=words, **data)
    except MailServerError as error:
        words = one_line(error.server_words, limit=300)
        return finding("tls", "unknown", "tls_no_answer", found=words, **data)
    except (OSError, EOFError, ValueError, smtplib.SMTPException, imaplib.IMAP4.error) as error:
        words = one_line(str(error), limit=300)
        return finding("tls", "unknown", "tls_no_answer", found=words, **data)
    days = int((ssl.cert_time_to_seconds(certificate["notAfter"]) - time.time()) // 86_400)
    code = "tls_ok" if days >= SOON_DAYS else "tls_ends_soon"
    return finding("tls", "ok" if days >= SOON_DAYS else "warning", code, days=days, **data)


def _certificate(server: Server, ca_file: str | None) -> dict[str, Any]:
    """The certificate a server shows, once it has been verified."""
    context = tls_context(ca_file)
    if server.security == "tls":
        plain = open_socket(
            server.protocol, server.host, server.port, connect_timeout=SECONDS, read_timeout=SECONDS
        )
        with plain, context.wrap_socket(plain, server_hostname=server.host) as secure:
            return _of(secure)
    start: dict[str, Callable[[Server, ssl.SSLContext], dict[str, Any]]] = {
        "imap": _by_imap,
        "smtp": _by_smtp,
    }
    return start[server.protocol](server, context)


def _by_imap(server: Server, context: ssl.SSLContext) -> dict[str, Any]:
    link = imaplib.IMAP4(server.host, server.port, timeout=SECONDS)
    try:
        link.starttls(ssl_context=context)
        return _of(link.socket())
    finally:
        with contextlib.suppress(OSError):  # after a failed handshake the socket is gone
            link.shutdown()


def _by_smtp(server: Server, context: ssl.SSLContext) -> dict[str, Any]:
    link = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
    try:
        link.starttls(context=context)
        if link.sock is None:
            raise OSError("the connection ended")
        return _of(link.sock)
    finally:
        link.close()


def _of(sock: socket.socket) -> dict[str, Any]:
    certificate = sock.getpeercert() if isinstance(sock, ssl.SSLSocket) else None
    if not certificate:
        raise ValueError("the server showed no certificate")
    return dict(certificate)
