"""The log refuses UPDATE, DELETE and TRUNCATE, whoever asks (SECURITY.md V16)."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION logs_are_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit log is append-only: % is refused.', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER logs_no_change BEFORE UPDATE OR DELETE ON logs
    FOR EACH ROW EXECUTE FUNCTION logs_are_append_only();
CREATE TRIGGER logs_no_truncate BEFORE TRUNCATE ON logs
    FOR EACH STATEMENT EXECUTE FUNCTION logs_are_append_only();
"""
BACKWARD = """
DROP TRIGGER logs_no_truncate ON logs;
DROP TRIGGER logs_no_change ON logs;
DROP FUNCTION logs_are_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
