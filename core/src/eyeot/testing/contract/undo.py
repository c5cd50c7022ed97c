"""Undo: write and read pools under which whatever a call commits is taken back afterwards."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from eyeot.storage.pool import Pool, prepare

_HARMLESS = "UPDATE core_organization SET version = version WHERE false"
"""A write that changes no row: a read-only session refuses it all the same."""


class Inside:
    """A connection inside an outer transaction: BEGIN, COMMIT and ROLLBACK become savepoints."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self._depth = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def execute(self, text: str, *values: Any, **more: Any) -> Any:
        """Run a statement; those that begin or end a transaction begin or end a savepoint."""
        head, semicolon, rest = text.partition(";")
        word = head.strip().upper()
        if word == "BEGIN" or word.startswith("BEGIN "):
            self._depth += 1
            return await self._real.execute(f"SAVEPOINT unit_{self._depth}{semicolon}{rest}")
        if word in ("COMMIT", "ROLLBACK"):
            name, self._depth = f"unit_{self._depth}", self._depth - 1
            # What waits for the end of a transaction, a deferred constraint, is settled here.
            first = "SET CONSTRAINTS ALL IMMEDIATE" if word == "COMMIT" else f"ROLLBACK TO {name}"
            return await self._real.execute(f"{first}; RELEASE {name}")
        return await self._real.execute(text, *values, **more)


class Undoing:
    """The pool of writes: one connection, whose outer transaction never commits.

    It signs in as an administrator and works as `role`, so that the same connection can look at every table.
    """

    def __init__(self, url: str, role: str) -> None:
        self._url = url
        self._role = role
        self._real: Any = None
        self._inside: Any = None
        self.used = 0
        """How often it was taken, for whoever asks whether a read wrote."""

    async def open(self) -> None:
        """Connect."""
        self._real = await asyncpg.connect(self._url, server_settings={"timezone": "UTC"})
        await prepare(self._real)
        await self._real.execute("SET pg_trgm.word_similarity_threshold = 0.35")

    async def close(self) -> None:
        """Disconnect."""
        await self._real.close()

    @asynccontextmanager
    async def undone(self) -> AsyncIterator[None]:
        """A time at whose end everything written through this pool is taken back."""
        if self._real.is_closed():
            # Another test may have tried what happens when the database drops its connections.
            await self.open()
        await self._real.execute(f"BEGIN; SET LOCAL ROLE {self._role}")
        self._inside = Inside(self._real)
        try:
            yield
        finally:
            self._inside = None
            await self._real.execute("ROLLBACK")

    @asynccontextmanager
    async def part(self) -> AsyncIterator[None]:
        """A part of that time, taken back at its own end."""
        await self._real.execute("SAVEPOINT part")
        try:
            yield
        finally:
            await self._real.execute("ROLLBACK TO part; RELEASE part")

    async def acquire(self) -> Any:
        """The connection."""
        assert self._inside, "a write outside of `undone` would stay"
        self.used += 1
        return self._inside

    def release(self, connection: Any) -> None:
        """Nothing: there is one connection."""

    async def look(self, text: str, *values: Any) -> list[Any]:
        """Rows as an administrator sees them, what is not committed included."""
        await self._real.execute("SET LOCAL ROLE NONE")
        try:
            found: list[Any] = await self._real.fetch(text, *values)
            return found
        finally:
            await self._real.execute(f"SET LOCAL ROLE {self._role}")


class Reading:
    """A connection of the pool of reads; while proving, each statement is followed by a tried write."""

    def __init__(self, real: Any, watched: "Watched") -> None:
        self.real = real
        self._watched = watched

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    async def fetch(self, *given: Any, **more: Any) -> Any:
        """Rows."""
        found = await self.real.fetch(*given, **more)
        await self._prove()
        return found

    async def fetchrow(self, *given: Any, **more: Any) -> Any:
        """A row."""
        found = await self.real.fetchrow(*given, **more)
        await self._prove()
        return found

    async def _prove(self) -> None:
        if not self._watched.proving:
            return
        within = self.real.is_in_transaction()
        if within:
            await self.real.execute("SAVEPOINT proof")
        try:
            await self.real.execute(_HARMLESS)
        except asyncpg.ReadOnlySQLTransactionError:
            self._watched.refused += 1
        else:
            self._watched.written += 1
        if within:
            await self.real.execute("ROLLBACK TO proof; RELEASE proof")


class Watched:
    """The pool of reads, which can be asked to prove that the server lets nobody write through it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.proving = False
        self.refused = self.written = 0

    async def acquire(self) -> Any:
        """A connection."""
        return Reading(await self._pool.acquire(), self)

    def release(self, connection: Any) -> None:
        """Give it back."""
        self._pool.release(connection.real)

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()
