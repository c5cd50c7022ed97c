"""Lint: the schemas every client and model vendor accepts (digest §6.4)."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

_TOOL_NAME = re.compile(r"[a-z][a-z0-9_]{2,39}")
_PROPERTY = re.compile(r"[a-z0-9_]{1,64}")
_FORMATS = frozenset({"date", "date-time", "email", "uri"})
_TYPES = frozenset({"object", "array", "string", "integer", "number", "boolean"})
_COMBINATORS = frozenset({"oneOf", "anyOf", "allOf", "not", "if", "then", "else", "enum"})
_ALIKE = """
type description properties required additionalProperties items enum format minLength maxLength pattern
minimum maximum minItems maxItems
"""
_KNOWN = frozenset(_ALIKE.split())
"""The keywords that all of them read alike; some refuse a schema with any other."""
_LOOKS = re.compile(r"\(\?|\\[1-9]")
"""Look-arounds and back-references, which some compilers of patterns lack."""
_LONGEST_DESCRIPTION = 1000
_MOST_CHOICES = 100
_MOST_TOOLS = 128
_DEEPEST = 6
_HINTS = frozenset({"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"})


def lint_tools(tools: Iterable[dict[str, Any]]) -> list[str]:
    """What some client would stumble over in a whole list; empty when nothing."""
    listed = list(tools)
    wrong = [one for tool in listed for one in lint_tool(tool)]
    if len(listed) >= _MOST_TOOLS:
        wrong.append(f"{len(listed)} tools are more than some clients take")
    names = Counter(str(tool.get("name")).lower() for tool in listed)
    wrong += [f"{name}: listed {count} times" for name, count in names.items() if count > 1]
    return wrong


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
    hints = tool.get("annotations", {})
    if set(hints) < _HINTS:
        yield "it does not say all four hints"
    if hints.get("readOnlyHint") and hints.get("destructiveHint"):
        yield "it says that it only reads and that it destroys"
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
    yield from _inside(schema, "", 0)


def lint_output(schema: Any) -> Iterator[str]:
    """What is wrong with the root of an answer's schema, and below; `{}` may stand for any value."""
    if not isinstance(schema, dict) or schema.get("type") != "object":
        yield "the root is not an object"
        return
    yield from _inside(schema, "", 0, any_value=True)


def _inside(
    schema: dict[str, Any], path: str, depth: int, *, any_value: bool = False
) -> Iterator[str]:
    if any_value and not schema.keys() - {"description"}:
        return
    if depth > _DEEPEST:
        yield f"{path} is nested deeper than {_DEEPEST} levels"
        return
    yield from (f"{path or 'root'} {wrong}" for wrong in _here(schema))
    for place, inner in _parts(schema, path):
        yield from _inside(inner, place, depth + 1, any_value=any_value)


def _parts(schema: dict[str, Any], path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, inner in schema.get("properties", {}).items():
        yield f"{path}.{name}".lstrip("."), inner
    if isinstance(schema.get("items"), dict):
        yield f"{path}[]", schema["items"]
    if isinstance(schema.get("additionalProperties"), dict):
        yield f"{path}.*", schema["additionalProperties"]


def _here(schema: dict[str, Any]) -> Iterator[str]:
    if bad := schema.keys() - _KNOWN:
        yield f"has {', '.join(sorted(bad))}"
    kind = schema.get("type")
    if not isinstance(kind, str) or kind not in _TYPES:
        yield "has no single type"
    if kind == "array" and not isinstance(schema.get("items"), dict):
        yield "does not say what its items are"
    if schema.get("format", "date") not in _FORMATS:
        yield f"has the format {schema['format']}"
    if _LOOKS.search(schema.get("pattern", "")):
        yield "has a pattern that not everybody can compile"
    if "enum" in schema:
        yield from _choices(schema["enum"])
    yield from _named(schema)


def _named(schema: dict[str, Any]) -> Iterator[str]:
    if missing := set(schema.get("required", ())) - set(schema.get("properties", ())):
        yield f"required but not described: {', '.join(sorted(missing))}"
    for name in schema.get("properties", ()):
        if not _PROPERTY.fullmatch(name):
            yield f"has the property {name!r}"


def _choices(enum: Any) -> Iterator[str]:
    if not enum or len(set(map(str, enum))) < len(enum):
        yield "has no choices, or one of them twice"
    if len(enum) >= _MOST_CHOICES:
        yield "has too many choices"
    if not all(isinstance(one, str) for one in enum):
        yield "has choices that are no texts"
