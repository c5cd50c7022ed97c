"""agents, what a role gave a key, and calls that were undone."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from eyeot.platform.gate import KEY_AND_AGENT, KEY_AND_LICENCE, PAUSED

revision = "core_0014_agents"
down_revision = "core_0013_licence"
branch_labels = None
depends_on = None

_GRANTED = """
UPDATE core_api_key k SET granted = r.permissions
FROM core_role r WHERE r.org_id = k.org_id AND r.id = k.role_id
"""
"""Keys that there are keep what their roles permit today."""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "core_agent_client",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("vendor", sa.Text(), nullable=True),
        sa.Column("model_label", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.UUID(), nullable=True),
        sa.Column("ceiling", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("approval_policy", sa.Text(), nullable=False),
        sa.Column("spend_limit_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("spend_limit_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("daily_spend_limit_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("daily_spend_limit_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("paused_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("paused_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "approval_policy IN ('none', 'irreversible', 'writes', 'all')",
            name=op.f("ck_core_agent_client_approval_policy"),
        ),
        sa.CheckConstraint(
            "status IN ('active', 'paused')", name=op.f("ck_core_agent_client_status")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "owner_id"],
            ["core_user.org_id", "core_user.id"],
            name="fk_core_agent_client_owner_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_core_agent_client_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_agent_client")),
        sa.UniqueConstraint("org_id", "name", name="uq_core_agent_client_name"),
    )
    op.create_index(
        "ix_core_agent_client_owner_id", "core_agent_client", ["org_id", "owner_id"], unique=False
    )
    op.create_table(
        "core_undone_call",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("agent_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "agent_id"],
            ["core_agent_client.org_id", "core_agent_client.id"],
            name="fk_core_undone_call_agent_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_core_undone_call_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_undone_call")),
        sa.UniqueConstraint("org_id", "event_id", name="uq_core_undone_call_event_id"),
    )
    op.create_index(
        "ix_core_undone_call_agent_id", "core_undone_call", ["org_id", "agent_id"], unique=False
    )
    op.add_column("core_api_key", sa.Column("agent_id", sa.UUID(), nullable=True))
    op.add_column(
        "core_api_key", sa.Column("granted", postgresql.JSONB(astext_type=sa.Text()), nullable=True)
    )
    op.create_index(
        "ix_core_api_key_agent_id", "core_api_key", ["org_id", "agent_id"], unique=False
    )
    op.create_foreign_key(
        "fk_core_api_key_agent_id",
        "core_api_key",
        "core_agent_client",
        ["org_id", "agent_id"],
        ["org_id", "id"],
    )
    # The owner of the tables is held to one organisation, as everybody is.
    for table in ("core_api_key", "core_role"):
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(_GRANTED)
    for table in ("core_api_key", "core_role"):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(KEY_AND_AGENT)
    op.execute(PAUSED)
    op.execute("ALTER FUNCTION eyeot_gate_paused(uuid, uuid) OWNER TO eyeot_gate")
    op.execute(
        "CREATE TRIGGER policy_changed AFTER INSERT OR UPDATE OR DELETE ON core_agent_client"
        " FOR EACH ROW EXECUTE FUNCTION eyeot_policy_changed()"
    )


def downgrade() -> None:
    """Take back."""
    op.execute(KEY_AND_LICENCE)
    op.execute("DROP FUNCTION eyeot_gate_paused(uuid, uuid)")
    op.drop_constraint("fk_core_api_key_agent_id", "core_api_key", type_="foreignkey")
    op.drop_index("ix_core_api_key_agent_id", table_name="core_api_key")
    op.drop_column("core_api_key", "granted")
    op.drop_column("core_api_key", "agent_id")
    op.drop_index("ix_core_undone_call_agent_id", table_name="core_undone_call")
    op.drop_table("core_undone_call")
    op.drop_index("ix_core_agent_client_owner_id", table_name="core_agent_client")
    op.drop_table("core_agent_client")
