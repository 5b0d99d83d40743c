"""One IMAP connection: greeting, encryption, login, and what the libraries raise (I8, I10, I11).

IMAPClient over imaplib. Both are used below their public surface where that is the
only way to have timeouts, verified TLS and no lost news; the versions are pinned.
"""

import imaplib
import logging
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from backend.mail import oauth
from backend.mail.imap_busy import STUMBLED, TRY_LATER
from backend.mail.server import (
    CommandRefused,
    LoginFailed,
    MailServerError,
    Security,
    ServerDropped,
    TlsFailed,
    one_line,
    open_socket,
    refuse_clear_text,
    start_tls,
    tls_context,
    tls_failed,
)

log = logging.getLogger(__name__)
logging.getLogger("imapclient").setLevel(logging.WARNING)  # it tells of every close, not whose
_LOGOUT_SECONDS = 5.0
_OUR_ID = {"name": "send-emails-desk", "vendor": "send-emails-desk"}
UNSAFE = re.compile(r"[\x00-\x1f\x7f]")
# what the libraries raise for NO, BAD, and for answers they cannot take apart
ANSWER_ERRORS = (
    IMAPClientError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class ImapSettings:
    """How to reach one account.

    security: "tls" (from the start), "starttls", or "none" (this machine only, I10).
    access_token: an OAuth token to sign in with instead of the password (I12). renew_token:
    given the token that is no good (or ""), returns another; raises MailServerError.
    connect_timeout, timeout: seconds to connect and to wait for each answer (I8).
    ca_file: PEM file of further trusted authorities.
    """

    host: str
    port: int
    security: Security
    username: str
    password: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)
    renew_token: Callable[[str], str] | None = field(default=None, repr=False, compare=False)
    timeout: float = 60.0
    connect_timeout: float = 10.0
    ca_file: str | None = None


class _Connection(imaplib.IMAP4):
    """imaplib over a socket that has timeouts, keepalive and verified TLS."""

    def __init__(self, settings: ImapSettings, opened: Callable[[socket.socket], None]) -> None:
        self._settings, self._opened = settings, opened
        super().__init__(settings.host, settings.port)

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        wanted = self._settings
        sock = open_socket(
            "imap",
            wanted.host,
            wanted.port,
            connect_timeout=wanted.connect_timeout,
            read_timeout=wanted.timeout if timeout is None else timeout,
        )
        self._opened(sock)
        if wanted.security == "tls":
            return start_tls("imap", sock, wanted.host, wanted.ca_file)
        return sock


class _Client(IMAPClient):  # type: ignore[misc]  # the library has no annotations
    """IMAPClient over `_Connection`, quiet: debug logging would copy every line."""

    def __init__(self, settings: ImapSettings, opened: Callable[[socket.socket], None]) -> None:
        self._settings, self._opened = settings, opened
        super().__init__(settings.host, settings.port, ssl=False, timeout=settings.timeout)
        self._imap.debug = 0
        self.normalise_times = False

    def _create_IMAP4(self) -> imaplib.IMAP4:  # noqa: N802
        return _Connection(self._settings, self._opened)


_LIBRARY_WORDS = re.compile(r"\s*This error may have been caused.*", re.DOTALL)


def words_of(error: Exception) -> str:
    """Return what the server said, without what the library adds to it."""
    words = one_line(_LIBRARY_WORDS.sub("", str(error)))
    return words[2:-1] if words.startswith("b'") and words.endswith("'") else words


def _starttls_missing(words: str) -> TlsFailed:
    return TlsFailed(
        "tls_imap",
        "imap_starttls_missing",
        words,
        "Choose TLS with the server's TLS port (usually 993): it does not offer STARTTLS here.",
    )


@contextmanager
def server_errors(step: str, advice: str) -> Iterator[None]:
    """Turn what the libraries raise into one MailServerError."""
    try:
        yield
    except IMAPClientAbortError as error:
        raise dropped(step, error) from error
    except OSError as error:
        raise dropped(step, error) from error
    except ANSWER_ERRORS as error:
        _raise_when_busy(step, error)
        raise CommandRefused(step, "imap_refused", words_of(error), advice) from error


