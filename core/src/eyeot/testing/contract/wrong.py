"""Wrong: values that an argument's schema does not admit."""

from collections.abc import Iterator
from typing import Any

_NOBODY = "nobody would write this"


def kinds(schema: dict[str, Any]) -> set[str]:
    """The JSON types that a schema admits; none when it admits everything."""
    if "type" in schema:
        told = schema["type"]
        return {told} if isinstance(told, str) else set(told)
    parts = [one for key in ("anyOf", "oneOf") for one in schema.get(key, ())]
    return {kind for one in parts for kind in kinds(one)}


def of_another_type(schema: dict[str, Any]) -> Any:
    """A value of a type that the schema does not admit."""
    admitted = kinds(schema)
    if "object" not in admitted:
        return {"wrong": True}
    return "wrong" if "string" not in admitted else 3.5


def nearly_right(schema: dict[str, Any]) -> Iterator[Any]:
    """Values of the right type that the schema's limits exclude, at most one."""
    if "enum" in schema:
        yield _NOBODY
    elif "maxLength" in schema:
        yield "x" * (schema["maxLength"] + 1)
    elif schema.get("format") in ("date", "date-time", "email"):
        yield _NOBODY
    elif "maximum" in schema:
        yield schema["maximum"] + 1
    elif "minimum" in schema:
        yield schema["minimum"] - 1
    elif "maxItems" in schema and "items" in schema:
        yield [None] * (schema["maxItems"] + 1)
