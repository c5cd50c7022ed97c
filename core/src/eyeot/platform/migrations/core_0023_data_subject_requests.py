"""data_subject_request: what people ask about their data."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0023_data_subject_requests"
down_revision = "core_0022_outward"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "core_data_subject_request",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("requester", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("subject_ref", sa.Text(), nullable=True),
        sa.Column("details", sa.Text(), nullable=True),
        sa.Column("received_at", sa.Date(), nullable=False),
        sa.Column("due_at", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("identity_method", sa.Text(), nullable=True),
        sa.Column("extension_reason", sa.Text(), nullable=True),
        sa.Column("answered_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "channel IN ('email', 'letter', 'phone', 'form', 'in_person', 'other')",
            name=op.f("ck_core_data_subject_request_channel"),
        ),
        sa.CheckConstraint(
            "kind IN ('access', 'rectification', 'erasure', 'restriction', 'portability', 'objection')",
            name=op.f("ck_core_data_subject_request_kind"),
        ),
        sa.CheckConstraint(
            "locale IN ('fr', 'en')", name=op.f("ck_core_data_subject_request_locale")
        ),
        sa.CheckConstraint(
            "status IN ('received', 'identity_check', 'in_progress', 'extended', 'fulfilled', 'partly_fulfilled', 'refused')",
            name=op.f("ck_core_data_subject_request_status"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_core_data_subject_request_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_data_subject_request")),
    )
    op.create_index(
        "ix_core_data_subject_request_email",
        "core_data_subject_request",
        ["org_id", "email"],
        unique=False,
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_core_data_subject_request_email", table_name="core_data_subject_request")
    op.drop_table("core_data_subject_request")
