"""SPF of a sending domain (RFC 7208): read, counted as a receiver counts, and asked whether the
servers the desk sends by are in it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from backend.mailboxes.domains.asking import Answer, Asker
from backend.mailboxes.domains.findings import Finding, finding, unknown
from backend.mailboxes.domains.providers import provider_of

MOST_LOOKUPS = 10  # RFC 7208 4.6.4
MOST_VOID = 2
_RECORD = re.compile(r"v=spf1(?: |$)", re.IGNORECASE)
_TERM = re.compile(
    r"(?P<sign>[+?~-]?)(?P<kind>all|include|a|mx|ptr|ip4|ip6|exists)"
    r"(?P<value>(?::[^\s/]+)?(?:/[\d/]+)?|:[^\s]+)",
    re.IGNORECASE,
)
_MODIFIER = re.compile(r"(?P<name>[a-z][a-z0-9_.-]*)=(?P<value>\S*)", re.IGNORECASE)
_ASKING = frozenset({"include", "a", "mx", "ptr", "exists"})

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass
class Term:
    """A mechanism of a record, with what its lookups gave."""

    sign: str
    kind: str
    value: str
    networks: list[Network] = field(default_factory=list)
    included: Spf | None = None


@dataclass
class Spf:
    """A record with everything it includes."""

    domain: str
    text: str
    terms: list[Term] = field(default_factory=list)
    redirect: Spf | None = None
    has_redirect: bool = False

    def verdict(self, address: Address) -> str:
        """The sign of the first mechanism that fits: "+", "-", "~", "?"; "?" when none does."""
        for term in self.terms:
            if _fits(term, address):
                return term.sign or "+"
        return self.redirect.verdict(address) if self.redirect else "?"


def _fits(term: Term, address: Address) -> bool:
    if term.kind == "all":
        return True
    if term.included is not None:
        return term.included.verdict(address) == "+"
    return any(address in network for network in term.networks)


class _Reading:
    """Reads a record and what it includes, once each, and counts as RFC 7208 4.6.4 says."""

    def __init__(self, ask: Asker) -> None:
        self.ask = ask
        self.lookups = 0
        self.void = 0
        self.included: set[str] = set()
        self.problems: list[tuple[str, str]] = []
        self.unknown = False

    def read(self, domain: str, text: str, above: tuple[str, ...] = ()) -> Spf:
        spf = Spf(domain, text)
        for word in text.split()[1:]:
            self._word(spf, word, (*above, domain))
        return spf

    def _word(self, spf: Spf, word: str, above: tuple[str, ...]) -> None:
        if modifier := _MODIFIER.fullmatch(word):
            if modifier["name"].lower() == "redirect":
                spf.has_redirect = True
                spf.redirect = self._other(modifier["value"], above)
            return  # RFC 7208 6: others are ignored
        match = _TERM.fullmatch(word)
        if match is None:
            self.problems.append(("spf_syntax", word[:80]))
            return
        term = Term(match["sign"], match["kind"].lower(), match["value"].lstrip(":"))
        if term.kind in {"include", "exists", "ip4", "ip6"} and not term.value:
            self.problems.append(("spf_syntax", word[:80]))
            return
        spf.terms.append(term)
        self._resolve(term, spf, above)

    def _resolve(self, term: Term, spf: Spf, above: tuple[str, ...]) -> None:
        if term.kind in {"ip4", "ip6"}:
            term.networks = _networks([term.value], "")
            if not term.networks:
                self.problems.append(("spf_syntax", f"{term.kind}:{term.value}"[:80]))
            return
        if term.kind == "include":
            term.included = self._other(term.value, above)
            return
        if term.kind not in _ASKING or not self._counted():
            return
        name, _, length = term.value.partition("/")
        if "%" in term.value or term.kind in {"ptr", "exists"}:
            self.unknown = self.unknown or term.kind != "ptr"  # depends on the sender's address
            return
        hosts = self._hosts(term.kind, name or spf.domain)
        answers = [self.ask.addresses(host) for host in hosts[:MOST_LOOKUPS]]
        self.unknown = self.unknown or not all(one.known for one in answers)
        found = [address for one in answers for address in one.values]
        self.void += not found
        term.networks = _networks(found, length)

    def _hosts(self, kind: str, name: str) -> list[str]:
        if kind == "a":
            return [name]
        return [one.partition(" ")[2] for one in self.ask(name, "MX").values]

    def _counted(self) -> bool:
        """Count one lookup; False when there were too many to go on."""
        self.lookups += 1
        return self.lookups <= MOST_LOOKUPS * 2

    def _other(self, name: str, above: tuple[str, ...]) -> Spf | None:
        """The record of an included domain; a problem when it has none, two, or leads back."""
        name = name.lower().rstrip(".")
        if not self._counted():
            return None
        if "%" in name:
            self.unknown = True
            return None
        self.included.add(name)
        if name in above:
            self.problems.append(("spf_circle", name))
            return None
        answer = self.ask(name, "TXT")
        if not answer.known:
            self.unknown = True
            return None
        texts = _records(answer)
        if len(texts) != 1:
            self.problems.append(("spf_include_broken", name))
            return None
        return self.read(name, texts[0], above)


def _records(answer: Answer) -> list[str]:
    return [one for one in answer.values if _RECORD.match(one)]


def _networks(addresses: Sequence[str], length: str) -> list[Network]:
    four, _, six = length.partition("//")
    found: list[Network] = []
    for address in addresses:
        bits = six if ":" in address else four
        text = f"{address}/{bits.strip('/')}" if bits.strip("/") else address
        try:
            found.append(ipaddress.ip_network(text, strict=False))
        except ValueError:
            continue  # what is no network fits nobody
    return found


def check(domain: str, smtp_hosts: Sequence[str], ask: Asker) -> list[Finding]:
    """What is wrong with the domain's SPF, or that it is well."""
    answer = ask(domain, "TXT")
    if not answer.known:
        return [unknown("spf", domain)]
    texts = _records(answer)
    if not texts:
        value = _proposed([], smtp_hosts, ask)
        return [finding("spf", "error", "spf_missing", name=domain, value=value)]
    if len(texts) > 1:
        value = _proposed(texts, (), ask)
        shown = " | ".join(texts)
        several = finding("spf", "error", "spf_several", found=shown, name=domain, value=value)
        return [several | {"data": {"count": len(texts)}}]
    reading = _Reading(ask)
    spf = reading.read(domain, texts[0])
    problems = [*_defects(reading, spf), *_end(spf), *_senders(reading, spf, smtp_hosts)]
    fine = finding("spf", "ok", "spf_ok", found=spf.text, lookups=reading.lookups)
    return [*problems] if any(one["state"] != "hint" for one in problems) else [fine, *problems]


