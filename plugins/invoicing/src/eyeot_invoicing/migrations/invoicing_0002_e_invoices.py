"""e-invoices and purchases."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from eyeot_invoicing import guards

revision = "invoicing_0002_e_invoices"
down_revision = "invoicing_0003_books"
branch_labels = None
depends_on = "core_0022_outward"

_BOOKED = (
    "{status,paid_amount,paid_currency,amount_due_amount,amount_due_currency,reason_code,reason_note,"
    "due_date,internal_note,is_self_assessed,pending_vat,settled_on,deferred,updated_at,version}"
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "invoicing_pa_connection",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("api", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("electronic_addresses", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=True),
        sa.Column("credentials", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("is_reception_default", sa.Boolean(), nullable=False),
        sa.Column("tested_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("polled_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "api IN ('xp_z12_013', 'vendor')", name=op.f("ck_invoicing_pa_connection_api")
        ),
        sa.CheckConstraint(
            "environment IN ('test', 'prod')", name=op.f("ck_invoicing_pa_connection_environment")
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'tested', 'active', 'ended')",
            name=op.f("ck_invoicing_pa_connection_status"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_pa_connection_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_pa_connection")),
    )
    op.create_table(
        "invoicing_piece_file",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("piece", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("document_id", sa.UUID(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "form IN ('pdf', 'facturx', 'ubl', 'cii')", name=op.f("ck_invoicing_piece_file_form")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "document_id"],
            ["core_document.org_id", "core_document.id"],
            name="fk_invoicing_piece_file_document_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_piece_file_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_piece_file")),
        sa.UniqueConstraint(
            "org_id",
            "piece",
            "form",
            "language",
            "profile",
            name="uq_invoicing_piece_file_piece_form_language_profile",
        ),
    )
    op.create_index(
        "ix_invoicing_piece_file_document_id",
        "invoicing_piece_file",
        ["org_id", "document_id"],
        unique=False,
    )
    op.create_table(
        "invoicing_einvoice",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("piece", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.UUID(), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("seller_siren", sa.Text(), nullable=True),
        sa.Column("buyer_siren", sa.Text(), nullable=True),
        sa.Column("syntax", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("from_address", sa.Text(), nullable=True),
        sa.Column("to_address", sa.Text(), nullable=True),
        sa.Column("connection_id", sa.UUID(), nullable=True),
        sa.Column("platform", sa.Text(), nullable=True),
        sa.Column("flow_id", sa.Text(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("document_id", sa.UUID(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("status_reason", sa.Text(), nullable=True),
        sa.Column("status_note", sa.Text(), nullable=True),
        sa.Column("status_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("status_history", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "direction IN ('out', 'in')", name=op.f("ck_invoicing_einvoice_direction")
        ),
        sa.CheckConstraint(
            "status IN ('prepared', '200', '201', '202', '203', '204', '205', '206', '207', '208', '209', '210', '211', '212', '213', '214', '220', '221', '224', '225', '226', '227', '228')",
            name=op.f("ck_invoicing_einvoice_status"),
        ),
        sa.CheckConstraint(
            "syntax IN ('facturx', 'ubl', 'cii')", name=op.f("ck_invoicing_einvoice_syntax")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "connection_id"],
            ["invoicing_pa_connection.org_id", "invoicing_pa_connection.id"],
            name="fk_invoicing_einvoice_connection_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "document_id"],
            ["core_document.org_id", "core_document.id"],
            name="fk_invoicing_einvoice_document_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "invoice_id"],
            ["invoicing_invoice.org_id", "invoicing_invoice.id"],
            name="fk_invoicing_einvoice_invoice_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_einvoice_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_einvoice")),
        sa.UniqueConstraint("org_id", "piece", name="uq_invoicing_einvoice_piece"),
    )
    op.create_index(
        "ix_invoicing_einvoice_connection_id",
        "invoicing_einvoice",
        ["org_id", "connection_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_einvoice_document_id",
        "invoicing_einvoice",
        ["org_id", "document_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_einvoice_flow_id", "invoicing_einvoice", ["org_id", "flow_id"], unique=False
    )
    op.create_index(
        "ix_invoicing_einvoice_invoice_id",
        "invoicing_einvoice",
        ["org_id", "invoice_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_einvoice_issued_on",
        "invoicing_einvoice",
        ["org_id", "issued_on"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_einvoice_number", "invoicing_einvoice", ["org_id", "number"], unique=False
    )
    op.create_index(
        "ix_invoicing_einvoice_status", "invoicing_einvoice", ["org_id", "status"], unique=False
    )
    op.create_table(
        "invoicing_platform_flow",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("connection_id", sa.UUID(), nullable=False),
        sa.Column("flow_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("applied_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("einvoice_id", sa.UUID(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "connection_id"],
            ["invoicing_pa_connection.org_id", "invoicing_pa_connection.id"],
            name="fk_invoicing_platform_flow_connection_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "einvoice_id"],
            ["invoicing_einvoice.org_id", "invoicing_einvoice.id"],
            name="fk_invoicing_platform_flow_einvoice_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_platform_flow_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_platform_flow")),
        sa.UniqueConstraint(
            "org_id",
            "connection_id",
            "flow_id",
            name="uq_invoicing_platform_flow_connection_id_flow_id",
        ),
    )
    op.create_index(
        "ix_invoicing_platform_flow_applied_at",
        "invoicing_platform_flow",
        ["org_id", "applied_at"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_platform_flow_connection_id",
        "invoicing_platform_flow",
        ["org_id", "connection_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_platform_flow_einvoice_id",
        "invoicing_platform_flow",
        ["org_id", "einvoice_id"],
        unique=False,
    )
    op.create_table(
        "invoicing_supplier_invoice",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("internal_number", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("party_id", sa.UUID(), nullable=False),
        sa.Column("received_via", sa.Text(), nullable=False),
        sa.Column("invoice_date", sa.Date(), nullable=False),
        sa.Column("received_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("supply_date", sa.Date(), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("exchange_rate", sa.Numeric(), nullable=True),
        sa.Column("told", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("tax_breakdown", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("total_net_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("total_net_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("total_tax_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("total_tax_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("total_gross_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("total_gross_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("approved_amount_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("approved_amount_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("paid_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("paid_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("amount_due_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("amount_due_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("vat_on_debits", sa.Boolean(), nullable=False),
        sa.Column("is_self_assessed", sa.Boolean(), nullable=False),
        sa.Column("pending_vat", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("iban", sa.Text(), nullable=True),
        sa.Column("order_reference", sa.Text(), nullable=True),
        sa.Column("credited_number", sa.Text(), nullable=True),
        sa.Column("issuer_siren", sa.Text(), nullable=True),
        sa.Column("einvoice_id", sa.UUID(), nullable=True),
        sa.Column("document_id", sa.UUID(), nullable=True),
        sa.Column("match_status", sa.Text(), nullable=False),
        sa.Column("duplicate_of", sa.UUID(), nullable=True),
        sa.Column("approver_id", sa.UUID(), nullable=True),
        sa.Column("approved_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("reason_note", sa.Text(), nullable=True),
        sa.Column("internal_note", sa.Text(), nullable=True),
        sa.Column("deferred", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("posted_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("entry_id", sa.UUID(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('invoice', 'credit_note')", name=op.f("ck_invoicing_supplier_invoice_kind")
        ),
        sa.CheckConstraint(
            "match_status IN ('none', 'matched', 'differs')",
            name=op.f("ck_invoicing_supplier_invoice_match_status"),
        ),
        sa.CheckConstraint(
            "received_via IN ('pa', 'mail', 'scan', 'manual')",
            name=op.f("ck_invoicing_supplier_invoice_received_via"),
        ),
        sa.CheckConstraint(
            "status IN ('received', 'to_review', 'approved', 'posted', 'partially_paid', 'paid', 'disputed', 'refused', 'suspended')",
            name=op.f("ck_invoicing_supplier_invoice_status"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "approver_id"],
            ["core_user.org_id", "core_user.id"],
            name="fk_invoicing_supplier_invoice_approver_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "document_id"],
            ["core_document.org_id", "core_document.id"],
            name="fk_invoicing_supplier_invoice_document_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "duplicate_of"],
            ["invoicing_supplier_invoice.org_id", "invoicing_supplier_invoice.id"],
            name="fk_invoicing_supplier_invoice_duplicate_of",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "einvoice_id"],
            ["invoicing_einvoice.org_id", "invoicing_einvoice.id"],
            name="fk_invoicing_supplier_invoice_einvoice_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "entry_id"],
            ["invoicing_journal_entry.org_id", "invoicing_journal_entry.id"],
            name="fk_invoicing_supplier_invoice_entry_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "party_id"],
            ["crm_party.org_id", "crm_party.id"],
            name="fk_invoicing_supplier_invoice_party_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_supplier_invoice_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_supplier_invoice")),
        sa.UniqueConstraint(
            "org_id", "internal_number", name="uq_invoicing_supplier_invoice_internal_number"
        ),
    )
    op.create_index(
        "ix_invoicing_supplier_invoice_approver_id",
        "invoicing_supplier_invoice",
        ["org_id", "approver_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_supplier_invoice_document_id",
        "invoicing_supplier_invoice",
        ["org_id", "document_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_supplier_invoice_duplicate_of",
        "invoicing_supplier_invoice",
        ["org_id", "duplicate_of"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_supplier_invoice_einvoice_id",
        "invoicing_supplier_invoice",
        ["org_id", "einvoice_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_supplier_invoice_entry_id",
        "invoicing_supplier_invoice",
        ["org_id", "entry_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_supplier_invoice_invoice_date",
        "invoicing_supplier_invoice",
        ["org_id", "invoice_date"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_supplier_invoice_number",
        "invoicing_supplier_invoice",
        ["org_id", "number"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_supplier_invoice_party_id",
        "invoicing_supplier_invoice",
        ["org_id", "party_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_supplier_invoice_party_id_status",
        "invoicing_supplier_invoice",
        ["org_id", "party_id", "status"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_supplier_invoice_status_due_date",
        "invoicing_supplier_invoice",
        ["org_id", "status", "due_date"],
        unique=False,
    )
    op.create_table(
        "invoicing_supplier_invoice_line",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("supplier_invoice_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("unit_price_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("unit_price_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("net_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("net_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("tax_category", sa.Text(), nullable=False),
        sa.Column("tax_percent", sa.Numeric(), nullable=False),
        sa.Column("exemption_code", sa.Text(), nullable=True),
        sa.Column("nature", sa.Text(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=True),
        sa.Column("analytic", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "nature IN ('goods', 'service', 'asset')",
            name=op.f("ck_invoicing_supplier_invoice_line_nature"),
        ),
        sa.CheckConstraint(
            "tax_category IN ('S', 'AE', 'E', 'K', 'G', 'O', 'Z')",
            name=op.f("ck_invoicing_supplier_invoice_line_tax_category"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "account_id"],
            ["invoicing_ledger_account.org_id", "invoicing_ledger_account.id"],
            name="fk_invoicing_supplier_invoice_line_account_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "supplier_invoice_id"],
            ["invoicing_supplier_invoice.org_id", "invoicing_supplier_invoice.id"],
            name="fk_invoicing_supplier_invoice_line_supplier_invoice_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_invoicing_supplier_invoice_line_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invoicing_supplier_invoice_line")),
    )
    op.create_index(
        "ix_invoicing_supplier_invoice_line_account_id",
        "invoicing_supplier_invoice_line",
        ["org_id", "account_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoicing_supplier_invoice_line_supplier_invoice_id",
        "invoicing_supplier_invoice_line",
        ["org_id", "supplier_invoice_id"],
        unique=False,
    )
    op.execute(guards.append_only("invoicing_piece_file"))
    op.execute(guards.BOOKED_PURCHASE)
    op.execute(guards.purchase_stands("invoicing_supplier_invoice", _BOOKED))


def downgrade() -> None:
    """Take back."""
    op.drop_index(
        "ix_invoicing_supplier_invoice_line_supplier_invoice_id",
        table_name="invoicing_supplier_invoice_line",
    )
    op.drop_index(
        "ix_invoicing_supplier_invoice_line_account_id",
        table_name="invoicing_supplier_invoice_line",
    )
    op.drop_table("invoicing_supplier_invoice_line")
    op.drop_index(
        "ix_invoicing_supplier_invoice_status_due_date", table_name="invoicing_supplier_invoice"
    )
    op.drop_index(
        "ix_invoicing_supplier_invoice_party_id_status", table_name="invoicing_supplier_invoice"
    )
    op.drop_index("ix_invoicing_supplier_invoice_party_id", table_name="invoicing_supplier_invoice")
    op.drop_index("ix_invoicing_supplier_invoice_number", table_name="invoicing_supplier_invoice")
    op.drop_index(
        "ix_invoicing_supplier_invoice_invoice_date", table_name="invoicing_supplier_invoice"
    )
    op.drop_index("ix_invoicing_supplier_invoice_entry_id", table_name="invoicing_supplier_invoice")
    op.drop_index(
        "ix_invoicing_supplier_invoice_einvoice_id", table_name="invoicing_supplier_invoice"
    )
    op.drop_index(
        "ix_invoicing_supplier_invoice_duplicate_of", table_name="invoicing_supplier_invoice"
    )
    op.drop_index(
        "ix_invoicing_supplier_invoice_document_id", table_name="invoicing_supplier_invoice"
    )
    op.drop_index(
        "ix_invoicing_supplier_invoice_approver_id", table_name="invoicing_supplier_invoice"
    )
    op.drop_table("invoicing_supplier_invoice")
    op.drop_index("ix_invoicing_platform_flow_einvoice_id", table_name="invoicing_platform_flow")
    op.drop_index("ix_invoicing_platform_flow_connection_id", table_name="invoicing_platform_flow")
    op.drop_index("ix_invoicing_platform_flow_applied_at", table_name="invoicing_platform_flow")
    op.drop_table("invoicing_platform_flow")
    op.drop_index("ix_invoicing_einvoice_status", table_name="invoicing_einvoice")
    op.drop_index("ix_invoicing_einvoice_number", table_name="invoicing_einvoice")
    op.drop_index("ix_invoicing_einvoice_issued_on", table_name="invoicing_einvoice")
    op.drop_index("ix_invoicing_einvoice_invoice_id", table_name="invoicing_einvoice")
    op.drop_index("ix_invoicing_einvoice_flow_id", table_name="invoicing_einvoice")
    op.drop_index("ix_invoicing_einvoice_document_id", table_name="invoicing_einvoice")
    op.drop_index("ix_invoicing_einvoice_connection_id", table_name="invoicing_einvoice")
    op.drop_table("invoicing_einvoice")
    op.drop_index("ix_invoicing_piece_file_document_id", table_name="invoicing_piece_file")
    op.drop_table("invoicing_piece_file")
    op.drop_table("invoicing_pa_connection")
    op.execute("DROP FUNCTION eyeot_invoicing_purchase()")
