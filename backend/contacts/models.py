"""People who write to the desk."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now

from backend.core.ids import uuid7


class Company(models.Model):
    """An organisation contacts belong to; `domains` are mail domains in lower case."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=160)
    domains = ArrayField(models.CharField(max_length=253), default=list, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "companies"
        constraints = (models.UniqueConstraint(Lower("name"), name="companies_name_once"),)

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """A customer: one person, one or more addresses."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    company = models.ForeignKey(
        Company, on_delete=models.SET_NULL, null=True, blank=True, related_name="contacts"
    )
    notes = models.TextField(blank=True)
    folded = models.TextField(blank=True, help_text="Name and addresses, folded, for search.")
    is_demo = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "contacts"
        indexes = (
            models.Index(fields=["folded", "id"], name="contacts_by_name"),
            GinIndex(fields=["folded"], name="contacts_by_part", opclasses=["gin_trgm_ops"]),
        )

    def __str__(self) -> str:
        return self.name or str(self.id)


class ContactAddress(models.Model):
    """An e-mail address of a contact, in lower case (MAIL.md T21); one contact only."""

    class State(models.TextChoices):
        OK = "ok"
        SUSPENDED = "suspended"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="addresses")
    address = models.CharField(max_length=320, unique=True)
    is_primary = models.BooleanField(default=False)
    state = models.CharField(max_length=16, choices=State.choices, default=State.OK)
    state_reason = models.CharField(max_length=300, blank=True)
    bounces = models.PositiveSmallIntegerField(
        default=0, help_text="Final refusals since somebody last wrote from here (MAIL.md B8)."
    )
    last_bounce_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "contact_addresses"
        constraints = (
            models.UniqueConstraint(
                fields=["contact"], condition=Q(is_primary=True), name="one_primary_address"
            ),
            # Only of ASCII: Python and PostgreSQL know different versions of Unicode.
            models.CheckConstraint(
                condition=~Q(address__regex="[A-Z]"), name="address_in_lower_case"
            ),
        )

    def __str__(self) -> str:
        return self.address
