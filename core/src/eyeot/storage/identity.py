"""Identity: people who sign in, one account for all their organisations; global tables."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from eyeot.declare.schema import metadata

_TIME = TIMESTAMP(timezone=True)


def _account() -> sa.Column[Any]:
    return sa.Column(
        "account_id",
        PG_UUID(),
        sa.ForeignKey("eyeot_account.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    )


accounts = sa.Table(
    "eyeot_account",
    metadata,
    sa.Column("id", PG_UUID(), primary_key=True),
    sa.Column("email", sa.Text, nullable=False, unique=True),
    sa.Column("password_hash", sa.Text),
    sa.Column("created_at", _TIME, server_default=sa.func.now(), nullable=False),
    sa.Column("password_set_at", _TIME),
    sa.Column("totp_secret", sa.LargeBinary),
    sa.Column("totp_since", _TIME),
    sa.Column("totp_step", sa.BigInteger),
)
"""`totp_secret` is sealed under the deployment's keys, counts from `totp_since`, and no code of a step up to
`totp_step` is taken again (RFC 6238 §5.2)."""

attempts = sa.Table(
    "eyeot_attempt",
    metadata,
    sa.Column("key_hash", sa.LargeBinary, primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("last_at", _TIME, nullable=False),
    sa.Column("locked_until", _TIME),
)
"""Attempts to prove to be somebody since the last that succeeded, by a hash of what was tried and from where;
of addresses that nobody has as of those that somebody has."""

recovery_codes = sa.Table(
    "eyeot_recovery_code",
    metadata,
    sa.Column("id", PG_UUID(), primary_key=True),
    _account(),
    sa.Column("code_hash", sa.LargeBinary, nullable=False),
)
"""What stands in once for a second factor that was lost; a used one is deleted."""

sessions = sa.Table(
    "eyeot_session",
    metadata,
    sa.Column("id", PG_UUID(), primary_key=True),
    sa.Column("secret_hash", sa.LargeBinary, nullable=False, unique=True),
    _account(),
    sa.Column("org_id", PG_UUID(), sa.ForeignKey("eyeot_organisation.id", ondelete="CASCADE")),
    sa.Column("verified", sa.Boolean, nullable=False),
    sa.Column("signed_in_at", _TIME, nullable=False),
    sa.Column("proven_at", _TIME, nullable=False),
    sa.Column("seen_at", _TIME, nullable=False),
    sa.Column("expires_at", _TIME, nullable=False),
    sa.Column("ip", sa.Text),
    sa.Column("user_agent", sa.Text),
)
"""A browser that somebody signed in with, for the organisation they chose there; not `verified` until every
factor was given; `proven_at`: when the person last proved to be there. One that ended is deleted."""

links = sa.Table(
    "eyeot_link",
    metadata,
    sa.Column("id", PG_UUID(), primary_key=True),
    sa.Column("secret_hash", sa.LargeBinary, nullable=False, unique=True),
    _account(),
    sa.Column("created_at", _TIME, nullable=False),
    sa.Column("expires_at", _TIME, nullable=False),
)
"""One-time links by which people set a new password; a used one is deleted."""

TIDY = (
    "DELETE FROM eyeot_session WHERE expires_at < $1",
    "DELETE FROM eyeot_link WHERE expires_at < $1",
    "DELETE FROM eyeot_attempt WHERE last_at < $1::timestamptz - interval '1 day'",
)
"""Remove what is over."""
