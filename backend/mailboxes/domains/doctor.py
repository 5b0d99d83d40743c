"""The delivery doctor: whether the world believes mail of our domains, and what to change (A15).

    domains of the mailboxes ► DNS and servers, bounded in time ► findings ► domain_checks

Checked daily by beat and when a person asks; nothing but the domains of mailboxes is looked at.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta
from email.parser import BytesHeaderParser
from typing import Any

from django.db.models.functions import Now

from backend.core import blobs
from backend.core.errors import Missing
from backend.mail.server import Protocol
from backend.mailboxes.domains import rules, spf
from backend.mailboxes.domains import servers as mail_servers
from backend.mailboxes.domains.asking import Asker
from backend.mailboxes.domains.findings import Finding, finding
from backend.mailboxes.domains.providers import LENT_DOMAINS
from backend.mailboxes.models import DomainCheck, InboundMail, Mailbox

log = logging.getLogger(__name__)
AGAIN_AFTER = timedelta(hours=24)
MOST_AT_ONCE = 10
_MOST_COPIES = 5
_HEAD = 65_536


def domains() -> list[str]:
    """The domains mail is sent from, by name; the demo room's is none."""
    addresses = Mailbox.objects.filter(is_demo=False).values_list("address", flat=True)
    return sorted({one.rpartition("@")[2].lower() for one in addresses})


def shown() -> list[dict[str, Any]]:
    """[{domain, checked_at, findings}] of every sending domain; unchecked ones have no time."""
    known = {one.domain: one for one in DomainCheck.objects.all()}
    return [
        {"domain": domain, "checked_at": known[domain].checked_at,
         "findings": known[domain].findings}
        if domain in known
        else {"domain": domain, "checked_at": None, "findings": []}
        for domain in domains()
    ]  # fmt: skip


def known(domain: str) -> list[Mailbox]:
    """The mailboxes that send from a domain; raises Missing when there are none."""
    domain = domain.strip().lower().rstrip(".")
    rows = Mailbox.objects.filter(is_demo=False, address__iendswith=f"@{domain}")
    mailboxes = list(rows.order_by("address")) if domain else []
    if not mailboxes:
        raise Missing("No mailbox of this desk sends from that domain.")
    return mailboxes


def check(domain: str, *, before_waiting: Callable[[], None] = lambda: None) -> dict[str, Any]:
    """Look at one sending domain now, for half a minute at most, and keep what was found.

    `before_waiting` is called before the first question. Raises Missing for a domain no mailbox
    sends from.
    """
    mailboxes = known(domain)
    domain = domain.strip().lower().rstrip(".")
    signatures = _signatures(domain, [one.address.lower() for one in mailboxes])
    before_waiting()
    found = _examined(domain, mailboxes, *signatures)
    DomainCheck.objects.update_or_create(
        domain=domain, defaults={"checked_at": Now(), "findings": found}
    )
    stored = DomainCheck.objects.get(pk=domain)
    return {"domain": domain, "checked_at": stored.checked_at, "findings": stored.findings}


def check_due() -> int:
    """Look at the domains whose check is a day old, the oldest first; returns how many."""
    wanted = domains()
    DomainCheck.objects.exclude(domain__in=wanted).delete()
    fresh = DomainCheck.objects.filter(checked_at__gte=Now() - AGAIN_AFTER)
    known = set(fresh.values_list("domain", flat=True))
    due = [one for one in wanted if one not in known][:MOST_AT_ONCE]
    for domain in due:
        check(domain)
    return len(due)


def _examined(
    domain: str, mailboxes: Sequence[Mailbox], selectors: Sequence[str], signers: Sequence[str]
) -> list[Finding]:
    """Every finding about a domain, the questions to DNS and to servers each bounded."""
    servers = mail_servers.check(_servers(mailboxes))
    if domain in LENT_DOMAINS:
        return [finding("domain", "ok", "domain_lent"), *servers]
    ask = Asker()
    hosts = list(dict.fromkeys(one.smtp_host for one in mailboxes))
    address = mailboxes[0].address
    return [
        *rules.mx(domain, ask),
        *spf.check(domain, hosts, ask),
        *rules.dkim(domain, hosts, selectors, signers, ask),
        *rules.dmarc(domain, address, ask),
        *rules.ptr(domain, hosts, ask),
        *servers,
        *rules.hints(domain, address, ask),
    ]


def _servers(mailboxes: Sequence[Mailbox]) -> list[mail_servers.Server]:
    found = []
    for one in mailboxes:
        ways: tuple[tuple[Protocol, str, int, str], ...] = (
            ("imap", one.imap_host, one.imap_port, one.imap_security),
            ("smtp", one.smtp_host, one.smtp_port, one.smtp_security),
        )
        found += [mail_servers.Server(*way) for way in ways]
    return found


def _signatures(domain: str, addresses: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(selectors, signers) in DKIM signatures of our own mails that came back by other ways."""
    copies = InboundMail.objects.filter(
        from_address__in=addresses, fate=InboundMail.Fate.OWN_MAIL
    ).exclude(sha256="")
    selectors: list[str] = []
    signers: list[str] = []
    for pk, sha256 in copies.order_by("-id").values_list("id", "sha256")[:_MOST_COPIES]:
        for signature in _signatures_in(pk, sha256):
            pairs = rules.tags(re.sub(r"\s+", " ", signature)) or {}
            signer = pairs.get("d", "").lower()
            signers.append(signer)
            if signer == domain and re.fullmatch(r"[\w.-]{1,200}", pairs.get("s", "")):
                selectors.append(pairs["s"].lower())
    return tuple(dict.fromkeys(selectors)), tuple(dict.fromkeys(filter(None, signers)))


def _signatures_in(inbound_id: uuid.UUID, sha256: str) -> list[str]:
    try:
        head = blobs.get(sha256)[:_HEAD]
    except (blobs.BlobMissing, blobs.BlobStoreUnusable) as error:
        log.warning("mail %s can't be read for its signature: %s", inbound_id, error)
        return []
    found = BytesHeaderParser().parsebytes(head).get_all("DKIM-Signature") or []
    return [str(one) for one in found[:5]]
