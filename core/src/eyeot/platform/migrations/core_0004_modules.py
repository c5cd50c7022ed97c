"""modules of a deployment and of an organisation."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from eyeot.platform.gate import DISABLED_DROPPED, DISABLED_FUNCTIONS

revision = "core_0004_modules"
down_revision = "core_0003_jobs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "eyeot_module",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column(
            "changed_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_eyeot_module")),
    )
    op.create_table(
        "core_module",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("depends_on", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('installed', 'disabled')", name=op.f("ck_core_module_status")
        ),
        sa.ForeignKeyConstraint(["org_id"], ["eyeot_organisation.id"], name="fk_core_module_org"),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_module")),
        sa.UniqueConstraint("org_id", "name", name="uq_core_module_name"),
    )
    for text in DISABLED_FUNCTIONS:
        op.execute(text)


def downgrade() -> None:
    """Take back."""
    for text in DISABLED_DROPPED:
        op.execute(text)
    op.drop_table("core_module")
    op.drop_table("eyeot_module")
