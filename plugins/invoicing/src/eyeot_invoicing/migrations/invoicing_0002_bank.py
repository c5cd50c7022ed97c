"""bank accounts, statements, movements and what they were matched with."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from eyeot_invoicing import guards

revision = "invoicing_0002_bank"
down_revision = "invoicing_0002_credit_and_vat"
branch_labels = None
depends_on = "core_0002_documents"

_PAYMENT = (
    "{status,unallocated_amount,unallocated_currency,bank_transaction,bounced_on,bounce_reason,"
    "reconciled_on,updated_at,version}"
)
_WIDER = _PAYMENT.replace(
    "reconciled_on", "bounce_fee_amount,bounce_fee_currency,deposit_slip,reconciled_on"
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "invoicing_bank_identity",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("party_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('iban', 'name')", name=op.f("ck_invoicing_bank_identity_kind")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "party_id"],
            ["crm_party.org_id", "crm_party.id"],
            name="fk_invoicing_bank_identity_party_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_bank_identity_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_bank_identity")),
        sa.UniqueConstraint(
            "org_id", "kind", "value", name="uq_invoicing_bank_identity_kind_value"
        ),
    )
    op.create_index(
        "ix_invoicing_bank_identity_party_id",
        "invoicing_bank_identity",
        ["org_id", "party_id"],
        unique=False,
    )
    op.create_table(
        "invoicing_reconciliation_rule",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("condition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=True),
        sa.Column("tax_rate_id", sa.UUID(), nullable=True),
        sa.Column("party_id", sa.UUID(), nullable=True),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("auto_confirm", sa.Boolean(), nullable=False),
        sa.Column("hits", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "action IN ('match', 'book', 'tag')",
            name=op.f("ck_invoicing_reconciliation_rule_action"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "account_id"],
            ["invoicing_ledger_account.org_id", "invoicing_ledger_account.id"],
            name="fk_invoicing_reconciliation_rule_account_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "party_id"],
            ["crm_party.org_id", "crm_party.id"],
            name="fk_invoicing_reconciliation_rule_party_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "tax_rate_id"],
            ["sales_tax_rate.org_id", "sales_tax_rate.id"],
            name="fk_invoicing_reconciliation_rule_tax_rate_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_reconciliation_rule_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_reconciliation_rule")),
    )
    op.create_index(
        "ix_invoicing_reconciliation_rule_account_id",
        "invoicing_reconciliation_rule",
        ["org_id", "account_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_reconciliation_rule_party_id",
        "invoicing_reconciliation_rule",
        ["org_id", "party_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_reconciliation_rule_position",
        "invoicing_reconciliation_rule",
        ["org_id", "position"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_reconciliation_rule_tax_rate_id",
        "invoicing_reconciliation_rule",
        ["org_id", "tax_rate_id"],
        unique=False,
    )
    op.create_table(
        "invoicing_bank_account",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("iban", sa.Text(), nullable=True),
        sa.Column("bic", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("opening_balance_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("opening_balance_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("journal_id", sa.UUID(), nullable=True),
        sa.Column("account_id", sa.UUID(), nullable=True),
        sa.Column("connector", sa.Text(), nullable=False),
        sa.Column("consent_until", sa.Date(), nullable=True),
        sa.Column("last_sync_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "connector IN ('file', 'ebics', 'open_banking', 'none')",
            name=op.f("ck_invoicing_bank_account_connector"),
        ),
        sa.CheckConstraint(
            "status IN ('active', 'closed')", name=op.f("ck_invoicing_bank_account_status")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "account_id"],
            ["invoicing_ledger_account.org_id", "invoicing_ledger_account.id"],
            name="fk_invoicing_bank_account_account_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "journal_id"],
            ["invoicing_journal.org_id", "invoicing_journal.id"],
            name="fk_invoicing_bank_account_journal_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_bank_account_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_bank_account")),
        sa.UniqueConstraint("org_id", "account_id", name="uq_invoicing_bank_account_account_id"),
        sa.UniqueConstraint("org_id", "iban", name="uq_invoicing_bank_account_iban"),
    )
    op.create_index(
        "ix_invoicing_bank_account_account_id",
        "invoicing_bank_account",
        ["org_id", "account_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_bank_account_journal_id",
        "invoicing_bank_account",
        ["org_id", "journal_id"],
        unique=False,
    )
    op.create_table(
        "invoicing_bank_statement",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("bank_account_id", sa.UUID(), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("opening_amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("opening_currency", sa.CHAR(length=3), nullable=False),
        sa.Column("closing_amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("closing_currency", sa.CHAR(length=3), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("document_id", sa.UUID(), nullable=True),
        sa.Column("movements", sa.BigInteger(), nullable=False),
        sa.Column("skipped", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "format IN ('camt053', 'mt940', 'ofx', 'cfonb120', 'csv')",
            name=op.f("ck_invoicing_bank_statement_format"),
        ),
        sa.CheckConstraint(
            "status IN ('imported', 'in_progress', 'reconciled', 'locked')",
            name=op.f("ck_invoicing_bank_statement_status"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "bank_account_id"],
            ["invoicing_bank_account.org_id", "invoicing_bank_account.id"],
            name="fk_invoicing_bank_statement_bank_account_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "document_id"],
            ["core_document.org_id", "core_document.id"],
            name="fk_invoicing_bank_statement_document_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_bank_statement_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_bank_statement")),
        sa.UniqueConstraint(
            "org_id",
            "digest",
            "bank_account_id",
            "position",
            name="uq_invoicing_bank_statement_digest_bank_account_id_position",
        ),
    )
    op.create_index(
        "ix_invoicing_bank_statement_bank_account_id",
        "invoicing_bank_statement",
        ["org_id", "bank_account_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_bank_statement_bank_account_id_end",
        "invoicing_bank_statement",
        ["org_id", "bank_account_id", "end"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_bank_statement_document_id",
        "invoicing_bank_statement",
        ["org_id", "document_id"],
        unique=False,
    )
    op.create_table(
        "invoicing_bank_transaction",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("bank_account_id", sa.UUID(), nullable=False),
        sa.Column("statement_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=True),
        sa.Column("amount_amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("amount_currency", sa.CHAR(length=3), nullable=False),
        sa.Column("counterparty", sa.Text(), nullable=True),
        sa.Column("counterparty_iban", sa.Text(), nullable=True),
        sa.Column("remittance", sa.Text(), nullable=True),
        sa.Column("end_to_end_id", sa.Text(), nullable=True),
        sa.Column("bank_code", sa.Text(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("party_id", sa.UUID(), nullable=True),
        sa.Column("remaining_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("remaining_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('unmatched', 'suggested', 'matched', 'ignored')",
            name=op.f("ck_invoicing_bank_transaction_status"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "bank_account_id"],
            ["invoicing_bank_account.org_id", "invoicing_bank_account.id"],
            name="fk_invoicing_bank_transaction_bank_account_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "party_id"],
            ["crm_party.org_id", "crm_party.id"],
            name="fk_invoicing_bank_transaction_party_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "statement_id"],
            ["invoicing_bank_statement.org_id", "invoicing_bank_statement.id"],
            name="fk_invoicing_bank_transaction_statement_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_bank_transaction_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_bank_transaction")),
        sa.UniqueConstraint(
            "org_id",
            "bank_account_id",
            "fingerprint",
            name="uq_invoicing_bank_transaction_bank_account_id_fingerprint",
        ),
    )
    op.create_index(
        "ix_invoicing_bank_transaction_bank_account_id",
        "invoicing_bank_transaction",
        ["org_id", "bank_account_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_bank_transaction_bank_account_id_booked_on",
        "invoicing_bank_transaction",
        ["org_id", "bank_account_id", "booked_on"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_bank_transaction_counterparty_iban",
        "invoicing_bank_transaction",
        ["org_id", "counterparty_iban"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_bank_transaction_end_to_end_id",
        "invoicing_bank_transaction",
        ["org_id", "end_to_end_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_bank_transaction_party_id",
        "invoicing_bank_transaction",
        ["org_id", "party_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_bank_transaction_statement_id",
        "invoicing_bank_transaction",
        ["org_id", "statement_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_bank_transaction_statement_id_position",
        "invoicing_bank_transaction",
        ["org_id", "statement_id", "position"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_bank_transaction_status_booked_on",
        "invoicing_bank_transaction",
        ["org_id", "status", "booked_on"],
        unique=False,
    )
    op.create_table(
        "invoicing_bank_match",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("transaction_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("amount_amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("amount_currency", sa.CHAR(length=3), nullable=False),
        sa.Column("payment_id", sa.UUID(), nullable=True),
        sa.Column("entry_id", sa.UUID(), nullable=True),
        sa.Column("rule_id", sa.UUID(), nullable=True),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("undone_on", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('piece', 'payment', 'entry', 'transfer')",
            name=op.f("ck_invoicing_bank_match_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "entry_id"],
            ["invoicing_journal_entry.org_id", "invoicing_journal_entry.id"],
            name="fk_invoicing_bank_match_entry_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "payment_id"],
            ["invoicing_payment.org_id", "invoicing_payment.id"],
            name="fk_invoicing_bank_match_payment_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "rule_id"],
            ["invoicing_reconciliation_rule.org_id", "invoicing_reconciliation_rule.id"],
            name="fk_invoicing_bank_match_rule_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "transaction_id"],
            ["invoicing_bank_transaction.org_id", "invoicing_bank_transaction.id"],
            name="fk_invoicing_bank_match_transaction_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_bank_match_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_bank_match")),
    )
    op.create_index(
        "ix_invoicing_bank_match_entry_id",
        "invoicing_bank_match",
        ["org_id", "entry_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_bank_match_payment_id",
        "invoicing_bank_match",
        ["org_id", "payment_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_bank_match_rule_id",
        "invoicing_bank_match",
        ["org_id", "rule_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_bank_match_target", "invoicing_bank_match", ["org_id", "target"], unique=False
    )
    op.create_index(
        "ix_invoicing_bank_match_transaction_id",
        "invoicing_bank_match",
        ["org_id", "transaction_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_bank_match_transaction_id_undone_on",
        "invoicing_bank_match",
        ["org_id", "transaction_id", "undone_on"],
        unique=False,
    )
    op.add_column("invoicing_payment", sa.Column("bank_account_id", sa.UUID(), nullable=True))
    op.add_column("invoicing_payment", sa.Column("origin_id", sa.UUID(), nullable=True))
    op.add_column("invoicing_payment", sa.Column("deposit_slip", sa.Text(), nullable=True))
    op.add_column(
        "invoicing_payment",
        sa.Column("bounce_fee_amount", sa.Numeric(precision=20, scale=4), nullable=True),
    )
    op.add_column(
        "invoicing_payment", sa.Column("bounce_fee_currency", sa.CHAR(length=3), nullable=True)
    )
    op.create_index(
        "ix_invoicing_payment_bank_account_id",
        "invoicing_payment",
        ["org_id", "bank_account_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_payment_deposit_slip",
        "invoicing_payment",
        ["org_id", "deposit_slip"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_payment_origin_id", "invoicing_payment", ["org_id", "origin_id"], unique=False
    )
    op.create_foreign_key(
        "fk_invoicing_payment_origin_id",
        "invoicing_payment",
        "invoicing_payment",
        ["org_id", "origin_id"],
        ["org_id", "id"],
    )
    op.create_foreign_key(
        "fk_invoicing_payment_bank_account_id",
        "invoicing_payment",
        "invoicing_bank_account",
        ["org_id", "bank_account_id"],
        ["org_id", "id"],
    )
    op.alter_column("invoicing_payment_term", "code", nullable=True)
    for text in guards.BANK_FUNCTIONS.values():
        op.execute(text)
    op.execute(guards.TRANSACTION_IS_TOLD)
    op.execute(guards.TRANSACTION_BALANCES)
    op.execute(guards.PAYMENT_COVERS)
    op.execute("DROP TRIGGER stands ON invoicing_payment")
    op.execute(guards.stands("invoicing_payment", _WIDER))


def downgrade() -> None:
    """Take back."""
    op.execute("DROP TRIGGER stands ON invoicing_payment")
    op.execute(guards.stands("invoicing_payment", _PAYMENT))
    op.alter_column("invoicing_payment_term", "code", nullable=False)
    op.execute("DROP TRIGGER covers ON invoicing_payment_allocation")
    op.drop_constraint(
        "fk_invoicing_payment_bank_account_id", "invoicing_payment", type_="foreignkey"
    )
    op.drop_constraint("fk_invoicing_payment_origin_id", "invoicing_payment", type_="foreignkey")
    op.drop_index("ix_invoicing_payment_origin_id", table_name="invoicing_payment")
    op.drop_index("ix_invoicing_payment_deposit_slip", table_name="invoicing_payment")
    op.drop_index("ix_invoicing_payment_bank_account_id", table_name="invoicing_payment")
    op.drop_column("invoicing_payment", "bounce_fee_currency")
    op.drop_column("invoicing_payment", "bounce_fee_amount")
    op.drop_column("invoicing_payment", "deposit_slip")
    op.drop_column("invoicing_payment", "origin_id")
    op.drop_column("invoicing_payment", "bank_account_id")
    op.drop_index(
        "ix_invoicing_bank_match_transaction_id_undone_on", table_name="invoicing_bank_match"
    )
    op.drop_index("ix_invoicing_bank_match_transaction_id", table_name="invoicing_bank_match")
    op.drop_index("ix_invoicing_bank_match_target", table_name="invoicing_bank_match")
    op.drop_index("ix_invoicing_bank_match_rule_id", table_name="invoicing_bank_match")
    op.drop_index("ix_invoicing_bank_match_payment_id", table_name="invoicing_bank_match")
    op.drop_index("ix_invoicing_bank_match_entry_id", table_name="invoicing_bank_match")
    op.drop_table("invoicing_bank_match")
    op.drop_index(
        "ix_invoicing_bank_transaction_status_booked_on", table_name="invoicing_bank_transaction"
    )
    op.drop_index(
        "ix_invoicing_bank_transaction_statement_id_position",
        table_name="invoicing_bank_transaction",
    )
    op.drop_index(
        "ix_invoicing_bank_transaction_statement_id", table_name="invoicing_bank_transaction"
    )
    op.drop_index("ix_invoicing_bank_transaction_party_id", table_name="invoicing_bank_transaction")
    op.drop_index(
        "ix_invoicing_bank_transaction_end_to_end_id", table_name="invoicing_bank_transaction"
    )
    op.drop_index(
        "ix_invoicing_bank_transaction_counterparty_iban", table_name="invoicing_bank_transaction"
    )
    op.drop_index(
        "ix_invoicing_bank_transaction_bank_account_id_booked_on",
        table_name="invoicing_bank_transaction",
    )
    op.drop_index(
        "ix_invoicing_bank_transaction_bank_account_id", table_name="invoicing_bank_transaction"
    )
    op.drop_table("invoicing_bank_transaction")
    op.drop_index("ix_invoicing_bank_statement_document_id", table_name="invoicing_bank_statement")
    op.drop_index(
        "ix_invoicing_bank_statement_bank_account_id_end", table_name="invoicing_bank_statement"
    )
    op.drop_index(
        "ix_invoicing_bank_statement_bank_account_id", table_name="invoicing_bank_statement"
    )
    op.drop_table("invoicing_bank_statement")
    op.drop_index("ix_invoicing_bank_account_journal_id", table_name="invoicing_bank_account")
    op.drop_index("ix_invoicing_bank_account_account_id", table_name="invoicing_bank_account")
    op.drop_table("invoicing_bank_account")
    op.drop_index(
        "ix_invoicing_reconciliation_rule_tax_rate_id", table_name="invoicing_reconciliation_rule"
    )
    op.drop_index(
        "ix_invoicing_reconciliation_rule_position", table_name="invoicing_reconciliation_rule"
    )
    op.drop_index(
        "ix_invoicing_reconciliation_rule_party_id", table_name="invoicing_reconciliation_rule"
    )
    op.drop_index(
        "ix_invoicing_reconciliation_rule_account_id", table_name="invoicing_reconciliation_rule"
    )
    op.drop_table("invoicing_reconciliation_rule")
    op.drop_index("ix_invoicing_bank_identity_party_id", table_name="invoicing_bank_identity")
    op.drop_table("invoicing_bank_identity")
    for name in guards.BANK_FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}()")
