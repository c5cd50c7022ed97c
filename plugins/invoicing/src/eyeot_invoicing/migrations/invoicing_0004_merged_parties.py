"""Merged parties: what is posted lets the party it is of become the one that stays; all else stands."""

from alembic import op

from eyeot_invoicing import guards

revision = "invoicing_0004_merged_parties"
down_revision = "invoicing_0002_e_invoices"
branch_labels = None
depends_on = None

_POSTED = ("invoicing_invoice", "invoicing_credit_note", "invoicing_payment")
_LINES = ("invoicing_entry_line", "invoicing_journal_entry", "entry_id")
_LETTER = "{letter,lettered_on,lettered_at,updated_at,version}"
_BOOKED = (
    "{status,paid_amount,paid_currency,amount_due_amount,amount_due_currency,reason_code,reason_note,"
    "due_date,internal_note,is_self_assessed,pending_vat,settled_on,deferred,updated_at,version}"
)


def _with_party(marks: str) -> str:
    return marks.replace("{", "{party_id,")


def upgrade() -> None:
    """Apply."""
    for table in _POSTED:
        op.execute(guards.marks_more(table, "party_id"))
    _again(_with_party(_LETTER), _with_party(_BOOKED))
    op.execute(guards.VAT_COUNTED_OF_MERGED)


def downgrade() -> None:
    """Take back."""
    op.execute(guards.VAT_COUNTED.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
    _again(_LETTER, _BOOKED)
    for table in _POSTED:
        op.execute(guards.marks_fewer(table, "party_id"))


def _again(lines: str, purchases: str) -> None:
    op.execute("DROP TRIGGER stands ON invoicing_entry_line")
    op.execute(guards.lines_stand(*_LINES, lines))
    op.execute("DROP TRIGGER stands ON invoicing_supplier_invoice")
    op.execute(guards.purchase_stands("invoicing_supplier_invoice", purchases))
