"""Reserved arguments: the framework's own, taken out of a call before its input is validated."""

from typing import Any

from eyeot.declare.action import Action
from eyeot.declare.problem import invalid
from eyeot.runtime.guards.idempotency import key_of
from eyeot.runtime.request import NO_KEYS, Request

_TAKEN = frozenset({"dry_run", "idempotency_key", "plan_token", "expected_version"})


def take_reserved(request: Request, action: Action) -> tuple[dict[str, Any], int | None]:
    """The action's own arguments, and the version it expects; `dry_run` is noted on the request."""
    given = request.arguments
    if _TAKEN.isdisjoint(given) and request.keys is NO_KEYS:
        request.dry_run = request.dry_run and not action.reads
        return given, None
    key_of(request.keys, given.get("idempotency_key"), reads=action.reads)
    if given.get("plan_token") is not None and action.reads:
        raise invalid("plan_token", "means nothing for a read, which changes nothing")
    dry_run = given.get("dry_run", False)
    if not isinstance(dry_run, bool):
        raise invalid("dry_run", "must be true or false")
    request.dry_run = (request.dry_run or dry_run) and not action.reads
    expected = version_of(given)
    if expected is not None and action.reads:
        raise invalid("expected_version", "means nothing for a read, which changes nothing")
    return {name: value for name, value in given.items() if name not in _TAKEN}, expected


def version_of(given: dict[str, Any]) -> int | None:
    """The version that a call expects, if it says one."""
    expected = given.get("expected_version")
    if expected is None:
        return None
    if not isinstance(expected, int) or isinstance(expected, bool) or expected < 1:
        raise invalid("expected_version", "must be a version that was read, such as 3")
    return expected
