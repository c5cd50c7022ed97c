"""Bulk: many records in one call, all or nothing or as many as can be."""

from typing import Any

from eyeot.testing import Desk, House

GOOD = {"name": "Boulangerie Martin", "kind": "company"}


async def test_all_rows_are_made_or_none_and_every_mistake_is_told(call: Desk) -> None:
    rows = [GOOD, {"name": "X", "emial": "a@b.fr"}, GOOD, {"kind": "robot"}]

    told = await call.refused("crm.party.bulk_create", items=rows)

    assert told["code"] == "invalid"
    assert {one["path"] for one in told["errors"]} >= {"items.1.emial", "items.3.kind"}
    assert not any(one["path"].startswith(("items.0", "items.2")) for one in told["errors"])
    assert (await call("crm.party.list"))["total"] == 0


async def test_the_good_rows_are_kept_when_that_is_asked_for(call: Desk) -> None:
    siren = {"siren": "732829320"}
    rows = [{**GOOD, **siren}, {**GOOD, **siren}, GOOD]

    made = await call("crm.party.bulk_create", items=rows, mode="best_effort")

    assert (made["done"], made["refused"]) == (2, 1)
    assert made["results"][1]["error"]["code"] == "conflict"
    assert (await call("crm.party.list"))["total"] == 2
    found = await call("crm.party.search", query="boulangerie")
    assert {one["id"] for one in found["items"]} == {
        made["results"][0]["id"],
        made["results"][2]["id"],
    }


async def test_a_bulk_update_changes_each_row_by_its_id_and_version(call: Desk) -> None:
    made = await call("crm.party.bulk_create", items=[GOOD, GOOD, GOOD])
    ids = [one["id"] for one in made["results"]]

    rows: list[dict[str, Any]] = [
        {"id": ids[0], "name": "Un", "expected_version": 1},
        {"id": ids[1], "name": "Deux", "expected_version": 9},
        {"id": "pty_01h455vb4pex5vsknk084sn02q", "name": "Trois"},
    ]
    done = await call("crm.party.bulk_update", items=rows, mode="best_effort")

    codes = [one.get("error", {}).get("code") for one in done["results"]]
    assert codes == [None, "version_conflict", "not_found"]
    names = {one["name"] for one in (await call("crm.party.list"))["items"]}
    assert names == {"Un", "Boulangerie Martin"}


async def test_five_hundred_rows_are_one_call_and_more_are_refused(call: Desk) -> None:
    made = await call("crm.customer.bulk_create", items=[GOOD] * 500)

    assert made["done"] == 500
    assert (await call("crm.customer.count"))["count"] == 500
    told = await call.refused("crm.customer.bulk_create", items=[GOOD] * 501)
    assert told["errors"][0]["path"] == "items"


async def test_a_dry_run_tells_every_record_and_keeps_none(call: Desk) -> None:
    effects = await call.preview("crm.customer.bulk_create", items=[GOOD, GOOD])

    assert [one["type"] for one in effects["created"]].count("crm.customer") == 2
    assert (await call("crm.customer.count"))["count"] == 0


async def test_who_may_only_read_makes_none(house: House, call: Desk) -> None:
    reader = await house.desk("crm:read")

    told = await reader.refused("crm.party.bulk_create", items=[GOOD])

    assert told["code"] == "permission_denied"


async def test_rows_stay_within_the_caller_s_own_reach(house: House, call: Desk) -> None:
    await house.person("seller", "sales")
    seller = await house.desk(role="sales", owner="seller")
    other = await call("crm.party.create", **GOOD)

    told = await seller.refused(
        "crm.party.bulk_update", items=[{"id": other["id"], "name": "Pris"}]
    )

    assert told["errors"][0]["code"] == "not_found"
