"""Stores: where the bytes of documents are kept, by organisation and SHA-256."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Protocol
from uuid import UUID

Fetch = Callable[[Any, dict[str, Any]], Awaitable[Sequence[Any]]]
"""Rows of a compiled statement, on whatever connection the reader has."""


class Missing(Exception):
    """The store has nothing of that digest."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a store keeps: its SHA-256 in hexadecimal, and its size in bytes."""

    digest: str
    size: int


class Store(Protocol):
    """Keeps bytes under their own digest; what is kept is never changed, and kept twice it is there once."""

    async def keep(self, connection: Any, org_id: UUID, digest: str, content: BinaryIO) -> None:
        """Keep bytes for good; done on the writing transaction's connection, just before its COMMIT.

        When it returns, the bytes survive a crash, or vanish with the transaction.
        """

    def read(self, fetch: Fetch, org_id: UUID, digest: str) -> AsyncIterator[bytes]:
        """The bytes, piece by piece; `Missing` when there are none."""

    def every(self, fetch: Fetch, org_id: UUID) -> AsyncIterator[tuple[str, datetime]]:
        """What is kept outside of any transaction: digest, and when it was last kept."""

    async def forget(self, org_id: UUID, digest: str, before: datetime) -> bool:
        """Remove what `every` told of, unless it was kept again since `before`."""
