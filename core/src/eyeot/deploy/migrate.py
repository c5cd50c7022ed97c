"""Migrations: one Alembic branch per plugin, run by the owner role."""

from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any, TypeVar

import asyncpg
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from eyeot.declare.plugin import Plugin
from eyeot.declare.schema import FRAMEWORK_TABLES, metadata
from eyeot.deploy import roles

T = TypeVar("T")


def config(plugins: Sequence[Plugin]) -> Config:
    """Alembic's view of the installed plugins: their revision folders."""
    made = Config()
    made.set_main_option("script_location", str(files("eyeot.deploy") / "alembic"))
    made.set_main_option("path_separator", "newline")
    made.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    folders = [str(files(plugin.migrations)) for plugin in plugins if plugin.migrations]
    made.set_main_option("version_locations", "\n".join(folders))
    return made


async def on(url: str, work: Callable[[Connection], T], *, role: str | None = None) -> T:
    """Run synchronous work in one transaction of this URL, as a role."""
    # asyncpg reads the address itself, so that every option of it means what it means elsewhere.
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(url), poolclass=NullPool
    )
    try:
        async with engine.begin() as connection:
            if role:
                await connection.exec_driver_sql(f"SET ROLE {role}")
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


def heads(plugins: Sequence[Plugin]) -> set[str]:
    """The newest revision of every branch."""
    return set(ScriptDirectory.from_config(config(plugins)).get_heads())


def branch(plugins: Sequence[Plugin], name: str) -> list[str]:
    """The revisions of one plugin's branch, newest first."""
    every = ScriptDirectory.from_config(config(plugins)).walk_revisions()
    return [one.revision for one in every if name in one.branch_labels]


async def behind(url: str, plugins: Sequence[Plugin]) -> set[str]:
    """The revisions that a database lacks."""

    def work(connection: Connection) -> set[str]:
        return set(MigrationContext.configure(connection).get_current_heads())

    script = ScriptDirectory.from_config(config(plugins))
    wanted = known(plugins)
    have, waiting = set[str](), list(await on(url, work))
    while waiting:
        name = waiting.pop()
        if name in have or name not in wanted:
            continue
        have.add(name)
        found = script.get_revision(name)
        # A branch that depends on another one implies it: Alembic then stores the dependent alone.
        waiting += [*found._normalized_down_revisions, *found._normalized_resolved_dependencies]  # noqa: SLF001
    return wanted - have


def attached(plugins: Sequence[Plugin], connection: Connection) -> Config:
    """Alembic's view of the plugins on a connection, inside its transaction."""
    made = config(plugins)
    made.attributes["connection"] = connection
    return made


async def upgrade(
    admin_url: str,
    plugins: Sequence[Plugin],
    app: roles.Login | None = None,
    relay: roles.Login | None = None,
) -> None:
    """Make the roles, migrate every branch to its head, and secure every table."""
    await prepare(admin_url, app, relay)
    await on(admin_url, lambda one: _to_heads(one, plugins), role=roles.OWNER)
    await settle(admin_url)


async def prepare(
    admin_url: str, app: roles.Login | None = None, relay: roles.Login | None = None
) -> None:
    """Make the roles and extensions that migrations stand on, and let the gate take its functions."""

    def work(connection: Connection) -> None:
        roles.run(connection, roles.create_roles(app, relay))
        database = connection.exec_driver_sql("SELECT current_database()").scalar_one()
        quoted = str(database).replace('"', '""')
        connection.exec_driver_sql(f'GRANT CREATE, CONNECT ON DATABASE "{quoted}" TO {roles.OWNER}')
        roles.run(connection, roles.admit(migrating=True))
        for extension in ("pg_trgm", "unaccent", "btree_gin"):
            connection.exec_driver_sql(f"CREATE EXTENSION IF NOT EXISTS {extension} SCHEMA public")

    await on(admin_url, work)


async def settle(admin_url: str) -> None:
    """Take back what only migrations need."""
    await on(admin_url, lambda connection: roles.run(connection, roles.admit(migrating=False)))


def _to_heads(connection: Connection, plugins: Sequence[Plugin]) -> None:
    command.upgrade(attached(plugins, connection), "heads")
    secured(connection, plugins)


def secured(connection: Connection, plugins: Sequence[Plugin]) -> None:
    """Bind every table of these plugins to row-level security, and give the roles their rights."""
    roles.run(connection, roles.secure(_tables(plugins)))


def known(plugins: Sequence[Plugin]) -> set[str]:
    """Every revision that the installed plugins bring."""
    every = ScriptDirectory.from_config(config(plugins)).walk_revisions()
    return {one.revision for one in every}


async def downgrade(admin_url: str, plugins: Sequence[Plugin], target: str) -> None:
    """Take a branch back, e.g. `crm@base`."""

    def migrate(connection: Connection) -> None:
        command.downgrade(attached(plugins, connection), target)

    await on(admin_url, migrate, role=roles.OWNER)


def _tables(plugins: Sequence[Plugin]) -> set[str]:
    """The tables of these plugins and of the framework; a plugin that failed to load left others behind."""
    declared = {record.meta.table.name for plugin in plugins for record in plugin.records()}
    return declared | FRAMEWORK_TABLES


async def drift(admin_url: str, plugins: Sequence[Plugin]) -> list[Any]:
    """Differences between the declarations and the database; empty when they agree."""
    tables = _tables(plugins)

    def ours(thing: Any, name: str | None, kind: str, _reflected: Any, _other: Any) -> bool:
        return (name if kind == "table" else thing.table.name) in tables

    def work(connection: Connection) -> list[Any]:
        options = {"compare_type": True, "include_object": ours}
        return list(
            compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
        )

    return await on(admin_url, work)
