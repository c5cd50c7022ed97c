"""Tables: the SQLAlchemy schema of declared fields."""

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.schema import SchemaItem

from eyeot.declare.field import Field

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every table of every installed plugin."""

organisations = sa.Table(
    "eyeot_organisation",
    metadata,
    sa.Column("id", PG_UUID(), primary_key=True),
    sa.Column("slug", sa.Text, nullable=False, unique=True),
    sa.Column("created_at", TIMESTAMP(timezone=True), server_default=sa.func.now(), nullable=False),
)
"""The tenants of this deployment: a global table, so that every tenant table can point to it."""

GLOBAL_TABLES = frozenset(
    {
        "eyeot_organisation",
        "eyeot_account",
        "eyeot_session",
        "eyeot_recovery_code",
        "eyeot_link",
        "eyeot_attempt",
        "eyeot_oauth_client",
        "eyeot_oauth_code",
        "eyeot_oauth_device",
        "eyeot_module",
        "eyeot_backup",
        "eyeot_rate",
        "alembic_version",
    }
)
"""The tables without row-level security; a test checks that there are no others."""

# PostgreSQL cuts longer names silently; a violated constraint would then not be known by its field.
LONGEST_NAME = 63
FRAMEWORK_TABLES = frozenset(
    {
        "eyeot_organisation",
        "eyeot_account",
        "eyeot_session",
        "eyeot_recovery_code",
        "eyeot_link",
        "eyeot_attempt",
        "eyeot_oauth_client",
        "eyeot_oauth_code",
        "eyeot_oauth_device",
        "core_oauth_token",
        "eyeot_module",
        "eyeot_backup",
        "core_outbox",
        "core_mail",
        "core_merged",
        "core_search_entry",
        "core_search_word",
        "core_idempotency",
        "core_plan",
        "core_content",
        "core_read",
        "core_audit_subject",
        "core_audit_leaf",
        "core_audit_checkpoint",
    }
)
"""The tables that no record declares."""

_TYPES: dict[str, Any] = {
    "text": sa.Text,
    "enum": sa.Text,
    "integer": sa.BigInteger,
    "decimal": sa.Numeric,
    "boolean": sa.Boolean,
    "date": sa.Date,
    "datetime": TIMESTAMP(timezone=True),
    "uuid": PG_UUID(),
    "ref": PG_UUID(),
    "tags": ARRAY(sa.Text),
    "record": sa.Text,
    "records": ARRAY(sa.Text),
    "json": JSONB,
}


_LISTS = frozenset({"tags", "records"})


def columns_of(fields: dict[str, Field]) -> Iterator[sa.Column[Any]]:
    """The columns of a tenant table: `org_id` first, then its fields."""
    yield sa.Column("org_id", PG_UUID(), primary_key=True)
    for one in fields.values():
        null = one.nullable and one.name != "id"
        if one.kind == "money":
            yield sa.Column(one.columns[0], sa.Numeric(20, 4), nullable=null)
            yield sa.Column(one.columns[1], sa.CHAR(3), nullable=null)
        else:
            primary = one.name == "id"
            yield sa.Column(one.name, _TYPES[one.kind], nullable=null, primary_key=primary)


def _short(name: str) -> str:
    if len(name) > LONGEST_NAME:
        raise ValueError(f"the constraint name {name!r} is longer than PostgreSQL keeps")
    return name


def constraints_of(
    table: str,
    fields: dict[str, Field],
    unique: Iterable[tuple[str, ...]],
    index: Iterable[tuple[str, ...]],
) -> Iterator[SchemaItem]:
    """Foreign keys within the organisation, choices, uniqueness and indexes; `org_id` leads each."""
    yield sa.ForeignKeyConstraint(
        ["org_id"], ["eyeot_organisation.id"], name=_short(f"fk_{table}_org")
    )
    for one in fields.values():
        if one.kind == "ref" and one.target and not one.soft:
            other = one.target.replace(".", "_")
            yield sa.ForeignKeyConstraint(
                ["org_id", one.name],
                [f"{other}.org_id", f"{other}.id"],
                name=_short(f"fk_{table}_{one.name}"),
            )
            yield sa.Index(_short(f"ix_{table}_{one.name}"), "org_id", one.name)
        if one.choices:
            listed = ", ".join(f"'{choice}'" for choice in one.choices)
            yield sa.CheckConstraint(f"{one.name} IN ({listed})", name=one.name)
    for names in unique:
        yield sa.UniqueConstraint("org_id", *names, name=_short(f"uq_{table}_{'_'.join(names)}"))
    for names in index:
        title = _short(f"ix_{table}_{'_'.join(names)}")
        if any(fields[one].kind in _LISTS for one in names):
            # A list is looked into for one of its values.
            yield sa.Index(title, "org_id", *names, postgresql_using="gin")
        else:
            yield sa.Index(title, "org_id", *names)
