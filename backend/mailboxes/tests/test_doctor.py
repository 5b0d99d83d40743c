"""The delivery doctor against a name server of our own: each defect has its name and its cure."""

from __future__ import annotations

import base64
import datetime as dt
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID
from django.utils import timezone
from pytest_django.fixtures import Settings

from backend.core.errors import Missing
from backend.mailboxes.domains import doctor, rules, servers, spf
from backend.mailboxes.domains.asking import MOST_QUESTIONS, Asker
from backend.mailboxes.domains.servers import Server
from backend.mailboxes.models import DomainCheck, InboundMail, Mailbox
from desk_cli.servers.dns_server import DnsServer, Zone
from desk_cli.servers.dovecot import Dovecot
from tests.desk import mailbox, receive
from tests.mails import letter

HOST, OWN = "smtp.relay.example", "mail.loja.example"
FINE = "v=spf1 include:_spf.relay.example ~all"
Finding = dict[str, Any]


@pytest.fixture
def dns(settings: Settings) -> Iterator[DnsServer]:
    with DnsServer({}) as server:
        settings.DESK_DNS_SERVER = server.address
        yield server


def codes(findings: list[Finding]) -> list[str]:
    return [one["code"] for one in findings]


def spf_of(
    dns: DnsServer, *texts: str, hosts: tuple[str, ...] = (), **others: Any
) -> list[Finding]:
    dns.zone.clear()
    dns.zone["loja.example"] = {"TXT": [*texts, "google-site-verification=x"]}
    dns.zone |= {name.replace("__", "."): value for name, value in others.items()}
    return spf.check("loja.example", hosts, Asker())


_GOOGLE = {"TXT": ["v=spf1 ip4:8.8.0.0/16 ~all"]}


@pytest.mark.parametrize(
    ("texts", "code", "pasted"),
    [
        ([], "spf_missing", "v=spf1 include:_spf.google.com ~all"),
        (["v=spf1 mx ~all", "v=spf1 a -all"], "spf_several", "v=spf1 mx a ~all"),
        (["v=spf1 include:_spf.google.com +all"], "spf_allows_all",
         "v=spf1 include:_spf.google.com ~all"),
        (["v=spf1 include:_spf.google.com all"], "spf_allows_all",
         "v=spf1 include:_spf.google.com ~all"),
        (["v=spf1 include:_spf.google.com ?all"], "spf_neutral",
         "v=spf1 include:_spf.google.com ~all"),
        (["v=spf1 include:_spf.google.com"], "spf_no_end", "v=spf1 include:_spf.google.com ~all"),
        (["v=spf1 mx -all"], "spf_provider_missing", "v=spf1 mx include:_spf.google.com -all"),
        (["v=spf1 include:_spf.google.com ipv4:1.2.3.4 -all"], "spf_syntax", ""),
        (["v=spf1 include:_spf.google.com ip4:1.2.3.400 -all"], "spf_syntax", ""),
        (["v=spf1 include: -all"], "spf_syntax", ""),
        (["v=spf1 include:_spf.google.com include:nobody.example -all"], "spf_include_broken", ""),
        (["v=spf1 include:_spf.google.com include:loja.example -all"], "spf_circle", ""),
        (["v=spf1 include:_spf.google.com ptr -all"], "spf_ptr", ""),
    ],
)  # fmt: skip
def test_each_defect_of_spf_is_named_with_the_record_to_paste(
    dns: DnsServer, texts: list[str], code: str, pasted: str
):
    found = spf_of(dns, *texts, hosts=("smtp.gmail.com",), _spf__google__com=_GOOGLE)
    (wrong,) = [one for one in found if one["code"] == code]
    assert wrong["state"] in {"error", "warning", "hint"}
    assert wrong["record_value"] == pasted
    assert wrong["record_name"] == ("loja.example" if pasted else "")


def test_spf_counts_lookups_as_receivers_do_through_includes_and_redirects(dns: DnsServer):
    many: dict[str, Any] = {
        f"i{n}__example": {"TXT": [f"v=spf1 a:h{n}.example -all"]} for n in range(6)
    }
    many |= {f"h{n}__example": {"A": ["192.0.2.9"]} for n in range(6)}
    includes = " ".join(f"include:i{n}.example" for n in range(5))
    assert codes(spf_of(dns, f"v=spf1 {includes} -all", **many)) == ["spf_ok"]
    (over,) = spf_of(dns, f"v=spf1 {includes} include:i5.example -all", **many)
    assert (over["code"], over["data"]["lookups"]) == ("spf_too_many_lookups", 12)
    moved: dict[str, Any] = {"there__example": {"TXT": ["v=spf1 ip4:192.0.2.0/24 -all"]}}
    (fine,) = spf_of(dns, "v=spf1 redirect=there.example", **moved)
    assert (fine["code"], fine["data"]["lookups"]) == ("spf_ok", 1)


