"""The tokens a mailbox signs in with: kept sealed, renewed early, by one process at a time (I12).

1. A token is used until five minutes before its end.
2. Then, or when a server refuses it, whoever comes first locks the grant's row and asks the
   provider; the others wait for the lock and find the new token.
3. What the provider gives, a new refresh token above all, is committed before anybody uses it.
4. A provider that is away leaves everything as it is, and is asked again after a while.
5. A grant that is over stops the mailbox visibly: red, its queue held, the administrators told
   (I13, S18). Signing in again ends all of that.
"""

from __future__ import annotations

import logging
import random
import time
import uuid
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from backend.core import doorbell
from backend.core.errors import Conflict
from backend.core.keys import UnreadableSecret, seal, unseal
from backend.events.services import publish
from backend.mail.server import LoginFailed, Protocol
from backend.mailboxes import happenings, sending_limits
from backend.mailboxes.models import Mailbox, OAuthGrant
from backend.mailboxes.oauth import clients, transport
from backend.mailboxes.oauth.consent import Tokens

log = logging.getLogger(__name__)
EARLY = timedelta(minutes=5)
# A server that refuses a token as young as this will refuse the next one too.
_YOUNG = timedelta(seconds=60)
_LONGEST_BACK_OFF_SECONDS = 900.0
HELD_CODES = ("oauth_revoked", "oauth_client_refused")
_ADVICE = {
    "oauth_revoked": "Connect the account again: the provider has ended the desk's access.",
    "oauth_client_refused": "Check the desk's registration with the provider: its id or its "
    "secret is refused.",
    "oauth_token_refused": "Check that IMAP and SMTP are allowed for this account.",
    "oauth_not_connected": "Connect the account: the desk has no access to it.",
    "secret_unreadable": "Connect the account again: its tokens can't be opened with this key.",
}
_LATER = "The provider does not answer; the desk tries again by itself."


def login_by_token(mailbox: Mailbox, protocol: Protocol) -> dict[str, Any]:
    """`access_token` and `renew_token` of the settings of `backend.mail`; asks nobody yet.

    The token is "" when it is due for renewal; raises UnreadableSecret.
    """
    grant = OAuthGrant.objects.filter(mailbox_id=mailbox.pk).first()
    token = ""
    if grant is not None and _fresh(grant):
        token = _open(grant, "access_token")
    return {"access_token": token, "renew_token": partial(renew, mailbox.pk, protocol)}


def renew(mailbox_id: uuid.UUID, protocol: Protocol, refused: str) -> str:
    """A token other than `refused` ("": any that is not due); raises LoginFailed.

    Waits for another process that is just asking. Call it outside of a transaction.
    """
    try:
        with transaction.atomic():
            found = _renewed(mailbox_id, refused)
    except UnreadableSecret as error:
        found = transport.Revoked(str(error), code="secret_unreadable")
    if isinstance(found, str):
        return found
    log.warning("mailbox %s: no token: %s", mailbox_id, found.code)
    raise _login_failed(protocol, found)


def renew_due(limit: int = 100, *, seconds: float = 120) -> int:
    """Renew the grants whose tokens are about to end, so that a revoked one is noticed even when
    nobody writes; returns how many were asked for. Failures are noted where people see them.

    None is begun after `seconds`: a task that is ended in the middle would lose a rotated token.
    """
    now = timezone.now()
    due = (
        OAuthGrant.objects.filter(state=OAuthGrant.State.CONNECTED, expires_at__lt=now + EARLY)
        .filter(Q(retry_at__isnull=True) | Q(retry_at__lte=now))
        .exclude(mailbox__state=Mailbox.State.PAUSED)
        .order_by("expires_at")
        .values_list("mailbox_id", flat=True)[:limit]
    )
    asked, until = 0, time.monotonic() + seconds
    for mailbox_id in list(due):
        if time.monotonic() >= until:
            break
        asked += 1
        try:
            renew(mailbox_id, "imap", "")
        except LoginFailed as error:
            log.info("mailbox %s waits for a token: %s", mailbox_id, error.code)
    return asked


