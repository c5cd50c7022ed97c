"""Stored: reads an organisation's sealed events from the database, page by page."""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from eyeot.runtime.sealing.examine import Examination, Report
from eyeot.runtime.sealing.leaves import HEADER, PAYLOAD, Leaf
from eyeot.runtime.sealing.notes import Note, Verifier, parse
from eyeot.runtime.sealing.outside import Unreadable, read

PAGE = 5_000
LEAVES = f"""
SELECT l.position, l.event_id, l.salt, l.payload_hash, l.leaf_hash,
  CASE WHEN e.id IS NOT NULL THEN {HEADER} END AS header,
  CASE WHEN e.id IS NOT NULL THEN {PAYLOAD} END AS payload
FROM core_audit_leaf l LEFT JOIN core_audit_event e ON e.org_id = l.org_id AND e.id = l.event_id
WHERE l.org_id = $1 AND l.position >= $2 AND l.position < $3 ORDER BY l.position LIMIT {PAGE}
"""
NOTES = """
SELECT note FROM core_audit_checkpoint
WHERE org_id = $1 AND size > $2 AND size <= $3 ORDER BY size
"""
UNSEALED = """
SELECT e.id FROM core_audit_event e WHERE e.org_id = $1
  AND NOT EXISTS (SELECT FROM core_audit_leaf l WHERE l.org_id = $1 AND l.event_id = e.id)
ORDER BY e.id
"""
"""What has no leaf, in one pass: nothing is sent of what has one."""
_ALL = (1 << 63) - 1


def leaf(row: Any) -> Leaf:
    """A leaf of a row."""
    return Leaf(*(row[name] for name in Leaf.__slots__))


async def pages(
    connection: Any, org_id: UUID, first: int = 0, last: int = _ALL
) -> AsyncIterator[list[Leaf]]:
    """The leaves from one position to before another."""
    while rows := await connection.fetch(LEAVES, org_id, first, last):
        yield [leaf(row) for row in rows]
        first = rows[-1]["position"] + 1


async def notes(connection: Any, org_id: UUID, after: int, upto: int = _ALL) -> list[Note]:
    """The checkpoints inside the database of trees larger than one size, up to another."""
    return [parse(row["note"]) for row in await connection.fetch(NOTES, org_id, after, upto)]


class Outside:
    """The checkpoints of files, taken as the tree grows."""

    def __init__(self, files: Sequence[Path], examination: Examination) -> None:
        self._examination = examination
        self._open = [self._notes(one) for one in files]
        self._next = [next(one, None) for one in self._open]

    def _notes(self, path: Path) -> Iterator[Note]:
        for found, _ in read(path):
            if isinstance(found, Unreadable):
                self._examination.unreadable(found, str(path))
            else:
                yield found

    def upto(self, size: int) -> Iterator[Note]:
        """The checkpoints of trees up to a size that were not taken yet."""
        for at, source in enumerate(self._open):
            while (note := self._next[at]) and note.checkpoint.size <= size:
                yield note
                self._next[at] = next(source, None)


async def examine(
    connection: Any, org_id: UUID, files: Sequence[Path], keys: Sequence[Verifier]
) -> Report:
    """Hold everything an organisation has sealed against checkpoints inside and outside the database.

    The connection must be in one snapshot, so that what is sealed meanwhile disturbs nothing.
    """
    examination = Examination(org_id, keys)
    outside = Outside(files, examination)
    async for page in pages(connection, org_id):
        upto = page[-1].position + 1
        inside = await notes(connection, org_id, examination.size, upto)
        examination.leaves(page, _each(inside, outside.upto(upto)))
    inside = await notes(connection, org_id, examination.size)
    examination.leaves((), _each(inside, outside.upto(_ALL)))
    async for row in connection.cursor(UNSEALED, org_id, prefetch=PAGE):
        examination.unsealed(row["id"])
    return examination.report


def _each(inside: Iterable[Note], outside: Iterable[Note]) -> list[Note]:
    """Checkpoints, those that are both inside and outside once."""
    return list({note.raw: note for note in (*inside, *outside)}.values())
