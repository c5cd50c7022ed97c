"""Resources: records that clients may list, read and complete by address."""

import base64
import binascii
from typing import Any
from urllib.parse import quote, unquote

import orjson

from eyeot.declare.problem import Invalid, NotFound
from eyeot.declare.record import records
from eyeot.declare.tool import McpResource
from eyeot.surface.mcp import wire
from eyeot.surface.mcp.bound import bounded
from eyeot.surface.mcp.desk import Desk
from eyeot.surface.mcp.envelope import Message
from eyeot.surface.mcp.reading import named_by, permitted, read
from eyeot.surface.mcp.wire import INVALID_PARAMS, Fault, Reply
from eyeot.surface.wire import dumps

SCHEME = "eyeot://"
_MIME = "application/json"
_PAGE = 50
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
        if permitted(desk, message, one.record, "get")
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
    _, record = await record_at(desk, message, uri)
    text = dumps(bounded(record, desk.settings.answer_limit)).decode()
    return wire.members({"contents": [{"uri": uri, "mimeType": _MIME, "text": text}]})


async def acknowledge(desk: Desk, message: Message) -> Reply:
    """Take a legacy subscription to what the caller may read; nothing is pushed in that era."""
    await record_at(desk, message, message.params.get("uri"))
    return Reply(b"")


async def record_at(desk: Desk, message: Message, uri: Any) -> tuple[McpResource, dict[str, Any]]:
    """The record at an address and its kind, or the fault that says there is none for this caller."""
    if not isinstance(uri, str):
        raise Fault(INVALID_PARAMS, "params.uri must be the address of a resource.")
    kind, id = _parts(desk, uri)
    if kind is None or id is None:
        raise _missing(message, uri)
    try:
        return kind, await read(desk, message, f"{kind.record}.get", {"id": id})
    except (NotFound, Invalid):
        # An identifier of a wrong form names nothing, as one that names nothing does.
        raise _missing(message, uri) from None


async def _page(
    desk: Desk, message: Message, kind: McpResource, cursor: str | None
) -> dict[str, Any]:
    action = permitted(desk, message, kind.record, "list")
    if action is None:
        return {}
    arguments: dict[str, Any] = {"limit": _PAGE} | ({"cursor": cursor} if cursor else {})
    if kind.record in records and "fields" in action.reserved:
        arguments["fields"] = ["id", *named_by(kind.record)]
    try:
        return await read(desk, message, action.name, arguments)
    except Invalid:
        raise Fault(INVALID_PARAMS, "params.cursor is not one this server gave.") from None


def _listed(kind: McpResource, item: dict[str, Any]) -> dict[str, Any]:
    label, *hints = (str(item[name]) if item.get(name) else "" for name in named_by(kind.record))
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


def kind_of(desk: Desk, uri: Any) -> McpResource | None:
    """The kind of record that the form of an address names."""
    collection = uri.removeprefix(SCHEME).partition("/")[0] if isinstance(uri, str) else ""
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
