"""calls under an idempotency key, and plans."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from eyeot.storage.keyed import CLAIM_DROPPED, CLAIM_FUNCTION

revision = "core_0011_idempotency"
down_revision = "core_0010_read"
branch_labels = None
depends_on = None

_OUTCOME = "ck_core_audit_event_outcome"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "core_idempotency",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("credential", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name=op.f("fk_core_idempotency_org_id")
        ),
        sa.PrimaryKeyConstraint("org_id", "key_hash", name=op.f("pk_core_idempotency")),
    )
    op.create_index("ix_core_idempotency_at", "core_idempotency", ["at"], unique=False)
    op.create_table(
        "core_plan",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name=op.f("fk_core_plan_org_id")
        ),
        sa.PrimaryKeyConstraint("org_id", "token_hash", name=op.f("pk_core_plan")),
    )
    op.create_index("ix_core_plan_at", "core_plan", ["at"], unique=False)
    op.execute(CLAIM_FUNCTION)
    op.drop_constraint(op.f(_OUTCOME), "core_audit_event", type_="check")
    op.create_check_constraint(
        op.f(_OUTCOME),
        "core_audit_event",
        "outcome IN ('ok', 'dry_run', 'replayed', 'refused', 'failed')",
    )


def downgrade() -> None:
    """Take back."""
    op.drop_constraint(op.f(_OUTCOME), "core_audit_event", type_="check")
    op.create_check_constraint(
        op.f(_OUTCOME),
        "core_audit_event",
        "outcome IN ('ok', 'dry_run', 'refused', 'failed')",
        # What was replayed stays in the log.
        postgresql_not_valid=True,
    )
    op.execute(CLAIM_DROPPED)
    op.drop_index("ix_core_plan_at", table_name="core_plan")
    op.drop_table("core_plan")
    op.drop_index("ix_core_idempotency_at", table_name="core_idempotency")
    op.drop_table("core_idempotency")
