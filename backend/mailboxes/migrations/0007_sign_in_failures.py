from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mailboxes', '0006_leaving_later'),
    ]

    operations = [
        migrations.AddField(
            model_name='oauthgrant',
            name='failures',
            field=models.PositiveIntegerField(default=0, help_text='Failed renewals in a row.'),
        ),
        migrations.AddField(
            model_name='oauthgrant',
            name='retry_at',
            field=models.DateTimeField(blank=True, help_text='Nobody asks for new tokens before.', null=True),
        ),
        migrations.AddField(
            model_name='oauthrequest',
            name='error_code',
            field=models.CharField(blank=True, help_text='Why it came to nothing.', max_length=48),
        ),
    ]
