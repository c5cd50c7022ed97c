"""Books: chains and letters of entries, closings, FEC, seals and legal texts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from eyeot_invoicing import guards

revision = "invoicing_0003_books"
down_revision = "invoicing_0002_dunning"
branch_labels = None
depends_on = "core_0002_documents"


_LINES = ("invoicing_entry_line", "invoicing_journal_entry", "entry_id")
_LETTER_BEFORE = "{letter,lettered_on,updated_at,version}"
_LETTER = "{letter,lettered_on,lettered_at,updated_at,version}"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "invoicing_legal_text",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("cibs_article", sa.Text(), nullable=True),
        sa.Column("condition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "language IN ('fr', 'en')", name=op.f("ck_invoicing_legal_text_language")
        ),
        sa.CheckConstraint(
            "status IN ('active', 'superseded')", name=op.f("ck_invoicing_legal_text_status")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_legal_text_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_legal_text")),
        sa.UniqueConstraint("org_id", "key", name="uq_invoicing_legal_text_key"),
    )
    op.create_index(
        "ix_invoicing_legal_text_code_valid_from",
        "invoicing_legal_text",
        ["org_id", "code", "valid_from"],
        unique=False,
    )
    op.create_table(
        "invoicing_fec_export",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("siren", sa.Text(), nullable=True),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("encoding", sa.Text(), nullable=False),
        sa.Column("separator", sa.Text(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("is_provisional", sa.Boolean(), nullable=False),
        sa.Column("checks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("document_id", sa.UUID(), nullable=True),
        sa.Column("made_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "direction IN ('out', 'in')", name=op.f("ck_invoicing_fec_export_direction")
        ),
        sa.CheckConstraint(
            "encoding IN ('iso-8859-15', 'utf-8')", name=op.f("ck_invoicing_fec_export_encoding")
        ),
        sa.CheckConstraint(
            "separator IN ('tab', 'pipe')", name=op.f("ck_invoicing_fec_export_separator")
        ),
        sa.CheckConstraint(
            "status IN ('generated', 'delivered')", name=op.f("ck_invoicing_fec_export_status")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "document_id"],
            ["core_document.org_id", "core_document.id"],
            name="fk_invoicing_fec_export_document_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_fec_export_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_fec_export")),
    )
    op.create_index(
        "ix_invoicing_fec_export_document_id",
        "invoicing_fec_export",
        ["org_id", "document_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_fec_export_year", "invoicing_fec_export", ["org_id", "year"], unique=False
    )
    op.create_table(
        "invoicing_fiscal_seal",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("totals", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("pieces", sa.BigInteger(), nullable=False),
        sa.Column("pieces_hash", sa.Text(), nullable=False),
        sa.Column("received", sa.Numeric(), nullable=False),
        sa.Column("period_total_amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("period_total_currency", sa.CHAR(length=3), nullable=False),
        sa.Column(
            "grand_total_perpetual_amount", sa.Numeric(precision=20, scale=4), nullable=False
        ),
        sa.Column("grand_total_perpetual_currency", sa.CHAR(length=3), nullable=False),
        sa.Column("archive_digest", sa.Text(), nullable=True),
        sa.Column("document_id", sa.UUID(), nullable=True),
        sa.Column("seal_version", sa.BigInteger(), nullable=False),
        sa.Column("prev_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("signer_key", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('document', 'day', 'month', 'year', 'archive')",
            name=op.f("ck_invoicing_fiscal_seal_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "document_id"],
            ["core_document.org_id", "core_document.id"],
            name="fk_invoicing_fiscal_seal_document_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_fiscal_seal_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_fiscal_seal")),
        sa.UniqueConstraint("org_id", "number", name="uq_invoicing_fiscal_seal_number"),
        sa.UniqueConstraint("org_id", "rank", name="uq_invoicing_fiscal_seal_rank"),
    )
    op.create_index(
        "ix_invoicing_fiscal_seal_document_id",
        "invoicing_fiscal_seal",
        ["org_id", "document_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_fiscal_seal_kind_end",
        "invoicing_fiscal_seal",
        ["org_id", "kind", "end"],
        unique=False,
    )
    op.add_column(
        "invoicing_entry_line",
        sa.Column("lettered_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
    )
    op.add_column("invoicing_entry_line", sa.Column("carries_id", sa.UUID(), nullable=True))
    op.create_index(
        "ix_invoicing_entry_line_carries_id",
        "invoicing_entry_line",
        ["org_id", "carries_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_entry_line_lettering",
        "invoicing_entry_line",
        ["org_id", "account_id", sa.literal_column("length(letter)"), "letter"],
        unique=False,
    )
    op.create_foreign_key(
        "fk_invoicing_entry_line_carries_id",
        "invoicing_entry_line",
        "invoicing_entry_line",
        ["org_id", "carries_id"],
        ["org_id", "id"],
    )
    op.add_column(
        "invoicing_fiscal_period",
        sa.Column("closed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
    )
    op.add_column("invoicing_journal_entry", sa.Column("year", sa.BigInteger(), nullable=True))
    op.add_column("invoicing_journal_entry", sa.Column("rank", sa.BigInteger(), nullable=True))
    op.add_column(
        "invoicing_journal_entry",
        sa.Column("is_opening", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("invoicing_journal_entry", sa.Column("former_number", sa.Text(), nullable=True))
    op.add_column(
        "invoicing_journal_entry", sa.Column("seal_version", sa.BigInteger(), nullable=True)
    )
    op.add_column("invoicing_journal_entry", sa.Column("prev_hash", sa.Text(), nullable=True))
    op.create_index(
        "ix_invoicing_journal_entry_year_rank",
        "invoicing_journal_entry",
        ["org_id", "year", "rank"],
        unique=False,
    )
    op.alter_column("invoicing_journal_entry", "is_opening", server_default=None)
    op.execute("DROP TRIGGER stands ON invoicing_entry_line")
    op.execute(guards.lines_stand(*_LINES, _LETTER))
    op.execute(guards.append_only("invoicing_fiscal_seal"))
    op.execute(guards.CLOSED_FOR_GOOD)
    op.execute(guards.PERIOD_STAYS_CLOSED)


def downgrade() -> None:
    """Take back."""
    op.execute("DROP TRIGGER stays_closed ON invoicing_fiscal_period")
    op.execute("DROP FUNCTION eyeot_invoicing_closed()")
    op.execute("DROP TRIGGER stands ON invoicing_entry_line")
    op.execute(guards.lines_stand(*_LINES, _LETTER_BEFORE))
    op.drop_index("ix_invoicing_journal_entry_year_rank", table_name="invoicing_journal_entry")
    op.drop_column("invoicing_journal_entry", "prev_hash")
    op.drop_column("invoicing_journal_entry", "seal_version")
    op.drop_column("invoicing_journal_entry", "former_number")
    op.drop_column("invoicing_journal_entry", "is_opening")
    op.drop_column("invoicing_journal_entry", "rank")
    op.drop_column("invoicing_journal_entry", "year")
    op.drop_column("invoicing_fiscal_period", "closed_at")
    op.drop_constraint(
        "fk_invoicing_entry_line_carries_id", "invoicing_entry_line", type_="foreignkey"
    )
    op.drop_index("ix_invoicing_entry_line_lettering", table_name="invoicing_entry_line")
    op.drop_index("ix_invoicing_entry_line_carries_id", table_name="invoicing_entry_line")
    op.drop_column("invoicing_entry_line", "carries_id")
    op.drop_column("invoicing_entry_line", "lettered_at")
    op.drop_index("ix_invoicing_fiscal_seal_kind_end", table_name="invoicing_fiscal_seal")
    op.drop_index("ix_invoicing_fiscal_seal_document_id", table_name="invoicing_fiscal_seal")
    op.drop_table("invoicing_fiscal_seal")
    op.drop_index("ix_invoicing_fec_export_year", table_name="invoicing_fec_export")
    op.drop_index("ix_invoicing_fec_export_document_id", table_name="invoicing_fec_export")
    op.drop_table("invoicing_fec_export")
    op.drop_index("ix_invoicing_legal_text_code_valid_from", table_name="invoicing_legal_text")
    op.drop_table("invoicing_legal_text")
