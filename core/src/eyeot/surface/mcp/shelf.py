"""Shelf: the tools a caller sees, as lean projections of actions, kept as bytes."""

import re
from typing import Any

from eyeot.declare.access import Access
from eyeot.declare.action import Action
from eyeot.declare.tool import Tool, annotations
from eyeot.runtime.catalogue import Catalogue
from eyeot.surface.mcp import metatools
from eyeot.surface.wire import dumps

_KEPT = ("type", "enum", "format")
_FORMATS = frozenset({"date", "date-time", "email", "uri"})
_LONGEST_TOLD = 70
_CACHED = 256
_WORD = re.compile(r"[a-z]+")
_EMPTY = "a an the its it of to in for is was or and by on this that which as id when who whom"
_EMPTY_WORDS = frozenset(_EMPTY.split())
_KNOWN = frozenset({"dry_run", "expected_version", "idempotency_key", "limit", "cursor"})
"""Arguments that mean the same everywhere; the server's instructions tell them once."""


class Shelf:
    """The tools of one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._listings: dict[str, bytes] = {}
        self._rendered: dict[str, bytes] = {}

    def listing(self, access: Access) -> bytes:
        """The members of a `tools/list` result: what this caller may use, in a fixed order."""
        found = self._listings.get(access.fingerprint)
        if found is None:
            found = self._list(access)
            if access.fingerprint:
                if len(self._listings) >= _CACHED:
                    del self._listings[next(iter(self._listings))]
                self._listings[access.fingerprint] = found
        return found

    def visible(self, access: Access) -> list[Tool]:
        """The readable tools this caller may use."""
        actions = self._catalogue.actions
        return [
            tool
            for tool in self._catalogue.tool_order
            if tool.action in actions and self._catalogue.shows(actions[tool.action], access)
        ]

    def _list(self, access: Access) -> bytes:
        own = [self._bytes(tool) for tool in self.visible(access)]
        return b'"tools":[%b]' % b",".join([*own, *_META])

    def _bytes(self, tool: Tool) -> bytes:
        if tool.name not in self._rendered:
            action = self._catalogue.actions[tool.action]
            self._rendered[tool.name] = dumps(described(tool, action))
        return self._rendered[tool.name]


_META = [dumps(tool) for tool in metatools.TOOLS]


def described(tool: Tool, action: Action) -> dict[str, Any]:
    """A tool as clients see it."""
    return {
        "name": tool.name,
        "title": tool.title,
        "description": tool.doc,
        "inputSchema": input_schema(tool, action),
        "annotations": annotations(action.risk),
    }


def input_schema(tool: Tool, action: Action) -> dict[str, Any]:
    """The arguments a tool shows: its own choice, the required ones, and the guards' on writes."""
    full = action.input_schema
    properties: dict[str, Any] = full["properties"]
    required = full.get("required", [])
    guards = () if action.reads else ("expected_version", "dry_run", "idempotency_key")
    names = dict.fromkeys([*tool.show, *required, *guards])
    shown = {n: _told(n, properties[n], tool.told or {}) for n in names if n in properties}
    schema: dict[str, Any] = {"type": "object"}
    if shown:
        schema["properties"] = shown
    if required:
        schema["required"] = list(required)
    return {**schema, "additionalProperties": False}


def _told(name: str, schema: dict[str, Any], told: dict[str, str]) -> dict[str, Any]:
    """A property in as few words as it can be understood by."""
    schema = _one_of(schema)
    lean = _lean(schema)
    words = told.get(name)
    if words is None and name not in _KNOWN and "enum" not in lean:
        words = _short(name, schema.get("description", ""))
    return {**lean, "description": words} if words else lean


def _lean(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema without words, and without the limits and patterns that the server checks anyway."""
    schema = _one_of(schema)
    lean = {key: schema[key] for key in _KEPT if key in schema}
    if lean.get("format") not in _FORMATS:
        lean.pop("format", None)
    if "properties" in schema:
        lean["properties"] = {n: _lean(one) for n, one in schema["properties"].items()}
        if schema.get("required"):
            lean["required"] = schema["required"]
    if lean.get("type") == "array":
        lean["items"] = _lean(schema.get("items") or {"type": "string"})
    return lean


def _one_of(schema: dict[str, Any]) -> dict[str, Any]:
    """Models and vendors stumble over alternatives; text is the one that holds them all."""
    choices = schema.get("anyOf") or schema.get("oneOf")
    if not choices:
        return schema
    text = next((one for one in choices if one.get("type") == "string"), choices[0])
    return {**text, "description": schema.get("description", text.get("description", ""))}


def _short(name: str, description: str) -> str:
    """The first sentence, if it says more than the name does."""
    first = description.split(". ", maxsplit=1)[0].rstrip(".")
    while len(first) > _LONGEST_TOLD and re.search(r"[,;:(]", first):
        first = re.split(r"\s*[,;:(][^,;:(]*$", first)[0]
    said = set(_WORD.findall(first.lower().replace("e-mail", "email"))) - _EMPTY_WORDS
    return "" if said <= set(_WORD.findall(name)) or not said else first
