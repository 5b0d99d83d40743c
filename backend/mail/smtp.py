"""Delivering one mail by SMTP, step by step, so that the failed step is known (S6-S10, P3).

The verdict is about recipients, not about the connection: what the server said to
each, whether it is worth trying again, or that nobody can know. Once the final dot
is on its way and no answer comes, the mail may have been accepted: that is
"uncertain" and must never be resent silently (RFC 1047, RFC 5321 4.5.3.2.6).
"""

import re
import smtplib
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from backend.mail.server import MailServerError, ProbeStep, one_line, run_probe
from backend.mail.smtp_session import Session, SmtpSettings

__all__ = ["Delivery", "RecipientResult", "SmtpSettings", "deliver", "probe"]

RecipientState = Literal["accepted", "deferred", "failed", "uncertain"]
Outcome = Literal["sent", "deferred", "failed", "uncertain"]

_CHUNK = 64 * 1024  # sent under one read timeout, so that a slow line is not a dead one
_BAD_PATH = re.compile(r"[\x00-\x20\x7f<>]")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class RecipientResult:
    """What became of one recipient (S8). code: the SMTP reply, None when none came."""

    address: str
    state: RecipientState
    code: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """The verdict on one attempt.

    outcome: "uncertain" when any recipient is, else "deferred" when any is, else
        "failed" when all are, else "sent". The recipients say which.
    phase: where the attempt ended: prepare, connect, ehlo, starttls, login, mail,
        rcpt, data, body, dot, or "done".
    code, text: the answer that decided, None and words of our own when none came.
    """

    outcome: Outcome
    recipients: tuple[RecipientResult, ...]
    phase: str
    code: int | None
    text: str


class _Stop(Exception):
    """Ends an attempt: every recipient without an own answer gets this state."""

    def __init__(self, state: RecipientState, code: int | None, text: str) -> None:
        super().__init__(text)
        self.state, self.code, self.text = state, code, text


def deliver(
    settings: SmtpSettings,
    *,
    envelope_from: str,
    recipients: Sequence[str],
    raw: bytes,
    message_id: str,
    on_data: Callable[[], None] | None = None,
) -> Delivery:
    """Send the stored bytes to the recipients; never raises for what a server does.

    `envelope_from` is "" for the null path. `message_id` must be the one inside
    `raw` (ValueError otherwise): a retry has to carry the same id (S10). `on_data`
    runs just before the content leaves; what it raises ends the attempt unsent and
    is passed on.
    """
    head = raw[: raw.find(b"\r\n\r\n") + 2] if b"\r\n\r\n" in raw else raw
    if f"<{message_id.strip('<>')}>".encode() not in head:
        raise ValueError("these bytes carry another Message-ID than the outbox row")
    attempt = _Attempt(settings, envelope_from, list(recipients), _canonical(raw), on_data)
    return attempt.run()


def _canonical(raw: bytes) -> bytes:
    """Return the mail with CRLF line ends only and one at the end.

    A bare CR or LF lets servers disagree where the mail ends (SMTP smuggling).
    """
    data = _LINE_END.sub(b"\r\n", raw)
    return data if data.endswith(b"\r\n") else data + b"\r\n"


