"""One SMTP connection: greeting, encryption, login (RFC 5321, RFC 3207, RFC 4954)."""

import base64
import io
import select
import smtplib
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from backend.mail import oauth
from backend.mail.server import (
    CommandRefused,
    LoginFailed,
    Security,
    ServerDropped,
    TlsFailed,
    one_line,
    open_socket,
    refuse_clear_text,
    start_tls,
)


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """How to reach the relay of one account.

    security: "tls" (from the start), "starttls", or "none" (this machine only, I10).
    username: "" for a relay without login. access_token, renew_token: as in ImapSettings.
    Times in seconds, each for a whole answer however slowly it trickles in; `data_timeout` is
    the wait for the answer to the final dot (RFC 5321 4.5.3.2.6 asks for 10 minutes), and
    `before_content` and `content_timeout` bound all that comes before it.
    ca_file: PEM file of further trusted authorities.
    """

    host: str
    port: int
    security: Security
    username: str
    password: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)
    renew_token: Callable[[str], str] | None = field(default=None, repr=False, compare=False)
    connect_timeout: float = 10.0
    timeout: float = 60.0
    data_timeout: float = 600.0
    before_content: float = 600.0
    content_timeout: float = 900.0
    ca_file: str | None = None


class _Answers(io.RawIOBase):
    """What a server says; a read gets only what is left until the answer must be whole."""

    def __init__(self, link: "_Connection", sock: socket.socket) -> None:
        self._link, self._sock = link, sock

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        """Bytes as they come; raises TimeoutError when the time is over."""
        left = self._link.answer_until - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._sock.settimeout(left)
        return self._sock.recv_into(buffer)


class _Connection(smtplib.SMTP):
    """smtplib over a socket that has timeouts, keepalive and verified TLS.

    answer_until: when the answer that is being read must be whole (time.monotonic).
    """

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self.answer_until = time.monotonic() + settings.connect_timeout + settings.timeout
        super().__init__(settings.host, settings.port, local_hostname="[127.0.0.1]")
        if self.sock is not None:
            # RFC 5321 4.1.4: without a name of our own, the address literal is the honest EHLO
            own = self.sock.getsockname()[0]
            self.local_hostname = f"[IPv6:{own}]" if ":" in own else f"[{own}]"

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        wanted = self._settings
        sock = open_socket(
            "smtp",
            host,
            port,
            connect_timeout=wanted.connect_timeout,
            read_timeout=wanted.timeout,
        )
        if wanted.security == "tls":
            return start_tls("smtp", sock, host, wanted.ca_file)
        return sock

    def getreply(self) -> tuple[int, bytes]:
        """One reply, read against `answer_until`."""
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(_Answers(self, self.sock))
        return super().getreply()

    def encrypt(self) -> str:
        """Negotiate STARTTLS and forget what was said before it (RFC 3207 4.2)."""
        if not self.has_extn("starttls"):
            raise _starttls_missing("")
        code, words = self.docmd("STARTTLS")
        if code != 220 or self.sock is None:
            raise _starttls_missing(f"{code} {one_line(words)}")
        self.sock = start_tls("smtp", self.sock, self._settings.host, self._settings.ca_file)
        self.file = None  # a reader made before TLS could hold injected answers
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features = {}
        self.does_esmtp = False
        return self.sock.version() or ""


def _starttls_missing(words: str) -> TlsFailed:
    return TlsFailed(
        "tls_smtp",
        "smtp_starttls_missing",
        words,
        "Choose TLS with the server's TLS port (usually 465): it does not offer STARTTLS here.",
    )


