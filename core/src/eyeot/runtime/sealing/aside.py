"""Aside: checkpoints of a tree that a restore replaced, held against the tree that is there now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from eyeot.runtime.sealing.examine import Report
from eyeot.runtime.sealing.notes import Note, Verifier
from eyeot.runtime.sealing.outside import read
from eyeot.runtime.sealing.tree import Tree

RESTORE = "core.backup.restore"
"""The audit event by which an organisation's log tells that its end was lost to a backup."""
_HASHES = "SELECT leaf_hash FROM core_audit_leaf WHERE org_id = $1 ORDER BY position"
# Callers name actions as they like, and what is refused is audited with its input.
_RESTORES = """
SELECT input FROM core_audit_event WHERE org_id = $1 AND action = $2 AND outcome = 'ok'
  AND actor_type = 'system' AND surface = 'cli' AND credential_id IS NULL
"""


@dataclass(slots=True)
class Aside:
    """A file of checkpoints that was put aside, and how far the tree agrees with it."""

    file: Path
    checkpoints: int
    size: int
    """Sealed events of the tree that was."""
    until: datetime | None
    """When its newest checkpoint was signed."""
    agreed: int
    """The size of the largest checkpoint that the tree agrees with."""
    differs: Note | None
    """The smallest checkpoint that it does not agree with."""


async def compared(
    connection: Any, org_id: UUID, files: Sequence[Path], keys: Sequence[Verifier] | None = None
) -> list[Aside]:
    """How far an organisation's tree agrees with each file; only notes by `keys` count, when given."""
    held = [(one, _notes(one, org_id, keys)) for one in files]
    if not held:
        return []
    roots = await _roots(connection, org_id, {n.checkpoint.size for _, all in held for n in all})
    return [_aside(file, notes, roots) for file, notes in held]


def _notes(file: Path, org_id: UUID, keys: Sequence[Verifier] | None) -> list[Note]:
    found = [one for one, _ in read(file) if isinstance(one, Note)]
    mine = [one for one in found if one.checkpoint.origin.endswith(f"/{org_id}")]
    return sorted(
        (one for one in mine if keys is None or one.by(keys)), key=lambda one: one.checkpoint.size
    )


async def _roots(connection: Any, org_id: UUID, sizes: set[int]) -> dict[int, bytes]:
    """The roots of the tree at some sizes, those that it has."""
    tree = Tree()
    roots = {0: tree.root()}
    async for row in connection.cursor(_HASHES, org_id, prefetch=5_000):
        tree.add(row["leaf_hash"])
        if tree.size in sizes:
            roots[tree.size] = tree.root()
    return roots


def _aside(file: Path, notes: list[Note], roots: dict[int, bytes]) -> Aside:
    wrong = [one for one in notes if roots.get(one.checkpoint.size) != one.checkpoint.root]
    right = [one.checkpoint.size for one in notes if one not in wrong]
    last = notes[-1].checkpoint if notes else None
    return Aside(
        file=file,
        checkpoints=len(notes),
        size=last.size if last else 0,
        until=last.at if last else None,
        agreed=max(right, default=0),
        differs=wrong[0] if wrong else None,
    )


async def declared(connection: Any, org_id: UUID) -> dict[str, int]:
    """What the log says of restores: the files they put aside, each with the sealed events it lost."""
    found: dict[str, int] = {}
    for row in await connection.fetch(_RESTORES, org_id, RESTORE):
        told = row["input"] or {}
        lost = dict(told.get("put_aside") or {})
        if gap := told.get("gap"):
            lost[Path(gap["checkpoints"]).name] = gap["events"]
        for name, events in lost.items():
            found[name] = max(events, found.get(name, 0))
    return found


async def report(
    connection: Any, org_id: UUID, files: Sequence[Path], keys: Sequence[Verifier], into: Report
) -> None:
    """Tell what each restore lost; a file that no event of the log declares is a problem."""
    said = await declared(connection, org_id) if files else {}
    for one in await compared(connection, org_id, files, keys):
        lost = said.get(one.file.name)
        if lost is None:
            into.find("restore_undeclared", file=one.file.name)
        if not one.checkpoints:
            into.find("aside_unsigned", file=one.file.name)
            continue
        kept = one.agreed if lost is None else max(one.size - lost, 0)
        first = one.differs.checkpoint if one.differs else None
        if first and lost is not None and first.size <= kept:
            # Changed in the part that the restore had brought back, or before the backup was taken.
            at = first.at.isoformat()
            into.find("tree_differs", size=first.size, signed_at=at, agreed_until=one.agreed)
        if lost != 0:
            into.restores.append(_told(one, kept, declared=lost is not None))


def _told(one: Aside, kept: int, *, declared: bool) -> dict[str, Any]:
    return {
        "file": str(one.file),
        "checkpoints": one.checkpoints,
        "events": one.size - kept,
        "position": kept,
        "until": one.until.isoformat() if one.until else None,
        "declared": declared,
    }
