"""audit tree: the audit in months, and what seals it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from eyeot.platform import partitions

revision = "core_0012_audit_tree"
down_revision = "core_0011_idempotency"
branch_labels = None
depends_on = None

INDEXES = (
    ("action_at", "(org_id, action, at)"),
    ("actor_type_at", "(org_id, actor_type, at)"),
    ("at", "(org_id, at)"),
    ("credential_id_at", "(org_id, credential_id, at)"),
    ("records", "USING gin (org_id, records) WHERE records IS NOT NULL"),
    ("trace_id", "(org_id, trace_id)"),
)
ADDED = (
    ("actor_at", "(org_id, actor, at)"),
    ("outcome_at", "(org_id, outcome, at)"),
)


def _replace(how: str) -> None:
    """Put another table in the place of the audit's, with the same columns, checks and rows."""
    op.execute("ALTER TABLE core_audit_event RENAME TO core_audit_event_before")
    # Its owner may not read rows that row security hides.
    op.execute("ALTER TABLE core_audit_event_before NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE TABLE core_audit_event"
        f" (LIKE core_audit_event_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS) {how}"
    )


def _fill(indexes: tuple[tuple[str, str], ...]) -> None:
    op.execute("INSERT INTO core_audit_event SELECT * FROM core_audit_event_before")
    op.execute("DROP TABLE core_audit_event_before CASCADE")
    op.execute(
        "ALTER TABLE core_audit_event"
        " ADD CONSTRAINT pk_core_audit_event PRIMARY KEY (org_id, id),"
        " ADD CONSTRAINT fk_core_audit_event_org FOREIGN KEY (org_id) REFERENCES eyeot_organisation"
    )
    for name, on in indexes:
        op.execute(f"CREATE INDEX ix_core_audit_event_{name} ON core_audit_event {on}")


def upgrade() -> None:
    """Apply."""
    _replace("PARTITION BY RANGE (id)")
    op.execute(f"CREATE SCHEMA {partitions.SCHEMA}")
    op.execute(
        f"CREATE TABLE {partitions.SCHEMA}.core_audit_event_rest PARTITION OF core_audit_event DEFAULT"
    )
    op.execute(
        f"ALTER TABLE {partitions.SCHEMA}.core_audit_event_rest"
        " ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
    )
    op.execute(partitions.MONTH)
    op.execute(partitions.AHEAD)
    op.execute(
        "SELECT eyeot_audit_month(m::date) FROM generate_series("
        "(SELECT date_trunc('month', min(at)) FROM core_audit_event_before),"
        " now(), interval '1 month') m"
    )
    op.execute("SELECT eyeot_audit_months()")
    _fill((*INDEXES, *ADDED))
    op.create_table(
        "core_audit_checkpoint",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name=op.f("fk_core_audit_checkpoint_org_id")
        ),
        sa.PrimaryKeyConstraint("org_id", "size", name=op.f("pk_core_audit_checkpoint")),
    )
    op.create_table(
        "core_audit_leaf",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("payload_hash", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.Column("peaks", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name=op.f("fk_core_audit_leaf_org_id")
        ),
        sa.PrimaryKeyConstraint("org_id", "position", name=op.f("pk_core_audit_leaf")),
        sa.UniqueConstraint("org_id", "event_id", name="uq_core_audit_leaf_event_id"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("core_audit_leaf")
    op.drop_table("core_audit_checkpoint")
    op.execute(partitions.DROPPED)
    _replace("")
    _fill(INDEXES)
    op.execute(f"DROP SCHEMA {partitions.SCHEMA} CASCADE")