def test_spf_of_an_own_server_must_hold_its_address(dns: DnsServer):
    own: dict[str, Any] = {"mail__loja__example": {"A": ["8.8.4.4"]}}
    for good in ("a:mail.loja.example", "ip4:8.8.4.0/24", "include:more.example"):
        more: dict[str, Any] = {"more__example": {"TXT": ["v=spf1 ip4:8.8.4.4 -all"]}}
        assert codes(spf_of(dns, f"v=spf1 {good} -all", hosts=(OWN,), **own, **more)) == ["spf_ok"]
    (wrong,) = spf_of(dns, "v=spf1 ip4:8.8.8.8 -all", hosts=(OWN,), **own)
    assert wrong["code"] == "spf_sender_missing"
    assert wrong["record_value"] == "v=spf1 ip4:8.8.8.8 a:mail.loja.example -all"
    private: dict[str, Any] = {"mail__loja__example": {"A": ["10.0.0.5"]}}
    assert codes(spf_of(dns, "v=spf1 -all", hosts=(OWN,), **private)) == [
        "spf_ok", "spf_sender_unknown",
    ]  # fmt: skip


def test_silent_and_lying_name_servers_are_no_verdict(dns: DnsServer):
    for failure in ("SERVFAIL", "GARBAGE", "REFUSED"):
        zone: Zone = {"loja.example": failure}
        dns.zone = zone
        assert codes(spf.check("loja.example", (), Asker(seconds=0.6))) == ["dns_silent"]
        assert codes(rules.mx("loja.example", Asker(seconds=0.6))) == ["dns_silent"]


def rsa_record(bits: int) -> str:
    key = rsa.generate_private_key(65537, bits).public_key()
    raw = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(raw).decode()}"


def ed25519_record() -> str:
    raw = ed25519.Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    return f"v=DKIM1; k=ed25519; p={base64.b64encode(raw).decode()}"


GOOD_KEY = rsa_record(2048)


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (GOOD_KEY, "dkim_ok"), (ed25519_record(), "dkim_ok"),
        (rsa_record(1024), "dkim_rather_short"),
        ("v=DKIM1; p=", "dkim_revoked"), ("v=DKIM1; k=rsa; p=%%%", "dkim_syntax"),
        ("v=DKIM2; p=AAAA", "dkim_syntax"), ("v=DKIM1; k=rsa; p=AAAA", "dkim_syntax"),
        ("v=DKIM1; v=DKIM1; p=AAAA", "dkim_syntax"), (GOOD_KEY + "; t=y", "dkim_testing"),
    ],
    ids=range(9),  # the keys are others in each process
)  # fmt: skip
def test_a_dkim_key_is_worth_what_it_can_do(dns: DnsServer, record: str, code: str):
    dns.zone = {"google._domainkey.loja.example": {"TXT": [record]}}
    found = rules.dkim("loja.example", ["smtp.gmail.com"], (), (), Asker())
    assert codes(found) == [code]
    assert found[0]["data"]["selector"] == "google"


def test_dkim_selectors_come_from_the_provider_from_our_own_signatures_and_from_custom(
    dns: DnsServer,
):
    def found(host: str, seen: tuple[str, ...] = (), signers: tuple[str, ...] = ()) -> list[str]:
        return codes(rules.dkim("loja.example", [host], seen, signers, Asker()))

    dns.zone = {}
    assert found("smtp.office365.com") == ["dkim_missing"]
    assert found(OWN) == ["dkim_not_found"]
    assert found(OWN, ("k2026",), ("loja.example",)) == ["dkim_selector_missing"]
    assert found(OWN, (), ("relay.example",)) == ["dkim_other_domain"]
    dns.zone = {
        "selector1._domainkey.loja.example": {"CNAME": ["s1.onmicrosoft.example"]},
        "s1.onmicrosoft.example": {"TXT": [GOOD_KEY]},
        "selector2._domainkey.loja.example": {"TXT": ["v=DKIM1; p="]},
        "k2026._domainkey.loja.example": {"TXT": [GOOD_KEY]},
        "mail._domainkey.loja.example": {"TXT": [GOOD_KEY]},
    }
    assert found("smtp.office365.com") == ["dkim_ok"]  # a key switched off beside a good one
    assert found(OWN, ("k2026",), ("loja.example",)) == ["dkim_ok"]
    assert "dkim_ok" in found(OWN)


