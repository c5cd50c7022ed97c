"""licences, and what is counted of calls."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from eyeot.platform.gate import LICENCE_DROPPED, LICENCE_FUNCTIONS

revision = "core_0013_licence"
down_revision = "core_0012_audit_tree"
branch_labels = None
depends_on = None

_TIME = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "core_licence",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("seats", sa.BigInteger(), nullable=False),
        sa.Column("modules", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("issued_at", _TIME, nullable=False),
        sa.Column("valid_from", _TIME, nullable=False),
        sa.Column("valid_until", _TIME, nullable=False),
        sa.Column("grace_days", sa.BigInteger(), nullable=False),
        sa.Column("signed_by", sa.Text(), nullable=False),
        sa.Column("signed", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.CheckConstraint("plan IN ('team', 'trial')", name=op.f("ck_core_licence_plan")),
        sa.ForeignKeyConstraint(["org_id"], ["eyeot_organisation.id"], name="fk_core_licence_org"),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_licence")),
    )
    op.create_index("uq_core_licence_org", "core_licence", ["org_id"], unique=True)
    numbers = ("tokens", "given", "rate", "burst", "least", "most")
    op.create_table(
        "eyeot_rate",
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        *(sa.Column(name, sa.Double(), nullable=False) for name in numbers),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_eyeot_rate")),
        prefixes=["UNLOGGED"],
    )
    for text in LICENCE_FUNCTIONS:
        op.execute(text)


def downgrade() -> None:
    """Take back."""
    for text in LICENCE_DROPPED:
        op.execute(text)
    op.drop_table("eyeot_rate")
    op.drop_table("core_licence")
