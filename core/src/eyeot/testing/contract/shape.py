"""Shape: whether an answer is what its action declares, and nothing more."""

from typing import Any

from jsonschema import Draft202012Validator


def exact(schema: Any) -> Any:
    """The schema with every object that names its properties closed to others."""
    if isinstance(schema, list):
        return [exact(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {
        key: ({n: exact(one) for n, one in value.items()} if key == "properties" else exact(value))
        for key, value in schema.items()
    }
    if "properties" in made:
        made.setdefault("additionalProperties", False)
    return made


def mistakes(schema: dict[str, Any], answer: Any) -> list[str]:
    """Where an answer is not what the schema says; empty when it is."""
    found = Draft202012Validator(exact(schema)).iter_errors(answer)
    return [f"{'.'.join(str(part) for part in one.absolute_path)}: {one.message}" for one in found]


def leaves(value: Any) -> int:
    """How many values an answer holds."""
    if isinstance(value, dict):
        return sum(leaves(one) for one in value.values())
    if isinstance(value, list):
        return sum(leaves(one) for one in value)
    return 1