@pytest.mark.parametrize(
    ("texts", "code", "pasted"),
    [
        ([], "dmarc_missing", "v=DMARC1; p=none; rua=mailto:a@loja.example"),
        (["v=DMARC1; p=none; rua=mailto:x@loja.example"], "dmarc_none",
         "v=DMARC1; p=quarantine; rua=mailto:x@loja.example"),
        (["v=DMARC1; p=reject"], "dmarc_no_reports",
         "v=DMARC1; p=reject; rua=mailto:a@loja.example"),
        (["v=DMARC1; p=maybe"], "dmarc_syntax", "v=DMARC1; p=none; rua=mailto:a@loja.example"),
        (["v=DMARC1; rua=mailto:x@loja.example"], "dmarc_syntax",
         "v=DMARC1; p=none; rua=mailto:a@loja.example"),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], "dmarc_several", "v=DMARC1; p=none"),
        (["v=DMARC1; p=reject; pct=20; rua=mailto:x@loja.example"], "dmarc_part", ""),
        (["v=DMARC1; p=reject; rua=mailto:x@reports.example"], "dmarc_reports_refused", "v=DMARC1"),
        (["v=DMARC1; p=reject; rua=mailto:x@loja.example"], "dmarc_ok", ""),
    ],
)  # fmt: skip
def test_each_defect_of_dmarc_is_named_with_the_record_to_paste(
    dns: DnsServer, texts: list[str], code: str, pasted: str
):
    dns.zone = {"_dmarc.loja.example": {"TXT": [*texts]}}
    found = rules.dmarc("loja.example", "a@loja.example", Asker())
    told = {one["code"]: one["record_value"] for one in found}
    assert told[code] == pasted


def test_the_policy_of_the_domain_above_counts_for_one_below(dns: DnsServer):
    record = "v=DMARC1; p=reject; rua=mailto:x@loja.example"
    dns.zone = {"_dmarc.loja.example": {"TXT": [record]}}
    (fine,) = rules.dmarc("suporte.loja.example", "a@suporte.loja.example", Asker())
    assert (fine["code"], fine["found"]) == ("dmarc_ok", record)


@pytest.mark.parametrize(
    ("records", "code"),
    [
        ({"MX": []}, "mx_missing"), ({"MX": [(0, ".")]}, "mx_null"),
        ({"MX": [(10, "nowhere.loja.example")]}, "mx_no_address"),
        ({"MX": [(10, "192.0.2.7")]}, "mx_is_address"),
        ({"MX": [(10, "alias.loja.example")]}, "mx_is_alias"),
        ({"MX": [(10, "mx.loja.example")]}, "mx_ok"),
    ],
)  # fmt: skip
def test_each_defect_of_mx_is_named(dns: DnsServer, records: dict[str, Any], code: str):
    dns.zone = {
        "loja.example": records,
        "mx.loja.example": {"A": ["192.0.2.1"]},
        "alias.loja.example": {"CNAME": ["mx.loja.example"]},
    }
    assert codes(rules.mx("loja.example", Asker())) == [code]


def test_an_own_server_must_be_called_what_it_says_it_is(dns: DnsServer):
    dns.zone = {OWN: {"A": ["8.8.4.4"]}}
    assert codes(rules.ptr("loja.example", [OWN], Asker())) == ["ptr_missing"]
    dns.zone["4.4.8.8.in-addr.arpa"] = {"PTR": ["static.provider.example"]}
    assert codes(rules.ptr("loja.example", [OWN], Asker())) == ["ptr_mismatch"]
    dns.zone["4.4.8.8.in-addr.arpa"] = {"PTR": [OWN]}
    assert codes(rules.ptr("loja.example", [OWN], Asker())) == ["ptr_ok"]
    assert rules.ptr("loja.example", ["smtp.gmail.com"], Asker()) == []


def test_what_a_hostile_name_server_says_is_text_of_limited_length(dns: DnsServer):
    dns.zone = {"loja.example": {"TXT": [(b"v=spf1 \x00\x1b[2J\xff\n<script> ", b"A" * 250) * 15]}}
    (wrong, *_) = spf.check("loja.example", (), Asker())
    assert wrong["found"].isprintable()
    assert len(wrong["found"]) <= 1000
    # A record that includes a hundred more, each of which does the same.
    dns.zone = {
        f"n{n}.example": {"TXT": ["v=spf1 " + " ".join(f"include:n{m}.example" for m in range(99))]}
        for n in range(99)
    }
    found = spf.check("n0.example", (), Asker())
    assert "spf_too_many_lookups" in codes(found)
    assert len(dns.questions) <= MOST_QUESTIONS


def test_when_the_time_is_over_nothing_more_is_asked(dns: DnsServer):
    ask = Asker(seconds=0)
    assert codes(rules.mx("loja.example", ask)) == ["dns_silent"]
    assert dns.questions == []


