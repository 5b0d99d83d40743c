"""Shapes of mailboxes and the mail ledger."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.api.serializers.base import PageQuery, Ref, StrictSerializer, Text
from backend.api.serializers.messages import RecipientSerializer
from backend.api.serializers.tickets import MergedIntoSerializer
from backend.mailboxes.models import InboundMail, Mailbox, OutboundMail


def _windows() -> serializers.ListField:
    """The windows of one day; `mailboxes.working_hours` checks what they say."""
    window = serializers.ListField(child=Text(max_length=5), max_length=10)
    return serializers.ListField(child=window, required=False, max_length=10)


class WorkingHoursSerializer(StrictSerializer):
    """Windows of each weekday, such as [["09:00", "12:00"], ["13:00", "18:00"]]."""

    mon = _windows()
    tue = _windows()
    wed = _windows()
    thu = _windows()
    fri = _windows()
    sat = _windows()
    sun = _windows()


class PartnerDeskSerializer(StrictSerializer):
    """A desk whose mails carry its own number after `prefix` (MAIL.md T20)."""

    domain = Text(max_length=253)
    prefix = Text(max_length=20)


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
    acknowledge = serializers.BooleanField()
    acknowledgement_pt = serializers.CharField()
    acknowledgement_en = serializers.CharField()
    out_of_hours_pt = serializers.CharField()
    out_of_hours_en = serializers.CharField()
    working_hours = WorkingHoursSerializer()
    time_zone = serializers.CharField()
    authserv_id = serializers.CharField()
    trust_spam_verdict = serializers.BooleanField()
    share_conversations = serializers.BooleanField()
    plus_addressing = serializers.BooleanField()
    reopen_days = serializers.IntegerField()
    partner_desks = PartnerDeskSerializer(many=True)
    import_since = serializers.DateTimeField(allow_null=True)
    state = serializers.ChoiceField(choices=Mailbox.State.choices)
    last_ok_at = serializers.DateTimeField(allow_null=True)
    last_error = serializers.CharField()
    last_error_code = serializers.CharField()
    last_error_at = serializers.DateTimeField(allow_null=True)
    lag_seconds = serializers.IntegerField(allow_null=True)
    is_demo = serializers.BooleanField()
    version = serializers.IntegerField()


def _automatic_words(meaning: str) -> Text:
    """A text of automatic answers, with {ticket}, {subject} and {name}."""
    return Text(
        max_length=10_000,
        required=False,
        allow_blank=True,
        trim_whitespace=False,
        help_text=f"With {{ticket}}, {{subject}}, {{name}}. {meaning}",
    )


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
    acknowledge = serializers.BooleanField(required=False)
    acknowledgement_pt = _automatic_words("Empty: the built-in words.")
    acknowledgement_en = _automatic_words("Empty: the built-in words.")
    out_of_hours_pt = _automatic_words("Sent instead outside the working hours.")
    out_of_hours_en = _automatic_words("Sent instead outside the working hours.")
    working_hours = WorkingHoursSerializer(required=False, help_text="Nothing: always open.")
    time_zone = Text(max_length=64, required=False, allow_blank=True)
    authserv_id = Text(
        max_length=253,
        required=False,
        allow_blank=True,
        help_text="Whose Authentication-Results are believed (RFC 8601 5); empty: nobody's.",
    )
    trust_spam_verdict = serializers.BooleanField(required=False)
    share_conversations = serializers.BooleanField(required=False)
    plus_addressing = serializers.BooleanField(required=False)
    reopen_days = serializers.IntegerField(required=False, min_value=0, max_value=3650)
    partner_desks = PartnerDeskSerializer(many=True, required=False)
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
