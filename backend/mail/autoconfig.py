"""What a domain says about its mail servers: configuration files of the "autoconfig" form and SRV
records (RFC 6186, RFC 8314 5). What comes from there is data of strangers: read, checked, and
only ever proposed.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import quote
from xml.parsers import expat

Kind = Literal["imap", "smtp"]
Security = Literal["tls", "starttls"]

LARGEST = 64 * 1024
_MOST_ELEMENTS = 2_000
_DEEPEST = 16
_HOST = re.compile(
    r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+"
)
_SECURITY: dict[str, Security] = {"SSL": "tls", "STARTTLS": "starttls"}
_SERVERS: dict[str, Kind] = {"incomingServer": "imap", "outgoingServer": "smtp"}


class Unreadable(Exception):
    """A configuration file that can't be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A server to try. username: what to log in with."""

    kind: Kind
    host: str
    port: int
    security: Security
    username: str


def addresses_of(domain: str, email: str) -> tuple[str, ...]:
    """Where a domain may keep its configuration file, the most trustworthy first."""
    who = f"?emailaddress={quote(email, safe='')}"
    return (
        f"https://autoconfig.{domain}/mail/config-v1.1.xml{who}",
        f"https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml",
        f"http://autoconfig.{domain}/mail/config-v1.1.xml",
    )


def read(content: bytes, email: str) -> list[Proposal]:
    """The encrypted IMAP and SMTP servers a file names, in its order; raises Unreadable.

    Document types, and so entities, are refused; size, depth and number of elements are bounded.
    """
    if len(content) > LARGEST:
        raise Unreadable("the file is too large")
    reader = _Reader(email)
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.EntityDeclHandler = reader.refuse
    parser.ProcessingInstructionHandler = reader.ignore
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError, UnicodeError) as error:
        raise Unreadable(f"the file can't be read: {error}") from error
    return reader.found


class _Reader:
    """Collects the servers of one file."""

    def __init__(self, email: str) -> None:
        self.found: list[Proposal] = []
        self._email = email
        self._elements = 0
        self._path: list[str] = []
        self._kind: Kind | None = None
        self._values: dict[str, str] = {}
        self._text = ""

    def refuse(self, *_: object) -> None:
        """A document type or an entity: nothing an honest file needs."""
        raise Unreadable("the file declares a document type")

    def ignore(self, *_: object) -> None:
        """Processing instructions mean nothing here."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self._elements += 1
        self._path.append(name)
        if self._elements > _MOST_ELEMENTS or len(self._path) > _DEEPEST:
            raise Unreadable("the file is too deep or too long")
        self._text = ""
        if name in _SERVERS:
            kind = _SERVERS[name]
            self._kind = kind if attributes.get("type", "").lower() == kind else None
            self._values = {}

    def text(self, words: str) -> None:
        """Text of the innermost element, as much as a value may have."""
        if len(self._text) < 512:
            self._text += words

    def end(self, name: str) -> None:
        """An element ends."""
        self._path.pop()
        if name in _SERVERS:
            self._keep()
            self._kind = None
        elif self._kind and self._path and self._path[-1] in _SERVERS:
            self._values.setdefault(name, self._text.strip())
        self._text = ""

    def _keep(self) -> None:
        port = self._values.get("port", "")
        security = _SECURITY.get(self._values.get("socketType", "").upper())
        host = checked_host(self._filled(self._values.get("hostname", "")))
        if self._kind is None or security is None or host is None or not port.isdecimal():
            return
        if not port.isascii() or not 0 < int(port[:6]) < 65536:
            return
        name = self._filled(self._values.get("username", "")) or self._email
        if not name.isprintable() or len(name) > 320:
            name = self._email
        self.found.append(Proposal(self._kind, host, int(port), security, name))

    def _filled(self, text: str) -> str:
        local, _, domain = self._email.partition("@")
        for mark, value in (
            ("%EMAILADDRESS%", self._email),
            ("%EMAILLOCALPART%", local),
            ("%EMAILDOMAIN%", domain),
        ):
            text = text.replace(mark, value)
        return text


def checked_host(name: str) -> str | None:
    """A host name with a dot in lower case, None for anything else, addresses included."""
    host = name.strip().rstrip(".").lower()
    return host if _HOST.fullmatch(host) and not host.rsplit(".", 1)[1].isdigit() else None


# Services of RFC 6186 3 and RFC 8314 5.1, and what their name says about encryption.
SERVICES: tuple[tuple[str, Kind, Security], ...] = (
    ("_imaps._tcp", "imap", "tls"),
    ("_submissions._tcp", "smtp", "tls"),
    ("_imap._tcp", "imap", "starttls"),
    ("_submission._tcp", "smtp", "starttls"),
)


@dataclass(frozen=True, slots=True)
class ServiceRecord:
    """An SRV record (RFC 2782)."""

    priority: int
    weight: int
    port: int
    host: str


def of_service(
    kind: Kind, security: Security, records: Iterable[ServiceRecord], email: str
) -> Proposal | None:
    """The server an SRV answer names first; None when it says that there is none ("." as host)."""
    for record in sorted(records, key=lambda one: (one.priority, -one.weight)):
        host = checked_host(record.host)
        if host and 0 < record.port < 65536:
            return Proposal(kind, host, record.port, security, email)
    return None


def first_of(proposals: Sequence[Proposal], kind: Kind) -> Proposal | None:
    """The best of a kind: encrypted from the start before STARTTLS (RFC 8314 3), else by order."""
    wanted = [one for one in proposals if one.kind == kind]
    return next((one for one in wanted if one.security == "tls"), wanted[0] if wanted else None)


def guesses(domain: str, email: str, exchanger: str | None) -> list[Proposal]:
    """What is usual: imap.DOMAIN, mail.DOMAIN and the mail exchanger itself."""
    hosts = [f"imap.{domain}", f"mail.{domain}"]
    sending = [f"smtp.{domain}", f"mail.{domain}"]
    if exchanger:
        hosts.append(exchanger)
        sending.append(exchanger)
    found = [Proposal("imap", host, 993, "tls", email) for host in hosts]
    for host in sending:
        tls = Proposal("smtp", host, 465, "tls", email)
        found += [tls, replace(tls, port=587, security="starttls")]
    return found
