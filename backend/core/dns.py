"""Asking the domain name system (RFC 1035): the one resolver of the desk, bounded in time."""

from __future__ import annotations

import dns.exception
import dns.name
import dns.rdata
import dns.resolver
from django.conf import settings

DEFAULT_SECONDS = 4.0


class DnsError(Exception):
    """A question got no usable answer."""


class NoSuchName(DnsError):
    """The name does not exist (NXDOMAIN), or can't."""


class NoAnswer(DnsError):
    """The name servers are silent, fail or refuse: nobody knows."""


def resolver(seconds: float = DEFAULT_SECONDS) -> dns.resolver.Resolver:
    """A resolver that answers or fails within `seconds`; it asks DESK_DNS_SERVER when set.

    Raises NoAnswer when this machine names no server.
    """
    try:
        asking = dns.resolver.Resolver(configure=not settings.DESK_DNS_SERVER)
    except dns.exception.DNSException as error:
        raise NoAnswer(f"This machine names no name server: {error}.") from error
    if settings.DESK_DNS_SERVER:
        host, _, port = settings.DESK_DNS_SERVER.rpartition(":")
        asking.nameservers, asking.port = [host.strip("[]")], int(port)
    asking.lifetime = seconds
    asking.timeout = min(2.0, seconds)
    asking.search = []  # a name is meant as it stands
    return asking


def records(name: str, kind: str, *, seconds: float = DEFAULT_SECONDS) -> list[dns.rdata.Rdata]:
    """The records of one kind, [] when the name has none of it.

    Raises NoSuchName or NoAnswer, never anything else for what a name or a server is.
    """
    try:
        return list(resolver(seconds).resolve(dns.name.from_text(name), kind))
    except dns.resolver.NoAnswer:
        return []
    except (dns.resolver.NXDOMAIN, dns.name.LabelTooLong, dns.name.NameTooLong) as error:
        raise NoSuchName(f"{name} does not exist.") from error
    except (dns.exception.DNSException, UnicodeError, OSError) as error:
        raise NoAnswer(f"The name servers of {name} do not answer: {error}") from error
