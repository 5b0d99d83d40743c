"""Shapes of messages: what was said, what came with it, and how it arrived or left."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.api.serializers.base import Ref, StrictSerializer, Text
from backend.api.serializers.deliveries import DeliverySerializer
from backend.api.serializers.deliveries import RecipientSerializer as RecipientSerializer
from backend.tickets.models import Message

SEALS = (("pgp", "PGP"), ("smime", "S/MIME"))


class MailAddress(serializers.Serializer[Any]):
    """A display name and an address."""

    name = serializers.CharField()
    address = serializers.CharField()


class FileLinkSerializer(serializers.Serializer[Any]):
    """The link a mail holds in place of a file (MAIL.md S7)."""

    expires_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)
    opened = serializers.IntegerField(help_text="How often the file was taken.")
    last_opened_at = serializers.DateTimeField(allow_null=True)


class AttachmentSerializer(serializers.Serializer[Any]):
    """A file of a message."""

    id = serializers.UUIDField()
    filename = serializers.CharField()
    content_type = serializers.CharField()
    size = serializers.IntegerField()
    inline = serializers.BooleanField()
    content_id = serializers.CharField()
    disguised = serializers.BooleanField(help_text="Of another kind than its name says.")
    is_mail = serializers.BooleanField(help_text="`attachments/{id}/mail/` shows what is in it.")
    repeated = serializers.BooleanField(
        help_text="An inline image that an earlier message of the ticket held too."
    )
    link = FileLinkSerializer(allow_null=True, help_text="Too large for its mail: a link went.")


class InviteSerializer(serializers.Serializer[Any]):
    """The meeting a mail speaks of (RFC 5545)."""

    method = serializers.CharField(help_text="REQUEST, CANCEL, REPLY ...")
    uid = serializers.CharField()
    summary = serializers.CharField()
    location = serializers.CharField()
    start = serializers.DateTimeField(allow_null=True)
    end = serializers.DateTimeField(allow_null=True)
    all_day = serializers.BooleanField(help_text="Start and end are midnight UTC of the days.")
    floating = serializers.BooleanField(
        help_text="Start and end are what a clock says in a place that is not told."
    )
    organizer = MailAddress(allow_null=True)
    attendees = MailAddress(many=True)


class ForwardedSerializer(serializers.Serializer[Any]):
    """The mail that was forwarded inside a message."""

    to = MailAddress(many=True)
    subject = serializers.CharField()
    date = serializers.CharField(help_text="As it was written.")
    text = serializers.CharField()

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python, so the field is added by name."""
        return super().get_fields() | {"from": MailAddress(allow_null=True)}


class RemoteImagesSerializer(serializers.Serializer[Any]):
    """Images that lie with somebody else."""

    count = serializers.IntegerField()
    allowed = serializers.BooleanField(help_text="One has said to show this sender's at once.")


class LeftOutSerializer(serializers.Serializer[Any]):
    """A file of a mail too large to fetch; it stayed on the mail server."""

    filename = serializers.CharField()
    size = serializers.IntegerField(help_text="In bytes, as it would be transferred.")


class MessageSerializer(serializers.Serializer[Any]):
    """Something said between customer and desk."""

    id = serializers.UUIDField()
    direction = serializers.ChoiceField(choices=Message.Direction.choices)
    sender = MailAddress(allow_null=True, help_text="Who sent it, where that is not the author.")
    reply_to = MailAddress(many=True)
    to = MailAddress(many=True)
    cc = MailAddress(many=True)
    bcc = MailAddress(many=True)
    subject = serializers.CharField()
    text = serializers.CharField()
    html = serializers.CharField(allow_null=True, help_text="Sanitised; show it in a sandbox.")
    reply_text = serializers.CharField(help_text="New words only.")
    created_at = serializers.DateTimeField()
    date_header = serializers.DateTimeField(allow_null=True)
    message_id = serializers.CharField()
    author = Ref(allow_null=True)
    attachments = AttachmentSerializer(many=True)
    left_out = LeftOutSerializer(many=True)
    flags = serializers.ListField(child=serializers.CharField())
    invite = InviteSerializer(allow_null=True)
    signed = serializers.ChoiceField(
        choices=SEALS, allow_null=True, help_text="How; the signature is not checked."
    )
    encrypted = serializers.ChoiceField(choices=SEALS, allow_null=True)
    forwarded = ForwardedSerializer(allow_null=True)
    remote_images = RemoteImagesSerializer()
    has_original = serializers.BooleanField(help_text="`messages/{id}/raw/` gives it.")
    read_at = serializers.DateTimeField(allow_null=True, help_text="A read receipt came back.")
    delivery = DeliverySerializer(allow_null=True)
    inbound_id = serializers.UUIDField(allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python, so the field is added by name."""
        return super().get_fields() | {"from": MailAddress()}


class MailSourceSerializer(serializers.Serializer[Any]):
    """A mail as it came, for reading."""

    size = serializers.IntegerField(help_text="In bytes, of the whole mail.")
    truncated = serializers.BooleanField(help_text="Only the first 256 KiB are shown.")
    headers = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField(), min_length=2, max_length=2),
        help_text="Name as written and decoded value, in order.",
    )

    def get_fields(self) -> dict[str, Any]:
        """`source` is a property of serializers, so the field is added by name."""
        source = serializers.CharField(help_text="What is no UTF-8 is shown as U+FFFD.")
        return super().get_fields() | {"source": source}


class NestedFileSerializer(serializers.Serializer[Any]):
    """A file of a mail inside a mail."""

    index = serializers.IntegerField()
    filename = serializers.CharField()
    content_type = serializers.CharField()
    size = serializers.IntegerField()
    inline = serializers.BooleanField()
    content_id = serializers.CharField()
    disguised = serializers.BooleanField()
    is_mail = serializers.BooleanField(help_text="False: a mail deeper inside is a file.")


class NestedMailSerializer(serializers.Serializer[Any]):
    """A mail inside a mail."""

    subject = serializers.CharField()
    to = MailAddress(many=True)
    cc = MailAddress(many=True)
    date = serializers.DateTimeField(allow_null=True)
    text = serializers.CharField()
    html = serializers.CharField(allow_null=True, help_text="Sanitised; show it in a sandbox.")
    attachments = NestedFileSerializer(many=True)
    invite = InviteSerializer(allow_null=True)
    signed = serializers.ChoiceField(choices=SEALS, allow_null=True)
    encrypted = serializers.ChoiceField(choices=SEALS, allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python, so the field is added by name."""
        return super().get_fields() | {"from": MailAddress(allow_null=True)}


class ImageSenderSerializer(serializers.Serializer[Any]):
    """A sender whose remote images one sees at once."""

    address = serializers.CharField()


class ImageSenderInput(StrictSerializer):
    """A sender to remember."""

    address = Text(max_length=320)
