"""starting: which rows a module gave an organisation to begin with."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0021_starting"
down_revision = "core_0020_people"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "core_module",
        sa.Column("given", postgresql.ARRAY(sa.Text()), nullable=False, server_default="{}"),
    )
    op.alter_column("core_module", "given", server_default=None)


def downgrade() -> None:
    """Take back."""
    op.drop_column("core_module", "given")
