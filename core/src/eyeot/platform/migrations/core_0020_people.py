"""people: invitations, attempts to sign in, and links that are mailed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from eyeot.platform.gate import MEMBERS_DROPPED, MEMBERS_FUNCTIONS

revision = "core_0020_people"
down_revision = "core_0019_oauth"
branch_labels = None
depends_on = None

_TIME = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "core_invitation",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("invited_by", sa.UUID(), nullable=True),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "user_id"],
            ["core_user.org_id", "core_user.id"],
            name="fk_core_invitation_user_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "invited_by"],
            ["core_user.org_id", "core_user.id"],
            name="fk_core_invitation_invited_by",
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_core_invitation_org"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_invitation")),
        sa.UniqueConstraint("org_id", "user_id", name="uq_core_invitation_user_id"),
    )
    op.create_index("ix_core_invitation_user_id", "core_invitation", ["org_id", "user_id"])
    op.create_index("ix_core_invitation_invited_by", "core_invitation", ["org_id", "invited_by"])
    op.create_index("ix_core_invitation_secret_hash", "core_invitation", ["secret_hash"])
    op.create_table(
        "eyeot_attempt",
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", _TIME, nullable=False),
        sa.Column("locked_until", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_eyeot_attempt")),
    )
    op.add_column("core_mail", sa.Column("link", sa.Text(), nullable=True))
    op.drop_column("eyeot_account", "failures")
    op.drop_column("eyeot_account", "locked_until")
    op.add_column("core_user", sa.Column("establishment_id", sa.UUID(), nullable=True))
    op.create_foreign_key(
        "fk_core_user_establishment_id",
        "core_user",
        "core_establishment",
        ["org_id", "establishment_id"],
        ["org_id", "id"],
    )
    op.create_index("ix_core_user_establishment_id", "core_user", ["org_id", "establishment_id"])
    for text in MEMBERS_FUNCTIONS:
        op.execute(text)


def downgrade() -> None:
    """Take back."""
    for text in MEMBERS_DROPPED:
        op.execute(text)
    op.drop_index("ix_core_user_establishment_id", table_name="core_user")
    op.drop_constraint("fk_core_user_establishment_id", "core_user", type_="foreignkey")
    op.drop_column("core_user", "establishment_id")
    op.add_column("eyeot_account", sa.Column("locked_until", _TIME, nullable=True))
    op.add_column(
        "eyeot_account", sa.Column("failures", sa.Integer(), server_default="0", nullable=False)
    )
    op.drop_column("core_mail", "link")
    op.drop_table("eyeot_attempt")
    op.drop_table("core_invitation")
