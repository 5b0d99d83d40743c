"""How far mails were marked or moved after reading: what a crash left undone is done later."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mailboxes", "0007_sign_in_failures")]

    operations = [
        migrations.AddField(
            model_name="mailboxfolder",
            name="treated_uid",
            field=models.BigIntegerField(
                default=0,
                db_default=0,
                help_text="Mails up to it were marked or moved as the mailbox wishes (MAIL.md I5).",
            ),
        ),
        # What was read before this was treated at once; only later mail is to be looked after.
        migrations.RunSQL(
            "UPDATE mailbox_folders SET treated_uid = last_uid", migrations.RunSQL.noop
        ),
    ]
