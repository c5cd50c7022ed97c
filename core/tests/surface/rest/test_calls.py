"""Calls: what a client gets that does it right."""

from typing import Any

import httpx

from core.tests.surface.rest.live import BAKERY
from eyeot.testing import Desk

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


async def test_a_post_runs_an_action(http: httpx.AsyncClient) -> None:
    made = await http.post("/actions/crm.customer.create", json=BAKERY)

    assert made.status_code == 200
    assert made.headers["content-type"] == "application/json"
    assert made.headers["cache-control"] == "no-store"
    assert made.json()["city"] == "Lyon"


async def test_a_get_reads_with_a_query(http: httpx.AsyncClient, customer: str) -> None:
    read = await http.get("/actions/crm.customer.get", params={"id": customer})

    assert read.status_code == 200
    assert read.json()["id"] == customer


async def test_a_post_reads_too(http: httpx.AsyncClient, customer: str) -> None:
    read = await http.post("/actions/crm.customer.get", json={"id": customer})

    assert read.json()["name"] == BAKERY["name"]


async def test_the_key_may_come_as_x_api_key(
    anyone: httpx.AsyncClient, call: Desk, customer: str
) -> None:
    read = await anyone.get("/actions/crm.customer.count", headers={"X-API-Key": call.key})

    assert read.json() == {"count": 1}


async def test_a_list_is_repeated_or_separated_by_commas(
    http: httpx.AsyncClient, customer: str
) -> None:
    for written in ("fields=id,city", "fields=id&fields=city", "fields=id%2Ccity"):
        read = await http.get(f"/actions/crm.customer.get?id={customer}&{written}")

        assert read.json() == {"id": customer, "city": "Lyon"}


async def test_an_item_with_a_comma_is_sent_among_several(
    http: httpx.AsyncClient, call: Desk
) -> None:
    await call("crm.customer.create", **{**BAKERY, "name": "Dupont, Durand et fils"})

    counted = await http.get(
        "/actions/crm.customer.count", params={"name_in": ["Dupont, Durand et fils", "X"]}
    )

    assert counted.json() == {"count": 1}


async def test_an_empty_list_in_a_query_has_no_item(http: httpx.AsyncClient, customer: str) -> None:
    counted = await http.get("/actions/crm.customer.count?tier_in=")

    assert counted.json() == {"count": 0}


async def test_numbers_and_switches_of_a_query_are_read(
    http: httpx.AsyncClient, customer: str
) -> None:
    params = {"limit": "1", "is_taxable_person": "true", "headcount_is_set": "false"}

    page = await http.get("/actions/crm.customer.list", params=params)

    assert page.status_code == 200
    assert len(page.json()["items"]) == 1


async def test_accents_in_a_query_are_read(http: httpx.AsyncClient, customer: str) -> None:
    found = await http.get("/actions/core.session.search", params={"query": "république néuf"})

    assert found.status_code == 200


async def test_head_answers_without_a_body(http: httpx.AsyncClient) -> None:
    told = await http.head("/actions/crm.customer.count")

    assert told.status_code == 200
    assert told.content == b""


async def test_a_post_without_a_body_has_no_argument(http: httpx.AsyncClient) -> None:
    told = await http.post("/actions/core.session.whoami")

    assert told.status_code == 200
    assert told.json()["actor"]["type"] == "agent"


async def test_options_names_the_methods(anyone: httpx.AsyncClient) -> None:
    read = await anyone.options("/actions/crm.customer.get")
    written = await anyone.options("/actions/crm.customer.create")

    assert (read.status_code, read.headers["allow"]) == (204, "GET, HEAD, POST, OPTIONS")
    assert (written.status_code, written.headers["allow"]) == (204, "POST, OPTIONS")


async def last_event(http: httpx.AsyncClient, action: str) -> dict[str, Any]:
    """The newest audit event of an action."""
    params = {"action": action, "limit": "1"}
    page = (await http.get("/actions/core.audit_event.list", params=params)).json()
    event: dict[str, Any] = page["items"][0]
    return event


async def test_the_audit_names_surface_client_address_and_trace(http: httpx.AsyncClient) -> None:
    headers = {"User-Agent": "till/3.1", "traceparent": PARENT}

    await http.post("/actions/crm.customer.create", json=BAKERY, headers=headers)

    event = await last_event(http, "crm.customer.create")
    assert event["surface"] == "rest"
    assert event["client"] == "till/3.1"
    assert event["ip"] == "127.0.0.1"
    assert event["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"


async def test_what_the_address_refuses_itself_is_audited(http: httpx.AsyncClient) -> None:
    headers = {"User-Agent": "till/3.1", "X-Dry-Run": "maybe"}
    await http.post("/actions/crm.customer.create", json=BAKERY, headers=headers)

    event = await last_event(http, "crm.customer.create")
    assert (event["surface"], event["outcome"], event["code"]) == ("rest", "refused", "invalid")
    assert event["client"] == "till/3.1"


async def test_a_broken_traceparent_is_no_trace(http: httpx.AsyncClient) -> None:
    await http.get("/actions/crm.customer.count", headers={"traceparent": "00-zz-01"})

    assert "trace_id" not in await last_event(http, "crm.customer.count")


async def test_a_long_client_name_is_cut(http: httpx.AsyncClient) -> None:
    await http.get("/actions/crm.customer.count", headers={"User-Agent": "x" * 5000})

    assert (await last_event(http, "crm.customer.count"))["client"] == "x" * 200


async def test_the_directory_lists_what_the_caller_may_use(
    http: httpx.AsyncClient, call: Desk
) -> None:
    listed = (await http.get("/actions")).json()

    by_name = {one["name"]: one for one in listed["items"]}
    assert listed["total"] == len(by_name)
    assert by_name["crm.customer.list"]["method"] == "GET"
    assert by_name["crm.customer.create"] == {
        "name": "crm.customer.create",
        "summary": call.engine.catalogue.actions["crm.customer.create"].summary,
        "risk": "w",
        "permission": "crm:write",
        "labels": {"en": "Create a customer", "fr": "Créer un client"},
        "method": "POST",
    }
    assert by_name["core.api_key.create"]["requires"] == "console"
    assert "method" not in by_name["core.api_key.create"]
    assert "core.organization.create" not in by_name
