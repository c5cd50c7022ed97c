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
        "core_content",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("piece", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name=op.f("fk_core_content_org_id")
        ),
        sa.PrimaryKeyConstraint("org_id", "digest", "position", name=op.f("pk_core_content")),
    )
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
    op.create_table(
        "core_document",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("records", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("mime", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("retention_until", sa.Date(), nullable=True),
        sa.Column("retention_basis", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.UUID(), nullable=True),
        sa.Column("credential_id", sa.UUID(), nullable=True),
        sa.Column("needs", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('other', 'contract', 'quote', 'order', 'invoice', 'receipt', 'letter', 'report', 'export', 'photo')",
            name=op.f("ck_core_document_kind"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'filed', 'locked')", name=op.f("ck_core_document_status")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "owner_id"],
            ["core_user.org_id", "core_user.id"],
            name="fk_core_document_owner_id",
        ),
        sa.ForeignKeyConstraint(["org_id"], ["eyeot_organisation.id"], name="fk_core_document_org"),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_document")),
    )
    op.create_index(
        "ix_core_document_owner_id", "core_document", ["org_id", "owner_id"], unique=False
    )
    op.create_index(
        "ix_core_document_records",
        "core_document",
        ["org_id", "records"],
        unique=False,
        postgresql_using="gin",
    )
    op.create_index("ix_core_document_sha256", "core_document", ["org_id", "sha256"], unique=False)
    op.create_table(
        "core_document_version",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("document_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("mime", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "document_id"],
            ["core_document.org_id", "core_document.id"],
            name="fk_core_document_version_document_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_core_document_version_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_document_version")),
        sa.UniqueConstraint(
            "org_id", "document_id", "number", name="uq_core_document_version_document_id_number"
        ),
    )
    op.create_index(
        "ix_core_document_version_document_id",
        "core_document_version",
        ["org_id", "document_id"],
        unique=False,
    )
    op.create_index(
        "ix_core_document_version_sha256",
        "core_document_version",
        ["org_id", "sha256"],
        unique=False,
    )
    op.create_table(
        "core_download_link",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("document_id", sa.UUID(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("mime", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("key_id", sa.UUID(), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("used_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "document_id"],
            ["core_document.org_id", "core_document.id"],
            name="fk_core_download_link_document_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_core_download_link_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_download_link")),
        sa.UniqueConstraint("org_id", "token_hash", name="uq_core_download_link_token_hash"),
    )
    op.create_index(
        "ix_core_download_link_document_id",
        "core_download_link",
        ["org_id", "document_id"],
        unique=False,
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_core_download_link_document_id", table_name="core_download_link")
    op.drop_table("core_download_link")
    op.drop_index("ix_core_document_version_sha256", table_name="core_document_version")
    op.drop_index("ix_core_document_version_document_id", table_name="core_document_version")
    op.drop_table("core_document_version")
    op.drop_index("ix_core_document_sha256", table_name="core_document")
    op.drop_index("ix_core_document_records", table_name="core_document", postgresql_using="gin")
    op.drop_index("ix_core_document_owner_id", table_name="core_document")
    op.drop_table("core_document")
    op.drop_index("ix_core_comment_record", table_name="core_comment")
    op.drop_index("ix_core_comment_author_id", table_name="core_comment")
    op.drop_table("core_comment")
    op.drop_table("core_content")
