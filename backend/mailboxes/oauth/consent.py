"""A person lets the desk into an account: the code flow with PKCE (RFC 6749 4.1, RFC 7636).

1. `begin` keeps a request with the hash of a random state and a sealed verifier, and gives the
   address to open and a key for that browser's cookie.
2. The provider sends the browser back with the state and a code. `finish` takes the state once,
   within ten minutes, from that browser alone, and trades the code for tokens.
3. The tokens wait, sealed, in the request until a mailbox of the same person takes them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from backend.core.errors import Conflict, FieldError, Invalid, Missing
from backend.core.keys import UnreadableSecret, derived_key, seal, unseal
from backend.core.text import one_line
from backend.mailboxes.models import Mailbox, OAuthRequest
from backend.mailboxes.oauth import clients, transport
from backend.users.models import User

LIFETIME = timedelta(minutes=10)
# A person fills in the mailbox's form between signing in and saving.
TAKEN_WITHIN = timedelta(hours=1)
_KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Begun:
    """A sign-in to open in a browser. browser_key: what that browser's cookie must hold."""

    request_id: uuid.UUID
    authorize_url: str
    state: str
    browser_key: str


@dataclass(frozen=True)
class Tokens:
    """What a sign-in brought; it must never be shown, logged or sent anywhere but to its provider.

    expires_at: of the access token. account: who signed in, as the provider says, or "".
    """

    provider: str
    access_token: str
    refresh_token: str
    expires_at: datetime
    scope: str
    account: str

    def __repr__(self) -> str:
        return f"Tokens({self.provider}, {self.account})"


class SignInFailed(Exception):
    """A sign-in that came to nothing; `code` is for translation."""

    def __init__(self, *, code: str) -> None:
        super().__init__(code)
        self.code = code


def cookie_name(state: str) -> str:
    """The cookie that ties one sign-in to the browser it began in."""
    return f"desk_oauth_{_hash(state)[:16]}"


def begin(*, user: User, provider: str, mailbox_id: uuid.UUID | None, hint: str = "") -> Begun:
    """Begin a sign-in; `hint` is the address to sign in with. Raises Missing, Conflict."""
    found, asking = clients.registered(provider)
    mailbox = Mailbox.objects.filter(pk=mailbox_id).first() if mailbox_id else None
    if mailbox_id and mailbox is None:
        raise Missing("There is no such mailbox.")
    OAuthRequest.objects.filter(created_at__lt=timezone.now() - _KEPT).delete()
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
    request = OAuthRequest(
        state_hash=_hash(state),
        provider=provider,
        user=user,
        mailbox=mailbox,
        expires_at=timezone.now() + LIFETIME,
    )
    request.verifier_sealed = seal(verifier, place=_place(request, "verifier"))
    request.save(force_insert=True)
    extra = dict(found.extra)
    hint = hint or (mailbox.address if mailbox else "")
    if hint:
        extra["login_hint"] = hint
    url, _ = asking.create_authorization_url(
        found.authorize_url, state=state, code_verifier=verifier, scope=found.scope, **extra
    )
    return Begun(request.id, url, state, _browser_key(state))


def finish(*, state: str, code: str, error: str, browser_key: str) -> uuid.UUID:
    """Trade the code for tokens; returns the request's id. Raises SignInFailed.

    The state is used up before the provider is asked: whatever happens, it works once.
    """
    request = _used_up(state)
    if not hmac.compare_digest(browser_key, _browser_key(state)):
        raise _failed(request, code="oauth_other_browser")
    if error or not code:
        if error in {"access_denied", "consent_required"}:
            raise _failed(request, code="oauth_denied")
        raise _failed(request, code="oauth_provider_error")
    try:
        tokens = _tokens(request, code)
    except transport.TokenError as failure:
        if isinstance(failure, transport.Revoked):
            raise _failed(request, code="oauth_code_refused") from failure
        raise _failed(request, code=failure.code) from failure
    except UnreadableSecret as failure:
        raise _failed(request, code="secret_unreadable") from failure
    except Conflict as failure:  # the registration was taken away meanwhile
        raise _failed(request, code="oauth_not_configured") from failure
    request.account = tokens.account
    request.grant_sealed = seal(_packed(tokens), place=_place(request, "grant"))
    request.verifier_sealed = ""
    request.save(update_fields=["account", "grant_sealed", "verifier_sealed"])
    return request.id


