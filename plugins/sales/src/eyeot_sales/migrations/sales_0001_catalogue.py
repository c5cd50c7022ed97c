"""catalogue, taxes and prices."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "sales_0001_catalogue"
down_revision = None
branch_labels = ("sales",)
depends_on = "crm_0003_keys"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "sales_exchange_rate",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("rate", sa.Numeric(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "source IN ('ecb', 'manual', 'bank')", name=op.f("ck_sales_exchange_rate_source")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_sales_exchange_rate_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_sales_exchange_rate")),
        sa.UniqueConstraint(
            "org_id",
            "currency",
            "date",
            "source",
            name="uq_sales_exchange_rate_currency_date_source",
        ),
    )
    op.create_table(
        "sales_price_list",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("tax_included", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("party_filter", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("base_list_id", sa.UUID(), nullable=True),
        sa.Column("markup_percent", sa.Numeric(), nullable=False),
        sa.Column("rounding", sa.Numeric(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "base IN ('list', 'cost', 'other_list')", name=op.f("ck_sales_price_list_base")
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'active')", name=op.f("ck_sales_price_list_status")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "base_list_id"],
            ["sales_price_list.org_id", "sales_price_list.id"],
            name="fk_sales_price_list_base_list_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_sales_price_list_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_sales_price_list")),
        sa.UniqueConstraint("org_id", "name", name="uq_sales_price_list_name"),
    )
    op.create_index(
        "ix_sales_price_list_base_list_id",
        "sales_price_list",
        ["org_id", "base_list_id"],
        unique=False,
    )
    op.create_table(
        "sales_product_category",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("translations", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("parent_id", sa.UUID(), nullable=True),
        sa.Column("income_account", sa.Text(), nullable=True),
        sa.Column("expense_account", sa.Text(), nullable=True),
        sa.Column("costing_method", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "costing_method IN ('average', 'fifo', 'standard')",
            name=op.f("ck_sales_product_category_costing_method"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "parent_id"],
            ["sales_product_category.org_id", "sales_product_category.id"],
            name="fk_sales_product_category_parent_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_sales_product_category_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_sales_product_category")),
    )
    op.create_index(
        "ix_sales_product_category_parent_id",
        "sales_product_category",
        ["org_id", "parent_id"],
        unique=False,
    )
    op.create_table(
        "sales_tax_rate",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rate", sa.Numeric(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("territory", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("tax_object", sa.Text(), nullable=False),
        sa.Column("exemption_code", sa.Text(), nullable=True),
        sa.Column("mention", sa.Text(), nullable=True),
        sa.Column("mention_en", sa.Text(), nullable=True),
        sa.Column("mention_until", sa.Date(), nullable=True),
        sa.Column("article", sa.Text(), nullable=True),
        sa.Column("payable_on", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("replaces_id", sa.UUID(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "category IN ('S', 'AE', 'E', 'K', 'G', 'O', 'Z')",
            name=op.f("ck_sales_tax_rate_category"),
        ),
        sa.CheckConstraint(
            "level IN ('standard', 'intermediate', 'reduced', 'super_reduced')",
            name=op.f("ck_sales_tax_rate_level"),
        ),
        sa.CheckConstraint(
            "payable_on IN ('debits', 'payment')", name=op.f("ck_sales_tax_rate_payable_on")
        ),
        sa.CheckConstraint("scope IN ('sale', 'purchase')", name=op.f("ck_sales_tax_rate_scope")),
        sa.CheckConstraint(
            "tax_object IN ('general', 'building_works', 'on_site_consumption', 'agricultural_equipment', 'low_voltage_electricity', 'petroleum', 'press', 'first_performances', 'live_animals')",
            name=op.f("ck_sales_tax_rate_tax_object"),
        ),
        sa.CheckConstraint(
            "territory IN ('metropole', 'corse', 'guadeloupe_martinique_reunion', 'guyane_mayotte', 'eu', 'export')",
            name=op.f("ck_sales_tax_rate_territory"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "replaces_id"],
            ["sales_tax_rate.org_id", "sales_tax_rate.id"],
            name="fk_sales_tax_rate_replaces_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_sales_tax_rate_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_sales_tax_rate")),
        sa.UniqueConstraint("org_id", "code", name="uq_sales_tax_rate_code"),
    )
    op.create_index(
        "ix_sales_tax_rate_replaces_id", "sales_tax_rate", ["org_id", "replaces_id"], unique=False
    )
    op.create_index(
        "ix_sales_tax_rate_scope_territory",
        "sales_tax_rate",
        ["org_id", "scope", "territory"],
        unique=False,
    )
    op.create_table(
        "sales_unit",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("translations", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("ratio", sa.Numeric(), nullable=False),
        sa.Column("rounding", sa.Numeric(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["org_id"], ["eyeot_organisation.id"], name="fk_sales_unit_org"),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_sales_unit")),
        sa.UniqueConstraint("org_id", "code", name="uq_sales_unit_code"),
    )
    op.create_table(
        "sales_price_list_party",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("price_list_id", sa.UUID(), nullable=False),
        sa.Column("party_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "party_id"],
            ["crm_party.org_id", "crm_party.id"],
            name="fk_sales_price_list_party_party_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "price_list_id"],
            ["sales_price_list.org_id", "sales_price_list.id"],
            name="fk_sales_price_list_party_price_list_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_sales_price_list_party_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_sales_price_list_party")),
        sa.UniqueConstraint(
            "org_id",
            "price_list_id",
            "party_id",
            name="uq_sales_price_list_party_price_list_id_party_id",
        ),
    )
    op.create_index(
        "ix_sales_price_list_party_party_id",
        "sales_price_list_party",
        ["org_id", "party_id"],
        unique=False,
    )
    op.create_index(
        "ix_sales_price_list_party_price_list_id",
        "sales_price_list_party",
        ["org_id", "price_list_id"],
        unique=False,
    )
    op.create_table(
        "sales_product",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("translations", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("category_id", sa.UUID(), nullable=True),
        sa.Column("unit_id", sa.UUID(), nullable=False),
        sa.Column("list_price_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("list_price_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("cost_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("cost_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("tax_rate_id", sa.UUID(), nullable=True),
        sa.Column("tax_object", sa.Text(), nullable=False),
        sa.Column("barcode", sa.Text(), nullable=True),
        sa.Column("tracking", sa.Text(), nullable=False),
        sa.Column("weight_kg", sa.Numeric(), nullable=True),
        sa.Column("income_account", sa.Text(), nullable=True),
        sa.Column("expense_account", sa.Text(), nullable=True),
        sa.Column("hs_code", sa.Text(), nullable=True),
        sa.Column("is_sellable", sa.Boolean(), nullable=False),
        sa.Column("is_purchasable", sa.Boolean(), nullable=False),
        sa.Column("template_id", sa.UUID(), nullable=True),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("successor_id", sa.UUID(), nullable=True),
        sa.Column("discontinued_on", sa.Date(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('goods', 'service', 'subscription', 'kit')",
            name=op.f("ck_sales_product_kind"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'active', 'discontinued')", name=op.f("ck_sales_product_status")
        ),
        sa.CheckConstraint(
            "tax_object IN ('general', 'building_works', 'on_site_consumption', 'agricultural_equipment', 'low_voltage_electricity', 'petroleum', 'press', 'first_performances', 'live_animals')",
            name=op.f("ck_sales_product_tax_object"),
        ),
        sa.CheckConstraint(
            "tracking IN ('none', 'lot', 'serial')", name=op.f("ck_sales_product_tracking")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "category_id"],
            ["sales_product_category.org_id", "sales_product_category.id"],
            name="fk_sales_product_category_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "successor_id"],
            ["sales_product.org_id", "sales_product.id"],
            name="fk_sales_product_successor_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "tax_rate_id"],
            ["sales_tax_rate.org_id", "sales_tax_rate.id"],
            name="fk_sales_product_tax_rate_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "template_id"],
            ["sales_product.org_id", "sales_product.id"],
            name="fk_sales_product_template_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "unit_id"],
            ["sales_unit.org_id", "sales_unit.id"],
            name="fk_sales_product_unit_id",
        ),
        sa.ForeignKeyConstraint(["org_id"], ["eyeot_organisation.id"], name="fk_sales_product_org"),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_sales_product")),
        sa.UniqueConstraint("org_id", "barcode", name="uq_sales_product_barcode"),
        sa.UniqueConstraint("org_id", "sku", name="uq_sales_product_sku"),
    )
    op.create_index(
        "ix_sales_product_category_id", "sales_product", ["org_id", "category_id"], unique=False
    )
    op.create_index(
        "ix_sales_product_successor_id", "sales_product", ["org_id", "successor_id"], unique=False
    )
    op.create_index(
        "ix_sales_product_tax_rate_id", "sales_product", ["org_id", "tax_rate_id"], unique=False
    )
    op.create_index(
        "ix_sales_product_template_id", "sales_product", ["org_id", "template_id"], unique=False
    )
    op.create_index(
        "ix_sales_product_unit_id", "sales_product", ["org_id", "unit_id"], unique=False
    )
    op.create_table(
        "sales_price_list_item",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("price_list_id", sa.UUID(), nullable=False),
        sa.Column("product_id", sa.UUID(), nullable=False),
        sa.Column("product_name", sa.Text(), nullable=False),
        sa.Column("min_quantity", sa.Numeric(), nullable=False),
        sa.Column("price_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("price_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("discount", sa.Numeric(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "price_list_id"],
            ["sales_price_list.org_id", "sales_price_list.id"],
            name="fk_sales_price_list_item_price_list_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "product_id"],
            ["sales_product.org_id", "sales_product.id"],
            name="fk_sales_price_list_item_product_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_sales_price_list_item_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_sales_price_list_item")),
    )
    op.create_index(
        "ix_sales_price_list_item_price_list_id",
        "sales_price_list_item",
        ["org_id", "price_list_id"],
        unique=False,
    )
    op.create_index(
        "ix_sales_price_list_item_product_id",
        "sales_price_list_item",
        ["org_id", "product_id"],
        unique=False,
    )
    op.create_index(
        "ix_sales_price_list_item_product_id_price_list_id",
        "sales_price_list_item",
        ["org_id", "product_id", "price_list_id"],
        unique=False,
    )
    op.create_table(
        "sales_product_price",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("product_id", sa.UUID(), nullable=False),
        sa.Column("price_amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("price_currency", sa.CHAR(length=3), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "product_id"],
            ["sales_product.org_id", "sales_product.id"],
            name="fk_sales_product_price_product_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_sales_product_price_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_sales_product_price")),
        sa.UniqueConstraint(
            "org_id",
            "product_id",
            "valid_from",
            name="uq_sales_product_price_product_id_valid_from",
        ),
    )
    op.create_index(
        "ix_sales_product_price_product_id",
        "sales_product_price",
        ["org_id", "product_id"],
        unique=False,
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_sales_product_price_product_id", table_name="sales_product_price")
    op.drop_table("sales_product_price")
    op.drop_index(
        "ix_sales_price_list_item_product_id_price_list_id", table_name="sales_price_list_item"
    )
    op.drop_index("ix_sales_price_list_item_product_id", table_name="sales_price_list_item")
    op.drop_index("ix_sales_price_list_item_price_list_id", table_name="sales_price_list_item")
    op.drop_table("sales_price_list_item")
    op.drop_index("ix_sales_product_unit_id", table_name="sales_product")
    op.drop_index("ix_sales_product_template_id", table_name="sales_product")
    op.drop_index("ix_sales_product_tax_rate_id", table_name="sales_product")
    op.drop_index("ix_sales_product_successor_id", table_name="sales_product")
    op.drop_index("ix_sales_product_category_id", table_name="sales_product")
    op.drop_table("sales_product")
    op.drop_index("ix_sales_price_list_party_price_list_id", table_name="sales_price_list_party")
    op.drop_index("ix_sales_price_list_party_party_id", table_name="sales_price_list_party")
    op.drop_table("sales_price_list_party")
    op.drop_table("sales_unit")
    op.drop_index("ix_sales_tax_rate_scope_territory", table_name="sales_tax_rate")
    op.drop_index("ix_sales_tax_rate_replaces_id", table_name="sales_tax_rate")
    op.drop_table("sales_tax_rate")
    op.drop_index("ix_sales_product_category_parent_id", table_name="sales_product_category")
    op.drop_table("sales_product_category")
    op.drop_index("ix_sales_price_list_base_list_id", table_name="sales_price_list")
    op.drop_table("sales_price_list")
    op.drop_table("sales_exchange_rate")
