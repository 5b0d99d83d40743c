"""Monitors that live, to share the mailboxes among them."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mailboxes", "0009_waiting_in_turn")]

    operations = [
        migrations.CreateModel(
            name="LivingMonitor",
            fields=[
                ("owner", models.CharField(max_length=120, primary_key=True, serialize=False)),
                ("at", models.DateTimeField(help_text="Its last sign of life.")),
            ],
            options={"db_table": "living_monitors"},
        ),
    ]
