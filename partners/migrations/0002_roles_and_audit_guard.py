from typing import Any

from django.db import migrations

# Staff and partner roles; their permissions come with the features that ask for them.
ROLES = ("admin", "finance", "support", "catalog", "auditor", "owner", "buyer", "developer", "viewer")

GUARD = """
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only: % is refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_entries_are_append_only BEFORE UPDATE OR DELETE ON partners_auditentry
    FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
"""
UNGUARD = """
DROP TRIGGER audit_entries_are_append_only ON partners_auditentry;
DROP FUNCTION refuse_audit_change();
"""


def seed_roles(apps: Any, _schema_editor: object) -> None:
    group = apps.get_model("auth", "Group")
    for name in ROLES:
        group.objects.get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [("partners", "0001_initial"), ("auth", "0012_alter_user_first_name_max_length")]
    operations = [
        migrations.RunPython(seed_roles, migrations.RunPython.noop),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
