"""Help: what `eyeot_help` answers, to find, browse and describe actions."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from eyeot.declare.access import Access
from eyeot.declare.action import Action
from eyeot.declare.problem import Invalid, PermissionDenied, Problem, invalid
from eyeot.runtime.catalogue import Catalogue
from eyeot.surface.mcp.correct import placeholder, shown_example
from eyeot.surface.mcp.desk import Desk
from eyeot.surface.mcp.finder import Hit
from eyeot.surface.mcp.metatools import CALL, READ

_ARGUMENTS = ("query", "action", "module", "resource", "limit")
_ALIASES = {"q": "query", "search": "query", "text": "query", "question": "query", "name": "action"}
_USUAL, _MOST = 5, 20
_LONGEST = 2_000
_BUSIEST = 6
_PERSON = "needs a person; not offered over this connection"
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
    within = asked.get("resource") or asked.get("module") or ""
    if query := asked.get("query"):
        return _matches(desk, access, query, _limit(asked), within)
    if "resource" in asked:
        return _resource(desk, access, asked["resource"])
    if "module" in asked:
        return _module(desk, access, asked["module"])
    return _overview(desk, access)


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


def _is_short(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST


def _limit(asked: dict[str, Any]) -> int:
    value = asked.get("limit", _USUAL)
    if isinstance(value, str) and value.isdigit() and len(value) < _USUAL:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise invalid("limit", "must be a whole number from 1")
    return min(value, _MOST)


def _allowed(catalogue: Catalogue, access: Access) -> list[Action]:
    return [one for one in catalogue.callable_by(access) if one.surface != "operator"]


def _matches(desk: Desk, access: Access, query: str, limit: int, within: str) -> dict[str, Any]:
    hits = desk.finder.search(query[:400], access, limit, within)
    if hits:
        return {"matches": [_match(hit) for hit in hits]}
    modules = _modules(_allowed(desk.engine.catalogue, access))
    return {
        "matches": [],
        "nearest": list(modules),
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
    return found | _door(action)


def _door(action: Action) -> dict[str, str]:
    """That a person must do it, if an agent may not."""
    return {"requires": _PERSON} if action.surface == "human" else {}


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
        "tool": next((t.name for t in catalogue.tool_order if t.action == action.name), None),
    }
    return {key: value for key, value in told.items() if value not in (None, [], "")} | _door(
        action
    )


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


def _overview(desk: Desk, access: Access) -> dict[str, Any]:
    catalogue = desk.engine.catalogue
    allowed = _allowed(catalogue, access)
    about = {plugin.name: plugin.doc for plugin in catalogue.plugins}
    return {
        "actions": len(allowed),
        "modules": [
            {
                "module": module,
                "about": about.get(module, ""),
                "actions": len(actions),
                "reads": sum(one.reads for one in actions),
                "busiest": _busiest(catalogue, actions),
            }
            for module, actions in _modules(allowed).items()
        ],
        "hint": "eyeot_help(query=…) finds an action by what you want done.",
    }


def _modules(actions: Iterable[Action]) -> dict[str, list[Action]]:
    found: dict[str, list[Action]] = {}
    for action in actions:
        found.setdefault(action.module, []).append(action)
    return found


def _busiest(catalogue: Catalogue, actions: list[Action]) -> list[str]:
    """The resources most worked with: those that have tools, then those with most actions."""
    with_tool = {tool.action.rpartition(".")[0] for tool in catalogue.tools.values()}
    sizes = Counter(one.resource for one in actions)
    ranked = sorted(sizes, key=lambda name: (name not in with_tool, -sizes[name], name))
    return ranked[:_BUSIEST]


def _module(desk: Desk, access: Access, name: str) -> dict[str, Any]:
    catalogue = desk.engine.catalogue
    actions = _modules(_allowed(catalogue, access)).get(name.lower())
    if not actions:
        raise _no_such(desk, access, name)
    resources: dict[str, list[str]] = {}
    for action in actions:
        resources.setdefault(action.resource, []).append(action.verb)
    about = {plugin.name: plugin.doc for plugin in catalogue.plugins}
    return {
        "module": name.lower(),
        "about": about.get(name.lower(), ""),
        "actions": len(actions),
        "resources": [{"resource": one, "verbs": verbs} for one, verbs in resources.items()],
    }


def _no_such(desk: Desk, access: Access, name: str) -> Problem:
    problem = desk.finder.unknown(f"{name.lower()}.", access)
    if problem.code == "module_not_installed":
        return problem
    allowed = ", ".join(_modules(_allowed(desk.engine.catalogue, access)))
    return invalid("module", f"'{name[:40]}' is not one of the modules you may use: {allowed}")


def _resource(desk: Desk, access: Access, name: str) -> dict[str, Any]:
    catalogue = desk.engine.catalogue
    allowed = _allowed(catalogue, access)
    known = {one.resource for one in allowed}
    full = name if name in known else _full_name(name, known)
    if full is None:
        raise desk.finder.unknown(f"{name}.", access)
    names = {one.name for one in allowed}
    told: dict[str, Any] = {"resource": full}
    resource = catalogue.resources.get(full)
    if resource is not None and resource.lifecycle is not None:
        told["states"] = {
            step.name: f"{' | '.join(step.sources)} → {step.to}"
            for step in resource.lifecycle.steps
            if f"{full}.{step.name}" in names
        }
    told["actions"] = [_line(one) for one in allowed if one.resource == full]
    return told


def _full_name(name: str, known: set[str]) -> str | None:
    """`customer`, `crm/customer` or `customers` for `crm.customer`, when only one can be meant."""
    plain = name.lower().replace("/", ".").replace(" ", "_")
    meant = {plain, plain.removesuffix("s")}
    found = [one for one in known if one in meant or one.partition(".")[2] in meant]
    return found[0] if len(found) == 1 else None


def _line(action: Action) -> dict[str, Any]:
    line = {"signature": action.signature, "summary": action.summary, "risk": action.risk}
    return line | _door(action)
