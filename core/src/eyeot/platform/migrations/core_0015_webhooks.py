"""webhooks, mails, and the order of events."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0015_webhooks"
down_revision = "core_0014_agents"
branch_labels = None
depends_on = None


_DUE = "done_at IS NULL AND failed_at IS NULL"


def upgrade() -> None:
    """Apply."""
    _tables()
    op.add_column("core_outbox", sa.Column("place", sa.BigInteger(), sa.Identity(), nullable=False))
    op.drop_index("ix_core_outbox_due", table_name="core_outbox")
    op.create_index(
        "ix_core_outbox_due",
        "core_outbox",
        ["due_at"],
        postgresql_where=sa.text(f"{_DUE} AND reaction IS NOT NULL"),
    )
    op.create_index(
        "ix_core_outbox_fresh",
        "core_outbox",
        ["place"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL AND reaction IS NULL"),
    )
    op.create_index(
        "ix_core_outbox_line",
        "core_outbox",
        ["org_id", "reaction", "record", "place"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL AND reaction IS NOT NULL"),
    )


def _tables() -> None:
    op.create_table(
        "core_mail",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("record", sa.Text(), nullable=True),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("sent_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("failed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name=op.f("fk_core_mail_org_id")
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_mail")),
    )
    op.create_index(
        "ix_core_mail_due",
        "core_mail",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("sent_at IS NULL AND failed_at IS NULL"),
    )
    op.create_table(
        "core_webhook_delivery",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("endpoint_id", sa.UUID(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=True),
        sa.Column("happened_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("next_retry_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("http_status", sa.BigInteger(), nullable=True),
        sa.Column("duration_ms", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("attempts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("first_tried_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("lease_until", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("claim", sa.UUID(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('queued', 'delivered', 'failed', 'retrying', 'dead')",
            name=op.f("ck_core_webhook_delivery_status"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_core_webhook_delivery_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_webhook_delivery")),
        sa.UniqueConstraint(
            "org_id",
            "endpoint_id",
            "event_id",
            name="uq_core_webhook_delivery_endpoint_id_event_id",
        ),
    )
    op.create_index(
        "ix_core_webhook_delivery_due",
        "core_webhook_delivery",
        ["org_id", "endpoint_id", "next_retry_at", "place"],
        unique=False,
        postgresql_where=sa.text("status IN ('queued', 'failed', 'retrying')"),
    )
    op.create_index(
        "ix_core_webhook_delivery_line",
        "core_webhook_delivery",
        ["org_id", "endpoint_id", "record", "place"],
        unique=False,
        postgresql_where=sa.text("status != 'delivered' AND record IS NOT NULL"),
    )
    op.create_index(
        "ix_core_webhook_delivery_test",
        "core_webhook_delivery",
        ["next_retry_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('queued', 'failed', 'retrying') AND test"),
    )
    op.create_table(
        "core_webhook_endpoint",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("events", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("modules", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("failure_count", sa.BigInteger(), nullable=False),
        sa.Column("delivered_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("disabled_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_by", sa.UUID(), nullable=True),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("former_sealed", sa.Text(), nullable=True),
        sa.Column("former_until", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("headers", sa.Text(), nullable=True),
        sa.Column("header_names", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('active', 'paused', 'disabled')",
            name=op.f("ck_core_webhook_endpoint_status"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_core_webhook_endpoint_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_webhook_endpoint")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index(
        "ix_core_outbox_line",
        table_name="core_outbox",
        postgresql_where=sa.text("done_at IS NULL AND reaction IS NOT NULL"),
    )
    op.drop_index(
        "ix_core_outbox_fresh",
        table_name="core_outbox",
        postgresql_where=sa.text("done_at IS NULL AND reaction IS NULL"),
    )
    op.drop_index("ix_core_outbox_due", table_name="core_outbox")
    op.create_index("ix_core_outbox_due", "core_outbox", ["due_at"], postgresql_where=sa.text(_DUE))
    op.drop_column("core_outbox", "place")
    op.drop_table("core_webhook_endpoint")
    op.drop_index(
        "ix_core_webhook_delivery_test",
        table_name="core_webhook_delivery",
        postgresql_where=sa.text("status IN ('queued', 'failed', 'retrying') AND test"),
    )
    op.drop_index(
        "ix_core_webhook_delivery_line",
        table_name="core_webhook_delivery",
        postgresql_where=sa.text("status != 'delivered' AND record IS NOT NULL"),
    )
    op.drop_index(
        "ix_core_webhook_delivery_due",
        table_name="core_webhook_delivery",
        postgresql_where=sa.text("status IN ('queued', 'failed', 'retrying')"),
    )
    op.drop_table("core_webhook_delivery")
    op.drop_index(
        "ix_core_mail_due",
        table_name="core_mail",
        postgresql_where=sa.text("sent_at IS NULL AND failed_at IS NULL"),
    )
    op.drop_table("core_mail")
