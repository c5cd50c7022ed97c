"""outward: e-mails to people outside, and the ids of records that were merged into another."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0022_outward"
down_revision = "core_0022_document_templates"
branch_labels = None
depends_on = None

_TEXTS = ("address", "name", "html", "language", "sender_name", "reply_to")


def upgrade() -> None:
    """Apply."""
    op.alter_column("core_mail", "user_id", nullable=True)
    for name in _TEXTS:
        op.add_column("core_mail", sa.Column(name, sa.Text(), nullable=True))
    files = postgresql.JSONB(astext_type=sa.Text())
    op.add_column("core_mail", sa.Column("attachments", files, nullable=True))
    op.create_table(
        "core_merged",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kept_id", sa.UUID(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name=op.f("fk_core_merged_org_id")
        ),
        sa.PrimaryKeyConstraint("org_id", "kind", "id", name=op.f("pk_core_merged")),
    )
    op.create_index("ix_core_merged_kept_id", "core_merged", ["org_id", "kind", "kept_id"])


def downgrade() -> None:
    """Take back; mails to people outside go with their addresses."""
    op.drop_index("ix_core_merged_kept_id", table_name="core_merged")
    op.drop_table("core_merged")
    op.drop_column("core_mail", "attachments")
    for name in reversed(_TEXTS):
        op.drop_column("core_mail", name)
    op.execute("DELETE FROM core_mail WHERE user_id IS NULL")
    op.alter_column("core_mail", "user_id", nullable=False)
