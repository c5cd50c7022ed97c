"""people who sign in: their factors, sessions and one-time links."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from eyeot.platform.gate import PEOPLE_DROPPED, PEOPLE_FUNCTIONS

revision = "core_0018_identity"
down_revision = "core_0017_import_holder"
branch_labels = None
depends_on = None

_TIME = postgresql.TIMESTAMP(timezone=True)
_FACTORS: tuple[tuple[str, Any], ...] = (
    ("password_set_at", _TIME),
    ("locked_until", _TIME),
    ("totp_secret", sa.LargeBinary()),
    ("totp_since", _TIME),
    ("totp_step", sa.BigInteger()),
)


def upgrade() -> None:
    """Apply."""
    for name, kind in _FACTORS:
        op.add_column("eyeot_account", sa.Column(name, kind, nullable=True))
    failures = sa.Column("failures", sa.Integer(), server_default="0", nullable=False)
    op.add_column("eyeot_account", failures)
    op.create_table(
        "eyeot_recovery_code",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        *_keys("eyeot_recovery_code"),
    )
    op.create_table(
        "eyeot_session",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=True),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("signed_in_at", _TIME, nullable=False),
        sa.Column("proven_at", _TIME, nullable=False),
        sa.Column("seen_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("ip", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id"],
            ["eyeot_organisation.id"],
            name=op.f("fk_eyeot_session_org_id"),
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_eyeot_session_secret_hash")),
        *_keys("eyeot_session"),
    )
    op.create_table(
        "eyeot_link",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_eyeot_link_secret_hash")),
        *_keys("eyeot_link"),
    )
    for table in ("eyeot_recovery_code", "eyeot_session", "eyeot_link"):
        op.create_index(op.f(f"ix_{table}_account_id"), table, ["account_id"])
    op.add_column("core_user", sa.Column("signed_out_at", _TIME, nullable=True))
    op.create_index("ix_core_user_account_id", "core_user", ["account_id"])
    for text in PEOPLE_FUNCTIONS:
        op.execute(text)


def _keys(table: str) -> tuple[sa.Constraint, ...]:
    return (
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["eyeot_account.id"],
            name=op.f(f"fk_{table}_account_id"),
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    """Take back."""
    for text in PEOPLE_DROPPED:
        op.execute(text)
    op.drop_index("ix_core_user_account_id", table_name="core_user")
    op.drop_column("core_user", "signed_out_at")
    for table in ("eyeot_link", "eyeot_session", "eyeot_recovery_code"):
        op.drop_table(table)
    for name in ("failures", *(name for name, _ in _FACTORS)):
        op.drop_column("eyeot_account", name)
