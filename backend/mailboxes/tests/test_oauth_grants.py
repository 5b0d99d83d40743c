"""Renewing tokens when the provider is away, lies, or has ended the access."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from backend.core.errors import Conflict, Invalid, Missing
from backend.mail.server import LoginFailed
from backend.mailboxes import accounts, cards
from backend.mailboxes.models import Mailbox, MailboxEvent, OAuthGrant
from backend.mailboxes.oauth import clients, consent, grants
from backend.mailboxes.oauth.consent import Tokens
from backend.mailboxes.oauth.providers import provider
from backend.mailboxes.services import change_mailbox
from backend.users.models import User
from desk_cli.servers.oauth_server import OAuthServer
from tests.connections import at_once
from tests.desk import TESTS, mailbox, person

pytestmark = pytest.mark.django_db
ACCOUNT = "suporte@desk.test"


@pytest.fixture
def oauth(settings: Settings) -> Iterator[OAuthServer]:
    with OAuthServer(clients={"desk": "secret"}) as server:
        settings.DESK_OAUTH_ENDPOINTS = server.endpoints()
        register("secret")
        yield server


def register(secret: str) -> None:
    for name in ("google", "microsoft"):
        clients.set_client(
            actor=TESTS, name=name, client_id="desk", client_secret=secret, tenant=""
        )


@pytest.fixture
def box(oauth: OAuthServer) -> Mailbox:
    return signed_in(oauth)


def signed_in(oauth: OAuthServer, address: str = ACCOUNT) -> Mailbox:
    """A mailbox with a grant whose access token is about to end."""
    box = mailbox(address)
    access, refresh = oauth.authorized(address)
    box.sign_in = "google"
    box.save()
    soon = timezone.now() + timedelta(minutes=2)
    tokens = Tokens("google", access, refresh, soon, "mail", address)
    grants.connect(box, tokens, user_id=None)
    return box


def token_of(box: Mailbox) -> str:
    settings = accounts.imap_settings(box)
    assert settings.renew_token is not None
    return settings.access_token or settings.renew_token("")


def ends(**when: float) -> None:
    """The access token ends after this time; the provider may be asked again."""
    OAuthGrant.objects.update(expires_at=timezone.now() + timedelta(**when), retry_at=None)


def refused(box: Mailbox) -> LoginFailed:
    with pytest.raises(LoginFailed) as caught:
        token_of(box)
    return caught.value


def test_a_token_is_used_until_five_minutes_before_its_end(oauth: OAuthServer, box: Mailbox):
    first = token_of(box)  # two minutes were left
    assert (len(oauth.renewals), oauth.account_of(first)) == (1, ACCOUNT)
    assert token_of(box) == first
    ends(minutes=6)
    assert token_of(box) == first
    ends(minutes=4)
    assert token_of(box) != first
    assert len(set(oauth.renewals)) == 2, "each renewal shows the newest refresh token"
    settings = accounts.smtp_settings(box)
    assert (settings.password, settings.access_token) == ("", token_of(box))
    assert settings.access_token not in repr(settings)


def test_a_provider_that_gives_no_new_refresh_token_keeps_the_old_one(
    oauth: OAuthServer, box: Mailbox
):
    oauth.rotate = False
    for _ in range(3):
        ends(minutes=1)
        assert oauth.account_of(token_of(box)) == ACCOUNT
    assert len(oauth.renewals) == 3
    assert len(set(oauth.renewals)) == 1


@pytest.mark.parametrize("fault", ["error500", "wrong_json", "no_json"])
def test_a_provider_in_trouble_leaves_the_old_token_in_use_and_is_not_pressed(
    oauth: OAuthServer, box: Mailbox, fault: Any
):
    oauth.script(fault, times=-1)
    old = token_of(box)
    assert oauth.account_of(old) == ACCOUNT
    asked = len(oauth.asked)
    assert token_of(box) == old
    assert len(oauth.asked) == asked, "the next question waits"
    grant = OAuthGrant.objects.get()
    assert (grant.state, grant.failures, bool(grant.retry_at)) == ("connected", 1, True)
    ends(minutes=-1)
    failure = refused(box)
    assert (failure.transient, Mailbox.objects.get().sending_held_code) == (True, "")
    assert Mailbox.objects.get().state == "active"
    oauth.clear_script()
    ends(minutes=-1)
    assert oauth.account_of(token_of(box)) == ACCOUNT
    newest = MailboxEvent.objects.order_by("-id").first()
    assert newest is not None
    assert newest.kind == "token_refreshed"


def test_a_provider_that_is_switched_off_is_named(oauth: OAuthServer, box: Mailbox):
    oauth.stop()
    ends(minutes=-1)
    failure = refused(box)
    assert (failure.code, failure.transient) == ("oauth_unreachable", True)


def test_a_secret_that_is_over_holds_the_queue_until_an_administrator_types_another(
    oauth: OAuthServer, box: Mailbox
):
    oauth.clients["desk"] = "new-secret"
    assert token_of(box), "the token at hand still serves"
    ends(minutes=-1)
    failure = refused(box)
    assert (failure.code, failure.transient) == ("oauth_client_refused", False)
    shown = cards.mailbox(box.id)
    assert (shown["health"], shown["sending_held_code"]) == ("failing", "oauth_client_refused")
    assert shown["grant"]["state"] == "connected"
    register("new-secret")
    assert oauth.account_of(token_of(box)) == ACCOUNT
    assert cards.mailbox(box.id)["sending_held_code"] == ""


def test_a_revoked_grant_holds_one_mailbox_and_no_other(oauth: OAuthServer, box: Mailbox):
    other = signed_in(oauth, "vendas@desk.test")
    OAuthGrant.objects.update(expires_at=timezone.now())
    oauth.revoke(ACCOUNT)
    assert grants.renew_due(seconds=0) == 0  # a task that is short of time begins nothing
    assert grants.renew_due() == 2
    assert cards.mailbox(other.id)["sending_held_code"] == ""
    assert cards.mailbox(box.id)["sending_held_code"] == "oauth_revoked"
    grant = OAuthGrant.objects.get(mailbox=box)
    assert (grant.access_token_sealed, grant.refresh_token_sealed) == ("", "")
    assert grants.renew_due() == 0
    change_mailbox(
        actor=TESTS,
        mailbox_id=box.id,
        values={"sign_in": "password", "imap_password": "correct horse"},
        version=None,
    )
    shown = cards.mailbox(box.id)
    assert (shown["state"], shown["sending_held_code"], shown["grant"]) == ("active", "", None)


def test_a_server_that_refuses_each_new_token_does_not_make_the_desk_ask_on_and_on(
    oauth: OAuthServer, box: Mailbox
):
    first = token_of(box)
    renew = accounts.imap_settings(box).renew_token
    assert renew is not None
    asked = len(oauth.renewals)
    with pytest.raises(LoginFailed) as caught:
        renew(first)
    assert (caught.value.code, len(oauth.renewals)) == ("oauth_token_refused", asked)
    OAuthGrant.objects.update(refreshed_at=timezone.now() - timedelta(minutes=2))
    assert renew(first) != first


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_asks_and_all_get_its_token(oauth: OAuthServer, box: Mailbox):
    oauth.script("slow", seconds=0.3)
    results = at_once(*[lambda: token_of(box)] * 5)
    assert len(set(results)) == 1
    assert len(oauth.renewals) == 1


def test_no_token_is_logged(oauth: OAuthServer, box: Mailbox, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG):
        token_of(box)
        oauth.revoke(ACCOUNT)
        ends(minutes=-1)
        refused(box)
    assert caplog.records
    assert not [one for one in [*oauth.tokens, *oauth.renewals, "secret"] if one in caplog.text]


@pytest.mark.parametrize(
    ("name", "host", "allowed"),
    [
        ("google", "imap.gmail.com", True),
        ("google", "imap.gmail.com.evil.test", False),
        ("google", "evilgmail.com", False),
        ("microsoft", "outlook.office365.com", True),
        ("microsoft", "imap.gmail.com", False),
        ("microsoft", "127.0.0.1", False),
    ],
)
def test_a_token_is_shown_to_its_own_providers_servers_alone(name: str, host: str, allowed: bool):
    assert provider(name).may_see_tokens(host) is allowed
    box = mailbox()
    with pytest.raises(Invalid) as caught:
        change_mailbox(
            actor=TESTS,
            mailbox_id=box.id,
            values={
                "sign_in": name,
                "imap_host": host,
                "imap_security": "tls",
                "smtp_host": host,
                "smtp_security": "tls",
            },
            version=None,
        )
    codes = {field: errors[0].code for field, errors in caught.value.fields.items()}
    if allowed:
        assert codes == {"oauth_request": "required"}
    else:
        assert codes == {"imap_host": "not_the_providers", "smtp_host": "not_the_providers"}


def test_the_authorize_address_asks_for_lasting_access_with_a_proof(oauth: OAuthServer):
    user = person(User.Role.ADMIN)
    begun = consent.begin(user=user, provider="microsoft", mailbox_id=None, hint=ACCOUNT)
    status, _ = oauth.authorize(asked(begun.authorize_url))
    assert status == 302
    told = asked(begun.authorize_url)
    assert told["code_challenge_method"] == "S256"
    assert {"offline_access", "https://outlook.office.com/SMTP.Send"} <= set(told["scope"].split())
    assert told["redirect_uri"] == clients.redirect_uri()
    google = asked(consent.begin(user=user, provider="google", mailbox_id=None).authorize_url)
    assert (google["access_type"], google["prompt"]) == ("offline", "consent")
    assert "https://mail.google.com/" in google["scope"].split()
    assert provider("microsoft").own
    with pytest.raises(Missing):
        consent.begin(user=user, provider="yahoo", mailbox_id=None)
    clients.set_client(actor=TESTS, name="google", client_id="", client_secret="", tenant="")
    with pytest.raises(Conflict) as caught:
        consent.begin(user=user, provider="google", mailbox_id=None)
    assert caught.value.code == "oauth_not_configured"


def asked(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


def test_a_tenant_is_a_part_of_microsofts_address(settings: Settings):
    settings.DESK_OAUTH_ENDPOINTS = {}
    assert "/common/oauth2" in provider("microsoft").token_url
    assert "/empresa.test/oauth2" in provider("microsoft", tenant="empresa.test").token_url
    with pytest.raises(Invalid):
        clients.set_client(
            actor=TESTS, name="microsoft", client_id="x", client_secret="", tenant="a/../b"
        )