def lock(mailbox_id: uuid.UUID) -> None:
    """Lock the grant before its mailbox: the order in which a renewal takes the two."""
    OAuthGrant.objects.select_for_update().filter(mailbox_id=mailbox_id).first()


def connect(mailbox: Mailbox, tokens: Tokens, *, user_id: uuid.UUID | None) -> None:
    """Give a saved mailbox its tokens and end whatever their lack has stopped.

    Inside the caller's transaction, which holds the locks of grant and mailbox.
    """
    grant = OAuthGrant(
        mailbox=mailbox,
        provider=tokens.provider,
        account=tokens.account,
        scope=tokens.scope,
        expires_at=tokens.expires_at,
        refreshed_at=timezone.now(),
        connected_by_id=user_id,
        connected_at=timezone.now(),
    )
    _seal(grant, access_token=tokens.access_token, refresh_token=tokens.refresh_token)
    grant.save()
    happenings.note(mailbox.pk, "account_connected", account=tokens.account)
    _release(mailbox.pk)
    mailbox.sending_held_code = ""


def disconnect(mailbox: Mailbox) -> None:
    """Forget a mailbox's tokens: it signs in by password from now on."""
    deleted, _ = OAuthGrant.objects.filter(mailbox=mailbox).delete()
    if deleted:
        happenings.note(mailbox.pk, "account_disconnected")
    if mailbox.sending_held_code in HELD_CODES:
        mailbox.sending_held_code = ""
    _release(mailbox.pk)


def _renewed(mailbox_id: uuid.UUID, refused: str) -> str | transport.TokenError:
    """The token, or why there is none; errors are returned so that what is noted is kept."""
    grant = OAuthGrant.objects.select_for_update().filter(mailbox_id=mailbox_id).first()
    if grant is None:
        return transport.Revoked("", code="oauth_not_connected")
    if grant.state == OAuthGrant.State.REVOKED:
        return transport.Revoked(grant.error_words, code=grant.error_code or "oauth_revoked")
    current = _open(grant, "access_token")
    if current != refused and _fresh(grant):
        return current  # another process was first
    now = timezone.now()
    if refused and grant.refreshed_at and now - grant.refreshed_at < _YOUNG:
        return transport.Away("The server refuses a token just given.", code="oauth_token_refused")
    if grant.retry_at and grant.retry_at > now:
        kind = transport.ClientRefused if grant.error_code in HELD_CODES else transport.Away
        again = kind(grant.error_words, code=grant.error_code or "oauth_unreachable")
        return _still_good(grant, refused) or again
    try:
        provider, asking = clients.registered(grant.provider)
        told = transport.renewed(asking, provider, _open(grant, "refresh_token"))
    except transport.Revoked as error:
        _stop(grant, error, state=OAuthGrant.State.REVOKED)
        return error
    except transport.ClientRefused as error:
        return _not_known(grant, error, refused)
    except transport.TokenError as error:
        _wait(grant, error)
        return _still_good(grant, refused) or error
    except Conflict as error:  # the desk's registration was taken away
        gone = transport.ClientRefused(error.message, code="oauth_client_refused")
        return _not_known(grant, gone, refused)
    return _store(grant, told)


def _store(grant: OAuthGrant, told: dict[str, Any]) -> str:
    """Keep what the provider gave; the transaction's commit comes before anybody uses it."""
    token: str = told["access_token"]
    _seal(grant, access_token=token, refresh_token=told.get("refresh_token", ""))
    now = timezone.now()
    was_failing = bool(grant.failures)
    grant.expires_at = now + timedelta(seconds=told["expires_in"])
    grant.scope = told.get("scope", grant.scope)
    grant.refreshed_at, grant.retry_at, grant.failures = now, None, 0
    grant.error_code = grant.error_words = ""
    grant.save()
    if was_failing:
        happenings.note(grant.mailbox_id, "token_refreshed")
        _release(grant.mailbox_id)
    publish("mailbox.updated", mailbox_id=grant.mailbox_id)
    return token


