"""quotes and orders."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "sales_0002_quotes_and_orders"
down_revision = "sales_0001_catalogue"
branch_labels = None
depends_on = "core_0002_documents"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "sales_quote_template",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("intro", sa.Text(), nullable=True),
        sa.Column("closing", sa.Text(), nullable=True),
        sa.Column("validity_days", sa.BigInteger(), nullable=False),
        sa.Column("deposit_percent", sa.Numeric(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_sales_quote_template_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_sales_quote_template")),
        sa.UniqueConstraint("org_id", "name", name="uq_sales_quote_template_name"),
    )
    op.create_table(
        "sales_discount_limit",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role_id", sa.UUID(), nullable=True),
        sa.Column("max_discount", sa.Numeric(), nullable=False),
        sa.Column("min_margin", sa.Numeric(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id", "role_id"],
            ["core_role.org_id", "core_role.id"],
            name="fk_sales_discount_limit_role_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_sales_discount_limit_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_sales_discount_limit")),
        sa.UniqueConstraint("org_id", "role_id", name="uq_sales_discount_limit_role_id"),
    )
    op.create_index(
        "ix_sales_discount_limit_role_id",
        "sales_discount_limit",
        ["org_id", "role_id"],
        unique=False,
    )
    op.create_table(
        "sales_quote_template_line",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("template_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("product_id", sa.UUID(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("unit_price_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("unit_price_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("discount", sa.Numeric(), nullable=False),
        sa.Column("tax_rate_id", sa.UUID(), nullable=True),
        sa.Column("optional", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('product', 'section', 'note', 'subtotal')",
            name=op.f("ck_sales_quote_template_line_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "product_id"],
            ["sales_product.org_id", "sales_product.id"],
            name="fk_sales_quote_template_line_product_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "tax_rate_id"],
            ["sales_tax_rate.org_id", "sales_tax_rate.id"],
            name="fk_sales_quote_template_line_tax_rate_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "template_id"],
            ["sales_quote_template.org_id", "sales_quote_template.id"],
            name="fk_sales_quote_template_line_template_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_sales_quote_template_line_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_sales_quote_template_line")),
    )
    op.create_index(
        "ix_sales_quote_template_line_product_id",
        "sales_quote_template_line",
        ["org_id", "product_id"],
        unique=False,
    )
    op.create_index(
        "ix_sales_quote_template_line_tax_rate_id",
        "sales_quote_template_line",
        ["org_id", "tax_rate_id"],
        unique=False,
    )
    op.create_index(
        "ix_sales_quote_template_line_template_id",
        "sales_quote_template_line",
        ["org_id", "template_id"],
        unique=False,
    )
    op.create_table(
        "sales_quote",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("discount_percent", sa.Numeric(), nullable=False),
        sa.Column("discount_amount_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("discount_amount_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("total_discount_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("total_discount_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("total_net_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("total_net_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("total_tax_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("total_tax_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("total_gross_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("total_gross_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("tax_breakdown", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("root_number", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("former_id", sa.UUID(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("party_id", sa.UUID(), nullable=False),
        sa.Column("contact_id", sa.UUID(), nullable=True),
        sa.Column("opportunity_id", sa.UUID(), nullable=True),
        sa.Column("owner_id", sa.UUID(), nullable=True),
        sa.Column("team_id", sa.UUID(), nullable=True),
        sa.Column("intro", sa.Text(), nullable=True),
        sa.Column("closing", sa.Text(), nullable=True),
        sa.Column("customer_reference", sa.Text(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("deposit_percent", sa.Numeric(), nullable=True),
        sa.Column("template_id", sa.UUID(), nullable=True),
        sa.Column("margin_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("margin_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("invoiced_percent", sa.Numeric(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("sent_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("sent_by", sa.Text(), nullable=True),
        sa.Column("reminded_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("signed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("accepted_on", sa.Date(), nullable=True),
        sa.Column("signer", sa.Text(), nullable=True),
        sa.Column("proof", sa.Text(), nullable=True),
        sa.Column("proof_note", sa.Text(), nullable=True),
        sa.Column("decline_reason", sa.Text(), nullable=True),
        sa.Column("closing_note", sa.Text(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("approval_reason", sa.Text(), nullable=True),
        sa.Column("approval_asked_by", sa.UUID(), nullable=True),
        sa.Column("approval_note", sa.Text(), nullable=True),
        sa.Column("approved_by", sa.UUID(), nullable=True),
        sa.Column("approved_discount", sa.Numeric(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "decline_reason IN ('price', 'timing', 'product', 'competitor', 'no_decision', 'other')",
            name=op.f("ck_sales_quote_decline_reason"),
        ),
        sa.CheckConstraint(
            "proof IN ('signature', 'mail', 'purchase_order', 'oral')",
            name=op.f("ck_sales_quote_proof"),
        ),
        sa.CheckConstraint(
            "sent_by IN ('mail', 'print', 'none')", name=op.f("ck_sales_quote_sent_by")
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'pending_approval', 'sent', 'viewed', 'accepted', 'declined', 'expired', 'converted', 'cancelled', 'revised')",
            name=op.f("ck_sales_quote_status"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "approval_asked_by"],
            ["core_user.org_id", "core_user.id"],
            name="fk_sales_quote_approval_asked_by",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "approved_by"],
            ["core_user.org_id", "core_user.id"],
            name="fk_sales_quote_approved_by",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "contact_id"],
            ["crm_contact.org_id", "crm_contact.id"],
            name="fk_sales_quote_contact_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "former_id"],
            ["sales_quote.org_id", "sales_quote.id"],
            name="fk_sales_quote_former_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "opportunity_id"],
            ["crm_opportunity.org_id", "crm_opportunity.id"],
            name="fk_sales_quote_opportunity_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "owner_id"],
            ["core_user.org_id", "core_user.id"],
            name="fk_sales_quote_owner_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "party_id"],
            ["crm_party.org_id", "crm_party.id"],
            name="fk_sales_quote_party_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "team_id"],
            ["core_team.org_id", "core_team.id"],
            name="fk_sales_quote_team_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "template_id"],
            ["sales_quote_template.org_id", "sales_quote_template.id"],
            name="fk_sales_quote_template_id",
        ),
        sa.ForeignKeyConstraint(["org_id"], ["eyeot_organisation.id"], name="fk_sales_quote_org"),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_sales_quote")),
        sa.UniqueConstraint("org_id", "number", name="uq_sales_quote_number"),
    )
    op.create_index(
        "ix_sales_quote_approval_asked_by",
        "sales_quote",
        ["org_id", "approval_asked_by"],
        unique=False,
    )
    op.create_index(
        "ix_sales_quote_approved_by", "sales_quote", ["org_id", "approved_by"], unique=False
    )
    op.create_index(
        "ix_sales_quote_contact_id", "sales_quote", ["org_id", "contact_id"], unique=False
    )
    op.create_index(
        "ix_sales_quote_former_id", "sales_quote", ["org_id", "former_id"], unique=False
    )
    op.create_index(
        "ix_sales_quote_opportunity_id", "sales_quote", ["org_id", "opportunity_id"], unique=False
    )
    op.create_index("ix_sales_quote_owner_id", "sales_quote", ["org_id", "owner_id"], unique=False)
    op.create_index("ix_sales_quote_party_id", "sales_quote", ["org_id", "party_id"], unique=False)
    op.create_index(
        "ix_sales_quote_root_number", "sales_quote", ["org_id", "root_number"], unique=False
    )
    op.create_index(
        "ix_sales_quote_status_valid_until",
        "sales_quote",
        ["org_id", "status", "valid_until"],
        unique=False,
    )
    op.create_index("ix_sales_quote_team_id", "sales_quote", ["org_id", "team_id"], unique=False)
    op.create_index(
        "ix_sales_quote_template_id", "sales_quote", ["org_id", "template_id"], unique=False
    )
    op.create_table(
        "sales_quote_line",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("product_id", sa.UUID(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("unit_id", sa.UUID(), nullable=True),
        sa.Column("unit_price_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("unit_price_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("discount", sa.Numeric(), nullable=False),
        sa.Column("tax_rate_id", sa.UUID(), nullable=True),
        sa.Column("tax_category", sa.Text(), nullable=True),
        sa.Column("tax_percent", sa.Numeric(), nullable=True),
        sa.Column("exemption_code", sa.Text(), nullable=True),
        sa.Column("exemption_reason", sa.Text(), nullable=True),
        sa.Column("net_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("net_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("list_price_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("list_price_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("manual_price", sa.Boolean(), nullable=False),
        sa.Column("unit_cost_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("unit_cost_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("quote_id", sa.UUID(), nullable=False),
        sa.Column("optional", sa.Boolean(), nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('product', 'section', 'note', 'subtotal', 'deposit')",
            name=op.f("ck_sales_quote_line_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "product_id"],
            ["sales_product.org_id", "sales_product.id"],
            name="fk_sales_quote_line_product_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "quote_id"],
            ["sales_quote.org_id", "sales_quote.id"],
            name="fk_sales_quote_line_quote_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "tax_rate_id"],
            ["sales_tax_rate.org_id", "sales_tax_rate.id"],
            name="fk_sales_quote_line_tax_rate_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "unit_id"],
            ["sales_unit.org_id", "sales_unit.id"],
            name="fk_sales_quote_line_unit_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_sales_quote_line_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_sales_quote_line")),
    )
    op.create_index(
        "ix_sales_quote_line_product_id", "sales_quote_line", ["org_id", "product_id"], unique=False
    )
    op.create_index(
        "ix_sales_quote_line_quote_id", "sales_quote_line", ["org_id", "quote_id"], unique=False
    )
    op.create_index(
        "ix_sales_quote_line_quote_id_position",
        "sales_quote_line",
        ["org_id", "quote_id", "position"],
        unique=False,
    )
    op.create_index(
        "ix_sales_quote_line_tax_rate_id",
        "sales_quote_line",
        ["org_id", "tax_rate_id"],
        unique=False,
    )
    op.create_index(
        "ix_sales_quote_line_unit_id", "sales_quote_line", ["org_id", "unit_id"], unique=False
    )
    op.create_table(
        "sales_sales_order",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("discount_percent", sa.Numeric(), nullable=False),
        sa.Column("discount_amount_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("discount_amount_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("total_discount_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("total_discount_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("total_net_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("total_net_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("total_tax_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("total_tax_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("total_gross_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("total_gross_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("tax_breakdown", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("quote_id", sa.UUID(), nullable=True),
        sa.Column("split_from_id", sa.UUID(), nullable=True),
        sa.Column("party_id", sa.UUID(), nullable=False),
        sa.Column("contact_id", sa.UUID(), nullable=True),
        sa.Column("opportunity_id", sa.UUID(), nullable=True),
        sa.Column("owner_id", sa.UUID(), nullable=True),
        sa.Column("team_id", sa.UUID(), nullable=True),
        sa.Column("bill_to_id", sa.UUID(), nullable=True),
        sa.Column("ship_to", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("customer_reference", sa.Text(), nullable=True),
        sa.Column("service_code", sa.Text(), nullable=True),
        sa.Column("requested_date", sa.Date(), nullable=True),
        sa.Column("promised_date", sa.Date(), nullable=True),
        sa.Column("deposit_percent", sa.Numeric(), nullable=True),
        sa.Column("acceptance_required", sa.Boolean(), nullable=False),
        sa.Column("allow_over_invoicing", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("delivery_status", sa.Text(), nullable=False),
        sa.Column("invoice_status", sa.Text(), nullable=False),
        sa.Column("margin_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("margin_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.Column("acknowledged_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("hold_reason", sa.Text(), nullable=True),
        sa.Column("closing_note", sa.Text(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("approved_discount", sa.Numeric(), nullable=True),
        sa.Column("amendments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "delivery_status IN ('none', 'partial', 'full')",
            name=op.f("ck_sales_sales_order_delivery_status"),
        ),
        sa.CheckConstraint(
            "invoice_status IN ('none', 'partial', 'full', 'over')",
            name=op.f("ck_sales_sales_order_invoice_status"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'confirmed', 'in_progress', 'delivered', 'invoiced', 'closed', 'cancelled', 'on_hold')",
            name=op.f("ck_sales_sales_order_status"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "bill_to_id"],
            ["crm_party.org_id", "crm_party.id"],
            name="fk_sales_sales_order_bill_to_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "contact_id"],
            ["crm_contact.org_id", "crm_contact.id"],
            name="fk_sales_sales_order_contact_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "opportunity_id"],
            ["crm_opportunity.org_id", "crm_opportunity.id"],
            name="fk_sales_sales_order_opportunity_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "owner_id"],
            ["core_user.org_id", "core_user.id"],
            name="fk_sales_sales_order_owner_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "party_id"],
            ["crm_party.org_id", "crm_party.id"],
            name="fk_sales_sales_order_party_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "quote_id"],
            ["sales_quote.org_id", "sales_quote.id"],
            name="fk_sales_sales_order_quote_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "split_from_id"],
            ["sales_sales_order.org_id", "sales_sales_order.id"],
            name="fk_sales_sales_order_split_from_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "team_id"],
            ["core_team.org_id", "core_team.id"],
            name="fk_sales_sales_order_team_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_sales_sales_order_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_sales_sales_order")),
        sa.UniqueConstraint("org_id", "number", name="uq_sales_sales_order_number"),
    )
    op.create_index(
        "ix_sales_sales_order_bill_to_id",
        "sales_sales_order",
        ["org_id", "bill_to_id"],
        unique=False,
    )
    op.create_index(
        "ix_sales_sales_order_confirmed_on",
        "sales_sales_order",
        ["org_id", "confirmed_on"],
        unique=False,
    )
    op.create_index(
        "ix_sales_sales_order_contact_id",
        "sales_sales_order",
        ["org_id", "contact_id"],
        unique=False,
    )
    op.create_index(
        "ix_sales_sales_order_opportunity_id",
        "sales_sales_order",
        ["org_id", "opportunity_id"],
        unique=False,
    )
    op.create_index(
        "ix_sales_sales_order_owner_id", "sales_sales_order", ["org_id", "owner_id"], unique=False
    )
    op.create_index(
        "ix_sales_sales_order_party_id", "sales_sales_order", ["org_id", "party_id"], unique=False
    )
    op.create_index(
        "ix_sales_sales_order_quote_id", "sales_sales_order", ["org_id", "quote_id"], unique=False
    )
    op.create_index(
        "ix_sales_sales_order_split_from_id",
        "sales_sales_order",
        ["org_id", "split_from_id"],
        unique=False,
    )
    op.create_index(
        "ix_sales_sales_order_status_promised_date",
        "sales_sales_order",
        ["org_id", "status", "promised_date"],
        unique=False,
    )
    op.create_index(
        "ix_sales_sales_order_team_id", "sales_sales_order", ["org_id", "team_id"], unique=False
    )
    op.create_table(
        "sales_fulfilment",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("performed_on", sa.Date(), nullable=True),
        sa.Column("performed_by", sa.UUID(), nullable=True),
        sa.Column("document_id", sa.UUID(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("accepted_on", sa.Date(), nullable=True),
        sa.Column("accepted_by", sa.Text(), nullable=True),
        sa.Column("reserves", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('service', 'goods')", name=op.f("ck_sales_fulfilment_kind")),
        sa.CheckConstraint(
            "status IN ('planned', 'done', 'accepted', 'contested')",
            name=op.f("ck_sales_fulfilment_status"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "document_id"],
            ["core_document.org_id", "core_document.id"],
            name="fk_sales_fulfilment_document_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "order_id"],
            ["sales_sales_order.org_id", "sales_sales_order.id"],
            name="fk_sales_fulfilment_order_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "performed_by"],
            ["core_user.org_id", "core_user.id"],
            name="fk_sales_fulfilment_performed_by",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_sales_fulfilment_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_sales_fulfilment")),
    )
    op.create_index(
        "ix_sales_fulfilment_document_id",
        "sales_fulfilment",
        ["org_id", "document_id"],
        unique=False,
    )
    op.create_index(
        "ix_sales_fulfilment_order_id", "sales_fulfilment", ["org_id", "order_id"], unique=False
    )
    op.create_index(
        "ix_sales_fulfilment_performed_by",
        "sales_fulfilment",
        ["org_id", "performed_by"],
        unique=False,
    )
    op.create_index(
        "ix_sales_fulfilment_performed_on",
        "sales_fulfilment",
        ["org_id", "performed_on"],
        unique=False,
    )
    op.create_table(
        "sales_return_order",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("party_id", sa.UUID(), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("requested_on", sa.Date(), nullable=False),
        sa.Column("within_withdrawal", sa.Boolean(), nullable=False),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("received_at", sa.Date(), nullable=True),
        sa.Column("refund_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("refund_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("credit_note", sa.Text(), nullable=True),
        sa.Column("exchange_id", sa.UUID(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "reason IN ('changed_mind', 'defective', 'damaged', 'wrong_item', 'not_as_described', 'late', 'other')",
            name=op.f("ck_sales_return_order_reason"),
        ),
        sa.CheckConstraint(
            "resolution IN ('refund', 'exchange', 'repair', 'credit')",
            name=op.f("ck_sales_return_order_resolution"),
        ),
        sa.CheckConstraint(
            "status IN ('requested', 'approved', 'received', 'inspected', 'resolved', 'closed', 'rejected')",
            name=op.f("ck_sales_return_order_status"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "exchange_id"],
            ["sales_sales_order.org_id", "sales_sales_order.id"],
            name="fk_sales_return_order_exchange_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "order_id"],
            ["sales_sales_order.org_id", "sales_sales_order.id"],
            name="fk_sales_return_order_order_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "party_id"],
            ["crm_party.org_id", "crm_party.id"],
            name="fk_sales_return_order_party_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_sales_return_order_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_sales_return_order")),
        sa.UniqueConstraint("org_id", "number", name="uq_sales_return_order_number"),
    )
    op.create_index(
        "ix_sales_return_order_exchange_id",
        "sales_return_order",
        ["org_id", "exchange_id"],
        unique=False,
    )
    op.create_index(
        "ix_sales_return_order_order_id", "sales_return_order", ["org_id", "order_id"], unique=False
    )
    op.create_index(
        "ix_sales_return_order_party_id", "sales_return_order", ["org_id", "party_id"], unique=False
    )
    op.create_index(
        "ix_sales_return_order_status", "sales_return_order", ["org_id", "status"], unique=False
    )
    op.create_table(
        "sales_sales_order_line",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("product_id", sa.UUID(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("unit_id", sa.UUID(), nullable=True),
        sa.Column("unit_price_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("unit_price_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("discount", sa.Numeric(), nullable=False),
        sa.Column("tax_rate_id", sa.UUID(), nullable=True),
        sa.Column("tax_category", sa.Text(), nullable=True),
        sa.Column("tax_percent", sa.Numeric(), nullable=True),
        sa.Column("exemption_code", sa.Text(), nullable=True),
        sa.Column("exemption_reason", sa.Text(), nullable=True),
        sa.Column("net_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("net_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("list_price_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("list_price_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("manual_price", sa.Boolean(), nullable=False),
        sa.Column("unit_cost_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("unit_cost_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("quote_line_id", sa.UUID(), nullable=True),
        sa.Column("substitutes_id", sa.UUID(), nullable=True),
        sa.Column("promised_date", sa.Date(), nullable=True),
        sa.Column("delivered", sa.Numeric(), nullable=False),
        sa.Column("invoiced", sa.Numeric(), nullable=False),
        sa.Column("cancelled", sa.Numeric(), nullable=False),
        sa.Column("returned", sa.Numeric(), nullable=False),
        sa.Column("credited", sa.Numeric(), nullable=False),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("billed", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('product', 'section', 'note', 'subtotal', 'deposit')",
            name=op.f("ck_sales_sales_order_line_kind"),
        ),
        sa.CheckConstraint(
            "status IN ('open', 'delivered', 'invoiced', 'cancelled')",
            name=op.f("ck_sales_sales_order_line_status"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "order_id"],
            ["sales_sales_order.org_id", "sales_sales_order.id"],
            name="fk_sales_sales_order_line_order_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "product_id"],
            ["sales_product.org_id", "sales_product.id"],
            name="fk_sales_sales_order_line_product_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "quote_line_id"],
            ["sales_quote_line.org_id", "sales_quote_line.id"],
            name="fk_sales_sales_order_line_quote_line_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "substitutes_id"],
            ["sales_product.org_id", "sales_product.id"],
            name="fk_sales_sales_order_line_substitutes_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "tax_rate_id"],
            ["sales_tax_rate.org_id", "sales_tax_rate.id"],
            name="fk_sales_sales_order_line_tax_rate_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "unit_id"],
            ["sales_unit.org_id", "sales_unit.id"],
            name="fk_sales_sales_order_line_unit_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_sales_sales_order_line_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_sales_sales_order_line")),
    )
    op.create_index(
        "ix_sales_sales_order_line_order_id",
        "sales_sales_order_line",
        ["org_id", "order_id"],
        unique=False,
    )
    op.create_index(
        "ix_sales_sales_order_line_order_id_position",
        "sales_sales_order_line",
        ["org_id", "order_id", "position"],
        unique=False,
    )
    op.create_index(
        "ix_sales_sales_order_line_product_id",
        "sales_sales_order_line",
        ["org_id", "product_id"],
        unique=False,
    )
    op.create_index(
        "ix_sales_sales_order_line_quote_line_id",
        "sales_sales_order_line",
        ["org_id", "quote_line_id"],
        unique=False,
    )
    op.create_index(
        "ix_sales_sales_order_line_status_promised_date",
        "sales_sales_order_line",
        ["org_id", "status", "promised_date"],
        unique=False,
    )
    op.create_index(
        "ix_sales_sales_order_line_substitutes_id",
        "sales_sales_order_line",
        ["org_id", "substitutes_id"],
        unique=False,
    )
    op.create_index(
        "ix_sales_sales_order_line_tax_rate_id",
        "sales_sales_order_line",
        ["org_id", "tax_rate_id"],
        unique=False,
    )
    op.create_index(
        "ix_sales_sales_order_line_unit_id",
        "sales_sales_order_line",
        ["org_id", "unit_id"],
        unique=False,
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_sales_sales_order_line_unit_id", table_name="sales_sales_order_line")
    op.drop_index("ix_sales_sales_order_line_tax_rate_id", table_name="sales_sales_order_line")
    op.drop_index("ix_sales_sales_order_line_substitutes_id", table_name="sales_sales_order_line")
    op.drop_index(
        "ix_sales_sales_order_line_status_promised_date", table_name="sales_sales_order_line"
    )
    op.drop_index("ix_sales_sales_order_line_quote_line_id", table_name="sales_sales_order_line")
    op.drop_index("ix_sales_sales_order_line_product_id", table_name="sales_sales_order_line")
    op.drop_index(
        "ix_sales_sales_order_line_order_id_position", table_name="sales_sales_order_line"
    )
    op.drop_index("ix_sales_sales_order_line_order_id", table_name="sales_sales_order_line")
    op.drop_table("sales_sales_order_line")
    op.drop_index("ix_sales_return_order_status", table_name="sales_return_order")
    op.drop_index("ix_sales_return_order_party_id", table_name="sales_return_order")
    op.drop_index("ix_sales_return_order_order_id", table_name="sales_return_order")
    op.drop_index("ix_sales_return_order_exchange_id", table_name="sales_return_order")
    op.drop_table("sales_return_order")
    op.drop_index("ix_sales_fulfilment_performed_on", table_name="sales_fulfilment")
    op.drop_index("ix_sales_fulfilment_performed_by", table_name="sales_fulfilment")
    op.drop_index("ix_sales_fulfilment_order_id", table_name="sales_fulfilment")
    op.drop_index("ix_sales_fulfilment_document_id", table_name="sales_fulfilment")
    op.drop_table("sales_fulfilment")
    op.drop_index("ix_sales_sales_order_team_id", table_name="sales_sales_order")
    op.drop_index("ix_sales_sales_order_status_promised_date", table_name="sales_sales_order")
    op.drop_index("ix_sales_sales_order_split_from_id", table_name="sales_sales_order")
    op.drop_index("ix_sales_sales_order_quote_id", table_name="sales_sales_order")
    op.drop_index("ix_sales_sales_order_party_id", table_name="sales_sales_order")
    op.drop_index("ix_sales_sales_order_owner_id", table_name="sales_sales_order")
    op.drop_index("ix_sales_sales_order_opportunity_id", table_name="sales_sales_order")
    op.drop_index("ix_sales_sales_order_contact_id", table_name="sales_sales_order")
    op.drop_index("ix_sales_sales_order_confirmed_on", table_name="sales_sales_order")
    op.drop_index("ix_sales_sales_order_bill_to_id", table_name="sales_sales_order")
    op.drop_table("sales_sales_order")
    op.drop_index("ix_sales_quote_line_unit_id", table_name="sales_quote_line")
    op.drop_index("ix_sales_quote_line_tax_rate_id", table_name="sales_quote_line")
    op.drop_index("ix_sales_quote_line_quote_id_position", table_name="sales_quote_line")
    op.drop_index("ix_sales_quote_line_quote_id", table_name="sales_quote_line")
    op.drop_index("ix_sales_quote_line_product_id", table_name="sales_quote_line")
    op.drop_table("sales_quote_line")
    op.drop_index("ix_sales_quote_template_id", table_name="sales_quote")
    op.drop_index("ix_sales_quote_team_id", table_name="sales_quote")
    op.drop_index("ix_sales_quote_status_valid_until", table_name="sales_quote")
    op.drop_index("ix_sales_quote_root_number", table_name="sales_quote")
    op.drop_index("ix_sales_quote_party_id", table_name="sales_quote")
    op.drop_index("ix_sales_quote_owner_id", table_name="sales_quote")
    op.drop_index("ix_sales_quote_opportunity_id", table_name="sales_quote")
    op.drop_index("ix_sales_quote_former_id", table_name="sales_quote")
    op.drop_index("ix_sales_quote_contact_id", table_name="sales_quote")
    op.drop_index("ix_sales_quote_approved_by", table_name="sales_quote")
    op.drop_index("ix_sales_quote_approval_asked_by", table_name="sales_quote")
    op.drop_table("sales_quote")
    op.drop_index(
        "ix_sales_quote_template_line_template_id", table_name="sales_quote_template_line"
    )
    op.drop_index(
        "ix_sales_quote_template_line_tax_rate_id", table_name="sales_quote_template_line"
    )
    op.drop_index("ix_sales_quote_template_line_product_id", table_name="sales_quote_template_line")
    op.drop_table("sales_quote_template_line")
    op.drop_index("ix_sales_discount_limit_role_id", table_name="sales_discount_limit")
    op.drop_table("sales_discount_limit")
    op.drop_table("sales_quote_template")
