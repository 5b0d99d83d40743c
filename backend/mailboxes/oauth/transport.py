"""How the desk speaks to a provider's token endpoint: authlib over the guarded way out.

Neither a proxy nor a redirect nor a name that points inside can lead a secret elsewhere
(SECURITY.md row 84).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from backend.core import egress
from backend.core.public_addresses import Address
from backend.core.text import one_line
from backend.mailboxes.oauth.providers import Provider

SECONDS = 15.0
_MOST_BYTES = 256 * 1024
_LONGEST_TOKEN = 16_384
_SENT = ("Accept", "Authorization", "Content-Type")
# RFC 6749 5.2 and what Microsoft adds when a person must sign in again.
_REVOKED = {"invalid_grant", "interaction_required", "consent_required", "login_required"}
_MISCONFIGURED = {
    "invalid_client",
    "unauthorized_client",
    "invalid_scope",
    "unsupported_grant_type",
    "invalid_request",
}


class TokenError(Exception):
    """No token came. `code` is for translation, `words` are the provider's."""

    def __init__(self, words: str, *, code: str) -> None:
        super().__init__(f"{code}: {words}")
        self.code, self.words = code, words


class Revoked(TokenError):
    """The grant is over: only a person who signs in again helps."""


class ClientRefused(TokenError):
    """The provider does not know this desk, or its secret is over: an administrator must look."""


class Away(TokenError):
    """The provider does not answer, or answers nonsense: later it may."""


class _Guarded(BaseAdapter):
    """Lets `requests` speak through `egress` alone."""

    def __init__(self, policy: egress.Policy) -> None:
        super().__init__()
        self._policy = policy

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """POST it; raises requests.ConnectionError. Time, TLS and route are the policy's."""
        body = request.body or b""
        if not isinstance(body, str | bytes):
            raise requests.ConnectionError("only texts are sent")
        try:
            answer = egress.post(
                request.url or "",
                body.encode() if isinstance(body, str) else body,
                self._policy,
                headers={x: str(request.headers[x]) for x in _SENT if x in request.headers},
            )
        except egress.EgressError as error:
            raise requests.ConnectionError(str(error)) from error
        response = requests.Response()
        response.status_code = answer.status
        response.url = request.url or ""
        response.request = request
        kept = answer.headers.get("content-type", "")
        response.headers = CaseInsensitiveDict({"content-type": kept})
        response._content = answer.content
        response._content_consumed = True
        return response

    def close(self) -> None:
        """Nothing stays open."""


def _loopback(address: Address) -> bool:
    return address.is_loopback


def _policy(provider: Provider) -> egress.Policy:
    """The open internet; for a sign-in server on this machine, as tests have, that one only."""
    parts = urlsplit(provider.token_url)
    ports = frozenset({parts.port or (443 if parts.scheme == "https" else 80)})
    if provider.own and parts.scheme == "http":
        return egress.Policy(allows=_loopback, ports=ports, seconds=SECONDS, max_bytes=_MOST_BYTES)
    guarded = egress.public_internet()
    return egress.Policy(
        allows=guarded.allows,
        own_names=guarded.own_names,
        ports=ports,
        seconds=SECONDS,
        max_bytes=_MOST_BYTES,
    )


def session(
    provider: Provider, *, client_id: str, client_secret: str, redirect_uri: str
) -> OAuth2Session:
    """An authlib session that asks with PKCE S256 and reaches nothing but the provider."""
    made = OAuth2Session(
        client_id,
        client_secret or None,
        token_endpoint_auth_method="client_secret_post" if client_secret else "none",
        redirect_uri=redirect_uri,
        code_challenge_method="S256",
    )
    made.trust_env = False  # neither .netrc nor a proxy of the environment
    for prefix in list(made.adapters):
        del made.adapters[prefix]
    made.mount("https://", _Guarded(_policy(provider)))
    made.mount("http://", _Guarded(_policy(provider)))
    return made


def exchanged(asking: OAuth2Session, provider: Provider, **how: str) -> dict[str, Any]:
    """What the token endpoint gives for a code; raises TokenError.

    The answer holds at least `access_token`; `refresh_token`, `scope` and `id_token` are text or
    absent; `expires_in` is a number of seconds.
    """
    return _asked(lambda: asking.fetch_token(provider.token_url, **how))


def renewed(asking: OAuth2Session, provider: Provider, refresh_token: str) -> dict[str, Any]:
    """What the token endpoint gives for a refresh token, as `exchanged`; raises TokenError."""
    return _asked(lambda: asking.refresh_token(provider.token_url, refresh_token=refresh_token))


def _asked(ask: Any) -> dict[str, Any]:
    try:
        return _checked(dict(ask()))
    except AuthlibBaseError as error:
        raise _understood(error) from error
    except requests.RequestException as error:
        raise Away(_words(error), code="oauth_unreachable") from error
    # what authlib and int() raise for answers that are no token
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise Away("The provider's answer is no token.", code="oauth_answer_unreadable") from error


def _understood(error: AuthlibBaseError) -> TokenError:
    """The provider's `error` (RFC 6749 5.2) as one of ours; its description is for people."""
    code = str(error.error or "")
    words = one_line(f"{code}: {error.description}" if error.description else code, limit=500)
    if code in _REVOKED:
        return Revoked(words, code="oauth_revoked")
    if code in _MISCONFIGURED:
        return ClientRefused(words, code="oauth_client_refused")
    return Away(words, code="oauth_unreachable")


def _checked(told: dict[str, Any]) -> dict[str, Any]:
    """The answer with values that can be used; raises ValueError."""
    token = told.get("access_token")
    if not isinstance(token, str) or not 0 < len(token) <= _LONGEST_TOKEN or not token.isascii():
        raise ValueError("no access token")
    if str(told.get("token_type") or "Bearer").lower() != "bearer":
        raise ValueError("a token of another kind")
    seconds = int(float(told.get("expires_in") or 3600))
    if not 0 <= seconds <= 400 * 24 * 3600:
        raise ValueError("a strange life time")
    found: dict[str, Any] = {"access_token": token, "expires_in": seconds}
    for name in ("refresh_token", "scope", "id_token"):
        value = told.get(name)
        if isinstance(value, str) and 0 < len(value) <= _LONGEST_TOKEN:
            found[name] = value
    return found


def _words(error: requests.RequestException) -> str:
    if error.response is not None:
        return f"The provider answers with {error.response.status_code}."
    return one_line(str(error), limit=500)
