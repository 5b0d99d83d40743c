"""The audit log's table: inserted, never changed (a trigger refuses UPDATE, DELETE, TRUNCATE)."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Log(models.Model):
    """One thing somebody or something did."""

    class ActorKind(models.TextChoices):
        USER = "user"
        MAIL = "mail"
        SYSTEM = "system"
        COMMAND = "command"

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_default=Now(), db_index=True)
    actor_kind = models.CharField(max_length=16, choices=ActorKind.choices)
    actor_user = models.ForeignKey(
        "users.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    actor_label = models.CharField(max_length=254, help_text="Name or address as it was then.")
    cause = models.CharField(max_length=200, blank=True, help_text="Request, mail or job behind it")
    ip = models.GenericIPAddressField(null=True, blank=True)
    action = models.CharField(max_length=64, help_text="object.verb, such as ticket.reply")
    object_type = models.CharField(max_length=32)
    object_id = models.CharField(max_length=64)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)

    class Meta:
        db_table = "logs"
        indexes = (models.Index(fields=["object_type", "object_id", "id"], name="logs_object"),)

    def __str__(self) -> str:
        return f"{self.action} {self.object_type} {self.object_id}"
