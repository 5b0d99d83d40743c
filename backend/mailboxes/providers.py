"""Mail providers as they are known: where their servers are, and what a person must know first.

A domain is of a provider when it is one of its own, or when its mail exchangers are (RFC 5321 5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Security = Literal["tls", "starttls"]


@dataclass(frozen=True)
class Server:
    """A server to connect to."""

    host: str
    port: int
    security: Security


@dataclass(frozen=True)
class KnownProvider:
    """A provider of mailboxes.

    domains: whose addresses it gives out itself. exchangers: its mail exchangers, with everything
    below them. sign_in: the ways, the best first. advice_code: what to know before, or "".
    In a host name "{domain}" stands for the address's own domain.
    """

    name: str
    imap: Server
    smtp: Server
    domains: tuple[str, ...] = ()
    exchangers: tuple[str, ...] = ()
    sign_in: tuple[str, ...] = ("password",)
    advice_code: str = ""


def _tls(imap: str, smtp: str, *, submission: bool = False) -> tuple[Server, Server]:
    """The usual ports; `submission`: SMTP by STARTTLS on 587 instead of TLS on 465."""
    sending = Server(smtp, 587, "starttls") if submission else Server(smtp, 465, "tls")
    return Server(imap, 993, "tls"), sending


PROVIDERS: tuple[KnownProvider, ...] = (
    KnownProvider(
        "google",
        *_tls("imap.gmail.com", "smtp.gmail.com"),
        domains=("gmail.com", "googlemail.com"),
        exchangers=("google.com", "googlemail.com", "psmtp.com"),
        sign_in=("google", "password"),
        advice_code="google_app_password",
    ),
    KnownProvider(
        "microsoft",
        *_tls("outlook.office365.com", "smtp.office365.com", submission=True),
        domains=(
            "outlook.com",
            "outlook.com.br",
            "hotmail.com",
            "hotmail.com.br",
            "live.com",
            "msn.com",
        ),
        exchangers=("mail.protection.outlook.com", "olc.protection.outlook.com", "mx.microsoft"),
        sign_in=("microsoft",),
        advice_code="microsoft_oauth_only",
    ),
    KnownProvider(
        "yahoo",
        *_tls("imap.mail.yahoo.com", "smtp.mail.yahoo.com"),
        domains=("yahoo.com", "yahoo.com.br", "ymail.com", "rocketmail.com"),
        exchangers=("yahoodns.net",),
        advice_code="app_password",
    ),
    KnownProvider(
        "aol",
        *_tls("imap.aol.com", "smtp.aol.com"),
        domains=("aol.com",),
        advice_code="app_password",
    ),
    KnownProvider(
        "icloud",
        *_tls("imap.mail.me.com", "smtp.mail.me.com", submission=True),
        domains=("icloud.com", "me.com", "mac.com"),
        exchangers=("mail.icloud.com",),
        advice_code="app_password",
    ),
    KnownProvider(
        "zoho",
        *_tls("imap.zoho.com", "smtp.zoho.com"),
        domains=("zohomail.com",),
        exchangers=("mx.zoho.com", "mx2.zoho.com", "mx3.zoho.com", "zohomail.com"),
        advice_code="app_password",
    ),
    KnownProvider(
        "zoho_eu",
        *_tls("imap.zoho.eu", "smtp.zoho.eu"),
        exchangers=("mx.zoho.eu", "mx2.zoho.eu", "mx3.zoho.eu"),
        advice_code="app_password",
    ),
    KnownProvider(
        "fastmail",
        *_tls("imap.fastmail.com", "smtp.fastmail.com"),
        domains=("fastmail.com", "fastmail.fm"),
        exchangers=("messagingengine.com",),
        advice_code="app_password",
    ),
    KnownProvider(
        "gmx",
        *_tls("imap.gmx.net", "mail.gmx.net"),
        domains=("gmx.de", "gmx.net", "gmx.at", "gmx.ch"),
        exchangers=("mx00.gmx.net", "mx01.gmx.net"),
        advice_code="imap_switch",
    ),
    KnownProvider(
        "gmx_com",
        *_tls("imap.gmx.com", "mail.gmx.com"),
        domains=("gmx.com", "gmx.us"),
        advice_code="imap_switch",
    ),
    KnownProvider(
        "ionos",
        *_tls("imap.ionos.com", "smtp.ionos.com"),
        exchangers=("mx00.ionos.com", "mx01.ionos.com", "perfora.net"),
    ),
    KnownProvider(
        "yandex",
        *_tls("imap.yandex.com", "smtp.yandex.com"),
        domains=("yandex.com", "yandex.ru", "ya.ru"),
        exchangers=("mx.yandex.net", "mx.yandex.ru"),
        advice_code="app_password",
    ),
    KnownProvider(
        "mail_ru",
        *_tls("imap.mail.ru", "smtp.mail.ru"),
        domains=("mail.ru", "bk.ru", "inbox.ru", "list.ru"),
        exchangers=("mxs.mail.ru", "emx.mail.ru"),
        advice_code="app_password",
    ),
    KnownProvider(
        "proton",
        Server("127.0.0.1", 1143, "starttls"),
        Server("127.0.0.1", 1025, "starttls"),
        domains=("proton.me", "protonmail.com", "pm.me"),
        exchangers=("protonmail.ch",),
        advice_code="bridge_needed",
    ),
    KnownProvider(
        "uol",
        *_tls("imap.uol.com.br", "smtps.uol.com.br", submission=True),
        domains=("uol.com.br",),
        exchangers=("mx.uol.com.br",),
        advice_code="imap_switch",
    ),
    KnownProvider(
        "uol_host",
        *_tls("imap.uhserver.com", "smtp.uhserver.com"),
        exchangers=("uhserver.com",),
    ),
    KnownProvider(
        "bol",
        *_tls("imap.bol.com.br", "smtps.bol.com.br", submission=True),
        domains=("bol.com.br",),
        exchangers=("mx.bol.com.br",),
        advice_code="imap_switch",
    ),
    KnownProvider(
        "terra",
        *_tls("imap.terra.com.br", "smtp.terra.com.br", submission=True),
        domains=("terra.com.br",),
        exchangers=("terra.com.br",),
        advice_code="imap_switch",
    ),
    KnownProvider(
        "ig",
        *_tls("imap.ig.com.br", "smtp.ig.com.br"),
        domains=("ig.com.br",),
        advice_code="imap_switch",
    ),
    KnownProvider(
        "locaweb",
        *_tls("email-ssl.com.br", "email-ssl.com.br"),
        exchangers=("email-ssl.com.br", "locaweb.com.br", "locamail.com.br"),
    ),
    KnownProvider(
        "hostinger",
        *_tls("imap.hostinger.com", "smtp.hostinger.com"),
        exchangers=("hostinger.com", "hostinger.com.br"),
    ),
    KnownProvider(
        "titan",
        *_tls("imap.titan.email", "smtp.titan.email"),
        exchangers=("titan.email",),
        advice_code="imap_switch",
    ),
    KnownProvider(
        "hostgator",
        *_tls("mail.{domain}", "mail.{domain}"),
        exchangers=("hostgator.com", "hostgator.com.br", "websitewelcome.com"),
    ),
    KnownProvider(
        "kinghost",
        *_tls("imap.kinghost.net", "smtp.kinghost.net"),
        exchangers=("kinghost.net",),
    ),
    KnownProvider(
        "umbler",
        *_tls("imap.umbler.com", "smtp.umbler.com", submission=True),
        exchangers=("umbler.com",),
    ),
    KnownProvider(
        "skymail",
        *_tls("imap.skymail.net.br", "smtp.skymail.net.br"),
        exchangers=("skymail.net.br",),
    ),
    KnownProvider(
        "amazon_workmail",
        *_tls("imap.mail.us-east-1.awsapps.com", "smtp.mail.us-east-1.awsapps.com"),
        exchangers=("inbound-smtp.us-east-1.amazonaws.com",),
    ),
    KnownProvider(
        "godaddy",
        *_tls("imap.secureserver.net", "smtpout.secureserver.net"),
        exchangers=("secureserver.net",),
    ),
    KnownProvider(
        "rackspace",
        *_tls("secure.emailsrvr.com", "secure.emailsrvr.com"),
        exchangers=("emailsrvr.com",),
    ),
    KnownProvider(
        "ovh",
        *_tls("ssl0.ovh.net", "ssl0.ovh.net"),
        exchangers=("mx1.ovh.net", "mx2.ovh.net", "mx3.ovh.net", "mail.ovh.net"),
    ),
    KnownProvider(
        "gandi",
        *_tls("mail.gandi.net", "mail.gandi.net"),
        exchangers=("mail.gandi.net",),
    ),
    KnownProvider(
        "mailbox_org",
        *_tls("imap.mailbox.org", "smtp.mailbox.org"),
        domains=("mailbox.org",),
        exchangers=("mailbox.org",),
    ),
)


def of_domain(domain: str) -> KnownProvider | None:
    """The provider whose own domain it is."""
    return next((one for one in PROVIDERS if domain in one.domains), None)


def of_exchangers(hosts: Sequence[str]) -> KnownProvider | None:
    """The provider of the first of these mail exchangers that is known; the best comes first."""
    for host in hosts:
        name = host.lower().rstrip(".")
        for one in PROVIDERS:
            if any(name == mx or name.endswith(f".{mx}") for mx in one.exchangers):
                return one
    return None
