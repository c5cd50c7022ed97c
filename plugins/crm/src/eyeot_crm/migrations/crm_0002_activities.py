"""activities and notes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "crm_0002_activities"
down_revision = "crm_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "crm_note",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("author_id", sa.UUID(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "author_id"],
            ["core_user.org_id", "core_user.id"],
            name="fk_crm_note_author_id",
        ),
        sa.ForeignKeyConstraint(["org_id"], ["eyeot_organisation.id"], name="fk_crm_note_org"),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_crm_note")),
    )
    op.create_index("ix_crm_note_author_id", "crm_note", ["org_id", "author_id"], unique=False)
    op.create_index("ix_crm_note_record", "crm_note", ["org_id", "record"], unique=False)
    op.create_table(
        "crm_activity",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=True),
        sa.Column("assignee_id", sa.UUID(), nullable=True),
        sa.Column("due_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("duration_min", sa.BigInteger(), nullable=True),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("direction", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("closed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("customer_id", sa.UUID(), nullable=True),
        sa.Column("is_next_step", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_crm_activity_direction")),
        sa.CheckConstraint(
            "kind IN ('call', 'meeting', 'email', 'task', 'visit', 'demo')",
            name=op.f("ck_crm_activity_kind"),
        ),
        sa.CheckConstraint(
            "outcome IN ('done', 'positive', 'neutral', 'negative', 'no_answer')",
            name=op.f("ck_crm_activity_outcome"),
        ),
        sa.CheckConstraint(
            "priority IN ('low', 'normal', 'high')", name=op.f("ck_crm_activity_priority")
        ),
        sa.CheckConstraint(
            "status IN ('planned', 'done', 'cancelled')", name=op.f("ck_crm_activity_status")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "assignee_id"],
            ["core_user.org_id", "core_user.id"],
            name="fk_crm_activity_assignee_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "customer_id"],
            ["crm_customer.org_id", "crm_customer.id"],
            name="fk_crm_activity_customer_id",
        ),
        sa.ForeignKeyConstraint(["org_id"], ["eyeot_organisation.id"], name="fk_crm_activity_org"),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_crm_activity")),
    )
    op.create_index(
        "ix_crm_activity_assignee_id", "crm_activity", ["org_id", "assignee_id"], unique=False
    )
    op.create_index(
        "ix_crm_activity_assignee_id_due_at",
        "crm_activity",
        ["org_id", "assignee_id", "due_at"],
        unique=False,
    )
    op.create_index(
        "ix_crm_activity_customer_id", "crm_activity", ["org_id", "customer_id"], unique=False
    )
    op.create_index(
        "ix_crm_activity_customer_id_closed_at",
        "crm_activity",
        ["org_id", "customer_id", "closed_at"],
        unique=False,
    )
    op.create_index("ix_crm_activity_record", "crm_activity", ["org_id", "record"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_crm_activity_record", table_name="crm_activity")
    op.drop_index("ix_crm_activity_customer_id_closed_at", table_name="crm_activity")
    op.drop_index("ix_crm_activity_customer_id", table_name="crm_activity")
    op.drop_index("ix_crm_activity_assignee_id_due_at", table_name="crm_activity")
    op.drop_index("ix_crm_activity_assignee_id", table_name="crm_activity")
    op.drop_table("crm_activity")
    op.drop_index("ix_crm_note_record", table_name="crm_note")
    op.drop_index("ix_crm_note_author_id", table_name="crm_note")
    op.drop_table("crm_note")
