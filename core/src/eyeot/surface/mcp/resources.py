"""Resources: records that clients may list, read and complete by address."""

import base64
import binascii
from typing import Any
from urllib.parse import quote, unquote

import orjson

from eyeot.declare.action import Action
from eyeot.declare.problem import Invalid, NotFound
from eyeot.declare.record import records
from eyeot.declare.tool import McpResource
from eyeot.runtime.request import Request
from eyeot.surface.mcp import wire
from eyeot.surface.mcp.bound import bounded
from eyeot.surface.mcp.call import execute
from eyeot.surface.mcp.desk import Desk
from eyeot.surface.mcp.envelope import Message
from eyeot.surface.mcp.wire import INVALID_PARAMS, Fault, Reply
from eyeot.surface.wire import dumps

SCHEME = "eyeot://"
_MIME = "application/json"
_PAGE = 50
_MOST_VALUES = 100
_LONGEST_ID = 200


async def resources_list(desk: Desk, message: Message) -> Reply:
    """One page of addressable records, kind by kind."""
    kinds = list(desk.engine.catalogue.mcp_resources.values())
    at, cursor = _position(message.params.get("cursor"), len(kinds))
    found: list[dict[str, Any]] = []
    while at < len(kinds) and len(found) < _PAGE:
        page = await _page(desk, message, kinds[at], cursor)
        found += [_listed(kinds[at], item) for item in page.get("items", ()) if item.get("id")]
        cursor = page.get("next_cursor")
        if cursor is None:
            at += 1
    result: dict[str, Any] = {"resources": found}
    if at < len(kinds):
        result["nextCursor"] = _cursor(at, cursor)
    return wire.members(result)


async def resource_templates_list(desk: Desk, message: Message) -> Reply:
    """The forms of the addresses."""
    shown = [
        one
        for one in desk.engine.catalogue.mcp_resources.values()
        if _may(desk, message, one, "get")
    ]
    return wire.members(
        {
            "resourceTemplates": [
                {
                    "uriTemplate": f"{SCHEME}{one.collection}/{{id}}",
                    "name": one.collection,
                    "title": one.title,
                    "description": one.doc,
                    "mimeType": _MIME,
                }
                for one in shown
            ]
        }
    )


async def resources_read(desk: Desk, message: Message) -> Reply:
    """One record as JSON."""
    uri = message.params.get("uri")
    if not isinstance(uri, str):
        raise Fault(INVALID_PARAMS, "params.uri must be the address of a resource.")
    kind, id = _parts(desk, uri)
    if kind is None or id is None:
        raise _missing(message, uri)
    try:
        record = await _run(desk, message, f"{kind.record}.get", {"id": id})
    except (NotFound, Invalid):
        # An identifier of a wrong form names nothing, as one that names nothing does.
        raise _missing(message, uri) from None
    text = dumps(bounded(record, desk.settings.answer_limit)).decode()
    return wire.members({"contents": [{"uri": uri, "mimeType": _MIME, "text": text}]})


async def complete(desk: Desk, message: Message) -> Reply:
    """Values for the `{id}` of an address, by what is typed; nothing for what is not known."""
    ref, argument = message.params.get("ref"), message.params.get("argument")
    if not isinstance(ref, dict) or not isinstance(argument, dict):
        raise Fault(INVALID_PARAMS, "params.ref and params.argument must be objects.")
    typed = argument.get("value")
    if not isinstance(argument.get("name"), str) or not isinstance(typed, str):
        raise Fault(INVALID_PARAMS, "params.argument needs a name and a value.")
    kind = _of_template(desk, ref)
    values: list[str] = []
    if kind is not None and argument["name"] == "id" and "\x00" not in typed:
        values = await _values(desk, message, kind, typed)
    completion = {"values": values, "total": len(values), "hasMore": False}
    return wire.members({"completion": completion})


def _may(desk: Desk, message: Message, kind: McpResource, verb: str) -> Action | None:
    catalogue = desk.engine.catalogue
    action = catalogue.actions.get(f"{kind.record}.{verb}")
    return action if action and catalogue.shows(action, message.caller.access) else None


