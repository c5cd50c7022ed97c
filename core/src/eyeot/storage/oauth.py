"""OAuth: the apps that people may connect, and what is handed to them, by its hash."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from eyeot.declare.schema import metadata

_TIME = TIMESTAMP(timezone=True)


def _grant() -> tuple[sa.Column[Any], sa.Column[Any]]:
    return sa.Column("org_id", PG_UUID()), sa.Column("grant_id", PG_UUID())


clients = sa.Table(
    "eyeot_oauth_client",
    metadata,
    sa.Column("id", sa.Text(collation="C"), primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("uri", sa.Text),
    sa.Column("redirect_uris", ARRAY(sa.Text), nullable=False),
    sa.Column("grant_types", ARRAY(sa.Text), nullable=False),
    sa.Column("auth_method", sa.Text, nullable=False),
    sa.Column("secret_hash", sa.LargeBinary),
    sa.Column("created_at", _TIME, nullable=False),
    sa.Column("used_at", _TIME),
    sa.Column("fresh_until", _TIME),
    sa.CheckConstraint("kind IN ('registered', 'document', 'dynamic')", name="kind"),
)
"""Apps, of whichever organisation's people: `registered` by the operator, `dynamic` by themselves (RFC 7591),
or known by a `document` at their id, which is read again once it is not `fresh_until` any more. `used_at`:
when one was last connected, or fetched a token."""

codes = sa.Table(
    "eyeot_oauth_code",
    metadata,
    sa.Column("code_hash", sa.LargeBinary, primary_key=True),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("redirect_uri", sa.Text, nullable=False),
    sa.Column("challenge", sa.Text, nullable=False),
    sa.Column("org_id", PG_UUID(), nullable=False),
    sa.Column("grant_id", PG_UUID(), nullable=False),
    sa.Column("expires_at", _TIME, nullable=False),
    sa.Column("used_at", _TIME),
    prefixes=["UNLOGGED"],
)
"""Authorization codes; a used one is kept for an hour, so that its reuse is seen."""

devices = sa.Table(
    "eyeot_oauth_device",
    metadata,
    sa.Column("device_hash", sa.LargeBinary, primary_key=True),
    sa.Column("user_code_hash", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    *_grant(),
    sa.Column("wait", sa.Integer, nullable=False),
    sa.Column("polled_at", _TIME),
    sa.Column("ip", sa.Text),
    sa.Column("expires_at", _TIME, nullable=False),
    sa.CheckConstraint("status IN ('pending', 'approved', 'refused', 'done')", name="status"),
    prefixes=["UNLOGGED"],
)
"""Programs without a browser that wait for a person's decision; `wait`: seconds between two questions."""

tokens = sa.Table(
    "core_oauth_token",
    metadata,
    sa.Column("org_id", PG_UUID(), sa.ForeignKey("eyeot_organisation.id"), primary_key=True),
    sa.Column("id", PG_UUID(), primary_key=True),
    sa.Column("grant_id", PG_UUID(), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("token_hash", sa.LargeBinary, nullable=False),
    sa.Column("scopes", ARRAY(sa.Text)),
    sa.Column("expires_at", _TIME, nullable=False),
    sa.Column("rotated_at", _TIME),
    sa.Column("successor", sa.LargeBinary),
    sa.ForeignKeyConstraint(
        ["org_id", "grant_id"],
        ["core_oauth_grant.org_id", "core_oauth_grant.id"],
        name="fk_core_oauth_token_grant_id",
        ondelete="CASCADE",
    ),
    sa.CheckConstraint("kind IN ('access', 'refresh')", name="kind"),
    sa.Index("ix_core_oauth_token_grant_id", "org_id", "grant_id"),
    # The gate knows a token and not yet its organisation.
    sa.Index("ix_core_oauth_token_token_hash", "token_hash"),
    sa.Index("ix_core_oauth_token_expires_at", "expires_at"),
)
"""Tokens of grants. `scopes`: those that this one is narrowed to. A refresh token that was `rotated_at` some
time keeps its `successor` for a moment, sealed under a key that whoever has the former one can derive."""

TIDY = (
    "DELETE FROM eyeot_oauth_code WHERE expires_at < $1::timestamptz - interval '1 hour'",
    "DELETE FROM eyeot_oauth_device WHERE expires_at < $1::timestamptz - interval '1 hour'",
    "DELETE FROM core_oauth_token WHERE expires_at < $1::timestamptz - interval '1 hour'",
    """UPDATE core_oauth_token SET successor = NULL
    WHERE successor IS NOT NULL AND rotated_at < $1::timestamptz - interval '1 minute'""",
    """DELETE FROM eyeot_oauth_client WHERE kind <> 'registered'
    AND coalesce(used_at + interval '90 days', created_at + interval '1 day') < $1::timestamptz""",
)
"""What is over is removed: apps that nobody ever connected after a day, others once all they had is over."""
