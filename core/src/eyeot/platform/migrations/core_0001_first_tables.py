"""first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from eyeot.platform.gate import DROPPED, FUNCTIONS

revision = "core_0001"
down_revision = None
branch_labels = ("core",)
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "eyeot_account",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_eyeot_account")),
        sa.UniqueConstraint("email", name=op.f("uq_eyeot_account_email")),
    )
    op.create_table(
        "eyeot_organisation",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_eyeot_organisation")),
        sa.UniqueConstraint("slug", name=op.f("uq_eyeot_organisation_slug")),
    )
    op.create_table(
        "core_audit_event",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("actor_type", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=True),
        sa.Column("credential_id", sa.UUID(), nullable=True),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("tool", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("input", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("input_digest", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("records", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("events", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("client", sa.Text(), nullable=True),
        sa.Column("ip", sa.Text(), nullable=True),
        sa.Column("trace_id", sa.Text(), nullable=True),
        sa.Column("duration_ms", sa.Numeric(), nullable=True),
        sa.CheckConstraint(
            "actor_type IN ('user', 'agent', 'service', 'system')",
            name=op.f("ck_core_audit_event_actor_type"),
        ),
        sa.CheckConstraint(
            "outcome IN ('ok', 'dry_run', 'refused', 'failed')",
            name=op.f("ck_core_audit_event_outcome"),
        ),
        sa.CheckConstraint(
            "surface IN ('mcp', 'rest', 'cli', 'console', 'job')",
            name=op.f("ck_core_audit_event_surface"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_core_audit_event_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_audit_event")),
    )
    op.create_index(
        "ix_core_audit_event_action_at",
        "core_audit_event",
        ["org_id", "action", "at"],
        unique=False,
    )
    op.create_index(
        "ix_core_audit_event_actor_type_at",
        "core_audit_event",
        ["org_id", "actor_type", "at"],
        unique=False,
    )
    op.create_index("ix_core_audit_event_at", "core_audit_event", ["org_id", "at"], unique=False)
    op.create_index(
        "ix_core_audit_event_credential_id_at",
        "core_audit_event",
        ["org_id", "credential_id", "at"],
        unique=False,
    )
    op.create_index(
        "ix_core_audit_event_records",
        "core_audit_event",
        ["org_id", "records"],
        unique=False,
        postgresql_using="gin",
        postgresql_where=sa.text("records IS NOT NULL"),
    )
    op.create_index(
        "ix_core_audit_event_trace_id", "core_audit_event", ["org_id", "trace_id"], unique=False
    )
    op.create_table(
        "core_organization",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("legal_name", sa.Text(), nullable=False),
        sa.Column("trade_name", sa.Text(), nullable=True),
        sa.Column("legal_form", sa.Text(), nullable=True),
        sa.Column("siren", sa.Text(), nullable=True),
        sa.Column("vat_number", sa.Text(), nullable=True),
        sa.Column("naf_code", sa.Text(), nullable=True),
        sa.Column("rcs_city", sa.Text(), nullable=True),
        sa.Column("share_capital_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("share_capital_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("fiscal_year_start", sa.Text(), nullable=False),
        sa.Column("vat_regime", sa.Text(), nullable=True),
        sa.Column("vat_on_debits", sa.Boolean(), nullable=False),
        sa.Column("vat_regime_from", sa.Date(), nullable=True),
        sa.Column("size_class", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "size_class IN ('micro', 'sme', 'eti', 'large')",
            name=op.f("ck_core_organization_size_class"),
        ),
        sa.CheckConstraint(
            "vat_regime IN ('normal_monthly', 'normal_quarterly', 'simplified', 'franchise')",
            name=op.f("ck_core_organization_vat_regime"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_core_organization_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_organization")),
    )
    op.create_table(
        "core_outbox",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=True),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("cause", sa.UUID(), nullable=False),
        sa.Column("reaction", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("done_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("failed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name=op.f("fk_core_outbox_org_id")
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_outbox")),
    )
    op.create_index(
        "ix_core_outbox_due",
        "core_outbox",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL AND failed_at IS NULL"),
    )
    op.create_table(
        "core_role",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("permissions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_system", sa.Boolean(), nullable=False),
        sa.Column("seeded", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["org_id"], ["eyeot_organisation.id"], name="fk_core_role_org"),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_role")),
        sa.UniqueConstraint("org_id", "name", name="uq_core_role_name"),
    )
    op.create_table(
        "core_search_entry",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.UUID(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), server_default="", nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("exact", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("archived", sa.Boolean(), server_default="false", nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name=op.f("fk_core_search_entry_org_id")
        ),
        sa.PrimaryKeyConstraint("org_id", "kind", "record_id", name=op.f("pk_core_search_entry")),
    )
    op.create_index(
        "ix_core_search_entry_exact",
        "core_search_entry",
        ["org_id", "exact"],
        unique=False,
        postgresql_using="gin",
    )
    op.create_index(
        "ix_core_search_entry_words",
        "core_search_entry",
        ["org_id", "words"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"words": "gin_trgm_ops"},
    )
    op.create_table(
        "core_user",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("manager_id", sa.UUID(), nullable=True),
        sa.Column("mfa_enabled", sa.Boolean(), nullable=False),
        sa.Column("away_from", sa.Date(), nullable=True),
        sa.Column("away_to", sa.Date(), nullable=True),
        sa.Column("deputy_id", sa.UUID(), nullable=True),
        sa.Column("last_login_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('invited', 'active', 'suspended', 'deactivated')",
            name=op.f("ck_core_user_status"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "deputy_id"],
            ["core_user.org_id", "core_user.id"],
            name="fk_core_user_deputy_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "manager_id"],
            ["core_user.org_id", "core_user.id"],
            name="fk_core_user_manager_id",
        ),
        sa.ForeignKeyConstraint(["org_id"], ["eyeot_organisation.id"], name="fk_core_user_org"),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_user")),
        sa.UniqueConstraint("org_id", "email", name="uq_core_user_email"),
    )
    op.create_index("ix_core_user_deputy_id", "core_user", ["org_id", "deputy_id"], unique=False)
    op.create_index("ix_core_user_manager_id", "core_user", ["org_id", "manager_id"], unique=False)
    op.create_table(
        "core_api_key",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("made_for", sa.Text(), nullable=False),
        sa.Column("shown_prefix", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("former_hash", sa.Text(), nullable=True),
        sa.Column("former_until", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("owner_id", sa.UUID(), nullable=True),
        sa.Column("role_id", sa.UUID(), nullable=True),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ip_allowlist", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("revoked_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("revoked_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "made_for IN ('agent', 'integration')", name=op.f("ck_core_api_key_made_for")
        ),
        sa.CheckConstraint("status IN ('active', 'revoked')", name=op.f("ck_core_api_key_status")),
        sa.ForeignKeyConstraint(
            ["org_id", "owner_id"],
            ["core_user.org_id", "core_user.id"],
            name="fk_core_api_key_owner_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "role_id"],
            ["core_role.org_id", "core_role.id"],
            name="fk_core_api_key_role_id",
        ),
        sa.ForeignKeyConstraint(["org_id"], ["eyeot_organisation.id"], name="fk_core_api_key_org"),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_api_key")),
    )
    op.create_index("ix_core_api_key_former_hash", "core_api_key", ["former_hash"], unique=False)
    op.create_index(
        "ix_core_api_key_owner_id", "core_api_key", ["org_id", "owner_id"], unique=False
    )
    op.create_index("ix_core_api_key_role_id", "core_api_key", ["org_id", "role_id"], unique=False)
    op.create_index("ix_core_api_key_secret_hash", "core_api_key", ["secret_hash"], unique=False)
    op.create_table(
        "core_team",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.UUID(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "purpose IN ('sales', 'support', 'hr', 'finance')", name=op.f("ck_core_team_purpose")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "lead_id"], ["core_user.org_id", "core_user.id"], name="fk_core_team_lead_id"
        ),
        sa.ForeignKeyConstraint(["org_id"], ["eyeot_organisation.id"], name="fk_core_team_org"),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_team")),
        sa.UniqueConstraint("org_id", "name", name="uq_core_team_name"),
    )
    op.create_index("ix_core_team_lead_id", "core_team", ["org_id", "lead_id"], unique=False)
    op.create_table(
        "core_user_role",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("role_id", sa.UUID(), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "role_id"],
            ["core_role.org_id", "core_role.id"],
            name="fk_core_user_role_role_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "user_id"],
            ["core_user.org_id", "core_user.id"],
            name="fk_core_user_role_user_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_core_user_role_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_user_role")),
        sa.UniqueConstraint(
            "org_id", "user_id", "role_id", name="uq_core_user_role_user_id_role_id"
        ),
    )
    op.create_index(
        "ix_core_user_role_role_id", "core_user_role", ["org_id", "role_id"], unique=False
    )
    op.create_index(
        "ix_core_user_role_user_id", "core_user_role", ["org_id", "user_id"], unique=False
    )
    op.create_table(
        "core_team_member",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("team_id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "team_id"],
            ["core_team.org_id", "core_team.id"],
            name="fk_core_team_member_team_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "user_id"],
            ["core_user.org_id", "core_user.id"],
            name="fk_core_team_member_user_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_core_team_member_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_team_member")),
        sa.UniqueConstraint(
            "org_id", "team_id", "user_id", name="uq_core_team_member_team_id_user_id"
        ),
    )
    op.create_index(
        "ix_core_team_member_team_id", "core_team_member", ["org_id", "team_id"], unique=False
    )
    op.create_index(
        "ix_core_team_member_user_id", "core_team_member", ["org_id", "user_id"], unique=False
    )
    for text in FUNCTIONS:
        op.execute(text)


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_core_team_member_user_id", table_name="core_team_member")
    op.drop_index("ix_core_team_member_team_id", table_name="core_team_member")
    op.drop_table("core_team_member")
    op.drop_index("ix_core_user_role_user_id", table_name="core_user_role")
    op.drop_index("ix_core_user_role_role_id", table_name="core_user_role")
    op.drop_table("core_user_role")
    op.drop_index("ix_core_team_lead_id", table_name="core_team")
    op.drop_table("core_team")
    op.drop_index("ix_core_api_key_secret_hash", table_name="core_api_key")
    op.drop_index("ix_core_api_key_role_id", table_name="core_api_key")
    op.drop_index("ix_core_api_key_owner_id", table_name="core_api_key")
    op.drop_index("ix_core_api_key_former_hash", table_name="core_api_key")
    op.drop_table("core_api_key")
    op.drop_index("ix_core_user_manager_id", table_name="core_user")
    op.drop_index("ix_core_user_deputy_id", table_name="core_user")
    op.drop_table("core_user")
    op.drop_index(
        "ix_core_search_entry_words",
        table_name="core_search_entry",
        postgresql_using="gin",
        postgresql_ops={"words": "gin_trgm_ops"},
    )
    op.drop_index(
        "ix_core_search_entry_exact", table_name="core_search_entry", postgresql_using="gin"
    )
    op.drop_table("core_search_entry")
    op.drop_table("core_role")
    op.drop_index(
        "ix_core_outbox_due",
        table_name="core_outbox",
        postgresql_where=sa.text("done_at IS NULL AND failed_at IS NULL"),
    )
    op.drop_table("core_outbox")
    op.drop_table("core_organization")
    op.drop_index("ix_core_audit_event_trace_id", table_name="core_audit_event")
    op.drop_index(
        "ix_core_audit_event_records",
        table_name="core_audit_event",
        postgresql_using="gin",
        postgresql_where=sa.text("records IS NOT NULL"),
    )
    op.drop_index("ix_core_audit_event_credential_id_at", table_name="core_audit_event")
    op.drop_index("ix_core_audit_event_at", table_name="core_audit_event")
    op.drop_index("ix_core_audit_event_actor_type_at", table_name="core_audit_event")
    op.drop_index("ix_core_audit_event_action_at", table_name="core_audit_event")
    op.drop_table("core_audit_event")
    op.drop_table("eyeot_organisation")
    op.drop_table("eyeot_account")
    op.execute(DROPPED)