def _wait(grant: OAuthGrant, error: transport.TokenError) -> None:
    """Keep the old tokens and say when the provider is asked again."""
    grant.failures += 1
    longest = min(_LONGEST_BACK_OFF_SECONDS, 5.0 * 2 ** min(grant.failures, 10))
    wait = longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads requests, no secret
    grant.retry_at = timezone.now() + timedelta(seconds=wait)
    grant.error_code, grant.error_words = error.code, error.words
    grant.save()
    happenings.note(grant.mailbox_id, "token_failed", code=error.code, words=error.words)


def _not_known(
    grant: OAuthGrant, error: transport.ClientRefused, refused: str
) -> str | transport.TokenError:
    """The provider refuses the desk itself: the old token as long as it lives, then stop."""
    _wait(grant, error)
    token = _still_good(grant, refused)
    if token:
        return token
    _stop(grant, error, state=grant.state)
    return error


def _stop(grant: OAuthGrant, error: transport.TokenError, *, state: str) -> None:
    """A person must act: red mailbox, its queue held (I13, S18); `alarms` tells the people."""
    grant.state = state
    grant.error_code, grant.error_words = error.code, error.words
    if state == OAuthGrant.State.REVOKED:
        _seal(grant, access_token="", refresh_token="")
    grant.save()
    held = error.code if error.code in HELD_CODES else "oauth_revoked"
    row = Mailbox.objects.filter(pk=grant.mailbox_id)
    row.update(
        sending_held_code=held,
        last_error=f"{error.words} {_ADVICE.get(error.code, '')}".strip(),
        last_error_code=error.code,
        last_error_at=Now(),
    )
    row.exclude(state=Mailbox.State.PAUSED).update(state=Mailbox.State.ERROR)
    happenings.note(grant.mailbox_id, "sign_in_revoked", code=error.code, words=error.words)
    publish("mailbox.updated", mailbox_id=grant.mailbox_id)


def _release(mailbox_id: uuid.UUID) -> None:
    """The sign-in works: let the queue go."""
    held = Mailbox.objects.filter(pk=mailbox_id, sending_held_code__in=HELD_CODES)
    if held.update(sending_held_code=""):
        sending_limits.forget_waits(mailbox_id)
    doorbell.ring_after_commit(doorbell.SEND)


def _fresh(grant: OAuthGrant) -> bool:
    return (
        grant.state == OAuthGrant.State.CONNECTED
        and grant.expires_at is not None
        and grant.expires_at > timezone.now() + EARLY
    )


def _still_good(grant: OAuthGrant, refused: str) -> str:
    """The old token while it lives and nobody refused it, else ""."""
    token = _open(grant, "access_token")
    living = grant.expires_at is not None and grant.expires_at > timezone.now()
    return token if living and token != refused else ""


def _open(grant: OAuthGrant, column: str) -> str:
    return unseal(getattr(grant, f"{column}_sealed"), place=_place(grant, column))


def _seal(grant: OAuthGrant, *, access_token: str, refresh_token: str) -> None:
    """An empty refresh token leaves the old one: not every renewal brings another."""
    grant.access_token_sealed = seal(access_token, place=_place(grant, "access_token"))
    if refresh_token or not access_token:
        grant.refresh_token_sealed = seal(refresh_token, place=_place(grant, "refresh_token"))


def _place(grant: OAuthGrant, column: str) -> str:
    return f"oauth_grants:{grant.mailbox_id}:{column}"


def _login_failed(protocol: Protocol, error: transport.TokenError) -> LoginFailed:
    later = isinstance(error, transport.Away)
    advice = _ADVICE.get(error.code, _LATER if later else _ADVICE["oauth_revoked"])
    return LoginFailed(f"login_{protocol}", error.code, error.words, advice, transient=later)
