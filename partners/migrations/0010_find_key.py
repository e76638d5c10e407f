"""A key's partner may be asked for whomever the connection serves: by the key's digest, one row, nothing else."""

from django.db import migrations

# Runs with the rights of the tables' owner, so its schema is fixed: nobody may slip tables of the same name in.
FIND = """
DO $make$
BEGIN
EXECUTE format($$
CREATE FUNCTION partners_find_key(digests bytea[]) RETURNS TABLE (
    id bigint, partner_id bigint, mode text, scopes text[], allowed_networks text[], expires_at timestamptz,
    revoked_at timestamptz, last_used_at timestamptz, partner_suspended_at timestamptz, partner_deleted_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1 SET search_path = %I, pg_temp AS $body$
BEGIN
    RETURN QUERY
    SELECT key.id, key.partner_id, key.mode::text, key.scopes::text[], key.allowed_networks::text[], key.expires_at,
           key.revoked_at, key.last_used_at, partner.suspended_at, partner.deleted_at
    FROM partners_apikey key JOIN partners_partner partner ON partner.id = key.partner_id
    WHERE key.digest = ANY(digests);
END $body$
$$, current_schema());
END $make$
"""


class Migration(migrations.Migration):
    dependencies = [("partners", "0009_request_notes")]
    operations = [migrations.RunSQL(FIND, "DROP FUNCTION partners_find_key(bytea[])")]
