"""Servers on loopback that say what a test wants, lies included."""

import copy
import re
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import BinaryIO, Self

Answer = Callable[["ImapTalk", str, str], None]


class Scripted:
    """Accepts connections and runs `talk(socket, reader)` for each in a thread."""

    def __init__(self, talk: Callable[[socket.socket, BinaryIO], None]) -> None:
        self._talk = talk
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._links: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for sock in (self._listener, *self._links):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                sock.close()
            sock.close()
        for thread in self._threads:
            thread.join(10)

    def hang_up(self) -> None:
        """End the newest connection from the server's side."""
        self._links[-1].shutdown(socket.SHUT_RDWR)

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                link, _ = self._listener.accept()
            except OSError:  # closed by __exit__
                return
            self._links.append(link)
            self._start(self._serve, link)

    def _serve(self, link: socket.socket) -> None:
        try:
            with link, link.makefile("rb") as reader:
                self._talk(link, reader)
        except OSError:  # the client or __exit__ has gone
            return


class ImapTalk:
    """One IMAP conversation: sensible answers, unless the test gives its own.

    answers: first words of a command ("UID FETCH", "IDLE") to what to do instead.
    commands: every command line received, tags taken off.
    """

    GREETING = "* OK [CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN] ready"

    def __init__(
        self, answers: dict[str, Answer], *, greeting: str = GREETING, capability: str = "IDLE"
    ) -> None:
        self.answers = answers
        self.greeting = greeting
        self.capability = f"IMAP4rev1 AUTH=PLAIN {capability}"
        self.commands: list[str] = []

    def __call__(self, link: socket.socket, reader: BinaryIO) -> None:
        # Each connection its own: the one before may still say goodbye.
        copy.copy(self)._converse(link, reader)

    def _converse(self, link: socket.socket, reader: BinaryIO) -> None:
        self.link, self.reader = link, reader
        self.say(self.greeting)
        while line := reader.readline():
            tag, _, command = line.decode().strip().partition(" ")
            self.commands.append(command)
            answer = next(
                (x for name, x in self.answers.items() if command.upper().startswith(name)), None
            )
            if answer:
                answer(self, tag, command)
            else:
                self.usual(tag, command)

    def say(self, text: str | bytes) -> None:
        """Send one line."""
        self.link.sendall((text.encode() if isinstance(text, str) else text) + b"\r\n")

    def done(self, tag: str, words: str = "done") -> None:
        """Complete a command."""
        self.say(f"{tag} OK {words}")

    def hang_up(self) -> None:
        """Close the connection in the middle."""
        self.link.shutdown(socket.SHUT_RDWR)

    def usual(self, tag: str, command: str) -> None:
        """Answer like a server with three small mails."""
        verb = command.upper()
        if verb.startswith("CAPABILITY"):
            self.say(f"* CAPABILITY {self.capability}")
        elif verb.startswith("AUTHENTICATE"):
            self.say("+ ")
            self.reader.readline()
        elif verb.startswith("SELECT"):
            self.say("* 3 EXISTS")
            self.say("* OK [UIDVALIDITY 7] ok")
            self.say("* OK [UIDNEXT 4] ok")
        elif verb.startswith("UID SEARCH"):
            self.say("* SEARCH 1 2 3")
        elif verb.startswith("UID FETCH"):
            self.fetch(command)
        elif verb.startswith("IDLE"):
            self.say("+ idling")
            self.reader.readline()
        elif verb.startswith("LOGOUT"):
            self.say("* BYE bye")
        self.done(tag)

    def fetch(self, command: str) -> None:
        """Answer a UID FETCH for the mails asked for."""
        for uid in asked(command):
            if "BODY.PEEK" in command.upper():
                self.body(uid)
            else:
                arrived = '"05-Jan-2026 10:00:00 -0300"'
                size = len(content(uid))
                self.say(f"* {uid} FETCH (UID {uid} RFC822.SIZE {size} INTERNALDATE {arrived})")

    def body(self, uid: int) -> None:
        """Give one mail as a literal."""
        raw = content(uid)
        self.say(b"* %d FETCH (UID %d BODY[] {%d}\r\n%s)" % (uid, uid, len(raw), raw))


def content(uid: int) -> bytes:
    """The mail that the usual server keeps under a UID."""
    return b"Subject: mail %d\r\n\r\nbody\r\n" % uid


def asked(command: str) -> list[int]:
    """The UIDs of a UID FETCH command, ranges spelled out."""
    found: list[int] = []
    for piece in re.split(",", command.split(" ")[2]):
        first, _, last = piece.partition(":")
        found += range(int(first), int(last or first) + 1)
    return found
