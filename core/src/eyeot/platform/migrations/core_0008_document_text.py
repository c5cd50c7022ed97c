"""document text."""

import sqlalchemy as sa
from alembic import op

revision = "core_0008_document_text"
down_revision = "core_0007_keys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("core_document", sa.Column("text", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("core_document", "text")
