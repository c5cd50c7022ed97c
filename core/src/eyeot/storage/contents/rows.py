"""Rows: the bytes of documents in PostgreSQL, cut into pieces, under row-level security."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any, BinaryIO
from uuid import UUID

from eyeot.declare.store import Fetch, Missing
from eyeot.storage.statement import ORG_MARK, Statement

PIECE = 256 * 1024
"""Bytes a row: what is read at once, however large the document."""

_KNOWN = "SELECT 1 FROM core_content WHERE org_id = $1 AND digest = $2 AND position = 0"
_KEEP = """
INSERT INTO core_content (org_id, digest, position, piece) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING
"""
_PIECE = Statement.of(
    f"SELECT piece FROM core_content WHERE org_id = {ORG_MARK} AND digest = $1 AND position = $2",
    ("digest", "position"),
)


class Chunks:
    """Keeps bytes in the writing transaction itself: nothing is left over when that fails."""

    async def keep(self, connection: Any, org_id: UUID, digest: str, content: BinaryIO) -> None:
        """Insert the pieces, unless they are there."""
        if await connection.fetchval(_KNOWN, org_id, digest):
            return
        content.seek(0)
        for position, piece in enumerate(pieces(content)):
            await connection.execute(_KEEP, org_id, digest, position, piece)

    async def read(self, fetch: Fetch, org_id: UUID, digest: str) -> AsyncIterator[bytes]:  # noqa: ARG002 - the tenant is set
        """The pieces, one statement each."""
        position = 0
        while rows := await fetch(_PIECE, {"digest": digest, "position": position}):
            yield rows[0]["piece"]
            position += 1
        if not position:
            raise Missing

    async def every(self, fetch: Fetch, org_id: UUID) -> AsyncIterator[tuple[str, datetime]]:  # noqa: ARG002
        """Nothing: what a failed commit left is gone with it."""
        nothing: tuple[tuple[str, datetime], ...] = ()
        for one in nothing:
            yield one

    async def forget(self, org_id: UUID, digest: str, before: datetime) -> bool:  # noqa: ARG002
        """Nothing is ever left over."""
        return False


def pieces(content: BinaryIO) -> Iterator[bytes]:
    """A file cut into pieces; an empty one is one empty piece."""
    piece = content.read(PIECE)
    yield piece
    while piece := content.read(PIECE):
        yield piece
