"""Shapes of the trace of a mail and of the queues."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.api.serializers.base import PageQuery, Ref, Text
from backend.api.serializers.mailboxes import InboundSerializer, OutboundSerializer
from backend.api.serializers.tickets import MergedIntoSerializer
from backend.mailboxes.models import Mailbox


class TraceQuery(PageQuery):
    """What a person pastes."""

    q = Text(max_length=998, help_text="An address, a Message-ID, #number or words of a subject.")
    limit = serializers.IntegerField(required=False, default=20, min_value=1, max_value=50)


class StepSerializer(serializers.Serializer[Any]):
    """Something that happened to a mail."""

    at = serializers.DateTimeField()
    kind = serializers.CharField(
        help_text=(
            "In: on_server, seen, stored, taken, not_understood, parsed, matched, ticket_opened, "
            "reply_added, bounce, automatic, spam, own_mail, duplicate_of, quarantined, "
            "acknowledged, not_acknowledged. Out: written, held, queued, attempt, recipient, "
            "sent, sent_copy, bounce, receipt. Both: decided."
        )
    )

    def get_fields(self) -> dict[str, Any]:
        """`data` is a property of serializers, so it is added by name."""
        return super().get_fields() | {"data": serializers.DictField()}


class WaitSerializer(serializers.Serializer[Any]):
    """What a mail that has not ended waits for."""

    since = serializers.DateTimeField(allow_null=True)
    until = serializers.DateTimeField(allow_null=True)
    code = serializers.CharField(allow_blank=True)

    def get_fields(self) -> dict[str, Any]:
        """`for` is a word of the language, so it is added by name."""
        waits = serializers.CharField(
            help_text=(
                "worker, understanding, next_try, sender, server, next_attempt, server_limit, "
                "mailbox_paused, sending_stopped, sending_held, undo, later, customer_wrote, "
                "person."
            )
        )
        return {"for": waits} | super().get_fields()


class TraceSerializer(serializers.Serializer[Any]):
    """A mail and every step it took."""

    direction = serializers.ChoiceField(choices=["in", "out"])
    id = serializers.UUIDField()
    at = serializers.DateTimeField()
    subject = serializers.CharField()
    from_address = serializers.CharField()
    to = serializers.ListField(child=serializers.CharField())
    message_id = serializers.CharField()
    mailbox = Ref()
    ticket = MergedIntoSerializer(allow_null=True)
    end_state = serializers.CharField(help_text="The fate, or the state of the delivery.")
    ended = serializers.BooleanField()
    waiting = WaitSerializer(allow_null=True)
    has_original = serializers.BooleanField()
    steps = StepSerializer(many=True)


class BehindSerializer(serializers.Serializer[Any]):
    """A mailbox that may hold mail the desk has not seen yet."""

    mailbox = Ref()
    state = serializers.ChoiceField(choices=Mailbox.State.choices)
    unfetched = serializers.IntegerField()
    oldest_unfetched_at = serializers.DateTimeField(allow_null=True)
    last_ok_at = serializers.DateTimeField(allow_null=True)
    failures = serializers.IntegerField()


class TracePage(serializers.Serializer[Any]):
    """The mails a question means, newest first."""

    asked = serializers.ChoiceField(choices=["nothing", "ticket", "address", "subject"])
    results = TraceSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    behind = BehindSerializer(many=True)


class InboundDetailSerializer(InboundSerializer):
    """A received mail with its steps."""

    has_original = serializers.BooleanField()
    ended = serializers.BooleanField()
    waiting = WaitSerializer(allow_null=True)
    steps = StepSerializer(many=True)


class OutboundDetailSerializer(OutboundSerializer):
    """An outgoing mail with its steps."""

    has_original = serializers.BooleanField()
    ended = serializers.BooleanField()
    waiting = WaitSerializer(allow_null=True)
    steps = StepSerializer(many=True)


class QueueLineSerializer(serializers.Serializer[Any]):
    """How many mails are in a state, and since when the oldest is."""

    state = serializers.CharField()
    count = serializers.IntegerField()
    oldest = serializers.DateTimeField(allow_null=True)


class MailboxQueueSerializer(serializers.Serializer[Any]):
    """What waits in one mailbox."""

    mailbox = Ref()
    state = serializers.ChoiceField(choices=Mailbox.State.choices)
    unfetched = serializers.IntegerField()
    oldest_unfetched_at = serializers.DateTimeField(allow_null=True)
    inbound = QueueLineSerializer(many=True)
    outbound = QueueLineSerializer(many=True)


class QueuesSerializer(serializers.Serializer[Any]):
    """What waits, fails or needs a person."""

    inbound = QueueLineSerializer(many=True)
    outbound = QueueLineSerializer(many=True)
    mailboxes = MailboxQueueSerializer(many=True)
