"""Keeping: lines stay with their piece, what settles and what was told is kept, numbers are those given."""

from alembic import op

from eyeot_invoicing import guards, keeping

revision = "invoicing_0007_keeping"
down_revision = "invoicing_0006_sealed_payments"
branch_labels = None
depends_on = None

_KEPT = {
    "invoicing_payment_allocation": "{undone_on}",
    "invoicing_bank_match": "{undone_on}",
    "invoicing_legal_text": "{valid_to}",
    "invoicing_fec_export": "{document_id}",
}
_LINES = ("invoicing_supplier_invoice_line", "invoicing_supplier_invoice", "supplier_invoice_id")
_NUMBERED = {
    "invoicing_invoice": "invoicing.invoice",
    "invoicing_credit_note": "invoicing.credit_note",
    "invoicing_journal_entry": "invoicing.journal_entry",
}


def upgrade() -> None:
    """Apply."""
    op.execute(keeping.LINES_OF_STANDING)
    for text in keeping.FUNCTIONS.values():
        op.execute(text)
    op.execute(keeping.lines_of_booked(*_LINES))
    for table, once in _KEPT.items():
        op.execute(keeping.kept(table, once))
    for table, kind in _NUMBERED.items():
        op.execute(keeping.numbered(table, kind))
    op.execute(keeping.PERIODS_STAND_APART)


def downgrade() -> None:
    """Take back."""
    op.execute("DROP TRIGGER apart ON invoicing_fiscal_period")
    for table in _NUMBERED:
        op.execute(f"DROP TRIGGER numbered ON {table}")
    for table in (*_KEPT, _LINES[0]):
        op.execute(f"DROP TRIGGER stands ON {table}")
    for name in keeping.FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}()")
    op.execute(guards.LINES_OF_POSTED.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
