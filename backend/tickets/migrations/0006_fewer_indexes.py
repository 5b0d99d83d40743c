"""Indexes that another one covers, or that hold nothing for most rows, only make writing slower."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('contacts', '0004_mail_understood'),
        ('mailboxes', '0011_fewer_indexes'),
        ('tickets', '0005_leaving_later'),
        ('users', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='message',
            name='author',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='message',
            name='ticket',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='tickets.ticket'),
        ),
        migrations.AlterField(
            model_name='note',
            name='ticket',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='tickets.ticket'),
        ),
        migrations.AlterField(
            model_name='threadreference',
            name='mailbox',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='mailboxes.mailbox'),
        ),
        migrations.AlterField(
            model_name='ticket',
            name='contact',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='tickets', to='contacts.contact'),
        ),
        migrations.AlterField(
            model_name='ticket',
            name='continues',
            field=models.ForeignKey(blank=True, db_index=False, help_text='The closed ticket whose conversation goes on here (MAIL.md T15).', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='continued_by', to='tickets.ticket'),
        ),
        migrations.AlterField(
            model_name='ticket',
            name='forwarded_by',
            field=models.ForeignKey(blank=True, db_index=False, help_text="The agent who forwarded the requester's mail (MAIL.md T12).", null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='ticket',
            name='merged_into',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='tickets.ticket'),
        ),
        migrations.AlterField(
            model_name='ticketevent',
            name='ticket',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='events', to='tickets.ticket'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('author__isnull', False)), fields=['author'], name='messages_by_author'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['merged_into'], name='tickets_merged'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('continues__isnull', False)), fields=['continues'], name='tickets_continuing'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('forwarded_by__isnull', False)), fields=['forwarded_by'], name='tickets_forwarded'),
        ),
    ]
