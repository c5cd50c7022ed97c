"""Help: what `eyeot_help` answers, to find, browse and describe actions."""

from typing import Any

from eyeot.declare.access import Access
from eyeot.declare.action import Action
from eyeot.declare.problem import Invalid, PermissionDenied, invalid
from eyeot.runtime.catalogue import Catalogue
from eyeot.surface.mcp.bound import fits
from eyeot.surface.mcp.browse import (
    allowed_in,
    door,
    full_name,
    module,
    modules,
    overview,
    resource,
)
from eyeot.surface.mcp.correct import placeholder, shown_example
from eyeot.surface.mcp.desk import Desk
from eyeot.surface.mcp.finder import Hit
from eyeot.surface.mcp.metatools import CALL, READ
from eyeot.surface.wire import dumps

_ARGUMENTS = ("query", "action", "module", "resource", "limit")
_ALIASES = {"q": "query", "search": "query", "text": "query", "question": "query", "name": "action"}
_USUAL, _MOST = 5, 20
_LONGEST = 2_000
_FITS = 0.5
_WEAK = "None fits well. If no summary says what you want, use other words or browse the resource."
_PREVIEW = "dry_run: true runs it, tells every effect and changes nothing."
_JOB = "It may go on as a job: core.job.get with the job_id of the answer tells how far it is."
_RISKS = {
    "r": "reads",
    "w": "reversible write",
    "x": "irreversible or legally binding",
    "e": "leaves the system",
    "$": "commits or moves money",
}


def help_answer(desk: Desk, access: Access, given: dict[str, Any]) -> dict[str, Any]:
    """The answer of `eyeot_help`; the most precise argument decides."""
    asked = _understood(given)
    if name := asked.get("action"):
        return _description(desk, access, name)
    if query := asked.get("query"):
        return _matches(desk, access, query, _limit(asked), _within(desk, access, asked))
    if "resource" in asked:
        return resource(desk, access, asked["resource"])
    if "module" in asked:
        return module(desk, access, asked["module"])
    return overview(desk, access)


def _understood(given: dict[str, Any]) -> dict[str, Any]:
    asked = {_ALIASES.get(name, name): value for name, value in given.items() if value is not None}
    wrong = [
        {"path": name, "reason": f"is not one of {', '.join(_ARGUMENTS)}"}
        for name in asked
        if name not in _ARGUMENTS
    ] + [
        {"path": name, "reason": "must be a text, and not a long one"}
        for name in _ARGUMENTS[:4]
        if not _is_short(asked.get(name, ""))
    ]
    if wrong:
        raise Invalid(errors=wrong)
    return {
        n: one.strip() if isinstance(one, str) else one for n, one in asked.items() if one != ""
    }


def _within(desk: Desk, access: Access, asked: dict[str, Any]) -> str:
    """What a search keeps to."""
    if name := asked.get("resource"):
        known = {one.resource for one in allowed_in(desk.engine.catalogue, access)}
        return full_name(name, known) or name
    return str(asked.get("module", "")).lower()


def _is_short(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST


def _limit(asked: dict[str, Any]) -> int:
    value = asked.get("limit", _USUAL)
    if isinstance(value, str) and value.isdigit() and len(value) < _USUAL:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise invalid("limit", "must be a whole number from 1")
    return min(value, _MOST)


def _matches(desk: Desk, access: Access, query: str, limit: int, within: str) -> dict[str, Any]:
    hits = desk.finder.search(query[:400], access, limit, within)
    if hits:
        weak = {"hint": _WEAK} if hits[0].score < _FITS else {}
        return {"matches": [_match(hit) for hit in hits]} | weak
    return {
        "matches": [],
        "nearest": list(modules(allowed_in(desk.engine.catalogue, access))),
        "hint": "Nothing fits. Use other words, or browse one of the modules named in 'nearest'.",
    }


def _match(hit: Hit) -> dict[str, Any]:
    action = hit.action
    found = {
        "action": action.name,
        "summary": action.summary,
        "signature": action.signature,
        "risk": action.risk,
        "score": hit.score,
    }
    return found | door(action)


def _description(desk: Desk, access: Access, name: str) -> dict[str, Any]:
    catalogue = desk.engine.catalogue
    action = catalogue.actions.get(desk.finder.canonical(name) or "")
    if action is None or action.surface == "operator":
        raise desk.finder.unknown(name, access)
    if not catalogue.shows(action, access):
        raise PermissionDenied(action=action.name, permission=action.needs)
    told: dict[str, Any] = {
        "action": action.name,
        "summary": action.summary,
        "labels": action.labels,
        "risk": action.risk,
        "means": _RISKS[action.risk],
        "permission": "" if action.scope_free else action.needs,
        "input_schema": action.input_schema,
        "output_schema": action.output_schema,
        "example": None if action.surface == "human" else example(action),
        "next": _next(catalogue, access, action),
        "events": list(action.events),
        "preview": "" if action.reads else _PREVIEW,
        "job": _JOB if _begins_job(action) else "",
        "tool": next((t.name for t in catalogue.tool_order if t.action == action.name), None),
    }
    said = {key: value for key, value in told.items() if value not in (None, [], "")} | door(action)
    # What to send is needed to call it; what comes back, only by name.
    too_long = not fits(dumps(said), desk.settings.answer_limit)
    return {**said, "output_schema": _bare(action.output_schema)} if too_long else said


def _bare(schema: Any) -> Any:
    """A schema without what it says in words."""
    if isinstance(schema, list):
        return [_bare(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    # A property may be called 'description' too; its schema is no text.
    return {
        key: _bare(value)
        for key, value in schema.items()
        if key != "description" or not isinstance(value, str)
    }


def _begins_job(action: Action) -> bool:
    return not action.reads and "job_id" in action.output_schema.get("properties", {})


def example(action: Action) -> dict[str, Any]:
    """A call ready to copy: the declared example, or the required arguments to fill in."""
    properties: dict[str, Any] = action.input_schema["properties"]
    required = action.input_schema.get("required", ())
    arguments = shown_example(action)
    if arguments is None:
        arguments = {name: placeholder(name, properties[name]) for name in required}
    through = READ if action.reads else CALL
    return {"tool": through, "arguments": {"action": action.name, "arguments": arguments}}


def _next(catalogue: Catalogue, access: Access, action: Action) -> list[dict[str, str]]:
    found = (catalogue.actions.get(name) for name in action.next)
    return [
        {"action": one.name, "summary": one.summary}
        for one in found
        if one is not None and catalogue.shows(one, access)
    ]
