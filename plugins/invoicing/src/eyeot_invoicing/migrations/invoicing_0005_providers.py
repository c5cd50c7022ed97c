"""Providers: payment links, open banking, and Chorus Pro among the platforms."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from eyeot_invoicing import guards

revision = "invoicing_0005_providers"
down_revision = "invoicing_0004_merged_parties"
branch_labels = None
depends_on = ["core_0024_search", "crm_0005_targets", "sales_0002_quotes_and_orders"]

_BEFORE = {
    ("invoicing_pa_connection", "api"): "'xp_z12_013', 'vendor'",
    ("invoicing_bank_statement", "format"): "'camt053', 'mt940', 'ofx', 'cfonb120', 'csv'",
}
_SINCE = {
    ("invoicing_pa_connection", "api"): "'xp_z12_013', 'vendor', 'chorus_pro'",
    ("invoicing_bank_statement", "format"): (
        "'camt053', 'mt940', 'ofx', 'cfonb120', 'csv', 'open_banking'"
    ),
}


def _choices(of: dict[tuple[str, str], str]) -> None:
    for (table, column), values in of.items():
        name = f"ck_{table}_{column}"
        op.drop_constraint(op.f(name), table)
        op.create_check_constraint(op.f(name), table, f"{column} IN ({values})")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "invoicing_payment_link",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("invoice_id", sa.UUID(), nullable=False),
        sa.Column("method_id", sa.UUID(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("amount_amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("amount_currency", sa.CHAR(length=3), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("remote_payment", sa.Text(), nullable=True),
        sa.Column("payment_id", sa.UUID(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "provider IN ('stripe')", name=op.f("ck_invoicing_payment_link_provider")
        ),
        sa.CheckConstraint(
            "status IN ('open', 'paid', 'ended')", name=op.f("ck_invoicing_payment_link_status")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "invoice_id"],
            ["invoicing_invoice.org_id", "invoicing_invoice.id"],
            name="fk_invoicing_payment_link_invoice_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "method_id"],
            ["invoicing_payment_method.org_id", "invoicing_payment_method.id"],
            name="fk_invoicing_payment_link_method_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "payment_id"],
            ["invoicing_payment.org_id", "invoicing_payment.id"],
            name="fk_invoicing_payment_link_payment_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_payment_link_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_payment_link")),
        sa.UniqueConstraint("org_id", "remote_id", name="uq_invoicing_payment_link_remote_id"),
        sa.UniqueConstraint(
            "org_id", "remote_payment", name="uq_invoicing_payment_link_remote_payment"
        ),
    )
    op.create_index(
        "ix_invoicing_payment_link_invoice_id",
        "invoicing_payment_link",
        ["org_id", "invoice_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_payment_link_method_id",
        "invoicing_payment_link",
        ["org_id", "method_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_payment_link_payment_id",
        "invoicing_payment_link",
        ["org_id", "payment_id"],
        unique=False,
    )
    op.create_index(
        "ux_invoicing_payment_link_open",
        "invoicing_payment_link",
        ["org_id", "invoice_id"],
        unique=True,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.add_column("invoicing_bank_account", sa.Column("bank_name", sa.Text(), nullable=True))
    op.add_column("invoicing_bank_account", sa.Column("application_id", sa.Text(), nullable=True))
    op.add_column("invoicing_bank_account", sa.Column("redirect_url", sa.Text(), nullable=True))
    op.add_column("invoicing_bank_account", sa.Column("credentials", sa.Text(), nullable=True))
    op.add_column("invoicing_payment_method", sa.Column("provider", sa.Text(), nullable=True))
    op.add_column("invoicing_payment_method", sa.Column("credentials", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_invoicing_payment_method_provider"),
        "invoicing_payment_method",
        "provider IN ('stripe')",
    )
    _choices(_SINCE)
    op.add_column(
        "invoicing_bank_transaction", sa.Column("receipt_asked_of", sa.UUID(), nullable=True)
    )
    op.add_column(
        "invoicing_bank_transaction",
        sa.Column("receipt_asked_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
    )
    op.execute("DROP TRIGGER told ON invoicing_bank_transaction")
    op.execute(guards.TRANSACTION_IS_TOLD_AND_ASKED)


def downgrade() -> None:
    """Take back."""
    op.execute("DROP TRIGGER told ON invoicing_bank_transaction")
    op.execute(guards.TRANSACTION_IS_TOLD)
    op.drop_column("invoicing_bank_transaction", "receipt_asked_at")
    op.drop_column("invoicing_bank_transaction", "receipt_asked_of")
    _choices(_BEFORE)
    op.drop_constraint(op.f("ck_invoicing_payment_method_provider"), "invoicing_payment_method")
    op.drop_column("invoicing_payment_method", "credentials")
    op.drop_column("invoicing_payment_method", "provider")
    op.drop_column("invoicing_bank_account", "credentials")
    op.drop_column("invoicing_bank_account", "redirect_url")
    op.drop_column("invoicing_bank_account", "application_id")
    op.drop_column("invoicing_bank_account", "bank_name")
    op.drop_index(
        "ux_invoicing_payment_link_open",
        table_name="invoicing_payment_link",
        postgresql_where=sa.text("status = 'open'"),
    )
    op.drop_index("ix_invoicing_payment_link_payment_id", table_name="invoicing_payment_link")
    op.drop_index("ix_invoicing_payment_link_method_id", table_name="invoicing_payment_link")
    op.drop_index("ix_invoicing_payment_link_invoice_id", table_name="invoicing_payment_link")
    op.drop_table("invoicing_payment_link")
