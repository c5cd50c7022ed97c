"""Pools: connections to PostgreSQL, one pool per role and use."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson

from eyeot.declare.problem import Unavailable

_SETTINGS = {
    "application_name": "eyeot",
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    "pg_trgm.word_similarity_threshold": "0.35",
    "timezone": "UTC",
}
_WAIT = 5.0

Connection = Any
"""An asyncpg connection, from a pool or not."""


class UnsafeRole(Exception):
    """The role that runs actions could see other organisations."""


async def prepare(connection: asyncpg.Connection) -> None:
    """Give a new connection the JSON codec of the product."""
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: orjson.dumps(value).decode(),
        decoder=orjson.loads,
        format="text",
    )


async def _keep(connection: asyncpg.Connection) -> None:
    """Nothing: every setting we make ends with its transaction, so a reset would be a wasted round trip."""


@dataclass
class Database:
    """The pools of one process."""

    reads: asyncpg.Pool
    writes: asyncpg.Pool
    relay: asyncpg.Pool

    @classmethod
    async def open(cls, app_url: str, relay_url: str, *, size: int = 10) -> "Database":
        """Connect, and refuse a role that row-level security would not bind."""
        opened: list[asyncpg.Pool] = []
        try:
            opened.append(await _pool(app_url, size, {"default_transaction_read_only": "on"}))
            opened.append(await _pool(app_url, size, {}))
            opened.append(await _pool(relay_url, 4, {}))
            database = cls(*opened)
            await database.check_role()
        except BaseException:
            await asyncio.gather(*(pool.close() for pool in opened))
            raise
        return database

    async def check_role(self) -> None:
        """Refuse a role that row-level security would not bind, or would bind less."""
        async with taken(self.writes) as connection:
            row = await connection.fetchrow(_ROLE)
        reasons = [words for reason, words in _UNSAFE.items() if row[reason]]
        if reasons:
            raise UnsafeRole(
                f"The database role '{row['name']}' that runs actions is {' and '.join(reasons)}: row-level security"
                " would not hold it. Give EYEOT_DATABASE_URL a login that is only a member of eyeot_app."
            )

    async def close(self) -> None:
        """Close every connection."""
        await asyncio.gather(*(pool.close() for pool in (self.reads, self.writes, self.relay)))


_UNSAFE = {
    "superuser": "a superuser",
    "bypassrls": "BYPASSRLS",
    "owner": "an owner of tables",
    "relay": "a member of eyeot_relay",
    "gate": "a member of eyeot_gate",
}
_ROLE = """
SELECT current_user AS name, r.rolsuper AS superuser, r.rolbypassrls AS bypassrls,
  EXISTS (SELECT 1 FROM pg_roles o WHERE o.rolname = 'eyeot_relay'
            AND pg_has_role(current_user, o.oid, 'MEMBER')) AS relay,
  EXISTS (SELECT 1 FROM pg_roles o WHERE o.rolname = 'eyeot_gate'
            AND pg_has_role(current_user, o.oid, 'MEMBER')) AS gate,
  EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')
            AND pg_has_role(current_user, c.relowner, 'MEMBER')) AS owner
FROM pg_roles r WHERE r.rolname = current_user
"""


async def _pool(url: str, size: int, settings: dict[str, str]) -> asyncpg.Pool:
    return await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=size,
        init=prepare,
        reset=_keep,
        statement_cache_size=1000,
        max_cached_statement_lifetime=0,
        max_inactive_connection_lifetime=0,
        server_settings={**_SETTINGS, **settings},
    )


@asynccontextmanager
async def taken(pool: asyncpg.Pool) -> AsyncIterator[Connection]:
    """A connection of the pool; 503 when none comes free in time or the database is away."""
    try:
        connection = await pool.acquire(timeout=_WAIT)
    except (
        TimeoutError,
        OSError,
        asyncpg.PostgresConnectionError,
        asyncpg.CannotConnectNowError,
    ) as away:
        raise Unavailable(reason="The database has no free connection.") from away
    try:
        yield connection
    finally:
        await asyncio.shield(pool.release(connection))
