"""Waiting mails are claimed mailbox by mailbox; the newest of the ledger are found by its key."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mailboxes", "0008_treated_uid")]

    operations = [
        migrations.RemoveIndex(model_name="inboundmail", name="inbound_waiting"),
        migrations.RemoveIndex(model_name="inboundmail", name="inbound_newest"),
        migrations.AddIndex(
            model_name="inboundmail",
            index=models.Index(
                fields=["mailbox", "history", "id"],
                condition=models.Q(("state__in", ["stored", "processing"])),
                name="inbound_waiting_in_turn",
            ),
        ),
    ]
