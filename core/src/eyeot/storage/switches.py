"""Switches: which modules a whole deployment uses; a global table."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP

from eyeot.declare.schema import metadata

switches = sa.Table(
    "eyeot_module",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("changed_at", TIMESTAMP(timezone=True), server_default=sa.func.now(), nullable=False),
)
"""A row for every module that was ever switched off or on; one without a row is on."""
