"""indexes of what records are named by."""

from alembic import op

revision = "crm_0003_keys"
down_revision = "crm_0002_activities"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_crm_contact_email", "crm_contact", ["org_id", "email"], unique=False)
    op.create_index("ix_crm_contact_phone", "crm_contact", ["org_id", "phone"], unique=False)
    op.create_index("ix_crm_lead_email", "crm_lead", ["org_id", "email"], unique=False)
    op.create_index("ix_crm_lead_phone", "crm_lead", ["org_id", "phone"], unique=False)
    op.create_index(
        "ix_crm_party_emails",
        "crm_party",
        ["org_id", "emails"],
        unique=False,
        postgresql_using="gin",
    )
    op.create_index(
        "ix_crm_party_phones",
        "crm_party",
        ["org_id", "phones"],
        unique=False,
        postgresql_using="gin",
    )
    op.create_index("ix_crm_party_siret", "crm_party", ["org_id", "siret"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_crm_party_siret", table_name="crm_party")
    op.drop_index("ix_crm_party_phones", table_name="crm_party", postgresql_using="gin")
    op.drop_index("ix_crm_party_emails", table_name="crm_party", postgresql_using="gin")
    op.drop_index("ix_crm_lead_phone", table_name="crm_lead")
    op.drop_index("ix_crm_lead_email", table_name="crm_lead")
    op.drop_index("ix_crm_contact_phone", table_name="crm_contact")
    op.drop_index("ix_crm_contact_email", table_name="crm_contact")
