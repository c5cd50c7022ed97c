"""document_template: how papers look."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0022_document_templates"
down_revision = "core_0021_starting"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "core_document_template",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("accent", sa.Text(), nullable=False),
        sa.Column("logo_id", sa.UUID(), nullable=True),
        sa.Column("header", sa.Text(), nullable=True),
        sa.Column("footer", sa.Text(), nullable=True),
        sa.Column("intro", sa.Text(), nullable=True),
        sa.Column("closing", sa.Text(), nullable=True),
        sa.Column("hidden_columns", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("locale IN ('fr', 'en')", name=op.f("ck_core_document_template_locale")),
        sa.CheckConstraint(
            "status IN ('draft', 'published', 'superseded')",
            name=op.f("ck_core_document_template_status"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "logo_id"],
            ["core_document.org_id", "core_document.id"],
            name="fk_core_document_template_logo_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_core_document_template_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_document_template")),
        sa.UniqueConstraint(
            "org_id",
            "target",
            "locale",
            "name",
            "revision",
            name="uq_core_document_template_target_locale_name_revision",
        ),
    )
    op.create_index(
        "ix_core_document_template_logo_id",
        "core_document_template",
        ["org_id", "logo_id"],
        unique=False,
    )
    op.create_index(
        "uq_core_document_template_default",
        "core_document_template",
        ["org_id", "target", "locale"],
        unique=True,
        postgresql_where="is_default",
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index(
        "uq_core_document_template_default",
        table_name="core_document_template",
        postgresql_where="is_default",
    )
    op.drop_index("ix_core_document_template_logo_id", table_name="core_document_template")
    op.drop_table("core_document_template")
