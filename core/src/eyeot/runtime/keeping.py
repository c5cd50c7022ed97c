"""Keeping: bytes that a unit of work keeps with its change, and reads again."""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import BinaryIO
from uuid import UUID

from eyeot.declare.problem import NotFound, invalid
from eyeot.declare.store import Fetch, Kept, Missing, Store
from eyeot.runtime.scope import Scope
from eyeot.storage.contents import Chunks
from eyeot.storage.contents.rows import pieces
from eyeot.storage.pool import Connection

LARGEST = 64 * 1024 * 1024
"""Bytes of one content."""
_LARGEST_AT_ONCE = 256 * 1024


@dataclass(slots=True)
class Keeping:
    """The contents of one unit of work: held until its transaction is about to commit."""

    store: Store = field(default_factory=Chunks)
    closing: list[BinaryIO] = field(default_factory=list)
    """Where files are noted that are to be closed when the transaction is over."""
    waiting: dict[str, BinaryIO] = field(default_factory=dict)

    async def take(self, content: bytes | BinaryIO) -> Kept:
        """Hold bytes, or a file of them, until the commit; its digest and size."""
        file = io.BytesIO(content) if isinstance(content, bytes) else content
        self.closing.append(file)
        size = file.seek(0, io.SEEK_END)
        if size > LARGEST:
            raise invalid("content", f"has {size:,} bytes; a document has {LARGEST:,} at most")
        file.seek(0)
        if size > _LARGEST_AT_ONCE:
            digest = await asyncio.to_thread(_digest, file)
        else:
            digest = _digest(file)
        self.waiting.setdefault(digest, file)
        return Kept(digest, size)

    async def read(self, fetch: Fetch, org_id: UUID, digest: str) -> AsyncIterator[bytes]:
        """The bytes of a digest, held or kept; `NotFound` when the store lost them."""
        if held := self.waiting.get(digest):
            held.seek(0)
            for piece in pieces(held):
                yield piece
            return
        try:
            async for piece in self.store.read(fetch, org_id, digest):
                yield piece
        except Missing:
            raise NotFound(
                kind="content",
                id=digest,
                lookup="core.document.verify_integrity tells what is lost",
            ) from None

    async def write(self, connection: Connection, org_id: UUID) -> None:
        """Give the store what is held; in one order, so that two commits cannot wait for each other."""
        for digest in sorted(self.waiting):
            await self.store.keep(connection, org_id, digest, self.waiting[digest])

    def part(self) -> "Keeping":
        """For a part of the work, which may be undone alone; it reads what is held already."""
        return Keeping(self.store, self.closing, dict(self.waiting))

    def absorb(self, other: "Keeping") -> None:
        """Take over what a part of the work holds."""
        self.waiting.update(other.waiting)


class Keeper(Scope):
    """The half of a handler's context that keeps bytes."""

    keeping: Keeping

    async def keep(self, content: bytes | BinaryIO) -> Kept:
        """Keep bytes with this change: written just before its commit, never in a dry run."""
        return await self.keeping.take(content)

    def content(self, digest: str) -> AsyncIterator[bytes]:
        """The bytes that were kept under a digest, piece by piece."""
        return self.keeping.read(self.select, self.org_id, digest)


def _digest(file: BinaryIO) -> str:
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
