"""References: where a call of a batch stands for what an earlier call answered, `{"$ref": "1.id"}`."""

from collections.abc import Sequence
from typing import Any

from eyeot.declare.problem import invalid
from eyeot.runtime.guards.validate import DEEPEST

MARK = "$ref"
MOST_VALUES = 100_000
"""What one call's arguments may hold once its references are replaced."""
_LETTERS = 100
"""Of a text, that count as one value."""


def refers(value: Any) -> bool:
    """Whether a value holds a reference anywhere."""
    if isinstance(value, dict):
        return value.keys() == {MARK} or any(refers(one) for one in value.values())
    return isinstance(value, list) and any(refers(one) for one in value)


def check(value: Any, number: int, path: str = "", depth: int = 0) -> None:
    """Refuse a reference that no earlier call could answer; `number` is the call's own, from 1."""
    if depth > DEEPEST:
        raise invalid(path[:100], f"nested deeper than {DEEPEST} levels")
    if isinstance(value, dict) and value.keys() == {MARK}:
        _target(value[MARK], number, path)
    elif isinstance(value, dict):
        for name, one in value.items():
            check(one, number, f"{path}.{name}" if path else str(name), depth + 1)
    elif isinstance(value, list):
        for at, one in enumerate(value):
            check(one, number, f"{path}.{at}", depth + 1)


def bound(arguments: dict[str, Any]) -> None:
    """Refuse arguments that references have multiplied beyond what a call could bring."""
    left, count = [arguments], 0
    while left:
        value: Any = left.pop()
        count += 1 + (len(value) // _LETTERS if isinstance(value, str) else 0)
        if isinstance(value, dict):
            left += value.values()
        elif isinstance(value, list):
            left += value
        if count + len(left) > MOST_VALUES:
            raise invalid(
                "", "its references stand for too much; refer to fields, not to whole lists"
            )


def resolved(value: Any, results: Sequence[dict[str, Any]], path: str = "") -> Any:
    """The value, each reference replaced by what it stands for."""
    if isinstance(value, dict) and value.keys() == {MARK}:
        number, parts = _target(value[MARK], len(results) + 1, path)
        return _found(results[number - 1], number, parts, path)
    if isinstance(value, dict):
        return {
            name: resolved(one, results, f"{path}.{name}" if path else str(name))
            for name, one in value.items()
        }
    if isinstance(value, list):
        return [resolved(one, results, f"{path}.{at}") for at, one in enumerate(value)]
    return value


def _target(told: Any, number: int, path: str) -> tuple[int, list[str]]:
    head, *parts = told.split(".") if isinstance(told, str) else [""]
    if not head.isascii() or not head.isdigit() or not parts:
        raise invalid(path, "a reference is written '1.id': the call's number, then the field")
    if not 1 <= int(head) < number:
        before = f"calls 1 to {number - 1}" if number > 1 else "no call before this one"
        raise invalid(path, f"call {head} has not run by then; there are {before}")
    return int(head), parts


def _found(result: Any, number: int, parts: list[str], path: str) -> Any:
    for part in parts:
        if isinstance(result, dict) and part in result:
            result = result[part]
        elif isinstance(result, list) and part.isdigit() and int(part) < len(result):
            result = result[int(part)]
        else:
            raise invalid(path, f"call {number} answered no '{part}' there; it has {_told(result)}")
    return result


def _told(result: Any) -> str:
    if isinstance(result, dict):
        return ", ".join(sorted(result)) or "nothing"
    return f"{len(result)} items" if isinstance(result, list) else "a plain value"
