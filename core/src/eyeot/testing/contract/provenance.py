"""Provenance: what an answer shows may be cited, and nothing else, whether it exists or not."""

import re
from collections.abc import Iterator
from typing import Any

from eyeot.declare import ids
from eyeot.declare.action import Action
from eyeot.declare.anyref import prefixes
from eyeot.declare.problem import Problem
from eyeot.testing.contract.stage import Stage

_ID = re.compile(r"[a-z]+_[0-9a-hjkmnp-tv-z]{26}")
_FREE = frozenset({"changes", "input", "result", "error"})
"""The members of records that hold what others sent or what once was: nothing in them is shown."""


async def unread(stage: Stage, action: Action) -> None:
    """A write that names what exists and was never shown is refused as one that names nothing."""
    given = await stage.given(action)
    named = dict(_ids(given))
    if not named:
        return
    told = await _refusal(stage, action, given)
    assert told["code"] == "unread_identifier", f"refused as {told['code']}"
    lacking = named.keys() - {one["path"] for one in told["identifiers"]}
    assert not lacking, f"it takes {sorted(lacking)[:3]} from nowhere"
    invented = {id: _invented(id) for id in named.values()}
    assert await _refusal(stage, action, _replaced(given, invented)) == told


async def shows(stage: Stage, action: Action) -> None:
    """Every identifier that stands alone in an answer counts as shown."""
    given = await stage.given(action)
    answer = await stage.run(action.name, given)
    shown = set[str]()
    if action.reveal:
        action.reveal(answer.result, shown)
    hidden = {path: id for path, id in _ids(answer.result) if id not in shown}
    assert not hidden, (
        f"{sorted(hidden)[:3]} cannot be cited: type them (Ref, RecordRef), or mark them (Shows)"
    )


async def _refusal(stage: Stage, action: Action, arguments: dict[str, Any]) -> dict[str, Any]:
    via = "cli" if action.surface == "operator" else "key"
    caller = stage.caller(via=via, provenance="enforce")
    try:
        answer = await stage.run(action.name, arguments, caller, dry=True)
    except Problem as refused:
        return refused.body()
    raise AssertionError(f"it takes what was never read, and answers {answer.result}")


def _ids(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every id of a kind of record that stands alone, and where."""
    if isinstance(value, dict):
        for name, one in value.items():
            if name not in _FREE:
                yield from _ids(one, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for at, one in enumerate(value):
            yield from _ids(one, f"{path}.{at}")
    elif isinstance(value, str) and _ID.fullmatch(value):
        found = ids.decode(value)
        if found and found[0] in prefixes.values():
            yield path, value


def _invented(id: str) -> str:
    return ids.encode(id.rpartition("_")[0], ids.uuid7())


def _replaced(value: Any, instead: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _replaced(one, instead) for name, one in value.items()}
    if isinstance(value, list):
        return [_replaced(one, instead) for one in value]
    return instead.get(value, value) if isinstance(value, str) else value
