"""One mail over one SMTP session, step by step, so that the failed step is known (S6-S10, P3).

The verdict is about recipients, not about the connection: what the server said to
each, whether it is worth trying again, or that nobody can know. Once the final dot
is on its way and no answer comes, the mail may have been accepted: that is
"uncertain" and must never be resent silently (RFC 1047, RFC 5321 4.5.3.2.6).
"""

import re
import smtplib
import socket
import time
from collections.abc import Callable, Sequence

from backend.mail.delivery import Delivery, Outcome, RecipientResult, RecipientState
from backend.mail.server import MailServerError, one_line
from backend.mail.smtp_session import Session

_CHUNK = 64 * 1024  # sent under one read timeout, so that a slow line is not a dead one
_BAD_PATH = re.compile(r"[\x00-\x20\x7f<>]")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


class _Stop(Exception):
    """Ends an attempt: every recipient without an own answer gets this state."""

    def __init__(self, state: RecipientState, code: int | None, text: str) -> None:
        super().__init__(text)
        self.state, self.code, self.text = state, code, text


def _canonical(raw: bytes) -> bytes:
    """Return the mail with CRLF line ends only and one at the end.

    A bare CR or LF lets servers disagree where the mail ends (SMTP smuggling).
    """
    data = _LINE_END.sub(b"\r\n", raw)
    return data if data.endswith(b"\r\n") else data + b"\r\n"


