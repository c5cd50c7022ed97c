"""Outside: where checkpoints go that nobody with the database alone can change."""

import asyncio
import logging
import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from eyeot.runtime.sealing.notes import Note, parse

log = logging.getLogger(__name__)
_PATIENCE = 10.0
_DASH = "\u2014 ".encode()
_MOST_AT_ONCE = 100


class Shelf:
    """A folder with one file of notes for each organisation, which are only ever appended to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, org_id: UUID) -> Path:
        """The file of an organisation's notes."""
        return self.folder / f"{org_id}.notes"

    def put_aside(self, org_id: UUID) -> list[Path]:
        """The files of trees that restores replaced, oldest first."""
        found = self.folder.glob(f"{org_id}.before-*")
        return sorted(one for one in found if one.suffix != ".witnessed")

    def append(self, org_id: UUID, note: str) -> None:
        """Add a note; it is on the disk when this returns, or `OSError`."""
        path = self.path(org_id)
        fresh = not path.exists()
        if fresh:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            # Whole, or the line that a crash left unfinished is ended first.
            torn = os.fstat(handle).st_size and not _ends(path)
            os.write(handle, (("\n\n" if torn else "") + note + "\n").encode())
            os.fsync(handle)
        finally:
            os.close(handle)
        if fresh:
            _sync(self.folder)


class Unreadable(ValueError):
    """A part of a file that is no note."""


def read(path: Path, start: int = 0) -> Iterator[tuple[Note | Unreadable, int]]:
    """The notes of a file in its order, each with the place where it ends."""
    with path.open("rb") as file:
        file.seek(start)
        text = b""
        for part in _paragraphs(file):
            start += len(part)
            if part.startswith(_DASH):
                yield _note(text + part), start
                text = b""
            elif part.strip():
                if text:
                    yield Unreadable("a note without a signature"), start - len(part)
                text = part
        if text:
            yield Unreadable("a note without a signature"), start


def _paragraphs(file: BinaryIO) -> Iterator[bytes]:
    """Lines up to an empty one, with it."""
    part = b""
    for line in file:
        part += line
        if line == b"\n":
            yield part
            part = b""
    yield part


def _note(found: bytes) -> Note | Unreadable:
    try:
        return parse(found.decode().rstrip("\n") + "\n")
    except ValueError as wrong:
        return Unreadable(str(wrong))


def _ends(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-2, os.SEEK_END)
        return file.read() == b"\n\n"


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Witness:
    """A URL that is told every note of a shelf in order, however often that takes."""

    def __init__(self, url: str, shelf: Shelf) -> None:
        self.url = url
        self.shelf = shelf

    async def tell(self) -> None:
        """Post what was not yet accepted; what fails is tried again the next time."""
        for path in sorted(self.shelf.folder.glob("*.notes")):
            try:
                await asyncio.to_thread(self._one, path)
            except OSError as wrong:
                log.warning("the witness did not take the checkpoints of %s: %s", path.stem, wrong)

    def _one(self, path: Path) -> None:
        mark = path.with_suffix(".witnessed")
        told = int(mark.read_text() or 0) if mark.exists() else 0
        if path.stat().st_size <= told:
            return
        for count, (note, end) in enumerate(read(path, told)):
            if count == _MOST_AT_ONCE:
                return
            if isinstance(note, Note):
                self._post(note)
            draft = mark.with_suffix(f".{os.getpid()}")
            draft.write_text(str(end))
            draft.replace(mark)

    def _post(self, note: Note) -> None:
        asked = urllib.request.Request(  # noqa: S310 - the operator's own setting
            self.url,
            data=note.raw.encode(),
            headers={"Content-Type": "text/plain; charset=utf-8"},
        )
        with urllib.request.urlopen(asked, timeout=_PATIENCE):  # noqa: S310
            pass
