"""How this desk is registered with each provider."""

from __future__ import annotations

import re
from typing import Any

from authlib.integrations.requests_client import OAuth2Session
from django.conf import settings
from django.db import transaction

from backend.audit.services import Actor, record
from backend.core.errors import Conflict, FieldError, Invalid
from backend.core.keys import seal, unseal
from backend.core.text import storable
from backend.mailboxes.models import OAuthClient, OAuthGrant
from backend.mailboxes.oauth import transport
from backend.mailboxes.oauth.providers import Provider, known, provider

CALLBACK = "/api/v1/oauth/callback/"
# A domain name or a GUID: it becomes a part of an address.
_TENANT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,62}[A-Za-z0-9])?")


def redirect_uri() -> str:
    """Where providers send people back to; it is registered there, letter by letter."""
    return f"{settings.DESK_BASE_URL}{CALLBACK}"


def shown() -> list[dict[str, Any]]:
    """Every provider with what is registered: [{provider, configured, client_id, tenant,
    redirect_uri}]; never a secret."""
    rows = {row.provider: row for row in OAuthClient.objects.all()}
    return [_shown(name, rows.get(name)) for name in known()]


@transaction.atomic
def set_client(
    *, actor: Actor, name: str, client_id: str, client_secret: str, tenant: str
) -> dict[str, Any]:
    """Register the desk with a provider; an empty secret keeps the stored one, an empty
    `client_id` forgets all. Returns it as in `shown`; raises Missing, Invalid."""
    provider(name)
    before = OAuthClient.objects.select_for_update().filter(provider=name).first()
    if not client_id.strip():
        OAuthClient.objects.filter(provider=name).delete()
        _record(actor, name, before, None, secret=False)
        return _shown(name, None)
    values = _checked(name, client_id, client_secret, tenant)
    row = OAuthClient(provider=name, **values)
    if client_secret:
        row.client_secret_sealed = seal(client_secret.strip(), place=_place(name))
    elif before is not None and before.client_id == row.client_id:
        row.client_secret_sealed = before.client_secret_sealed
    row.save()
    OAuthGrant.objects.filter(provider=name).update(retry_at=None)  # it may work now
    _record(actor, name, before, row, secret=bool(client_secret))
    return _shown(name, row)


def registered(name: str) -> tuple[Provider, OAuth2Session]:
    """A provider and a session that speaks for this desk; raises Missing, or Conflict when the
    desk is not registered there, or UnreadableSecret."""
    provider(name)
    row = OAuthClient.objects.filter(provider=name).first()
    if row is None:
        raise Conflict(
            "An administrator must register the desk with this provider first.",
            code="oauth_not_configured",
        )
    found = provider(name, tenant=row.tenant)
    return found, transport.session(
        found,
        client_id=row.client_id,
        client_secret=unseal(row.client_secret_sealed, place=_place(name)),
        redirect_uri=redirect_uri(),
    )


def _place(name: str) -> str:
    return f"oauth_clients:{name}:client_secret"


def _checked(name: str, client_id: str, client_secret: str, tenant: str) -> dict[str, str]:
    wrong: dict[str, list[FieldError]] = {}
    values = {"client_id": storable(client_id).strip(), "tenant": tenant.strip()}
    for field, text in (("client_id", values["client_id"]), ("client_secret", client_secret)):
        if not text.strip().isprintable():
            wrong[field] = [FieldError("Control characters are not allowed.", "control_characters")]
    if name != OAuthClient.Provider.MICROSOFT:
        values["tenant"] = ""
    if values["tenant"] and not _TENANT.fullmatch(values["tenant"]):
        wrong["tenant"] = [FieldError("Copy the tenant's id from the provider.", "invalid")]
    if wrong:
        raise Invalid("Some settings are wrong: " + ", ".join(sorted(wrong)), fields=wrong)
    return values


def _shown(name: str, row: OAuthClient | None) -> dict[str, Any]:
    return {
        "provider": name,
        "configured": row is not None,
        "client_id": row.client_id if row else "",
        "tenant": row.tenant if row else "",
        "redirect_uri": redirect_uri(),
    }


def _record(
    actor: Actor, name: str, before: OAuthClient | None, after: OAuthClient | None, *, secret: bool
) -> None:
    told = [
        None if row is None else {"client_id": row.client_id, "tenant": row.tenant}
        for row in (before, after)
    ]
    if secret and told[1] is not None:
        told[1]["client_secret"] = "changed"  # noqa: S105 - says that, not what
    record(
        actor=actor,
        action="oauth_client.change",
        object_type="oauth_client",
        object_id=name,
        before=told[0],
        after=told[1],
    )
