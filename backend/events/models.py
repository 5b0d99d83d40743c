"""What changed, as ids only: open browsers fetch the rest with their own rights."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Event(models.Model):
    """One change worth telling; kept for a day so that a reconnecting browser misses nothing."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_default=Now(), db_index=True)
    kind = models.CharField(max_length=32)
    ticket_id = models.UUIDField(null=True)
    contact_id = models.UUIDField(null=True)
    mailbox_id = models.UUIDField(null=True)
    team_id = models.UUIDField(null=True, help_text="Only members are told; null: everybody.")

    class Meta:
        db_table = "events"

    def __str__(self) -> str:
        return f"{self.id} {self.kind}"
