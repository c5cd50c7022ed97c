"""dunning."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "invoicing_0002_dunning"
down_revision = "invoicing_0002_bank"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "invoicing_dunning_policy",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("levels", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("interval_days", sa.BigInteger(), nullable=False),
        sa.Column("exclude", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("min_amount_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("min_amount_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("stop_when", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("penalty_percent", sa.Numeric(), nullable=True),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_dunning_policy_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_dunning_policy")),
        sa.UniqueConstraint("org_id", "code", name="uq_invoicing_dunning_policy_code"),
    )
    op.create_table(
        "invoicing_dunning_assignment",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("party_id", sa.UUID(), nullable=False),
        sa.Column("policy_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "party_id"],
            ["crm_party.org_id", "crm_party.id"],
            name="fk_invoicing_dunning_assignment_party_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "policy_id"],
            ["invoicing_dunning_policy.org_id", "invoicing_dunning_policy.id"],
            name="fk_invoicing_dunning_assignment_policy_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_dunning_assignment_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_dunning_assignment")),
        sa.UniqueConstraint("org_id", "party_id", name="uq_invoicing_dunning_assignment_party_id"),
    )
    op.create_index(
        "ix_invoicing_dunning_assignment_party_id",
        "invoicing_dunning_assignment",
        ["org_id", "party_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_dunning_assignment_policy_id",
        "invoicing_dunning_assignment",
        ["org_id", "policy_id"],
        unique=False,
    )
    op.create_table(
        "invoicing_dunning_letter",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("party_id", sa.UUID(), nullable=False),
        sa.Column("policy_id", sa.UUID(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("fee", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("written_on", sa.Date(), nullable=False),
        sa.Column("amount_amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("amount_currency", sa.CHAR(length=3), nullable=False),
        sa.Column("penalties_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("penalties_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("indemnities_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("indemnities_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("fees_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("fees_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("pay_by", sa.Date(), nullable=True),
        sa.Column("sent_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("promise_date", sa.Date(), nullable=True),
        sa.Column("document_id", sa.UUID(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "channel IN ('email', 'post', 'registered')",
            name=op.f("ck_invoicing_dunning_letter_channel"),
        ),
        sa.CheckConstraint(
            "fee IN ('none', 'mention', 'claim')", name=op.f("ck_invoicing_dunning_letter_fee")
        ),
        sa.CheckConstraint(
            "kind IN ('reminder', 'formal_notice')", name=op.f("ck_invoicing_dunning_letter_kind")
        ),
        sa.CheckConstraint(
            "language IN ('fr', 'en')", name=op.f("ck_invoicing_dunning_letter_language")
        ),
        sa.CheckConstraint(
            "status IN ('proposed', 'sent', 'promised', 'paid', 'broken_promise', 'escalated')",
            name=op.f("ck_invoicing_dunning_letter_status"),
        ),
        sa.CheckConstraint(
            "template IN ('courteous', 'firm', 'final', 'formal')",
            name=op.f("ck_invoicing_dunning_letter_template"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "party_id"],
            ["crm_party.org_id", "crm_party.id"],
            name="fk_invoicing_dunning_letter_party_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_dunning_letter_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_dunning_letter")),
    )
    op.create_index(
        "ix_invoicing_dunning_letter_party_id",
        "invoicing_dunning_letter",
        ["org_id", "party_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_dunning_letter_party_id_status",
        "invoicing_dunning_letter",
        ["org_id", "party_id", "status"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_dunning_letter_status_sent_at",
        "invoicing_dunning_letter",
        ["org_id", "status", "sent_at"],
        unique=False,
    )
    op.create_table(
        "invoicing_dunned_invoice",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("letter_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sa.UUID(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("days_late", sa.BigInteger(), nullable=False),
        sa.Column("gross_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("gross_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("amount_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("amount_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("penalties_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("penalties_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("indemnity_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("indemnity_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "invoice_id"],
            ["invoicing_invoice.org_id", "invoicing_invoice.id"],
            name="fk_invoicing_dunned_invoice_invoice_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "letter_id"],
            ["invoicing_dunning_letter.org_id", "invoicing_dunning_letter.id"],
            name="fk_invoicing_dunned_invoice_letter_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_dunned_invoice_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_dunned_invoice")),
        sa.UniqueConstraint(
            "org_id", "invoice_id", "step", name="uq_invoicing_dunned_invoice_invoice_id_step"
        ),
    )
    op.create_index(
        "ix_invoicing_dunned_invoice_invoice_id",
        "invoicing_dunned_invoice",
        ["org_id", "invoice_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_dunned_invoice_letter_id",
        "invoicing_dunned_invoice",
        ["org_id", "letter_id"],
        unique=False,
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_invoicing_dunned_invoice_letter_id", table_name="invoicing_dunned_invoice")
    op.drop_index("ix_invoicing_dunned_invoice_invoice_id", table_name="invoicing_dunned_invoice")
    op.drop_table("invoicing_dunned_invoice")
    op.drop_index(
        "ix_invoicing_dunning_letter_status_sent_at", table_name="invoicing_dunning_letter"
    )
    op.drop_index(
        "ix_invoicing_dunning_letter_party_id_status", table_name="invoicing_dunning_letter"
    )
    op.drop_index("ix_invoicing_dunning_letter_party_id", table_name="invoicing_dunning_letter")
    op.drop_table("invoicing_dunning_letter")
    op.drop_index(
        "ix_invoicing_dunning_assignment_policy_id", table_name="invoicing_dunning_assignment"
    )
    op.drop_index(
        "ix_invoicing_dunning_assignment_party_id", table_name="invoicing_dunning_assignment"
    )
    op.drop_table("invoicing_dunning_assignment")
    op.drop_table("invoicing_dunning_policy")
