"""MX, DKIM, DMARC and the rest of what receivers look at before they believe a domain."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Iterator, Sequence
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from backend.mailboxes.domains.asking import Asker
from backend.mailboxes.domains.findings import Finding, finding, unknown
from backend.mailboxes.domains.providers import USUAL_SELECTORS, provider_of

_TAG = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]*)\s*=\s*([^;]*)")
_REPORT_TO = re.compile(r"mailto:[^@\s,!]+@([^,\s!]+)", re.IGNORECASE)
_SHORT_KEY, _GOOD_KEY = 1024, 2048


def tags(text: str) -> dict[str, str] | None:
    """The tag=value pairs of a record (RFC 6376 3.2) by lower-case name; None when it is not
    such a list."""
    found: dict[str, str] = {}
    for part in text.split(";"):
        if not part.strip():
            continue
        pair = _TAG.fullmatch(part)
        if pair is None or pair[1].lower() in found:
            return None
        found[pair[1].lower()] = pair[2].strip()
    return found


def mx(domain: str, ask: Asker) -> list[Finding]:
    """Whether answers and bounces can reach the domain."""
    answer = ask(domain, "MX")
    if not answer.known:
        return [unknown("mx", domain)]
    hosts = [one.partition(" ")[2] for one in answer.values]
    shown = ", ".join(answer.values)
    if not hosts:
        return [finding("mx", "error", "mx_missing")]
    if hosts == [""]:
        return [finding("mx", "error", "mx_null", found=shown)]  # RFC 7505
    problems = [one for host in hosts[:10] for one in _mx_host(host, shown, ask)]
    return problems or [finding("mx", "ok", "mx_ok", found=shown)]


def _mx_host(host: str, shown: str, ask: Asker) -> Iterator[Finding]:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        yield finding("mx", "error", "mx_is_address", found=shown, host=host)
        return
    if ask(host, "CNAME").values:
        yield finding("mx", "warning", "mx_is_alias", found=shown, host=host)  # RFC 2181 10.3
    addresses = ask.addresses(host)
    if addresses.known and not addresses.values:
        yield finding("mx", "error", "mx_no_address", found=shown, host=host)


def dkim(
    domain: str, smtp_hosts: Sequence[str], seen: Sequence[str], signers: Sequence[str], ask: Asker
) -> list[Finding]:
    """Whether the domain's keys can be used.

    seen: selectors in signatures of our own mails that came back; signers: the domains these
    signatures were made for.
    """
    known = [one for host in smtp_hosts if (of := provider_of(host)) for one in of.selectors]
    asked = list(dict.fromkeys([*seen, *known])) or list(USUAL_SELECTORS)
    found: list[Finding] = []
    silent = False
    for selector in asked[:12]:
        name = f"{selector}._domainkey.{domain}"
        answer = ask(name, "TXT")
        silent = silent or not answer.known
        keys = [one for one in answer.values if "p=" in one.replace(" ", "")]
        found += [_key(selector, name, text) for text in keys[:2]]
        if answer.known and not keys and selector in seen:
            code = "dkim_selector_missing"
            found.append(finding("dkim", "error", code, selector=selector, asked=name))
    if seen == () and signers and domain not in signers:
        found.append(finding("dkim", "warning", "dkim_other_domain", signer=signers[0]))
    if any(one["state"] == "ok" for one in found):
        # A key that is switched off beside one that works is a rotation, not a fault.
        found = [one for one in found if one["code"] != "dkim_revoked"]
    if found:
        return found
    if silent:
        return [unknown("dkim", domain)]
    provider = next((of for host in smtp_hosts if (of := provider_of(host))), None)
    names = [f"{one}._domainkey.{domain}" for one in asked[:3]]
    if provider is not None and provider.selectors:
        data: dict[str, Any] = {"provider": provider.name, "asked": names}
        return [finding("dkim", "error", "dkim_missing", **data)]
    return [finding("dkim", "warning", "dkim_not_found", asked=names)]


def _key(selector: str, name: str, text: str) -> Finding:
    """What a key record is worth (RFC 6376 3.6.1, RFC 8301, RFC 8463)."""

    def about(state: Any, code: str, **data: Any) -> Finding:
        return finding("dkim", state, code, found=text, selector=selector, asked=name, **data)

    pairs = tags(text)
    if pairs is None or "p" not in pairs or pairs.get("v", "DKIM1") != "DKIM1":
        return about("error", "dkim_syntax")
    if not pairs["p"]:
        return about("error", "dkim_revoked")
    try:
        raw = base64.b64decode("".join(pairs["p"].split()), validate=True)
    except (ValueError, binascii.Error):
        return about("error", "dkim_syntax")
    if pairs.get("k", "rsa") == "ed25519":
        return about("ok", "dkim_ok", bits=256) if len(raw) == 32 else about("error", "dkim_syntax")
    try:
        key = load_der_public_key(raw)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return about("error", "dkim_syntax")
    if not isinstance(key, RSAPublicKey):
        return about("error", "dkim_syntax")
    if key.key_size < _SHORT_KEY:
        return about("error", "dkim_short", bits=key.key_size)
    if key.key_size < _GOOD_KEY:
        return about("warning", "dkim_rather_short", bits=key.key_size)
    if "y" in pairs.get("t", "").split(":"):
        return about("warning", "dkim_testing", bits=key.key_size)
    return about("ok", "dkim_ok", bits=key.key_size)


def dmarc(domain: str, address: str, ask: Asker) -> list[Finding]:
    """What receivers are told to do with mail that proves nothing (RFC 7489).

    address: where reports could go.
    """
    found = _policy(domain, ask)
    if found is None:
        return [unknown("dmarc", f"_dmarc.{domain}")]
    name, texts = found
    start = f"v=DMARC1; p=none; rua=mailto:{address}"
    if not texts:
        return [finding("dmarc", "error", "dmarc_missing", name=f"_dmarc.{domain}", value=start)]
    if len(texts) > 1:
        shown = " | ".join(texts)
        return [finding("dmarc", "error", "dmarc_several", found=shown, name=name, value=texts[0])]
    text = texts[0]
    pairs = tags(text)
    policies = {"none", "quarantine", "reject"}
    if pairs is None or pairs.get("p", "").lower() not in policies:
        return [finding("dmarc", "error", "dmarc_syntax", found=text, name=name, value=start)]
    problems = [*_dmarc_policy(name, text, pairs), *_dmarc_reports(domain, name, pairs, text,
                                                                 address, ask)]  # fmt: skip
    fine = finding("dmarc", "ok", "dmarc_ok", found=text, policy=pairs["p"].lower(), asked=name)
    return problems if any(one["state"] != "hint" for one in problems) else [fine, *problems]


def _policy(domain: str, ask: Asker) -> tuple[str, list[str]] | None:
    """The name and the records of the domain that speaks for this one: itself, or one above."""
    labels = domain.split(".")
    for first in range(max(1, min(4, len(labels) - 1))):
        name = "_dmarc." + ".".join(labels[first:])
        answer = ask(name, "TXT")
        if not answer.known:
            return None
        texts = [one for one in answer.values if re.match(r"v\s*=\s*DMARC1\b", one, re.I)]
        if texts:
            return name, texts
    return f"_dmarc.{domain}", []


def _dmarc_policy(name: str, text: str, pairs: dict[str, str]) -> Iterator[Finding]:
    if pairs["p"].lower() == "none":
        stricter = re.sub(r"(\bp\s*=\s*)none", r"\1quarantine", text, count=1, flags=re.I)
        yield finding("dmarc", "hint", "dmarc_none", found=text, name=name, value=stricter)
    elif pairs.get("pct", "100") != "100":
        yield finding("dmarc", "hint", "dmarc_part", found=text, percent=pairs["pct"][:5])


def _dmarc_reports(
    domain: str, name: str, pairs: dict[str, str], text: str, address: str, ask: Asker
) -> Iterator[Finding]:
    if not pairs.get("rua"):
        value = f"{text.rstrip('; ')}; rua=mailto:{address}"
        yield finding("dmarc", "hint", "dmarc_no_reports", found=text, name=name, value=value)
        return
    for match in list(_REPORT_TO.finditer(pairs["rua"]))[:3]:
        other = match[1].lower().rstrip(".")
        if other == domain or other.endswith(f".{domain}") or domain.endswith(f".{other}"):
            continue
        consent = f"{domain}._report._dmarc.{other}"  # RFC 7489 7.1
        answer = ask(consent, "TXT")
        if answer.known and not any(one.upper().startswith("V=DMARC1") for one in answer.values):
            yield finding(
                "dmarc", "warning", "dmarc_reports_refused", found=text, name=consent,
                value="v=DMARC1", receiver=other,
            )  # fmt: skip


def hints(domain: str, address: str, ask: Asker) -> list[Finding]:
    """MTA-STS (RFC 8461) and TLS reports (RFC 8460): good to have."""
    found = []
    for check, prefix, mark, value in (
        ("mta_sts", "_mta-sts", "v=STSv1", ""),
        ("tls_rpt", "_smtp._tls", "v=TLSRPTv1", f"v=TLSRPTv1; rua=mailto:{address}"),
    ):
        name = f"{prefix}.{domain}"
        answer = ask(name, "TXT")
        texts = [one for one in answer.values if one.replace(" ", "").startswith(mark)]
        if not answer.known:
            found.append(unknown(check, name))
        elif len(texts) == 1:
            found.append(finding(check, "ok", f"{check}_ok", found=texts[0]))
        else:
            found.append(finding(check, "hint", f"{check}_missing", name=name, value=value))
    return found


def ptr(domain: str, smtp_hosts: Sequence[str], ask: Asker) -> list[Finding]:
    """Whether an own mail server is called what it says it is; a provider's is its own affair."""
    found = []
    for host in dict.fromkeys(smtp_hosts):
        if not host.lower().rstrip(".").endswith(f".{domain}") or provider_of(host):
            continue
        for text in ask.addresses(host).values[:4]:
            address = ipaddress.ip_address(text)
            if address.is_global:
                found.append(_reverse(host, address, ask))
    return found


def _reverse(
    host: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address, ask: Asker
) -> Finding:
    answer = ask(address.reverse_pointer, "PTR")
    data: dict[str, Any] = {"host": host, "address": str(address)}
    if not answer.known:
        return unknown("ptr", address.reverse_pointer)
    if not answer.values:
        return finding("ptr", "warning", "ptr_missing", **data)
    shown = ", ".join(answer.values)
    back = any(str(address) in ask.addresses(name).values for name in answer.values[:5])
    code = "ptr_ok" if back else "ptr_mismatch"
    return finding("ptr", "ok" if back else "warning", code, found=shown, **data)
