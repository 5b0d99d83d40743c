"""A mailbox signed in by OAuth, on real servers: connected, read, sent from, renewed, revoked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client as Browser
from pytest_django.fixtures import Settings

from backend.api.tests.clients import API, Client, client_of
from backend.audit.models import Log
from backend.mail.server import LoginFailed
from backend.mailboxes.models import Mailbox, OAuthClient, OAuthGrant, OutboundMail
from backend.tickets import delivering, intake
from backend.tickets.models import Ticket
from backend.users.models import User
from desk_cli.servers.dovecot import Dovecot
from desk_cli.servers.oauth_server import OAuthServer
from desk_cli.servers.smtp_sink import SmtpSink
from tests.accounts import read
from tests.desk import person
from tests.mails import letter

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = "suporte@empresa.test"
ROOT = Path(__file__).resolve().parents[3]
_RENEW = """
from backend.mailboxes.models import OAuthGrant
from backend.mailboxes.oauth import grants
import hashlib, sys
print("ready", flush=True)
sys.stdin.readline()
token = grants.renew(OAuthGrant.objects.get().mailbox_id, "imap", "")
print(hashlib.sha256(token.encode()).hexdigest(), flush=True)
"""


@dataclass
class Place:
    """A provider: sign-in, IMAP and SMTP."""

    oauth: OAuthServer
    imap: Dovecot
    smtp: SmtpSink


@pytest.fixture
def place(server_folder: Path, settings: Settings) -> Iterator[Place]:
    with (
        OAuthServer(clients={"desk-id": "desk-secret"}) as oauth,
        Dovecot(server_folder / "imap", tokens=f"{oauth.url}/introspect") as imap,
        SmtpSink(tokens=oauth.account_of) as smtp,
    ):
        settings.DESK_OAUTH_ENDPOINTS = oauth.endpoints()
        yield Place(oauth, imap, smtp)


@pytest.fixture
def admin() -> User:
    return person(User.Role.ADMIN)


@pytest.fixture
def desk(admin: User) -> Client:
    return registered(client_of(admin))


def registered(desk: Client) -> Client:
    """The desk, known to the provider."""
    wanted = {"client_id": "desk-id", "client_secret": "desk-secret"}
    assert desk.put(f"{API}/oauth/clients/google/", wanted).status_code == 200
    return desk


def form(place: Place, **changed: Any) -> dict[str, Any]:
    return {
        "name": "Suporte",
        "address": ADDRESS,
        "sign_in": "google",
        "imap_host": "127.0.0.1",
        "imap_port": place.imap.port,
        "imap_security": "none",
        "smtp_host": "127.0.0.1",
        "smtp_port": place.smtp.port,
        "smtp_security": "none",
        "undo_seconds": 0,
        "import": {"mode": "all"},
    } | changed


def consented(url: str) -> str:
    """Where the provider sends a browser that opens `url`."""
    parts = urlsplit(url)
    wire = HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    wire.request("GET", f"{parts.path}?{parts.query}")
    answer = wire.getresponse()
    assert answer.status == 302, answer.read()
    wire.close()
    return answer.headers["Location"]


def signed_in(desk: Client, **asked: Any) -> tuple[str, dict[str, list[str]]]:
    """(request id, query that the app gets) of a sign-in from begin to callback."""
    begun = desk.post(f"{API}/oauth/google/begin/", {"address": ADDRESS} | asked)
    assert begun.status_code == 200, begun.json()
    back = urlsplit(consented(begun.json()["authorize_url"]))
    browser = Browser()
    browser.cookies = begun.cookies
    answer = browser.get(f"{back.path}?{back.query}")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/mailboxes?")
    return begun.json()["request_id"], parse_qs(urlsplit(answer.headers["Location"]).query)


def connected(desk: Client, place: Place) -> str:
    """The id of a mailbox signed in by OAuth."""
    request_id, _ = signed_in(desk)
    made = desk.post(f"{API}/mailboxes/", form(place, oauth_request=request_id))
    assert made.status_code == 201, made.json()
    return str(made.json()["id"])


def card(desk: Client, mailbox_id: str) -> dict[str, Any]:
    shown: dict[str, Any] = desk.get(f"{API}/mailboxes/{mailbox_id}/").json()
    return shown


def kinds(desk: Client, mailbox_id: str) -> list[str]:
    return [one["kind"] for one in desk.get(f"{API}/mailboxes/{mailbox_id}/events/").json()]


def other_process() -> subprocess.Popen[str]:
    """A process of the desk that renews the token once it is told to."""
    from django.conf import settings

    db = connection.settings_dict
    url = f"postgresql://{db['USER']}:{db['PASSWORD']}@{db['HOST']}:{db['PORT']}/{db['NAME']}"
    environment = os.environ | {
        "DATABASE_URL": url,
        "DESK_OAUTH_ENDPOINTS": json.dumps(settings.DESK_OAUTH_ENDPOINTS),
    }
    return subprocess.Popen(
        [sys.executable, "backend/manage.py", "shell", "--no-imports", "-c", _RENEW],
        cwd=ROOT,
        env=environment | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def renewed_by_two_processes() -> list[str]:
    """What two processes that renew at the same moment get, as hashes."""
    children = [other_process(), other_process()]
    found = []
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    for child in children:
        found.append(child.communicate(timeout=60)[0].strip())
        assert child.returncode == 0
    return found


def test_a_mailbox_lives_from_consent_over_renewal_and_revocation_to_consent_again(
    desk: Client, place: Place, admin: User
):
    mailbox_id = connected(desk, place)
    shown = card(desk, mailbox_id)
    assert (shown["sign_in"], shown["imap_username"]) == ("google", ADDRESS)
    assert (shown["grant"]["state"], shown["grant"]["account"]) == ("connected", ADDRESS)
    assert desk.post(f"{API}/mailboxes/{mailbox_id}/test/", {}).json()["ok"]

    # read and send with the first token
    place.imap.deliver(ADDRESS, letter(message_id="first@customers.test"))
    box = Mailbox.objects.get()
    long_ago = box.created_at - timedelta(hours=1)
    assert read(box) == 1
    intake.drain()
    ticket = Ticket.objects.get()
    replies = f"{API}/tickets/{ticket.id}/replies/"
    assert desk.post(replies, {"text": "Vamos ver."}).status_code == 201
    delivering.drain()
    assert [one.username for one in place.smtp.wait_for(1)] == [ADDRESS]
    assert place.oauth.renewals == []

    # the token ends: one of two processes renews, and gets a new refresh token
    OAuthGrant.objects.update(expires_at=long_ago)
    place.oauth.end_tokens()
    place.oauth.script("slow", seconds=0.5)
    one, other = renewed_by_two_processes()
    assert one == other
    assert len(place.oauth.renewals) == 1
    assert len(set(place.oauth.renewals)) == 1

    # a server that refuses a token before its time gets another, once
    place.oauth.end_tokens()
    OAuthGrant.objects.update(refreshed_at=long_ago)
    place.imap.deliver(ADDRESS, letter(message_id="second@customers.test"))
    assert read(box) == 1
    assert len(set(place.oauth.renewals)) == 2

    # consent taken back: red, held, nothing lost
    place.oauth.revoke(ADDRESS)
    OAuthGrant.objects.update(expires_at=long_ago)
    with pytest.raises(LoginFailed) as caught:
        read(box)
    assert (caught.value.code, caught.value.transient) == ("oauth_revoked", False)
    shown = card(desk, mailbox_id)
    assert (shown["health"], shown["state"]) == ("failing", "error")
    assert (shown["sending_held_code"], shown["last_error_code"]) == ("oauth_revoked",) * 2
    assert (shown["grant"]["state"], shown["grant"]["error_code"]) == ("revoked", "oauth_revoked")
    asked = len(place.oauth.renewals)
    assert desk.post(replies, {"text": "Já resolvemos."}).status_code == 201
    delivering.drain()
    assert OutboundMail.objects.filter(state="queued").count() == 1
    assert len(place.smtp.messages) == 1
    with pytest.raises(LoginFailed):
        read(box)
    assert len(place.oauth.renewals) == asked, "a revoked grant is not asked for again"

    # connected again: everything goes on
    request_id, _ = signed_in(desk, mailbox=mailbox_id)
    changed = desk.patch(f"{API}/mailboxes/{mailbox_id}/", {"oauth_request": request_id})
    assert changed.status_code == 200, changed.json()
    assert (changed.json()["state"], changed.json()["sending_held_code"]) == ("active", "")
    delivering.drain()
    assert len(place.smtp.wait_for(2)) == 2
    assert OutboundMail.objects.filter(state="sent").count() == 2
    box.refresh_from_db()
    assert read(box) == 0
    assert {"account_connected", "sign_in_revoked"} <= set(kinds(desk, mailbox_id))
    assert_no_token_was_told(desk, place, mailbox_id)


def assert_no_token_was_told(desk: Client, place: Place, mailbox_id: str) -> None:
    """Neither the API nor the audit log nor the tables hold a token or the secret in the open."""
    secrets = [*place.oauth.tokens, *place.oauth.renewals, "desk-secret"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT json_agg(row_to_json(g))::text FROM oauth_grants g")
        grants = cursor.fetchone()[0]
        cursor.execute("SELECT json_agg(row_to_json(r))::text FROM oauth_requests r")
        requests = cursor.fetchone()[0]
    said = [
        json.dumps(card(desk, mailbox_id)),
        desk.get(f"{API}/mailboxes/{mailbox_id}/events/").content.decode(),
        desk.get(f"{API}/oauth/clients/").content.decode(),
        repr(list(Log.objects.values())),
        grants,
        requests,
    ]
    assert len(secrets) > 3
    assert not [secret for secret in secrets for text in said if secret in text]


def test_a_state_works_once_in_its_own_browser_for_ten_minutes(desk: Client, place: Place):
    def begun() -> tuple[Any, str, str]:
        answer = desk.post(f"{API}/oauth/google/begin/", {})
        back = urlsplit(consented(answer.json()["authorize_url"]))
        return answer, f"{back.path}?{back.query}", answer.json()["request_id"]

    def sent_back(answer: Any, path: str, *, cookies: bool = True) -> dict[str, list[str]]:
        browser = Browser()
        if cookies:
            browser.cookies = answer.cookies
        return parse_qs(urlsplit(browser.get(path).headers["Location"]).query)

    answer, path, request_id = begun()
    assert sent_back(answer, path) == {"oauth": [request_id]}
    assert sent_back(answer, path) == {"oauth_error": ["oauth_state_unknown"]}

    answer, path, request_id = begun()
    assert sent_back(answer, path, cookies=False) == {"oauth_error": ["oauth_other_browser"]}
    assert sent_back(answer, path) == {"oauth_error": ["oauth_state_unknown"]}
    stood = desk.get(f"{API}/oauth/requests/{request_id}/").json()
    assert (stood["state"], stood["error_code"]) == ("failed", "oauth_other_browser")

    answer, path, request_id = begun()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE oauth_requests SET expires_at = now() WHERE id = %s", [request_id])
    assert sent_back(answer, path) == {"oauth_error": ["oauth_expired"]}
    stood = desk.get(f"{API}/oauth/requests/{request_id}/").json()
    assert (stood["state"], stood["error_code"]) == ("failed", "oauth_expired")
    answer, path, request_id = begun()
    OAuthClient.objects.all().delete()
    assert sent_back(answer, path) == {"oauth_error": ["oauth_not_configured"]}
    stood = desk.get(f"{API}/oauth/requests/{request_id}/").json()
    assert (stood["state"], stood["error_code"]) == ("failed", "oauth_not_configured")
    for nonsense in ("", "?state=&code=", "?state=%00&code=x", f"?state={'x' * 9000}"):
        found = sent_back(answer, f"{API}/oauth/callback/{nonsense}")
        assert found == {"oauth_error": ["oauth_state_unknown"]}


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("error500", "oauth_unreachable"),
        ("wrong_json", "oauth_answer_unreadable"),
        ("no_json", "oauth_answer_unreadable"),
        ("no_refresh", "oauth_no_refresh_token"),
        ("invalid_grant", "oauth_code_refused"),
        ("invalid_client", "oauth_client_refused"),
    ],
)
def test_whatever_the_provider_answers_a_sign_in_ends_with_a_reason(
    desk: Client, place: Place, fault: Any, code: str
):
    place.oauth.script(fault)
    request_id, told = signed_in(desk)
    assert told == {"oauth_error": [code]}
    stood = desk.get(f"{API}/oauth/requests/{request_id}/").json()
    assert (stood["state"], stood["error_code"]) == ("failed", code)
    refused = desk.post(f"{API}/mailboxes/", form(place, oauth_request=request_id))
    assert refused.json()["error_codes"] == {"oauth_request": ["oauth_request_over"]}


def test_a_sign_in_belongs_to_one_person_and_to_one_mailbox(desk: Client, place: Place):
    place.oauth.consent = "deny"
    assert signed_in(desk)[1] == {"oauth_error": ["oauth_denied"]}
    place.oauth.consent = "allow"
    request_id, _ = signed_in(desk)
    other = client_of(person(User.Role.ADMIN))
    assert other.get(f"{API}/oauth/requests/{request_id}/").status_code == 404
    wanted = form(place, oauth_request=request_id)
    refused = other.post(f"{API}/mailboxes/", wanted)
    assert refused.json()["error_codes"] == {"oauth_request": ["oauth_request_over"]}
    wrong = desk.post(f"{API}/mailboxes/", wanted | {"sign_in": "microsoft"})
    assert wrong.json()["error_codes"] == {"oauth_request": ["oauth_request_over"]}
    assert desk.post(f"{API}/mailboxes/test/", wanted).json()["ok"]
    assert desk.post(f"{API}/mailboxes/", wanted).status_code == 201
    again = desk.post(f"{API}/mailboxes/", wanted | {"address": "outra@empresa.test"})
    assert again.json()["error_codes"] == {"oauth_request": ["oauth_request_over"]}
    assert desk.get(f"{API}/oauth/requests/{request_id}/").json()["state"] == "done"
    no_sign_in = desk.post(f"{API}/mailboxes/", form(place, address="outra@empresa.test"))
    assert no_sign_in.json()["error_codes"] == {"oauth_request": ["required"]}
    assert Mailbox.objects.count() == 1
