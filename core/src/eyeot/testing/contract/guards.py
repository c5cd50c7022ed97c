"""Guards: who may not, is refused; what lies beyond a caller does not exist for them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from eyeot.declare import ids
from eyeot.declare.access import Reach
from eyeot.declare.action import Action
from eyeot.declare.licence import Licence
from eyeot.declare.problem import Problem
from eyeot.declare.reach import Attached, Owned, Shared
from eyeot.declare.record import Record, records
from eyeot.declare.standard.conditions import named
from eyeot.runtime.request import Caller
from eyeot.storage.view import sensitive as of_record
from eyeot.testing.contract.requirement import LOG
from eyeot.testing.contract.stage import Stage
from eyeot.testing.contract.told import ID

_PIECES = "SELECT piece FROM core_content WHERE org_id = $1 AND digest = $2 ORDER BY position"
_AHEAD = 1000
"""Versions that nobody has reached."""


async def permission(stage: Stage, action: Action) -> None:
    """Without its permission it is refused by that name, and neither listed nor found."""
    if action.scope_free:
        return
    access = stage.access(without=[action.needs])
    caller = stage.caller(access, via="cli" if action.surface == "operator" else "key")
    refused = await _refusal(stage, action, {}, caller)
    assert refused["code"] == "permission_denied", f"refused as {refused['code']}"
    assert refused["permission"] == action.needs
    catalogue = stage.engine.catalogue
    assert not catalogue.shows(action, access)
    assert action.name not in {one.action for one in stage.shelf.visible(access)}
    assert action.name not in stage.finder.nearest(action.name, access)


async def licence(stage: Stage, action: Action) -> None:
    """Where the licence ended it is refused, dry run and all, unless it reads or is declared `unlicensed`."""
    given = await stage.given(action)
    caller = replace(stage.caller(via="cli"), licence=Licence(untrusted=True))
    if action.reads or action.unlicensed:
        await stage.run(action.name, given, caller, dry=not action.reads)
        return
    for dry in (True, False):
        try:
            await stage.run(action.name, given, caller, dry=dry)
        except Problem as refused:
            told = refused.body()
        else:
            raise AssertionError("it ran without a licence")
        assert told["code"] == "license_required", f"refused as {told['code']}"
        assert told["message"], "it does not say what is lacking"


async def surface(stage: Stage, action: Action) -> None:
    """What is for people, or for the operator, no key may run, whatever it holds."""
    wanted = {"human": "human_required", "operator": "operator_required"}[action.surface]
    assert (await _refusal(stage, action, {}, stage.caller(), surface="mcp"))["code"] == wanted
    assert (await _refusal(stage, action, {}, stage.caller(), surface="rest"))["code"] == wanted


async def reach(stage: Stage, action: Action) -> None:
    """Who reaches only their own and owns nothing is told of nobody's records, and finds none by id."""
    given = await stage.given(action)
    caller = stage.caller(stage.access(reach=Reach.OWN), user=stage.nobody)
    theirs = {id for _, id in _ids(given) if _kept_apart(id)}
    try:
        answer = await stage.run(action.name, given, caller, dry=not action.reads)
    except Problem as refused:
        if theirs:
            _invisible(refused)
        return
    made = {one["id"] for one in (answer.effects or {}).get("created", ())}
    told = {one for one in ID.findall(repr(_shown(action, answer.result))) if _kept_apart(one)}
    hang = {one for one in told - made if await _readable(stage, caller, one)}
    seen = {one for one in told - made - hang if not await _own(stage, one)}
    assert not theirs or action.reads, "it worked on a record beyond the caller's reach"
    assert not seen - theirs, f"told of {sorted(seen)[:3]}"


def _invisible(refused: Problem) -> None:
    told = refused.body()
    # Rows of one call are refused together, each for its own reason.
    rows = [str(one["reason"]) for one in told.get("errors", ())]
    absent = bool(rows) and all(one.startswith("There is no ") for one in rows)
    assert absent or told["code"] in ("not_found", "permission_denied"), (
        f"{told['code']}: it looked at the record"
    )


def _shown(action: Action, result: dict[str, Any]) -> Any:
    """An answer; of the log only which entries it shows, since they repeat what the caller asked."""
    return [one.get("id") for one in result.get("items", ())] if action.resource == LOG else result


async def _readable(stage: Stage, caller: Caller, id: str) -> bool:
    """Whether what hangs on other records, as documents do, hangs on one that this caller may read."""
    found = ids.decode(id)
    record = _by_prefix(found[0]) if found else None
    if record is None or not isinstance(record.meta.reach, Attached):
        return False
    try:
        await stage.run(f"{record.meta.name}.get", {"id": id}, caller)
    except Problem:
        return False
    return True


async def _own(stage: Stage, id: str) -> bool:
    """Whether a record is of the one who owns nothing: their key, and what they just did in the log."""
    found = ids.decode(id)
    if found and found[1] == stage.key:
        return True
    record = _by_prefix(found[0]) if found else None
    rule = record.meta.reach if record else None
    if record is None or not isinstance(rule, Owned):
        return False
    row = await stage.stored(record.meta.table.name, id)
    return bool(row) and row[rule.owner] == stage.nobody  # type: ignore[index]


def _kept_apart(id: str) -> bool:
    """Whether an id is of a kind that reach keeps apart."""
    found = ids.decode(id)
    record = _by_prefix(found[0]) if found else None
    return record is not None and not isinstance(record.meta.reach, Shared)


def _by_prefix(prefix: str) -> type[Record] | None:
    return next((one for one in records.values() if one.meta.prefix == prefix), None)


