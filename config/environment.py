"""Every setting of the desk, read from the environment and from nowhere else.

Each variable is declared once, here; `.env.example` is compared with this list by a test.
A variable `X` marked as secret may also be given as `X_FILE`, the path of a file that holds it.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo


class SettingsError(Exception):
    """A variable is missing or unusable; the text says which one and what to do."""


@dataclass(frozen=True)
class Variable:
    """One environment variable: its name, default (None: required) and what it is for."""

    name: str
    default: str | None
    help: str
    secret: bool = False


VARIABLES: tuple[Variable, ...] = (
    Variable("DESK_ENV", "production", "production, local (./desk run) or test"),
    Variable("DESK_DEBUG", "0", "1 shows error pages with source; refused in production"),
    Variable("DESK_SECRET_KEY", None, "signs logins and mail tokens, 50+ random characters", True),
    Variable(
        "DESK_ENCRYPTION_KEY",
        None,
        "encrypts mailbox passwords: 32 random bytes, base64 (urlsafe)",
        True,
    ),
    Variable("DESK_ALLOWED_HOSTS", "", "host names the desk answers to, separated by commas"),
    Variable("DESK_BASE_URL", "http://127.0.0.1:8000", "address people open, used in links"),
    Variable("DESK_DATA_DIR", ".desk", "folder for mails and attachments (blobs)"),
    Variable("DESK_FRONTEND_DIR", "frontend/dist", "folder of the built app"),
    Variable("DESK_INSTANCE", "", "name of this running copy, echoed by /readyz"),
    Variable(
        "DESK_PROXIES", "0", "proxies in front of the web process whose X-Forwarded-For is believed"
    ),
    Variable(
        "DESK_PRIVATE_NETWORKS",
        "",
        "further networks that images are never fetched from, separated by commas",
    ),
    Variable(
        "DESK_DNS_SERVER", "", "name server as address:port; empty: the ones this machine uses"
    ),
    Variable(
        "DESK_OAUTH_ENDPOINTS",
        "",
        'other sign-in servers: {"google": {"authorize": URL, "token": URL}}, also "microsoft"',
    ),
    Variable("DESK_METRICS_TOKEN", "", "lets a monitoring system read /metrics", True),
    Variable("DATABASE_URL", None, "postgresql://user:password@host:port/name", True),
    Variable("DESK_DATABASE_POOL", "12", "most connections one web process keeps"),
    Variable("CELERY_BROKER_URL", None, "redis://, redis+socket:// or amqp:// address", True),
    Variable("DESK_LANGUAGE", "pt-BR", "language of new people: pt-BR or en"),
    Variable("DESK_TIME_ZONE", "America/Sao_Paulo", "time zone of new people"),
    Variable("DESK_LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR"),
    Variable("DESK_MAX_MAIL_BYTES", "52428800", "of larger mails only the beginning is fetched"),
    Variable("DESK_MAX_UPLOAD_BYTES", "26214400", "largest body a request may carry"),
    Variable("DESK_POLL_SECONDS", "60", "each mailbox is looked at this often even with IDLE"),
    Variable("DESK_FETCH_BATCH", "50", "mails fetched and stored in one transaction"),
    Variable("DESK_LEASE_SECONDS", "60", "a worker that works on one mail for longer is replaced"),
    Variable(
        "DESK_SERVER_TIMEOUT", "60", "seconds a mail server may be silent; SMTP's verdict: x 10"
    ),
    Variable("DESK_SETUP_CODE", "", "lets a browser create the first administrator", True),
    Variable("DESK_DEMO", "0", "1 while the demo room's mail servers run"),
    Variable("DESK_DEMO_SMTP_PORT", "0", "loopback port of the demo room's SMTP server"),
    Variable("DESK_DEMO_IMAP_PORT", "0", "loopback port of the demo room's IMAP server"),
    Variable("DESK_DEMO_PASSWORD", "", "password of every @demo.local mailbox", True),
    Variable(
        "DESK_CRASHPOINT", "", "name:n, kills the process there; only in the test environment"
    ),
)
BY_NAME = {variable.name: variable for variable in VARIABLES}
_PLAIN_BASE64 = str.maketrans("-_", "+/")


class Environment:
    """Reads declared variables out of a mapping; every error names the variable."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = os.environ if values is None else values

    def text(self, name: str) -> str:
        """The value of `name`; raises SettingsError when it is required and absent."""
        variable = BY_NAME[name]
        value = self._values.get(name)
        if value is None and variable.secret:
            value = self._from_file(name)
        if value is None or (value == "" and variable.default is None):
            if variable.default is None:
                raise SettingsError(f"{name} is not set: {variable.help}.")
            return variable.default
        return value

    def _from_file(self, name: str) -> str | None:
        path = self._values.get(f"{name}_FILE")
        if not path:
            return None
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{name}_FILE can't be read: {error}.") from error

    def flag(self, name: str) -> bool:
        """True for 1, true, yes, on; False for 0, false, no, off and empty."""
        value = self.text(name).strip().lower()
        if value in {"1", "true", "yes", "on"}:
            return True
        if value in {"", "0", "false", "no", "off"}:
            return False
        raise SettingsError(f"{name}={value!r} is neither 1 nor 0.")

    def number(self, name: str, *, least: int = 0) -> int:
        """The value as a whole number of at least `least`."""
        value = self.text(name)
        try:
            number = int(value)
        except ValueError as error:
            raise SettingsError(f"{name}={value!r} is not a whole number.") from error
        if number < least:
            raise SettingsError(f"{name}={number} is below {least}.")
        return number

    def names(self, name: str) -> list[str]:
        """The value split at commas, without blanks."""
        return [part.strip() for part in self.text(name).split(",") if part.strip()]

    def networks(self, name: str) -> list[str]:
        """The value as networks such as 203.0.113.0/24, or single addresses."""
        try:
            return [str(ip_network(one, strict=False)) for one in self.names(name)]
        except ValueError as error:
            raise SettingsError(f"{name}: {error}; write 203.0.113.0/24, say.") from error

    def name_server(self, name: str) -> str:
        """The value, which must be empty or an IP address with a port."""
        value = self.text(name).strip()
        host, colon, port = value.rpartition(":")
        try:
            usable = not value or (bool(colon) and bool(ip_address(host.strip("[]"))))
            usable = usable and (not value or 0 < int(port) < 65536)
        except ValueError:
            usable = False
        if not usable:
            raise SettingsError(f"{name}={value!r}: write an address and a port, 192.0.2.1:53.")
        return value

    def sign_in_servers(self, name: str, *, production: bool) -> dict[str, dict[str, str]]:
        """The value as {provider: {"authorize": URL, "token": URL}}; {} when empty.

        URLs are https; http only to this machine and not in production.
        """
        value = self.text(name).strip()
        try:
            told = json.loads(value or "{}")
            servers = {
                str(provider): {kind: str(urls[kind]) for kind in ("authorize", "token")}
                for provider, urls in told.items()
            }
        except (ValueError, AttributeError, KeyError, TypeError) as error:
            raise SettingsError(f"{name} can't be read: {BY_NAME[name].help}.") from error
        for url in (one for urls in servers.values() for one in urls.values()):
            parts = urlsplit(url)
            local = parts.hostname in {"127.0.0.1", "::1", "localhost"} and not production
            if parts.scheme != "https" and not (parts.scheme == "http" and local):
                raise SettingsError(f"{name}: {url} must begin with https://.")
        return servers

    def choice(self, name: str, allowed: Sequence[str]) -> str:
        """The value, which must be one of `allowed`."""
        value = self.text(name)
        if value not in allowed:
            raise SettingsError(f"{name}={value!r} is none of {', '.join(allowed)}.")
        return value

    def time_zone(self, name: str) -> str:
        """The value, which must name a zone of the time zone database."""
        value = self.text(name)
        try:
            return ZoneInfo(value).key
        # OSError: what names a folder or leads out of the database (ZoneInfoNotFoundError is a
        # KeyError).
        except (KeyError, ValueError, OSError) as error:
            raise SettingsError(
                f"{name}={value!r} is no time zone: use a name such as America/Sao_Paulo."
            ) from error

    def key(self, name: str) -> str:
        """The value, which must be 32 bytes in base64; it is never repeated in the error."""
        value = self.text(name)
        try:
            size = len(base64.b64decode(value.translate(_PLAIN_BASE64), validate=True))
        except (ValueError, binascii.Error):
            size = 0
        if size != 32:
            raise SettingsError(
                f"{name} must be 32 random bytes in urlsafe base64, "
                "for example from `openssl rand -base64 32 | tr '+/' '-_'`."
            )
        return value

    def address(self, name: str, schemes: Sequence[str]) -> str:
        """The value, which must be a URL of one of `schemes`; it may hold a password, so errors
        don't repeat it."""
        value = self.text(name)
        try:
            parts = urlsplit(value)
            usable = parts.scheme in schemes and (parts.port is None or parts.port > 0)
        except ValueError as error:
            raise SettingsError(f"{name} is no address: {BY_NAME[name].help}.") from error
        if not usable:
            raise SettingsError(f"{name} is no address the desk can use: {BY_NAME[name].help}.")
        return value
