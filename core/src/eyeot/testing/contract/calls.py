"""Calls: an action's example does what it says, twice over, dry and for real."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from eyeot.declare import ids
from eyeot.declare.action import Action
from eyeot.declare.field import Field
from eyeot.declare.problem import Internal, Problem
from eyeot.declare.record import SYSTEM, Record, records
from eyeot.declare.repeated import PlanStale
from eyeot.testing.contract.evidence import by_a_rule
from eyeot.testing.contract.requirement import LOG, TELLS_OF_CALLS
from eyeot.testing.contract.shape import leaves, mistakes
from eyeot.testing.contract.sought import sought
from eyeot.testing.contract.stage import Stage
from eyeot.testing.contract.told import alike, done, reported

_STANDARD = (".created", ".updated", ".deleted")


async def runs(stage: Stage, action: Action) -> None:
    """The example succeeds; the answer is as declared, and what it tells of records is what is stored."""
    given = await stage.given(action)
    before = await stage.digests.take()
    async with stage.writes.part():
        answer = await stage.run(action.name, given)
        wrong = mistakes(action.output_schema, answer.result)
        assert not wrong, f"the answer is not as declared: {wrong[:3]}"
        compared = await _as_stored(stage, action, answer.result)
        changes = 0
        if not action.reads:
            changes = await _told(stage, action, answer)
    assert await stage.digests.take() == before
    if action.reads and TELLS_OF_CALLS.isdisjoint((action.name, action.resource)):
        again = await stage.run(action.name, given)
        first, second = alike(answer.result, again.result)
        assert first == second, "the same question has two answers"
        compared += leaves(first)
    if action.verb == "count":
        compared += await _counted(stage, action, answer.result)
    if action.verb == "search":
        compared += await sought(stage, action)
    stage.evidence.note(action.name, successes=1, changes=changes, asserted=compared)


async def drills(stage: Stage, action: Action) -> None:
    """What a report's rows lead to is there, and takes the arguments that they name."""
    answer = await stage.run(action.name, await stage.given(action))
    told = [row["drill"] for row in answer.result["rows"] if row.get("drill")]
    for one in {drill["action"]: drill for drill in told}.values():
        await stage.run(one["action"], one["arguments"])


async def _counted(stage: Stage, action: Action, result: dict[str, Any]) -> int:
    """Compare a count with the total of the list that takes the same conditions."""
    given, listed = await stage.given(action), f"{action.resource}.list"
    if listed not in stage.engine.catalogue.actions or action.resource == LOG:
        return 0
    assert (await stage.look(listed, **given, limit=1))["total"] == result["count"]
    return 1


async def _told(stage: Stage, action: Action, answer: Any) -> int:
    """The audit tells the call, its changes and exactly the events that the action declares; changes."""
    event = await stage.event(answer.event_id)
    assert (event["action"], event["outcome"]) == (action.name, "ok")
    told = {
        one
        for one in event["events"] or ()
        if one.startswith(f"{action.resource}.") and not one.endswith(_STANDARD)
    }
    declared = {one for one in action.events if not one.endswith(_STANDARD)}
    assert told <= declared, f"it tells {told - declared} and does not declare it"
    own = {one for one in declared if one.startswith(f"{action.resource}.")}
    assert not own or told, f"it declares {own} and tells none of them"
    return len(event["changes"] or ())


async def dry_run(stage: Stage, action: Action) -> None:
    """A dry run changes nothing, and tells exactly what the real run then does: its plan can be committed."""
    given = await stage.given(action)
    before = await stage.digests.take()
    preview = await stage.run(action.name, given, dry=True)
    assert await stage.digests.take() == before, "a dry run changed something"
    # The engine compares the whole of the effects; what is made of the log tells of the dry run too.
    planned = given if action.resource == LOG else {"plan_token": preview.plan_token}
    try:
        answer = await stage.run(action.name, planned)
    except PlanStale as stale:
        raise AssertionError(f"a dry run told something else: {stale.difference}") from stale
    event = await stage.event(answer.event_id)
    assert preview.effects is not None
    assert not action.secrets & preview.result.keys(), "a dry run mints no secret"
    if asked := {f"asked:{one['provider']}" for one in preview.effects["external"]}:
        # It ends where something outside would be changed, and what comes of that is known by nobody.
        assert asked <= set(event["tags"]), "a dry run told of another who would be asked"
        assert preview.result == {}, "a dry run told what only they outside can know"
        stage.evidence.note(action.name, successes=1, asserted=len(asked))
        return
    made = {name: one for name, one in answer.result.items() if name not in action.secrets}
    foretold, came = alike(
        [reported(preview.effects), preview.result, preview.effects["events"]],
        [done(event["changes"] or []), made, event["events"] or []],
    )
    assert foretold == came or action.resource == LOG
    stage.evidence.note(action.name, successes=1, asserted=leaves(came))