def _raise_when_busy(step: str, error: Exception) -> None:
    """A server that is busy does nothing now, and says nothing about the mail (RFC 5530 3)."""
    words = words_of(error)
    if TRY_LATER.search(words) and not STUMBLED.search(words):
        raise CommandRefused(
            step,
            "imap_busy",
            words,
            "The server is busy; the desk tries again by itself.",
            transient=True,
        ) from error


def dropped(step: str, error: Exception) -> ServerDropped:
    """Return the ServerDropped for a lost connection."""
    if isinstance(error, TimeoutError):
        code, words = "imap_timeout", "no answer in time"
    else:
        code, words = "imap_dropped", str(error)
    return ServerDropped(
        step,
        code,
        words,
        "The server ended the connection or fell silent; the desk tries again by itself.",
        transient=True,
    )


class ImapConnection:
    """A logged-in connection while the context lasts.

    Every method raises only MailServerError. After ServerDropped the connection is
    of no more use.
    """

    def __init__(self, settings: ImapSettings) -> None:
        self.settings = settings
        self._client: IMAPClient | None = None
        # The same connection under another descriptor, which wrapping in TLS leaves alone.
        self._line: socket.socket | None = None

    def __enter__(self) -> Self:
        try:
            self.connect()
            self.login()
        except MailServerError:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def client(self) -> IMAPClient:
        """The open connection; raises ServerDropped when there is none."""
        if self._client is None:
            raise ServerDropped(
                "connect_imap", "imap_not_connected", "", "Connect first.", transient=True
            )
        return self._client

    def connect(self) -> str:
        """Connect and encrypt; return the server's greeting. Verified TLS or nothing (I10)."""
        settings = self.settings
        if settings.security == "none":
            refuse_clear_text("imap", settings.host)
        with server_errors("connect_imap", "Check that this is an IMAP server and its port."):
            client = _Client(settings, self._opened)
            self._client = client
            if settings.security == "starttls":
                self._encrypt(client)
            return one_line(client.welcome or b"")

    def _encrypt(self, client: IMAPClient) -> None:
        # a server that calls itself logged in before TLS would make us skip it (PREAUTH)
        if client._imap.state != "NONAUTH":
            raise _starttls_missing("PREAUTH")
        try:
            client.starttls(tls_context(self.settings.ca_file))
        except IMAPClientError as error:
            raise _starttls_missing(words_of(error)) from error
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            raise tls_failed("imap", self.settings.host, error) from error

    def tls_version(self) -> str:
        """Return the TLS version in use, "" for none."""
        sock = self.client.socket()
        return (sock.version() or "") if isinstance(sock, ssl.SSLSocket) else ""

    def login(self) -> str:
        """Log in, then read the capabilities again (I11); return the server's words."""
        client, settings = self.client, self.settings
        if UNSAFE.search(settings.username) or UNSAFE.search(settings.password):
            raise LoginFailed(
                "login_imap",
                "imap_login_failed",
                "",
                "Type user name and password again: they hold a control character.",
            )
        with server_errors("login_imap", "Check that IMAP is switched on for this account."):
            try:
                words = self._authenticate(client)
            except IMAPClientAbortError:
                raise
            except IMAPClientError as error:
                if isinstance(error.__context__, IMAPClientAbortError):
                    # IMAPClient calls this a failed login too; the password was not even judged
                    raise dropped("login_imap", error.__context__) from error
                raise _login_failed(words_of(error)) from error
            client._cached_capabilities = None
            client._cached_capabilities = client._do_capabilites()
            self._say_who_we_are(client)
            return one_line(words)

    def _say_who_we_are(self, client: IMAPClient) -> None:
        """Send ID where offered: some providers serve only clients that do (I15, RFC 2971)."""
        if not client.has_capability("ID"):
            return
        try:
            client.id_(_OUR_ID)
        except IMAPClientAbortError:
            raise
        except ANSWER_ERRORS as error:
            # who refuses a courtesy is read all the same
            log.debug("%s did not take ID: %s", self.settings.host, words_of(error))

    def _authenticate(self, client: IMAPClient) -> object:
        user, password = self.settings.username, self.settings.password
        if self.settings.access_token or self.settings.renew_token:
            return self._sign_in_by_token(client)
        if client.has_capability("AUTH=PLAIN"):
            return client.plain_login(user, password)  # unlike LOGIN it carries UTF-8
        if not (user + password).isascii():
            raise IMAPClientError("the server offers no login that carries these characters")
        quoted = user.replace("\\", "\\\\").replace('"', '\\"')
        return client.login(f'"{quoted}"', password)

    def _sign_in_by_token(self, client: IMAPClient) -> object:
        """With the token at hand; without one, or when it is refused, with a new one (I12)."""
        token, renew = self.settings.access_token, self.settings.renew_token
        if not token and renew is not None:
            return self._present_token(client, renew(""))
        try:
            return self._present_token(client, token)
        except LoginFailed as error:
            if renew is None or error.code != "imap_token_refused":
                raise
            return self._present_token(client, renew(token))

    def _present_token(self, client: IMAPClient, token: str) -> object:
        """One AUTHENTICATE; raises LoginFailed, ServerDropped."""
        settings = self.settings
        offered = {str(name, "ascii", "replace") for name in client.capabilities()}
        mechanism = oauth.chosen_mechanism(
            name.removeprefix("AUTH=") for name in offered if name.startswith("AUTH=")
        )
        if mechanism is None:
            raise oauth.tokens_not_taken("imap", " ".join(sorted(offered)))
        if not oauth.is_safe(settings.username, token):
            raise oauth.unusable_token("imap")
        said = oauth.initial_response(
            mechanism,
            username=settings.username,
            token=token,
            host=settings.host,
            port=settings.port,
        )
        refusals: list[oauth.Refusal] = []

        def answer(challenge: bytes) -> bytes:
            if not challenge:
                return said
            refusals.append(oauth.read_refusal(challenge))
            return oauth.failure_response(mechanism)

        try:
            return client._imap.authenticate(mechanism, answer)[1][0]
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            words = words_of(error)
            refusal = refusals[-1] if refusals else oauth.Refusal("", "")
            later = bool(TRY_LATER.search(words))
            raise oauth.token_refused("imap", words, refusal, later=later) from error

    def _opened(self, sock: socket.socket) -> None:
        self._line = sock.dup()

    def cut(self) -> None:
        """End the connection from another thread: whoever waits for an answer gets ServerDropped.

        Also while it is being made; never raises.
        """
        line = self._line
        if line is not None:
            try:
                line.shutdown(socket.SHUT_RDWR)
            except OSError as error:  # it has ended already
                log.debug("nothing to cut at %s: %s", self.settings.host, error)

    def close(self) -> None:
        """Log out and close; never raises."""
        client = self._client
        if client is not None:
            try:
                client.socket().settimeout(_LOGOUT_SECONDS)
                client.logout()
                self._client = None
            except (*ANSWER_ERRORS, OSError) as error:
                # the server may be gone already: closing our end is all that is left
                log.debug("no orderly end at %s: %s", self.settings.host, error)
        self.abandon()

    def abandon(self) -> None:
        """Close without a word, as for a server that no longer answers; never raises."""
        client, self._client = self._client, None
        line, self._line = self._line, None
        if client is not None:
            _shut(client)
        if line is not None:
            line.close()


def _shut(client: IMAPClient) -> None:
    try:
        client.shutdown()
    except (IMAPClientError, OSError):
        client.socket().close()


def _login_failed(words: str) -> LoginFailed:
    later = bool(TRY_LATER.search(words))
    return LoginFailed(
        "login_imap",
        "imap_login_later" if later else "imap_login_failed",
        words,
        "The server is busy; the desk tries again by itself."
        if later
        else "Check user name and password; providers with two-step login need an app password.",
        transient=later,
    )
