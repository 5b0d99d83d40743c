"""A sign-in server (RFC 6749, 7636, 7009) on loopback for tests: it issues, ends, rotates, revokes.

with OAuthServer(clients={"desk": "its-secret"}) as server:
    ...  # DESK_OAUTH_ENDPOINTS = server.endpoints("google")
    server.script("error500", times=2)
    server.revoke("support@example.test")

Mail servers of tests ask it who a token belongs to: `account_of`, or by HTTP at /introspect.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

Mode = Literal[
    "invalid_grant", "invalid_client", "error500", "slow", "wrong_json", "no_json", "no_refresh"
]
Consent = Literal["allow", "deny", "page"]
HANG_SECONDS = 60.0
_PAGE = """<!doctype html><title>Sign in</title><h1>Sign in as {account}</h1>
<a href="{allow}">Allow</a> <a href="{deny}">Deny</a>"""


@dataclass
class Code:
    """An authorization code, good once."""

    client_id: str
    redirect_uri: str
    challenge: str
    account: str
    scope: str


@dataclass
class Grant:
    """One person's consent to one client, until revoked."""

    client_id: str
    account: str
    scope: str
    revoked: bool = False
    refresh_token: str = ""


@dataclass
class OAuthServer:
    """Listens on loopback in threads of this process.

    clients: id to secret. seconds: life of an access token. rotate: each renewal gives a new
    refresh token, and the old one is over. consent: what the person at the authorize page does
    at once, or "page" for a page with links. account: who signs in without a login_hint.
    """

    clients: dict[str, str] = field(default_factory=lambda: {"desk": "client-secret"})
    seconds: int = 3600
    rotate: bool = True
    consent: Consent = "allow"
    account: str = "support@example.test"
    port: int = 0

    def __post_init__(self) -> None:
        self.codes: dict[str, Code] = {}
        self.grants: list[Grant] = []
        self.tokens: dict[str, tuple[Grant, float]] = {}
        self.renewals: list[str] = []  # the refresh tokens presented, in order
        self.asked: list[tuple[str, dict[str, str]]] = []  # (path, parameters) in order
        self._faults: list[list[Any]] = []
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """http://127.0.0.1:port"""
        return f"http://127.0.0.1:{self.port}"

    def endpoints(self, *providers: str) -> dict[str, dict[str, str]]:
        """What DESK_OAUTH_ENDPOINTS takes (as JSON) so that providers are this server."""
        mine = {"authorize": f"{self.url}/authorize", "token": f"{self.url}/token"}
        return dict.fromkeys(providers or ("google", "microsoft"), mine)

    def start(self) -> OAuthServer:
        """Listen; `port` is set to the one chosen."""
        oauth = self

        class Handler(_Handler):
            server_state = oauth

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True, name="oauth-server"
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Answer nothing more; safe to call twice."""
        self._closing.set()
        if self._server and self._thread:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join(5.0)
            self._server = self._thread = None

    def __enter__(self) -> OAuthServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def script(self, mode: Mode, *, times: int = 1, seconds: float = 1.0) -> None:
        """Let the next `times` requests to the token endpoint fail (-1: every one).

        slow waits `seconds` and goes on; the others answer at once: with that OAuth error, with
        500, with JSON that is no token, with a page that is no JSON, without a refresh token.
        """
        with self._lock:
            self._faults.append([mode, times, seconds])

    def clear_script(self) -> None:
        """Behave well again."""
        with self._lock:
            self._faults.clear()

    def revoke(self, account: str) -> None:
        """The person takes the consent back: tokens of all kinds are over at once."""
        with self._lock:
            for grant in self.grants:
                if grant.account == account:
                    grant.revoked = True

    def end_tokens(self) -> None:
        """Every access token is over, as if its time had passed; consents stay."""
        with self._lock:
            self.tokens = {token: (grant, 0.0) for token, (grant, _) in self.tokens.items()}

    def account_of(self, token: str) -> str | None:
        """Who a token belongs to, None when it is over or unknown."""
        with self._lock:
            grant, until = self.tokens.get(token, (None, 0.0))
            if grant is None or grant.revoked or until <= time.time():
                return None
            return grant.account

    def authorized(self, account: str) -> tuple[str, str]:
        """(access token, refresh token) of a consent given without a browser."""
        with self._lock:
            told = self._issue(self._granted(next(iter(self.clients)), account, "mail"))
            return told["access_token"], told["refresh_token"]

    def authorize(self, asked: dict[str, str]) -> tuple[int, str]:
        """The authorize endpoint: (302, where to) or (400 or 200, page)."""
        known = asked.get("client_id") in self.clients
        usable = asked.get("response_type") == "code" and asked.get("redirect_uri", "")
        pkce = asked.get("code_challenge_method") == "S256" and asked.get("code_challenge")
        if not known or not usable or not pkce or not asked.get("state"):
            return 400, "client_id, redirect_uri, state and a S256 challenge are needed"
        account = asked.get("login_hint") or self.account
        decision = asked.get("decision") or self.consent
        if decision == "page":
            links = {
                one: f"/authorize?{urlencode(asked | {'decision': one})}"
                for one in ("allow", "deny")
            }
            return 200, _PAGE.format(account=account, **links)
        back = {"state": asked["state"]}
        if decision == "deny":
            back["error"] = "access_denied"
        else:
            code = secrets.token_urlsafe(24)
            with self._lock:
                self.codes[code] = Code(
                    asked["client_id"],
                    asked["redirect_uri"],
                    asked["code_challenge"],
                    account,
                    asked.get("scope", ""),
                )
            back["code"] = code
        return 302, f"{asked['redirect_uri']}?{urlencode(back)}"

    def token(self, asked: dict[str, str]) -> tuple[int, dict[str, Any] | str]:
        """The token endpoint: (status, JSON object or text)."""
        fault = self._take_fault()
        if fault is not None:
            mode, seconds = fault
            if mode == "slow":
                self._closing.wait(seconds)
            elif mode == "error500":
                return 500, "out of order"
            elif mode == "wrong_json":
                return 200, {"token": "nonsense", "expires_in": "soon"}
            elif mode == "no_json":
                return 200, "<html>sign in to the hotel's network</html>"
            elif mode != "no_refresh":
                return 400, {"error": mode, "error_description": "as scripted"}
        with self._lock:
            if self.clients.get(asked.get("client_id", "")) != asked.get("client_secret"):
                return 401, {"error": "invalid_client"}
            kind = asked.get("grant_type")
            if kind == "authorization_code":
                status, told = self._by_code(asked)
            elif kind == "refresh_token":
                status, told = self._by_refresh(asked)
            else:
                return 400, {"error": "unsupported_grant_type"}
        if fault is not None and fault[0] == "no_refresh":
            told.pop("refresh_token", None)
        return status, told

    def _by_code(self, asked: dict[str, str]) -> tuple[int, dict[str, Any]]:
        code = self.codes.pop(asked.get("code", ""), None)
        digest = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            code is None
            or code.redirect_uri != asked.get("redirect_uri")
            or code.client_id != asked.get("client_id")
            or not secrets.compare_digest(challenge, code.challenge)
        ):
            return 400, {"error": "invalid_grant", "error_description": "code not good"}
        return 200, self._issue(self._granted(code.client_id, code.account, code.scope))

    def _by_refresh(self, asked: dict[str, str]) -> tuple[int, dict[str, Any]]:
        given = asked.get("refresh_token", "")
        self.renewals.append(given)
        for grant in self.grants:
            if grant.refresh_token == given and not grant.revoked:
                return 200, self._issue(grant)
        return 400, {"error": "invalid_grant", "error_description": "Token has been revoked."}

    def _granted(self, client_id: str, account: str, scope: str) -> Grant:
        grant = Grant(client_id, account, scope)
        self.grants.append(grant)
        return grant

    def _issue(self, grant: Grant) -> dict[str, Any]:
        access = f"at.{secrets.token_urlsafe(24)}"
        self.tokens[access] = (grant, time.time() + self.seconds)
        told: dict[str, Any] = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": self.seconds,
            "scope": grant.scope,
            "id_token": _id_token(grant.account),
        }
        if self.rotate or not grant.refresh_token:
            grant.refresh_token = f"rt.{secrets.token_urlsafe(24)}"
            told["refresh_token"] = grant.refresh_token
        return told

    def _take_fault(self) -> tuple[Mode, float] | None:
        with self._lock:
            for fault in self._faults:
                if fault[1] != 0:
                    fault[1] -= 1 if fault[1] > 0 else 0
                    return fault[0], fault[2]
        return None

    def note(self, path: str, asked: dict[str, str]) -> None:
        """Remember a request."""
        with self._lock:
            self.asked.append((path, asked))


def _id_token(account: str) -> str:
    """An unsigned OpenID token that names the account."""
    parts = (
        {"alg": "none"},
        {"email": account, "sub": hashlib.sha256(account.encode()).hexdigest()},
    )
    coded = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in parts]
    return b".".join([*coded, b""]).decode()


class _Handler(BaseHTTPRequestHandler):
    """One request; `server_state` is set by the server's own subclass."""

    server_state: OAuthServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """/authorize and /introspect."""
        parts = urlsplit(self.path)
        asked = dict(parse_qsl(parts.query))
        self.server_state.note(parts.path, asked)
        if parts.path == "/authorize":
            status, text = self.server_state.authorize(asked)
            if status == 302:
                self._say(302, b"", "text/plain", location=text)
            else:
                self._say(status, text.encode(), "text/html")
        elif parts.path == "/introspect":
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            account = self.server_state.account_of(token)
            # RFC 7662 2.2: a bad token is no error of the asking
            told = {"email": account or "", "active": account is not None}
            self._json(200, told)
        else:
            self._json(404, {"error": "not_found"})

    def do_POST(self) -> None:
        """/token and /revoke."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = dict(parse_qsl(body.decode("utf-8", "replace")))
        path = urlsplit(self.path).path
        self.server_state.note(path, asked)
        if path == "/token":
            status, told = self.server_state.token(asked)
            if isinstance(told, str):
                self._say(status, told.encode(), "text/html")
            else:
                self._json(status, told)
        elif path == "/revoke":
            for grant in self.server_state.grants:
                if grant.refresh_token == asked.get("token"):
                    grant.revoked = True
            self._json(200, {})
        else:
            self._json(404, {"error": "not_found"})

    def _json(self, status: int, told: dict[str, Any]) -> None:
        self._say(status, json.dumps(told).encode(), "application/json")

    def _say(self, status: int, content: bytes, kind: str, *, location: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: requests hold tokens."""
