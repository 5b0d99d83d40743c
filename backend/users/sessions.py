"""Signing in: short access tokens (JWT) and one rotating refresh token a browser.

A refresh token is 256 random bits of which only the hash is stored. Using it replaces it; a
token that was replaced already is a stolen one, and the whole session ends (SECURITY.md V7).
"""

from __future__ import annotations

import hashlib
import secrets
import time
import uuid
from dataclasses import dataclass
from datetime import timedelta

import jwt
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from backend.audit.services import Actor, record
from backend.core.errors import DeskError
from backend.core.keys import derived_key
from backend.core.text import one_line
from backend.users.models import ApiToken, Session, User

ACCESS_SECONDS = 600
SESSION_DAYS = 14
# Two tabs may refresh with the same cookie at once; the loser is no thief.
_GRACE = timedelta(seconds=15)
_ALGORITHM = "HS256"
_ISSUER = "desk"
_TOKEN_PREFIX = "desk_"  # noqa: S105 - lets a program's token be told from a JWT


class NotSignedIn(DeskError):
    """The credentials or token are wrong, expired or revoked."""

    code = "not_authenticated"


@dataclass(frozen=True)
class SignedIn:
    """What a browser gets: the access token, and a refresh token unless it keeps its own."""

    user: User
    session: Session
    access: str
    refresh: str | None


def sign_in(
    *, email: str, password: str, user_agent: str, ip: str | None, actor: Actor
) -> SignedIn:
    """Check a password and open a session. Raises NotSignedIn, at the same cost for all."""
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None or not user.is_active:
        make_password(password)  # an unknown address must take as long as a wrong password
        raise NotSignedIn("E-mail or password is wrong.", code="wrong_credentials")
    if not user.check_password(password):
        raise NotSignedIn("E-mail or password is wrong.", code="wrong_credentials")
    return open_session(user=user, user_agent=user_agent, ip=ip, actor=actor)


@transaction.atomic
def open_session(*, user: User, user_agent: str, ip: str | None, actor: Actor) -> SignedIn:
    """A new session of `user`."""
    refresh = secrets.token_urlsafe(32)
    session = Session.objects.create(
        user=user,
        refresh_hash=_hash(refresh),
        expires_at=timezone.now() + timedelta(days=SESSION_DAYS),
        user_agent=one_line(user_agent, limit=200),
        ip=ip,
    )
    User.objects.filter(pk=user.pk).update(last_login=Now())
    record(actor=actor, action="user.sign_in", object_type="user", object_id=user.id)
    return SignedIn(user, session, access_token(user, session), refresh)


def refresh(*, token: str, actor: Actor) -> SignedIn:
    """Exchange a refresh token for a new pair; raises NotSignedIn.

    1. Replace the hash in one UPDATE that names the old one; who changes the row has won.
    2. A token replaced seconds ago gets an access token only: the other tab has the new cookie.
    3. A token replaced before that was stolen from somebody: the session ends.
    """
    old, new = _hash(token), secrets.token_urlsafe(32)
    # No join: of an UPDATE that waited, PostgreSQL checks again the conditions on the row alone.
    active = User.objects.filter(is_active=True)
    alive = Q(revoked_at__isnull=True, expires_at__gt=Now(), user__in=active)
    won = Session.objects.filter(alive, refresh_hash=old).update(
        refresh_hash=_hash(new), previous_hash=old, rotated_at=Now()
    )
    if won:
        session = Session.objects.select_related("user").get(previous_hash=old)
        return SignedIn(session.user, session, access_token(session.user, session), new)
    late = Session.objects.select_related("user").filter(alive, previous_hash=old).first()
    if late is None:
        raise NotSignedIn("Your session has ended: sign in again.")
    if timezone.now() - late.rotated_at <= _GRACE:
        return SignedIn(late.user, late, access_token(late.user, late), None)
    with transaction.atomic():
        Session.objects.filter(pk=late.pk).update(revoked_at=Now())
        record(actor=actor, action="session.reuse", object_type="session", object_id=late.id)
    raise NotSignedIn("This session was used twice and has been ended: sign in again.")


@transaction.atomic
def sign_out(*, token: str, actor: Actor) -> None:
    """End the session of a refresh token; an unknown token changes nothing."""
    hashed = _hash(token)
    session = Session.objects.filter(
        Q(refresh_hash=hashed) | Q(previous_hash=hashed), revoked_at__isnull=True
    ).first()
    if session is None:
        return
    Session.objects.filter(pk=session.pk).update(revoked_at=Now())
    record(actor=actor, action="user.sign_out", object_type="user", object_id=session.user_id)


def access_token(user: User, session: Session) -> str:
    """A JWT good for ten minutes, bound to the session."""
    now = int(time.time())
    claims = {
        "iss": _ISSUER,
        "aud": _ISSUER,
        "sub": str(user.id),
        "sid": str(session.id),
        "iat": now,
        "exp": now + ACCESS_SECONDS,
    }
    return jwt.encode(claims, derived_key("access"), algorithm=_ALGORITHM)


def session_of_access_token(token: str) -> Session:
    """The live session (with its user) of a JWT; raises NotSignedIn, also for a revoked one."""
    try:
        claims = jwt.decode(
            token,
            derived_key("access"),
            algorithms=[_ALGORITHM],
            audience=_ISSUER,
            issuer=_ISSUER,
            leeway=5,
            options={"require": ["exp", "sub", "sid"]},
        )
        session_id = uuid.UUID(str(claims["sid"]))
    except (jwt.PyJWTError, ValueError) as error:
        raise NotSignedIn("The access token is wrong or has expired.") from error
    session = (
        Session.objects.select_related("user")
        .filter(pk=session_id, revoked_at__isnull=True, expires_at__gt=Now(), user__is_active=True)
        .first()
    )
    if session is None:
        raise NotSignedIn("Your session has ended: sign in again.")
    return session


@transaction.atomic
def create_api_token(*, actor: Actor, user: User, name: str) -> str:
    """A new token for programs acting as `user`; the text is shown once and not kept."""
    token = _TOKEN_PREFIX + secrets.token_urlsafe(32)
    row = ApiToken.objects.create(
        user=user, name=one_line(name, limit=80) or "token", token_hash=_hash(token)
    )
    record(
        actor=actor,
        action="token.create",
        object_type="api_token",
        object_id=row.id,
        after={"user": user.email, "name": row.name},
    )
    return token


def is_api_token(token: str) -> bool:
    """True when the text has the form of a program's token."""
    return token.startswith(_TOKEN_PREFIX)


def user_of_api_token(token: str) -> User:
    """The active person behind a program's token; raises NotSignedIn."""
    row = (
        ApiToken.objects.select_related("user")
        .filter(token_hash=_hash(token), revoked_at__isnull=True, user__is_active=True)
        .filter(Q(expires_at__isnull=True) | Q(expires_at__gt=Now()))
        .first()
    )
    if row is None:
        raise NotSignedIn("The API token is wrong, expired or revoked.")
    # Once a minute is exact enough, and a busy program must not write at each request.
    ApiToken.objects.filter(pk=row.pk).filter(
        Q(last_used_at__isnull=True) | Q(last_used_at__lt=Now() - timedelta(minutes=1))
    ).update(last_used_at=Now())
    return row.user


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
