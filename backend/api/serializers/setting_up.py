"""Shapes of setting a mailbox up: what is found for an address, and signing in by OAuth."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.api.serializers.base import StrictSerializer, Text
from backend.mailboxes.models import Mailbox, OAuthClient


class DiscoverInput(StrictSerializer):
    """The address a mailbox is for."""

    address = Text(max_length=320)


class ProposedServerSerializer(serializers.Serializer[Any]):
    """A server to try."""

    host = serializers.CharField()
    port = serializers.IntegerField()
    security = serializers.ChoiceField(choices=Mailbox.Security.choices)
    username = serializers.CharField()


class DiscoveredSerializer(serializers.Serializer[Any]):
    """What is proposed for an address; nothing of it has been tried."""

    provider = serializers.CharField(
        allow_null=True, help_text="google, microsoft, another known name, or null."
    )
    source = serializers.ChoiceField(  # type: ignore[assignment]  # the metaclass takes it away
        choices=["table", "autoconfig", "srv", "guess"]
    )
    imap = ProposedServerSerializer()
    smtp = ProposedServerSerializer()
    sign_in = serializers.ListField(
        child=serializers.ChoiceField(choices=Mailbox.SignIn.choices),
        help_text="Ways to sign in, the best first.",
    )
    advice_code = serializers.CharField(
        allow_blank=True, help_text="What to know before: app_password, bridge_needed ..."
    )


class OAuthClientSerializer(serializers.Serializer[Any]):
    """How the desk is registered with a provider; never its secret."""

    provider = serializers.ChoiceField(choices=OAuthClient.Provider.choices)
    configured = serializers.BooleanField()
    client_id = serializers.CharField(allow_blank=True)
    tenant = serializers.CharField(allow_blank=True)
    redirect_uri = serializers.CharField(help_text="To be registered there, letter by letter.")


class OAuthClientInput(StrictSerializer):
    """The desk's registration; an empty secret stays, an empty id forgets it all."""

    client_id = Text(max_length=255, allow_blank=True)
    client_secret = Text(max_length=1000, required=False, allow_blank=True, default="")
    tenant = Text(max_length=64, required=False, allow_blank=True, default="")


class OAuthBeginInput(StrictSerializer):
    """Whose account to sign in with: a mailbox's, or the address about to be connected."""

    mailbox = serializers.UUIDField(required=False)
    address = Text(max_length=320, required=False, allow_blank=True)


class OAuthBegunSerializer(serializers.Serializer[Any]):
    """Where to send the browser; the sign-in counts in this browser only."""

    authorize_url = serializers.CharField()
    request_id = serializers.UUIDField()


class OAuthRequestSerializer(serializers.Serializer[Any]):
    """How a sign-in stands."""

    state = serializers.ChoiceField(choices=["waiting", "done", "failed"])
    account = serializers.CharField(allow_blank=True)
    provider = serializers.ChoiceField(choices=OAuthClient.Provider.choices)
    error_code = serializers.CharField(allow_blank=True)
