"""Repair: arguments that can only mean one thing, put as the action takes them; the rest is left."""

import re
from collections.abc import Callable, Collection, Iterator
from typing import Any

import orjson
from pydantic import ValidationError

from eyeot.declare.action import RESERVED, Action
from eyeot.runtime.references import refers
from eyeot.surface.mcp.lexicon import VERB, meanings
from eyeot.surface.mcp.values import NOTHING, meant, plain

_SHOWN = 60
_IDENTIFIERS = ("record_id", "uuid", "identifier", "object_id", "identifiant", "ids", "key")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_AMOUNT = re.compile(r"-?\d+(\.\d+)?")
_TYPES: dict[str, type] = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "object": dict,
}
Fits = Callable[[Any], bool]


class Repairs:
    """What was learnt of each action's arguments, so that a call in order costs a glance."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, Fits]] = {}

    def in_order(self, action: Action, arguments: dict[str, Any]) -> bool:
        """Whether every argument is known and of the type it is told to have."""
        fits = self._known.get(action.name)
        if fits is None:
            properties = action.input_schema["properties"]
            fits = {name: _fitting(schema) for name, schema in properties.items()}
            self._known[action.name] = fits
        return all(name in fits and fits[name](value) for name, value in arguments.items())


def _fitting(schema: dict[str, Any]) -> Fits:
    if schema.get("enum"):
        return lambda value: value in schema["enum"]
    if schema.get("format") == "date":
        return lambda value: isinstance(value, str) and _DAY.fullmatch(value) is not None
    if schema.get("format") == "date-time":
        return lambda value: isinstance(value, str) and value[4:5] == "-"
    if schema.get("description", "").startswith("Decimal number"):
        return lambda value: isinstance(value, str) and _AMOUNT.fullmatch(value) is not None
    if schema.get("type") == "number":
        return lambda value: type(value) in (int, float)
    if schema.get("type") == "array":
        each = _fitting(schema["items"]) if schema.get("items") else _anything
        return lambda value: type(value) is list and all(map(each, value))
    if "properties" in schema:
        inside = {name: _fitting(one) for name, one in schema["properties"].items()}
        return lambda value: (
            type(value) is dict
            and all(name in inside and inside[name](one) for name, one in value.items())
        )
    kind = _TYPES.get(schema.get("type", ""))
    return lambda value: kind is None or type(value) is kind


def _anything(_: Any) -> bool:
    return True


def repaired(
    action: Action, given: dict[str, Any], unseen: Collection[str] = ()
) -> tuple[dict[str, Any], list[str]]:
    """The arguments, with what was wrong and could be put right; and what was put right.

    `unseen`: arguments that do not exist for this caller, which nothing is taken for.
    """
    wrong = _wrong(action, given)
    if not wrong:
        return given, []
    properties = {
        name: schema
        for name, schema in action.input_schema["properties"].items()
        if name not in unseen
    }
    found, notes = _renamed(action, given, properties)
    wrong = _wrong(action, found)
    for name in [one for one in found if one in wrong and one in properties]:
        made = meant(found[name], properties[name])
        if made is NOTHING or name in _wrong(action, {**found, name: made}):
            continue
        notes[name] = f"'{name}' was taken for {_told(made)}, given as {_told(found[name])}."
        found[name] = made
    return found, list(notes.values())


def _wrong(action: Action, given: dict[str, Any]) -> set[str]:
    """The arguments that the action does not take as they are, and those that are missing."""
    own = {name: value for name, value in given.items() if name not in RESERVED - action.reserved}
    held = {name for name, value in own.items() if refers(value)}
    try:
        action.input.model_validate(own)
    except ValidationError as error:
        wrong = {str(one["loc"][0]) for one in error.errors(include_url=False) if one["loc"]}
    else:
        wrong = set()
    version = given.get("expected_version")
    if isinstance(version, str):
        wrong.add("expected_version")
    return wrong - held


def _renamed(
    action: Action, given: dict[str, Any], properties: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Arguments under their own names, where another name can only mean one of them."""
    found = {name: value for name, value in given.items() if name in properties}
    notes: dict[str, str] = {}
    for name, value in given.items():
        if name in properties:
            continue
        choices = {one for one in _named(action, name, properties) if one in properties}
        own = choices.pop() if len(choices) == 1 else None
        if own is None or (own in found and found[own] != value):
            found[name] = value
            continue
        found[own] = value
        notes[own] = f"'{name}' was taken for '{own}'."
    return found, notes


def _named(action: Action, name: str, properties: dict[str, Any]) -> Iterator[str]:
    """What another name may stand for; the first kind of likeness that fits decides."""
    said = plain(name)
    alike = [one for one in properties if plain(one) == said]
    if alike:
        yield from alike
        return
    noun = action.resource.rpartition(".")[2]
    if said == "version" and "expected_version" in properties:
        yield "expected_version"
        return
    if "id" in properties and said in (*_IDENTIFIERS, noun, f"{noun}_id", plain(action.resource)):
        yield "id"
        return
    for other in (f"{said}_id", f"{said}s", said.removesuffix("s"), f"{said.removesuffix('s')}_in"):
        if other in properties and other != said:
            yield other
    if not any(other in properties for other in (f"{said}_id", f"{said}s", said.removesuffix("s"))):
        yield from _translated(said, properties)


def _translated(said: str, properties: dict[str, Any]) -> Iterator[str]:
    """The arguments whose name means the same in the other language, word by word."""
    words = [_meaning(word) for word in said.split("_")]
    if not all(words):
        return
    for name in properties:
        others = [_meaning(word) for word in name.split("_")]
        if len(others) == len(words) and all(map(_meet, words, others)):
            yield name


def _meaning(word: str) -> set[str]:
    return {one for one in meanings(word) if one[0] != VERB}


def _meet(one: set[str], other: set[str]) -> bool:
    return not one.isdisjoint(other)


def _told(value: Any) -> str:
    """A value in a note, short: the caller knows what it sent."""
    text = orjson.dumps(value, default=str).decode()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
