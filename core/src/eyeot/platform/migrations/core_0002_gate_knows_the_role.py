"""gate knows the role.

A key whose role is archived must hold nothing, which the gate could not tell from a key without a role; and a former
secret ends with its overlap, also where it is remembered.
"""

from alembic import op

from eyeot.platform.migrations.core_0001_first_tables import FUNCTIONS

revision = "core_0002"
down_revision = "core_0001"
branch_labels = None
depends_on = None

GATE = """
    CREATE OR REPLACE FUNCTION eyeot_gate_key(secret bytea) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
      SELECT jsonb_build_object(
        'key_id', k.id, 'org_id', k.org_id, 'org_slug', o.slug, 'org_name', c.legal_name,
        'name', k.name, 'made_for', k.made_for, 'user_id', k.owner_id, 'scopes', k.scopes,
        'expires_at', extract(epoch FROM CASE WHEN k.secret_hash = encode(secret, 'hex') THEN k.expires_at
                                              ELSE least(k.expires_at, k.former_until) END),
        'ip_allowlist', k.ip_allowlist,
        'locale', c.locale, 'timezone', c.timezone,
        'team_ids', (SELECT jsonb_agg(m.team_id) FROM core_team_member m
                     WHERE m.org_id = k.org_id AND m.user_id = k.owner_id),
        'role_id', k.role_id,
        'roles', (SELECT jsonb_agg(jsonb_build_object('name', r.name, 'permissions', r.permissions))
                  FROM core_role r
                  WHERE r.org_id = k.org_id AND r.id = k.role_id AND r.archived_at IS NULL))
      FROM core_api_key k
      JOIN eyeot_organisation o ON o.id = k.org_id
      JOIN core_organization c ON c.org_id = k.org_id AND c.archived_at IS NULL
      LEFT JOIN core_user u ON u.org_id = k.org_id AND u.id = k.owner_id
      WHERE k.status = 'active' AND (u.id IS NULL OR u.status = 'active')
        AND (k.secret_hash = encode(secret, 'hex')
             OR (k.former_hash = encode(secret, 'hex') AND k.former_until > now()))
      LIMIT 1
    $$
"""


def upgrade() -> None:
    """Apply."""
    op.execute(GATE)


def downgrade() -> None:
    """Take back."""
    former = next(one for one in FUNCTIONS if "eyeot_gate_key(secret" in one)
    op.execute(former.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
