"""From an address to servers worth trying (A3), within a few seconds.

1. The provider table: the domain itself.
2. At once, in parallel: the domain's mail exchangers, its SRV records, its autoconfig files.
3. The first of these that says something, in this order: exchangers of a known provider, an
   autoconfig file, SRV records; else a guess: the usual name that has an address.

Everything that comes from outside is data: it is checked, proposed, and tried only by a test.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, TypeVar

from backend.core import dns, egress
from backend.core.errors import FieldError, Invalid
from backend.mail import autoconfig
from backend.mail.autoconfig import Proposal, ServiceRecord
from backend.mailboxes.checking import ADDRESS
from backend.mailboxes.providers import KnownProvider, Server, of_domain, of_exchangers

SECONDS = 5.0
_DNS_SECONDS = 3.0
_OWN_FILE_CODES = {"google.com": "google", "office365.com": "microsoft"}
Source = Literal["table", "autoconfig", "srv", "guess"]
Places = Callable[[str, str], Sequence[str]]
T = TypeVar("T")


@dataclass(frozen=True)
class Discovered:
    """What is proposed for an address; see `discover`."""

    provider: str | None
    source: Source
    imap: Proposal
    smtp: Proposal
    sign_in: tuple[str, ...]
    advice_code: str

    def shown(self) -> dict[str, Any]:
        """As the API gives it."""
        servers = {}
        for name in ("imap", "smtp"):
            servers[name] = asdict(getattr(self, name))
            del servers[name]["kind"]
        return {
            "provider": self.provider,
            "source": self.source,
            **servers,
            "sign_in": list(self.sign_in),
            "advice_code": self.advice_code,
        }


def discover(
    address: str,
    *,
    policy: egress.Policy | None = None,
    places: Places = autoconfig.addresses_of,
) -> Discovered:
    """Servers to try for an address; raises Invalid for what is none. Takes about five seconds at
    most, and never fails for what a server says or does not say.

    `policy` and `places` say how and where files are looked for; tests have their own.
    """
    email = address.strip().lower()
    if not ADDRESS.fullmatch(email):
        wrong = FieldError("Type one e-mail address, such as support@example.com.", "bad_address")
        raise Invalid("Some settings are wrong: address", fields={"address": [wrong]})
    domain = email.rpartition("@")[2]
    known = of_domain(domain)
    if known is not None:
        return _of_provider(known, email, domain)
    asked = _Asked(email, domain, policy or egress.public_internet(), places)
    return asked.best()


class _Asked:
    """One domain's answers, each waited for no longer than the whole search may take."""

    def __init__(self, email: str, domain: str, policy: egress.Policy, places: Places) -> None:
        self._email, self._domain = email, domain
        self._deadline = time.monotonic() + SECONDS
        bounded = replace(
            policy,
            seconds=min(policy.seconds, SECONDS - 0.5),
            connect_seconds=min(policy.connect_seconds, 2.0),
            max_bytes=autoconfig.LARGEST,
            redirects=2,
        )
        pool = ThreadPoolExecutor(max_workers=10, thread_name_prefix="discover")
        self._exchangers = pool.submit(_exchangers, domain)
        self._services = [
            pool.submit(_service, name, domain, email, kind, security)
            for name, kind, security in autoconfig.SERVICES
        ]
        self._files = [pool.submit(_file, url, email, bounded) for url in places(domain, email)]
        # Whoever is slower than the deadline ends by itself soon after, with nobody waiting.
        pool.shutdown(wait=False)

    def best(self) -> Discovered:
        """See the module."""
        exchangers = self._in_time(self._exchangers, [])
        known = of_exchangers(exchangers)
        if known is not None:
            return _of_provider(known, self._email, self._domain)
        files: list[list[Proposal]] = [self._in_time(one, []) for one in self._files]
        for proposals in files:
            found = self._pair(proposals, "autoconfig")
            if found is not None:
                return found
        services = [self._in_time(one, None) for one in self._services]
        found = self._pair([one for one in services if one is not None], "srv")
        return found or self._guess(exchangers)

    def _in_time(self, asked: Future[T], otherwise: T) -> T:
        done, _ = wait([asked], timeout=max(0.0, self._deadline - time.monotonic()))
        return asked.result() if done else otherwise

    def _pair(self, proposals: Sequence[Proposal], source: Source) -> Discovered | None:
        imap = autoconfig.first_of(proposals, "imap")
        smtp = autoconfig.first_of(proposals, "smtp")
        if imap is None or smtp is None:
            return None
        provider = next(
            (name for host, name in _OWN_FILE_CODES.items() if imap.host.endswith(host)), None
        )
        ways = (provider, "password") if provider else ("password",)
        return Discovered(provider, source, imap, smtp, ways, "")

    def _guess(self, exchangers: Sequence[str]) -> Discovered:
        """The first usual name that has an address; which of its ports answers the test says."""
        first = exchangers[0] if exchangers else None
        proposals = autoconfig.guesses(self._domain, self._email, first)
        hosts = list(dict.fromkeys(one.host for one in proposals))
        pool = ThreadPoolExecutor(max_workers=len(hosts), thread_name_prefix="discover")
        asked = {host: pool.submit(_has_address, host) for host in hosts}
        pool.shutdown(wait=False)
        there = {host for host, one in asked.items() if self._in_time(one, otherwise=False)}
        known = [one for one in proposals if one.host in there] or proposals
        imap = autoconfig.first_of(known, "imap") or proposals[0]
        smtp = autoconfig.first_of(known, "smtp") or proposals[-1]
        advice = "" if there else "nothing_found"
        return Discovered(None, "guess", imap, smtp, ("password",), advice)


