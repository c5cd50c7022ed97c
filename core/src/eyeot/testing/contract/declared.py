"""Declared: what an action says of itself, and whether it takes nothing else."""

from typing import Any

from eyeot.declare.action import Action
from eyeot.declare.problem import Invalid, Problem
from eyeot.testing.contract.requirement import runnable
from eyeot.testing.contract.stage import Stage
from eyeot.testing.contract.wrong import kinds, nearly_right, of_another_type

_AT_ONCE = 40
"""Wrong arguments of one call; every one of them is named in its refusal."""
_LONGEST_SUMMARY = 400


async def declared(stage: Stage, action: Action) -> None:
    """Labels, synonyms, summary, closed and typed schemas, known events, an example."""
    for language in ("en", "fr"):
        assert action.labels[language], f"{action.name} has no label in {language}"
    assert 0 < len(action.summary) <= _LONGEST_SUMMARY
    assert action.input_schema["additionalProperties"] is False, "unknown arguments must be refused"
    for name, schema in action.input_schema["properties"].items():
        assert kinds(schema) or "enum" in schema, f"{name} has no type"
    assert action.output_schema.get("type") == "object", "the answer is not typed"
    assert action.output_schema.get("properties"), "the answer names no field"
    known = stage.engine.catalogue.events.keys() | _record_events(stage)
    assert set(action.events) <= known, "it declares an event that nothing tells"
    assert action.examples or not runnable(action), "callers are shown how to call it"


def _record_events(stage: Stage) -> set[str]:
    every = (r.meta.name for p in stage.engine.catalogue.plugins for r in p.records())
    return {f"{name}.{what}" for name in every for what in ("created", "updated", "deleted")}


_RESERVED = {
    "dry_run": "yes",
    "expected_version": "yes",
    "idempotency_key": "yes",
    "plan_token": 7,
}
"""The framework's own arguments with a wrong value each: they are judged before the others."""


async def typed(stage: Stage, action: Action) -> None:
    """Every argument refuses a value of another type, and those its limits exclude."""
    schemas = {
        name: schema
        for name, schema in action.input_schema["properties"].items()
        if name not in _RESERVED
    }
    await _all_refused(stage, action, {n: of_another_type(one) for n, one in schemas.items()})
    limits = {n: next(nearly_right(one), None) for n, one in schemas.items()}
    await _all_refused(stage, action, {n: one for n, one in limits.items() if one is not None})
    await _all_refused(stage, action, {"no_such_argument": 1})
    for name, wrong in _RESERVED.items():
        if name in action.input_schema["properties"]:
            await _all_refused(stage, action, {name: wrong})
    if needed := action.input_schema.get("required"):
        assert set(needed) <= await _named(stage, action, {}), "a required argument may be left out"


async def _all_refused(stage: Stage, action: Action, wrong: dict[str, Any]) -> None:
    names = list(wrong)
    for at in range(0, len(names), _AT_ONCE):
        some = {name: wrong[name] for name in names[at : at + _AT_ONCE]}
        missed = some.keys() - await _named(stage, action, some)
        assert not missed, f"accepted: { {name: some[name] for name in missed} }"


async def _named(stage: Stage, action: Action, arguments: dict[str, Any]) -> set[str]:
    """The arguments that a refusal names."""
    caller = stage.caller(via="cli") if action.surface == "operator" else None
    try:
        await stage.run(action.name, arguments, caller, dry=not action.reads)
    except Invalid as refused:
        return {str(one["path"]).partition(".")[0] for one in refused.errors}
    except Problem as refused:
        raise AssertionError(f"refused as {refused.code}, not as invalid") from refused
    raise AssertionError(f"accepted {arguments}")
