"""Shapes of tickets and everything in them."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from backend.api.serializers.base import Choices, PageQuery, Ref, StrictSerializer, Text
from backend.api.serializers.deliveries import DraftSerializer
from backend.api.serializers.messages import MailAddress, MessageSerializer
from backend.core.errors import FieldError
from backend.mailboxes.models import OutboundMail
from backend.tickets.models import Message, Status, Ticket
from backend.tickets.selectors import ORDERS


@extend_schema_field(OpenApiTypes.STR)
class AssigneeField(serializers.Field[Any, Any, Any, Any]):
    """A person's id, "me" or "none"."""

    def to_internal_value(self, data: Any) -> uuid.UUID | str:
        """The id or the word; a 400 for anything else."""
        if data in {"me", "none"}:
            return str(data)
        try:
            return uuid.UUID(str(data))
        except ValueError as error:
            raise serializers.ValidationError(
                FieldError('Use an id, "me" or "none".', "invalid_choice")
            ) from error

    def to_representation(self, value: Any) -> str:
        """As text."""
        return str(value)


class TicketQuery(PageQuery):
    """Filters of the ticket list; `status` and `priority` take several, separated by commas."""

    status = Choices(required=False, help_text="Slugs separated by commas.")
    status_category = Choices(Status.Category.values, required=False)
    priority = Choices(Ticket.Priority.values, required=False)
    assignee = AssigneeField(required=False, help_text='A person\'s id, "me" or "none".')
    mailbox = serializers.UUIDField(required=False)
    contact = serializers.UUIDField(required=False)
    team = serializers.UUIDField(required=False)
    search = Text(required=False, max_length=500, allow_blank=True, default="")
    deleted = serializers.BooleanField(required=False, default=False)
    attention = serializers.BooleanField(required=False, default=False)
    ordering = serializers.ChoiceField(
        choices=list(ORDERS), required=False, default="-last_activity"
    )


class StatusSerializer(serializers.Serializer[Any]):
    """A state a ticket can be in."""

    slug = serializers.CharField()
    name_pt = serializers.CharField()
    name_en = serializers.CharField()
    category = serializers.ChoiceField(choices=Status.Category.choices)
    position = serializers.IntegerField()


class TicketContact(serializers.Serializer[Any]):
    """Who wrote, and from which address."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    address = serializers.CharField()


class TicketRowSerializer(serializers.Serializer[Any]):
    """A ticket in a list."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    subject = serializers.CharField()
    status = serializers.CharField()
    status_category = serializers.ChoiceField(choices=Status.Category.choices)
    priority = serializers.ChoiceField(choices=Ticket.Priority.choices)
    category = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    contact = TicketContact()
    mailbox = TicketContact()
    assignee = Ref(allow_null=True)
    team = Ref(allow_null=True)
    waiting_since = serializers.DateTimeField(allow_null=True)
    last_activity_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()
    message_count = serializers.IntegerField()
    preview = serializers.CharField()
    last_direction = serializers.ChoiceField(choices=Message.Direction.choices, allow_null=True)
    needs_attention = serializers.BooleanField()
    is_demo = serializers.BooleanField()
    version = serializers.IntegerField()


class TicketPage(serializers.Serializer[Any]):
    """A page of tickets."""

    results = TicketRowSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class CountersSerializer(serializers.Serializer[Any]):
    """How many tickets need somebody; 1000 means 1000 or more."""

    open = serializers.IntegerField()
    mine = serializers.IntegerField()
    unassigned = serializers.IntegerField()
    waiting = serializers.IntegerField()
    attention = serializers.IntegerField()


class NoteSerializer(serializers.Serializer[Any]):
    """Internal words."""

    id = serializers.UUIDField()
    text = serializers.CharField()
    author = Ref()
    created_at = serializers.DateTimeField()


