"""Backups: when this database was last backed up, and where to; a global table."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from eyeot.declare.schema import metadata

backups = sa.Table(
    "eyeot_backup",
    metadata,
    sa.Column("id", PG_UUID(), primary_key=True),
    sa.Column("taken_at", TIMESTAMP(timezone=True), nullable=False),
    sa.Column("finished_at", TIMESTAMP(timezone=True), nullable=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("revisions", ARRAY(sa.Text), nullable=False),
)
"""A row for every backup that was written whole."""
