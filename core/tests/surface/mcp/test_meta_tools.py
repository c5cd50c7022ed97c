"""Meta-tools: any action through three tools, with what models get wrong put right."""

from typing import Any

import orjson
import pytest

from core.tests.surface.mcp.fake import FakeEngine
from core.tests.surface.mcp.talk import Talk

CREATE = "crm.customer.create"
GIVEN = {"name": "Petit"}

REPAIRED: list[dict[str, Any]] = [
    {"action": CREATE, "arguments": GIVEN},
    {"action": CREATE, "name": "Petit"},
    {"action": CREATE, "arguments": '{"name": "Petit"}'},
    {"action": CREATE, "params": GIVEN},
    {"action": CREATE, "args": GIVEN},
    {"action": CREATE, "input": GIVEN},
    {"action": CREATE, "parameters": '{"name": "Petit"}'},
    {"name": CREATE, "arguments": GIVEN},
    {"tool": CREATE, "arguments": GIVEN},
    {"tool_name": CREATE, "args": GIVEN},
    {"action": "create_customer", "arguments": GIVEN},
    {"action": "crm_customer_create", "arguments": GIVEN},
    {"action": " crm/customer/create ", "arguments": GIVEN},
    {"arguments": {"action": CREATE, "arguments": GIVEN}},
    {"arguments": {"tool_name": CREATE, "params": GIVEN}},
    {"action": CREATE, "arguments": None, "name": "Petit"},
    {"action": CREATE, "arguments": GIVEN, "name": "Petit"},
]


@pytest.mark.parametrize("arguments", REPAIRED)
async def test_a_call_in_a_common_wrong_form_is_put_right(
    talk: Talk, fake: FakeEngine, arguments: dict[str, Any]
) -> None:
    found = await talk.tool("eyeot_call", arguments)

    assert found["isError"] is False, found
    told = fake.lab.requests[-1]
    assert (told.action, told.arguments, told.tool) == (CREATE, GIVEN, "eyeot_call")


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"action": 5},
        {"action": None},
        {"arguments": GIVEN},
        {"action": CREATE, "arguments": [1]},
        {"action": CREATE, "arguments": "{"},
        {"action": CREATE, "arguments": GIVEN, "name": "Other"},
        {"calls": []},
    ],
)
async def test_what_cannot_be_put_right_is_refused(
    talk: Talk, fake: FakeEngine, arguments: dict[str, Any]
) -> None:
    found = await talk.tool("eyeot_call", arguments)

    assert found["structuredContent"]["error"]["code"] == "invalid"
    assert fake.lab.requests == []


async def test_a_call_may_be_previewed(talk: Talk) -> None:
    for arguments in (
        {"action": CREATE, "arguments": GIVEN, "dry_run": True},
        {"action": CREATE, "arguments": {**GIVEN, "dry_run": True}},
    ):
        found = await talk.tool("eyeot_call", arguments)
        assert found["structuredContent"]["dry_run"] is True


async def test_reading_refuses_to_write_and_says_how(talk: Talk, fake: FakeEngine) -> None:
    found = await talk.tool("eyeot_read", {"action": CREATE, "arguments": GIVEN})

    refusal = found["structuredContent"]["error"]
    assert fake.lab.requests == []
    assert "eyeot_call" in refusal["hint"]
    assert refusal["call"]["tool"] == "eyeot_call"
    assert refusal["call"]["arguments"] == {"action": CREATE, "arguments": GIVEN}


async def test_reading_reads(talk: Talk) -> None:
    found = await talk.tool(
        "eyeot_read", {"action": "crm.customer.list", "arguments": {"limit": 2}}
    )

    assert len(found["structuredContent"]["items"]) == 2


async def test_an_unknown_action_names_the_nearest_allowed_ones(talk: Talk) -> None:
    for name in ("crm.customer.creat", "crm.client.create", "crm.customer.craete"):
        found = await talk.tool("eyeot_call", {"action": name})
        refusal = found["structuredContent"]["error"]

        assert refusal["code"] == "not_found"
        assert CREATE in refusal["nearest"]
        assert CREATE in refusal["message"]
        assert "/api/" not in refusal["hint"]


async def test_nothing_forbidden_is_suggested(talk: Talk) -> None:
    found = await talk.tool("eyeot_call", {"action": "crm.customer.creat"}, key="eyk_reads")

    assert CREATE not in str(found)


