"""Corrections: the call as it would have been accepted, ready to copy."""

import re
from typing import Any

from rapidfuzz import fuzz, process

from eyeot.declare.action import Action
from eyeot.declare.problem import Invalid
from eyeot.surface.mcp.desk import Desk
from eyeot.surface.mcp.metatools import CALL, NAMES, READ
from eyeot.surface.mcp.order import Order

_ALIKE = 75
_ID_OF = re.compile(r"I(d of an? [\w.]+)")
_FORMATS = {"date": "2026-01-31", "date-time": "2026-01-31T09:00:00Z"}
_EMPTY: dict[str, Any] = {
    "integer": 1,
    "number": 1,
    "boolean": True,
    "array": [],
    "object": {},
}


def corrected(desk: Desk, order: Order, problem: Invalid) -> dict[str, Any]:
    """`{"call": …}`: what was given and is right, the rest as the action's example has it."""
    action = desk.engine.catalogue.actions.get(order.action)
    if action is None:
        return {}
    wrong = {str(one.get("path", "")).split(".")[0] for one in problem.errors}
    arguments = _arguments(action, order.arguments, wrong)
    if order.tool not in NAMES:
        return {"call": {"tool": order.tool, "arguments": arguments}}
    tool = CALL if order.tool == READ and not action.reads else order.tool
    return {"call": {"tool": tool, "arguments": {"action": action.name, "arguments": arguments}}}


def _arguments(action: Action, given: dict[str, Any], wrong: set[str]) -> dict[str, Any]:
    properties: dict[str, Any] = action.input_schema["properties"]
    example = shown_example(action) or {}
    right: dict[str, Any] = {}
    for name, value in given.items():
        meant = name if name in properties else _meant(name, properties, given)
        if meant is not None and not (name in properties and name in wrong):
            right[meant] = value
    required = action.input_schema.get("required", ())
    needed = [n for n in properties if n in required or n in wrong]
    missing = {n: example.get(n, placeholder(n, properties[n])) for n in needed if n not in right}
    return {**right, **missing}


def _meant(name: str, properties: dict[str, Any], given: dict[str, Any]) -> str | None:
    """The argument that a misspelt name stands for."""
    free = [one for one in properties if one not in given]
    found = process.extractOne(name[:100], free, scorer=fuzz.WRatio, score_cutoff=_ALIKE)
    return found[0] if found else None


def shown_example(action: Action) -> dict[str, Any] | None:
    """The declared example; `$crm.lead`, which only tests can resolve, is told in words."""
    return {n: _told(value) for n, value in action.examples[0].items()} if action.examples else None


def _told(value: Any) -> Any:
    if isinstance(value, list):
        return [_told(one) for one in value]
    if isinstance(value, dict):
        return {name: _told(one) for name, one in value.items()}
    if isinstance(value, str) and value.startswith("$") and "." in value:
        kind, many = value.lstrip("$*").partition("?")[0], value.startswith("$*")
        return [f"<id of a {kind}>"] if many else f"<id of a {kind}>"
    return value


def placeholder(name: str, schema: dict[str, Any]) -> Any:
    """Something of the right type to put in an example."""
    if schema.get("enum"):
        return schema["enum"][0]
    if schema.get("properties"):
        required = schema.get("required", ())
        return {one: placeholder(one, schema["properties"][one]) for one in required}
    told = schema.get("description", "")
    if told.startswith("Decimal number"):
        return "1200.50"
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    kind = schema.get("type", "string")
    if kind in _EMPTY:
        return schema.get("minimum", _EMPTY[kind])
    found = _ID_OF.match(told)
    return f"<i{found[1]}>" if found else f"<{schema.get('format', name)}>"
