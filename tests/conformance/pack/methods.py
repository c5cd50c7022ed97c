"""Methods: what the suite asks for and the product does not offer, before the product's own methods."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import orjson

from eyeot.declare.tool import Tool
from eyeot.surface.mcp import methods, wire
from eyeot.surface.mcp.desk import Desk
from eyeot.surface.mcp.envelope import Message
from eyeot.surface.mcp.methods import METHODS, Method
from eyeot.surface.mcp.wire import Reply
from tests.conformance.pack import showing
from tests.conformance.pack.lane import Lane

Run = Callable[[Desk, Message], Awaitable[str]]
_PAUSE = 0.05
_TEXT = {"uri": "test://static-text", "name": "Static text", "mimeType": "text/plain"}
_BINARY = {"uri": "test://static-binary", "name": "Static binary", "mimeType": "image/png"}
_WATCHED = {"uri": "test://watched-resource", "name": "Watched", "mimeType": "text/plain"}
_TEMPLATE = {"uriTemplate": "test://template/{id}/data", "name": "Template"}


async def resources_list(_: Desk, __: Message) -> Reply:
    return wire.members({"resources": [_TEXT, _BINARY, _WATCHED]})


async def templates_list(_: Desk, __: Message) -> Reply:
    return wire.members({"resourceTemplates": [_TEMPLATE]})


async def resources_read(desk: Desk, message: Message) -> Reply:
    uri = str(message.params.get("uri"))
    if uri.startswith("test://template/"):
        id = uri.split("/")[3]
        told = {"id": id, "templateTest": True, "data": f"Data for ID: {id}"}
        content = {"mimeType": "application/json", "text": orjson.dumps(told).decode()}
    elif uri == _BINARY["uri"]:
        content = {"mimeType": "image/png", "blob": base64.b64encode(showing.PIXEL).decode()}
    elif uri in (_TEXT["uri"], _WATCHED["uri"]):
        text = "This is the content of the static text resource."
        content = {"mimeType": "text/plain", "text": text}
    else:
        return await METHODS["resources/read"].run(desk, message)
    return wire.members({"contents": [{"uri": uri, **content}]})


async def subscribe(desk: Desk, message: Message) -> Reply:
    await resources_read(desk, message)
    return Reply(b"")


def mapping(lane: Lane) -> dict[str, Method]:
    """The product's methods, with the fixtures' before them."""
    fixtures = _fixtures(lane)

    async def tools_call(desk: Desk, message: Message) -> Reply:
        run = fixtures.get(str(message.params.get("name")))
        if run is None:
            return await methods.METHODS["tools/call"].run(desk, message)
        told = await run(desk, message)
        return wire.members({"content": [{"type": "text", "text": told}]})

    async def tools_list(desk: Desk, message: Message) -> Reply:
        reply = await METHODS["tools/list"].run(desk, message)
        listed = orjson.loads(b"{%b}" % reply.members)["tools"]
        schema = {"type": "object"}
        more = [{"name": n, "description": n, "inputSchema": schema} for n in fixtures]
        return wire.members({"tools": listed + more})

    return {
        **METHODS,
        "tools/call": Method(tools_call),
        "tools/list": replace(METHODS["tools/list"], run=tools_list),
        "resources/list": replace(METHODS["resources/list"], run=resources_list),
        "resources/templates/list": replace(
            METHODS["resources/templates/list"], run=templates_list
        ),
        "resources/read": replace(METHODS["resources/read"], run=resources_read),
        "resources/subscribe": replace(METHODS["resources/subscribe"], run=subscribe),
    }


def _fixtures(lane: Lane) -> dict[str, Run]:
    def asking(method: str, params: Callable[[dict[str, Any]], dict[str, Any]]) -> Run:
        async def ask(_: Desk, message: Message) -> str:
            answer = await lane.ask(message, method, params(message.params.get("arguments", {})))
            return orjson.dumps(answer).decode()

        return ask

    return {
        "test_tool_with_logging": _log,
        "test_trigger_tool_change": _change_tools,
        "test_trigger_prompt_change": _change_prompts,
        "test_sampling": asking("sampling/createMessage", lambda given: _sampling(given["prompt"])),
        "test_elicitation": asking(
            "elicitation/create", lambda given: _form(given["message"], USER)
        ),
        "test_elicitation_sep1034_defaults": asking(
            "elicitation/create", lambda _: _form("Defaults", DEFAULTS)
        ),
        "test_elicitation_sep1330_enums": asking(
            "elicitation/create", lambda _: _form("Choices", CHOICES)
        ),
    }


async def _log(_: Desk, message: Message) -> str:
    for text in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        if message.send:
            told = {"level": "info", "data": text}
            message.send(wire.notification("notifications/message", told))
        await asyncio.sleep(_PAUSE)
    return "Logged."


async def _change_tools(desk: Desk, _: Message) -> str:
    """Show one tool more than before."""
    catalogue = desk.engine.catalogue
    name = f"test_added_{len(catalogue.tools)}"
    more = Tool(
        name=name, action="conformance.tool.say", title="Added", doc="A tool that was added."
    )
    desk.engine.catalogue = replace(catalogue, tools={**catalogue.tools, name: more})
    return "Changed."


async def _change_prompts(desk: Desk, _: Message) -> str:
    """Show one prompt more than before."""
    catalogue = desk.engine.catalogue
    name = f"test_added_{len(catalogue.prompts)}"
    more = replace(showing.simple_prompt, name=name)
    desk.engine.catalogue = replace(catalogue, prompts={**catalogue.prompts, name: more})
    return "Changed."


def _sampling(text: str) -> dict[str, Any]:
    message = {"role": "user", "content": {"type": "text", "text": text}}
    return {"messages": [message], "maxTokens": 100}


def _form(message: str, properties: dict[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": []}
    return {"message": message, "requestedSchema": schema}


def _titled(*names: str) -> list[dict[str, str]]:
    return [{"const": one, "title": one.title()} for one in names]


_OPTIONS = ["option1", "option2", "option3"]
USER = {
    "username": {"type": "string", "description": "User's response"},
    "email": {"type": "string", "description": "User's email address"},
}
DEFAULTS = {
    "name": {"type": "string", "default": "John Doe"},
    "age": {"type": "integer", "default": 30},
    "score": {"type": "number", "default": 95.5},
    "status": {
        "type": "string",
        "enum": ["active", "inactive", "pending"],
        "default": "active",
    },
    "verified": {"type": "boolean", "default": True},
}
CHOICES = {
    "untitledSingle": {"type": "string", "enum": _OPTIONS},
    "titledSingle": {"type": "string", "oneOf": _titled("value1", "value2", "value3")},
    "legacyEnum": {
        "type": "string",
        "enum": ["opt1", "opt2", "opt3"],
        "enumNames": ["Option One", "Option Two", "Option Three"],
    },
    "untitledMulti": {"type": "array", "items": {"type": "string", "enum": _OPTIONS}},
    "titledMulti": {"type": "array", "items": {"anyOf": _titled("value1", "value2", "value3")}},
}