async def test_a_module_that_is_not_installed_says_so(talk: Talk) -> None:
    found = await talk.tool("eyeot_call", {"action": "sales.quote.send"})

    assert found["structuredContent"]["error"]["code"] == "module_not_installed"
    assert found["structuredContent"]["error"]["module"] == "sales"


async def test_wrong_arguments_are_answered_with_the_corrected_call(talk: Talk) -> None:
    given = {"nom": "x", "tier": 9, "dry_run": True}
    found = await talk.tool("eyeot_call", {"action": CREATE, "arguments": given})

    call = found["structuredContent"]["error"]["call"]
    assert call["tool"] == "eyeot_call"
    assert call["arguments"]["action"] == CREATE
    arguments = call["arguments"]["arguments"]
    assert arguments["tier"].startswith("<one of: ")
    # A preview that was refused must not come back as the deed.
    assert arguments["dry_run"] is True
    again = {"action": CREATE, "arguments": {**arguments, "tier": "A"}}
    assert (await talk.tool("eyeot_call", again))["isError"] is False


async def test_what_only_a_person_may_do_is_refused(talk: Talk) -> None:
    found = await talk.tool("eyeot_call", {"action": "core.role.grant", "arguments": {"id": "x"}})

    assert found["structuredContent"]["error"]["code"] == "human_required"
    assert found["structuredContent"]["error"]["action"] == "core.role.grant"


async def help_of(talk: Talk, arguments: dict[str, Any], key: str = "eyk_all") -> dict[str, Any]:
    """What `eyeot_help` answers."""
    found: dict[str, Any] = (await talk.tool("eyeot_help", arguments, key=key))["structuredContent"]
    return found


async def test_help_without_a_word_shows_the_modules(talk: Talk) -> None:
    found = await help_of(talk, {})

    assert [one["module"] for one in found["modules"]] == ["core", "crm"]
    crm = found["modules"][1]
    assert (crm["actions"], crm["reads"]) == (6, 3)
    assert crm["busiest"] == ["crm.customer"]


async def test_help_counts_only_what_the_caller_may_use(talk: Talk) -> None:
    found = await help_of(talk, {}, "eyk_none")

    assert [(one["module"], one["actions"]) for one in found["modules"]] == [("core", 1)]


@pytest.mark.parametrize(
    "query", ["créer un client", "creer un cliant", "new customer", "ADD A CUSTOMER"]
)
async def test_help_finds_an_action_in_both_languages(talk: Talk, query: str) -> None:
    found = await help_of(talk, {"query": query})

    best = found["matches"][0]
    assert best["action"] == CREATE
    assert best["signature"].startswith(f"{CREATE}(name, ")
    assert best["risk"] == "w"
    assert 0 < best["score"] <= 1


async def test_help_shows_no_hit_that_the_caller_may_not_use(talk: Talk) -> None:
    found = await help_of(talk, {"query": "créer un client"}, "eyk_reads")

    assert CREATE not in str(found)


async def test_help_says_where_a_person_must_act(talk: Talk) -> None:
    found = await help_of(talk, {"query": "accorder un rôle"})

    assert found["matches"][0]["requires"] == "console"
    described = await help_of(talk, {"action": "core.role.grant"})
    assert described["requires"] == "console"
    assert "example" not in described


async def test_what_belongs_to_the_operator_is_not_offered(talk: Talk) -> None:
    assert "core.organization" not in str(await help_of(talk, {"query": "new organisation"}))
    assert "core.organization" not in str(await help_of(talk, {"module": "core"}))


async def test_nothing_fitting_names_the_modules_there_are(talk: Talk) -> None:
    found = await help_of(talk, {"query": "recette de gâteau au chocolat"})

    assert found["matches"] == []
    assert found["nearest"] == ["core", "crm"]


async def test_help_is_as_long_as_asked(talk: Talk) -> None:
    assert len((await help_of(talk, {"query": "customer", "limit": 2}))["matches"]) == 2
    assert len((await help_of(talk, {"query": "customer", "limit": "3"}))["matches"]) == 3


async def test_help_keeps_to_a_module_or_resource(talk: Talk) -> None:
    found = await help_of(talk, {"query": "new", "module": "crm", "limit": 20})

    assert all(one["action"].startswith("crm.") for one in found["matches"])


async def test_an_action_is_described_in_full(talk: Talk) -> None:
    found = await help_of(talk, {"action": CREATE})

    assert found["input_schema"]["required"] == ["name"]
    assert found["output_schema"]["type"] == "object"
    assert found["labels"] == {"en": "Create a customer", "fr": "Créer un client"}
    assert found["permission"] == "crm:write"
    assert found["means"] == "reversible write"
    assert found["tool"] == "create_customer"
    assert [one["action"] for one in found["next"]] == ["crm.customer.get", "crm.customer.export"]


