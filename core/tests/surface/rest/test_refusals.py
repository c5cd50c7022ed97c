"""Refusals: their statuses, and the one form they have."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from core.tests.surface.rest.live import BAKERY, client_of
from eyeot.testing import Desk, House

CREATE = "/actions/crm.customer.create"
JSON = {"Content-Type": "application/json"}


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The body of a refusal, whose form is checked."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["type"] == f"urn:eyeot:problem:{code}"
    assert (body["code"], body["status"]) == (code, status)
    assert body["title"]
    assert body["detail"]
    assert "message" not in body
    assert isinstance(body["hint"], str)
    return body


async def test_no_key_is_401_with_a_challenge(anyone: httpx.AsyncClient) -> None:
    for path in ("/actions", "/actions/crm.customer.count", "/actions/no.such.thing"):
        answer = await anyone.get(path)

        refused(answer, 401, "unauthenticated")
        assert answer.headers["www-authenticate"] == 'Bearer realm="eyeot"'


@pytest.mark.parametrize(
    "sent", ["Bearer eyk_wrong", "Bearer nonsense", "Bearer éé", "Bearer \x01"]
)
async def test_a_wrong_key_is_told_so(anyone: httpx.AsyncClient, sent: str) -> None:
    answer = await anyone.get("/actions", headers={b"Authorization": sent.encode("latin-1")})

    if answer.status_code != 400:  # the server itself may refuse control characters
        refused(answer, 401, "unauthenticated")
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]


async def test_another_scheme_is_no_key(anyone: httpx.AsyncClient) -> None:
    answer = await anyone.get("/actions", auth=("user", "password"))

    refused(answer, 401, "unauthenticated")


async def test_a_key_bound_to_another_network_is_401(address: str, house: House) -> None:
    made = await house.make_key("crm:read", ip_allowlist=["203.0.113.0/24"])

    async with client_of(address, made["key"]) as stranger:
        refused(await stranger.get("/actions"), 401, "unauthenticated")


async def test_a_key_bound_to_this_network_works(address: str, house: House) -> None:
    made = await house.make_key("crm:read", ip_allowlist=["127.0.0.0/8"])

    async with client_of(address, made["key"]) as local:
        assert (await local.get("/actions")).status_code == 200


async def test_a_revoked_key_is_401_within_a_second(
    address: str, house: House, http: httpx.AsyncClient
) -> None:
    made = await house.make_key("crm:read")
    async with client_of(address, made["key"]) as soon:
        assert (await soon.get("/actions")).status_code == 200

        cut = {"id": made["id"], "reason": "Poste volé"}
        assert (await http.post("/actions/core.api_key.revoke", json=cut)).status_code == 200

        async with asyncio.timeout(1):
            while (answer := await soon.get("/actions")).status_code == 200:
                await asyncio.sleep(0.01)
        refused(answer, 401, "unauthenticated")


async def test_a_missing_permission_is_403_and_named(address: str, house: House) -> None:
    made = await house.make_key("crm:read")

    async with client_of(address, made["key"]) as reader:
        body = refused(await reader.post(CREATE, json=BAKERY), 403, "permission_denied")

    assert body["permission"] == "crm:write"


async def test_what_needs_a_person_is_403(http: httpx.AsyncClient) -> None:
    answer = await http.post("/actions/core.api_key.create", json={"name": "x", "scopes": ["*"]})

    assert refused(answer, 403, "human_required")["action"] == "core.api_key.create"


async def test_what_needs_the_operator_is_403(http: httpx.AsyncClient) -> None:
    answer = await http.post("/actions/core.organization.create", json={"legal_name": "x"})

    refused(answer, 403, "operator_required")


@pytest.mark.parametrize("path", ["/", "/action", "/openapi.json/x", "/openapi"])
async def test_another_address_is_404(http: httpx.AsyncClient, path: str) -> None:
    refused(await http.get(path), 404, "not_found")


async def test_an_unknown_action_is_404_with_the_nearest(http: httpx.AsyncClient) -> None:
    body = refused(await http.post("/actions/crm.custmer.create", json={}), 404, "not_found")

    assert "crm.customer.create" in body["nearest"]


async def test_an_action_of_a_module_that_is_not_there_is_404(http: httpx.AsyncClient) -> None:
    answer = await http.get("/actions/nosuch.thing.list", params={"limit": 3})

    refused(answer, 404, "not_found")


@pytest.mark.parametrize(
    "name", ["%00", "crm.customer.list%00", "a" * 3000, "%F0%9F%8D%9E", "é.b.c"]
)
async def test_a_name_no_action_can_have_is_404(http: httpx.AsyncClient, name: str) -> None:
    refused(await http.post(f"/actions/{name}", json={}), 404, "not_found")


async def test_another_organisation_s_record_is_404(
    address: str, house: House, customer: str
) -> None:
    stranger = await (await House.open(house.engine)).make_key("crm:read", "crm:write")

    async with client_of(address, stranger["key"]) as other:
        read = await other.get("/actions/crm.customer.get", params={"id": customer})
        change = {"id": customer, "tier": "A"}
        written = await other.post("/actions/crm.customer.update", json=change)

    refused(read, 404, "not_found")
    refused(written, 404, "not_found")


async def test_reads_take_no_other_method_than_get_and_post(http: httpx.AsyncClient) -> None:
    for method in ("PUT", "PATCH", "DELETE", "PROPFIND"):
        answer = await http.request(method, "/actions/crm.customer.list")

        refused(answer, 405, "method_not_allowed")
        assert answer.headers["allow"] == "GET, HEAD, POST, OPTIONS"


async def test_a_write_takes_no_get(http: httpx.AsyncClient, call: Desk) -> None:
    answer = await http.get("/actions/crm.customer.create", params={"name": "x"})

    refused(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "POST, OPTIONS"
    assert await call("crm.customer.count") == {"count": 0}


async def test_the_directory_and_the_document_are_read_only(http: httpx.AsyncClient) -> None:
    for path in ("/actions", "/openapi.json"):
        answer = await http.post(path, json={})

        refused(answer, 405, "method_not_allowed")
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


async def test_a_stale_version_is_409(http: httpx.AsyncClient, customer: str) -> None:
    change = {"id": customer, "tier": "A"}
    first = await http.post("/actions/crm.customer.update", json=change)
    stale = {"id": customer, "tier": "B", "expected_version": first.json()["version"] - 1}

    answer = await http.post("/actions/crm.customer.update", json=stale)

    body = refused(answer, 409, "version_conflict")
    assert body["current"] == first.json()["version"]


async def test_a_step_the_state_does_not_allow_is_409(http: httpx.AsyncClient, call: Desk) -> None:
    lead = await call("crm.lead.create", title="Four", company_name="Le Fournil")

    answer = await http.post("/actions/crm.lead.convert", json={"id": lead["id"]})

    assert refused(answer, 409, "state_refused")["state"] == "new"


async def test_every_wrong_field_is_told_at_once(http: httpx.AsyncClient) -> None:
    wrong = {"tier": "Z", "siren": "123", "nmae": "x"}

    body = refused(await http.post(CREATE, json=wrong), 422, "invalid")

    assert {one["path"] for one in body["errors"]} == {"tier", "siren", "nmae"}


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("limit=many", "limit"),
        ("limit=1&limit=2", "limit"),
        ("is_taxable_person=perhaps", "is_taxable_person"),
        ("tier_in=A,Z", "tier_in.1"),
        ("colour=red", "colour"),
        ("expected_version=1", "expected_version"),
        ("dry_run=maybe", "dry_run"),
        ("name_contains=a%00b", "name_contains"),
    ],
)
async def test_a_wrong_parameter_is_422(http: httpx.AsyncClient, query: str, path: str) -> None:
    body = refused(await http.get(f"/actions/crm.customer.list?{query}"), 422, "invalid")

    assert body["errors"][0]["path"] == path


async def test_a_nul_is_422_and_named(http: httpx.AsyncClient) -> None:
    holding = {"name": "x", "addresses": [{"line1": "a\x00b", "city": "Lyon"}]}

    body = refused(await http.post(CREATE, json=holding), 422, "invalid")

    assert [one["path"] for one in body["errors"]] == ["addresses.0.line1"]


async def test_an_escaped_backslash_is_no_nul(http: httpx.AsyncClient) -> None:
    made = await http.post(CREATE, json={"name": "C:\\u0000"})

    assert made.json()["name"] == "C:\\u0000"


async def test_contradictory_keys_and_what_is_none_are_refused(
    http: httpx.AsyncClient, call: Desk
) -> None:
    key = {"Idempotency-Key": "0190a5d1-ac96-774b-bcce-b302099a8057"}

    none = await http.post(CREATE, json=BAKERY, headers={"Idempotency-Key": "k-1"})
    other = {**BAKERY, "idempotency_key": "0190a5d1-ac96-774b-bcce-b302099a8058"}
    contradicted = await http.post(CREATE, json=other, headers=key)
    twice = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    repeated = await http.post(CREATE, json=BAKERY, headers=twice)

    for answer in (none, contradicted, repeated):
        refused(answer, 422, "invalid")
    assert await call("crm.customer.count") == {"count": 0}


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"nonsense",
        b"[]",
        b'"text"',
        b"null",
        b"1",
        b'{"name": "\xff\xfe"}',
        b'{"name": "\\ud800"}',
        b'{"name": "\\udc00\\ud800"}',
        b'{"name": NaN}',
        b"{'name': 1}",
        b'{"name": "x"} {}',
        b"[" * 100_000,
        b'{"a":' * 40 + b"1" + b"}" * 40,
        b'{"a":' * 800 + b"[]" + b"}" * 800,
        b'{"a":' + b"[" * 300 + b"]" * 300 + b"}",
    ],
)
async def test_a_body_that_is_no_plain_object_is_400(http: httpx.AsyncClient, raw: bytes) -> None:
    refused(await http.post(CREATE, content=raw, headers=JSON), 400, "malformed")


@pytest.mark.parametrize(
    "query", ["query=%FF", "query=a&" + "&".join(f"p{i}=1" for i in range(1001))]
)
async def test_a_query_that_cannot_be_read_is_400(http: httpx.AsyncClient, query: str) -> None:
    refused(await http.get(f"/actions/core.session.search?{query}"), 400, "malformed")


async def test_a_body_of_a_get_is_refused(http: httpx.AsyncClient) -> None:
    answer = await http.request("GET", "/actions/crm.customer.list", json={"limit": 1})

    refused(answer, 422, "invalid")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=iso-8859-1"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
async def test_another_media_type_is_415(http: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await http.post(CREATE, content=b'{"name": "x"}', headers=headers)

    refused(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("kind", ["application/json; charset=UTF-8", "Application/JSON"])
async def test_ways_to_say_json_are_taken(http: httpx.AsyncClient, kind: str) -> None:
    answer = await http.post(CREATE, content=b'{"name": "x"}', headers={"Content-Type": kind})

    assert answer.status_code == 200


async def test_a_body_over_the_limit_is_413(http: httpx.AsyncClient, call: Desk) -> None:
    raw = json.dumps({"name": "x" * 10_000_000}).encode()

    announced = await http.post(CREATE, content=raw, headers=JSON)
    chunked = await http.post(CREATE, content=_pieces(raw), headers=JSON)

    for answer in (announced, chunked):
        assert refused(answer, 413, "body_too_large")["limit"] == 4 * 1024 * 1024
    assert await call("crm.customer.count") == {"count": 0}


async def _pieces(raw: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(raw), 65_536):
        yield raw[at : at + 65_536]


async def test_a_large_body_under_the_limit_is_read(http: httpx.AsyncClient) -> None:
    raw = json.dumps({"name": "x" * 4_000_000}).encode()

    body = refused(await http.post(CREATE, content=_pieces(raw), headers=JSON), 422, "invalid")

    assert body["errors"][0]["path"] == "name"


async def test_hints_lead_to_addresses_rather_than_to_mcp_tools(http: httpx.AsyncClient) -> None:
    wrong = refused(await http.post(CREATE, json={"nom": "x"}), 422, "invalid")
    unknown = refused(await http.post("/actions/crm.customer.fly"), 404, "not_found")
    document = (await http.get("/openapi.json")).json()

    address = wrong["hint"].partition("#/paths/")[2].partition(" ")[0].replace("~1", "/")
    assert address in document["paths"]
    assert "GET /api/v1/actions" in unknown["hint"]
    assert "eyeot_" not in wrong["hint"] + unknown["hint"]
