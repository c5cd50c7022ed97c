"""quote signature: the paper of a quote that is out for electronic signature."""

import sqlalchemy as sa
from alembic import op

revision = "sales_0003_quote_signature"
down_revision = "sales_0002_quotes_and_orders"
branch_labels = None
depends_on = "core_0025_signatures"


def upgrade() -> None:
    """Apply."""
    op.add_column("sales_quote", sa.Column("signature_id", sa.UUID(), nullable=True))
    op.create_index("ix_sales_quote_signature_id", "sales_quote", ["org_id", "signature_id"])
    op.create_foreign_key(
        "fk_sales_quote_signature_id",
        "sales_quote",
        "core_document",
        ["org_id", "signature_id"],
        ["org_id", "id"],
    )


def downgrade() -> None:
    """Take back."""
    op.drop_constraint("fk_sales_quote_signature_id", "sales_quote", type_="foreignkey")
    op.drop_index("ix_sales_quote_signature_id", table_name="sales_quote")
    op.drop_column("sales_quote", "signature_id")