def _of_provider(known: KnownProvider, email: str, domain: str) -> Discovered:
    return Discovered(
        known.name,
        "table",
        _proposed("imap", known.imap, email, domain),
        _proposed("smtp", known.smtp, email, domain),
        known.sign_in,
        known.advice_code,
    )


def _proposed(kind: Literal["imap", "smtp"], server: Server, email: str, domain: str) -> Proposal:
    host = server.host.replace("{domain}", domain)
    return Proposal(kind, host, server.port, server.security, email)


def _exchangers(domain: str) -> list[str]:
    """Hosts of the MX records, the best first; [] when nobody says (RFC 7505: "." is none)."""
    try:
        found = dns.records(domain, "MX", seconds=_DNS_SECONDS)
    except dns.DnsError:
        return []
    ordered = sorted(found, key=lambda one: int(getattr(one, "preference", 0)))
    hosts = (autoconfig.checked_host(str(getattr(one, "exchange", ""))) for one in ordered)
    return [host for host in hosts if host]


def _service(
    name: str,
    domain: str,
    email: str,
    kind: autoconfig.Kind,
    security: autoconfig.Security,
) -> Proposal | None:
    try:
        found = dns.records(f"{name}.{domain}", "SRV", seconds=_DNS_SECONDS)
    except dns.DnsError:
        return None
    records = [
        ServiceRecord(
            int(getattr(one, "priority", 0)),
            int(getattr(one, "weight", 0)),
            int(getattr(one, "port", 0)),
            str(getattr(one, "target", "")),
        )
        for one in found
    ]
    return autoconfig.of_service(kind, security, records, email)


def _file(url: str, email: str, policy: egress.Policy) -> list[Proposal]:
    try:
        content = egress.fetch(url, policy, accept="application/xml, text/xml").content
        return autoconfig.read(content, email)
    except (egress.EgressError, autoconfig.Unreadable):
        return []


def _has_address(host: str) -> bool:
    for kind in ("A", "AAAA"):
        try:
            if dns.records(host, kind, seconds=1.5):
                return True
        except dns.NoSuchName:
            return False
        except dns.NoAnswer:
            continue
    return False
