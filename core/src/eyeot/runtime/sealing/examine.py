"""Examine: whether events, leaves and checkpoints still agree, read once in the order of the tree."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from eyeot.declare import ids
from eyeot.runtime.sealing.leaves import Leaf
from eyeot.runtime.sealing.notes import Note, Verifier
from eyeot.runtime.sealing.outside import Unreadable
from eyeot.runtime.sealing.tree import Tree

_MOST_TOLD = 100
LATE = timedelta(minutes=15)
"""An event whose id is older than the checkpoint before it by more than this is told as late."""

MEANINGS = {
    "event_changed": "The event, its salt or its leaf is not what was sealed.",
    "event_missing": "The event was deleted.",
    "leaf_missing": "A leaf was deleted.",
    "tree_differs": "Leaves up to here were replaced, reordered, inserted or deleted.",
    "tree_truncated": "The end of the tree is gone.",
    "checkpoint_unsigned": "No key that is trusted signed this checkpoint.",
    "checkpoint_foreign": "The checkpoint is of another organisation.",
    "checkpoint_backwards": "The checkpoint comes after one of a larger tree.",
    "event_unsealed": "The event is older than the newest checkpoint and was never sealed.",
    "restore_undeclared": "Checkpoints were put aside as by a restore, and the log knows of none.",
    "aside_unsigned": "No checkpoint that a trusted key signed is in this file that was put aside.",
    "checkpoints_gone": "The database has checkpoints, and no file outside it has any.",
}


@dataclass(slots=True)
class Report:
    """What was found."""

    org_id: str = ""
    size: int = 0
    """Leaves that were read."""
    verified: int = 0
    """Leaves before the newest signed checkpoint that the tree agrees with."""
    verified_at: str | None = None
    """When that checkpoint was signed."""
    checkpoints: int = 0
    erased: int = 0
    late: int = 0
    """Events sealed long after their time: late commits, or another clock."""
    unsealed: int = 0
    """Events that no checkpoint covers yet."""
    problems: int = 0
    findings: list[dict[str, Any]] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    restores: list[dict[str, Any]] = field(default_factory=list)
    """What restores lost, by the checkpoints that they put aside."""

    @property
    def intact(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def find(self, code: str, **where: Any) -> None:
        """Note what is wrong; the first hundred are told."""
        self.problems += 1
        if len(self.findings) < _MOST_TOLD:
            self.findings.append({"code": code, **where, "meaning": MEANINGS[code]})


class Examination:
    """A tree that is built again from its leaves and held against each checkpoint on the way."""

    def __init__(
        self, org_id: UUID, keys: Sequence[Verifier] | None, tree: Tree | None = None
    ) -> None:
        self.report = Report(str(org_id))
        if keys is None:
            self.report.notices.append("No public key is known here: signatures were not checked.")
        self._org_id = org_id
        self._keys = keys
        self._tree = tree or Tree()
        self._begun = self._tree.size
        self._broken_from: int | None = None
        self._agreed = self._tree.size
        self._signed_at: datetime | None = None
        self.newest: datetime | None = None
        """When the newest checkpoint was signed that the tree was held against."""

    @property
    def size(self) -> int:
        """Leaves so far."""
        return self._tree.size

    def leaves(self, found: Iterable[Leaf], notes: Iterable[Note]) -> None:
        """Take further leaves, and the checkpoints of sizes within them."""
        due = sorted(notes, key=lambda note: note.checkpoint.size, reverse=True)
        for leaf in found:
            self._add(leaf)
            while due and due[-1].checkpoint.size <= self.size:
                self._hold(due.pop())
        for note in reversed(due):
            self._hold(note)

    def _add(self, leaf: Leaf) -> None:
        report, told = self.report, ids.encode("evt", leaf.event_id)
        if leaf.position != self.size:
            if self._broken_from is None:
                self._broken_from = self.size
            report.find("leaf_missing", position=self.size)
            self._tree = _as_if(leaf.position)
        elif wrong := leaf.wrong():
            report.find(wrong, event=told, position=leaf.position)
        elif leaf.salt is None:
            report.erased += 1
        if self._signed_at and _born(leaf.event_id) < self._signed_at - LATE:
            report.late += 1
        self._tree.add(leaf.leaf_hash)
        report.size = self.size

    def _hold(self, note: Note) -> None:
        """Compare the tree with a checkpoint."""
        told, report = note.checkpoint, self.report
        if told.size < self._begun:
            return
        where = {"size": told.size, "signed_at": told.at.isoformat()}
        if self._keys is not None and not note.by(self._keys):
            report.find("checkpoint_unsigned", **where)
            return
        if not told.origin.endswith(f"/{self._org_id}"):
            report.find("checkpoint_foreign", **where, origin=told.origin)
            return
        report.checkpoints += 1
        self.newest = max(self.newest or told.at, told.at)
        if told.size > self.size:
            report.find("tree_truncated", **where, leaves=self.size)
        elif told.size < self.size:
            report.find("checkpoint_backwards", **where)
        elif self._broken_from is None and told.root != self._tree.root():
            report.find("tree_differs", **where, agreed_until=self._agreed)
            self._broken_from = self._agreed
        elif self._broken_from is None:
            self._agreed = report.verified = told.size
            report.verified_at = told.at.isoformat()
            self._signed_at = told.at

    def unreadable(self, found: Unreadable, file: str) -> None:
        """Note a part of a file that is no checkpoint."""
        if len(self.report.notices) < _MOST_TOLD:
            self.report.notices.append(
                f"{file}: a part is no checkpoint, as a crash leaves it: {found}"
            )

    def unsealed(self, id: UUID) -> None:
        """Note an event without a leaf; one that should have had it long ago is a finding."""
        self.report.unsealed += 1
        if self.newest and _born(id) < self.newest - timedelta(hours=24):
            self.report.find("event_unsealed", event=ids.encode("evt", id))


def _born(id: UUID) -> datetime:
    """The time that a UUIDv7 bears."""
    try:
        return datetime.fromtimestamp((id.int >> 80) / 1000, UTC)
    except (ValueError, OverflowError):
        return datetime.max.replace(tzinfo=UTC)


def _as_if(size: int) -> Tree:
    """A tree that goes on counting after a gap; its root means nothing any more."""
    return Tree(size, bytes(size.bit_count() * 32))
