"""targets: competitors and sales targets."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "crm_0005_targets"
down_revision = "crm_0004_quote_to_cash"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "crm_competitor",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("strengths", sa.Text(), nullable=True),
        sa.Column("weaknesses", sa.Text(), nullable=True),
        sa.Column("pricing", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_crm_competitor_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_crm_competitor")),
        sa.UniqueConstraint("org_id", "name", name="uq_crm_competitor_name"),
    )
    op.create_table(
        "crm_rival",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("opportunity_id", sa.UUID(), nullable=False),
        sa.Column("competitor_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("got_it", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "position IN ('ahead', 'level', 'behind', 'unknown')",
            name=op.f("ck_crm_rival_position"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "competitor_id"],
            ["crm_competitor.org_id", "crm_competitor.id"],
            name="fk_crm_rival_competitor_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "opportunity_id"],
            ["crm_opportunity.org_id", "crm_opportunity.id"],
            name="fk_crm_rival_opportunity_id",
        ),
        sa.ForeignKeyConstraint(["org_id"], ["eyeot_organisation.id"], name="fk_crm_rival_org"),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_crm_rival")),
        sa.UniqueConstraint(
            "org_id",
            "opportunity_id",
            "competitor_id",
            name="uq_crm_rival_opportunity_id_competitor_id",
        ),
    )
    op.create_index(
        "ix_crm_rival_competitor_id", "crm_rival", ["org_id", "competitor_id"], unique=False
    )
    op.create_index(
        "ix_crm_rival_opportunity_id", "crm_rival", ["org_id", "opportunity_id"], unique=False
    )
    op.create_table(
        "crm_sales_target",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=True),
        sa.Column("team_id", sa.UUID(), nullable=True),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("amount_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("amount_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("meetings", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "metric IN ('won', 'invoiced', 'margin', 'meetings')",
            name=op.f("ck_crm_sales_target_metric"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "team_id"],
            ["core_team.org_id", "core_team.id"],
            name="fk_crm_sales_target_team_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "user_id"],
            ["core_user.org_id", "core_user.id"],
            name="fk_crm_sales_target_user_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_crm_sales_target_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_crm_sales_target")),
    )
    op.create_index(
        "ix_crm_sales_target_period_metric",
        "crm_sales_target",
        ["org_id", "period", "metric"],
        unique=False,
    )
    op.create_index(
        "ix_crm_sales_target_team_id", "crm_sales_target", ["org_id", "team_id"], unique=False
    )
    op.create_index(
        "ix_crm_sales_target_user_id", "crm_sales_target", ["org_id", "user_id"], unique=False
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_crm_sales_target_period_metric", table_name="crm_sales_target")
    op.drop_index("ix_crm_sales_target_team_id", table_name="crm_sales_target")
    op.drop_index("ix_crm_sales_target_user_id", table_name="crm_sales_target")
    op.drop_table("crm_sales_target")
    op.drop_index("ix_crm_rival_competitor_id", table_name="crm_rival")
    op.drop_index("ix_crm_rival_opportunity_id", table_name="crm_rival")
    op.drop_table("crm_rival")
    op.drop_table("crm_competitor")
