"""audit subject: the audit found by record, and by any mixture of conditions."""

import sqlalchemy as sa
from alembic import op

revision = "core_0016_audit_subject"
down_revision = "core_0015_webhooks"
branch_labels = None
depends_on = None

_FEW = "outcome, actor_type"
_WAY = "(tags[1])"
ADDED = (
    ("way", f"(org_id, {_WAY}, {_FEW}, at, id)"),
    ("actor", f"(org_id, actor, {_FEW}, {_WAY}, at, id)"),
    ("action", f"(org_id, action, {_FEW}, {_WAY}, at, id)"),
    ("credential_id", f"(org_id, credential_id, {_FEW}, {_WAY}, at, id)"),
    ("actor_action", f"(org_id, actor, action, {_FEW}, {_WAY}, at, id)"),
    ("credential_action", f"(org_id, credential_id, action, {_FEW}, {_WAY}, at, id)"),
    ("marked", "(org_id, at, id) WHERE cardinality(tags) > 1"),
)
BEFORE = (
    ("action_at", "(org_id, action, at)"),
    ("actor_type_at", "(org_id, actor_type, at)"),
    ("credential_id_at", "(org_id, credential_id, at)"),
    ("actor_at", "(org_id, actor, at)"),
    ("outcome_at", "(org_id, outcome, at)"),
    ("records", "USING gin (org_id, records) WHERE records IS NOT NULL"),
)


def _change(gone: tuple[tuple[str, str], ...], made: tuple[tuple[str, str], ...]) -> None:
    for name, _ in gone:
        op.execute(f"DROP INDEX ix_core_audit_event_{name}")
    for name, on in made:
        op.execute(f"CREATE INDEX ix_core_audit_event_{name} ON core_audit_event {on}")


def upgrade() -> None:
    """Apply."""
    _change(BEFORE, ADDED)
    op.execute(
        "ALTER TABLE core_audit_event"
        " ADD CONSTRAINT ck_core_audit_event_tags CHECK (cardinality(tags) > 0)"
    )
    op.create_table(
        "core_audit_subject",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("record", sa.Text(collation="C"), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
    )
    # Its owner may not read rows that row security hides.
    op.execute("ALTER TABLE core_audit_event NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "INSERT INTO core_audit_subject SELECT DISTINCT org_id, unnest(records), id"
        " FROM core_audit_event WHERE records IS NOT NULL"
    )
    op.execute("ALTER TABLE core_audit_event FORCE ROW LEVEL SECURITY")
    op.create_primary_key(
        op.f("pk_core_audit_subject"), "core_audit_subject", ["org_id", "record", "event_id"]
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("core_audit_subject")
    op.execute("ALTER TABLE core_audit_event DROP CONSTRAINT ck_core_audit_event_tags")
    _change(ADDED, BEFORE)
