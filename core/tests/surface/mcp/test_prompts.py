"""Prompts: who sees them, what they read as whom, and how their arguments are completed."""

from collections.abc import AsyncIterator
from importlib.util import find_spec
from typing import Any

import httpx
import pytest

from core.tests.surface.mcp.talk import Talk
from eyeot.runtime.engine import Engine
from eyeot.surface.mcp import McpApp
from eyeot.testing import Desk, House

needs_crm = pytest.mark.skipif(find_spec("eyeot_crm") is None, reason="needs the module crm")
MEET = "prepare_customer_meeting"
CUSTOMER = {"type": "ref/prompt", "name": MEET}


@pytest.fixture
async def real(engine: Engine) -> AsyncIterator[Talk]:
    """A way to talk to the real engine."""
    transport = httpx.ASGITransport(app=McpApp(engine))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield Talk(client)


async def names(talk: Talk, who: Desk) -> set[str]:
    """The prompts somebody sees."""
    found = (await talk.modern("prompts/list", key=who.key)).json()["result"]["prompts"]
    return {one["name"] for one in found}


async def got(talk: Talk, who: Desk, name: str, **arguments: str) -> Any:
    """A prompt, or the error."""
    params = {"name": name, "arguments": arguments}
    answer = (await talk.modern("prompts/get", params, key=who.key)).json()
    return answer.get("result") or answer["error"]


async def completed(talk: Talk, who: Desk, ref: dict[str, str], name: str, typed: str) -> list[str]:
    """The values offered for an argument."""
    params = {"ref": ref, "argument": {"name": name, "value": typed}}
    answer = (await talk.modern("completion/complete", params, key=who.key)).json()
    values: list[str] = answer["result"]["completion"]["values"]
    return values


async def company(call: Desk, name: str) -> str:
    """The id of a new customer."""
    made = await call("crm.customer.create", name=name, kind="company")
    return str(made["id"])


async def test_every_prompt_can_be_read_in_both_languages(
    real: Talk, call: Desk, house: House
) -> None:
    catalogue = house.engine.catalogue
    given = {MEET: {"customer": await company(call, "Mercier")}} if find_spec("eyeot_crm") else {}
    said: dict[str, set[str]] = {}
    for locale in ("fr-FR", "en-GB"):
        await house.operator.call(
            "core.organization.update", id=await organisation(call), locale=locale
        )
        for prompt in catalogue.prompts_for(call.caller.access):
            found = await got(real, call, prompt.name, **given.get(prompt.name, {}))
            assert len(found["messages"]) == 1 + len(prompt.reads), found
            assert {one["role"] for one in found["messages"]} == {"user"}
            text = found["messages"][0]["content"]["text"]
            assert "{" not in text
            said.setdefault(prompt.name, set()).add(text)
    assert said.keys() == set(catalogue.prompts)
    assert all(len(texts) == 2 for texts in said.values())


async def organisation(call: Desk) -> str:
    """The id of the caller's organisation."""
    return str((await call("core.organization.list"))["items"][0]["id"])


@needs_crm
async def test_a_prompt_is_shown_to_who_may_run_all_of_it(
    real: Talk, call: Desk, house: House
) -> None:
    reader = await house.desk("crm:read")
    auditor = await house.desk("core:audit", "core:read")

    assert await names(real, call) == set(house.engine.catalogue.prompts)
    # It ends in changes of deals, which a reader may not make.
    assert await names(real, reader) == {MEET, "customers_to_call_back"}
    assert "what_agents_did" in await names(real, auditor)
    hidden = await got(real, reader, "what_agents_did")
    absent = await got(real, reader, "no_such_prompt")
    assert hidden["code"] == absent["code"] == -32602
    assert "what_agents_did" not in hidden["data"]["known"]


@needs_crm
async def test_what_a_prompt_reads_is_read_as_the_caller_and_audited(
    real: Talk, call: Desk, house: House
) -> None:
    await house.person("seller", "sales")
    own = await house.desk(role="sales", owner="seller")
    theirs = await company(call, "Traiteur Secret")

    found = await got(real, call, MEET, customer="Traiteur Secret")
    refused = await got(real, own, MEET, customer=theirs)

    assert theirs in found["messages"][1]["content"]["text"]
    assert "Traiteur Secret" in found["messages"][0]["content"]["text"]
    assert refused["code"] == -32602
    assert refused["data"]["code"] == "not_found"
    events = await call("core.audit_event.list", tool="prompts/get", limit=20)
    assert {one["action"] for one in events["items"]} >= {
        "crm.customer.search",
        "crm.customer.get",
        "crm.customer.list_timeline",
    }


@needs_crm
async def test_a_name_that_two_records_share_is_asked_back(real: Talk, call: Desk) -> None:
    one, two = await company(call, "Petit Lyon"), await company(call, "Petit Paris")

    unclear = await got(real, call, MEET, customer="Petit")
    clear = await got(real, call, MEET, customer="petit lyon")

    assert unclear["code"] == -32602
    assert one in unclear["message"]
    assert two in unclear["message"]
    assert one in clear["messages"][1]["content"]["text"]


@needs_crm
async def test_arguments_are_completed_as_people_know_them(
    real: Talk, call: Desk, house: House
) -> None:
    first, second = await company(call, "Martin"), await company(call, "Martin")
    await company(call, "Boulangerie Petit")
    blind = await house.desk("core:read", "crm:read")
    stranger = await House.open(house.engine)
    spy = await stranger.desk("crm:read")
    back = {"type": "ref/prompt", "name": "customers_to_call_back"}

    assert await completed(real, call, CUSTOMER, "customer", "boulang") == ["Boulangerie Petit"]
    assert set(await completed(real, call, CUSTOMER, "customer", "martin")) == {first, second}
    assert await completed(real, call, back, "days", "1") == ["180"]
    assert await completed(real, spy, CUSTOMER, "customer", "boulang") == []
    assert await completed(real, blind, CUSTOMER, "customer", "\x00") == []
    pipeline = await call("crm.pipeline.create", name="Grands comptes", currency="EUR")
    review = {"type": "ref/prompt", "name": "review_pipeline"}
    assert await completed(real, call, review, "pipeline", "grand") == ["Grands comptes"]
    read = await got(real, call, "review_pipeline", pipeline="Grands comptes")
    assert pipeline["id"] in read["messages"][1]["content"]["text"]


@needs_crm
@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"customer": " "},
        {"customer": 5},
        {"customer": ["a"]},
        {"customer": "a", "other": "b"},
        {"customer": "a\x00b"},
        {"customer": "x" * 5_000},
        {"customer": "{today.__class__}"},
        "customer",
    ],
)
async def test_arguments_that_do_not_fit_are_refused(
    real: Talk, call: Desk, arguments: Any
) -> None:
    params = {"name": MEET, "arguments": arguments}
    answer = (await real.modern("prompts/get", params, key=call.key)).json()

    assert answer["error"]["code"] == -32602


@needs_crm
async def test_what_a_caller_writes_is_never_read_as_a_form(real: Talk, call: Desk) -> None:
    await company(call, "{today} {customer} {0} Société")

    found = await got(real, call, MEET, customer="{today} {customer} {0} Société")

    assert "{today} {customer} {0} Société" in found["messages"][0]["content"]["text"]


@needs_crm
async def test_a_choice_is_held_to_its_choices(real: Talk, call: Desk) -> None:
    assert (await got(real, call, "customers_to_call_back", days="31"))["code"] == -32602
    assert (await got(real, call, "customers_to_call_back", days="30"))["messages"]
