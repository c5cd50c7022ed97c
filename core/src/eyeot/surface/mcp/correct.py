"""Corrections: the call as it was given, with words where something was refused or is missing."""

import re
from collections.abc import Collection, Mapping
from copy import deepcopy
from typing import Any

from pydantic import ValidationError
from rapidfuzz import fuzz, process

from eyeot.declare.access import Access
from eyeot.declare.action import RESERVED, Action
from eyeot.declare.problem import Invalid
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.guards.validate import unseen_by
from eyeot.surface.mcp.desk import Desk
from eyeot.surface.mcp.metatools import CALL, NAMES, READ
from eyeot.surface.mcp.order import Order

_ALIKE = 75
_CHOICES = 8
_FEWEST = 3
_LABEL = 80
_ID_OF = re.compile(r"Id of an? (\w+(?:\.\w+)*)")
_FORMATS = {
    "date": "<date, e.g. 2026-01-31>",
    "date-time": "<date and time, e.g. 2026-01-31T09:00:00Z>",
    "email": "<e-mail address>",
}
_TYPES = {"integer": "<integer>", "number": "<number>", "boolean": "<true or false>"}
_MONEY = '<amount, e.g. {"amount": "12.50", "currency": "EUR"}>'
_NONE: Mapping[str, str] = {}


def corrected(desk: Desk, order: Order, problem: Invalid, access: Access) -> dict[str, Any]:
    """`{"call": …}`: what was given and is right, and placeholders in words for the rest.

    Empty when the call itself has nothing to mend, or is not for this caller to know.
    """
    catalogue = desk.engine.catalogue
    action = catalogue.actions.get(order.action)
    if action is None or not catalogue.shows(action, access):
        return {}
    paths = [path.split(".") for one in problem.errors if (path := str(one.get("path", "")))]
    unseen = unseen_by(action, access.permissions)
    arguments = _arguments(action, order.arguments, paths, _kinds(catalogue, action), unseen)
    through = CALL if order.tool == READ and not action.reads else order.tool
    if arguments == order.arguments and through == order.tool:
        return {}
    if order.dry_run:
        arguments["dry_run"] = True
    if order.tool in NAMES:
        arguments = {"action": action.name, "arguments": arguments}
    return {"call": {"tool": through, "arguments": arguments}}


def _kinds(catalogue: Catalogue, action: Action) -> dict[str, str]:
    """The kind of record that each identifier names; rows have the identifiers of their own action."""
    row = catalogue.actions.get(action.name.replace(".bulk_", "."), action)
    return dict([*row.refs, *action.refs])


def _arguments(
    action: Action,
    given: dict[str, Any],
    paths: list[list[str]],
    kinds: Mapping[str, str],
    unseen: Collection[str],
) -> dict[str, Any]:
    shown = {n: one for n, one in action.input_schema["properties"].items() if n not in unseen}
    schema = {"properties": shown}
    refused = {path[0] for path in paths}
    kept = {n: v for n, v in given.items() if n in shown or (n in RESERVED and n not in refused)}
    right: dict[str, Any] = deepcopy(kept)
    renamed = _renamed(given, shown, kept)
    right.update(renamed)
    known = [path for path in paths if path[0] in shown and path[0] not in renamed]
    for path in [*known, *_unfit(action, right, renamed)]:
        right = _amended(right, schema, path, "", kinds)
    for name in action.input_schema.get("required", ()):
        if name in shown and name not in right:
            right[name] = placeholder(name, shown[name], kinds)
    return right


