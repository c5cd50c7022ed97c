"""apps that people connect: who they are, what they were let do, and what they were handed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from eyeot.platform.gate import GRANT_DROPPED, GRANT_FUNCTIONS

revision = "core_0019_oauth"
down_revision = "core_0018_identity"
branch_labels = None
depends_on = None

_TIME = postgresql.TIMESTAMP(timezone=True)
_TEXTS = postgresql.ARRAY(sa.Text())


def upgrade() -> None:
    """Apply."""
    _apps()
    _grants()
    _tokens()
    for text in GRANT_FUNCTIONS:
        op.execute(text)


def _apps() -> None:
    op.create_table(
        "eyeot_oauth_client",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.Column("redirect_uris", _TEXTS, nullable=False),
        sa.Column("grant_types", _TEXTS, nullable=False),
        sa.Column("auth_method", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("used_at", _TIME, nullable=True),
        sa.Column("fresh_until", _TIME, nullable=True),
        sa.CheckConstraint(
            "kind IN ('registered', 'document', 'dynamic')", name=op.f("ck_eyeot_oauth_client_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_eyeot_oauth_client")),
    )
    op.create_table(
        "eyeot_oauth_code",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("challenge", sa.Text(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("grant_id", sa.UUID(), nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("used_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_eyeot_oauth_code")),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "eyeot_oauth_device",
        sa.Column("device_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("org_id", sa.UUID(), nullable=True),
        sa.Column("grant_id", sa.UUID(), nullable=True),
        sa.Column("wait", sa.Integer(), nullable=False),
        sa.Column("polled_at", _TIME, nullable=True),
        sa.Column("ip", sa.Text(), nullable=True),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.CheckConstraint(
            "status IN ('pending', 'approved', 'refused', 'done')",
            name=op.f("ck_eyeot_oauth_device_status"),
        ),
        sa.PrimaryKeyConstraint("device_hash", name=op.f("pk_eyeot_oauth_device")),
        sa.UniqueConstraint("user_code_hash", name=op.f("uq_eyeot_oauth_device_user_code_hash")),
        prefixes=["UNLOGGED"],
    )


def _grants() -> None:
    op.create_table(
        "core_oauth_grant",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("client_name", sa.Text(), nullable=False),
        sa.Column("client_kind", sa.Text(), nullable=False),
        sa.Column("client_host", sa.Text(), nullable=True),
        sa.Column("redirect_host", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.UUID(), nullable=False),
        sa.Column("agent_id", sa.UUID(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("scopes", _TEXTS, nullable=False),
        sa.Column("ip_allowlist", _TEXTS, nullable=False),
        sa.Column("expires_at", _TIME, nullable=True),
        sa.Column("last_used_at", _TIME, nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("revoked_at", _TIME, nullable=True),
        sa.Column("revoked_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.CheckConstraint(
            "client_kind IN ('registered', 'document', 'dynamic')",
            name=op.f("ck_core_oauth_grant_client_kind"),
        ),
        sa.CheckConstraint(
            "status IN ('active', 'revoked')", name=op.f("ck_core_oauth_grant_status")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_core_oauth_grant_org"
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "owner_id"],
            ["core_user.org_id", "core_user.id"],
            name="fk_core_oauth_grant_owner_id",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "agent_id"],
            ["core_agent_client.org_id", "core_agent_client.id"],
            name="fk_core_oauth_grant_agent_id",
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_oauth_grant")),
    )
    for name in ("owner_id", "agent_id"):
        op.create_index(f"ix_core_oauth_grant_{name}", "core_oauth_grant", ["org_id", name])


def _tokens() -> None:
    op.create_table(
        "core_oauth_token",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("grant_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", _TEXTS, nullable=True),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("rotated_at", _TIME, nullable=True),
        sa.Column("successor", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("kind IN ('access', 'refresh')", name=op.f("ck_core_oauth_token_kind")),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name=op.f("fk_core_oauth_token_org_id")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "grant_id"],
            ["core_oauth_grant.org_id", "core_oauth_grant.id"],
            name="fk_core_oauth_token_grant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_core_oauth_token")),
    )
    op.create_index("ix_core_oauth_token_grant_id", "core_oauth_token", ["org_id", "grant_id"])
    for name in ("token_hash", "expires_at"):
        op.create_index(f"ix_core_oauth_token_{name}", "core_oauth_token", [name])


def downgrade() -> None:
    """Take back."""
    for text in GRANT_DROPPED:
        op.execute(text)
    op.drop_table("core_oauth_token")
    op.drop_table("core_oauth_grant")
    for name in ("device", "code", "client"):
        op.drop_table(f"eyeot_oauth_{name}")
