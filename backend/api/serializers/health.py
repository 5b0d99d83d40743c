"""Shapes of alarms, the delivery doctor and the status page."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.api.serializers.base import Ref, StrictSerializer, Text
from backend.mailboxes.models import Alarm


class _WithData(serializers.Serializer[Any]):
    """`data` is a property of serializers, so it is added by name."""

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {"data": serializers.DictField()}


class AlarmSerializer(_WithData):
    """Something about mail that a person must look at. `data` holds count, since or code."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Alarm.Kind.choices)
    mailbox = Ref(allow_null=True)
    since = serializers.DateTimeField()
    told_at = serializers.DateTimeField(allow_null=True)


class FindingSerializer(_WithData):
    """One thing the delivery doctor found, with the record to paste where there is one."""

    check = serializers.CharField(
        help_text="mx, spf, dkim, dmarc, mta_sts, tls_rpt, tls, ptr or domain."
    )
    state = serializers.ChoiceField(choices=["ok", "hint", "warning", "error", "unknown"])
    code = serializers.CharField()
    found = serializers.CharField(allow_blank=True)
    record_name = serializers.CharField(allow_blank=True)
    record_type = serializers.CharField(allow_blank=True)
    record_value = serializers.CharField(allow_blank=True)


class DomainSerializer(serializers.Serializer[Any]):
    """A sending domain and what was found; without a time it was never looked at."""

    domain = serializers.CharField()
    checked_at = serializers.DateTimeField(allow_null=True)
    findings = FindingSerializer(many=True)


class DomainInput(StrictSerializer):
    """A domain a mailbox sends from."""

    domain = Text(max_length=253)


class ComponentSerializer(_WithData):
    """A part of the desk and how it is."""

    name = serializers.CharField(
        help_text="database, broker, worker, beat, monitor, disk, or mailbox:ID."
    )
    state = serializers.ChoiceField(choices=["ok", "warning", "error", "paused", "unknown"])
    code = serializers.CharField(allow_blank=True)
    detail = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField(allow_null=True)


class DeskStatusSerializer(serializers.Serializer[Any]):
    """Every part of the desk."""

    components = ComponentSerializer(many=True)
