"""Reading: actions that the address runs itself to answer a method, as the caller and audited."""

from typing import Any

from eyeot.declare.action import Action
from eyeot.declare.record import records
from eyeot.runtime.request import Answer, Request
from eyeot.surface.mcp.call import execute
from eyeot.surface.mcp.desk import Desk
from eyeot.surface.mcp.envelope import Message

LONGEST_WORDS = 200
_WORDS = ("query", "q", "words")


async def answer_of(desk: Desk, message: Message, action: str, arguments: dict[str, Any]) -> Answer:
    """What an action answers this caller."""
    request = Request(
        action=action,
        arguments=arguments,
        caller=message.caller,
        surface="mcp",
        tool=message.method,
        client=message.client,
        ip=message.head.ip,
        trace_id=message.trace_id,
        conversation=message.conversation,
        inputs=message.inputs,
    )
    return await execute(desk, request)


async def read(
    desk: Desk, message: Message, action: str, arguments: dict[str, Any]
) -> dict[str, Any]:
    """The result alone."""
    return (await answer_of(desk, message, action, arguments)).result


def permitted(desk: Desk, message: Message, kind: str, verb: str) -> Action | None:
    """A standard verb of a kind of record, if this caller may use it."""
    catalogue = desk.engine.catalogue
    action = catalogue.actions.get(f"{kind}.{verb}")
    return action if action and catalogue.shows(action, message.caller.access) else None


def named_by(kind: str) -> tuple[str, ...]:
    """The fields that people know a record by: its label, then what tells two apart."""
    record = records.get(kind)
    return (record.meta.label, *record.meta.hint) if record else ("name",)


async def found(desk: Desk, message: Message, kind: str, words: str) -> list[tuple[str, str]]:
    """Ids and labels of the records that words mean; the first ones when there are no words."""
    words = words.strip()[:LONGEST_WORDS]
    label = named_by(kind)[0]
    search = permitted(desk, message, kind, "search")
    if words and search is not None:
        known = search.input_schema["properties"]
        wanted = next((one for one in _WORDS if one in known), _WORDS[0])
        page = await read(desk, message, search.name, {wanted: words})
    else:
        page = await _listed(desk, message, kind, {f"{label}_contains": words} if words else {})
    items = [one for one in page.get("items", ()) if one.get("id")]
    return [(str(one["id"]), str(one.get("label") or one.get(label) or one["id"])) for one in items]


async def _listed(
    desk: Desk, message: Message, kind: str, conditions: dict[str, str]
) -> dict[str, Any]:
    action = permitted(desk, message, kind, "list")
    if action is None or not conditions.keys() <= action.input_schema["properties"].keys():
        return {}
    return await read(desk, message, action.name, dict(conditions))
