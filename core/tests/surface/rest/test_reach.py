"""Reach: a key sees what its role and its person may see, whatever the verb."""

import httpx
import pytest

from core.tests.surface.rest.live import client_of
from eyeot.testing import Desk, House


@pytest.fixture
async def mine_and_theirs(call: Desk, house: House) -> tuple[str, str]:
    """A customer of Alice's and one of Bob's."""
    found = []
    for name in ("alice", "bob"):
        person = await house.person(name, "sales")
        made = await call("crm.customer.create", name=f"Client de {name}", owner_id=person)
        found.append(str(made["id"]))
    return found[0], found[1]


async def test_a_seller_s_key_reads_and_changes_own_customers_only(
    address: str, house: House, mine_and_theirs: tuple[str, str]
) -> None:
    mine, theirs = mine_and_theirs
    key = await house.make_key(role="sales", owner="alice")
    async with client_of(address, key["key"]) as seller:
        listed = await seller.get("/actions/crm.customer.list")
        counted = await seller.get("/actions/crm.customer.count")
        found = await seller.get("/actions/core.session.search", params={"query": "Client de"})
        own = await seller.get("/actions/crm.customer.get", params={"id": mine})
        other = await seller.get("/actions/crm.customer.get", params={"id": theirs})
        changed = await seller.post(
            "/actions/crm.customer.update", json={"id": theirs, "tier": "A"}
        )
        history = await seller.get("/actions/crm.customer.history", params={"id": theirs})

    assert [one["id"] for one in listed.json()["items"]] == [mine]
    assert counted.json() == {"count": 1}
    assert theirs not in [one["id"] for one in found.json()["items"]]
    assert own.status_code == 200
    assert [one.status_code for one in (other, changed, history)] == [404, 404, 404]


async def test_a_dry_run_reaches_no_further(
    address: str, house: House, mine_and_theirs: tuple[str, str]
) -> None:
    key = await house.make_key(role="sales", owner="alice")
    async with client_of(address, key["key"]) as seller:
        change = {"id": mine_and_theirs[1], "tier": "A", "dry_run": True}
        told = await seller.post("/actions/crm.customer.update", json=change)

    assert told.status_code == 404


async def test_the_directory_shows_a_reader_no_write(
    address: str, house: House, anyone: httpx.AsyncClient
) -> None:
    key = await house.make_key("crm:read")
    async with client_of(address, key["key"]) as reader:
        listed = (await reader.get("/actions")).json()["items"]

    assert {one["risk"] for one in listed} == {"r"}
    assert {one["name"].split(".")[0] for one in listed} == {"crm", "core"}
    assert [one["name"] for one in listed if one["name"].startswith("core.")] == [
        "core.session.search",
        "core.session.whoami",
    ]
