"""Orders: the action behind a tool call, with what models commonly get wrong put right."""

from dataclasses import dataclass, field
from typing import Any

import orjson

from eyeot.declare.access import Access
from eyeot.declare.problem import Problem, invalid
from eyeot.runtime.batch import MOST_CALLS
from eyeot.runtime.guards.validate import unseen_by
from eyeot.surface.mcp.desk import Desk
from eyeot.surface.mcp.envelope import DEEPEST
from eyeot.surface.mcp.finder import LONGEST_NAME
from eyeot.surface.mcp.metatools import CALL, NAMES, READ
from eyeot.surface.mcp.repair import repaired
from eyeot.surface.wire import too_deep

_ACTION_ALIASES = ("action", "action_name", "tool", "tool_name", "name")
_ARGUMENT_ALIASES = ("arguments", "args", "params", "parameters", "input", "tool_input")


@dataclass(slots=True)
class Order:
    """What a tool call comes down to: an action and its arguments."""

    tool: str
    action: str
    arguments: dict[str, Any]
    repairs: list[str] = field(default_factory=list)
    """What was put right in them."""
    dry_run: bool = False
    """Whether a preview was asked for, which is no argument of the action."""


@dataclass(eq=False, kw_only=True)
class UnknownTool(Problem, code="not_found"):
    """No tool has that name."""

    status = 404
    message = "There is no tool '{tool}'. {suggestion}"
    hint = "tools/list shows the tools; eyeot_help(query=…) finds every other action."
    tool: str
    suggestion: str = ""
    nearest: list[str] | None = None
    call: dict[str, Any] | None = None


def order_of(desk: Desk, name: str, arguments: dict[str, Any]) -> Order:
    """The action a tool stands for."""
    if tool := desk.engine.catalogue.tools.get(name):
        return Order(name, tool.action, dict(arguments))
    if name not in NAMES:
        raise _unknown_tool(desk, name, arguments)
    return _understood(desk, name, arguments)


def _understood(desk: Desk, name: str, given: dict[str, Any]) -> Order:
    given = dict(given)
    action = _action(desk, given)
    inner = _inner(given, desk.arguments_of(action))
    if action is None:
        # Some models wrap the whole call once more: {"arguments": {"action": …, "arguments": {…}}}.
        if any(key in inner for key in _ACTION_ALIASES):
            return _understood(desk, name, inner)
        raise invalid("action", "is missing: give the name of an action, as eyeot_help tells it")
    return Order(name, action, _joined(inner, given))


def orders_of(desk: Desk, name: str, given: dict[str, Any]) -> list[Order]:
    """The actions of a batch; `calls` has been taken for what it is."""
    calls = parsed(given["calls"]) if isinstance(given["calls"], str) else given["calls"]
    if name == READ:
        raise invalid("calls", "several calls at once go through eyeot_call")
    if not isinstance(calls, list) or not calls or not all(isinstance(c, dict) for c in calls):
        raise invalid("calls", 'must be a list such as [{"action": "…", "arguments": {…}}]')
    if len(calls) > MOST_CALLS:
        # Before each is understood, which takes a search for a name that is not quite right.
        raise invalid("calls", f"give 1 to {MOST_CALLS} calls")
    if "action" in given:
        raise invalid("action", "is one call; leave it out when 'calls' lists several")
    return [_understood(desk, name, one) for one in calls]


def _action(desk: Desk, given: dict[str, Any]) -> str | None:
    """Take the action's name out of what was given, under whatever key."""
    for alias in _ACTION_ALIASES:
        value = given.get(alias)
        if not isinstance(value, str):
            continue
        known = desk.finder.canonical(value)
        # `name` may be an argument one level too high: there only an action's name counts.
        if alias == "action" or known is not None:
            del given[alias]
            return known or _named(value)
    if "action" in given:
        raise invalid("action", "must be the name of an action, such as crm.customer.list")
    return None


def _named(value: str) -> str:
    if len(value) > LONGEST_NAME:
        raise invalid("action", "is no name of an action: it is too long")
    return value.strip()


def _inner(given: dict[str, Any], own: frozenset[str]) -> dict[str, Any]:
    """Take the arguments out of what was given, under whatever key and however quoted."""
    for alias in _ARGUMENT_ALIASES:
        if alias not in given or (alias != "arguments" and alias in own):
            continue
        value = given[alias]
        if isinstance(value, str):
            value = parsed(value)
        if value is None or isinstance(value, dict):
            del given[alias]
            return dict(value or {})
        if alias == "arguments":
            raise invalid("arguments", "must be an object with the action's arguments")
    return {}


def _joined(inner: dict[str, Any], beside: dict[str, Any]) -> dict[str, Any]:
    """Arguments one level too high belong inside, unless something else stands there."""
    for key, value in beside.items():
        if inner.get(key, value) != value:
            raise invalid(key, "is given twice with different values; give it once, in 'arguments'")
        inner[key] = value
    return inner


def parsed(text: str) -> Any:
    """Arguments sent as a JSON string."""
    if not text.strip():
        return None
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as wrong:
        raise invalid("arguments", f"is a string that is not JSON: {wrong}") from None
    if too_deep(value, DEEPEST):
        raise invalid("arguments", "is nested too deeply")
    return value


def put_right(desk: Desk, order: Order, access: Access) -> None:
    """Put arguments right that can only mean one thing, and note each."""
    action = desk.engine.catalogue.actions.get(order.action)
    if action is None or not desk.engine.catalogue.shows(action, access):
        return
    if desk.repairs.in_order(action, order.arguments):
        return
    unseen = unseen_by(action, access.permissions)
    order.arguments, order.repairs = repaired(action, order.arguments, unseen)


def _unknown_tool(desk: Desk, name: str, arguments: dict[str, Any]) -> UnknownTool:
    action = desk.engine.catalogue.actions.get(desk.finder.canonical(name) or "")
    if action is None:
        nearest = desk.finder.nearest_tools(name)
        suggestion = f"Did you mean {' or '.join(nearest)}?" if nearest else ""
        return UnknownTool(tool=name[:80], suggestion=suggestion, nearest=nearest or None)
    through = READ if action.reads else CALL
    return UnknownTool(
        tool=name[:80],
        suggestion=f"'{action.name}' is an action: call it through {through}.",
        call={"tool": through, "arguments": {"action": action.name, "arguments": arguments}},
    )
