"""Shapes of mailboxes and the mail ledger."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.api.serializers.base import PageQuery, Ref, StrictSerializer, Text
from backend.api.serializers.messages import RecipientSerializer
from backend.api.serializers.tickets import MergedIntoSerializer
from backend.mailboxes.models import InboundMail, Mailbox, OAuthGrant, OutboundMail


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


class GrantSerializer(serializers.Serializer[Any]):
    """How a mailbox is signed in at its provider; never a token."""

    state = serializers.ChoiceField(choices=OAuthGrant.State.choices)
    account = serializers.CharField(help_text="Who signed in there; may be empty.")
    expires_at = serializers.DateTimeField(allow_null=True, help_text="Renewed before.")
    refreshed_at = serializers.DateTimeField(allow_null=True)
    error_code = serializers.CharField()
    error_words = serializers.CharField(help_text="The provider's own.")
    connected_at = serializers.DateTimeField()


HEALTH = ["ok", "waiting", "failing", "paused", "held"]


class MailboxSerializer(serializers.Serializer[Any]):
    """A mailbox without its secrets."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    address = serializers.CharField()
    aliases = serializers.ListField(child=serializers.CharField())
    sign_in = serializers.ChoiceField(choices=Mailbox.SignIn.choices)
    imap_host = serializers.CharField()
    imap_port = serializers.IntegerField()
    imap_security = serializers.ChoiceField(choices=Mailbox.Security.choices)
    imap_username = serializers.CharField()
    imap_folder = serializers.CharField()
    further_folders = serializers.ListField(child=serializers.CharField())
    smtp_host = serializers.CharField()
    smtp_port = serializers.IntegerField()
    smtp_security = serializers.ChoiceField(choices=Mailbox.Security.choices)
    smtp_username = serializers.CharField()
    after_reading = serializers.ChoiceField(choices=Mailbox.AfterReading.choices)
    move_to = serializers.CharField()
    sent_copy = serializers.ChoiceField(choices=Mailbox.SentCopy.choices)
    sent_folder = serializers.CharField()
    undo_seconds = serializers.IntegerField()
    sending_stopped = serializers.BooleanField(help_text="A person stopped it.")
    sending_held_code = serializers.CharField(help_text="Why the desk itself holds everything.")
    largest_sent_bytes = serializers.IntegerField(allow_null=True)
    messages_per_minute = serializers.IntegerField(allow_null=True)
    recipients_per_day = serializers.IntegerField(allow_null=True)
    smtp_connections = serializers.IntegerField(allow_null=True)
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
    silent_before = serializers.DateTimeField(
        allow_null=True, help_text="Mail from before is history: closed, and nobody is told."
    )
    state = serializers.ChoiceField(choices=Mailbox.State.choices)
    health = serializers.ChoiceField(choices=HEALTH)
    grant = GrantSerializer(allow_null=True)
    checked_at = serializers.DateTimeField(allow_null=True)
    unfetched = serializers.IntegerField()
    oldest_unfetched_at = serializers.DateTimeField(allow_null=True)
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


def _limit(meaning: str) -> serializers.IntegerField:
    return serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=2**31 - 1, help_text=meaning
    )


class ImportInput(StrictSerializer):
    """What is read of the mail that lies there already; history enters closed and silent."""

    mode = serializers.ChoiceField(choices=["now", "since", "all"])
    since = serializers.DateField(required=False, help_text="With `since`: the first day read.")


