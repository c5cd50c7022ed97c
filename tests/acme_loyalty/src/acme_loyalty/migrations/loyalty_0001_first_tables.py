"""first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "loyalty_0001"
down_revision = None
branch_labels = ("loyalty",)
depends_on = ("core_0001", "crm_0001")

_MOMENT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "loyalty_account",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("customer_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("last_deal_id", sa.UUID(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.Column("archived_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id", "customer_id"],
            ["crm_customer.org_id", "crm_customer.id"],
            name="fk_loyalty_account_customer_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_loyalty_account_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name="pk_loyalty_account"),
        sa.UniqueConstraint("org_id", "customer_id", name="uq_loyalty_account_customer_id"),
        sa.UniqueConstraint("org_id", "number", name="uq_loyalty_account_number"),
    )
    op.create_index("ix_loyalty_account_customer_id", "loyalty_account", ["org_id", "customer_id"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("loyalty_account")