def _defects(reading: _Reading, spf: Spf) -> Iterator[Finding]:
    for code, term in dict.fromkeys(reading.problems):
        yield finding("spf", "error", code, found=spf.text, term=term)
    if reading.lookups > MOST_LOOKUPS:
        code, count = "spf_too_many_lookups", reading.lookups
        yield finding("spf", "error", code, found=spf.text, lookups=count)
    if reading.void > MOST_VOID:
        yield finding("spf", "warning", "spf_void", found=spf.text, void=reading.void)
    if any(term.kind == "ptr" for term in spf.terms):
        yield finding("spf", "hint", "spf_ptr", found=spf.text)


def _end(spf: Spf) -> Iterator[Finding]:
    """How the record ends: what it says of servers that are not in it."""
    ends = [term.sign or "+" for term in spf.terms if term.kind == "all"]
    closed = " ".join(
        [word for word in spf.text.split() if not re.fullmatch(r"[+?~-]?all", word, re.I)]
        + ["~all"]
    )
    here = {"found": spf.text, "name": spf.domain, "value": closed}
    if "+" in ends:
        yield finding("spf", "error", "spf_allows_all", **here)
    elif "?" in ends:
        yield finding("spf", "warning", "spf_neutral", **here)
    elif not ends and not spf.has_redirect:
        yield finding("spf", "warning", "spf_no_end", **here)


def _senders(reading: _Reading, spf: Spf, hosts: Sequence[str]) -> Iterator[Finding]:
    """Whether mail that leaves by these servers passes."""
    for host in dict.fromkeys(hosts):
        provider = provider_of(host)
        if provider is not None:
            if provider.spf not in reading.included:
                value = _with_term(spf.text, f"include:{provider.spf}")
                yield finding(
                    "spf", "error", "spf_provider_missing", found=spf.text, name=spf.domain,
                    value=value, host=host, provider=provider.name,
                )  # fmt: skip
            continue
        public = [one for one in _addresses(host, reading.ask) if one.is_global]
        if not public:
            yield finding("spf", "hint", "spf_sender_unknown", host=host)
        elif not reading.unknown and not any(spf.verdict(one) == "+" for one in public):
            value = _with_term(spf.text, f"a:{host}")
            yield finding(
                "spf", "warning", "spf_sender_missing", found=spf.text, name=spf.domain,
                value=value, host=host, addresses=[str(one) for one in public],
            )  # fmt: skip


def _addresses(host: str, ask: Asker) -> list[Address]:
    return [ipaddress.ip_address(one) for one in ask.addresses(host).values]


def _with_term(text: str, term: str) -> str:
    """The record with one more mechanism, before what ends it."""
    words = text.split()
    at = next(
        (i for i, word in enumerate(words) if re.fullmatch(r"[+?~-]?all|redirect=.*", word, re.I)),
        len(words),
    )
    return " ".join([*words[:at], term, *words[at:]])


def _proposed(texts: Sequence[str], hosts: Sequence[str], ask: Asker) -> str:
    """One record of all of these, or one that allows the servers in use."""
    terms: list[str] = []
    for text in texts:
        terms += [one for one in text.split()[1:] if not re.fullmatch(r"[+?~-]?all", one, re.I)]
    for host in dict.fromkeys(hosts):
        provider = provider_of(host)
        if provider is not None:
            terms.append(f"include:{provider.spf}")
        elif any(one.is_global for one in _addresses(host, ask)):
            terms.append(f"a:{host}")
    return " ".join(["v=spf1", *(dict.fromkeys(terms) or ["mx"]), "~all"])
