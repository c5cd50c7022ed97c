"""quote to cash: consents, sources, segments, campaigns, bank accounts, scoring, products of deals."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "crm_0004_quote_to_cash"
down_revision = "crm_0003_keys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "crm_lead_source",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("cost_per_month_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("cost_per_month_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("utm_source", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "channel IN ('website', 'referral', 'event', 'advertising', 'phone', 'cold_call', 'email', 'partner',"
            " 'social', 'import', 'other')",
            name=op.f("ck_crm_lead_source_channel"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_crm_lead_source_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_crm_lead_source")),
        sa.UniqueConstraint("org_id", "name", name="uq_crm_lead_source_name"),
    )
    op.create_table(
        "crm_lost_reason",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('price', 'timing', 'product', 'competitor', 'no_decision')",
            name=op.f("ck_crm_lost_reason_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_crm_lost_reason_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_crm_lost_reason")),
        sa.UniqueConstraint("org_id", "name", name="uq_crm_lost_reason_name"),
    )
    op.create_table(
        "crm_scoring_rule",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("condition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("decay_days", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "resource IN ('lead', 'customer', 'contact')", name=op.f("ck_crm_scoring_rule_resource")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_crm_scoring_rule_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_crm_scoring_rule")),
        sa.UniqueConstraint("org_id", "name", name="uq_crm_scoring_rule_name"),
    )
    op.create_table(
        "crm_segment",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("query", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("refreshed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('dynamic', 'static')", name=op.f("ck_crm_segment_kind")),
        sa.CheckConstraint(
            "resource IN ('customer', 'contact', 'lead')", name=op.f("ck_crm_segment_resource")
        ),
        sa.ForeignKeyConstraint(["org_id"], ["eyeot_organisation.id"], name="fk_crm_segment_org"),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_crm_segment")),
        sa.UniqueConstraint("org_id", "name", name="uq_crm_segment_name"),
    )
    op.create_table(
        "crm_campaign",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("segment_id", sa.UUID(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("sender_name", sa.Text(), nullable=True),
        sa.Column("reply_to", sa.Text(), nullable=True),
        sa.Column("rest_days", sa.BigInteger(), nullable=False),
        sa.Column("budget_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("budget_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("utm", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("scheduled_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("started_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("closed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("sent", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("skipped", sa.BigInteger(), nullable=False),
        sa.Column("unsubscribed", sa.BigInteger(), nullable=False),
        sa.Column("revenue_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("revenue_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("channel IN ('email')", name=op.f("ck_crm_campaign_channel")),
        sa.CheckConstraint(
            "purpose IN ('marketing', 'newsletter', 'events', 'survey')",
            name=op.f("ck_crm_campaign_purpose"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'scheduled', 'sending', 'paused', 'sent', 'cancelled', 'closed')",
            name=op.f("ck_crm_campaign_status"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "segment_id"],
            ["crm_segment.org_id", "crm_segment.id"],
            name="fk_crm_campaign_segment_id",
        ),
        sa.ForeignKeyConstraint(["org_id"], ["eyeot_organisation.id"], name="fk_crm_campaign_org"),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_crm_campaign")),
    )
    op.create_index(
        "ix_crm_campaign_segment_id", "crm_campaign", ["org_id", "segment_id"], unique=False
    )
    op.create_index("ix_crm_campaign_status", "crm_campaign", ["org_id", "status"], unique=False)
    op.create_table(
        "crm_consent",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("party_id", sa.UUID(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("granted_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("withdrawn_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("proof", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "basis IN ('consent', 'legitimate_interest', 'contract')",
            name=op.f("ck_crm_consent_basis"),
        ),
        sa.CheckConstraint(
            "channel IN ('email', 'sms', 'phone', 'post')", name=op.f("ck_crm_consent_channel")
        ),
        sa.CheckConstraint(
            "purpose IN ('marketing', 'newsletter', 'events', 'survey', 'service')",
            name=op.f("ck_crm_consent_purpose"),
        ),
        sa.CheckConstraint(
            "status IN ('granted', 'withdrawn', 'expired')", name=op.f("ck_crm_consent_status")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "party_id"],
            ["crm_party.org_id", "crm_party.id"],
            name="fk_crm_consent_party_id",
        ),
        sa.ForeignKeyConstraint(["org_id"], ["eyeot_organisation.id"], name="fk_crm_consent_org"),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_crm_consent")),
    )
    op.create_index("ix_crm_consent_party_id", "crm_consent", ["org_id", "party_id"], unique=False)
    op.create_index(
        "ix_crm_consent_party_id_channel",
        "crm_consent",
        ["org_id", "party_id", "channel"],
        unique=False,
    )
    op.create_table(
        "crm_party_bank_account",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("party_id", sa.UUID(), nullable=False),
        sa.Column("iban", sa.Text(), nullable=False),
        sa.Column("bic", sa.Text(), nullable=True),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("verification", sa.Text(), nullable=False),
        sa.Column("verified_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("proof", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('unverified', 'verified', 'revoked')",
            name=op.f("ck_crm_party_bank_account_status"),
        ),
        sa.CheckConstraint(
            "verification IN ('vop', 'document', 'call', 'none')",
            name=op.f("ck_crm_party_bank_account_verification"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "party_id"],
            ["crm_party.org_id", "crm_party.id"],
            name="fk_crm_party_bank_account_party_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_crm_party_bank_account_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_crm_party_bank_account")),
        sa.UniqueConstraint(
            "org_id", "party_id", "iban", name="uq_crm_party_bank_account_party_id_iban"
        ),
    )
    op.create_index(
        "ix_crm_party_bank_account_iban", "crm_party_bank_account", ["org_id", "iban"], unique=False
    )
    op.create_index(
        "ix_crm_party_bank_account_party_id",
        "crm_party_bank_account",
        ["org_id", "party_id"],
        unique=False,
    )
    op.create_table(
        "crm_segment_member",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("segment_id", sa.UUID(), nullable=False),
        sa.Column("member", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "segment_id"],
            ["crm_segment.org_id", "crm_segment.id"],
            name="fk_crm_segment_member_segment_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_crm_segment_member_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_crm_segment_member")),
        sa.UniqueConstraint(
            "org_id", "segment_id", "member", name="uq_crm_segment_member_segment_id_member"
        ),
    )
    op.create_index(
        "ix_crm_segment_member_member", "crm_segment_member", ["org_id", "member"], unique=False
    )
    op.create_index(
        "ix_crm_segment_member_segment_id",
        "crm_segment_member",
        ["org_id", "segment_id"],
        unique=False,
    )
    op.create_table(
        "crm_campaign_recipient",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("campaign_id", sa.UUID(), nullable=False),
        sa.Column("contact_id", sa.UUID(), nullable=False),
        sa.Column("party_id", sa.UUID(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("mail_id", sa.UUID(), nullable=True),
        sa.Column("sent_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("unsubscribed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('queued', 'sent', 'failed', 'skipped', 'recalled')",
            name=op.f("ck_crm_campaign_recipient_status"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "campaign_id"],
            ["crm_campaign.org_id", "crm_campaign.id"],
            name="fk_crm_campaign_recipient_campaign_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "contact_id"],
            ["crm_contact.org_id", "crm_contact.id"],
            name="fk_crm_campaign_recipient_contact_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "party_id"],
            ["crm_party.org_id", "crm_party.id"],
            name="fk_crm_campaign_recipient_party_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_crm_campaign_recipient_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_crm_campaign_recipient")),
        sa.UniqueConstraint(
            "org_id",
            "campaign_id",
            "contact_id",
            name="uq_crm_campaign_recipient_campaign_id_contact_id",
        ),
    )
    op.create_index(
        "ix_crm_campaign_recipient_campaign_id",
        "crm_campaign_recipient",
        ["org_id", "campaign_id"],
        unique=False,
    )
    op.create_index(
        "ix_crm_campaign_recipient_campaign_id_status",
        "crm_campaign_recipient",
        ["org_id", "campaign_id", "status"],
        unique=False,
    )
    op.create_index(
        "ix_crm_campaign_recipient_contact_id",
        "crm_campaign_recipient",
        ["org_id", "contact_id"],
        unique=False,
    )
    op.create_index(
        "ix_crm_campaign_recipient_email",
        "crm_campaign_recipient",
        ["org_id", "email"],
        unique=False,
    )
    op.create_index(
        "ix_crm_campaign_recipient_mail_id",
        "crm_campaign_recipient",
        ["org_id", "mail_id"],
        unique=False,
    )
    op.create_index(
        "ix_crm_campaign_recipient_party_id",
        "crm_campaign_recipient",
        ["org_id", "party_id"],
        unique=False,
    )
    op.create_index(
        "ix_crm_campaign_recipient_party_id_sent_at",
        "crm_campaign_recipient",
        ["org_id", "party_id", "sent_at"],
        unique=False,
    )
    op.create_table(
        "crm_opportunity_line",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("opportunity_id", sa.UUID(), nullable=False),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("unit_price_amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("unit_price_currency", sa.CHAR(length=3), nullable=False),
        sa.Column("amount_amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("amount_currency", sa.CHAR(length=3), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "opportunity_id"],
            ["crm_opportunity.org_id", "crm_opportunity.id"],
            name="fk_crm_opportunity_line_opportunity_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_crm_opportunity_line_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_crm_opportunity_line")),
    )
    op.create_index(
        "ix_crm_opportunity_line_opportunity_id",
        "crm_opportunity_line",
        ["org_id", "opportunity_id"],
        unique=False,
    )
    op.add_column("crm_customer", sa.Column("source_id", sa.UUID(), nullable=True))
    op.create_index(
        "ix_crm_customer_source_id", "crm_customer", ["org_id", "source_id"], unique=False
    )
    op.create_foreign_key(
        "fk_crm_customer_source_id",
        "crm_customer",
        "crm_lead_source",
        ["org_id", "source_id"],
        ["org_id", "id"],
    )
    op.add_column("crm_lead", sa.Column("source_id", sa.UUID(), nullable=True))
    op.add_column("crm_lead", sa.Column("campaign_id", sa.UUID(), nullable=True))
    op.create_index("ix_crm_lead_campaign_id", "crm_lead", ["org_id", "campaign_id"], unique=False)
    op.create_index("ix_crm_lead_source_id", "crm_lead", ["org_id", "source_id"], unique=False)
    op.create_foreign_key(
        "fk_crm_lead_campaign_id",
        "crm_lead",
        "crm_campaign",
        ["org_id", "campaign_id"],
        ["org_id", "id"],
    )
    op.create_foreign_key(
        "fk_crm_lead_source_id",
        "crm_lead",
        "crm_lead_source",
        ["org_id", "source_id"],
        ["org_id", "id"],
    )
    op.add_column("crm_opportunity", sa.Column("lost_reason_id", sa.UUID(), nullable=True))
    op.add_column("crm_opportunity", sa.Column("source_id", sa.UUID(), nullable=True))
    op.create_index(
        "ix_crm_opportunity_lost_reason_id",
        "crm_opportunity",
        ["org_id", "lost_reason_id"],
        unique=False,
    )
    op.create_index(
        "ix_crm_opportunity_source_id", "crm_opportunity", ["org_id", "source_id"], unique=False
    )
    op.create_foreign_key(
        "fk_crm_opportunity_source_id",
        "crm_opportunity",
        "crm_lead_source",
        ["org_id", "source_id"],
        ["org_id", "id"],
    )
    op.create_foreign_key(
        "fk_crm_opportunity_lost_reason_id",
        "crm_opportunity",
        "crm_lost_reason",
        ["org_id", "lost_reason_id"],
        ["org_id", "id"],
    )
    op.add_column(
        "crm_party", sa.Column("vat_proof", postgresql.JSONB(astext_type=sa.Text()), nullable=True)
    )


def downgrade() -> None:
    """Take back."""
    op.drop_column("crm_party", "vat_proof")
    op.drop_constraint("fk_crm_opportunity_lost_reason_id", "crm_opportunity", type_="foreignkey")
    op.drop_constraint("fk_crm_opportunity_source_id", "crm_opportunity", type_="foreignkey")
    op.drop_index("ix_crm_opportunity_source_id", table_name="crm_opportunity")
    op.drop_index("ix_crm_opportunity_lost_reason_id", table_name="crm_opportunity")
    op.drop_column("crm_opportunity", "source_id")
    op.drop_column("crm_opportunity", "lost_reason_id")
    op.drop_constraint("fk_crm_lead_source_id", "crm_lead", type_="foreignkey")
    op.drop_constraint("fk_crm_lead_campaign_id", "crm_lead", type_="foreignkey")
    op.drop_index("ix_crm_lead_source_id", table_name="crm_lead")
    op.drop_index("ix_crm_lead_campaign_id", table_name="crm_lead")
    op.drop_column("crm_lead", "campaign_id")
    op.drop_column("crm_lead", "source_id")
    op.drop_constraint("fk_crm_customer_source_id", "crm_customer", type_="foreignkey")
    op.drop_index("ix_crm_customer_source_id", table_name="crm_customer")
    op.drop_column("crm_customer", "source_id")
    op.drop_index("ix_crm_opportunity_line_opportunity_id", table_name="crm_opportunity_line")
    op.drop_table("crm_opportunity_line")
    op.drop_index("ix_crm_campaign_recipient_party_id_sent_at", table_name="crm_campaign_recipient")
    op.drop_index("ix_crm_campaign_recipient_party_id", table_name="crm_campaign_recipient")
    op.drop_index("ix_crm_campaign_recipient_mail_id", table_name="crm_campaign_recipient")
    op.drop_index("ix_crm_campaign_recipient_email", table_name="crm_campaign_recipient")
    op.drop_index("ix_crm_campaign_recipient_contact_id", table_name="crm_campaign_recipient")
    op.drop_index(
        "ix_crm_campaign_recipient_campaign_id_status", table_name="crm_campaign_recipient"
    )
    op.drop_index("ix_crm_campaign_recipient_campaign_id", table_name="crm_campaign_recipient")
    op.drop_table("crm_campaign_recipient")
    op.drop_index("ix_crm_segment_member_segment_id", table_name="crm_segment_member")
    op.drop_index("ix_crm_segment_member_member", table_name="crm_segment_member")
    op.drop_table("crm_segment_member")
    op.drop_index("ix_crm_party_bank_account_party_id", table_name="crm_party_bank_account")
    op.drop_index("ix_crm_party_bank_account_iban", table_name="crm_party_bank_account")
    op.drop_table("crm_party_bank_account")
    op.drop_index("ix_crm_consent_party_id_channel", table_name="crm_consent")
    op.drop_index("ix_crm_consent_party_id", table_name="crm_consent")
    op.drop_table("crm_consent")
    op.drop_index("ix_crm_campaign_status", table_name="crm_campaign")
    op.drop_index("ix_crm_campaign_segment_id", table_name="crm_campaign")
    op.drop_table("crm_campaign")
    op.drop_table("crm_segment")
    op.drop_table("crm_scoring_rule")
    op.drop_table("crm_lost_reason")
    op.drop_table("crm_lead_source")
