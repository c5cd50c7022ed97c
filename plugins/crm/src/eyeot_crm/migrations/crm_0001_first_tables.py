"""first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "crm_0001"
down_revision = None
branch_labels = ("crm",)
depends_on = "core_0001"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "crm_party",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("trade_name", sa.Text(), nullable=True),
        sa.Column("siren", sa.Text(), nullable=True),
        sa.Column("siret", sa.Text(), nullable=True),
        sa.Column("vat_number", sa.Text(), nullable=True),
        sa.Column("naf_code", sa.Text(), nullable=True),
        sa.Column("is_taxable_person", sa.Boolean(), nullable=False),
        sa.Column("emails", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("phones", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("addresses", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("postcode", sa.Text(), nullable=True),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("parent_id", sa.UUID(), nullable=True),
        sa.Column("bill_to_id", sa.UUID(), nullable=True),
        sa.Column("ship_to_id", sa.UUID(), nullable=True),
        sa.Column("electronic_address", sa.Text(), nullable=True),
        sa.Column("blocked_for", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("block_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('company', 'person')", name=op.f("ck_crm_party_kind")),
        sa.ForeignKeyConstraint(
            ["org_id", "bill_to_id"],
            ["crm_party.org_id", "crm_party.id"],
            name="fk_crm_party_bill_to_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "parent_id"],
            ["crm_party.org_id", "crm_party.id"],
            name="fk_crm_party_parent_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "ship_to_id"],
            ["crm_party.org_id", "crm_party.id"],
            name="fk_crm_party_ship_to_id",
        ),
        sa.ForeignKeyConstraint(["org_id"], ["eyeot_organisation.id"], name="fk_crm_party_org"),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_crm_party")),
        sa.UniqueConstraint("org_id", "siren", name="uq_crm_party_siren"),
        sa.UniqueConstraint("org_id", "vat_number", name="uq_crm_party_vat_number"),
    )
    op.create_index("ix_crm_party_bill_to_id", "crm_party", ["org_id", "bill_to_id"], unique=False)
    op.create_index("ix_crm_party_parent_id", "crm_party", ["org_id", "parent_id"], unique=False)
    op.create_index("ix_crm_party_ship_to_id", "crm_party", ["org_id", "ship_to_id"], unique=False)
    op.create_table(
        "crm_customer",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("party_id", sa.UUID(), nullable=False),
        sa.Column("owner_id", sa.UUID(), nullable=True),
        sa.Column("team_id", sa.UUID(), nullable=True),
        sa.Column("lifecycle", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=True),
        sa.Column("industry", sa.Text(), nullable=True),
        sa.Column("headcount", sa.BigInteger(), nullable=True),
        sa.Column("annual_revenue_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("annual_revenue_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("score", sa.BigInteger(), nullable=False),
        sa.Column("next_step", sa.Text(), nullable=True),
        sa.Column("next_step_on", sa.Date(), nullable=True),
        sa.Column("last_contact_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "lifecycle IN ('lead', 'prospect', 'customer', 'dormant', 'former', 'partner')",
            name=op.f("ck_crm_customer_lifecycle"),
        ),
        sa.CheckConstraint("tier IN ('A', 'B', 'C')", name=op.f("ck_crm_customer_tier")),
        sa.ForeignKeyConstraint(
            ["org_id", "owner_id"],
            ["core_user.org_id", "core_user.id"],
            name="fk_crm_customer_owner_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "party_id"],
            ["crm_party.org_id", "crm_party.id"],
            name="fk_crm_customer_party_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "team_id"],
            ["core_team.org_id", "core_team.id"],
            name="fk_crm_customer_team_id",
        ),
        sa.ForeignKeyConstraint(["org_id"], ["eyeot_organisation.id"], name="fk_crm_customer_org"),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_crm_customer")),
        sa.UniqueConstraint("org_id", "party_id", name="uq_crm_customer_party_id"),
    )
    op.create_index(
        "ix_crm_customer_lifecycle", "crm_customer", ["org_id", "lifecycle"], unique=False
    )
    op.create_index(
        "ix_crm_customer_owner_id", "crm_customer", ["org_id", "owner_id"], unique=False
    )
    op.create_index(
        "ix_crm_customer_party_id", "crm_customer", ["org_id", "party_id"], unique=False
    )
    op.create_index("ix_crm_customer_team_id", "crm_customer", ["org_id", "team_id"], unique=False)
    op.create_table(
        "crm_pipeline",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("team_id", sa.UUID(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("rotting_days", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id", "team_id"],
            ["core_team.org_id", "core_team.id"],
            name="fk_crm_pipeline_team_id",
        ),
        sa.ForeignKeyConstraint(["org_id"], ["eyeot_organisation.id"], name="fk_crm_pipeline_org"),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_crm_pipeline")),
        sa.UniqueConstraint("org_id", "name", name="uq_crm_pipeline_name"),
    )
    op.create_index("ix_crm_pipeline_team_id", "crm_pipeline", ["org_id", "team_id"], unique=False)
    op.create_table(
        "crm_contact",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("party_id", sa.UUID(), nullable=True),
        sa.Column("customer_id", sa.UUID(), nullable=True),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("job_title", sa.Text(), nullable=True),
        sa.Column("seniority", sa.Text(), nullable=True),
        sa.Column("role_in_purchase", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("linkedin", sa.Text(), nullable=True),
        sa.Column("email_status", sa.Text(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("past", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "email_status IN ('ok', 'bounced', 'unsubscribed')",
            name=op.f("ck_crm_contact_email_status"),
        ),
        sa.CheckConstraint(
            "role_in_purchase IN ('decider', 'influencer', 'user', 'payer')",
            name=op.f("ck_crm_contact_role_in_purchase"),
        ),
        sa.CheckConstraint(
            "seniority IN ('junior', 'senior', 'manager', 'director', 'executive')",
            name=op.f("ck_crm_contact_seniority"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "customer_id"],
            ["crm_customer.org_id", "crm_customer.id"],
            name="fk_crm_contact_customer_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "party_id"],
            ["crm_party.org_id", "crm_party.id"],
            name="fk_crm_contact_party_id",
        ),
        sa.ForeignKeyConstraint(["org_id"], ["eyeot_organisation.id"], name="fk_crm_contact_org"),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_crm_contact")),
        sa.UniqueConstraint("org_id", "party_id", name="uq_crm_contact_party_id"),
    )
    op.create_index(
        "ix_crm_contact_customer_id", "crm_contact", ["org_id", "customer_id"], unique=False
    )
    op.create_index("ix_crm_contact_party_id", "crm_contact", ["org_id", "party_id"], unique=False)
    op.create_table(
        "crm_stage",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("pipeline_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("probability", sa.Numeric(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("required_fields", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("max_days", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('open', 'won', 'lost')", name=op.f("ck_crm_stage_kind")),
        sa.ForeignKeyConstraint(
            ["org_id", "pipeline_id"],
            ["crm_pipeline.org_id", "crm_pipeline.id"],
            name="fk_crm_stage_pipeline_id",
        ),
        sa.ForeignKeyConstraint(["org_id"], ["eyeot_organisation.id"], name="fk_crm_stage_org"),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_crm_stage")),
        sa.UniqueConstraint("org_id", "pipeline_id", "name", name="uq_crm_stage_pipeline_id_name"),
    )
    op.create_index(
        "ix_crm_stage_pipeline_id", "crm_stage", ["org_id", "pipeline_id"], unique=False
    )
    op.create_table(
        "crm_lead",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("company_name", sa.Text(), nullable=True),
        sa.Column("person_name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("need", sa.Text(), nullable=True),
        sa.Column("budget_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("budget_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("grade", sa.Text(), nullable=True),
        sa.Column("score", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.UUID(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=True),
        sa.Column("timing", sa.Text(), nullable=True),
        sa.Column("disqualify_reason", sa.Text(), nullable=True),
        sa.Column("recycle_on", sa.Date(), nullable=True),
        sa.Column("first_contact_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("converted_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("customer_id", sa.UUID(), nullable=True),
        sa.Column("contact_id", sa.UUID(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "disqualify_reason IN ('no_budget', 'no_need', 'wrong_fit', 'unreachable', 'competitor', 'duplicate', 'spam')",
            name=op.f("ck_crm_lead_disqualify_reason"),
        ),
        sa.CheckConstraint("grade IN ('A', 'B', 'C', 'D')", name=op.f("ck_crm_lead_grade")),
        sa.CheckConstraint(
            "status IN ('new', 'contacted', 'qualified', 'converted', 'disqualified', 'recycled')",
            name=op.f("ck_crm_lead_status"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "contact_id"],
            ["crm_contact.org_id", "crm_contact.id"],
            name="fk_crm_lead_contact_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "customer_id"],
            ["crm_customer.org_id", "crm_customer.id"],
            name="fk_crm_lead_customer_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "owner_id"],
            ["core_user.org_id", "core_user.id"],
            name="fk_crm_lead_owner_id",
        ),
        sa.ForeignKeyConstraint(["org_id"], ["eyeot_organisation.id"], name="fk_crm_lead_org"),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_crm_lead")),
    )
    op.create_index("ix_crm_lead_contact_id", "crm_lead", ["org_id", "contact_id"], unique=False)
    op.create_index("ix_crm_lead_customer_id", "crm_lead", ["org_id", "customer_id"], unique=False)
    op.create_index("ix_crm_lead_owner_id", "crm_lead", ["org_id", "owner_id"], unique=False)
    op.create_index("ix_crm_lead_status", "crm_lead", ["org_id", "status"], unique=False)
    op.create_table(
        "crm_opportunity",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.UUID(), nullable=False),
        sa.Column("pipeline_id", sa.UUID(), nullable=False),
        sa.Column("stage_id", sa.UUID(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("amount_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("amount_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("recurring_amount_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("recurring_amount_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("probability", sa.Numeric(), nullable=False),
        sa.Column("expected_close", sa.Date(), nullable=True),
        sa.Column("owner_id", sa.UUID(), nullable=True),
        sa.Column("team_id", sa.UUID(), nullable=True),
        sa.Column("forecast_category", sa.Text(), nullable=False),
        sa.Column("next_step", sa.Text(), nullable=True),
        sa.Column("lost_reason", sa.Text(), nullable=True),
        sa.Column("lost_note", sa.Text(), nullable=True),
        sa.Column("lead_id", sa.UUID(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("stage_entered_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("closed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "forecast_category IN ('pipeline', 'best', 'commit', 'closed')",
            name=op.f("ck_crm_opportunity_forecast_category"),
        ),
        sa.CheckConstraint(
            "lost_reason IN ('price', 'timing', 'product', 'competitor', 'no_decision')",
            name=op.f("ck_crm_opportunity_lost_reason"),
        ),
        sa.CheckConstraint(
            "status IN ('open', 'won', 'lost', 'abandoned')", name=op.f("ck_crm_opportunity_status")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "customer_id"],
            ["crm_customer.org_id", "crm_customer.id"],
            name="fk_crm_opportunity_customer_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "lead_id"],
            ["crm_lead.org_id", "crm_lead.id"],
            name="fk_crm_opportunity_lead_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "owner_id"],
            ["core_user.org_id", "core_user.id"],
            name="fk_crm_opportunity_owner_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "pipeline_id"],
            ["crm_pipeline.org_id", "crm_pipeline.id"],
            name="fk_crm_opportunity_pipeline_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "stage_id"],
            ["crm_stage.org_id", "crm_stage.id"],
            name="fk_crm_opportunity_stage_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "team_id"],
            ["core_team.org_id", "core_team.id"],
            name="fk_crm_opportunity_team_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_crm_opportunity_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_crm_opportunity")),
    )
    op.create_index(
        "ix_crm_opportunity_customer_id", "crm_opportunity", ["org_id", "customer_id"], unique=False
    )
    op.create_index(
        "ix_crm_opportunity_lead_id", "crm_opportunity", ["org_id", "lead_id"], unique=False
    )
    op.create_index(
        "ix_crm_opportunity_owner_id", "crm_opportunity", ["org_id", "owner_id"], unique=False
    )
    op.create_index(
        "ix_crm_opportunity_pipeline_id", "crm_opportunity", ["org_id", "pipeline_id"], unique=False
    )
    op.create_index(
        "ix_crm_opportunity_stage_id", "crm_opportunity", ["org_id", "stage_id"], unique=False
    )
    op.create_index(
        "ix_crm_opportunity_status_expected_close",
        "crm_opportunity",
        ["org_id", "status", "expected_close"],
        unique=False,
    )
    op.create_index(
        "ix_crm_opportunity_team_id", "crm_opportunity", ["org_id", "team_id"], unique=False
    )
    op.create_table(
        "crm_credit_share",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("opportunity_id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("percent", sa.Numeric(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "opportunity_id"],
            ["crm_opportunity.org_id", "crm_opportunity.id"],
            name="fk_crm_credit_share_opportunity_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "user_id"],
            ["core_user.org_id", "core_user.id"],
            name="fk_crm_credit_share_user_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_crm_credit_share_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_crm_credit_share")),
        sa.UniqueConstraint(
            "org_id", "opportunity_id", "user_id", name="uq_crm_credit_share_opportunity_id_user_id"
        ),
    )
    op.create_index(
        "ix_crm_credit_share_opportunity_id",
        "crm_credit_share",
        ["org_id", "opportunity_id"],
        unique=False,
    )
    op.create_index(
        "ix_crm_credit_share_user_id", "crm_credit_share", ["org_id", "user_id"], unique=False
    )
    op.create_table(
        "crm_stage_move",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("opportunity_id", sa.UUID(), nullable=False),
        sa.Column("stage_id", sa.UUID(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "opportunity_id"],
            ["crm_opportunity.org_id", "crm_opportunity.id"],
            name="fk_crm_stage_move_opportunity_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "stage_id"],
            ["crm_stage.org_id", "crm_stage.id"],
            name="fk_crm_stage_move_stage_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_crm_stage_move_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_crm_stage_move")),
    )
    op.create_index(
        "ix_crm_stage_move_opportunity_id",
        "crm_stage_move",
        ["org_id", "opportunity_id"],
        unique=False,
    )
    op.create_index(
        "ix_crm_stage_move_stage_id", "crm_stage_move", ["org_id", "stage_id"], unique=False
    )
    op.create_table(
        "crm_stakeholder",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("opportunity_id", sa.UUID(), nullable=False),
        sa.Column("contact_id", sa.UUID(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "role IN ('decider', 'influencer', 'user', 'payer')",
            name=op.f("ck_crm_stakeholder_role"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "contact_id"],
            ["crm_contact.org_id", "crm_contact.id"],
            name="fk_crm_stakeholder_contact_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "opportunity_id"],
            ["crm_opportunity.org_id", "crm_opportunity.id"],
            name="fk_crm_stakeholder_opportunity_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_crm_stakeholder_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_crm_stakeholder")),
        sa.UniqueConstraint(
            "org_id",
            "opportunity_id",
            "contact_id",
            name="uq_crm_stakeholder_opportunity_id_contact_id",
        ),
    )
    op.create_index(
        "ix_crm_stakeholder_contact_id", "crm_stakeholder", ["org_id", "contact_id"], unique=False
    )
    op.create_index(
        "ix_crm_stakeholder_opportunity_id",
        "crm_stakeholder",
        ["org_id", "opportunity_id"],
        unique=False,
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_crm_stakeholder_opportunity_id", table_name="crm_stakeholder")
    op.drop_index("ix_crm_stakeholder_contact_id", table_name="crm_stakeholder")
    op.drop_table("crm_stakeholder")
    op.drop_index("ix_crm_stage_move_stage_id", table_name="crm_stage_move")
    op.drop_index("ix_crm_stage_move_opportunity_id", table_name="crm_stage_move")
    op.drop_table("crm_stage_move")
    op.drop_index("ix_crm_credit_share_user_id", table_name="crm_credit_share")
    op.drop_index("ix_crm_credit_share_opportunity_id", table_name="crm_credit_share")
    op.drop_table("crm_credit_share")
    op.drop_index("ix_crm_opportunity_team_id", table_name="crm_opportunity")
    op.drop_index("ix_crm_opportunity_status_expected_close", table_name="crm_opportunity")
    op.drop_index("ix_crm_opportunity_stage_id", table_name="crm_opportunity")
    op.drop_index("ix_crm_opportunity_pipeline_id", table_name="crm_opportunity")
    op.drop_index("ix_crm_opportunity_owner_id", table_name="crm_opportunity")
    op.drop_index("ix_crm_opportunity_lead_id", table_name="crm_opportunity")
    op.drop_index("ix_crm_opportunity_customer_id", table_name="crm_opportunity")
    op.drop_table("crm_opportunity")
    op.drop_index("ix_crm_lead_status", table_name="crm_lead")
    op.drop_index("ix_crm_lead_owner_id", table_name="crm_lead")
    op.drop_index("ix_crm_lead_customer_id", table_name="crm_lead")
    op.drop_index("ix_crm_lead_contact_id", table_name="crm_lead")
    op.drop_table("crm_lead")
    op.drop_index("ix_crm_stage_pipeline_id", table_name="crm_stage")
    op.drop_table("crm_stage")
    op.drop_index("ix_crm_contact_party_id", table_name="crm_contact")
    op.drop_index("ix_crm_contact_customer_id", table_name="crm_contact")
    op.drop_table("crm_contact")
    op.drop_index("ix_crm_pipeline_team_id", table_name="crm_pipeline")
    op.drop_table("crm_pipeline")
    op.drop_index("ix_crm_customer_team_id", table_name="crm_customer")
    op.drop_index("ix_crm_customer_party_id", table_name="crm_customer")
    op.drop_index("ix_crm_customer_owner_id", table_name="crm_customer")
    op.drop_index("ix_crm_customer_lifecycle", table_name="crm_customer")
    op.drop_table("crm_customer")
    op.drop_index("ix_crm_party_ship_to_id", table_name="crm_party")
    op.drop_index("ix_crm_party_parent_id", table_name="crm_party")
    op.drop_index("ix_crm_party_bill_to_id", table_name="crm_party")
    op.drop_table("crm_party")
