"""Indexes that another one covers, or that hold nothing for most rows, only make writing slower."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mailboxes', '0010_living_monitors'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='inboundmail',
            name='inbound_by_ticket',
        ),
        migrations.AlterField(
            model_name='inboundmail',
            name='folder',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='inbound', to='mailboxes.mailboxfolder'),
        ),
        migrations.AlterField(
            model_name='inboundmail',
            name='mailbox',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='inbound', to='mailboxes.mailbox'),
        ),
    ]
