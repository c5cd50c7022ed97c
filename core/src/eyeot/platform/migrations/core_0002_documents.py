"""comments and documents."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0002_documents"
down_revision = "core_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "core_comment",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("author_id", sa.UUID(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("mentions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "author_id"],
            ["core_user.org_id", "core_user.id"],
            name="fk_core_comment_author_id",
        ),
        sa.ForeignKeyConstraint(["org_id"], ["eyeot_organisation.id"], name="fk_core_comment_org"),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_comment")),
    )
    op.create_index(
        "ix_core_comment_author_id", "core_comment", ["org_id", "author_id"], unique=False
    )
    op.create_index("ix_core_comment_record", "core_comment", ["org_id", "record"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_core_comment_record", table_name="core_comment")
    op.drop_index("ix_core_comment_author_id", table_name="core_comment")
    op.drop_table("core_comment")
