"""Raw: connections that go around the runtime, as somebody with a database login would."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg

from eyeot.storage.pool import prepare


@asynccontextmanager
async def connected(url: str, org: UUID | None = None) -> AsyncIterator[Any]:
    """A connection, perhaps with an organisation set for its whole session."""
    connection = await asyncpg.connect(url)
    try:
        await prepare(connection)
        if org:
            await connection.execute("SELECT set_config('app.org_id', $1, false)", str(org))
        yield connection
    finally:
        await connection.close()


def in_database(url: str, name: str) -> str:
    """The same server and login, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
