"""Pools: connections to PostgreSQL, one pool per role and use."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import orjson

from eyeot.declare.problem import Unavailable
from eyeot.declare.store import Store
from eyeot.storage.contents import Chunks

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


class Pool:
    """Connections of one role: taken and given back without a round trip, a task or a copy.

    Nothing is reset between uses, since every setting we make ends with its transaction; a connection that
    comes back inside one, or broken, is thrown away.
    """

    def __init__(self, url: str, size: int, settings: dict[str, str]) -> None:
        self._url = url
        self._settings = {**_SETTINGS, **settings}
        self._size = size
        self._count = 0
        self._idle: list[Connection] = []
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()

    async def acquire(self) -> Connection:
        """A connection, or `Unavailable` when none comes free in time."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
            self._count -= 1
        if self._count < self._size:
            return await self._connect()
        if not self._size:
            raise Unavailable(reason="The service is stopping.")
        given = await self._wait()
        if given is not None and not given.is_closed():
            return given
        self._count -= given is not None
        return await self.acquire()

    async def _connect(self) -> Connection:
        self._count += 1
        try:
            connection = await asyncpg.connect(
                self._url,
                timeout=_WAIT,
                statement_cache_size=1000,
                max_cached_statement_lifetime=0,
                server_settings=self._settings,
            )
            await prepare(connection)
        except BaseException:
            self._count -= 1
            self._pass_on(None)
            raise
        return connection

    async def _wait(self) -> Connection | None:
        """What whoever comes next to an end leaves: a connection, or the place of one that died."""
        turn: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(_WAIT):
                return await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._pass_on(turn.result())
            raise

    def _pass_on(self, connection: Connection | None) -> None:
        """Give a connection, or the room for one, to who has waited longest."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(connection)
                return
        if connection is not None:
            self._idle.append(connection)

    def release(self, connection: Connection) -> None:
        """Give a connection back."""
        if connection.is_closed() or connection.is_in_transaction() or not self._size:
            self._count -= 1
            connection.terminate()
            self._pass_on(None)
        else:
            self._pass_on(connection)

    async def close(self) -> None:
        """Close the idle connections; those in use are closed when they are given back."""
        self._size = 0
        idle, self._idle = self._idle, []
        for connection in idle:
            await connection.close(timeout=2)


@dataclass
class Database:
    """The pools of one process, and where it keeps the bytes of documents."""

    reads: Pool
    writes: Pool
    relay: Pool
    store: Store = field(default_factory=Chunks)

    @classmethod
    async def open(cls, app_url: str, relay_url: str, *, size: int = 10) -> "Database":
        """Connect, and refuse a role that row-level security would not bind."""
        reads = Pool(app_url, size, {"default_transaction_read_only": "on"})
        database = cls(reads, Pool(app_url, size, {}), Pool(relay_url, 4, {}))
        try:
            for pool in (database.reads, database.writes, database.relay):
                pool.release(await pool.acquire())
            await database.check_role()
        except BaseException:
            await database.close()
            raise
        return database

    async def check_role(self) -> None:
        """Refuse a role that row-level security would not bind, or would bind less."""
        async with taken(self.writes) as connection:
            row = await connection.fetchrow(_ROLE)
        reasons = [words for reason, words in _UNSAFE.items() if row[reason]]
        if reasons:
            raise UnsafeRole(
                f"The database role '{row['name']}' that runs actions is {' and '.join(reasons)}:"
                " row-level security would not hold it."
                " Give EYEOT_DATABASE_URL a login that is only a member of eyeot_app."
            )

    async def close(self) -> None:
        """Close every connection."""
        await asyncio.gather(*(pool.close() for pool in (self.reads, self.writes, self.relay)))


_UNSAFE = {
    "superuser": "a superuser, or a member of one",
    "bypassrls": "able to bypass row security",
    "createrole": "able to make roles",
    "owner": "an owner of tables",
    "relay": "a member of eyeot_relay",
    "gate": "a member of eyeot_gate",
}
_ROLE = """
SELECT current_user AS name,
  EXISTS (SELECT 1 FROM pg_roles o WHERE o.rolsuper
            AND pg_has_role(current_user, o.oid, 'MEMBER')) AS superuser,
  EXISTS (SELECT 1 FROM pg_roles o WHERE o.rolbypassrls
            AND pg_has_role(current_user, o.oid, 'MEMBER')) AS bypassrls,
  EXISTS (SELECT 1 FROM pg_roles o WHERE o.rolcreaterole
            AND pg_has_role(current_user, o.oid, 'MEMBER')) AS createrole,
  EXISTS (SELECT 1 FROM pg_roles o WHERE o.rolname = 'eyeot_relay'
            AND pg_has_role(current_user, o.oid, 'MEMBER')) AS relay,
  EXISTS (SELECT 1 FROM pg_roles o WHERE o.rolname = 'eyeot_gate'
            AND pg_has_role(current_user, o.oid, 'MEMBER')) AS gate,
  EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')
            AND pg_has_role(current_user, c.relowner, 'MEMBER')) AS owner
"""


class taken:  # noqa: N801 - reads as a word: `async with taken(pool) as connection`
    """A connection of the pool for a block; 503 when none comes free in time or the database is away."""

    __slots__ = ("_connection", "_pool")

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def __aenter__(self) -> Connection:
        try:
            self._connection = await self._pool.acquire()
        except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as away:
            raise Unavailable(reason="The database has no free connection.") from away
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: object, trace: object
    ) -> None:
        if kind is not None and issubclass(kind, asyncio.CancelledError):
            # Its statement may still be running; nobody else shall wait for that.
            self._connection.terminate()
        self._pool.release(self._connection)
