"""Browse: the installed modules, their resources and their actions, busiest first and bounded."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from eyeot.declare.access import Access
from eyeot.declare.action import Action
from eyeot.declare.problem import Problem, invalid
from eyeot.runtime.catalogue import Catalogue
from eyeot.surface.mcp.desk import Desk

_BUSIEST, _FEW_MODULES, _FEWER = 6, 15, 3
_RESOURCES = 20
"""Resources of a module whose verbs are told; the others are named."""
_PERSON = "console"


def allowed_in(catalogue: Catalogue, access: Access) -> list[Action]:
    """The actions a caller may be told of."""
    return [one for one in catalogue.callable_by(access) if one.surface != "operator"]


def door(action: Action) -> dict[str, str]:
    """What it takes, when a key may not: a person signed in to the console."""
    return {"requires": _PERSON} if action.surface == "human" else {}


def overview(desk: Desk, access: Access) -> dict[str, Any]:
    """The installed modules, and how much each does."""
    catalogue = desk.engine.catalogue
    allowed = allowed_in(catalogue, access)
    about = {plugin.name: plugin.doc for plugin in catalogue.plugins}
    most = _BUSIEST if len(modules(allowed)) <= _FEW_MODULES else _FEWER
    return {
        "actions": len(allowed),
        "modules": [
            {
                "module": module,
                "about": about.get(module, ""),
                "actions": len(actions),
                "reads": sum(one.reads for one in actions),
                "busiest": _ranked(catalogue, actions)[:most],
            }
            for module, actions in modules(allowed).items()
        ],
        "hint": "eyeot_help(query=…) finds an action by what you want done.",
    }


def modules(actions: Iterable[Action]) -> dict[str, list[Action]]:
    """Actions by module."""
    found: dict[str, list[Action]] = {}
    for action in actions:
        found.setdefault(action.module, []).append(action)
    return found


def _ranked(catalogue: Catalogue, actions: list[Action]) -> list[str]:
    """The resources most worked with: those that have tools, then those with most actions."""
    with_tool = {tool.action.rpartition(".")[0] for tool in catalogue.tools.values()}
    sizes = Counter(one.resource for one in actions)
    return sorted(sizes, key=lambda name: (name not in with_tool, -sizes[name], name))


def module(desk: Desk, access: Access, name: str) -> dict[str, Any]:
    """A module's resources, busiest first: their verbs, or of the last ones their names."""
    catalogue = desk.engine.catalogue
    actions = modules(allowed_in(catalogue, access)).get(name.lower())
    if not actions:
        raise _no_such(desk, access, name)
    about = {plugin.name: plugin.doc for plugin in catalogue.plugins}
    by_resource: dict[str, list[Action]] = {}
    for action in sorted(actions, key=_own_first):
        by_resource.setdefault(action.resource, []).append(action)
    ranked = _ranked(catalogue, actions)
    told = {
        "module": name.lower(),
        "about": about.get(name.lower(), ""),
        "actions": len(actions),
        "resources": [
            {"resource": one, "verbs": " ".join(action.verb for action in by_resource[one])}
            for one in ranked[:_RESOURCES]
        ],
        "more": ranked[_RESOURCES:],
        "hint": "eyeot_help(resource=…) lists one's actions; query with module= searches within.",
    }
    return {key: value for key, value in told.items() if value != []}


def _no_such(desk: Desk, access: Access, name: str) -> Problem:
    problem = desk.finder.unknown(f"{name.lower()}.", access)
    if problem.code == "module_not_installed":
        return problem
    allowed = ", ".join(modules(allowed_in(desk.engine.catalogue, access)))
    return invalid("module", f"'{name[:40]}' is not one of the modules you may use: {allowed}")


def resource(desk: Desk, access: Access, name: str) -> dict[str, Any]:
    """The actions of a resource, its own before the standard ones, and what its states lead to."""
    catalogue = desk.engine.catalogue
    allowed = allowed_in(catalogue, access)
    known = {one.resource for one in allowed}
    full = full_name(name, known)
    if full is None:
        raise desk.finder.unknown(f"{name}.", access)
    names = {one.name for one in allowed}
    told: dict[str, Any] = {"resource": full}
    declared = catalogue.resources.get(full)
    if declared is not None and declared.lifecycle is not None:
        told["states"] = {
            step.name: f"{' | '.join(step.sources)} → {step.to}"
            for step in declared.lifecycle.steps
            if f"{full}.{step.name}" in names
        }
    found = sorted((one for one in allowed if one.resource == full), key=_own_first)
    told["actions"] = [_line(one) for one in found]
    told["hint"] = "eyeot_help(action=…) tells all arguments, with an example."
    return told


def full_name(name: str, known: set[str]) -> str | None:
    """`customer`, `crm/customer` or `customers` for `crm.customer`, when only one can be meant."""
    if name in known:
        return name
    plain = name.lower().replace("/", ".").replace(" ", "_")
    meant = {plain, plain.removesuffix("s")}
    found = [one for one in known if one in meant or one.partition(".")[2] in meant]
    return found[0] if len(found) == 1 else None


def _own_first(action: Action) -> tuple[bool, str]:
    return action.kind == "generic", action.name


def _line(action: Action) -> dict[str, Any]:
    signature = _brief(action) if action.kind == "generic" else action.signature
    line = {"signature": signature, "summary": action.summary, "risk": action.risk}
    return line | door(action)


def _brief(action: Action) -> str:
    """Its required arguments: what else a standard verb takes is alike everywhere."""
    properties = action.input_schema["properties"]
    required = [one for one in properties if one in action.input_schema.get("required", ())]
    rest = [] if len(required) == len(properties) else ["…"]
    return f"{action.name}({', '.join([*required, *rest])})"
