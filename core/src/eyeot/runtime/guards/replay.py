"""Replay: the answer of a call as it is kept under its key, and as a repetition gets it back."""

import base64
from dataclasses import asdict
from typing import Any
from uuid import UUID

from eyeot.declare.access import Access
from eyeot.declare.blocks import Audio, Block, EmbeddedResource, Image, ResourceLink
from eyeot.runtime.guards.idempotency import seen_today
from eyeot.runtime.request import Answer, BatchAnswer

_LARGEST_BLOCKS = 65_536
_KINDS: dict[str, type[Block]] = {
    one.__name__: one for one in (Image, Audio, EmbeddedResource, ResourceLink)
}
UNKEPT = "What the first answer showed beside its data was too large to keep; the data is the same."


def kept(answer: Answer) -> dict[str, Any]:
    """An answer as it is sealed; large pictures are left out, since its data says what they show."""
    told: dict[str, Any] = {"result": answer.result}
    if answer.jobs:
        told["jobs"] = [str(one) for one in answer.jobs]
    if answer.blocks:
        blocks = [_written(one) for one in answer.blocks]
        size = sum(len(text) for one in blocks for text in one.values() if text)
        told["blocks"] = blocks if size <= _LARGEST_BLOCKS else None
    return told


def replayed(told: dict[str, Any], access: Access, notes: list[str]) -> Answer:
    """The answer again, as far as the caller may see it today."""
    blocks = told.get("blocks", ())
    if blocks is None:
        notes.append(UNKEPT)
    return Answer(
        result=seen_today(told["result"], access.permissions),
        jobs=tuple(UUID(one) for one in told.get("jobs", ())),
        blocks=tuple(_read(one) for one in blocks or ()),
        replayed=True,
    )


def replayed_all(told: dict[str, Any], access: Access) -> BatchAnswer:
    """The answers of a batch again."""
    return BatchAnswer(results=seen_today(told["results"], access.permissions), replayed=True)


def _written(one: Block) -> dict[str, str | None]:
    told = asdict(one)
    data = told.get("data")
    if data is not None:
        told["data"] = base64.b64encode(data).decode()
    return {"kind": type(one).__name__, **told}


def _read(told: dict[str, Any]) -> Block:
    given = {name: value for name, value in told.items() if name != "kind"}
    if given.get("data") is not None:
        given["data"] = base64.b64decode(given["data"])
    return _KINDS[told["kind"]](**given)