async def test_the_example_runs_as_it_stands(talk: Talk) -> None:
    example = (await help_of(talk, {"action": CREATE}))["example"]

    assert (await talk.tool(example["tool"], example["arguments"]))["isError"] is False


async def test_a_tools_name_describes_its_action(talk: Talk) -> None:
    assert (await help_of(talk, {"action": "list_customers"}))["action"] == "crm.customer.list"


async def test_an_example_is_made_up_where_none_is_declared(talk: Talk) -> None:
    example = (await help_of(talk, {"action": "crm.customer.delete"}))["example"]

    assert example["arguments"]["arguments"] == {"id": "<id of a crm.customer>"}


@pytest.mark.parametrize(
    ("arguments", "key", "code"),
    [
        ({"action": "crm.customer.fly"}, "eyk_all", "not_found"),
        ({"action": "hr.employee.list"}, "eyk_all", "module_not_installed"),
        ({"action": "core.organization.create"}, "eyk_all", "not_found"),
        ({"action": CREATE}, "eyk_reads", "permission_denied"),
        ({"module": "hr"}, "eyk_all", "module_not_installed"),
        ({"module": "shop"}, "eyk_all", "invalid"),
        ({"module": "crm"}, "eyk_none", "invalid"),
        ({"resource": "crm.boat"}, "eyk_all", "not_found"),
        ({"query": 5}, "eyk_all", "invalid"),
        ({"query": "a", "limit": 0}, "eyk_all", "invalid"),
        ({"query": "a", "limit": True}, "eyk_all", "invalid"),
        ({"nonsense": 1}, "eyk_all", "invalid"),
    ],
)
async def test_help_that_cannot_be_given_is_refused(
    talk: Talk, arguments: dict[str, Any], key: str, code: str
) -> None:
    found = await talk.tool("eyeot_help", arguments, key=key)

    assert found["isError"] is True
    assert found["structuredContent"]["error"]["code"] == code


async def test_a_module_is_browsed_by_resource_and_verb(talk: Talk) -> None:
    found = await help_of(talk, {"module": "CRM"})

    assert found["actions"] == 6
    assert found["resources"][0]["resource"] == "crm.customer"
    assert "create" in found["resources"][0]["verbs"]


@pytest.mark.parametrize("name", ["crm.customer", "customer", "customers", "crm/customer"])
async def test_a_resource_is_browsed_by_signature(talk: Talk, name: str) -> None:
    found = await help_of(talk, {"resource": name})

    assert found["resource"] == "crm.customer"
    assert any(one["signature"].startswith(CREATE) for one in found["actions"])


@pytest.mark.parametrize(
    "query", ["", " ", "?", "a" * 1900, "🙂", "le la les", "x\x00y", "'; DROP TABLE"]
)
async def test_any_query_is_answered(talk: Talk, query: str) -> None:
    found = await help_of(talk, {"query": query})

    assert "matches" in found or "modules" in found


async def test_help_is_not_run_as_an_action(talk: Talk, fake: FakeEngine) -> None:
    await help_of(talk, {"query": "customer"})

    assert fake.lab.requests == []


async def test_the_whole_of_help_stays_short(talk: Talk) -> None:
    for arguments in ({}, {"module": "crm"}, {"resource": "crm.customer"}, {"action": CREATE}):
        assert len(orjson.dumps(await help_of(talk, arguments))) < 6000


async def test_what_was_put_right_is_said(talk: Talk, fake: FakeEngine) -> None:
    given = {"action": CREATE, "arguments": {"Name": "Petit", "tier": "a"}}
    found = await talk.tool("eyeot_call", given)

    assert found["isError"] is False
    assert fake.lab.requests[-1].arguments == {"name": "Petit", "tier": "A"}
    said = " ".join(one["text"] for one in found["content"][1:])
    assert "'Name' was taken for 'name'" in said
    assert "'tier'" in said


async def test_a_call_in_order_is_answered_without_a_word_more(talk: Talk) -> None:
    found = await talk.tool("eyeot_call", {"action": CREATE, "arguments": GIVEN})

    assert len(found["content"]) == 1


async def test_a_resource_may_be_named_shortly_to_search_within(talk: Talk) -> None:
    found = await help_of(talk, {"query": "new", "resource": "customers"})

    assert all(one["action"].startswith("crm.customer.") for one in found["matches"])
    assert found["matches"]
