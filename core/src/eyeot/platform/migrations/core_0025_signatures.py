"""signatures: rounds of electronic signature, and visits of public pages."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0025_signatures"
down_revision = "core_0024_search"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "core_page_visit",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "what IN ('opened', 'downloaded')", name=op.f("ck_core_page_visit_what")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_core_page_visit_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_page_visit")),
    )
    op.create_index("ix_core_page_visit_record_at", "core_page_visit", ["org_id", "record", "at"])
    op.create_table(
        "core_signature_round",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("document_id", sa.UUID(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("signers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("emails", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("provider_ref", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.UUID(), nullable=True),
        sa.Column("started_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("signed_id", sa.UUID(), nullable=True),
        sa.Column("proof_id", sa.UUID(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "provider IN ('yousign')", name=op.f("ck_core_signature_round_provider")
        ),
        sa.CheckConstraint(
            "status IN ('requested', 'ongoing', 'cancelling', 'signed', 'done', 'declined', 'expired', 'cancelled', 'failed')",
            name=op.f("ck_core_signature_round_status"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "asked_by"],
            ["core_user.org_id", "core_user.id"],
            name="fk_core_signature_round_asked_by",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "document_id"],
            ["core_document.org_id", "core_document.id"],
            name="fk_core_signature_round_document_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_core_signature_round_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_signature_round")),
    )
    op.create_index(
        "ix_core_signature_round_asked_by",
        "core_signature_round",
        ["org_id", "asked_by"],
        unique=False,
    )
    op.create_index(
        "ix_core_signature_round_document_id",
        "core_signature_round",
        ["org_id", "document_id"],
        unique=False,
    )
    op.create_index(
        "ix_core_signature_round_emails",
        "core_signature_round",
        ["org_id", "emails"],
        unique=False,
        postgresql_using="gin",
    )
    op.add_column("core_document", sa.Column("signature_status", sa.Text(), nullable=True))
    op.add_column("core_document", sa.Column("origin_id", sa.UUID(), nullable=True))
    op.create_index("ix_core_document_origin_id", "core_document", ["org_id", "origin_id"])
    op.create_foreign_key(
        "fk_core_document_origin_id",
        "core_document",
        "core_document",
        ["org_id", "origin_id"],
        ["org_id", "id"],
    )


def downgrade() -> None:
    """Take back."""
    op.drop_constraint("fk_core_document_origin_id", "core_document", type_="foreignkey")
    op.drop_index("ix_core_document_origin_id", table_name="core_document")
    op.drop_column("core_document", "origin_id")
    op.drop_column("core_document", "signature_status")
    op.drop_index(
        "ix_core_signature_round_emails", table_name="core_signature_round", postgresql_using="gin"
    )
    op.drop_index("ix_core_signature_round_document_id", table_name="core_signature_round")
    op.drop_index("ix_core_signature_round_asked_by", table_name="core_signature_round")
    op.drop_table("core_signature_round")
    op.drop_index("ix_core_page_visit_record_at", table_name="core_page_visit")
    op.drop_table("core_page_visit")
