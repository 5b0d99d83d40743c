"""What differs between the providers a mailbox can sign in at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from django.conf import settings

from backend.core.errors import Missing
from backend.mailboxes.models import OAuthClient

_ANY_TENANT = "common"


@dataclass(frozen=True)
class Provider:
    """Where to sign in and what to ask for.

    hosts: mail servers that tokens may be shown to, with everything below them; empty: any, since
    the sign-in server is one of the administrator's own. own: that is so.
    """

    name: str
    authorize_url: str
    token_url: str
    scope: str
    hosts: tuple[str, ...]
    extra: Mapping[str, str] = field(default_factory=dict)
    own: bool = False

    def may_see_tokens(self, host: str) -> bool:
        """True when a mail server belongs to this provider."""
        name = host.lower().rstrip(".")
        return not self.hosts or any(name == one or name.endswith(f".{one}") for one in self.hosts)


def known() -> tuple[str, ...]:
    """The names of all providers."""
    return tuple(OAuthClient.Provider.values)


def provider(name: str, *, tenant: str = "") -> Provider:
    """The provider called `name`, its addresses replaced by DESK_OAUTH_ENDPOINTS; raises Missing.

    `tenant`: of Microsoft; empty: any organisation and private accounts.
    """
    if name == OAuthClient.Provider.GOOGLE:
        found = _google()
    elif name == OAuthClient.Provider.MICROSOFT:
        found = _microsoft(tenant or _ANY_TENANT)
    else:
        raise Missing("There is no such sign-in provider.")
    own = settings.DESK_OAUTH_ENDPOINTS.get(name)
    if own is None:
        return found
    return Provider(
        name=found.name,
        authorize_url=own["authorize"],
        token_url=own["token"],
        scope=found.scope,
        hosts=(),
        extra=found.extra,
        own=True,
    )


def _google() -> Provider:
    return Provider(
        name="google",
        authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
        token_url="https://oauth2.googleapis.com/token",  # noqa: S106 - an address
        scope="https://mail.google.com/ openid email",
        hosts=("gmail.com", "googlemail.com"),
        # Without them a second consent brings no refresh token.
        extra={"access_type": "offline", "prompt": "consent", "include_granted_scopes": "false"},
    )


def _microsoft(tenant: str) -> Provider:
    base = f"https://login.microsoftonline.com/{quote(tenant, safe='')}/oauth2/v2.0"
    return Provider(
        name="microsoft",
        authorize_url=f"{base}/authorize",
        token_url=f"{base}/token",
        scope=(
            "https://outlook.office.com/IMAP.AccessAsUser.All "
            "https://outlook.office.com/SMTP.Send offline_access openid email"
        ),
        hosts=("office365.com", "outlook.com", "office.com"),
        extra={"prompt": "consent"},
    )
