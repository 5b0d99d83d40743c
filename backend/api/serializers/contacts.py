"""Shapes of contacts."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.api.serializers.base import PageQuery, Ref, StrictSerializer, Text
from backend.contacts.models import ContactAddress


class ContactQuery(PageQuery):
    """Filters of the contact list."""

    search = Text(required=False, max_length=200, allow_blank=True, default="")


class ContactAddressSerializer(serializers.Serializer[Any]):
    """An address and whether mail to it works."""

    address = serializers.CharField()
    is_primary = serializers.BooleanField()
    state = serializers.ChoiceField(choices=ContactAddress.State.choices)
    state_reason = serializers.CharField()
    bounces = serializers.IntegerField()
    last_bounce_at = serializers.DateTimeField(allow_null=True)


class ContactSerializer(serializers.Serializer[Any]):
    """A customer."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    addresses = ContactAddressSerializer(many=True)
    phone = serializers.CharField()
    company = Ref(allow_null=True)
    notes = serializers.CharField()
    ticket_count = serializers.IntegerField(help_text="1000 means 1000 or more.")
    last_ticket_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    is_demo = serializers.BooleanField()
    version = serializers.IntegerField()


class ContactPage(serializers.Serializer[Any]):
    """A page of contacts."""

    results = ContactSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class ContactInput(StrictSerializer):
    """A contact's form; in a change, fields left out stay."""

    name = Text(max_length=200, allow_blank=True)
    addresses = serializers.ListField(child=Text(max_length=320), max_length=50)
    phone = Text(max_length=40, required=False, allow_blank=True)
    company_name = Text(max_length=160, required=False, allow_blank=True, allow_null=True)
    notes = Text(max_length=100_000, required=False, allow_blank=True)


class AddressInput(StrictSerializer):
    """One of a contact's addresses."""

    address = Text(max_length=320)