class Attempt:
    """One mail over one session, and what is known about each recipient so far.

    After `run`: `reusable` says whether the session can take another mail, `stale` that a session
    used before had ended before this mail was spoken of, so that it may go over a new one.
    """

    def __init__(
        self,
        session: Session,
        *,
        envelope_from: str,
        recipients: Sequence[str],
        raw: bytes,
        on_data: Callable[[], None] | None,
        on_step: Callable[[str], None] | None,
    ) -> None:
        self.session = session
        self.settings = session.settings
        self.envelope_from = envelope_from
        self.recipients = list(dict.fromkeys(recipients))
        self.data = _canonical(raw)
        self.on_data, self.on_step = on_data, on_step
        self.phase = "prepare"
        self.results: dict[str, RecipientResult] = {}
        self.accepted: list[str] = []
        self.reusable = self.stale = False
        self._used_before = session.is_open

    def run(self) -> Delivery:
        """Go through the phases; see `backend.mail.smtp.deliver`."""
        try:
            code, text = self._speak()
            self.reusable = True
        except _Stop as stop:
            code, text = stop.code, stop.text
            self.reusable = _is_refusal(stop.code) and stop.state != "uncertain"
            self.stale = stop.code == 421 and self._before_content()
            self._settle_rest(stop.state, code, text)
        except MailServerError as error:
            # nothing has been handed over: a setting or the network must change first (S9, S18)
            code = _code_of(error.server_words)
            text = error.words
            self.stale = self._before_content()
            if self.phase not in {"mail", "rcpt", "data"}:
                self.phase = self.session.phase
            self._settle_rest("deferred", code, text)
        ordered = tuple(self.results[x] for x in self.recipients)
        size = self.session.size_limit
        return Delivery(_outcome(ordered), ordered, self.phase, code, text, size)

    def _before_content(self) -> bool:
        return self._used_before and self.phase in {"reset", "mail", "rcpt"}

    def _step(self, name: str) -> None:
        if self.on_step is not None:
            self.on_step(name)

    def _speak(self) -> tuple[int | None, str]:
        for address in self.recipients:
            if _BAD_PATH.search(address) or "@" not in address:
                self._settle(address, "failed", 553, "5.1.3 not an e-mail address")
        if len(self.results) == len(self.recipients):
            raise _Stop("failed", 553, "no usable recipient")
        if _BAD_PATH.search(self.envelope_from):
            raise _Stop("failed", 553, "5.1.7 the sender is not an e-mail address")
        self.session.begin()
        if self._used_before:
            self._reset()
        else:
            self._step("connect")
            self.session.connect()
            self._step("starttls")
            self.session.encrypt()
            self._step("login")
            self.session.login()
        self._mail()
        self._rcpt()
        return self._content()

    def _reset(self) -> None:
        """Forget the mail before (RFC 5321 4.1.1.5); also learns whether anybody listens."""
        self.phase = "reset"
        code, words = self._command("RSET", "")
        if code != 250:
            raise _Stop("deferred", 421, words)

    def _mail(self) -> None:
        smtp = self.session.smtp
        self.phase = "mail"
        limit = self.session.size_limit
        if limit is not None and limit < len(self.data):
            # S7: asked before, so that nobody uploads a mail that will be refused
            raise _Stop("failed", 552, f"5.3.4 the mail is larger than the server's {limit} bytes")
        options = f" SIZE={len(self.data)}" if smtp.has_extn("size") else ""
        if not self.data.isascii() and smtp.has_extn("8bitmime"):
            options += " BODY=8BITMIME"
        if self._needs_utf8():
            options += " SMTPUTF8"
            smtp.command_encoding = "utf-8"
        code, words = self._command("MAIL", f"FROM:<{self.envelope_from}>{options}")
        if not 200 <= code < 300:
            raise _Stop(_state(code), code, words)

    def _needs_utf8(self) -> bool:
        """Settle what needs SMTPUTF8 where it is not offered (S6, RFC 6531 3.2)."""
        waiting = [x for x in self.recipients if x not in self.results]
        needing = [x for x in waiting if not x.isascii()]
        offered = self.session.smtp.has_extn("smtputf8")
        words = "5.6.7 the server does not take addresses with such characters"
        if not self.envelope_from.isascii() and not offered:
            raise _Stop("failed", 553, words)
        if needing and not offered:
            for address in needing:
                self._settle(address, "failed", 553, words)
            if len(needing) == len(waiting):
                raise _Stop("failed", 553, words)
        return offered and (bool(needing) or not self.envelope_from.isascii())

    def _rcpt(self) -> None:
        self.phase = "rcpt"
        for address in self.recipients:
            if address in self.results:
                continue
            code, words = self._command("RCPT", f"TO:<{address}>")
            if 200 <= code < 300:
                self.accepted.append(address)
            elif code == 421:
                # RFC 5321 3.8: the server is closing; nothing was handed over
                self.accepted.clear()
                raise _Stop("deferred", code, words)
            else:
                self._settle(address, _state(code), code, words)
        if not self.accepted:
            last = list(self.results.values())[-1]
            raise _Stop(last.state, last.code, last.text)

    def _content(self) -> tuple[int | None, str]:
        """DATA, content, final dot and the answer that decides."""
        self.phase = "data"
        if self.on_data is not None:
            self.on_data()
        code, words = self._command("DATA", "")
        if code != 354:
            raise _Stop(_state(code), code, words)
        sock = self.session.smtp.sock
        if sock is None:
            raise _Stop("deferred", None, "the connection is gone")
        self._send_body(sock)
        code, words = self._send_dot(sock)
        self.phase = "done"
        for address in self.accepted:
            self._settle(address, "accepted", code, words)
        return code, words

    def _send_body(self, sock: socket.socket) -> None:
        self.phase = "body"
        stuffed = _LEADING_DOT.sub(b"..", self.data)
        until = time.monotonic() + self.settings.content_timeout
        try:
            for start in range(0, len(stuffed), _CHUNK):
                left = until - time.monotonic()
                if left <= 0:
                    raise TimeoutError("the server takes the mail too slowly")
                sock.settimeout(min(left, self.settings.timeout))
                sock.sendall(stuffed[start : start + _CHUNK])
                self._step("body")
        except OSError as error:
            # without the final dot the server has no mail (RFC 5321 4.1.1.4)
            raise _Stop("deferred", None, f"connection lost while sending: {error}") from error

    def _send_dot(self, sock: socket.socket) -> tuple[int, str]:
        self.phase = "dot"
        smtp = self.session.smtp
        try:
            sock.settimeout(self.settings.timeout)
            sock.sendall(b".\r\n")
            self._step("answer")
            smtp.answer_until = time.monotonic() + self.settings.data_timeout
            code, reply = smtp.getreply()
        except smtplib.SMTPServerDisconnected as error:
            raise _uncertain("the server ended the connection") from error
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise _uncertain(str(error) or type(error).__name__) from error
        words = one_line(reply)
        if 200 <= code < 300:
            return code, words
        if 400 <= code < 600:
            raise _Stop(_state(code), code, words)
        raise _uncertain(f"an answer nobody understands: {code} {words}")

    def _command(self, verb: str, argument: str) -> tuple[int, str]:
        self._step(self.phase)
        smtp = self.session.smtp
        return self.session.talk(
            "send_smtp", lambda: smtp.docmd(verb, argument) if argument else smtp.docmd(verb)
        )

    def _settle(self, address: str, state: RecipientState, code: int | None, text: str) -> None:
        self.results[address] = RecipientResult(address, state, code, text)

    def _settle_rest(self, state: RecipientState, code: int | None, text: str) -> None:
        for address in self.recipients:
            if address not in self.results:
                self._settle(address, state, code, text)


def _is_refusal(code: int | None) -> bool:
    """A plain no, after which the server waits for the next command (RFC 5321 4.2.1, 3.8)."""
    return code is not None and 400 <= code < 600 and code != 421


def _uncertain(words: str) -> _Stop:
    return _Stop("uncertain", None, f"no answer after the whole mail was sent: {words}")


def _state(code: int) -> RecipientState:
    """RFC 5321 4.2.1: 5yz will not work again, everything else may."""
    return "failed" if 500 <= code < 600 else "deferred"


def _code_of(words: str) -> int | None:
    return int(words[:3]) if re.match(r"[245]\d\d\b", words) else None


def _outcome(results: tuple[RecipientResult, ...]) -> Outcome:
    states = {result.state for result in results}
    if "uncertain" in states:
        return "uncertain"
    if "deferred" in states:
        return "deferred"
    return "sent" if "accepted" in states else "failed"
