"""Sealed payments: every payment that is booked from now on is in a chain, as invoices and entries are."""

import sqlalchemy as sa
from alembic import op

revision = "invoicing_0006_sealed_payments"
down_revision = "invoicing_0005_providers"
branch_labels = None
depends_on = None

_TABLE = "invoicing_payment"
_TEXTS = ("series", "prev_hash", "hash")


def upgrade() -> None:
    """Apply."""
    for name in _TEXTS:
        op.add_column(_TABLE, sa.Column(name, sa.Text(), nullable=True))
    op.add_column(_TABLE, sa.Column("rank", sa.BigInteger(), nullable=True))
    op.create_index(f"ix_{_TABLE}_series_rank", _TABLE, ["org_id", "series", "rank"])


def downgrade() -> None:
    """Take back."""
    op.drop_index(f"ix_{_TABLE}_series_rank", _TABLE)
    for name in (*_TEXTS, "rank"):
        op.drop_column(_TABLE, name)
