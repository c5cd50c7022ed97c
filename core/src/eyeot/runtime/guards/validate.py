"""Validation: from untyped arguments to a handler's input, every wrong field told at once."""

from datetime import UTC, datetime, time
from difflib import get_close_matches
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from eyeot.declare.access import Reach
from eyeot.declare.action import Action
from eyeot.declare.problem import Invalid, invalid
from eyeot.declare.standard.conditions import named
from eyeot.storage.view import hidden

DEEPEST = 32
MOST_ERRORS = 50
_UNKNOWN = "unknown argument"


def validate(action: Action, arguments: dict[str, Any], permissions: dict[str, Reach]) -> BaseModel:
    """The typed input, or `Invalid` with every wrong field; what the caller may not know of is unknown."""
    if unstorable := list(islice(_unstorable(arguments, "", 0), MOST_ERRORS)):
        raise Invalid(errors=unstorable)
    unseen = unseen_by(action, permissions)
    beyond = [] if unseen.isdisjoint(arguments) else [name for name in arguments if name in unseen]
    seen = {n: v for n, v in arguments.items() if n not in unseen} if beyond else arguments
    wrong: list[Any] = []
    try:
        data = action.input.model_validate(seen)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_context=False)[:MOST_ERRORS]
        if beyond:
            # What all arguments together lack may be what was left out here.
            wrong = [one for one in wrong if one["loc"]]
    if not wrong and not beyond:
        return data
    known = sorted(action.input.model_fields.keys() - unseen)
    errors = [*(_unknown(name, known) for name in beyond), *(_told(one, known) for one in wrong)]
    # Once for all of them, and not in the reasons, which the message repeats.
    lost = any(one["reason"] == _UNKNOWN for one in errors)
    listed = f" Known arguments: {', '.join(known[:30])}." if lost else ""
    raise Invalid(
        errors=errors,
        remedy=f"Correct what 'errors' lists; eyeot_help(action='{action.name}') shows the schema."
        + listed,
    )


def in_zone(data: BaseModel, zone: str) -> None:
    """Take a time without a zone for the organisation's, and every time to UTC.

    A day alone as the end of a period takes in that day.
    """
    for name in data.model_fields_set:
        value = data.__dict__.get(name)
        if not isinstance(value, datetime):
            continue
        if value.tzinfo is None:
            ends = name.endswith("_to") and value.time() == time.min
            local = datetime.combine(value, time.max) if ends else value
            value = local.replace(tzinfo=ZoneInfo(zone))
        try:
            data.__dict__[name] = value.astimezone(UTC)
        except OverflowError:
            raise invalid(name, "lies outside the calendar") from None


def unseen_by(action: Action, permissions: dict[str, Reach]) -> frozenset[str]:
    """The arguments of a standard verb for fields that do not exist for the caller."""
    if action.kind != "generic" or action.record is None:
        return frozenset()
    fields = hidden(action.record, permissions)
    return named(fields) if fields else fields


def _unstorable(value: Any, path: str, depth: int) -> Any:
    """What PostgreSQL or a reader could not take: NUL, lone surrogates, endless nesting."""
    if depth > DEEPEST:
        yield {"path": path[:100], "reason": f"nested deeper than {DEEPEST} levels"}
    elif isinstance(value, str):
        if "\x00" in value or (not value.isascii() and _lone_surrogate(value)):
            yield {
                "path": path,
                "reason": "holds a character that text cannot hold (NUL or a lone surrogate)",
            }
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _unstorable(str(name), path, depth)
            yield from _unstorable(one, f"{path}.{name}" if path else str(name), depth + 1)
    elif isinstance(value, list):
        for at, one in enumerate(value):
            yield from _unstorable(one, f"{path}.{at}", depth + 1)


def _lone_surrogate(text: str) -> bool:
    return any("\ud800" <= sign <= "\udfff" for sign in text)


def _told(error: Any, known: list[str]) -> dict[str, Any]:
    path = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden" and len(error["loc"]) == 1:
        return _unknown(path, known)
    return {"path": path, "reason": error["msg"]}


def _unknown(path: str, known: list[str]) -> dict[str, Any]:
    near = get_close_matches(path, known, n=1)
    return {"path": path, "reason": f"{_UNKNOWN}; did you mean '{near[0]}'?" if near else _UNKNOWN}
