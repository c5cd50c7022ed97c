"""Files: sealed events and their checkpoints as JSON lines, to be examined without the database."""

import base64
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from eyeot.runtime.sealing.examine import Examination, Report
from eyeot.runtime.sealing.leaves import Leaf
from eyeot.runtime.sealing.notes import Note, Verifier, parse
from eyeot.runtime.sealing.stored import Outside
from eyeot.runtime.sealing.tree import Tree

FORMAT = "eyeot-audit-1"


class NotAnExport(ValueError):
    """A file that is not an export of sealed events."""


def head(org_id: UUID, key: str, tree: Tree) -> bytes:
    """The first line: whose events these are, who signed, and the tree before them."""
    return _line(
        {
            "format": FORMAT,
            "org_id": str(org_id),
            "key": key,
            "start": {"size": tree.size, "peaks": _b64(tree.peaks)},
        }
    )


def lines(leaves: Iterable[Leaf], notes: Iterable[Note]) -> Iterator[bytes]:
    """Leaves with their events, each checkpoint after the last leaf that it covers."""
    due = sorted(notes, key=lambda note: note.checkpoint.size, reverse=True)
    for one in leaves:
        yield _line(
            {
                "position": one.position,
                "event_id": str(one.event_id),
                "salt": _b64(one.salt) if one.salt else None,
                "payload_hash": _b64(one.payload_hash),
                "leaf_hash": _b64(one.leaf_hash),
                "header": one.header,
                "payload": one.payload,
            }
        )
        while due and due[-1].checkpoint.size <= one.position + 1:
            yield _line({"checkpoint": due.pop().raw})
    for note in reversed(due):
        yield _line({"checkpoint": note.raw})


def examine(path: Path, files: Sequence[Path], keys: Sequence[Verifier]) -> Report:
    """Hold a file's events against its checkpoints, and those of other files."""
    with path.open("rb") as file:
        told = _read(file.readline())
        if told.get("format") != FORMAT:
            raise NotAnExport(f"{path} is not an export of sealed events ({FORMAT})")
        trusted = keys or ([Verifier.parse(told["key"])] if told["key"] else None)
        start = Tree(told["start"]["size"], base64.b64decode(told["start"]["peaks"]))
        examination = Examination(UUID(told["org_id"]), trusted, start)
        if not keys and told["key"]:
            examination.report.notices.append(
                f"The file's own key was trusted: compare it with the deployment's: {told['key']}"
            )
        outside = Outside(files, examination)
        for row in map(_read, file):
            if "checkpoint" in row:
                examination.leaves((), [parse(row["checkpoint"])])
            else:
                one = _leaf(row)
                examination.leaves([one], outside.upto(one.position + 1))
        examination.leaves((), outside.upto(1 << 63))
    return examination.report


def _leaf(row: dict[str, Any]) -> Leaf:
    salt = base64.b64decode(row["salt"]) if row["salt"] else None
    kept, made = base64.b64decode(row["payload_hash"]), base64.b64decode(row["leaf_hash"])
    event_id = UUID(row["event_id"])
    return Leaf(row["position"], event_id, salt, kept, made, row["header"], row["payload"])


def _read(line: bytes) -> dict[str, Any]:
    try:
        found: dict[str, Any] = orjson.loads(line)
    except ValueError as wrong:
        raise NotAnExport(f"a line is not JSON: {line[:60]!r}") from wrong
    return found


def _line(value: dict[str, Any]) -> bytes:
    return orjson.dumps(value) + b"\n"


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
