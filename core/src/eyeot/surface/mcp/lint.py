"""Lint: the schemas every client and model vendor accepts (digest §6.4)."""

import re
from collections.abc import Iterator
from typing import Any

_TOOL_NAME = re.compile(r"[a-z][a-z0-9_]{2,39}")
_PROPERTY = re.compile(r"[a-z0-9_]{1,64}")
_FORMATS = frozenset({"date", "date-time", "email", "uri"})
_COMBINATORS = frozenset({"oneOf", "anyOf", "allOf", "not", "if", "then", "else", "enum"})
_REFUSED = frozenset(
    {
        "$ref",
        "$defs",
        "definitions",
        "$schema",
        "$id",
        "$anchor",
        "patternProperties",
        "const",
        "prefixItems",
        "allOf",
        "oneOf",
        "anyOf",
    }
)
_LONGEST_DESCRIPTION = 1000
_MOST_CHOICES = 100
_HINTS = frozenset({"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"})


def lint_tool(tool: dict[str, Any]) -> list[str]:
    """What some client would stumble over in a tool; empty when nothing."""
    return [f"{tool.get('name')}: {wrong}" for wrong in _tool(tool)]


def _tool(tool: dict[str, Any]) -> Iterator[str]:
    if not _TOOL_NAME.fullmatch(str(tool.get("name"))):
        yield "its name is not [a-z][a-z0-9_]{2,39}"
    if not tool.get("title"):
        yield "it has no title"
    if not 0 < len(tool.get("description", "")) < _LONGEST_DESCRIPTION:
        yield "its description is empty or too long"
    if set(tool.get("annotations", ())) < _HINTS:
        yield "it does not say all four hints"
    if "outputSchema" in tool:
        yield "it has an outputSchema"
    yield from lint_input(tool.get("inputSchema"))


def lint_input(schema: Any) -> Iterator[str]:
    """What is wrong with the root of an input schema, and below."""
    if not isinstance(schema, dict) or schema.get("type") != "object":
        yield "the root is not an object"
        return
    if bad := _COMBINATORS & schema.keys():
        yield f"the root has {', '.join(sorted(bad))}"
    if schema.get("additionalProperties") is not False:
        yield "the root does not close additionalProperties"
    if missing := set(schema.get("required", ())) - set(schema.get("properties", ())):
        yield f"required but not described: {', '.join(sorted(missing))}"
    yield from _inside(schema, "")


def _inside(schema: dict[str, Any], path: str) -> Iterator[str]:
    yield from (f"{path or 'root'} {wrong}" for wrong in _here(schema))
    for name, inner in schema.get("properties", {}).items():
        yield from _inside(inner, f"{path}.{name}".lstrip("."))
    if isinstance(schema.get("items"), dict):
        yield from _inside(schema["items"], f"{path}[]")


def _here(schema: dict[str, Any]) -> Iterator[str]:
    if bad := _REFUSED & schema.keys():
        yield f"has {', '.join(sorted(bad))}"
    if not isinstance(schema.get("type"), str):
        yield "has no single type"
    if schema.get("type") == "array" and not isinstance(schema.get("items"), dict):
        yield "does not say what its items are"
    if schema.get("format", "date") not in _FORMATS:
        yield f"has the format {schema['format']}"
    if len(schema.get("enum", ())) >= _MOST_CHOICES:
        yield "has too many choices"
    for name in schema.get("properties", ()):
        if not _PROPERTY.fullmatch(name):
            yield f"has the property {name!r}"