class _Attempt:
    """One attempt to deliver, and what is known about each recipient so far."""

    def __init__(
        self,
        settings: SmtpSettings,
        envelope_from: str,
        recipients: list[str],
        data: bytes,
        on_data: Callable[[], None] | None,
    ) -> None:
        self.session = Session(settings)
        self.settings = settings
        self.envelope_from = envelope_from
        self.recipients = recipients
        self.data = data
        self.on_data = on_data
        self.phase = "prepare"
        self.results: dict[str, RecipientResult] = {}
        self.accepted: list[str] = []

    def run(self) -> Delivery:
        """Go through the phases; see `deliver`."""
        try:
            code, text = self._speak()
        except _Stop as stop:
            code, text = stop.code, stop.text
            self._settle_rest(stop.state, code, text)
        except MailServerError as error:
            # nothing has been handed over: a setting or the network must change first (S9, S18)
            code, text = (
                _code_of(error.server_words),
                f"{error.server_words} {error.advice}".strip(),
            )
            self.phase = (
                self.phase if self.phase in {"mail", "rcpt", "data"} else self.session.phase
            )
            self._settle_rest("deferred", code, text)
        finally:
            self.session.close()
        ordered = tuple(self.results[x] for x in dict.fromkeys(self.recipients))
        return Delivery(_outcome(ordered), ordered, self.phase, code, text)

    def _speak(self) -> tuple[int | None, str]:
        for address in dict.fromkeys(self.recipients):
            if _BAD_PATH.search(address) or "@" not in address:
                self._settle(address, "failed", 553, "5.1.3 not an e-mail address")
        if len(self.results) == len(set(self.recipients)):
            raise _Stop("failed", 553, "no usable recipient")
        if _BAD_PATH.search(self.envelope_from):
            raise _Stop("failed", 553, "5.1.7 the sender is not an e-mail address")
        self.session.connect()
        self.session.encrypt()
        self.session.login()
        self._mail()
        self._rcpt()
        return self._content()

    def _mail(self) -> None:
        smtp = self.session.smtp
        self.phase = "mail"
        limit = smtp.esmtp_features.get("size", "").split(" ")[0]
        if limit.isdigit() and 0 < int(limit) < len(self.data):
            # S7: asked before, so that nobody uploads a mail that will be refused
            raise _Stop("failed", 552, f"5.3.4 the mail is larger than the server's {limit} bytes")
        options = f" SIZE={len(self.data)}" if smtp.has_extn("size") else ""
        if not self.data.isascii() and smtp.has_extn("8bitmime"):
            options += " BODY=8BITMIME"
        if self._needs_utf8():
            options += " SMTPUTF8"
            smtp.command_encoding = "utf-8"
        self._command("MAIL", f"FROM:<{self.envelope_from}>{options}", self._answer_for_all)

    def _needs_utf8(self) -> bool:
        """Settle what needs SMTPUTF8 where it is not offered (S6, RFC 6531 3.2)."""
        waiting = [x for x in dict.fromkeys(self.recipients) if x not in self.results]
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
        for address in dict.fromkeys(self.recipients):
            if address in self.results:
                continue
            code, words = self._command("RCPT", f"TO:<{address}>", None)
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
        code, words = self._command("DATA", "", None)
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
        try:
            for start in range(0, len(stuffed), _CHUNK):
                sock.sendall(stuffed[start : start + _CHUNK])
        except OSError as error:
            # without the final dot the server has no mail (RFC 5321 4.1.1.4)
            raise _Stop("deferred", None, f"connection lost while sending: {error}") from error

    def _send_dot(self, sock: socket.socket) -> tuple[int, str]:
        self.phase = "dot"
        try:
            sock.settimeout(self.settings.data_timeout)
            sock.sendall(b".\r\n")
            code, reply = self.session.smtp.getreply()
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

    def _command(
        self, verb: str, argument: str, check: Callable[[int, str], None] | None
    ) -> tuple[int, str]:
        smtp = self.session.smtp
        code, words = self.session.talk(
            "send_smtp", lambda: smtp.docmd(verb, argument) if argument else smtp.docmd(verb)
        )
        if check is not None:
            check(code, words)
        return code, words

    def _answer_for_all(self, code: int, words: str) -> None:
        if not 200 <= code < 300:
            raise _Stop(_state(code), code, words)

    def _settle(self, address: str, state: RecipientState, code: int | None, text: str) -> None:
        self.results[address] = RecipientResult(address, state, code, text)

    def _settle_rest(self, state: RecipientState, code: int | None, text: str) -> None:
        for address in self.recipients:
            if address not in self.results:
                self._settle(address, state, code, text)


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


def probe(settings: SmtpSettings) -> list[ProbeStep]:
    """Try the settings step by step for a person to see; never raises, sends nothing."""
    session = Session(settings)
    actions: list[tuple[str, Callable[[], str]]] = [("connect_smtp", session.connect)]
    if settings.security != "none":
        actions.append(("tls_smtp", session.encrypt))
    actions.append(("login_smtp", session.login))
    try:
        return run_probe(actions)
    finally:
        session.close()