def progress(*, user: User, request_id: uuid.UUID) -> dict[str, Any]:
    """{state: waiting, done or failed, account, provider, error_code}; raises Missing for
    another person's request."""
    request = OAuthRequest.objects.filter(pk=request_id, user=user).first()
    if request is None:
        raise Missing("There is no such sign-in.")
    failure = request.error_code
    if not failure and request.verifier_sealed and request.expires_at <= timezone.now():
        failure = "oauth_expired"
    state = "failed" if failure else "done" if request.grant_sealed else "waiting"
    if state == "waiting" and not request.verifier_sealed:
        state = "done"  # a mailbox has taken the tokens
    return {
        "state": state,
        "account": request.account,
        "provider": request.provider,
        "error_code": failure,
    }


def seen(*, user_id: uuid.UUID | None, request_id: uuid.UUID, provider: str) -> Tokens:
    """The tokens of a finished sign-in of this person, to try them; raises Invalid."""
    request = OAuthRequest.objects.filter(pk=request_id).first()
    return _opened(request, user_id, provider)


@transaction.atomic
def take(*, user_id: uuid.UUID | None, request_id: uuid.UUID, provider: str) -> Tokens:
    """The tokens of a finished sign-in, which then holds them no more; raises Invalid."""
    request = OAuthRequest.objects.select_for_update().filter(pk=request_id).first()
    tokens = _opened(request, user_id, provider)
    OAuthRequest.objects.filter(pk=request_id).update(grant_sealed="")
    return tokens


def _opened(request: OAuthRequest | None, user_id: uuid.UUID | None, provider: str) -> Tokens:
    usable = (
        request is not None
        and request.user_id == user_id
        and request.provider == provider
        and bool(request.grant_sealed)
        and request.created_at > timezone.now() - TAKEN_WITHIN
    )
    if request is None or not usable:
        raise Invalid(
            "Sign in with the provider again.",
            fields={"oauth_request": [FieldError("Sign in again.", "oauth_request_over")]},
        )
    return _unpacked(unseal(request.grant_sealed, place=_place(request, "grant")))


@transaction.atomic
def _used_up(state: str) -> OAuthRequest:
    request = OAuthRequest.objects.select_for_update().filter(state_hash=_hash(state)).first()
    if request is None or request.used_at is not None or not request.user.is_active:
        raise SignInFailed(code="oauth_state_unknown")
    if request.expires_at <= timezone.now():
        raise SignInFailed(code="oauth_expired")
    request.used_at = timezone.now()
    request.save(update_fields=["used_at"])
    return request


def _failed(request: OAuthRequest, *, code: str) -> SignInFailed:
    request.error_code = code
    request.verifier_sealed = ""
    request.save(update_fields=["error_code", "verifier_sealed"])
    return SignInFailed(code=code)


def _tokens(request: OAuthRequest, code: str) -> Tokens:
    found, asking = clients.registered(request.provider)
    verifier = unseal(request.verifier_sealed, place=_place(request, "verifier"))
    told = transport.exchanged(asking, found, code=code, code_verifier=verifier)
    if "refresh_token" not in told:
        raise transport.Away("The provider gave no refresh token.", code="oauth_no_refresh_token")
    return Tokens(
        provider=request.provider,
        access_token=told["access_token"],
        refresh_token=told["refresh_token"],
        expires_at=timezone.now() + timedelta(seconds=told["expires_in"]),
        scope=told.get("scope", ""),
        account=_account(told.get("id_token", "")),
    )


def _account(id_token: str) -> str:
    """Who signed in, for people to read. The token came straight from the provider over TLS, so
    its signature says nothing more (OpenID Connect Core 3.1.3.7, 6)."""
    try:
        payload = id_token.split(".")[1]
        told = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        account = told.get("email") or told.get("preferred_username") or ""
    except (ValueError, IndexError, AttributeError, RecursionError):
        return ""
    return one_line(account, limit=320) if isinstance(account, str) else ""


def _packed(tokens: Tokens) -> str:
    return json.dumps(
        {
            "provider": tokens.provider,
            "access_token": tokens.access_token,
            "refresh_token": tokens.refresh_token,
            "expires_at": tokens.expires_at.isoformat(),
            "scope": tokens.scope,
            "account": tokens.account,
        }
    )


def _unpacked(text: str) -> Tokens:
    told = json.loads(text)
    return Tokens(**told | {"expires_at": datetime.fromisoformat(told["expires_at"])})


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode("utf-8", "replace")).hexdigest()


def _browser_key(state: str) -> str:
    return hmac.new(derived_key("oauth-browser"), _hash(state).encode(), hashlib.sha256).hexdigest()


def _place(request: OAuthRequest, column: str) -> str:
    return f"oauth_requests:{request.id}:{column}"
