"""Shapes of mailboxes and the mail ledger."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.api.serializers.base import PageQuery, Ref, StrictSerializer, Text
from backend.api.serializers.tickets import MergedIntoSerializer, RecipientSerializer
from backend.mailboxes.models import InboundMail, Mailbox, OutboundMail


class MailboxSerializer(serializers.Serializer[Any]):
    """A mailbox without its secrets."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    address = serializers.CharField()
    aliases = serializers.ListField(child=serializers.CharField())
    imap_host = serializers.CharField()
    imap_port = serializers.IntegerField()
    imap_security = serializers.ChoiceField(choices=Mailbox.Security.choices)
    imap_username = serializers.CharField()
    imap_folder = serializers.CharField()
    smtp_host = serializers.CharField()
    smtp_port = serializers.IntegerField()
    smtp_security = serializers.ChoiceField(choices=Mailbox.Security.choices)
    smtp_username = serializers.CharField()
    after_reading = serializers.ChoiceField(choices=Mailbox.AfterReading.choices)
    move_to = serializers.CharField()
    signature = serializers.CharField()
    import_since = serializers.DateTimeField(allow_null=True)
    state = serializers.ChoiceField(choices=Mailbox.State.choices)
    last_ok_at = serializers.DateTimeField(allow_null=True)
    last_error = serializers.CharField()
    last_error_code = serializers.CharField()
    last_error_at = serializers.DateTimeField(allow_null=True)
    lag_seconds = serializers.IntegerField(allow_null=True)
    is_demo = serializers.BooleanField()
    version = serializers.IntegerField()


class MailboxInput(StrictSerializer):
    """A mailbox's form. Passwords are write-only; left out or empty they stay."""

    name = Text(max_length=120, required=False, allow_blank=True)
    address = Text(max_length=320)
    aliases = serializers.ListField(child=Text(max_length=320), required=False, max_length=50)
    imap_host = Text(max_length=253)
    imap_port = serializers.IntegerField(min_value=1, max_value=65535)
    imap_security = serializers.ChoiceField(choices=Mailbox.Security.choices, required=False)
    imap_username = Text(max_length=320)
    imap_password = Text(max_length=1000, required=False, allow_blank=True, trim_whitespace=False)
    imap_folder = Text(max_length=255, required=False)
    smtp_host = Text(max_length=253)
    smtp_port = serializers.IntegerField(min_value=1, max_value=65535)
    smtp_security = serializers.ChoiceField(choices=Mailbox.Security.choices, required=False)
    smtp_username = Text(max_length=320, required=False, allow_blank=True)
    smtp_password = Text(max_length=1000, required=False, allow_blank=True, trim_whitespace=False)
    after_reading = serializers.ChoiceField(choices=Mailbox.AfterReading.choices, required=False)
    move_to = Text(max_length=255, required=False, allow_blank=True)
    signature = Text(max_length=10_000, required=False, allow_blank=True, trim_whitespace=False)
    import_since = serializers.DateTimeField(
        required=False,
        allow_null=True,
        help_text="Older mail is not read; null: read everything; left out: from now.",
    )
    state = serializers.ChoiceField(choices=["active", "paused"], required=False)


class MailboxTestInput(MailboxInput):
    """Settings to try; with `mailbox`, its stored passwords fill empty ones."""

    mailbox = serializers.UUIDField(required=False)


class TestStepSerializer(serializers.Serializer[Any]):
    """One step of a connection test."""

    step = serializers.CharField()
    ok = serializers.BooleanField()
    code = serializers.CharField(allow_blank=True)
    detail = serializers.CharField(allow_blank=True)
    advice = serializers.CharField(allow_blank=True)
    ms = serializers.IntegerField()


class MailboxTestSerializer(serializers.Serializer[Any]):
    """What a connection test found, up to the step that failed."""

    ok = serializers.BooleanField()
    steps = TestStepSerializer(many=True)


class InboundQuery(PageQuery):
    """Filters of the ledger of received mail."""

    fate = serializers.ChoiceField(choices=InboundMail.Fate.choices, required=False)
    state = serializers.ChoiceField(choices=InboundMail.State.choices, required=False)
    mailbox = serializers.UUIDField(required=False)
    search = Text(required=False, max_length=998, allow_blank=True, default="")


class InboundSerializer(serializers.Serializer[Any]):
    """A received mail and what became of it."""

    id = serializers.UUIDField()
    mailbox = Ref()
    uid = serializers.IntegerField()
    size = serializers.IntegerField()
    internal_date = serializers.DateTimeField(allow_null=True)
    stored_at = serializers.DateTimeField()
    processed_at = serializers.DateTimeField(allow_null=True)
    state = serializers.ChoiceField(choices=InboundMail.State.choices)
    fate = serializers.ChoiceField(choices=InboundMail.Fate.choices, allow_null=True)
    reason = serializers.CharField()
    tries = serializers.IntegerField()
    from_address = serializers.CharField()
    subject = serializers.CharField()
    message_id = serializers.CharField()
    ticket = MergedIntoSerializer(allow_null=True)
    error = serializers.CharField()


class InboundPage(serializers.Serializer[Any]):
    """A page of received mail."""

    results = InboundSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class OutboundQuery(PageQuery):
    """Filters of the outbox."""

    state = serializers.ChoiceField(choices=OutboundMail.State.choices, required=False)
    mailbox = serializers.UUIDField(required=False)
    search = Text(required=False, max_length=998, allow_blank=True, default="")


class OutboundSerializer(serializers.Serializer[Any]):
    """An outgoing mail and how its journey stands."""

    id = serializers.UUIDField()
    mailbox = Ref()
    kind = serializers.ChoiceField(choices=OutboundMail.Kind.choices)
    message_id = serializers.CharField()
    subject = serializers.CharField()
    state = serializers.ChoiceField(choices=OutboundMail.State.choices)
    created_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    next_attempt_at = serializers.DateTimeField()
    tries = serializers.IntegerField()
    last_error = serializers.CharField()
    recipients = RecipientSerializer(many=True)
    ticket = MergedIntoSerializer(allow_null=True)


class OutboundPage(serializers.Serializer[Any]):
    """A page of outgoing mail."""

    results = OutboundSerializer(many=True)
    next = serializers.CharField(allow_null=True)