@extend_schema_field(
    {
        "type": "object",
        "properties": {
            "field": {"type": "string", "description": "Which field of the ticket changed."},
            "old": {"description": "Its value before."},
            "new": {"description": "Its value after."},
            "old_name": {"type": ["string", "null"], "description": "Of a person or team."},
            "new_name": {"type": ["string", "null"], "description": "Of a person or team."},
        },
        "additionalProperties": {},
    }
)
class EventData(serializers.DictField):
    """What the history shows about a change; its keys depend on the kind."""


class TicketEventSerializer(serializers.Serializer[Any]):
    """One change in a ticket's life."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    kind = serializers.CharField()
    actor = Ref(allow_null=True)
    cause = serializers.CharField()

    def get_fields(self) -> dict[str, Any]:
        """`data` is a property of serializers, so the field is added by name."""
        return super().get_fields() | {"data": EventData()}


class MergedIntoSerializer(serializers.Serializer[Any]):
    """The ticket this one was merged into."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()


class ReplyDefaultsSerializer(serializers.Serializer[Any]):
    """How an answer would be addressed."""

    to = serializers.ListField(child=serializers.CharField())
    cc = serializers.ListField(child=serializers.CharField())
    subject = serializers.CharField()


class TicketDetailSerializer(TicketRowSerializer):
    """A whole ticket."""

    messages = MessageSerializer(many=True)
    notes = NoteSerializer(many=True)
    history = TicketEventSerializer(many=True)
    merged_into = MergedIntoSerializer(allow_null=True)
    continues = MergedIntoSerializer(allow_null=True)
    forwarded_by = MailAddress(allow_null=True)
    deleted_at = serializers.DateTimeField(allow_null=True)
    reply_defaults = ReplyDefaultsSerializer()


class UndoneSerializer(serializers.Serializer[Any]):
    """A reply taken back, and its ticket as it is now."""

    draft = DraftSerializer()
    ticket = TicketDetailSerializer()


class TicketInput(StrictSerializer):
    """A ticket an agent opens."""

    mailbox = serializers.UUIDField()
    contact_address = Text(max_length=320)
    contact_name = Text(max_length=200, required=False, allow_blank=True, default="")
    subject = Text(max_length=500)
    text = Text(max_length=1_000_000, trim_whitespace=False)
    priority = serializers.ChoiceField(
        choices=Ticket.Priority.choices, required=False, default=Ticket.Priority.NORMAL
    )
    send = serializers.BooleanField(required=False, default=False)


class TicketChange(StrictSerializer):
    """Fields to change; those left out stay."""

    subject = Text(max_length=500, required=False, allow_blank=True)
    status = Text(max_length=40, required=False)
    priority = serializers.ChoiceField(choices=Ticket.Priority.choices, required=False)
    assignee = serializers.UUIDField(required=False, allow_null=True)
    team = serializers.UUIDField(required=False, allow_null=True)
    tags = serializers.ListField(child=Text(max_length=60), required=False, max_length=30)
    category = Text(max_length=80, required=False, allow_blank=True)


class ReplyInput(StrictSerializer):
    """An answer to the customer; `to` and `cc` left out: as the conversation suggests."""

    text = Text(max_length=1_000_000, trim_whitespace=False, allow_blank=True)
    to = serializers.ListField(child=Text(max_length=320), required=False, max_length=100)
    cc = serializers.ListField(child=Text(max_length=320), required=False, max_length=100)
    bcc = serializers.ListField(child=Text(max_length=320), required=False, max_length=100)
    status_after = Text(max_length=40, required=False)
    files = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        max_length=100,
        help_text="Attachments of the ticket, or of a draft taken back, to send along.",
    )
    send_at = serializers.DateTimeField(
        required=False, help_text="Leave then, at most a year from now; left out: now."
    )
    if_answered = serializers.ChoiceField(
        choices=OutboundMail.IfAnswered.choices,
        required=False,
        help_text="What happens to a reply for later when the customer writes first.",
    )
    undo = serializers.BooleanField(
        required=False, default=True, help_text="Wait the mailbox's undo window first."
    )


class NoteInput(StrictSerializer):
    """An internal note."""

    text = Text(max_length=200_000, trim_whitespace=False, allow_blank=True)
