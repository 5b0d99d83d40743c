"""Trigrams over folded names and addresses: finds any part of them (STACK.md 4)."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("contacts", "0001_initial")]
    operations = [
        TrigramExtension(),
        migrations.AddIndex(
            model_name="contact",
            index=GinIndex(
                fields=["folded"], name="contacts_by_part", opclasses=["gin_trgm_ops"]
            ),
        ),
    ]
