"""Sequences: one of a code is active, counters only count on, and a closed one stays closed."""

import sqlalchemy as sa
from alembic import op

revision = "core_0026_sequences"
down_revision = "core_0025_signatures"
branch_labels = None
depends_on = None

_COUNTS_ON = """
CREATE FUNCTION eyeot_sequence_counts_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
    'the sequence ' || OLD.code || ' has given numbers: it only counts on';
END $$
"""
# The condition is the planner's own, so that taking a number calls no function.
_TRIGGER = """
CREATE TRIGGER counts_on BEFORE UPDATE ON core_sequence FOR EACH ROW
WHEN (
  OLD.status = 'closed' AND NEW.status <> 'closed'
  OR OLD.last_date IS NOT NULL AND (
    NEW.code <> OLD.code OR NEW.reset <> OLD.reset OR NEW.pattern <> OLD.pattern
    OR NEW.taken < OLD.taken OR NEW.last_date IS NULL OR NEW.last_date < OLD.last_date
    OR NEW.next_value <> OLD.next_value AND NEW.taken <> OLD.taken + 1
    OR NEW.next_value < OLD.next_value AND NEW.period IS NOT DISTINCT FROM OLD.period
  )
)
EXECUTE FUNCTION eyeot_sequence_counts_on()
"""


def upgrade() -> None:
    """Apply."""
    op.drop_constraint("uq_core_sequence_code", "core_sequence", type_="unique")
    op.create_index("ix_core_sequence_code", "core_sequence", ["org_id", "code"])
    op.create_index(
        "uq_core_sequence_code",
        "core_sequence",
        ["org_id", "code"],
        unique=True,
        postgresql_where=sa.text("status = 'active'"),
    )
    op.execute(_COUNTS_ON)
    op.execute(_TRIGGER)


def downgrade() -> None:
    """Take back."""
    op.execute("DROP TRIGGER counts_on ON core_sequence")
    op.execute("DROP FUNCTION eyeot_sequence_counts_on()")
    op.drop_index("uq_core_sequence_code", table_name="core_sequence")
    op.drop_index("ix_core_sequence_code", table_name="core_sequence")
    op.create_unique_constraint("uq_core_sequence_code", "core_sequence", ["org_id", "code"])
