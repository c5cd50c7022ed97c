"""Dry runs: everything is told, nothing is changed."""

from uuid import uuid4

import httpx
import pytest

from core.tests.surface.rest.live import BAKERY
from eyeot.testing import Desk

CREATE = "/actions/crm.customer.create"


@pytest.mark.parametrize("sent", ["true", "TRUE"])
async def test_the_header_previews(http: httpx.AsyncClient, call: Desk, sent: str) -> None:
    told = await http.post(CREATE, json=BAKERY, headers={"X-Dry-Run": sent})

    assert told.status_code == 200
    answer = told.json()
    assert answer["dry_run"] is True
    assert answer["name"] == BAKERY["name"]
    assert [one["type"] for one in answer["effects"]["created"]] == ["crm.party", "crm.customer"]
    assert await call("crm.customer.count") == {"count": 0}
    assert await call("crm.party.count") == {"count": 0}


async def test_the_argument_previews(http: httpx.AsyncClient, call: Desk) -> None:
    told = await http.post(CREATE, json={**BAKERY, "dry_run": True})

    assert told.json()["dry_run"] is True
    assert await call("crm.customer.count") == {"count": 0}


async def test_a_header_that_says_no_does_the_thing(http: httpx.AsyncClient, call: Desk) -> None:
    told = await http.post(CREATE, json=BAKERY, headers={"X-Dry-Run": "false"})

    assert "dry_run" not in told.json()
    assert await call("crm.customer.count") == {"count": 1}


async def test_one_of_two_that_asks_for_a_preview_gets_one(
    http: httpx.AsyncClient, call: Desk
) -> None:
    arguments = {**BAKERY, "dry_run": True}

    told = await http.post(CREATE, json=arguments, headers={"X-Dry-Run": "false"})

    assert told.json()["dry_run"] is True
    assert await call("crm.customer.count") == {"count": 0}


@pytest.mark.parametrize("sent", ["1", "yes", "", "true, true"])
async def test_a_header_that_says_neither_is_refused(
    http: httpx.AsyncClient, call: Desk, sent: str
) -> None:
    told = await http.post(CREATE, json=BAKERY, headers={"X-Dry-Run": sent})

    assert told.status_code == 422
    assert told.json()["errors"][0]["path"] == "X-Dry-Run"
    assert await call("crm.customer.count") == {"count": 0}


async def test_two_headers_that_contradict_are_refused(http: httpx.AsyncClient, call: Desk) -> None:
    headers = [("X-Dry-Run", "true"), ("X-Dry-Run", "false")]

    told = await http.post(CREATE, json=BAKERY, headers=headers)

    assert told.status_code == 422
    assert await call("crm.customer.count") == {"count": 0}


async def test_a_read_has_nothing_to_preview(http: httpx.AsyncClient, customer: str) -> None:
    told = await http.get("/actions/crm.customer.count?dry_run=true", headers={"X-Dry-Run": "true"})

    assert told.json() == {"count": 1}


async def test_a_query_of_a_post_is_refused_rather_than_passed_over(
    http: httpx.AsyncClient, call: Desk
) -> None:
    told = await http.post(f"{CREATE}?dry_run=true", json=BAKERY)

    assert told.status_code == 422
    assert await call("crm.customer.count") == {"count": 0}


async def test_a_repetition_is_flagged_and_a_plan_is_committed(
    http: httpx.AsyncClient, call: Desk
) -> None:
    key = {"Idempotency-Key": f'"{uuid4()}"'}
    first = await http.post(CREATE, json=BAKERY, headers=key)
    again = await http.post(CREATE, json=BAKERY, headers=key)
    body = {"calls": [{"action": "crm.customer.create", "arguments": BAKERY}]}
    preview = (await http.post("/calls", json={**body, "dry_run": True})).json()
    planned = {"calls": [{"action": "crm.customer.create"}], "plan_token": preview["plan_token"]}
    done = await http.post("/calls", json=planned)
    repeated = await http.post("/calls", json=planned)

    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.content == first.content
    assert preview["commit"]
    assert done.status_code == 200
    assert repeated.headers["idempotent-replayed"] == "true"
    assert await call("crm.customer.count") == {"count": 2}
