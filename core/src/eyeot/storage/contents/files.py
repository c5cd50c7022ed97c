"""Files: the bytes of documents in a folder, one file per content, under its digest."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from eyeot.declare.store import Fetch, Missing
from eyeot.storage.contents.rows import PIECE, pieces

_PRIVATE = 0o700
_DRAFT = ".part-"


class Files:
    """Keeps bytes as `<folder>/<organisation>/<2 signs>/<digest>`: written aside and synced first.

    A file whose transaction fails after it was written stays until `eyeot documents sweep` finds that nothing
    refers to it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, org_id: UUID, digest: str) -> Path:
        return self._folder / str(org_id) / digest[:2] / digest

    async def keep(self, connection: Any, org_id: UUID, digest: str, content: BinaryIO) -> None:  # noqa: ARG002
        """Write the file, unless it is there."""
        await asyncio.to_thread(self._write, self._path(org_id, digest), content)

    def _write(self, path: Path, content: BinaryIO) -> None:
        size = content.seek(0, os.SEEK_END)
        content.seek(0)
        if path.exists() and path.stat().st_size == size:
            # A sweep leaves alone what was just kept again.
            os.utime(path)
            return
        _make(path.parent, self._folder)
        draft = path.with_name(f"{_DRAFT}{secrets.token_hex(8)}")
        try:
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                for piece in pieces(content):
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
            _sync(path.parent)
        finally:
            draft.unlink(missing_ok=True)

    async def read(self, fetch: Fetch, org_id: UUID, digest: str) -> AsyncIterator[bytes]:  # noqa: ARG002
        """The file, piece by piece."""
        try:
            file = await asyncio.to_thread(self._path(org_id, digest).open, "rb")
        except FileNotFoundError:
            raise Missing from None
        try:
            while piece := await asyncio.to_thread(file.read, PIECE):
                yield piece
        finally:
            file.close()

    async def every(self, fetch: Fetch, org_id: UUID) -> AsyncIterator[tuple[str, datetime]]:  # noqa: ARG002
        """The organisation's files; drafts of writers that died among them."""
        for path in await asyncio.to_thread(lambda: list(self._files(org_id))):
            yield path.name, datetime.fromtimestamp(path.stat().st_mtime, UTC)

    def _files(self, org_id: UUID) -> Iterator[Path]:
        return (self._folder / str(org_id)).glob("??/*")

    async def forget(self, org_id: UUID, digest: str, before: datetime) -> bool:
        """Remove a file that was last kept before that moment."""
        path = self._path(org_id, digest)
        if digest.startswith(_DRAFT):
            path = next((one for one in self._files(org_id) if one.name == digest), path)
        try:
            if datetime.fromtimestamp(path.stat().st_mtime, UTC) >= before:
                return False
            path.unlink()
        except FileNotFoundError:
            return False
        return True


def _make(folder: Path, root: Path) -> None:
    """Make a folder and those above it, each entered in the one that holds it for good."""
    if folder.exists():
        return
    if folder != root:
        _make(folder.parent, root)
    folder.mkdir(mode=_PRIVATE, parents=folder == root, exist_ok=True)
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