async def elsewhere(stage: Stage, action: Action) -> None:
    """Another organisation's id in any argument names nothing, as one that never was."""
    given = await stage.given(action)
    for path, id in _ids(given):
        found = ids.decode(id)
        record = _by_prefix(found[0]) if found else None
        if record is not None:
            foreign = stage.foreign[record.meta.name]
            await _names_nothing(stage, action, _put(given, path, foreign), foreign)
    for name, kind in action.refs:
        if name not in given:
            foreign = stage.foreign[kind]
            many = action.input_schema["properties"][name].get("type") == "array"
            await _names_nothing(
                stage, action, {**given, name: [foreign] if many else foreign}, foreign
            )


async def _names_nothing(
    stage: Stage, action: Action, arguments: dict[str, Any], foreign: str
) -> None:
    """Refused as not found, or a read that finds nothing by it."""
    try:
        answer = await stage.run(action.name, arguments, dry=not action.reads)
    except Problem as refused:
        told = refused.body()
        if told["code"] == "not_found":
            return
        # Another rule may speak first, as long as it does not speak of the record.
        assert told["code"] in ("invalid", "conflict", "state_refused"), told["code"]
        return
    # What is exported is chosen by conditions, as what is read is.
    chosen = action.reads or action.risk == "e"
    assert chosen, f"it accepted {foreign}, which is another organisation's"
    assert foreign not in repr([answer.result, answer.effects])
    assert not answer.result.get("items"), "it found something by another organisation's id"


def _ids(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Every id in some arguments, and where it stands."""
    if isinstance(value, dict | list):
        for at, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _ids(one, (*path, at))
    elif isinstance(value, str) and ID.fullmatch(value):
        yield path, value


def _put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """The same arguments with another value at one place."""
    if not path:
        return new
    made = dict(value) if isinstance(value, dict) else list(value)
    made[path[0]] = _put(value[path[0]], path[1:], new)
    return made


async def version(stage: Stage, action: Action) -> None:
    """A version that is not the record's is a conflict that tells the present one; that one is accepted."""
    given = await stage.given(action)
    refused = await _refusal(stage, action, {**given, "expected_version": _AHEAD}, None)
    assert refused["code"] == "version_conflict", f"refused as {refused['code']}"
    current = {**given, "expected_version": refused["current"]}
    await stage.run(action.name, current, dry=True)


async def sensitive(stage: Stage, action: Action) -> None:
    """For who may not know them sensitive fields do not exist: not in answers or effects, not to ask by."""
    given, hidden = await stage.given(action), sensitive_fields(action)
    needs = [one for _, one in hidden]
    caller = stage.caller(stage.access(without=needs))
    asked = {name for name, _ in hidden}
    unknown = named(asked)
    kept = {n: v for n, v in given.items() if n not in unknown}
    try:
        answer = await stage.run(action.name, kept, caller, dry=not action.reads)
    except Problem as refused:
        _silent(stage, asked, refused.body())
    else:
        _silent(stage, asked, [answer.result, answer.effects])
        if action.verb == "export":
            await _file_silent(stage, action, kept, caller)
    for name, schema in action.input_schema["properties"].items():
        if action.kind == "generic" and name in unknown:
            refusal = await _refusal(stage, action, {**kept, name: None}, caller)
            assert name in {str(one["path"]) for one in refusal["errors"]}, f"{name} is known"
        elif _free(schema):
            await _asked_by_name(stage, action, (kept, name, schema), caller)


async def _file_silent(
    stage: Stage, action: Action, arguments: dict[str, Any], caller: Any
) -> None:
    """What is exported holds none of it either."""
    answer = await stage.run(action.name, arguments, caller)
    pieces = await stage.writes.look(_PIECES, stage.org_id, answer.result.get("sha256"))
    text = b"".join(one["piece"] for one in pieces).decode("utf-8", "replace")
    assert text, "nothing was exported that could be looked at"
    assert not [one for one in stage.planted if one in text], "the file tells a sensitive value"


async def _asked_by_name(
    stage: Stage, action: Action, where: tuple[dict[str, Any], str, Any], caller: Any
) -> None:
    """Give a hidden field's name where a field's name could be meant: to sort, to group, to add up."""
    kept, name, schema = where
    hidden = {one for one, _ in sensitive_fields(action)}
    for one in sorted(hidden):
        value = [one] if schema.get("type") == "array" else one
        arguments = {**kept, name: value}
        try:
            answer = await stage.run(action.name, arguments, caller, dry=not action.reads)
        except Problem:
            continue
        _silent(stage, set(), answer.result)


def sensitive_fields(action: Action) -> tuple[tuple[str, str], ...]:
    """The fields of an action's record that need a permission of their own, and which."""
    return of_record(action.record) if action.record else ()


def _free(schema: dict[str, Any]) -> bool:
    """An argument that takes any text: it could take the name of a field."""
    inner = schema.get("items", {}) if schema.get("type") == "array" else schema
    return inner.get("type") == "string" and "enum" not in inner and "format" not in inner


def _silent(stage: Stage, names: set[str], told: Any) -> None:
    text = repr(told)
    assert not [one for one in stage.planted if one in text], "it tells a sensitive value"
    assert not [one for one in names if f"'{one}':" in text], "it names a sensitive field"


async def _refusal(
    stage: Stage,
    action: Action,
    arguments: dict[str, Any],
    caller: Any,
    *,
    surface: Any = "console",
) -> dict[str, Any]:
    try:
        answer = await stage.run(
            action.name, arguments, caller, surface=surface, dry=not action.reads
        )
    except Problem as refused:
        return refused.body()
    raise AssertionError(f"{action.name} was not refused, it answered {answer.result}")
