"""The OpenAPI document: every action for keys, and nothing of who calls."""

import gzip
import re
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from core.tests.surface.rest.live import client_of, serving
from eyeot.declare.action import Action
from eyeot.runtime.catalogue import Catalogue
from eyeot.surface.rest.arguments import fits_query
from eyeot.testing import Desk

# What a model says of its own defaults is not this document's matter.
pytestmark = pytest.mark.filterwarnings(
    "ignore::pydantic.json_schema.PydanticJsonSchemaWarning",
)
Operations = list[tuple[str, str, dict[str, Any]]]


@pytest.fixture
async def document(anyone: httpx.AsyncClient) -> dict[str, Any]:
    answer = await anyone.get("/openapi.json")
    found: dict[str, Any] = answer.json()
    return found


SHARED = ("actions", "calls")
"""Addresses of no action in particular."""


@pytest.fixture
def operations(document: dict[str, Any]) -> Operations:
    return [
        (path.rpartition("/")[2], method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]


def test_it_describes_every_action_for_keys_and_no_other(
    operations: Operations, catalogue: Catalogue
) -> None:
    described = {(name, method) for name, method, _ in operations if name not in SHARED}

    offered = [one for one in catalogue.actions.values() if one.surface == "any"]
    assert described == {(one.name, "post") for one in offered} | {
        (one.name, "get") for one in offered if one.reads and not _needs_an_object(one)
    }


def _needs_an_object(action: Action) -> bool:
    """Whether it cannot do without what no query can hold, such as an amount with its currency."""
    properties = action.input_schema["properties"]
    return any(
        properties[name]["type"] == "object"
        or properties[name].get("items", {}).get("type") == "object"
        for name in action.input_schema.get("required", ())
    )


def test_every_operation_has_an_id_of_its_own(operations: Operations) -> None:
    ids = [operation["operationId"] for _, _, operation in operations]

    assert len(ids) == len(set(ids))


def test_every_operation_says_what_it_needs_and_may_refuse(operations: Operations) -> None:
    for name, method, operation in operations:
        if name in SHARED:
            continue
        assert operation["tags"] == [name.partition(".")[0]]
        assert operation["x-eyeot-action"]["permission"]
        assert {"200", "401", "403", "404", "409", "422", "429", "500", "503"} <= set(
            operation["responses"]
        )
        if method == "post":
            assert {"400", "413", "415"} <= set(operation["responses"])


def test_a_read_s_arguments_are_parameters(operations: Operations, catalogue: Catalogue) -> None:
    for name, method, operation in operations:
        if method == "get" and name not in SHARED:
            schema = catalogue.actions[name].input_schema
            given = {one["name"]: one for one in operation["parameters"]}
            fitting = {n for n, one in schema["properties"].items() if fits_query(one)}
            assert set(given) == fitting
            required = {name for name, one in given.items() if one["required"]}
            assert required == set(schema.get("required", ()))


def test_writes_may_be_previewed(document: dict[str, Any]) -> None:
    write = document["paths"]["/api/v1/actions/crm.customer.create"]["post"]

    assert write["parameters"] == [
        {"$ref": "#/components/parameters/DryRun"},
        {"$ref": "#/components/parameters/IdempotencyKey"},
    ]
    answered = write["responses"]["200"]["content"]["application/json"]["schema"]
    assert answered["allOf"] == [
        {"$ref": "#/components/schemas/crm.customer"},
        {"$ref": "#/components/schemas/Preview"},
    ]


def test_references_lead_somewhere(document: dict[str, Any]) -> None:
    found = re.findall(r'"#/components/(\w+)/([^"]+)"', str(document).replace("'", '"'))

    assert found
    assert [one for one in found if one[1] not in document["components"][one[0]]] == []


def test_every_schema_is_one(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_examples_fit_their_schemas_and_show_no_placeholder(
    operations: Operations, document: dict[str, Any]
) -> None:
    for name, method, operation in operations:
        if method == "post":
            media = operation["requestBody"]["content"]["application/json"]
            kind = media["schema"]["$ref"].rpartition("/")[2]
            check = Draft202012Validator(document["components"]["schemas"][kind])
            for one in media.get("examples", {}).values():
                assert list(check.iter_errors(one["value"])) == [], name
                assert "'$" not in str(one["value"])


def test_it_names_no_secret(document: dict[str, Any]) -> None:
    key = document["components"]["schemas"]["core.api_key"]["properties"]

    assert "shown_prefix" in key
    assert "secret_hash" not in key


async def test_it_is_the_same_for_everyone(
    anyone: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    assert (await anyone.get("/openapi.json")).content == (await http.get("/openapi.json")).content


async def test_who_has_it_is_told_so(anyone: httpx.AsyncClient) -> None:
    first = await anyone.get("/openapi.json")
    tag = first.headers["etag"]

    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = await anyone.get("/openapi.json", headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    other = await anyone.get("/openapi.json", headers={"If-None-Match": 'W/"other"'})
    assert other.status_code == 200


async def test_it_is_compressed_for_who_takes_that(anyone: httpx.AsyncClient) -> None:
    plain = await anyone.get("/openapi.json", headers={"Accept-Encoding": "identity"})
    refused = await anyone.get("/openapi.json", headers={"Accept-Encoding": "gzip;q=0, br"})
    async with anyone.stream(
        "GET", "/openapi.json", headers={"Accept-Encoding": "br, gzip;q=0.8"}
    ) as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])

    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content
    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in refused.headers


async def test_it_names_the_deployment_s_address(call: Desk) -> None:
    async with serving(call.engine) as address, client_of(address) as client:
        document = (await client.get("/openapi.json")).json()

    assert document["servers"] == [{"url": "http://localhost"}]
