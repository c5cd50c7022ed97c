"""what was read, and which keys are held to it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from eyeot.platform.gate import KEY_AND_MODULES, KEY_AND_PROVENANCE

revision = "core_0010_read"
down_revision = "core_0009_backups"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "core_read",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("holder", sa.UUID(), nullable=False),
        sa.Column("ident", sa.Text(collation="C"), nullable=False),
        sa.Column("record", sa.Text(collation="C"), nullable=False),
        sa.Column("read_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "holder", "ident", "record", name=op.f("pk_core_read")),
        prefixes=["UNLOGGED"],
    )
    op.add_column("core_api_key", sa.Column("provenance", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_core_api_key_provenance"),
        "core_api_key",
        "provenance IN ('enforce', 'warn', 'off')",
    )
    op.execute(KEY_AND_PROVENANCE)


def downgrade() -> None:
    """Take back."""
    op.execute(KEY_AND_MODULES)
    op.drop_constraint(op.f("ck_core_api_key_provenance"), "core_api_key")
    op.drop_column("core_api_key", "provenance")
    op.drop_table("core_read")