class MailboxInput(StrictSerializer):
    """A mailbox's form. Passwords are write-only; left out or empty they stay."""

    name = Text(max_length=120, required=False, allow_blank=True)
    address = Text(max_length=320)
    aliases = serializers.ListField(child=Text(max_length=320), required=False, max_length=50)
    sign_in = serializers.ChoiceField(choices=Mailbox.SignIn.choices, required=False)
    oauth_request = serializers.UUIDField(
        required=False, help_text="A finished sign-in (`oauth/{provider}/begin/`) of one's own."
    )
    imap_host = Text(max_length=253)
    imap_port = serializers.IntegerField(min_value=1, max_value=65535)
    imap_security = serializers.ChoiceField(choices=Mailbox.Security.choices, required=False)
    imap_username = Text(
        max_length=320, required=False, allow_blank=True, help_text="Empty: the address."
    )
    imap_password = Text(max_length=1000, required=False, allow_blank=True, trim_whitespace=False)
    imap_folder = Text(max_length=255, required=False)
    further_folders = serializers.ListField(
        child=Text(max_length=255), required=False, max_length=50
    )
    smtp_host = Text(max_length=253)
    smtp_port = serializers.IntegerField(min_value=1, max_value=65535)
    smtp_security = serializers.ChoiceField(choices=Mailbox.Security.choices, required=False)
    smtp_username = Text(max_length=320, required=False, allow_blank=True)
    smtp_password = Text(max_length=1000, required=False, allow_blank=True, trim_whitespace=False)
    after_reading = serializers.ChoiceField(choices=Mailbox.AfterReading.choices, required=False)
    move_to = Text(max_length=255, required=False, allow_blank=True)
    sent_copy = serializers.ChoiceField(choices=Mailbox.SentCopy.choices, required=False)
    sent_folder = Text(max_length=255, required=False, allow_blank=True)
    undo_seconds = serializers.IntegerField(required=False, min_value=0, max_value=120)
    largest_sent_bytes = _limit("Files beyond it become links; null: 20 MiB.")
    messages_per_minute = _limit("Null: what the provider is known to allow.")
    recipients_per_day = _limit("Null: what the provider is known to allow.")
    smtp_connections = _limit("At once; null: what the provider is known to allow.")
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
        help_text="As `import`, but older mail read so opens tickets; null: read everything.",
    )
    state = serializers.ChoiceField(choices=["active", "paused"], required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """With `import`, which is no name in Python."""
        return {**super().get_fields(), "import": ImportInput(required=False)}


_EXCHANGE = "Also send a test mail through SMTP and wait for it in the mailbox, up to a minute."


class MailboxTestInput(MailboxInput):
    """Settings to try; with `mailbox`, its stored passwords fill empty ones."""

    mailbox = serializers.UUIDField(required=False)
    exchange = serializers.BooleanField(required=False, help_text=_EXCHANGE)


class StoredTestInput(StrictSerializer):
    """How far a stored mailbox is tried."""

    exchange = serializers.BooleanField(required=False, help_text=_EXCHANGE)


class TestStepSerializer(serializers.Serializer[Any]):
    """One step of a connection test."""

    step = serializers.CharField()
    ok = serializers.BooleanField()
    code = serializers.CharField(allow_blank=True)
    detail = serializers.CharField(allow_blank=True)
    advice = serializers.CharField(allow_blank=True)
    ms = serializers.IntegerField()


class FolderSerializer(serializers.Serializer[Any]):
    """A folder of the mailbox; special_use: what the server calls it for (RFC 6154), or ""."""

    name = serializers.CharField()
    special_use = serializers.CharField(allow_blank=True)
    selectable = serializers.BooleanField()


class MailboxTestSerializer(serializers.Serializer[Any]):
    """What a connection test found, up to the step that failed."""

    ok = serializers.BooleanField()
    steps = TestStepSerializer(many=True)
    folders = FolderSerializer(many=True, help_text="Empty when they could not be listed.")


class MailboxEventSerializer(serializers.Serializer[Any]):
    """Something that happened to a mailbox."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    kind = serializers.CharField()
    data = serializers.DictField(  # type: ignore[assignment]  # the metaclass takes it away
        child=serializers.JSONField()
    )


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
    seen_at = serializers.DateTimeField(allow_null=True)
    stored_at = serializers.DateTimeField()
    taken_at = serializers.DateTimeField(allow_null=True)
    processed_at = serializers.DateTimeField(allow_null=True)
    state = serializers.ChoiceField(choices=InboundMail.State.choices)
    fate = serializers.ChoiceField(choices=InboundMail.Fate.choices, allow_null=True)
    reason = serializers.CharField()
    matched_by = serializers.CharField()
    history = serializers.BooleanField()
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