async def _page(
    desk: Desk, message: Message, kind: McpResource, cursor: str | None
) -> dict[str, Any]:
    action = _may(desk, message, kind, "list")
    if action is None:
        return {}
    arguments: dict[str, Any] = {"limit": _PAGE} | ({"cursor": cursor} if cursor else {})
    if kind.record in records and "fields" in action.reserved:
        arguments["fields"] = ["id", *_named(kind)]
    try:
        return await _run(desk, message, action.name, arguments)
    except Invalid:
        raise Fault(INVALID_PARAMS, "params.cursor is not one this server gave.") from None


async def _values(desk: Desk, message: Message, kind: McpResource, typed: str) -> list[str]:
    search = _may(desk, message, kind, "search")
    if typed.strip() and search is not None:
        wanted = next(
            (n for n in ("query", "q", "words") if n in search.input_schema["properties"]), "query"
        )
        found = await _run(desk, message, search.name, {wanted: typed.strip()[:_LONGEST_ID]})
    else:
        found = await _page(desk, message, kind, None)
    ids = [str(item["id"]) for item in found.get("items", ()) if item.get("id")]
    return ids[:_MOST_VALUES]


async def _run(
    desk: Desk, message: Message, action: str, arguments: dict[str, Any]
) -> dict[str, Any]:
    request = Request(
        action=action,
        arguments=arguments,
        caller=message.caller,
        surface="mcp",
        tool=message.method,
        client=message.client,
        ip=message.head.ip,
        trace_id=message.trace_id,
    )
    return (await execute(desk, request)).result


def _named(kind: McpResource) -> tuple[str, ...]:
    """The fields that people know a record by: its label, then what tells two apart."""
    record = records.get(kind.record)
    return (record.meta.label, *record.meta.hint) if record else ("name",)


def _listed(kind: McpResource, item: dict[str, Any]) -> dict[str, Any]:
    label, *hints = (str(item[name]) if item.get(name) else "" for name in _named(kind))
    listed = {
        "uri": f"{SCHEME}{kind.collection}/{quote(str(item['id']), safe='')}",
        "name": label or str(item["id"]),
        "mimeType": _MIME,
    }
    told = ", ".join(hint for hint in hints if hint)
    return listed | ({"description": told} if told else {})


def _parts(desk: Desk, uri: str) -> tuple[McpResource | None, str | None]:
    collection, slash, id = uri.removeprefix(SCHEME).partition("/")
    named = uri.startswith(SCHEME) and slash and 0 < len(id) <= _LONGEST_ID and "/" not in id
    plain = unquote(id)
    if not named or "\x00" in plain or not plain.isprintable():
        return None, None
    return desk.engine.catalogue.mcp_resources.get(collection), plain


def _of_template(desk: Desk, ref: dict[str, Any]) -> McpResource | None:
    uri = ref.get("uri")
    if ref.get("type") != "ref/resource" or not isinstance(uri, str):
        return None
    collection = uri.removeprefix(SCHEME).partition("/")[0]
    return desk.engine.catalogue.mcp_resources.get(collection)


def _missing(message: Message, uri: str) -> Fault:
    return Fault(
        message.era.resource_missing,
        "There is no such resource.",
        {"uri": uri[:500]},
        404 if message.era.plain else None,
    )


def _cursor(at: int, inner: str | None) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([at, inner])).decode()


def _position(cursor: Any, kinds: int) -> tuple[int, str | None]:
    if cursor is None or cursor == "":
        return 0, None
    try:
        at, inner = orjson.loads(base64.urlsafe_b64decode(cursor.encode()))
        if 0 <= at < kinds and (inner is None or isinstance(inner, str)):
            return int(at), inner
    except (AttributeError, TypeError, ValueError, binascii.Error):
        pass
    raise Fault(INVALID_PARAMS, "params.cursor is not one this server gave.")
