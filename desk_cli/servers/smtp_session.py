"""One conversation of the scripted SMTP server: verbs of RFC 5321, AUTH of RFC 4954."""

from __future__ import annotations

import base64
import binascii
import re
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desk_cli.servers.smtp_sink import At, Fault, SmtpSink

LONGEST_LINE = 8192
HANG_SECONDS = 600.0
PATH = re.compile(r"<([^<>]*)>")


class Dropped(EOFError):
    """The script says that the connection ends here."""


class Session:
    """Speaks with one client until QUIT, a fault or the end of the connection."""

    def __init__(self, sink: SmtpSink, link: socket.socket) -> None:
        self.sink, self.link = sink, link
        self.stream = link.makefile("rb")
        self.username: str | None = None
        self.secured = False
        self._forget()

    def _forget(self) -> None:
        self.sender: str | None = None
        self.recipients: list[str] = []

    def talk(self) -> None:
        """Greet and answer commands; raises OSError or EOFError when the client leaves."""
        if self._fails("connect"):
            return
        self._say(220, "sink ESMTP")
        while True:
            line = self._line()
            verb, _, rest = line.partition(" ")
            verb = verb.upper()
            self.sink.note_command(line if verb != "AUTH" else f"AUTH {rest.split(' ')[0]}")
            if verb == "QUIT":
                if not self._fails("quit"):
                    self._say(221, "2.0.0 bye")
                return
            handler = getattr(self, f"_on_{verb.lower()}", None)
            if handler is None:
                self._say(502, "5.5.1 not known")
            else:
                handler(rest)

    def _line(self) -> str:
        raw = self.stream.readline(LONGEST_LINE)
        if not raw.endswith(b"\n"):
            raise EOFError
        return raw.decode("utf-8", errors="replace").rstrip("\r\n")

    def _say(self, code: int, *lines: str) -> None:
        last = len(lines) - 1
        for number, text in enumerate(lines):
            self.link.sendall(f"{code}{' ' if number == last else '-'}{text}\r\n".encode())

    def _fails(self, at: At, recipient: str | None = None) -> bool:
        """Play the fault scripted for this moment; True when the step is thereby answered."""
        fault = self.sink.take_fault(at, recipient)
        return fault is not None and self._play(fault)

    def _play(self, fault: Fault) -> bool:
        if fault.mode == "slow":
            self.sink.wait_closing(fault.seconds)
            return False
        if fault.mode in {"reject4", "reject5"}:
            self._say(fault.code, fault.text)
            return True
        if fault.mode == "garbage":
            self.link.sendall(b"\x00\xff not a reply\r\n")
            return True
        if fault.mode == "hang":
            self.sink.wait_closing(HANG_SECONDS)
        raise Dropped

    def _on_helo(self, _: str) -> None:
        if not self._fails("ehlo"):
            self._say(250, "sink")

    def _on_ehlo(self, _: str) -> None:
        if self._fails("ehlo"):
            return
        offers = ["sink", "8BITMIME", "SMTPUTF8", "SIZE 104857600", "ENHANCEDSTATUSCODES"]
        if self.sink.tls and not self.secured:
            offers.append("STARTTLS")
        ways = "PLAIN LOGIN" if self.sink.users else ""
        if self.sink.tokens:
            ways = f"{ways} XOAUTH2 OAUTHBEARER".strip()
        if ways:
            offers.append(f"AUTH {ways}")
        self._say(250, *offers)

    def _on_starttls(self, _: str) -> None:
        if self._fails("starttls"):
            return
        if self.sink.tls is None or self.secured:
            self._say(502, "5.5.1 not offered")
            return
        self._say(220, "2.0.0 go ahead")
        self.link = self.sink.tls.wrap_socket(self.link, server_side=True)
        self.stream = self.link.makefile("rb")
        self.secured = True
        self._forget()

    def _on_auth(self, rest: str) -> None:
        if self._fails("auth"):
            return
        mechanism, _, initial = rest.partition(" ")
        if mechanism.upper() in {"XOAUTH2", "OAUTHBEARER"} and self.sink.tokens:
            self._take_token(mechanism.upper(), initial or self._challenge(""))
            return
        try:
            if mechanism.upper() == "PLAIN":
                parts = self._unpack(initial or self._challenge("")).split("\0")
                name, password = parts[-2], parts[-1]
            elif mechanism.upper() == "LOGIN":
                name = self._unpack(initial or self._challenge("Username:"))
                password = self._unpack(self._challenge("Password:"))
            else:
                self._say(504, "5.5.4 mechanism not known")
                return
        except (binascii.Error, IndexError, UnicodeDecodeError):
            self._say(501, "5.5.2 can't be decoded")
            return
        if self.sink.users.get(name) == password:
            self.username = name
            self._say(235, "2.7.0 welcome")
        else:
            self._say(535, "5.7.8 authentication failed")

    def _take_token(self, mechanism: str, initial: str) -> None:
        """XOAUTH2 and OAUTHBEARER (RFC 7628): the token must be of the user that is named."""
        try:
            said = self._unpack(initial)
        except (binascii.Error, UnicodeDecodeError):
            self._say(501, "5.5.2 can't be decoded")
            return
        user = re.search(r"(?:^user=|a=)([^\x01,]*)", said)
        token = re.search(r"auth=Bearer ([^\x01]+)\x01", said)
        name = user[1].replace("=2C", ",").replace("=3D", "=") if user else ""
        owner = self.sink.tokens(token[1]) if token and self.sink.tokens else None
        if owner is not None and owner == name:
            self.username = name
            self._say(235, "2.7.0 welcome")
            return
        self._challenge(f'{{"status":"invalid_token","schemes":"bearer","scope":"{mechanism}"}}')
        self._say(535, "5.7.8 token not accepted")

    def _challenge(self, words: str) -> str:
        self._say(334, base64.b64encode(words.encode()).decode())
        return self._line()

    @staticmethod
    def _unpack(text: str) -> str:
        return base64.b64decode(text, validate=True).decode()

    def _on_mail(self, rest: str) -> None:
        if self._fails("mail"):
            return
        found = PATH.search(rest)
        if found is None:
            self._say(501, "5.5.4 MAIL FROM:<address>")
        elif (self.sink.users or self.sink.tokens) and self.username is None:
            self._say(530, "5.7.0 authentication required")
        else:
            self._forget()
            self.sender = found[1]
            self._say(250, "2.1.0 ok")

    def _on_rcpt(self, rest: str) -> None:
        found = PATH.search(rest)
        if found is None:
            self._say(501, "5.5.4 RCPT TO:<address>")
        elif self.sender is None:
            self._say(503, "5.5.1 MAIL first")
        elif not self._fails("rcpt", found[1]):
            self.recipients.append(found[1])
            self._say(250, "2.1.5 ok")

    def _on_data(self, _: str) -> None:
        if self._fails("data"):
            return
        if not self.recipients:
            self._say(554, "5.5.1 no valid recipients")
            return
        self._say(354, "end with .")
        raw = self._body()
        fault = self.sink.take_fault("body")
        if fault is not None and fault.mode == "drop_stored":
            self._store(raw)
            raise Dropped
        if fault is not None and self._play(fault):
            self._forget()
            return
        self._store(raw)
        self._forget()
        self._say(250, "2.0.0 stored")

    def _body(self) -> bytes:
        """The mail up to the lone dot, dots unstuffed (RFC 5321 4.5.2)."""
        lines: list[bytes] = []
        while True:
            line = self.stream.readline()
            if not line.endswith(b"\n"):
                raise EOFError
            if line == b".\r\n":
                return b"".join(lines)
            lines.append(line[1:] if line.startswith(b".") else line)

    def _store(self, raw: bytes) -> None:
        from desk_cli.servers.smtp_sink import SinkMessage

        self.sink.store(SinkMessage(self.sender or "", tuple(self.recipients), raw, self.username))

    def _on_rset(self, _: str) -> None:
        if self._fails("rset"):
            return
        self._forget()
        self._say(250, "2.0.0 ok")

    def _on_noop(self, _: str) -> None:
        self._say(250, "2.0.0 ok")