@pytest.mark.django_db
def test_a_check_is_kept_shown_and_made_again_a_day_later(dns: DnsServer):
    dns.zone = {
        "loja.example": {"MX": [(10, "mx.loja.example")], "TXT": ["v=spf1 mx -all"]},
        "mx.loja.example": {"A": ["192.0.2.1"]},
        "_dmarc.loja.example": {"TXT": ["v=DMARC1; p=reject; rua=mailto:x@loja.example"]},
        "k2026._domainkey.loja.example": {"TXT": [GOOD_KEY]},
    }
    box = mailbox("suporte@loja.example")
    mailbox("suporte@demo.local")
    Mailbox.objects.filter(address__endswith="@demo.local").update(is_demo=True)
    mail = receive(box, letter(dkim_signature="v=1; a=rsa-sha256; d=loja.example; s=k2026; b=x"))
    InboundMail.objects.filter(pk=mail.pk).update(
        fate="own_mail", from_address="suporte@loja.example"
    )
    assert doctor.shown() == [{"domain": "loja.example", "checked_at": None, "findings": []}]
    assert doctor.check_due() == 1
    assert doctor.check_due() == 0
    (shown,) = doctor.shown()
    told = {(one["check"], one["code"]) for one in shown["findings"]}
    assert told == {
        ("mx", "mx_ok"), ("spf", "spf_ok"), ("spf", "spf_sender_unknown"), ("dkim", "dkim_ok"),
        ("dmarc", "dmarc_ok"), ("tls", "tls_none"), ("mta_sts", "mta_sts_missing"),
        ("tls_rpt", "tls_rpt_missing"),
    }  # fmt: skip
    DomainCheck.objects.update(checked_at=timezone.now() - dt.timedelta(hours=25))
    DomainCheck.objects.create(domain="gone.example", checked_at=timezone.now())
    assert doctor.check_due() == 1
    assert [one.domain for one in DomainCheck.objects.all()] == ["loja.example"]
    for foreign in ("other.example", "", "demo.local"):
        with pytest.raises(Missing):
            doctor.check(foreign)


@pytest.mark.django_db
def test_a_lent_domain_is_not_blamed_on_who_uses_it(dns: DnsServer):
    mailbox("loja@gmail.com")
    assert "domain_lent" in codes(doctor.check("GMAIL.com.")["findings"])
    assert dns.questions == []


def certificate(folder: Path, *, days: int, name: str = "localhost") -> Path:
    """A PEM file with a key and a certificate of its own, good from a year ago for `days` more."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=365))
        .not_valid_after(now + dt.timedelta(days=days, hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}-{days}.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + made.public_bytes(Encoding.PEM))
    return file


class TlsServer:
    """Greets with TLS and nothing else, on a port of this machine."""

    def __init__(self, pem: Path) -> None:
        import socket

        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(pem)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                link, _ = self._listener.accept()
            except OSError:
                return
            try:
                self._context.wrap_socket(link, server_side=True).close()
            except OSError:
                link.close()

    def __enter__(self) -> TlsServer:
        return self

    def __exit__(self, *_: object) -> None:
        import socket

        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)


@pytest.mark.parametrize(
    ("days", "name", "trusted", "code"),
    [
        (90, "localhost", True, "tls_ok"), (5, "localhost", True, "tls_ends_soon"),
        (-3, "localhost", True, "tls_expired"), (90, "other.example", True, "tls_other_name"),
        (90, "localhost", False, "tls_self_signed"),
    ],
)  # fmt: skip
def test_a_certificate_is_judged_by_name_time_and_who_signed_it(
    tmp_path: Path, days: int, name: str, trusted: bool, code: str
):
    pem = certificate(tmp_path, days=days, name=name)
    with TlsServer(pem) as server:
        asked = Server("imap", "localhost", server.port, "tls")
        (found,) = servers.check([asked], ca_file=str(pem) if trusted else None)
    assert found["code"] == code
    if code in {"tls_ok", "tls_ends_soon"}:
        assert found["data"]["days"] == days


def test_starttls_silence_and_clear_text_are_told_apart(dovecot: Dovecot):
    found = servers.check([
        Server("imap", "localhost", dovecot.port or 0, "starttls"),
        Server("imap", "127.0.0.1", 9, "tls"),
        Server("smtp", "smtp.relay.example", 25, "none"),
        Server("smtp", "127.0.0.1", 25, "none"),
    ])  # fmt: skip
    assert codes(found)[1:] == ["tls_no_answer", "tls_none", "tls_none"]
    assert found[0]["code"] in {"tls_self_signed", "tls_untrusted"}
    assert [one["state"] for one in found[2:]] == ["error", "ok"]