async def again(stage: Stage, action: Action) -> None:
    """The same call a second time succeeds, or is refused with a code, a message and a hint."""
    given = await stage.given(action)
    await stage.run(action.name, given)
    try:
        await stage.run(action.name, given)
    except Internal as fault:
        raise AssertionError("the second call found a fault, not a refusal") from fault
    except Problem as refused:
        told = refused.body()
        assert told["code"]
        assert told["message"]
        assert told["hint"], f"{told['code']} says no way on"
        stage.evidence.note(action.name, refusals=int(by_a_rule(refused)))


async def read_only(stage: Stage, action: Action) -> None:
    """Everything a read asks, it asks in sessions where the server refuses every write."""
    given, reads, written = await stage.given(action), stage.reads, stage.writes.used
    reads.refused = reads.written = 0
    reads.proving = True
    try:
        await stage.run(action.name, given)
    finally:
        reads.proving = False
    assert reads.written == 0, "the server would have let it write"
    assert stage.writes.used == written, "a read took a connection that writes"


async def _as_stored(stage: Stage, action: Action, result: dict[str, Any]) -> int:
    """Compare what an answer tells of records of its own kind with their rows; how many values."""
    record = action.record
    told = result.get("items", [result]) if action.verb in ("list", "get") else [result]
    if record is None or not isinstance(told, list):
        return 0
    compared = 0
    for one in told:
        found = ids.decode(one.get("id", "")) if isinstance(one, dict) else None
        if found and found[0] == record.meta.prefix:
            compared += await _one_as_stored(stage, record, one)
    return compared


async def _one_as_stored(stage: Stage, record: type[Record], told: dict[str, Any]) -> int:
    row = await stage.stored(record.meta.table.name, told["id"])
    if row is None:
        return 0
    fields = {n: f for n, f in record.meta.fields.items() if n not in SYSTEM[1:4]}
    compared = 0
    for name, value in told.items():
        if name in fields:
            stored = _comparable(fields[name], row)
            assert _read(fields[name], value) == stored, f"{name} is {stored!r}, not {value!r}"
            compared += 1
    return compared


def _comparable(one: Field, row: dict[str, Any]) -> Any:
    value = row[one.columns[0]]
    if one.kind == "money":
        return value, row[one.columns[1]]
    if one.kind == "record":
        return _as_id(value)
    if one.kind == "records":
        return [_as_id(part) for part in value or ()]
    if isinstance(value, datetime):
        return value.replace(microsecond=value.microsecond // 1000 * 1000)
    return value


def _as_id(value: Any) -> Any:
    """A reference to a record of any kind as it is answered; anything else as it is."""
    kind, slash, id = value.partition("/") if isinstance(value, str) else ("", "", "")
    return ids.encode(records[kind].meta.prefix, UUID(id)) if slash and kind in records else value


def _read(one: Field, value: Any) -> Any:
    """A value of an answer as the database holds it."""
    if one.name == "id" or one.target:
        found = ids.decode(value)
        return found[1] if found else value
    if one.kind == "uuid":
        return UUID(value)
    if one.kind == "money":
        return Decimal(value["amount"]), value["currency"]
    if one.kind == "decimal":
        return Decimal(value)
    if one.kind == "datetime":
        return datetime.fromisoformat(value)
    return value if one.kind != "date" else datetime.fromisoformat(value).date()
