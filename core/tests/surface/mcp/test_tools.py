"""Tools: what is listed to whom, in how many tokens, and what a call answers."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import orjson
import pytest

from core.tests.surface.mcp.fake import FakeEngine
from core.tests.surface.mcp.shop import CUSTOMERS, TOOLS
from core.tests.surface.mcp.talk import Talk
from eyeot.declare.action import Action
from eyeot.declare.tool import Tool
from eyeot.surface.mcp import McpSettings
from eyeot.surface.mcp.desk import Desk
from eyeot.surface.mcp.lint import lint_input, lint_tool, lint_tools
from eyeot.surface.mcp.shelf import input_schema

SIGNS_A_TOKEN = 3.6
META_TOOLS = ["eyeot_help", "eyeot_read", "eyeot_call"]


async def listed(talk: Talk, key: str = "eyk_all") -> list[dict[str, Any]]:
    """The tools a key sees."""
    tools: list[dict[str, Any]] = (await talk.modern("tools/list", key=key)).json()["result"][
        "tools"
    ]
    return tools


def tokens(tool: dict[str, Any]) -> float:
    """What a model pays for a tool, roughly."""
    seen = {name: tool[name] for name in ("name", "description", "inputSchema")}
    return len(orjson.dumps(seen).decode()) / SIGNS_A_TOKEN


async def test_readable_tools_come_first_then_the_meta_tools(talk: Talk) -> None:
    names = [tool["name"] for tool in await listed(talk)]

    assert names == [*(tool.name for tool in TOOLS), *META_TOOLS]


async def test_the_order_is_the_same_every_time_and_in_every_era(talk: Talk) -> None:
    modern = await listed(talk)
    legacy = (await talk.legacy("tools/list")).json()["result"]["tools"]
    plain = (await talk.plain("tools/list")).json()["result"]["tools"]

    assert modern == legacy == plain == await listed(talk)


@pytest.mark.parametrize("key", ["eyk_all", "eyk_reads", "eyk_none"])
async def test_nobody_sees_a_tool_whose_action_they_may_not_run(
    talk: Talk, fake: FakeEngine, key: str
) -> None:
    caller = await fake.authenticate(key, None)
    actions = {tool.name: fake.catalogue.actions[tool.action] for tool in TOOLS}

    for tool in await listed(talk, key):
        if tool["name"] not in META_TOOLS:
            assert fake.catalogue.shows(actions[tool["name"]], caller.access)


async def test_a_key_without_rights_still_learns_who_it_is(talk: Talk) -> None:
    assert [tool["name"] for tool in await listed(talk, "eyk_none")] == ["whoami", *META_TOOLS]


async def test_every_tool_is_one_that_every_client_accepts(talk: Talk) -> None:
    assert [wrong for tool in await listed(talk) for wrong in lint_tool(tool)] == []


async def test_tools_cost_a_model_little(talk: Talk) -> None:
    tools = await listed(talk)
    meta = [tool for tool in tools if tool["name"] in META_TOOLS]
    readable = [tool for tool in tools if tool["name"] not in META_TOOLS]

    assert sum(map(tokens, meta)) < 900
    assert sum(map(tokens, readable)) / len(readable) < 136


async def test_hints_tell_the_truth(talk: Talk, fake: FakeEngine) -> None:
    for tool in await listed(talk):
        declared = next((one for one in TOOLS if one.name == tool["name"]), None)
        if declared is not None:
            reads = fake.catalogue.actions[declared.action].reads
            assert tool["annotations"]["readOnlyHint"] is reads
    by_name = {tool["name"]: tool["annotations"] for tool in await listed(talk)}
    assert by_name["eyeot_read"]["readOnlyHint"] is True
    assert by_name["eyeot_call"] == {
        "readOnlyHint": False,
        "destructiveHint": True,
        "idempotentHint": False,
        "openWorldHint": True,
    }


def test_a_projection_shows_what_was_chosen_and_what_is_required(fake: FakeEngine) -> None:
    action = fake.catalogue.actions["crm.customer.create"]
    tool = Tool(
        name="x", title="X", action=action.name, doc="X.", show=("tier",), told={"tier": "How big"}
    )

    schema = input_schema(tool, action)

    assert list(schema["properties"]) == ["tier", "name", "dry_run", "idempotency_key"]
    assert schema["properties"]["tier"] == {
        "type": "string",
        "enum": ["A", "B", "C"],
        "description": "How big",
    }
    assert schema["required"] == ["name"]


def test_words_that_repeat_the_name_are_left_out(fake: FakeEngine) -> None:
    action = fake.catalogue.actions["crm.customer.create"]
    tool = Tool(name="x", title="X", action=action.name, doc="X.", show=("name", "notes"))

    shown = input_schema(tool, action)["properties"]

    assert shown["name"] == {"type": "string"}
    assert shown["notes"]["description"] == "Anything else, which only people read"


@pytest.mark.parametrize(
    ("schema", "wrong"),
    [
        ({"type": "array"}, "not an object"),
        ({"type": "object"}, "additionalProperties"),
        ({"anyOf": []}, "root has anyOf"),
        ({"properties": {"a": {"$ref": "#/x"}}}, "$ref"),
        ({"properties": {"a": {"type": ["string", "null"]}}}, "no single type"),
        ({"properties": {"a": {"type": "array"}}}, "items"),
        ({"properties": {"a": {"type": "string", "format": "uuid"}}}, "format"),
        ({"properties": {"aB": {"type": "string"}}}, "property 'aB'"),
        ({"properties": {"a": {"type": "string", "const": "x"}}}, "const"),
        ({"properties": {"a": {"type": "string", "enum": ["x"] * 100}}}, "choices"),
        (
            {"properties": {"a": {"type": "object", "properties": {"b": {"anyOf": []}}}}},
            "a.b has anyOf",
        ),
        ({"required": ["a"]}, "not described"),
        ({"properties": {"a": {"type": "object", "required": ["b"]}}}, "a required"),
        ({"properties": {"a": {"type": "string", "deprecated": True}}}, "deprecated"),
        ({"properties": {"a": {"type": "string", "not": {}}}}, "a has not"),
        ({"properties": {"a": {"type": "null"}}}, "no single type"),
        ({"properties": {"a": {"type": "integer", "enum": [1]}}}, "no texts"),
        ({"properties": {"a": {"type": "string", "enum": ["x", "x"]}}}, "twice"),
        ({"properties": {"a": {"type": "string", "pattern": "^(?=a)"}}}, "compile"),
        (
            {"properties": {"a": {"type": "object", "additionalProperties": {"$ref": "#"}}}},
            "a.* has $ref",
        ),
    ],
)
def test_the_lint_finds_what_clients_stumble_over(schema: dict[str, Any], wrong: str) -> None:
    base = (
        {"type": "object", "additionalProperties": False} if wrong != "additionalProperties" else {}
    )

    assert any(wrong in one for one in lint_input({**base, **schema}))


def test_the_lint_finds_names_that_differ_in_case_alone() -> None:
    assert any("listed 2 times" in one for one in lint_tools([{"name": "a_b"}, {"name": "A_b"}]))


def test_the_lint_finds_a_tool_without_manners() -> None:
    tool = {"name": "Bad.Name", "inputSchema": {"type": "object"}, "outputSchema": {}}

    assert len(lint_tool(tool)) >= 6


async def test_the_text_is_the_structured_content(talk: Talk) -> None:
    found = await talk.tool("list_customers", {"limit": 3})

    assert orjson.loads(found["content"][0]["text"]) == found["structuredContent"]
    assert found["isError"] is False


async def test_arguments_may_be_left_out_or_sent_as_a_string(talk: Talk) -> None:
    assert (await talk.tool("whoami"))["isError"] is False
    found = await talk.tool("get_customer", '{"id": "cus_001"}')
    assert found["structuredContent"]["id"] == "cus_001"


async def test_a_string_that_is_no_json_is_refused_to_the_model(talk: Talk) -> None:
    found = await talk.tool("get_customer", "{id: cus_001}")

    assert found["structuredContent"]["error"]["code"] == "invalid"


async def test_arguments_that_a_tool_does_not_show_are_taken_too(
    talk: Talk, fake: FakeEngine
) -> None:
    await talk.tool("create_customer", {"name": "A", "notes": "hidden", "expected_version": 3})

    assert fake.lab.requests[-1].arguments == {
        "name": "A",
        "notes": "hidden",
        "expected_version": 3,
    }


@pytest.mark.parametrize(
    ("arguments", "meta"),
    [
        ({"dry_run": True}, {}),
        ({"dry_run": "true"}, {}),
        ({}, {"eyeot/dryRun": True}),
        ({"dry_run": False}, {"eyeot/dryRun": True}),
    ],
)
async def test_a_preview_may_be_asked_for_in_the_arguments_or_in_meta(
    talk: Talk, fake: FakeEngine, arguments: dict[str, Any], meta: dict[str, Any]
) -> None:
    found = await talk.tool("create_customer", {"name": "A", **arguments}, **meta)

    assert found["structuredContent"]["dry_run"] is True
    assert found["structuredContent"]["effects"]["created"]
    assert fake.lab.requests[-1].dry_run is True
    assert "dry_run" not in fake.lab.requests[-1].arguments


async def test_a_preview_of_a_read_is_the_read(talk: Talk) -> None:
    found = await talk.tool("get_customer", {"id": "cus_001", "dry_run": True})

    assert "dry_run" not in found["structuredContent"]


async def test_a_flag_that_is_no_flag_is_refused(talk: Talk) -> None:
    found = await talk.tool("create_customer", {"name": "A", "dry_run": 3})

    assert found["structuredContent"]["error"]["errors"][0]["path"] == "dry_run"


@pytest.mark.parametrize(
    ("arguments", "meta"),
    [
        ({"idempotency_key": "k"}, {}),
        ({"plan_token": 7}, {}),
        ({"plan_token": "p"}, {"eyeot/planToken": "q"}),
        ({}, {"eyeot/idempotencyKey": "k"}),
        ({"idempotency_key": "k"}, {"eyeot/idempotencyKey": "other"}),
        ({"idempotency_key": ["k"]}, {"eyeot/idempotencyKey": {"k": 1}}),
    ],
)
async def test_what_is_no_key_or_two_is_refused(
    talk: Talk, arguments: dict[str, Any], meta: dict[str, Any]
) -> None:
    found = await talk.tool("create_customer", {"name": "A", **arguments}, **meta)

    assert found["isError"] is True
    assert found["structuredContent"]["error"]["code"] == "invalid"


async def test_a_repetition_is_flagged(talk: Talk) -> None:
    key = str(uuid4())
    first = await talk.tool("create_customer", {"name": "A", "idempotency_key": key})
    again = await talk.tool("create_customer", {"name": "A"}, **{"eyeot/idempotencyKey": key})

    assert "eyeot/replayed" not in first.get("_meta", {})
    assert again["_meta"]["eyeot/replayed"] is True


REFUSALS = [
    ("get_customer", {"id": "cus_no"}, "eyk_all", "not_found"),
    ("create_customer", {"name": ""}, "eyk_all", "invalid"),
    ("create_customer", {"name": "A"}, "eyk_reads", "permission_denied"),
    ("conflict", {}, "eyk_all", "conflict"),
    ("crash", {}, "eyk_all", "internal"),
]


@pytest.mark.parametrize(("tool", "arguments", "key", "code"), REFUSALS)
async def test_a_refusal_is_a_result_that_says_what_to_do(
    talk: Talk, tool: str, arguments: dict[str, Any], key: str, code: str
) -> None:
    found = await talk.tool(tool, arguments, key=key)

    refusal = found["structuredContent"]["error"]
    assert found["isError"] is True
    assert refusal["code"] == code
    assert refusal["message"]
    assert refusal["hint"]
    assert orjson.loads(found["content"][0]["text"]) == refusal


async def test_a_fault_of_ours_tells_its_trace_and_nothing_else(
    talk: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    found = await talk.tool("crash", traceparent=f"00-{trace}-00f067aa0ba902b7-01")

    assert found["structuredContent"]["error"]["trace_id"] == trace
    assert "hunter2" not in str(found)
    assert trace in caplog.text
    assert "hunter2" in caplog.text


async def test_wrong_arguments_are_answered_with_the_corrected_call(talk: Talk) -> None:
    found = await talk.tool("create_customer", {"nam": "Petit", "tier": "Z", "email": "a@b.fr"})

    call = found["structuredContent"]["error"]["call"]
    assert call["tool"] == "create_customer"
    assert call["arguments"]["name"] == "Petit"
    assert call["arguments"]["email"] == "a@b.fr"
    assert call["arguments"]["tier"].startswith("<one of: A, B, C")
    again = await talk.tool(call["tool"], {**call["arguments"], "tier": "A"})
    assert again["isError"] is False


async def test_an_unknown_tool_names_the_nearest(talk: Talk) -> None:
    answer = await talk.modern("tools/call", {"name": "list_customer"})

    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == -32602
    assert error["data"]["nearest"][0] == "list_customers"


async def test_an_action_called_as_a_tool_is_answered_with_the_call_that_works(talk: Talk) -> None:
    for name in ("crm.customer.create", "crm_customer_create"):
        answer = await talk.modern("tools/call", {"name": name, "arguments": {"name": "A"}})
        call = answer.json()["error"]["data"]["call"]

        assert call["tool"] == "eyeot_call"
        assert (await talk.tool(call["tool"], call["arguments"]))["isError"] is False


@pytest.mark.parametrize(("items", "text"), [(1000, 100), (3, 15_000), (1, 100_000), (20_000, 1)])
async def test_a_long_answer_is_cut_and_says_so(talk: Talk, items: int, text: int) -> None:
    found = await talk.tool("huge", {"items": items, "text": text})

    shown = found["content"][0]["text"]
    assert len(shown) <= 20_000
    assert orjson.loads(shown) == found["structuredContent"]
    assert "truncated" in shown or "more" in shown
    assert found["isError"] is False


async def test_a_cut_page_offers_no_cursor_that_would_skip_what_was_cut(talk: Talk) -> None:
    found = (await talk.tool("huge", {"items": 1000, "text": 100}))["structuredContent"]

    assert found["has_more"] is True
    assert "next_cursor" not in found
    assert len(found["items"]) > 50


async def test_a_cut_answer_names_only_arguments_that_the_action_takes(talk: Talk) -> None:
    found = (await talk.tool("huge", {"items": 1000, "text": 100}))["structuredContent"]

    assert "items, text" in found["truncated"]
    assert not any(word in found["truncated"] for word in ("limit", "cursor", "fields"))


async def test_following_a_cut_page_as_told_misses_nothing(talk: Talk, fake: FakeEngine) -> None:
    for one in CUSTOMERS.values():
        fake.lab.notes[one["id"]] = "x" * 1000
    seen: list[str] = []
    given: dict[str, Any] = {"limit": 50}
    while True:
        page = (await talk.tool("list_customers", given))["structuredContent"]
        if "truncated" in page:
            kept = len(page["items"])
            assert f"limit={kept}" in page["truncated"]
            given["limit"] = kept
            continue
        seen += [one["id"] for one in page["items"]]
        if not page["has_more"]:
            break
        given["cursor"] = page["next_cursor"]

    assert seen == list(CUSTOMERS)


async def test_accents_count_as_one_character(talk: Talk) -> None:
    found = (await talk.tool("huge", {"items": 150, "text": 100}))["structuredContent"]

    assert len(found["items"]) == 150


def test_the_catalogue_may_change_while_the_server_runs(fake: FakeEngine) -> None:
    desk = Desk(fake, McpSettings())
    before = desk.instructions
    actions: dict[str, Action] = dict(list(fake.catalogue.actions.items())[:3])
    fake.catalogue = replace(fake.catalogue, actions=actions, tools={})

    assert desk.instructions != before
