"""How the mail service is doing: signs of life, alarms, what the delivery doctor found."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backend.core.ids import uuid7
from backend.mailboxes.models.accounts import Mailbox


class Heartbeat(models.Model):
    """When a process last said that it lives; /readyz reads it."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()
    detail = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "heartbeats"

    def __str__(self) -> str:
        return self.name


class Alarm(models.Model):
    """Something about mail that a person must look at; at most one open per kind and mailbox."""

    class Kind(models.TextChoices):
        MAILBOX_FAILING = "mailbox_failing"
        MAILBOX_SILENT = "mailbox_silent"
        UNFETCHED_OLD = "unfetched_old"
        UNDECIDED_OLD = "undecided_old"
        OUTBOX_OLD = "outbox_old"
        QUARANTINE = "quarantine"
        SIGN_IN_REVOKED = "sign_in_revoked"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=24, choices=Kind.choices)
    mailbox = models.ForeignKey(
        Mailbox, on_delete=models.CASCADE, null=True, blank=True, related_name="alarms"
    )
    data = models.JSONField(default=dict, blank=True, help_text="count, since, code ...")
    since = models.DateTimeField(db_default=Now())
    told_at = models.DateTimeField(null=True, blank=True, help_text="When the admins were mailed.")
    over_at = models.DateTimeField(null=True, blank=True)
    over_told_at = models.DateTimeField(
        null=True, blank=True, help_text="When the admins were mailed that it is over."
    )
    dismissed_at = models.DateTimeField(
        null=True, blank=True, help_text="When a person ended it: they have looked at it."
    )

    class Meta:
        db_table = "alarms"
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "mailbox"],
                condition=Q(over_at__isnull=True),
                nulls_distinct=False,
                name="alarm_open_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.mailbox_id or ''}"


class DomainCheck(models.Model):
    """What the delivery doctor last found about a domain that mail is sent from (A15)."""

    domain = models.CharField(max_length=253, primary_key=True)
    checked_at = models.DateTimeField(db_default=Now())
    findings = models.JSONField(default=list)

    class Meta:
        db_table = "domain_checks"

    def __str__(self) -> str:
        return self.domain