def _renamed(
    given: dict[str, Any], properties: dict[str, Any], kept: dict[str, Any]
) -> dict[str, Any]:
    """What was given under misspelt names, under the names they stand for."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        own = None if name in kept else _meant(name, properties, kept.keys() | found.keys())
        if own is not None:
            found[own] = deepcopy(value)
    return found


def _meant(name: str, properties: dict[str, Any], taken: Collection[str]) -> str | None:
    """The argument that a misspelt name stands for."""
    free = [one for one in properties if one not in taken]
    found = process.extractOne(name[:100], free, scorer=fuzz.WRatio, score_cutoff=_ALIKE)
    return found[0] if found else None


def _unfit(action: Action, arguments: dict[str, Any], names: Collection[str]) -> list[list[str]]:
    """Where the values under these names, which nobody has judged yet, would be refused."""
    if not names:
        return []
    own = {n: v for n, v in arguments.items() if n not in RESERVED - action.reserved}
    try:
        action.input.model_validate(own)
    except ValidationError as error:
        told = [[str(part) for part in one["loc"]] for one in error.errors(include_url=False)]
        return [path for path in told if path and path[0] in names]
    return []


def _amended(
    value: Any, schema: dict[str, Any], path: list[str], name: str, kinds: Mapping[str, str]
) -> Any:
    """The value with a placeholder where the path leads; the deepest place that it has."""
    if not path:
        return placeholder(name, schema, kinds)
    head, *rest = path
    if isinstance(value, list) and head.isdecimal() and int(head) < len(value):
        row = value[int(head)]
        # A row refused as a whole (a conflict, say) is told no field to mend.
        if rest or name != "items" or not isinstance(row, dict):
            value[int(head)] = _amended(row, schema.get("items", {}), rest, name, kinds)
        return value
    if not isinstance(value, dict):
        return placeholder(name, schema, kinds)
    properties = schema.get("properties")
    if properties is None:
        return _amended_freely(value, schema, path, name, kinds)
    if head in properties:
        value[head] = _amended(value.get(head), properties[head], rest, head, kinds)
    else:
        _respell(value, head, properties)
    return value


def _respell(value: dict[str, Any], name: str, properties: dict[str, Any]) -> None:
    """Put what stands under an unknown name where it was meant, or leave it out."""
    taken = {one for one, held in value.items() if not _is_placeholder(held)}
    own = _meant(name, properties, taken) if name in value else None
    inner = value.pop(name, None)
    if own is not None:
        value[own] = inner


def _amended_freely(
    value: dict[str, Any],
    schema: dict[str, Any],
    path: list[str],
    name: str,
    kinds: Mapping[str, str],
) -> Any:
    """The same of an object whose names are free, and may have dots."""
    each = schema.get("additionalProperties")
    for one, inner in value.items():
        parts = one.split(".")
        if path[: len(parts)] == parts:
            schema = each if isinstance(each, dict) else {}
            value[one] = _amended(inner, schema, path[len(parts) :], one, kinds)
            return value
    return placeholder(name, schema, kinds)


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


def placeholder(name: str, schema: dict[str, Any], kinds: Mapping[str, str] = _NONE) -> Any:
    """What stands for a value that nobody gave: words in `<…>`, never a value that could be meant.

    Lists hold the fewest there may be, objects one for each required field. `kinds`: the records
    identifiers name.
    """
    if schema.get("type") == "array":
        one = placeholder(name, schema.get("items", {}), kinds)
        return [one] * max(1, min(schema.get("minItems", 1), _FEWEST))
    properties = schema.get("properties", {})
    if properties.keys() == {"amount", "currency"}:
        return _MONEY
    if required := schema.get("required", ()):
        return {one: placeholder(one, properties[one], kinds) for one in required}
    if properties:
        return f"<object with any of: {_listed(properties)}>"
    return _told_in_words(name, schema, kinds)


def _told_in_words(name: str, schema: dict[str, Any], kinds: Mapping[str, str]) -> str:
    if schema.get("enum"):
        return f"<one of: {_listed(schema['enum'])}>"
    for key, words in (("format", _FORMATS), ("type", _TYPES)):
        if found := words.get(schema.get(key, "")):
            return found
    told = schema.get("description", "")
    if told.startswith("Decimal number"):
        return "<decimal number, e.g. 12.50>"
    named = _ID_OF.match(told)
    if kind := named[1] if named else kinds.get(name):
        return f"<id of a {kind}>"
    label = told.partition(". ")[0].rstrip(".")[:_LABEL] or name
    return f"<id: {label}>" if name.endswith("_id") else f"<{label}>"


def _is_placeholder(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("<")


def _listed(choices: Collection[Any]) -> str:
    first = [str(one) for one in choices][:_CHOICES]
    return ", ".join([*first, "…"] if len(choices) > _CHOICES else first)
