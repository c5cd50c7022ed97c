"""credit notes, VAT returns, and what else invoices say."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from eyeot_invoicing import guards

revision = "invoicing_0002_credit_and_vat"
down_revision = "invoicing_0001_first_tables"
branch_labels = None
depends_on = "core_0002_documents"

_NOTE = (
    "{status,remaining_amount,remaining_currency,applied_amount,applied_currency,refunded_amount,"
    "refunded_currency,sent_at,internal_note,updated_at,version}"
)
_RETURN = "{status,filed_on,receipt_id,note,updated_at,version}"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "invoicing_vat_return",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("start", sa.Date(), nullable=True),
        sa.Column("end", sa.Date(), nullable=True),
        sa.Column("regime", sa.Text(), nullable=True),
        sa.Column("boxes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("vat_due", sa.Numeric(), nullable=False),
        sa.Column("credit", sa.Numeric(), nullable=False),
        sa.Column("carried", sa.Numeric(), nullable=False),
        sa.Column("late_rows", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("entry_id", sa.UUID(), nullable=True),
        sa.Column("validated_on", sa.Date(), nullable=True),
        sa.Column("filed_on", sa.Date(), nullable=True),
        sa.Column("receipt_id", sa.UUID(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "regime IN ('CA3', 'CA12')", name=op.f("ck_invoicing_vat_return_regime")
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'computed', 'validated', 'filed', 'paid')",
            name=op.f("ck_invoicing_vat_return_status"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "entry_id"],
            ["invoicing_journal_entry.org_id", "invoicing_journal_entry.id"],
            name="fk_invoicing_vat_return_entry_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "receipt_id"],
            ["core_document.org_id", "core_document.id"],
            name="fk_invoicing_vat_return_receipt_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_vat_return_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_vat_return")),
        sa.UniqueConstraint("org_id", "period", name="uq_invoicing_vat_return_period"),
    )
    op.create_index(
        "ix_invoicing_vat_return_entry_id",
        "invoicing_vat_return",
        ["org_id", "entry_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_vat_return_receipt_id",
        "invoicing_vat_return",
        ["org_id", "receipt_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_vat_return_start", "invoicing_vat_return", ["org_id", "start"], unique=False
    )
    op.create_table(
        "invoicing_credit_note",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("invoice_id", sa.UUID(), nullable=False),
        sa.Column("invoice_number", sa.Text(), nullable=True),
        sa.Column("invoice_date", sa.Date(), nullable=True),
        sa.Column("party_id", sa.UUID(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("issue_date", sa.Date(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("internal_note", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("exchange_rate", sa.Numeric(), nullable=True),
        sa.Column("operation_nature", sa.Text(), nullable=True),
        sa.Column("total_discount_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("total_discount_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("total_net_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("total_net_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("total_tax_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("total_tax_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("total_gross_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("total_gross_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("total_tax_books_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("total_tax_books_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("tax_breakdown", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("applied_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("applied_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("refunded_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("refunded_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("remaining_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("remaining_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("seller", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("buyer", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("sent_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("posted_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("entry_id", sa.UUID(), nullable=True),
        sa.Column("series", sa.Text(), nullable=True),
        sa.Column("rank", sa.BigInteger(), nullable=True),
        sa.Column("prev_hash", sa.Text(), nullable=True),
        sa.Column("hash", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "operation_nature IN ('goods', 'services', 'mixed')",
            name=op.f("ck_invoicing_credit_note_operation_nature"),
        ),
        sa.CheckConstraint(
            "reason IN ('return', 'error', 'discount', 'bad_debt', 'cancellation')",
            name=op.f("ck_invoicing_credit_note_reason"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'posted', 'partly_applied', 'applied', 'refunded')",
            name=op.f("ck_invoicing_credit_note_status"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "entry_id"],
            ["invoicing_journal_entry.org_id", "invoicing_journal_entry.id"],
            name="fk_invoicing_credit_note_entry_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "invoice_id"],
            ["invoicing_invoice.org_id", "invoicing_invoice.id"],
            name="fk_invoicing_credit_note_invoice_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "party_id"],
            ["crm_party.org_id", "crm_party.id"],
            name="fk_invoicing_credit_note_party_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_credit_note_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_credit_note")),
        sa.UniqueConstraint("org_id", "number", name="uq_invoicing_credit_note_number"),
    )
    op.create_index(
        "ix_invoicing_credit_note_entry_id",
        "invoicing_credit_note",
        ["org_id", "entry_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_credit_note_invoice_id",
        "invoicing_credit_note",
        ["org_id", "invoice_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_credit_note_invoice_id_status",
        "invoicing_credit_note",
        ["org_id", "invoice_id", "status"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_credit_note_issue_date",
        "invoicing_credit_note",
        ["org_id", "issue_date"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_credit_note_party_id",
        "invoicing_credit_note",
        ["org_id", "party_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_credit_note_party_id_status",
        "invoicing_credit_note",
        ["org_id", "party_id", "status"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_credit_note_series_rank",
        "invoicing_credit_note",
        ["org_id", "series", "rank"],
        unique=False,
    )
    op.create_table(
        "invoicing_credit_allocation",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("credit_note_id", sa.UUID(), nullable=False),
        sa.Column("invoice_id", sa.UUID(), nullable=False),
        sa.Column("amount_amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("amount_currency", sa.CHAR(length=3), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "credit_note_id"],
            ["invoicing_credit_note.org_id", "invoicing_credit_note.id"],
            name="fk_invoicing_credit_allocation_credit_note_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "invoice_id"],
            ["invoicing_invoice.org_id", "invoicing_invoice.id"],
            name="fk_invoicing_credit_allocation_invoice_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_credit_allocation_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_credit_allocation")),
    )
    op.create_index(
        "ix_invoicing_credit_allocation_credit_note_id",
        "invoicing_credit_allocation",
        ["org_id", "credit_note_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_credit_allocation_invoice_id",
        "invoicing_credit_allocation",
        ["org_id", "invoice_id"],
        unique=False,
    )
    op.create_table(
        "invoicing_credit_note_line",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("product_id", sa.UUID(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("unit_id", sa.UUID(), nullable=True),
        sa.Column("unit_price_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("unit_price_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("discount", sa.Numeric(), nullable=False),
        sa.Column("tax_rate_id", sa.UUID(), nullable=True),
        sa.Column("tax_category", sa.Text(), nullable=True),
        sa.Column("tax_percent", sa.Numeric(), nullable=True),
        sa.Column("exemption_code", sa.Text(), nullable=True),
        sa.Column("exemption_reason", sa.Text(), nullable=True),
        sa.Column("net_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("net_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("credit_note_id", sa.UUID(), nullable=False),
        sa.Column("invoice_line_id", sa.UUID(), nullable=True),
        sa.Column("nature", sa.Text(), nullable=True),
        sa.Column("account_id", sa.UUID(), nullable=True),
        sa.Column("deposit_id", sa.UUID(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('product', 'section', 'note', 'subtotal', 'deposit')",
            name=op.f("ck_invoicing_credit_note_line_kind"),
        ),
        sa.CheckConstraint(
            "nature IN ('goods', 'service')", name=op.f("ck_invoicing_credit_note_line_nature")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "account_id"],
            ["invoicing_ledger_account.org_id", "invoicing_ledger_account.id"],
            name="fk_invoicing_credit_note_line_account_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "credit_note_id"],
            ["invoicing_credit_note.org_id", "invoicing_credit_note.id"],
            name="fk_invoicing_credit_note_line_credit_note_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "deposit_id"],
            ["invoicing_invoice.org_id", "invoicing_invoice.id"],
            name="fk_invoicing_credit_note_line_deposit_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "invoice_line_id"],
            ["invoicing_invoice_line.org_id", "invoicing_invoice_line.id"],
            name="fk_invoicing_credit_note_line_invoice_line_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "product_id"],
            ["sales_product.org_id", "sales_product.id"],
            name="fk_invoicing_credit_note_line_product_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "tax_rate_id"],
            ["sales_tax_rate.org_id", "sales_tax_rate.id"],
            name="fk_invoicing_credit_note_line_tax_rate_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "unit_id"],
            ["sales_unit.org_id", "sales_unit.id"],
            name="fk_invoicing_credit_note_line_unit_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_credit_note_line_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_credit_note_line")),
    )
    op.create_index(
        "ix_invoicing_credit_note_line_account_id",
        "invoicing_credit_note_line",
        ["org_id", "account_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_credit_note_line_credit_note_id",
        "invoicing_credit_note_line",
        ["org_id", "credit_note_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_credit_note_line_deposit_id",
        "invoicing_credit_note_line",
        ["org_id", "deposit_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_credit_note_line_invoice_line_id",
        "invoicing_credit_note_line",
        ["org_id", "invoice_line_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_credit_note_line_product_id",
        "invoicing_credit_note_line",
        ["org_id", "product_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_credit_note_line_tax_rate_id",
        "invoicing_credit_note_line",
        ["org_id", "tax_rate_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_credit_note_line_unit_id",
        "invoicing_credit_note_line",
        ["org_id", "unit_id"],
        unique=False,
    )
    op.add_column(
        "invoicing_invoice",
        sa.Column(
            "delays", postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default="[]"
        ),
    )
    op.add_column(
        "invoicing_invoice",
        sa.Column("total_tax_books_amount", sa.Numeric(precision=20, scale=4), nullable=True),
    )
    op.add_column(
        "invoicing_invoice", sa.Column("total_tax_books_currency", sa.CHAR(length=3), nullable=True)
    )
    op.add_column("invoicing_invoice", sa.Column("mandate", sa.Text(), nullable=True))
    op.add_column("invoicing_invoice_line", sa.Column("late_invoice_id", sa.UUID(), nullable=True))
    op.create_index(
        "ix_invoicing_invoice_line_late_invoice_id",
        "invoicing_invoice_line",
        ["org_id", "late_invoice_id"],
        unique=False,
    )
    op.create_foreign_key(
        "fk_invoicing_invoice_line_late_invoice_id",
        "invoicing_invoice_line",
        "invoicing_invoice",
        ["org_id", "late_invoice_id"],
        ["org_id", "id"],
    )
    op.add_column(
        "invoicing_vat_due",
        sa.Column("version", sa.BigInteger(), nullable=False, server_default="1"),
    )
    for name in ("created_at", "updated_at"):
        op.add_column(
            "invoicing_vat_due",
            sa.Column(
                name,
                postgresql.TIMESTAMP(timezone=True),
                nullable=False,
                server_default=sa.func.now(),
            ),
        )
        op.alter_column("invoicing_vat_due", name, server_default=None)
    op.alter_column("invoicing_vat_due", "version", server_default=None)
    op.add_column("invoicing_vat_due", sa.Column("territory", sa.Text(), nullable=True))
    op.add_column(
        "invoicing_vat_due",
        sa.Column("recovers", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("invoicing_vat_due", sa.Column("return_id", sa.UUID(), nullable=True))
    op.alter_column("invoicing_invoice", "delays", server_default=None)
    op.alter_column("invoicing_vat_due", "recovers", server_default=None)
    op.create_index(
        "ix_invoicing_vat_due_return_id", "invoicing_vat_due", ["org_id", "return_id"], unique=False
    )
    op.create_foreign_key(
        "fk_invoicing_vat_due_return_id",
        "invoicing_vat_due",
        "invoicing_vat_return",
        ["org_id", "return_id"],
        ["org_id", "id"],
    )
    for text in guards.LATER_FUNCTIONS.values():
        op.execute(text)
    op.execute(guards.marks_more("invoicing_invoice", "delays"))
    op.execute(guards.stands("invoicing_credit_note", _NOTE))
    op.execute(
        guards.lines_stand("invoicing_credit_note_line", "invoicing_credit_note", "credit_note_id")
    )
    op.execute(guards.append_only("invoicing_credit_allocation"))
    op.execute(guards.frozen("invoicing_vat_return", "{draft,computed}", _RETURN))
    op.execute("DROP TRIGGER stands ON invoicing_vat_due")
    op.execute(guards.VAT_IS_COUNTED_ONCE)


def downgrade() -> None:
    """Take back."""
    op.execute("DROP TRIGGER stands ON invoicing_vat_due")
    op.execute(guards.append_only("invoicing_vat_due"))
    op.drop_constraint("fk_invoicing_vat_due_return_id", "invoicing_vat_due", type_="foreignkey")
    op.drop_index("ix_invoicing_vat_due_return_id", table_name="invoicing_vat_due")
    op.drop_column("invoicing_vat_due", "return_id")
    op.drop_column("invoicing_vat_due", "recovers")
    op.drop_column("invoicing_vat_due", "territory")
    for name in ("updated_at", "created_at", "version"):
        op.drop_column("invoicing_vat_due", name)
    op.drop_constraint(
        "fk_invoicing_invoice_line_late_invoice_id", "invoicing_invoice_line", type_="foreignkey"
    )
    op.drop_index("ix_invoicing_invoice_line_late_invoice_id", table_name="invoicing_invoice_line")
    op.drop_column("invoicing_invoice_line", "late_invoice_id")
    op.drop_column("invoicing_invoice", "mandate")
    op.drop_column("invoicing_invoice", "total_tax_books_currency")
    op.drop_column("invoicing_invoice", "total_tax_books_amount")
    op.drop_column("invoicing_invoice", "delays")
    op.drop_index("ix_invoicing_credit_note_line_unit_id", table_name="invoicing_credit_note_line")
    op.drop_index(
        "ix_invoicing_credit_note_line_tax_rate_id", table_name="invoicing_credit_note_line"
    )
    op.drop_index(
        "ix_invoicing_credit_note_line_product_id", table_name="invoicing_credit_note_line"
    )
    op.drop_index(
        "ix_invoicing_credit_note_line_invoice_line_id", table_name="invoicing_credit_note_line"
    )
    op.drop_index(
        "ix_invoicing_credit_note_line_deposit_id", table_name="invoicing_credit_note_line"
    )
    op.drop_index(
        "ix_invoicing_credit_note_line_credit_note_id", table_name="invoicing_credit_note_line"
    )
    op.drop_index(
        "ix_invoicing_credit_note_line_account_id", table_name="invoicing_credit_note_line"
    )
    op.drop_table("invoicing_credit_note_line")
    op.drop_index(
        "ix_invoicing_credit_allocation_invoice_id", table_name="invoicing_credit_allocation"
    )
    op.drop_index(
        "ix_invoicing_credit_allocation_credit_note_id", table_name="invoicing_credit_allocation"
    )
    op.drop_table("invoicing_credit_allocation")
    op.drop_index("ix_invoicing_credit_note_series_rank", table_name="invoicing_credit_note")
    op.drop_index("ix_invoicing_credit_note_party_id_status", table_name="invoicing_credit_note")
    op.drop_index("ix_invoicing_credit_note_party_id", table_name="invoicing_credit_note")
    op.drop_index("ix_invoicing_credit_note_issue_date", table_name="invoicing_credit_note")
    op.drop_index("ix_invoicing_credit_note_invoice_id_status", table_name="invoicing_credit_note")
    op.drop_index("ix_invoicing_credit_note_invoice_id", table_name="invoicing_credit_note")
    op.drop_index("ix_invoicing_credit_note_entry_id", table_name="invoicing_credit_note")
    op.drop_table("invoicing_credit_note")
    op.drop_index("ix_invoicing_vat_return_start", table_name="invoicing_vat_return")
    op.drop_index("ix_invoicing_vat_return_receipt_id", table_name="invoicing_vat_return")
    op.drop_index("ix_invoicing_vat_return_entry_id", table_name="invoicing_vat_return")
    op.drop_table("invoicing_vat_return")
    for name in guards.LATER_FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}()")
