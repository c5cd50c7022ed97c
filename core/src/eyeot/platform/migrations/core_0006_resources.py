"""tags, notifications, sequences, establishments and calendars."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0006_resources"
down_revision = "core_0005_imports"
branch_labels = None
depends_on = None


_MEMBERS = """
UPDATE core_team t SET members = ARRAY(
  SELECT 'core.user/' || m.user_id FROM core_team_member m
  WHERE m.org_id = t.org_id AND m.team_id = t.id ORDER BY m.user_id)
"""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "core_calendar",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("good_friday", sa.Boolean(), nullable=False),
        sa.Column("weekly_hours", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("closures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "region IN ('metropole', 'alsace_moselle', 'guadeloupe', 'martinique', 'guyane', 'reunion', 'mayotte', 'saint_barthelemy', 'saint_martin')",
            name=op.f("ck_core_calendar_region"),
        ),
        sa.ForeignKeyConstraint(["org_id"], ["eyeot_organisation.id"], name="fk_core_calendar_org"),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_calendar")),
        sa.UniqueConstraint("org_id", "name", name="uq_core_calendar_name"),
    )
    op.create_table(
        "core_establishment",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("siret", sa.Text(), nullable=False),
        sa.Column("address", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("is_head_office", sa.Boolean(), nullable=False),
        sa.Column("workforce", sa.BigInteger(), nullable=True),
        sa.Column("electronic_address", sa.Text(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('active', 'closed')", name=op.f("ck_core_establishment_status")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_core_establishment_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_establishment")),
        sa.UniqueConstraint("org_id", "siret", name="uq_core_establishment_siret"),
    )
    op.create_index(
        "uq_core_establishment_is_head_office",
        "core_establishment",
        ["org_id"],
        unique=True,
        postgresql_where=sa.text("is_head_office"),
    )
    op.create_table(
        "core_sequence",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("reset", sa.Text(), nullable=False),
        sa.Column("next_value", sa.BigInteger(), nullable=False),
        sa.Column("gapless", sa.Boolean(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Text(), nullable=True),
        sa.Column("last_date", sa.Date(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "reset IN ('never', 'yearly', 'monthly')", name=op.f("ck_core_sequence_reset")
        ),
        sa.CheckConstraint("status IN ('active', 'closed')", name=op.f("ck_core_sequence_status")),
        sa.ForeignKeyConstraint(["org_id"], ["eyeot_organisation.id"], name="fk_core_sequence_org"),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_sequence")),
        sa.UniqueConstraint("org_id", "code", name="uq_core_sequence_code"),
    )
    op.create_table(
        "core_tag",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("color", sa.Text(), nullable=True),
        sa.Column("resources", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["org_id"], ["eyeot_organisation.id"], name="fk_core_tag_org"),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_tag")),
        sa.UniqueConstraint("org_id", "name", name="uq_core_tag_name"),
    )
    op.create_table(
        "core_notification",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("record", sa.Text(), nullable=True),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("read_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("snoozed_until", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "severity IN ('info', 'success', 'warning', 'error')",
            name=op.f("ck_core_notification_severity"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "user_id"],
            ["core_user.org_id", "core_user.id"],
            name="fk_core_notification_user_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_core_notification_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_notification")),
    )
    op.create_index(
        "ix_core_notification_user_id", "core_notification", ["org_id", "user_id"], unique=False
    )
    op.create_index(
        "ix_core_notification_user_id_read_at",
        "core_notification",
        ["org_id", "user_id", "read_at"],
        unique=False,
    )
    op.create_table(
        "core_notification_preference",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("kinds", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("quiet_from", sa.Text(), nullable=True),
        sa.Column("quiet_to", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "user_id"],
            ["core_user.org_id", "core_user.id"],
            name="fk_core_notification_preference_user_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_core_notification_preference_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_notification_preference")),
        sa.UniqueConstraint("org_id", "user_id", name="uq_core_notification_preference_user_id"),
    )
    op.create_index(
        "ix_core_notification_preference_user_id",
        "core_notification_preference",
        ["org_id", "user_id"],
        unique=False,
    )
    op.create_table(
        "core_record_tag",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("tag_id", sa.UUID(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "tag_id"],
            ["core_tag.org_id", "core_tag.id"],
            name="fk_core_record_tag_tag_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_core_record_tag_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_record_tag")),
        sa.UniqueConstraint(
            "org_id", "tag_id", "kind", "record_id", name="uq_core_record_tag_tag_id_kind_record_id"
        ),
    )
    op.create_index(
        "ix_core_record_tag_record", "core_record_tag", ["org_id", "record"], unique=False
    )
    op.create_index(
        "ix_core_record_tag_tag_id", "core_record_tag", ["org_id", "tag_id"], unique=False
    )
    op.create_table(
        "core_sequence_number",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("sequence_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("record", sa.Text(), nullable=True),
        sa.Column("taken_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "sequence_id"],
            ["core_sequence.org_id", "core_sequence.id"],
            name="fk_core_sequence_number_sequence_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_core_sequence_number_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_sequence_number")),
        sa.UniqueConstraint(
            "org_id", "sequence_id", "number", name="uq_core_sequence_number_sequence_id_number"
        ),
        sa.UniqueConstraint(
            "org_id",
            "sequence_id",
            "period",
            "value",
            name="uq_core_sequence_number_sequence_id_period_value",
        ),
    )
    op.create_index(
        "ix_core_sequence_number_sequence_id",
        "core_sequence_number",
        ["org_id", "sequence_id"],
        unique=False,
    )
    op.add_column("core_team", sa.Column("members", postgresql.ARRAY(sa.Text()), nullable=True))
    # Even the owner sees no organisation's rows while row security is forced.
    for table in ("core_team", "core_team_member"):
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(_MEMBERS)
    for table in ("core_team", "core_team_member"):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.alter_column("core_team", "members", nullable=False)


def downgrade() -> None:
    """Take back."""
    op.drop_column("core_team", "members")
    op.drop_index("ix_core_sequence_number_sequence_id", table_name="core_sequence_number")
    op.drop_table("core_sequence_number")
    op.drop_index("ix_core_record_tag_record", table_name="core_record_tag")
    op.drop_index("ix_core_record_tag_tag_id", table_name="core_record_tag")
    op.drop_table("core_record_tag")
    op.drop_index(
        "ix_core_notification_preference_user_id", table_name="core_notification_preference"
    )
    op.drop_table("core_notification_preference")
    op.drop_index("ix_core_notification_user_id_read_at", table_name="core_notification")
    op.drop_index("ix_core_notification_user_id", table_name="core_notification")
    op.drop_table("core_notification")
    op.drop_table("core_tag")
    op.drop_table("core_sequence")
    op.drop_index(
        "uq_core_establishment_is_head_office",
        table_name="core_establishment",
        postgresql_where=sa.text("is_head_office"),
    )
    op.drop_table("core_establishment")
    op.drop_table("core_calendar")
