"""ledger, invoices, payments."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from eyeot_invoicing import guards

revision = "invoicing_0001_first_tables"
down_revision = None
branch_labels = ("invoicing",)
depends_on = "sales_0001_catalogue"

_INVOICE = (
    "{status,paid_amount,paid_currency,credited_amount,credited_currency,written_off_amount,"
    "written_off_currency,amount_due_amount,amount_due_currency,sent_at,is_disputed,dispute_reason,"
    "in_collection,due_date,instalments,pending_vat,payment_method_id,internal_note,settled_on,"
    "promised_on,updated_at,version}"
)
_PAYMENT = (
    "{status,unallocated_amount,unallocated_currency,bank_transaction,bounced_on,bounce_reason,"
    "reconciled_on,updated_at,version}"
)
_ENTRY = "{status,reversed_by_id,updated_at,version}"
_LETTER = "{letter,lettered_on,updated_at,version}"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "invoicing_payment_term",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("early_discount", sa.Numeric(), nullable=False),
        sa.Column("early_days", sa.BigInteger(), nullable=True),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_payment_term_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_payment_term")),
        sa.UniqueConstraint("org_id", "code", name="uq_invoicing_payment_term_code"),
    )
    op.create_table(
        "invoicing_ledger_account",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("tax_rate_id", sa.UUID(), nullable=True),
        sa.Column("tax_percent", sa.Numeric(), nullable=True),
        sa.Column("reconcilable", sa.Boolean(), nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column("vat_box", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "type IN ('equity', 'asset', 'liability', 'receivable', 'payable', 'bank', 'cash', 'financial', 'vat_collected', 'vat_deductible', 'expense', 'income', 'off_balance')",
            name=op.f("ck_invoicing_ledger_account_type"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "tax_rate_id"],
            ["sales_tax_rate.org_id", "sales_tax_rate.id"],
            name="fk_invoicing_ledger_account_tax_rate_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_ledger_account_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_ledger_account")),
        sa.UniqueConstraint("org_id", "code", name="uq_invoicing_ledger_account_code"),
    )
    op.create_index(
        "ix_invoicing_ledger_account_tax_rate_id",
        "invoicing_ledger_account",
        ["org_id", "tax_rate_id"],
        unique=False,
    )
    op.create_table(
        "invoicing_fiscal_period",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.BigInteger(), nullable=True),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("locked_for", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("closed_by_id", sa.UUID(), nullable=True),
        sa.Column("reopen_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('open', 'soft_closed', 'closed')",
            name=op.f("ck_invoicing_fiscal_period_status"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "closed_by_id"],
            ["core_user.org_id", "core_user.id"],
            name="fk_invoicing_fiscal_period_closed_by_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_fiscal_period_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_fiscal_period")),
        sa.UniqueConstraint("org_id", "name", name="uq_invoicing_fiscal_period_name"),
    )
    op.create_index(
        "ix_invoicing_fiscal_period_closed_by_id",
        "invoicing_fiscal_period",
        ["org_id", "closed_by_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_fiscal_period_start",
        "invoicing_fiscal_period",
        ["org_id", "start"],
        unique=False,
    )
    op.create_table(
        "invoicing_journal",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("default_account_id", sa.UUID(), nullable=True),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('sales', 'purchases', 'bank', 'cash', 'general', 'opening')",
            name=op.f("ck_invoicing_journal_kind"),
        ),
        sa.CheckConstraint(
            "status IN ('active', 'closed')", name=op.f("ck_invoicing_journal_status")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "default_account_id"],
            ["invoicing_ledger_account.org_id", "invoicing_ledger_account.id"],
            name="fk_invoicing_journal_default_account_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_journal_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_journal")),
        sa.UniqueConstraint("org_id", "code", name="uq_invoicing_journal_code"),
    )
    op.create_index(
        "ix_invoicing_journal_default_account_id",
        "invoicing_journal",
        ["org_id", "default_account_id"],
        unique=False,
    )
    op.create_table(
        "invoicing_journal_entry",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("journal_id", sa.UUID(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("piece_ref", sa.Text(), nullable=True),
        sa.Column("piece_date", sa.Date(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("validated_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("total", sa.Numeric(), nullable=False),
        sa.Column("reverses_id", sa.UUID(), nullable=True),
        sa.Column("reversed_by_id", sa.UUID(), nullable=True),
        sa.Column("hash", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('draft', 'validated', 'reversed')",
            name=op.f("ck_invoicing_journal_entry_status"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "journal_id"],
            ["invoicing_journal.org_id", "invoicing_journal.id"],
            name="fk_invoicing_journal_entry_journal_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "reversed_by_id"],
            ["invoicing_journal_entry.org_id", "invoicing_journal_entry.id"],
            name="fk_invoicing_journal_entry_reversed_by_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "reverses_id"],
            ["invoicing_journal_entry.org_id", "invoicing_journal_entry.id"],
            name="fk_invoicing_journal_entry_reverses_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_journal_entry_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_journal_entry")),
    )
    op.create_index(
        "ix_invoicing_journal_entry_date",
        "invoicing_journal_entry",
        ["org_id", "date"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_journal_entry_journal_id",
        "invoicing_journal_entry",
        ["org_id", "journal_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_journal_entry_number",
        "invoicing_journal_entry",
        ["org_id", "number"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_journal_entry_reversed_by_id",
        "invoicing_journal_entry",
        ["org_id", "reversed_by_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_journal_entry_reverses_id",
        "invoicing_journal_entry",
        ["org_id", "reverses_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_journal_entry_source",
        "invoicing_journal_entry",
        ["org_id", "source"],
        unique=False,
    )
    op.create_table(
        "invoicing_payment_method",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("journal_id", sa.UUID(), nullable=True),
        sa.Column("code_untdid_4461", sa.Text(), nullable=False),
        sa.Column("cash_ceiling", sa.Numeric(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('transfer', 'direct_debit', 'card', 'cheque', 'cash', 'bill')",
            name=op.f("ck_invoicing_payment_method_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "journal_id"],
            ["invoicing_journal.org_id", "invoicing_journal.id"],
            name="fk_invoicing_payment_method_journal_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_payment_method_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_payment_method")),
        sa.UniqueConstraint("org_id", "code", name="uq_invoicing_payment_method_code"),
    )
    op.create_index(
        "ix_invoicing_payment_method_journal_id",
        "invoicing_payment_method",
        ["org_id", "journal_id"],
        unique=False,
    )
    op.create_table(
        "invoicing_entry_line",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("entry_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("party_id", sa.UUID(), nullable=True),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("debit", sa.Numeric(), nullable=False),
        sa.Column("credit", sa.Numeric(), nullable=False),
        sa.Column("amount_currency_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("amount_currency_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("letter", sa.Text(), nullable=True),
        sa.Column("lettered_on", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "account_id"],
            ["invoicing_ledger_account.org_id", "invoicing_ledger_account.id"],
            name="fk_invoicing_entry_line_account_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "entry_id"],
            ["invoicing_journal_entry.org_id", "invoicing_journal_entry.id"],
            name="fk_invoicing_entry_line_entry_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "party_id"],
            ["crm_party.org_id", "crm_party.id"],
            name="fk_invoicing_entry_line_party_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_entry_line_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_entry_line")),
    )
    op.create_index(
        "ix_invoicing_entry_line_account_id",
        "invoicing_entry_line",
        ["org_id", "account_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_entry_line_account_id_date",
        "invoicing_entry_line",
        ["org_id", "account_id", "date"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_entry_line_entry_id",
        "invoicing_entry_line",
        ["org_id", "entry_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_entry_line_letter", "invoicing_entry_line", ["org_id", "letter"], unique=False
    )
    op.create_index(
        "ix_invoicing_entry_line_party_id",
        "invoicing_entry_line",
        ["org_id", "party_id"],
        unique=False,
    )
    op.create_table(
        "invoicing_invoice",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("discount_percent", sa.Numeric(), nullable=False),
        sa.Column("discount_amount_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("discount_amount_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("total_discount_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("total_discount_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("total_net_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("total_net_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("total_tax_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("total_tax_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("total_gross_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("total_gross_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("tax_breakdown", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("party_id", sa.UUID(), nullable=False),
        sa.Column("bill_to", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("ship_to", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("buyer_siren", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("issue_date", sa.Date(), nullable=True),
        sa.Column("supply_date", sa.Date(), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("payment_term_id", sa.UUID(), nullable=True),
        sa.Column("payment_method_id", sa.UUID(), nullable=True),
        sa.Column("buyer_reference", sa.Text(), nullable=True),
        sa.Column("order_reference", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("internal_note", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("deposit_of", sa.Text(), nullable=True),
        sa.Column("operation_nature", sa.Text(), nullable=True),
        sa.Column("vat_on_debits", sa.Boolean(), nullable=False),
        sa.Column("deposits_deducted_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("deposits_deducted_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("paid_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("paid_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("credited_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("credited_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("written_off_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("written_off_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("amount_due_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("amount_due_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("instalments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("pending_vat", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("exchange_rate", sa.Numeric(), nullable=True),
        sa.Column("seller", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("buyer", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("is_self_billed", sa.Boolean(), nullable=False),
        sa.Column("sent_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("is_disputed", sa.Boolean(), nullable=False),
        sa.Column("dispute_reason", sa.Text(), nullable=True),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.Column("in_collection", sa.Boolean(), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True),
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
            "kind IN ('standard', 'deposit', 'progress', 'final', 'corrective')",
            name=op.f("ck_invoicing_invoice_kind"),
        ),
        sa.CheckConstraint(
            "operation_nature IN ('goods', 'services', 'mixed')",
            name=op.f("ck_invoicing_invoice_operation_nature"),
        ),
        sa.CheckConstraint(
            "profile IN ('en16931', 'extended_ctc_fr', 'basic')",
            name=op.f("ck_invoicing_invoice_profile"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'posted', 'partially_paid', 'paid', 'credited')",
            name=op.f("ck_invoicing_invoice_status"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "entry_id"],
            ["invoicing_journal_entry.org_id", "invoicing_journal_entry.id"],
            name="fk_invoicing_invoice_entry_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "party_id"],
            ["crm_party.org_id", "crm_party.id"],
            name="fk_invoicing_invoice_party_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "payment_method_id"],
            ["invoicing_payment_method.org_id", "invoicing_payment_method.id"],
            name="fk_invoicing_invoice_payment_method_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "payment_term_id"],
            ["invoicing_payment_term.org_id", "invoicing_payment_term.id"],
            name="fk_invoicing_invoice_payment_term_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_invoice_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_invoice")),
        sa.UniqueConstraint("org_id", "number", name="uq_invoicing_invoice_number"),
    )
    op.create_index(
        "ix_invoicing_invoice_entry_id", "invoicing_invoice", ["org_id", "entry_id"], unique=False
    )
    op.create_index(
        "ix_invoicing_invoice_issue_date",
        "invoicing_invoice",
        ["org_id", "issue_date"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_invoice_party_id", "invoicing_invoice", ["org_id", "party_id"], unique=False
    )
    op.create_index(
        "ix_invoicing_invoice_party_id_status",
        "invoicing_invoice",
        ["org_id", "party_id", "status"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_invoice_payment_method_id",
        "invoicing_invoice",
        ["org_id", "payment_method_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_invoice_payment_term_id",
        "invoicing_invoice",
        ["org_id", "payment_term_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_invoice_series_rank",
        "invoicing_invoice",
        ["org_id", "series", "rank"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_invoice_status_due_date",
        "invoicing_invoice",
        ["org_id", "status", "due_date"],
        unique=False,
    )
    op.create_table(
        "invoicing_payment",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("party_id", sa.UUID(), nullable=False),
        sa.Column("amount_amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("amount_currency", sa.CHAR(length=3), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("method_id", sa.UUID(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("fee_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("fee_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("bank_transaction", sa.Text(), nullable=True),
        sa.Column("unallocated_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("unallocated_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("exchange_rate", sa.Numeric(), nullable=True),
        sa.Column("posted_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("entry_id", sa.UUID(), nullable=True),
        sa.Column("reconciled_on", sa.Date(), nullable=True),
        sa.Column("bounced_on", sa.Date(), nullable=True),
        sa.Column("bounce_reason", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "direction IN ('in', 'out')", name=op.f("ck_invoicing_payment_direction")
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'posted', 'reconciled', 'bounced', 'cancelled')",
            name=op.f("ck_invoicing_payment_status"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "entry_id"],
            ["invoicing_journal_entry.org_id", "invoicing_journal_entry.id"],
            name="fk_invoicing_payment_entry_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "method_id"],
            ["invoicing_payment_method.org_id", "invoicing_payment_method.id"],
            name="fk_invoicing_payment_method_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "party_id"],
            ["crm_party.org_id", "crm_party.id"],
            name="fk_invoicing_payment_party_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_payment_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_payment")),
        sa.UniqueConstraint("org_id", "number", name="uq_invoicing_payment_number"),
    )
    op.create_index(
        "ix_invoicing_payment_date", "invoicing_payment", ["org_id", "date"], unique=False
    )
    op.create_index(
        "ix_invoicing_payment_entry_id", "invoicing_payment", ["org_id", "entry_id"], unique=False
    )
    op.create_index(
        "ix_invoicing_payment_method_id", "invoicing_payment", ["org_id", "method_id"], unique=False
    )
    op.create_index(
        "ix_invoicing_payment_party_id", "invoicing_payment", ["org_id", "party_id"], unique=False
    )
    op.create_index(
        "ix_invoicing_payment_party_id_status",
        "invoicing_payment",
        ["org_id", "party_id", "status"],
        unique=False,
    )
    op.create_table(
        "invoicing_vat_due",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("nature", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("percent", sa.Numeric(), nullable=False),
        sa.Column("exemption_code", sa.Text(), nullable=True),
        sa.Column("base", sa.Numeric(), nullable=False),
        sa.Column("tax", sa.Numeric(), nullable=False),
        sa.Column("is_self_assessed", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("party_id", sa.UUID(), nullable=True),
        sa.Column("entry_id", sa.UUID(), nullable=True),
        sa.CheckConstraint(
            "direction IN ('collected', 'deductible')", name=op.f("ck_invoicing_vat_due_direction")
        ),
        sa.CheckConstraint(
            "nature IN ('goods', 'service', 'asset')", name=op.f("ck_invoicing_vat_due_nature")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "entry_id"],
            ["invoicing_journal_entry.org_id", "invoicing_journal_entry.id"],
            name="fk_invoicing_vat_due_entry_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "party_id"],
            ["crm_party.org_id", "crm_party.id"],
            name="fk_invoicing_vat_due_party_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_vat_due_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_vat_due")),
    )
    op.create_index(
        "ix_invoicing_vat_due_due_on", "invoicing_vat_due", ["org_id", "due_on"], unique=False
    )
    op.create_index(
        "ix_invoicing_vat_due_entry_id", "invoicing_vat_due", ["org_id", "entry_id"], unique=False
    )
    op.create_index(
        "ix_invoicing_vat_due_party_id", "invoicing_vat_due", ["org_id", "party_id"], unique=False
    )
    op.create_index(
        "ix_invoicing_vat_due_source", "invoicing_vat_due", ["org_id", "source"], unique=False
    )
    op.create_table(
        "invoicing_invoice_line",
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
        sa.Column("invoice_id", sa.UUID(), nullable=False),
        sa.Column("nature", sa.Text(), nullable=True),
        sa.Column("service_start", sa.Date(), nullable=True),
        sa.Column("service_end", sa.Date(), nullable=True),
        sa.Column("account_id", sa.UUID(), nullable=True),
        sa.Column("analytic", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("order_line_id", sa.Text(), nullable=True),
        sa.Column("quote_line_id", sa.Text(), nullable=True),
        sa.Column("deposit_id", sa.UUID(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('product', 'section', 'note', 'subtotal', 'deposit')",
            name=op.f("ck_invoicing_invoice_line_kind"),
        ),
        sa.CheckConstraint(
            "nature IN ('goods', 'service')", name=op.f("ck_invoicing_invoice_line_nature")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "account_id"],
            ["invoicing_ledger_account.org_id", "invoicing_ledger_account.id"],
            name="fk_invoicing_invoice_line_account_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "deposit_id"],
            ["invoicing_invoice.org_id", "invoicing_invoice.id"],
            name="fk_invoicing_invoice_line_deposit_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "invoice_id"],
            ["invoicing_invoice.org_id", "invoicing_invoice.id"],
            name="fk_invoicing_invoice_line_invoice_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "product_id"],
            ["sales_product.org_id", "sales_product.id"],
            name="fk_invoicing_invoice_line_product_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "tax_rate_id"],
            ["sales_tax_rate.org_id", "sales_tax_rate.id"],
            name="fk_invoicing_invoice_line_tax_rate_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "unit_id"],
            ["sales_unit.org_id", "sales_unit.id"],
            name="fk_invoicing_invoice_line_unit_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_invoice_line_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_invoice_line")),
    )
    op.create_index(
        "ix_invoicing_invoice_line_account_id",
        "invoicing_invoice_line",
        ["org_id", "account_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_invoice_line_deposit_id",
        "invoicing_invoice_line",
        ["org_id", "deposit_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_invoice_line_invoice_id",
        "invoicing_invoice_line",
        ["org_id", "invoice_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_invoice_line_order_line_id",
        "invoicing_invoice_line",
        ["org_id", "order_line_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_invoice_line_product_id",
        "invoicing_invoice_line",
        ["org_id", "product_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_invoice_line_tax_rate_id",
        "invoicing_invoice_line",
        ["org_id", "tax_rate_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_invoice_line_unit_id",
        "invoicing_invoice_line",
        ["org_id", "unit_id"],
        unique=False,
    )
    op.create_table(
        "invoicing_payment_allocation",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("payment_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("settles", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.UUID(), nullable=True),
        sa.Column("amount_amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("amount_currency", sa.CHAR(length=3), nullable=False),
        sa.Column("on", sa.Date(), nullable=True),
        sa.Column("undone_on", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "invoice_id"],
            ["invoicing_invoice.org_id", "invoicing_invoice.id"],
            name="fk_invoicing_payment_allocation_invoice_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "payment_id"],
            ["invoicing_payment.org_id", "invoicing_payment.id"],
            name="fk_invoicing_payment_allocation_payment_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_payment_allocation_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_payment_allocation")),
    )
    op.create_index(
        "ix_invoicing_payment_allocation_invoice_id",
        "invoicing_payment_allocation",
        ["org_id", "invoice_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_payment_allocation_payment_id",
        "invoicing_payment_allocation",
        ["org_id", "payment_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_payment_allocation_settles",
        "invoicing_payment_allocation",
        ["org_id", "settles"],
        unique=False,
    )
    for text in guards.FUNCTIONS.values():
        op.execute(text)
    op.execute(guards.stands("invoicing_invoice", _INVOICE))
    op.execute(guards.lines_stand("invoicing_invoice_line", "invoicing_invoice", "invoice_id"))
    op.execute(guards.stands("invoicing_payment", _PAYMENT))
    op.execute(guards.stands("invoicing_journal_entry", _ENTRY))
    op.execute(
        guards.lines_stand("invoicing_entry_line", "invoicing_journal_entry", "entry_id", _LETTER)
    )
    op.execute(guards.append_only("invoicing_vat_due"))
    op.execute(guards.ENTRY_BALANCES)
    op.execute(guards.ENTRY_IN_OPEN_PERIOD)


def downgrade() -> None:
    """Take back."""
    op.drop_index(
        "ix_invoicing_payment_allocation_settles", table_name="invoicing_payment_allocation"
    )
    op.drop_index(
        "ix_invoicing_payment_allocation_payment_id", table_name="invoicing_payment_allocation"
    )
    op.drop_index(
        "ix_invoicing_payment_allocation_invoice_id", table_name="invoicing_payment_allocation"
    )
    op.drop_table("invoicing_payment_allocation")
    op.drop_index("ix_invoicing_invoice_line_unit_id", table_name="invoicing_invoice_line")
    op.drop_index("ix_invoicing_invoice_line_tax_rate_id", table_name="invoicing_invoice_line")
    op.drop_index("ix_invoicing_invoice_line_product_id", table_name="invoicing_invoice_line")
    op.drop_index("ix_invoicing_invoice_line_order_line_id", table_name="invoicing_invoice_line")
    op.drop_index("ix_invoicing_invoice_line_invoice_id", table_name="invoicing_invoice_line")
    op.drop_index("ix_invoicing_invoice_line_deposit_id", table_name="invoicing_invoice_line")
    op.drop_index("ix_invoicing_invoice_line_account_id", table_name="invoicing_invoice_line")
    op.drop_table("invoicing_invoice_line")
    op.drop_index("ix_invoicing_vat_due_source", table_name="invoicing_vat_due")
    op.drop_index("ix_invoicing_vat_due_party_id", table_name="invoicing_vat_due")
    op.drop_index("ix_invoicing_vat_due_entry_id", table_name="invoicing_vat_due")
    op.drop_index("ix_invoicing_vat_due_due_on", table_name="invoicing_vat_due")
    op.drop_table("invoicing_vat_due")
    op.drop_index("ix_invoicing_payment_party_id_status", table_name="invoicing_payment")
    op.drop_index("ix_invoicing_payment_party_id", table_name="invoicing_payment")
    op.drop_index("ix_invoicing_payment_method_id", table_name="invoicing_payment")
    op.drop_index("ix_invoicing_payment_entry_id", table_name="invoicing_payment")
    op.drop_index("ix_invoicing_payment_date", table_name="invoicing_payment")
    op.drop_table("invoicing_payment")
    op.drop_index("ix_invoicing_invoice_status_due_date", table_name="invoicing_invoice")
    op.drop_index("ix_invoicing_invoice_series_rank", table_name="invoicing_invoice")
    op.drop_index("ix_invoicing_invoice_payment_term_id", table_name="invoicing_invoice")
    op.drop_index("ix_invoicing_invoice_payment_method_id", table_name="invoicing_invoice")
    op.drop_index("ix_invoicing_invoice_party_id_status", table_name="invoicing_invoice")
    op.drop_index("ix_invoicing_invoice_party_id", table_name="invoicing_invoice")
    op.drop_index("ix_invoicing_invoice_issue_date", table_name="invoicing_invoice")
    op.drop_index("ix_invoicing_invoice_entry_id", table_name="invoicing_invoice")
    op.drop_table("invoicing_invoice")
    op.drop_index("ix_invoicing_entry_line_party_id", table_name="invoicing_entry_line")
    op.drop_index("ix_invoicing_entry_line_letter", table_name="invoicing_entry_line")
    op.drop_index("ix_invoicing_entry_line_entry_id", table_name="invoicing_entry_line")
    op.drop_index("ix_invoicing_entry_line_account_id_date", table_name="invoicing_entry_line")
    op.drop_index("ix_invoicing_entry_line_account_id", table_name="invoicing_entry_line")
    op.drop_table("invoicing_entry_line")
    op.drop_index("ix_invoicing_payment_method_journal_id", table_name="invoicing_payment_method")
    op.drop_table("invoicing_payment_method")
    op.drop_index("ix_invoicing_journal_entry_source", table_name="invoicing_journal_entry")
    op.drop_index("ix_invoicing_journal_entry_reverses_id", table_name="invoicing_journal_entry")
    op.drop_index("ix_invoicing_journal_entry_reversed_by_id", table_name="invoicing_journal_entry")
    op.drop_index("ix_invoicing_journal_entry_number", table_name="invoicing_journal_entry")
    op.drop_index("ix_invoicing_journal_entry_journal_id", table_name="invoicing_journal_entry")
    op.drop_index("ix_invoicing_journal_entry_date", table_name="invoicing_journal_entry")
    op.drop_table("invoicing_journal_entry")
    op.drop_index("ix_invoicing_journal_default_account_id", table_name="invoicing_journal")
    op.drop_table("invoicing_journal")
    op.drop_index("ix_invoicing_fiscal_period_start", table_name="invoicing_fiscal_period")
    op.drop_index("ix_invoicing_fiscal_period_closed_by_id", table_name="invoicing_fiscal_period")
    op.drop_table("invoicing_fiscal_period")
    op.drop_index("ix_invoicing_ledger_account_tax_rate_id", table_name="invoicing_ledger_account")
    op.drop_table("invoicing_ledger_account")
    op.drop_table("invoicing_payment_term")
    for name in guards.FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}()")
