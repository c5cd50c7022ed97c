"""Arguments: from a body or a query to what an action is called with."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.datastructures import Headers

from eyeot.declare.action import Action
from eyeot.declare.problem import Invalid
from eyeot.runtime.guards.validate import DEEPEST
from eyeot.runtime.request import Keys
from eyeot.surface.rest.problems import Malformed, UnsupportedMediaType
from eyeot.surface.wire import too_deep

_MOST_PARAMETERS = 1000
_MOST_TOLD = 20
_BESIDE = ("calls", "dry_run", "idempotency_key", "plan_token")
_SCALARS = frozenset({"string", "integer", "number", "boolean"})


def check_form(headers: Headers) -> None:
    """JSON in UTF-8, not compressed."""
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType(reason="A body with a Content-Encoding is not read.")
    kind, _, options = headers.get("content-type", "").lower().partition(";")
    if kind.strip() != "application/json":
        raise UnsupportedMediaType(reason=f"The body is '{kind.strip()[:80]}', not JSON.")
    _, _, charset = options.partition("charset=")
    if charset and charset.strip(' "').partition(";")[0] not in ("utf-8", "utf8"):
        raise UnsupportedMediaType(reason="The body is not in UTF-8.")


def from_body(raw: bytes) -> dict[str, Any]:
    """The JSON object of a body; no body is no argument."""
    if not raw:
        return {}
    try:
        # Refuses invalid UTF-8 and lone surrogates too.
        found = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Malformed(reason=f"it is not JSON, at character {error.pos + 1}") from None
    if not isinstance(found, dict):
        raise Malformed(reason="it is JSON, but not an object")
    # Each level takes a bracket, so that few brackets need no walk.
    if raw.count(b"[") + raw.count(b"{") > DEEPEST and too_deep(found, DEEPEST):
        raise Malformed(
            reason=f"it is nested deeper than {DEEPEST} levels",
            remedy="Send the arguments as the action's schema shows them.",
        )
    return found


@dataclass(frozen=True, slots=True)
class Calls:
    """Several calls of one request: names and arguments, in order."""

    calls: list[tuple[str, dict[str, Any]]]
    dry_run: bool
    keys: Keys


def batch_of(given: dict[str, Any]) -> Calls:
    """The calls of `{"calls": [{"action": …, "arguments": {…}}], "dry_run"?, …}`."""
    errors = [
        {"path": name, "reason": f"unknown; known: {', '.join(_BESIDE)}"}
        for name in given.keys() - set(_BESIDE)
    ]
    if not isinstance(given.get("dry_run", False), bool):
        errors.append({"path": "dry_run", "reason": "must be true or false"})
    calls = given.get("calls")
    if not isinstance(calls, list) or not calls:
        errors.append({"path": "calls", "reason": "must be a list of calls"})
        calls = []
    for at, one in enumerate(calls):
        if not isinstance(one, dict) or not isinstance(one.get("action"), str):
            errors.append({"path": f"calls.{at}", "reason": "must be {action, arguments}"})
        elif not isinstance(one.get("arguments", {}), dict) or one.keys() - {"action", "arguments"}:
            errors.append({"path": f"calls.{at}", "reason": "takes an action and an object"})
    if errors:
        raise Invalid(errors=errors[:_MOST_TOLD])
    named = [(one["action"], one.get("arguments", {})) for one in calls]
    keys = Keys(idempotency_key=given.get("idempotency_key"), plan_token=given.get("plan_token"))
    return Calls(named, given.get("dry_run", False), keys)


def from_query(action: Action | None, query: bytes) -> dict[str, Any]:
    """The arguments of a query: lists repeated or comma separated, the rest as text."""
    known = action.input_schema["properties"] if action else {}
    given: dict[str, list[str]] = {}
    for name, value in _pairs(query):
        given.setdefault(name, []).append(value)
    wrong = [problem for name, values in given.items() for problem in _wrong(known, name, values)]
    if wrong:
        raise Invalid(errors=wrong[:_MOST_TOLD])
    found: dict[str, Any] = {
        name: _listed(values) if _is_list(known.get(name)) else values[0]
        for name, values in given.items()
    }
    if (dry_run := found.get("dry_run")) in ("true", "false"):
        found["dry_run"] = dry_run == "true"
    return found


def _pairs(query: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            query.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
    except UnicodeDecodeError:
        reason = "its query is not UTF-8, percent-encoded"
    except ValueError:
        reason = f"its query holds more than {_MOST_PARAMETERS} parameters"
    raise Malformed(reason=reason, remedy="Send the arguments in the body of a POST.")


def _is_list(schema: dict[str, Any] | None) -> bool:
    return schema is not None and schema.get("type") == "array"


def _listed(values: list[str]) -> list[str]:
    """A list's items; an item that holds a comma is sent as one of several, or in a POST."""
    if len(values) > 1:
        return values
    return [one for one in values[0].split(",") if one]


def _wrong(
    known: dict[str, dict[str, Any]], name: str, values: list[str]
) -> Iterator[dict[str, str]]:
    schema = known.get(name)
    if schema is not None and not fits_query(schema):
        yield {"path": name, "reason": "does not fit a query; send it in the body of a POST"}
    elif len(values) > 1 and not _is_list(schema):
        yield {"path": name, "reason": "given more than once; it takes one value"}


def asked_by_query(action: Action) -> bool:
    """Whether all that a read must be given can be written in a query."""
    known = action.input_schema["properties"]
    required = action.input_schema.get("required", ())
    return action.reads and all(fits_query(known[name]) for name in required)


def fits_query(schema: dict[str, Any]) -> bool:
    """Whether an argument can be written as text: a single value, or a list of them."""
    inner = schema.get("items", {}) if _is_list(schema) else schema
    return inner.get("type", "string") in _SCALARS and "anyOf" not in inner
