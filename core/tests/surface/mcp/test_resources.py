"""Resources: records by address, as JSON, paged, completed and audited."""

from typing import Any

import orjson
import pytest

from core.tests.surface.mcp.fake import FakeEngine
from core.tests.surface.mcp.shop import CUSTOMERS
from core.tests.surface.mcp.talk import Talk


async def listed(talk: Talk, cursor: str | None = None, key: str = "eyk_all") -> dict[str, Any]:
    """One page."""
    params = {"cursor": cursor} if cursor else {}
    found: dict[str, Any] = (await talk.modern("resources/list", params, key=key)).json()["result"]
    return found


async def test_every_record_is_listed_once_over_the_pages(talk: Talk) -> None:
    found: list[str] = []
    page = await listed(talk)
    while True:
        found += [one["uri"] for one in page["resources"]]
        if "nextCursor" not in page:
            break
        page = await listed(talk, page["nextCursor"])

    assert found == [f"eyeot://customers/{id}" for id in CUSTOMERS]


async def test_a_listed_record_has_a_name_and_a_type(talk: Talk) -> None:
    first = (await listed(talk))["resources"][0]

    assert first["name"] == "Client 1"
    assert first["mimeType"] == "application/json"


async def test_who_may_not_read_sees_nothing(talk: Talk) -> None:
    assert (await listed(talk, key="eyk_none"))["resources"] == []
    templates = await talk.modern("resources/templates/list", key="eyk_none")
    assert templates.json()["result"]["resourceTemplates"] == []


async def test_the_form_of_an_address_is_told(talk: Talk) -> None:
    found = (await talk.modern("resources/templates/list")).json()["result"]["resourceTemplates"]

    assert [one["uriTemplate"] for one in found] == ["eyeot://customers/{id}"]


async def test_a_record_is_read_as_json(talk: Talk) -> None:
    uri = "eyeot://customers/cus_007"
    found = (await talk.modern("resources/read", {"uri": uri})).json()["result"]["contents"][0]

    assert found["uri"] == uri
    assert found["mimeType"] == "application/json"
    assert orjson.loads(found["text"]) == CUSTOMERS["cus_007"]


async def test_reading_goes_through_the_engine(talk: Talk, fake: FakeEngine) -> None:
    await talk.modern("resources/read", {"uri": "eyeot://customers/cus_007"})

    told = fake.lab.requests[-1]
    assert (told.action, told.surface, told.tool) == ("crm.customer.get", "mcp", "resources/read")


@pytest.mark.parametrize(
    "uri",
    [
        "eyeot://customers/cus_no",
        "eyeot://customers/",
        "eyeot://customers",
        "eyeot://invoices/1",
        "eyeot://customers/a/b",
        "eyeot://customers/%00",
        "eyeot://customers/..%2f..%2fetc",
        "file:///etc/passwd",
        "https://example.com/",
        "eyeot://customers/" + "x" * 5000,
        "",
    ],
)
async def test_what_is_not_there_is_not_found(talk: Talk, uri: str) -> None:
    headers = {"mcp-name": uri} if uri.isascii() else {}
    modern = await talk.modern("resources/read", {"uri": uri}, headers=headers)
    plain = await talk.plain("resources/read", {"uri": uri})

    if uri:
        assert (modern.status_code, modern.json()["error"]["code"]) == (400, -32602)
        assert modern.json()["error"]["data"]["uri"] == uri[:500]
    assert plain.status_code == 404


async def test_a_record_one_may_not_read_is_refused_with_its_own_code(talk: Talk) -> None:
    params = {"uri": "eyeot://customers/cus_001"}
    modern = await talk.modern("resources/read", params, key="eyk_none")
    plain = await talk.plain("resources/read", params, key="eyk_none")

    assert (modern.status_code, modern.json()["error"]["code"]) == (200, 40300)
    assert (plain.status_code, plain.json()["error"]["code"]) == (403, 40300)


async def complete(talk: Talk, ref: dict[str, Any], value: str, name: str = "id") -> list[str]:
    """The values offered."""
    params = {"ref": ref, "argument": {"name": name, "value": value}}
    found = (await talk.modern("completion/complete", params)).json()["result"]["completion"]
    values: list[str] = found["values"]
    return values


async def test_an_address_is_completed_by_what_people_know(talk: Talk) -> None:
    ref = {"type": "ref/resource", "uri": "eyeot://customers/{id}"}

    assert await complete(talk, ref, "client 77") == ["cus_077"]
    assert len(await complete(talk, ref, "")) > 10
    assert await complete(talk, ref, "nobody") == []


@pytest.mark.parametrize(
    "ref",
    [
        {"type": "ref/prompt", "name": "test_prompt_with_arguments"},
        {"type": "ref/resource", "uri": "test://template/{id}"},
        {"type": "ref/resource", "uri": 5},
        {"type": "ref/x"},
        {},
    ],
)
async def test_an_unknown_reference_is_refused(talk: Talk, ref: dict[str, Any]) -> None:
    params = {"ref": ref, "argument": {"name": "id", "value": "te"}}
    answer = await talk.modern("completion/complete", params)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32602)


async def test_an_unknown_argument_of_an_address_is_refused(talk: Talk) -> None:
    ref = {"type": "ref/resource", "uri": "eyeot://customers/{id}"}
    params = {"ref": ref, "argument": {"name": "other", "value": "a"}}

    assert (await talk.modern("completion/complete", params)).json()["error"]["code"] == -32602
