"""What is known of the providers that mail leaves through: their SPF name and DKIM selectors."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Provider:
    """hosts: endings of SMTP host names. spf: what a domain must include. selectors: of DKIM."""

    name: str
    hosts: tuple[str, ...]
    spf: str
    selectors: tuple[str, ...] = ()


PROVIDERS = (
    Provider("Google", ("gmail.com", "googlemail.com", "google.com"), "_spf.google.com",
             ("google",)),
    Provider("Microsoft 365", ("office365.com", "outlook.com"), "spf.protection.outlook.com",
             ("selector1", "selector2")),
    Provider("Zoho", ("zoho.com", "zoho.eu", "zoho.in"), "zoho.com", ("zoho", "zmail")),
    Provider("Fastmail", ("fastmail.com", "messagingengine.com"), "spf.messagingengine.com",
             ("fm1", "fm2", "fm3")),
    Provider("Amazon SES", ("amazonaws.com",), "amazonses.com"),
    Provider("SendGrid", ("sendgrid.net",), "sendgrid.net", ("s1", "s2")),
    Provider("Mailgun", ("mailgun.org",), "mailgun.org", ("mailo", "pic", "k1")),
    Provider("Brevo", ("brevo.com", "sendinblue.com"), "spf.brevo.com", ("mail", "brevo1")),
    Provider("Hostinger", ("hostinger.com", "titan.email"), "_spf.mail.hostinger.com",
             ("hostingermail-a", "hostingermail-b", "hostingermail-c")),
    Provider("Locaweb", ("locaweb.com.br", "email-ssl.com.br"), "_spf.locaweb.com.br"),
)  # fmt: skip
# Asked when nothing is known: a domain's selectors can't be listed (RFC 6376 3.1).
USUAL_SELECTORS = (
    "default", "dkim", "mail", "google", "selector1", "selector2", "s1", "s2", "k1", "smtp",
)  # fmt: skip
# Their addresses are lent: nobody but the provider can change these domains.
LENT_DOMAINS = frozenset(
    "gmail.com googlemail.com outlook.com outlook.com.br hotmail.com hotmail.com.br live.com "  # noqa: SIM905
    "msn.com yahoo.com yahoo.com.br ymail.com icloud.com me.com mac.com aol.com gmx.com gmx.net "
    "proton.me protonmail.com zoho.com fastmail.com yandex.com mail.com uol.com.br bol.com.br "
    "terra.com.br ig.com.br globo.com r7.com".split()
)


def provider_of(host: str) -> Provider | None:
    """The provider a mail server belongs to, by its name; None for one nobody knows."""
    bare = host.lower().rstrip(".")
    for provider in PROVIDERS:
        if any(bare == one or bare.endswith(f".{one}") for one in provider.hosts):
            return provider
    return None
