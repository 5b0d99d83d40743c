"""The first statuses, and a foreign key that keeps a ticket's category true to its status."""

from django.db import migrations

STATUSES = (
    ("open", "Aberto", "Open", "open", 10),
    ("waiting", "Aguardando cliente", "Waiting for customer", "waiting", 20),
    ("resolved", "Resolvido", "Resolved", "resolved", 30),
    ("closed", "Fechado", "Closed", "closed", 40),
)


def add_statuses(apps, schema_editor):
    status = apps.get_model("tickets", "Status")
    for slug, name_pt, name_en, category, position in STATUSES:
        status.objects.create(
            slug=slug, name_pt=name_pt, name_en=name_en, category=category, position=position
        )


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial")]

    operations = [
        migrations.RunPython(add_statuses, migrations.RunPython.noop),
        migrations.RunSQL(
            """
            ALTER TABLE tickets ADD CONSTRAINT tickets_category_of_status
                FOREIGN KEY (status, status_category)
                REFERENCES ticket_statuses (slug, category) ON UPDATE CASCADE
                DEFERRABLE INITIALLY DEFERRED;
            """,
            "ALTER TABLE tickets DROP CONSTRAINT tickets_category_of_status;",
        ),
    ]
