"""Web servers that stand for the outside world, saying exactly the bytes a test wants."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.utils import timezone

from backend.core.egress import Policy

PATIENCE = 20.0
PUBLIC, PRIVATE = "127.0.0.1", "127.0.0.2"
Script = Callable[[socket.socket], None]


def answer(body: bytes = b"", *, status: str = "200 OK", **fields: str) -> bytes:
    """A whole HTTP answer; header fields as `content_type="..."`."""
    named = {"content-length": str(len(body))} | {
        name.replace("_", "-"): value for name, value in fields.items()
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items() if value)
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def redirect(location: str) -> bytes:
    """An answer that leads on."""
    return answer(status="302 Found", location=location)


class OutsideServer:
    """A server on a loopback address. `pages` maps a path to its answer's bytes, or to a script
    that speaks over the connection; `requests` are the heads of what was asked."""

    def __init__(self, host: str = PUBLIC, *, tls: ssl.SSLContext | None = None) -> None:
        self.pages: dict[str, bytes | Script] = {}
        self.requests: list[str] = []
        self.released = threading.Event()
        self._tls = tls
        self._listener = socket.create_server((host, 0))
        self.host, self.port = self._listener.getsockname()
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, path: str = "/", *, host: str = "") -> str:
        """The address of a page of this server."""
        scheme = "https" if self._tls else "http"
        return f"{scheme}://{host or self.host}:{self.port}{path}"

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [request.split(" ")[1] for request in self.requests]

    def silence(self, wire: socket.socket) -> None:
        """A script that says nothing until `released` is set."""
        self.released.wait(PATIENCE)

    def close(self) -> None:
        """Stop listening and let the silent go."""
        self.released.set()
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes up who waits for somebody to come
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                wire, _ = self._listener.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._serve, args=(wire,), daemon=True).start()

    def _serve(self, wire: socket.socket) -> None:
        wire.settimeout(PATIENCE)
        try:
            with self._tls.wrap_socket(wire, server_side=True) if self._tls else wire as spoken:
                head = b""
                while b"\r\n\r\n" not in head and (piece := spoken.recv(65536)):
                    head += piece
                if b"\r\n\r\n" not in head:
                    return
                self.requests.append(head.decode("latin-1"))
                page = self.pages.get(self.paths()[-1], answer(status="404 Not Found"))
                if callable(page):
                    page(spoken)
                else:
                    spoken.sendall(page)
        except OSError:  # the desk hung up, which is often what a test wants
            return


@contextmanager
def outside(host: str = PUBLIC, *, tls: ssl.SSLContext | None = None) -> Iterator[OutsideServer]:
    """A server for as long as the block runs."""
    server = OutsideServer(host, tls=tls)
    try:
        yield server
    finally:
        server.close()


def policy_for(
    *servers: OutsideServer, names: Mapping[str, str] | None = None, **changes: Any
) -> Policy:
    """A world in which 127.0.0.1 is the open internet and every other address is inside.

    names: further hosts and the address each has.
    """
    known = names or {}
    values: dict[str, Any] = {
        "allows": lambda address: address == ip_address(PUBLIC),
        "ports": frozenset(server.port for server in servers),
        "resolve": lambda host: [known.get(host, host)],
    }
    return Policy(**(values | changes))


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, Callable[[], ssl.SSLContext]]:
    """What a server proves itself as `name` with, and what a client trusts that proof by."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now: datetime = timezone.now()
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    path = folder / "server.pem"
    path.write_bytes(
        pem
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    return server, lambda: ssl.create_default_context(cadata=pem.decode())
