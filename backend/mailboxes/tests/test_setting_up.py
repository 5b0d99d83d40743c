"""From an address to its servers, with a name server and a web server of our own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pytest_django.fixtures import Settings

from backend.core.egress import Policy
from backend.core.errors import Invalid
from backend.mailboxes import setting_up
from backend.mailboxes.providers import PROVIDERS
from backend.mailboxes.setting_up import Discovered, discover
from desk_cli.servers.dns_server import DnsServer, Zone

DOMAIN = "empresa.test"
EMAIL = f"suporte@{DOMAIN}"
FILE = """<clientConfig version="1.1"><emailProvider id="x">
<incomingServer type="imap"><hostname>correio.empresa.test</hostname><port>993</port>
<socketType>SSL</socketType></incomingServer>
<outgoingServer type="smtp"><hostname>envio.empresa.test</hostname><port>587</port>
<socketType>STARTTLS</socketType></outgoingServer></emailProvider></clientConfig>"""
SERVICES: Zone = {
    f"_imaps._tcp.{DOMAIN}": {"SRV": [(0, 1, 993, "srv.empresa.test")]},
    f"_submission._tcp.{DOMAIN}": {"SRV": [(0, 1, 587, "srv.empresa.test")]},
}


@dataclass
class Web:
    """A web server that gives one file, or holds its tongue."""

    content: bytes = b""
    asked: int = 0
    silent: bool = False
    port: int = 0

    def places(self, domain: str, email: str) -> list[str]:
        return [f"http://autoconfig.{domain}:{self.port}/mail/config-v1.1.xml"]

    @property
    def policy(self) -> Policy:
        return Policy(
            allows=lambda address: address.is_loopback,
            ports=frozenset({self.port}),
            resolve=lambda host: ["127.0.0.1"],
        )


@pytest.fixture
def web() -> Iterator[Web]:
    told, closing = Web(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked += 1
            if told.silent:
                closing.wait(20)
            self.send_response(200 if told.content else 404)
            self.end_headers()
            self.wfile.write(told.content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        told.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield told
        closing.set()
        server.shutdown()


@pytest.fixture
def dns(settings: Settings) -> Iterator[DnsServer]:
    with DnsServer({DOMAIN: {"MX": [(10, "mx.empresa.test")]}}) as server:
        settings.DESK_DNS_SERVER = server.address
        yield server


def found(web: Web, email: str = EMAIL) -> Discovered:
    return discover(email, policy=web.policy, places=web.places)


def summary(one: Discovered) -> tuple[str | None, str, str, int, str, str, int, str]:
    return (
        one.provider, one.source,
        one.imap.host, one.imap.port, one.imap.security,
        one.smtp.host, one.smtp.port, one.smtp.security,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("email", "provider", "imap", "way"),
    [
        ("ana@gmail.com", "google", "imap.gmail.com", "google"),
        (" Ana@Hotmail.com ", "microsoft", "outlook.office365.com", "microsoft"),
        ("ana@uol.com.br", "uol", "imap.uol.com.br", "password"),
        ("ana@me.com", "icloud", "imap.mail.me.com", "password"),
    ],
)
def test_a_known_domain_needs_no_question(
    dns: DnsServer, web: Web, email: str, provider: str, imap: str, way: str
):
    one = found(web, email)
    assert (one.provider, one.source, one.imap.host) == (provider, "table", imap)
    assert one.sign_in[0] == way
    assert one.imap.username == email.strip().lower()
    assert (dns.questions, web.asked) == ([], 0)


@pytest.mark.parametrize(
    ("exchanger", "provider", "imap"),
    [
        ("aspmx.l.google.com", "google", "imap.gmail.com"),
        ("empresa-test.mail.protection.outlook.com", "microsoft", "outlook.office365.com"),
        ("mx1.hostinger.com", "hostinger", "imap.hostinger.com"),
        ("mx.titan.email", "titan", "imap.titan.email"),
        ("mx3.kinghost.net", "kinghost", "imap.kinghost.net"),
        ("mx1.email-ssl.com.br", "locaweb", "email-ssl.com.br"),
        ("gateway.websitewelcome.com", "hostgator", "mail.empresa.test"),
    ],
)
def test_a_domain_of_its_own_is_known_by_its_mail_exchangers(
    dns: DnsServer, web: Web, exchanger: str, provider: str, imap: str
):
    dns.zone[DOMAIN] = {"MX": [(30, "backup.elsewhere.test"), (10, exchanger)]}
    one = found(web)
    assert (one.provider, one.source, one.imap.host) == (provider, "table", imap)


def test_the_domains_own_file_comes_before_its_srv_records(dns: DnsServer, web: Web):
    dns.zone.update(SERVICES)
    web.content = FILE.encode()
    one = found(web)
    assert summary(one) == (
        None, "autoconfig",
        "correio.empresa.test", 993, "tls",
        "envio.empresa.test", 587, "starttls",
    )  # fmt: skip
    assert one.shown()["imap"]["username"] == EMAIL
    web.content = b"<!DOCTYPE a>" + FILE.encode()
    assert found(web).source == "srv"
    web.content = b"x" * 200_000
    assert summary(found(web)) == (
        None, "srv",
        "srv.empresa.test", 993, "tls",
        "srv.empresa.test", 587, "starttls",
    )  # fmt: skip


def test_without_any_word_the_usual_name_that_exists_is_guessed(dns: DnsServer, web: Web):
    dns.zone[f"mail.{DOMAIN}"] = {"A": ["192.0.2.7"]}
    one = found(web)
    assert summary(one) == (
        None, "guess",
        "mail.empresa.test", 993, "tls",
        "mail.empresa.test", 465, "tls",
    )  # fmt: skip
    assert (one.sign_in, one.advice_code) == (("password",), "")


@pytest.mark.parametrize("failure", ["SILENT", "SERVFAIL", "NXDOMAIN", "REFUSED", "GARBAGE"])
def test_name_servers_and_web_servers_that_fail_end_in_a_guess(
    dns: DnsServer, web: Web, failure: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(setting_up, "SECONDS", 1.0)
    monkeypatch.setattr(setting_up, "_DNS_SECONDS", 0.5)
    names = [DOMAIN, *SERVICES, f"_imap._tcp.{DOMAIN}", f"_submissions._tcp.{DOMAIN}"]
    names += [f"{name}.{DOMAIN}" for name in ("imap", "mail", "smtp")]
    dns.zone.update(dict.fromkeys(names, failure))  # type: ignore[arg-type]
    web.silent = True
    one = found(web)
    assert (one.source, one.advice_code) == ("guess", "nothing_found")
    assert one.imap.host == "imap.empresa.test"


@pytest.mark.parametrize(
    "email", ["", "a", "a@b@c.test", "a@-x.test", "a b@c.test", "a@[127.0.0.1]"]
)
def test_what_is_no_address_is_refused_before_anybody_is_asked(
    dns: DnsServer, web: Web, email: str
):
    with pytest.raises(Invalid) as caught:
        found(web, email)
    assert list(caught.value.fields) == ["address"]
    assert (dns.questions, web.asked) == ([], 0)


def test_the_table_holds_each_provider_once_and_nothing_unencrypted():
    names = [one.name for one in PROVIDERS]
    domains = [domain for one in PROVIDERS for domain in one.domains]
    assert len(names) == len(set(names))
    assert len(domains) == len(set(domains))
    for one in PROVIDERS:
        assert one.domains or one.exchangers
        assert (one.imap.security, one.imap.port) in {("tls", 993), ("starttls", 1143)}
        assert one.smtp.security in {"tls", "starttls"}
