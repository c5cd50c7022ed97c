"""Accounts: people who sign in, one for all their organisations; a global table."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from eyeot.declare.schema import metadata

accounts = sa.Table(
    "eyeot_account",
    metadata,
    sa.Column("id", PG_UUID(), primary_key=True),
    sa.Column("email", sa.Text, nullable=False, unique=True),
    sa.Column("password_hash", sa.Text),
    sa.Column("created_at", TIMESTAMP(timezone=True), server_default=sa.func.now(), nullable=False),
)
