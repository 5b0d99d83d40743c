"""Sign-in by OAuth instead of a password: the desk's registration, each mailbox's tokens."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from backend.core.ids import uuid7
from backend.mailboxes.models.accounts import Mailbox


class OAuthClient(models.Model):
    """How this desk is registered with a provider: an admin copies it from there."""

    class Provider(models.TextChoices):
        GOOGLE = "google"
        MICROSOFT = "microsoft"

    provider = models.CharField(max_length=10, choices=Provider.choices, primary_key=True)
    client_id = models.CharField(max_length=255)
    client_secret_sealed = models.TextField(blank=True)
    tenant = models.CharField(max_length=64, blank=True, help_text="Microsoft: empty is any.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "oauth_clients"

    def __str__(self) -> str:
        return self.provider


class OAuthRequest(models.Model):
    """A sign-in somebody began and has not ended yet; used once, good for ten minutes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    state_hash = models.CharField(max_length=64, unique=True)
    provider = models.CharField(max_length=10, choices=OAuthClient.Provider.choices)
    user = models.ForeignKey("users.User", on_delete=models.CASCADE, related_name="+")
    mailbox = models.ForeignKey(
        Mailbox, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    verifier_sealed = models.TextField(help_text="PKCE's secret (RFC 7636).")
    grant_sealed = models.TextField(blank=True, help_text="The tokens, until a mailbox takes them.")
    account = models.CharField(max_length=320, blank=True, help_text="Who signed in there.")
    error_code = models.CharField(max_length=48, blank=True, help_text="Why it came to nothing.")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "oauth_requests"

    def __str__(self) -> str:
        return f"{self.provider} {self.id}"


class OAuthGrant(models.Model):
    """The tokens a mailbox signs in with, sealed; rotated ones are stored at once (I12)."""

    class State(models.TextChoices):
        CONNECTED = "connected"
        REVOKED = "revoked"

    mailbox = models.OneToOneField(
        Mailbox, on_delete=models.CASCADE, primary_key=True, related_name="grant"
    )
    provider = models.CharField(max_length=10, choices=OAuthClient.Provider.choices)
    account = models.CharField(max_length=320, blank=True)
    scope = models.TextField(blank=True)
    access_token_sealed = models.TextField(blank=True)
    refresh_token_sealed = models.TextField(blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CONNECTED)
    error_code = models.CharField(max_length=48, blank=True)
    error_words = models.TextField(blank=True)
    failures = models.PositiveIntegerField(default=0, help_text="Failed renewals in a row.")
    retry_at = models.DateTimeField(
        null=True, blank=True, help_text="Nobody asks for new tokens before."
    )
    refreshed_at = models.DateTimeField(null=True, blank=True)
    connected_by = models.ForeignKey(
        "users.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    connected_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "oauth_grants"

    def __str__(self) -> str:
        return f"{self.mailbox_id} {self.provider} {self.state}"