class Session:
    """One connection, up to a login; each method raises MailServerError."""

    def __init__(self, settings: SmtpSettings) -> None:
        self.settings = settings
        self.phase = "connect"
        self._smtp: _Connection | None = None
        self.begin()

    def begin(self) -> None:
        """The time for all that comes before a mail's content runs from now on."""
        self._until = time.monotonic() + self.settings.before_content

    @property
    def is_open(self) -> bool:
        """Whether there is a connection, as far as one knows without asking."""
        return self._smtp is not None and self._smtp.sock is not None

    @property
    def is_quiet(self) -> bool:
        """Whether the server has said nothing since its last answer.

        An answer too many would be taken for that of the next command; a goodbye, or the end of
        the connection, is something to read too.
        """
        smtp = self._smtp
        if smtp is None or smtp.sock is None:
            return True
        smtp.answer_until = 0.0  # what lies in the reader already, and no waiting for more
        try:
            if smtp.file is not None and smtp.file.peek(1):
                return False
        except TimeoutError:
            pass  # nothing lies there
        waiting = select.poll()
        waiting.register(smtp.sock, select.POLLIN)
        return not waiting.poll(0)

    @property
    def size_limit(self) -> int | None:
        """The largest mail the server takes, in bytes (RFC 1870); None when it did not say."""
        told = self._smtp.esmtp_features.get("size", "") if self._smtp is not None else ""
        limit = told.split(" ")[0]
        return int(limit) if limit.isdigit() and 0 < len(limit) < 16 and int(limit) else None

    @property
    def smtp(self) -> _Connection:
        """The open connection; raises ServerDropped when there is none."""
        if self._smtp is None:
            raise ServerDropped(
                "connect_smtp", "smtp_not_connected", "", "Connect first.", transient=True
            )
        return self._smtp

    def connect(self) -> str:
        """Connect and read the greeting, then EHLO."""
        if self.settings.security == "none":
            refuse_clear_text("smtp", self.settings.host)
        self.phase = "connect"
        try:
            self._smtp = _Connection(self.settings)
        except smtplib.SMTPConnectError as error:
            raise CommandRefused(
                "connect_smtp",
                "smtp_refused",
                f"{error.smtp_code} {one_line(error.smtp_error)}",
                "The server does not want to talk now; check that mail may be sent through it.",
                transient=error.smtp_code < 500,
            ) from error
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise _dropped("connect_smtp", error) from error
        self.phase = "ehlo"
        return self._greet()

    def _greet(self) -> str:
        code, words = self.talk("connect_smtp", lambda: self.smtp.ehlo())
        if not 200 <= code < 300:
            code, words = self.talk("connect_smtp", lambda: self.smtp.helo())
        if not 200 <= code < 300:
            raise CommandRefused(
                "connect_smtp",
                "smtp_refused",
                f"{code} {words}",
                "The server refused our greeting; check host and port.",
                transient=code < 500,
            )
        return words

    def encrypt(self) -> str:
        """STARTTLS where the settings ask for it, or an error: never clear text (I10)."""
        if self.settings.security != "starttls":
            sock = self.smtp.sock
            return getattr(sock, "version", lambda: "")() or ""
        self.phase = "starttls"
        try:
            words = self.smtp.encrypt()
        except (smtplib.SMTPException, OSError) as error:
            raise _dropped("tls_smtp", error) from error
        self._greet()
        return words

    def login(self) -> str:
        """AUTH with a token, or PLAIN or LOGIN (RFC 4616); nothing without user name."""
        user, password = self.settings.username, self.settings.password
        if not user:
            return ""
        self.phase = "login"
        offered = self.smtp.esmtp_features.get("auth", "").upper().split()
        if self.settings.access_token or self.settings.renew_token:
            return self._sign_in_by_token(offered)
        if "PLAIN" in offered:
            secret = _base64(f"\0{user}\0{password}")
            code, words = self.talk(
                "login_smtp", lambda: self.smtp.docmd("AUTH", f"PLAIN {secret}")
            )
        elif "LOGIN" in offered:
            code, words = self._login_in_two(user, password)
        else:
            raise LoginFailed(
                "login_smtp",
                "smtp_login_not_offered",
                " ".join(offered),
                "Check port and security: the server offers no login by password here.",
            )
        if code not in (235, 503):  # 503: already logged in
            raise LoginFailed(
                "login_smtp",
                "smtp_login_failed",
                f"{code} {words}",
                "Check user name and password; providers with two-step login need an app password.",
                transient=400 <= code < 500,
            )
        return words

    def _sign_in_by_token(self, offered: list[str]) -> str:
        """With the token at hand; without one, or when it is refused, with a new one (I12)."""
        token, renew = self.settings.access_token, self.settings.renew_token
        if not token and renew is not None:
            return self._present_token(offered, renew(""))
        try:
            return self._present_token(offered, token)
        except LoginFailed as error:
            if renew is None or error.code != "smtp_token_refused":
                raise
            return self._present_token(offered, renew(token))

    def _present_token(self, offered: list[str], token: str) -> str:
        """One AUTH (RFC 4954 4); raises LoginFailed, ServerDropped."""
        settings = self.settings
        mechanism = oauth.chosen_mechanism(offered)
        if mechanism is None:
            raise oauth.tokens_not_taken("smtp", " ".join(offered))
        if not oauth.is_safe(settings.username, token):
            raise oauth.unusable_token("smtp")
        said = oauth.initial_response(
            mechanism,
            username=settings.username,
            token=token,
            host=settings.host,
            port=settings.port,
        )
        # Sent after the server's 334: with a long token the line of AUTH would pass the 512
        # octets every server takes (RFC 4954 4, RFC 5321 4.5.3.1.4).
        code, words = self.talk("login_smtp", lambda: self.smtp.docmd("AUTH", mechanism))
        refusal = oauth.Refusal("", "")
        if code == 334:
            coded = base64.b64encode(said).decode("ascii")
            code, words = self.talk("login_smtp", lambda: self.smtp.docmd(coded))
        if code == 334:
            refusal = oauth.read_refusal(oauth.decoded(words))
            end = base64.b64encode(oauth.failure_response(mechanism)).decode("ascii")
            code, words = self.talk("login_smtp", lambda: self.smtp.docmd(end))
        if code not in (235, 503):  # 503: already logged in
            later = 400 <= code < 500
            raise oauth.token_refused("smtp", f"{code} {words}", refusal, later=later)
        return words

    def _login_in_two(self, user: str, password: str) -> tuple[int, str]:
        code, words = self.talk("login_smtp", lambda: self.smtp.docmd("AUTH", "LOGIN"))
        for secret in (user, password):
            if code != 334:
                break
            coded = _base64(secret)
            code, words = self.talk("login_smtp", lambda coded=coded: self.smtp.docmd(coded))  # type: ignore[misc]
        return code, words

    def talk(self, step: str, action: Callable[[], tuple[int, bytes]]) -> tuple[int, str]:
        """Run one command; return (reply code, words). Raises ServerDropped."""
        smtp = self.smtp
        smtp.answer_until = min(time.monotonic() + self.settings.timeout, self._until)
        try:
            if smtp.sock is not None:
                smtp.sock.settimeout(self.settings.timeout)
            code, words = action()
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise _dropped(step, error) from error
        if not 200 <= code < 600:
            # smtplib calls it -1. Whose answer comes next is anybody's guess: talk no further.
            raise _dropped(step, ValueError(f"no SMTP answer: {one_line(words)}"))
        return code, one_line(words)

    def close(self) -> None:
        """Say QUIT and close; the verdict is given already, so nothing here matters (P3)."""
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        try:
            if smtp.sock is not None:
                smtp.answer_until = time.monotonic() + 5
                smtp.sock.settimeout(5)
                smtp.docmd("QUIT")
        except (smtplib.SMTPException, OSError, ValueError):
            pass  # some servers close first; the mail's fate was decided before
        finally:
            smtp.close()


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _dropped(step: str, error: Exception) -> ServerDropped:
    silent = isinstance(error, TimeoutError)
    return ServerDropped(
        step,
        "smtp_timeout" if silent else "smtp_dropped",
        "no answer in time" if silent else str(error),
        "The server ended the connection or fell silent; the desk tries again by itself.",
        transient=True,
    )
