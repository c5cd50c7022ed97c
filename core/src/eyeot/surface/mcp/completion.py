"""Completion: values for the argument of a prompt or the id of an address, by what is typed."""

from typing import Any

from eyeot.declare.tool import McpResource
from eyeot.surface.mcp import wire
from eyeot.surface.mcp.desk import Desk
from eyeot.surface.mcp.envelope import Message
from eyeot.surface.mcp.prompts import prompt_of
from eyeot.surface.mcp.reading import found
from eyeot.surface.mcp.resources import kind_of
from eyeot.surface.mcp.wire import INVALID_PARAMS, Fault, Reply
from eyeot.surface.mcp.words import fold

_MOST_VALUES = 100


async def complete(desk: Desk, message: Message) -> Reply:
    """Values, best first."""
    ref, argument = message.params.get("ref"), message.params.get("argument")
    if not isinstance(ref, dict) or not isinstance(argument, dict):
        raise Fault(INVALID_PARAMS, "params.ref and params.argument must be objects.")
    name, typed = argument.get("name"), argument.get("value")
    if not isinstance(name, str) or not isinstance(typed, str):
        raise Fault(INVALID_PARAMS, "params.argument needs a name and a value.")
    if ref.get("type") == "ref/prompt":
        values = await _of_prompt(desk, message, ref.get("name"), (name, typed))
    elif ref.get("type") == "ref/resource":
        values = await _of_address(desk, message, ref, (name, typed))
    else:
        raise Fault(INVALID_PARAMS, "params.ref.type must be ref/prompt or ref/resource.")
    shown = values[:_MOST_VALUES]
    more = len(shown) < len(values)
    completion = {"values": shown, "total": len(values), "hasMore": more}
    return wire.members({"completion": completion})


async def _of_prompt(
    desk: Desk, message: Message, prompt: Any, argument: tuple[str, str]
) -> list[str]:
    name, typed = argument
    known = {one.name: one for one in prompt_of(desk, message, prompt).arguments}
    if name not in known:
        raise _no_argument(name, tuple(known))
    one = known[name]
    if one.choices:
        return [choice for choice in one.choices if fold(choice).startswith(fold(typed))]
    if not one.ref or "\x00" in typed:
        return []
    hits = await found(desk, message, one.ref, typed)
    labels = [label for _, label in hits]
    # People know names; where two share one, only the id tells them apart.
    return [label if labels.count(label) == 1 else id for id, label in hits]


async def _of_address(
    desk: Desk, message: Message, ref: dict[str, Any], argument: tuple[str, str]
) -> list[str]:
    kind, (name, typed) = _template(desk, ref), argument
    if name != "id":
        raise _no_argument(name, ("id",))
    if "\x00" in typed:
        return []
    return [id for id, _ in await found(desk, message, kind.record, typed)]


def _template(desk: Desk, ref: dict[str, Any]) -> McpResource:
    kind = kind_of(desk, ref.get("uri"))
    if kind is None:
        raise Fault(INVALID_PARAMS, "There is no such address; resources/templates/list has all.")
    return kind


def _no_argument(name: str, known: tuple[str, ...]) -> Fault:
    told = ", ".join(known) or "none"
    return Fault(INVALID_PARAMS, f"There is no argument {name[:80]!r}; known: {told}.")
