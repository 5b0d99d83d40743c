"""A scripted SMTP server (RFC 5321) for tests: keeps what it takes, fails on demand.

with SmtpSink() as sink:
    sink.script(mode="reject4", at="rcpt", recipient="bob@example.org", times=2)
    ...
    sink.wait_for(1)[0].raw
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Self

from desk_cli.servers.smtp_session import Session

Mode = Literal["reject4", "reject5", "drop", "drop_stored", "slow", "hang", "garbage"]
At = Literal["connect", "ehlo", "starttls", "auth", "rset", "mail", "rcpt", "data", "body", "quit"]


@dataclass(frozen=True)
class SinkMessage:
    """One accepted mail: its envelope, its bytes (dots unstuffed) and who had logged in."""

    envelope_from: str
    envelope_to: tuple[str, ...]
    raw: bytes
    username: str | None


@dataclass
class Fault:
    """One scripted fault and how often it is still to happen."""

    mode: Mode
    at: At
    recipient: str | None
    left: int
    code: int
    text: str
    seconds: float


@dataclass
class SmtpSink:
    """Listens on loopback in threads of this process.

    `users`: name to password; empty means that no login is needed. `tls`: offers STARTTLS.
    `tokens`: says whose an OAuth token is, None for a bad one; XOAUTH2 and OAUTHBEARER work then.
    `on_message`: called with every stored message (to deliver it somewhere, say).
    """

    port: int = 0
    users: dict[str, str] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    on_message: Callable[[SinkMessage], None] | None = None
    tokens: Callable[[str], str | None] | None = None

    def __post_init__(self) -> None:
        self.messages: list[SinkMessage] = []
        self.commands: list[str] = []
        self.connections = 0
        self._faults: list[Fault] = []
        self._changed = threading.Condition()
        self._listener: socket.socket | None = None
        self._links: set[socket.socket] = set()
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> Self:
        """Listen; `port` is set to the one chosen. Restarting keeps the port and messages."""
        self._closing.clear()
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        self._run(self._accept, self._listener)
        return self

    def _run(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True, name="smtp-sink")
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while not self._closing.is_set():
            try:
                link, _ = listener.accept()
            except OSError:  # closed by stop()
                return
            with self._changed:
                self._links.add(link)
                self.connections += 1
            self._run(self._serve, link)

    def _serve(self, link: socket.socket) -> None:
        try:
            Session(self, link).talk()
        except (OSError, EOFError):  # the client, a fault or stop() closed the connection
            return
        finally:
            with self._changed:
                self._links.discard(link)
            link.close()

    def stop(self) -> None:
        """Refuse new connections and cut the open ones; messages stay readable."""
        self._closing.set()
        if self._listener:
            # accept() in another thread only wakes when the socket is shut down, not on close.
            try:
                self._listener.shutdown(socket.SHUT_RDWR)
            except OSError:
                self._listener.close()
            self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join(5.0)
        self._threads.clear()

    def cut(self) -> None:
        """End every open connection; new ones are taken."""
        with self._changed:
            links = list(self._links)
        for link in links:
            try:
                link.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def script(
        self,
        *,
        mode: Mode,
        at: At = "rcpt",
        recipient: str | None = None,
        times: int = 1,
        code: int = 0,
        text: str = "",
        seconds: float = 1.0,
    ) -> None:
        """Let the next `times` passes of `at` fail (-1: every one).

        reject4 / reject5 answer 451 / 550 (or `code`, `text`); drop cuts the connection instead
        of answering; drop_stored (at="body") keeps the mail, then cuts: the lost 250; slow waits
        `seconds` and goes on; hang says nothing until the client leaves; garbage answers with
        bytes that are no SMTP reply. `recipient` narrows at="rcpt" to one address. at="data" is
        the DATA command, at="body" the final dot.
        """
        standard = {
            "reject4": (451, "4.3.0 try again later"),
            "reject5": (550, "5.1.1 no such user"),
        }
        usual_code, usual_text = standard.get(mode, (0, ""))
        fault = Fault(mode, at, recipient, times, code or usual_code, text or usual_text, seconds)
        with self._changed:
            self._faults.append(fault)

    def clear_script(self) -> None:
        """Behave well again."""
        with self._changed:
            self._faults.clear()

    def take_fault(self, at: At, recipient: str | None = None) -> Fault | None:
        """The first scripted fault for this moment, counted down."""
        with self._changed:
            for fault in self._faults:
                fits = fault.recipient is None or fault.recipient == recipient
                if fault.at == at and fault.left != 0 and fits:
                    fault.left -= 1 if fault.left > 0 else 0
                    self._changed.notify_all()
                    return fault
        return None

    def note_command(self, line: str) -> None:
        """Remember a command line of a client (credentials are left out by the session)."""
        with self._changed:
            self.commands.append(line)
            self._changed.notify_all()

    def store(self, message: SinkMessage) -> None:
        """Keep a mail and wake whoever waits for it."""
        if self.on_message:
            self.on_message(message)
        with self._changed:
            self.messages.append(message)
            self._changed.notify_all()

    def wait_for(self, count: int, seconds: float = 30.0) -> list[SinkMessage]:
        """The messages, once there are at least `count`; AssertionError when there never are."""
        end = time.monotonic() + seconds
        with self._changed:
            while len(self.messages) < count:
                if not self._changed.wait(max(0.0, end - time.monotonic())):
                    raise AssertionError(
                        f"{len(self.messages)} mails after {seconds} s, {count} expected; "
                        f"last commands: {self.commands[-8:]}"
                    )
            return list(self.messages)

    def wait_for_command(self, verb: str, seconds: float = 30.0) -> None:
        """Return once a client has sent `verb`; AssertionError when none did in time."""
        end = time.monotonic() + seconds
        with self._changed:
            while not any(line.upper().startswith(verb.upper()) for line in self.commands):
                if not self._changed.wait(max(0.0, end - time.monotonic())):
                    raise AssertionError(f"no {verb} after {seconds} s: {self.commands[-8:]}")

    def wait_for_faults(self, seconds: float = 30.0) -> None:
        """Return once every scripted fault has happened; AssertionError when one did not."""
        end = time.monotonic() + seconds
        with self._changed:
            while any(fault.left for fault in self._faults):
                if not self._changed.wait(max(0.0, end - time.monotonic())):
                    raise AssertionError(f"a fault did not happen: {self.commands[-8:]}")

    def received(self, address: str) -> list[SinkMessage]:
        """The mails whose envelope names `address`."""
        with self._changed:
            return [m for m in self.messages if address in m.envelope_to]

    def wait_closing(self, seconds: float) -> None:
        """Wait, but no longer than until stop()."""
        self._closing.wait(seconds)
