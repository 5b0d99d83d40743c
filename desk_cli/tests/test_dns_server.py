"""The name server of tests, asked by the resolver that the desk uses."""

from __future__ import annotations

from collections.abc import Iterator

import dns.resolver
import pytest

from desk_cli.servers.dns_server import DnsServer, Zone

LONG = "v=DKIM1; k=rsa; p=" + "A" * 600


@pytest.fixture
def server() -> Iterator[DnsServer]:
    zone: Zone = {
        "example.test": {
            "A": ["192.0.2.1"],
            "AAAA": ["2001:db8::1"],
            "MX": [(20, "mx2.example.test"), (10, "mx.example.test")],
            "TXT": ["v=spf1 -all", ("two ", "strings")],
        },
        "_imaps._tcp.example.test": {"SRV": [(0, 1, 993, "imap.example.test")]},
        "key._domainkey.example.test": {"TXT": [LONG]},
        "_25._tcp.mx.example.test": {"TLSA": [(3, 1, 1, "ab" * 32)]},
        "alias.test": {"CNAME": ["example.test"]},
        "broken.test": "SERVFAIL",
        "closed.test": "REFUSED",
        "silent.test": "SILENT",
        "lies.test": "GARBAGE",
        "short.test": "TRUNCATED",
        "*short.test": {"TXT": ["all of it"]},
    }
    with DnsServer(zone) as running:
        yield running


def asked(server: DnsServer, name: str, kind: str) -> list[str]:
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = server.port
    resolver.lifetime = 1.5
    return sorted(one.to_text() for one in resolver.resolve(name, kind))


def test_records_of_each_kind_are_answered_by_udp_and_long_ones_by_tcp(server: DnsServer):
    assert asked(server, "example.test", "A") == ["192.0.2.1"]
    assert asked(server, "Example.TEST", "AAAA") == ["2001:db8::1"]
    assert asked(server, "example.test", "MX") == ["10 mx.example.test.", "20 mx2.example.test."]
    assert asked(server, "example.test", "TXT") == ['"two " "strings"', '"v=spf1 -all"']
    assert asked(server, "_imaps._tcp.example.test", "SRV") == ["0 1 993 imap.example.test."]
    assert asked(server, "_25._tcp.mx.example.test", "TLSA") == ["3 1 1 " + "ab" * 32]
    (key,) = asked(server, "key._domainkey.example.test", "TXT")
    assert key.replace('" "', "").strip('"') == LONG
    assert asked(server, "alias.test", "A") == ["192.0.2.1"]
    assert asked(server, "short.test", "TXT") == ['"all of it"']
    assert ("alias.test", "A") in server.questions


@pytest.mark.parametrize(
    ("name", "kind", "error"),
    [
        ("nowhere.test", "A", dns.resolver.NXDOMAIN),
        ("_tcp.example.test", "SRV", dns.resolver.NoAnswer),
        ("example.test", "SRV", dns.resolver.NoAnswer),
        ("broken.test", "A", dns.resolver.NoNameservers),
        ("closed.test", "A", dns.resolver.NoNameservers),
        ("silent.test", "A", dns.resolver.LifetimeTimeout),
        ("lies.test", "A", (dns.resolver.NoNameservers, dns.resolver.LifetimeTimeout)),
    ],
)
def test_each_failure_is_seen_as_what_it_is(
    server: DnsServer,
    name: str,
    kind: str,
    error: type[Exception] | tuple[type[Exception], ...],
):
    with pytest.raises(error):
        asked(server, name, kind)
