"""indexes of what records are named by."""

from alembic import op

revision = "core_0007_keys"
down_revision = "core_0006_resources"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index(
        "ix_core_organization_siren", "core_organization", ["org_id", "siren"], unique=False
    )
    op.create_index(
        "ix_core_organization_vat_number",
        "core_organization",
        ["org_id", "vat_number"],
        unique=False,
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_core_organization_vat_number", table_name="core_organization")
    op.drop_index("ix_core_organization_siren", table_name="core_organization")
