"""whose reading an import's rows are held to."""

import sqlalchemy as sa
from alembic import op

revision = "core_0017_import_holder"
down_revision = "core_0016_audit_subject"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("core_import_job", sa.Column("holder", sa.UUID(), nullable=True))
    op.add_column("core_import_job", sa.Column("provenance", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_core_import_job_provenance"),
        "core_import_job",
        "provenance IN ('enforce', 'warn')",
    )


def downgrade() -> None:
    """Take back."""
    op.drop_constraint(op.f("ck_core_import_job_provenance"), "core_import_job")
    op.drop_column("core_import_job", "provenance")
    op.drop_column("core_import_job", "holder")
