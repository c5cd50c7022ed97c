"""imports and their refused rows."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0005_imports"
down_revision = "core_0004_modules"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "core_import_job",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("columns", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("mapping", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("ok", sa.BigInteger(), nullable=False),
        sa.Column("errors", sa.BigInteger(), nullable=False),
        sa.Column("job_id", sa.UUID(), nullable=True),
        sa.Column("owner_id", sa.UUID(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "mode IN ('atomic', 'best_effort')", name=op.f("ck_core_import_job_mode")
        ),
        sa.CheckConstraint(
            "source IN ('csv', 'xlsx', 'jsonl')", name=op.f("ck_core_import_job_source")
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'mapped', 'checked', 'running', 'done', 'failed', 'rolled_back')",
            name=op.f("ck_core_import_job_status"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_core_import_job_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_import_job")),
    )
    op.create_table(
        "core_import_error",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("import_job_id", sa.UUID(), nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.Column("held", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("errors", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "import_job_id"],
            ["core_import_job.org_id", "core_import_job.id"],
            name="fk_core_import_error_import_job_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_core_import_error_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_import_error")),
    )
    op.create_index(
        "ix_core_import_error_import_job_id",
        "core_import_error",
        ["org_id", "import_job_id"],
        unique=False,
    )
    op.create_index(
        "ix_core_import_error_import_job_id_row",
        "core_import_error",
        ["org_id", "import_job_id", "row"],
        unique=False,
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_core_import_error_import_job_id_row", table_name="core_import_error")
    op.drop_index("ix_core_import_error_import_job_id", table_name="core_import_error")
    op.drop_table("core_import_error")
    op.drop_table("core_import_job")
