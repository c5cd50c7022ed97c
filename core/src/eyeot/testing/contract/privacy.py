"""Privacy: a person's data is found from them, and what is erased is nowhere any more."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, create_model

from eyeot.declare.action import Action
from eyeot.declare.model import Input, Output, Ref
from eyeot.declare.privacy import Privacy, gather, personal
from eyeot.declare.record import Record
from eyeot.testing.contract.stage import Stage

_SEARCHED = "SELECT label, hint, words, exact FROM core_search_entry WHERE record_id = $1"


class _Erased(Output):
    """What was gathered and what was erased."""

    found: list[str]
    gone: dict[str, Any]


def holds_personal(action: Action) -> bool:
    """The `get` of a record that tells something of people."""
    return action.verb == "get" and action.record is not None and bool(personal(action.record))


async def erasable(stage: Stage, action: Action) -> None:
    """Gather from the record, preview, erase; then look for what was erased."""
    assert action.record
    given, catalogue = await stage.given(action), stage.engine.catalogue
    every = [one for plugin in catalogue.plugins for one in plugin.privacy()]
    own = next(one for one in every if one.record is action.record)
    name = f"{action.resource}.contract_erasure"
    catalogue.actions[name] = _erasure(name, action.record, own, every)
    try:
        done = await stage.run(name, {"id": given["id"]}, surface="cli")
    finally:
        del catalogue.actions[name]
    assert given["id"] in done.result["found"], "the person's own record is not found"
    row = await stage.stored(action.record.meta.table.name, given["id"])
    assert row is not None
    entries = await stage.writes.look(_SEARCHED, row["id"])
    left = repr([*(row.get(one) for one in done.result["gone"]), *map(tuple, entries)])
    for field, value in done.result["gone"].items():
        text = str(value).strip("[]'\"")
        assert text not in left, f"{field} is still there"
    stage.evidence.note(action.name, asserted=len(done.result["gone"]))


def _erasure(name: str, record: type[Record], own: Privacy, every: list[Privacy]) -> Action:
    """An action that erases the person a record is about, for the time of this check."""

    async def run(ctx: Any, data: Any) -> _Erased:
        row = await ctx.get(record, data.id)
        rows = await gather(ctx, every, record.meta.name, row.id)
        plan = own.preview(own, row)
        gone = {one: row.values()[one] for one in (*plan.erase, *plan.pseudonymise)}
        if gone:
            await own.erase(own, ctx, row)
        found = [Ref(one.meta.name).write(one.id) for one in rows]
        return _Erased(found=found, gone={one: str(value) for one, value in gone.items()})

    made: Callable[[], type[BaseModel]] = lambda: create_model(  # noqa: E731 - a lazy model
        "Erasure", __base__=Input, id=(Annotated[UUID, Ref(record.meta.name)], ...)
    )
    return Action(
        name=name, summary="Erase.", handler=run, build_input=made, output=_Erased, risk="w",
        en="Erase", fr="Effacer", scope_free=True, record=record,
    )  # fmt: skip
