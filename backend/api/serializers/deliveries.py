"""Shapes of a mail's journey out of the desk, and of what people decide about it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.api.serializers.base import StrictQuery, StrictSerializer, Text
from backend.mail.smtp_reasons import REASONS
from backend.mailboxes.models import OutboundMail, OutboundRecipient

_REASONS = [("", ""), *((one, one) for one in REASONS)]


class RecipientSerializer(serializers.Serializer[Any]):
    """One recipient and the mail server's answer for it."""

    address = serializers.CharField()
    kind = serializers.ChoiceField(choices=OutboundRecipient.Kind.choices)
    state = serializers.ChoiceField(choices=OutboundRecipient.State.choices)
    code = serializers.IntegerField(allow_null=True)
    text = serializers.CharField()
    settled_at = serializers.DateTimeField(
        allow_null=True, required=False, help_text="When it accepted or finally refused."
    )


class DeliveryAttemptSerializer(serializers.Serializer[Any]):
    """One conversation with a mail server."""

    number = serializers.IntegerField()
    at = serializers.DateTimeField()
    phase = serializers.CharField(
        help_text="How far it came: prepare, connect, ehlo, starttls, login, mail, rcpt, data, "
        "body, dot, done."
    )
    outcome = serializers.CharField(help_text="sent, deferred, failed or uncertain.")
    code = serializers.IntegerField(allow_null=True)
    text = serializers.CharField()
    server = serializers.CharField()


class DeliverySerializer(serializers.Serializer[Any]):
    """How a mail's journey stands, and what the person who asks may do about it."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=OutboundMail.State.choices)
    hold = serializers.ChoiceField(
        choices=[("", ""), *OutboundMail.Hold.choices], help_text="Why it waits while held."
    )
    if_answered = serializers.ChoiceField(choices=OutboundMail.IfAnswered.choices)
    leaves_at = serializers.DateTimeField(allow_null=True, help_text="Null: not by itself.")
    can_undo = serializers.BooleanField()
    can_cancel = serializers.BooleanField()
    can_retry = serializers.BooleanField()
    last_error = serializers.CharField(help_text="The server's words.")
    last_error_code = serializers.ChoiceField(choices=_REASONS, help_text="For translation.")
    next_attempt_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    tries = serializers.IntegerField()
    sent_copy = serializers.ChoiceField(choices=OutboundMail.SentCopy.choices)
    looked_in_sent_at = serializers.DateTimeField(allow_null=True)
    recipients = RecipientSerializer(many=True)
    attempts = DeliveryAttemptSerializer(many=True)


class ScheduleInput(StrictSerializer):
    """When a reply for later leaves, and what happens when the customer writes first."""

    send_at = serializers.DateTimeField()
    if_answered = serializers.ChoiceField(
        choices=OutboundMail.IfAnswered.choices,
        required=False,
        default=OutboundMail.IfAnswered.HOLD,
    )


class RetryInput(StrictSerializer):
    """A person's word about an uncertain mail."""

    found = serializers.ChoiceField(
        choices=[("not_arrived", "not_arrived")],
        required=False,
        help_text="Needed for an uncertain mail only.",
    )


class DraftFileSerializer(serializers.Serializer[Any]):
    """A file of a reply that was taken back; `files` of a new reply takes its id."""

    attachment_id = serializers.UUIDField()
    filename = serializers.CharField()
    size = serializers.IntegerField()
    content_type = serializers.CharField()


class DraftSerializer(serializers.Serializer[Any]):
    """What a reply that was taken back was made of."""

    text = serializers.CharField()
    to = serializers.ListField(child=serializers.CharField())
    cc = serializers.ListField(child=serializers.CharField())
    bcc = serializers.ListField(child=serializers.CharField())
    status_after = serializers.CharField(allow_null=True)
    files = DraftFileSerializer(many=True)


class FileLinkQuery(StrictQuery):
    """What proves that the desk made a link."""

    token = Text(max_length=64)
