"""Signing in to IMAP and SMTP with an OAuth access token (RFC 7628, and XOAUTH2 before it).

Both mechanisms send one string and get either success or a JSON object that says why not; that
object comes as a challenge which the client must answer before the server ends the exchange.
"""

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from backend.mail.server import LoginFailed, Protocol, one_line

Mechanism = Literal["XOAUTH2", "OAUTHBEARER"]
# What the large providers document comes first; the standard's own where only that is offered.
_MECHANISMS: tuple[Mechanism, ...] = ("XOAUTH2", "OAUTHBEARER")
_LONGEST_ANSWER = 16_384


def chosen_mechanism(offered: Iterable[str]) -> Mechanism | None:
    """The mechanism to use of those a server offers, None when it takes no tokens."""
    names = {name.upper() for name in offered}
    return next((one for one in _MECHANISMS if one in names), None)


def is_safe(username: str, token: str) -> bool:
    """False when user name or token would change the meaning of the string they stand in.

    RFC 6750 2.1: a token is printable ASCII without blanks.
    """
    return username.isprintable() and token.isascii() and token.isprintable() and " " not in token


def initial_response(
    mechanism: Mechanism, *, username: str, token: str, host: str, port: int
) -> bytes:
    """What the client says first; `username` and `token` have passed `is_safe`.

    OAUTHBEARER begins with a GS2 header in which "=" and "," are written as codes
    (RFC 7628 3.1, RFC 5801 4).
    """
    if mechanism == "XOAUTH2":
        return f"user={username}\x01auth=Bearer {token}\x01\x01".encode()
    name = username.replace("=", "=3D").replace(",", "=2C")
    return (f"n,a={name},\x01host={host}\x01port={port}\x01auth=Bearer {token}\x01\x01").encode()


def failure_response(mechanism: Mechanism) -> bytes:
    """The client's answer to the server's JSON object (RFC 7628 3.2.3)."""
    return b"\x01" if mechanism == "OAUTHBEARER" else b""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a server takes no token: its status, such as "invalid_token" or "400", and scopes."""

    status: str
    scope: str

    def __str__(self) -> str:
        return " ".join(part for part in (self.status, self.scope) if part)


def read_refusal(challenge: bytes) -> Refusal:
    """The JSON object of a failed exchange; never raises, what it can't read is empty.

    RFC 7628 3.2.2 names the members; XOAUTH2 uses the same and puts a number into status.
    """
    try:
        told = json.loads(challenge[:_LONGEST_ANSWER])
    except (ValueError, RecursionError):
        return Refusal("", "")
    if not isinstance(told, dict):
        return Refusal("", "")
    return Refusal(one_line(told.get("status") or "")[:80], one_line(told.get("scope") or "")[:200])


def decoded(challenge: str | bytes) -> bytes:
    """A challenge out of its base64; b"" when it is none."""
    try:
        return base64.b64decode(challenge)
    except (binascii.Error, ValueError):
        return b""


def token_refused(protocol: Protocol, words: str, refusal: Refusal, *, later: bool) -> LoginFailed:
    """The LoginFailed of a token the server did not take; `later`: it is only busy."""
    return LoginFailed(
        f"login_{protocol}",
        f"{protocol}_login_later" if later else f"{protocol}_token_refused",
        f"{words} {refusal}".strip(),
        "The server is busy; the desk tries again by itself."
        if later
        else "Connect the account again, and check that it may be used by IMAP and SMTP.",
        transient=later,
    )


def tokens_not_taken(protocol: Protocol, offered: str) -> LoginFailed:
    """The LoginFailed of a server that knows no login by token."""
    return LoginFailed(
        f"login_{protocol}",
        f"{protocol}_token_not_offered",
        offered,
        "Check the server's name: this one takes no sign-in by Google or Microsoft.",
    )


def unusable_token(protocol: Protocol) -> LoginFailed:
    """The LoginFailed of a user name or token that can't be sent."""
    return LoginFailed(
        f"login_{protocol}",
        f"{protocol}_token_refused",
        "",
        "Connect the account again: the user name or the token holds a strange character.",
    )
