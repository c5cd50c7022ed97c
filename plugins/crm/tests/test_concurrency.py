"""Concurrency: calls at the same moment end as if they had come one after the other."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from core.tests.firm import furnish
from core.tests.raw import connected
from eyeot.declare.ids import decode
from eyeot.declare.problem import Problem
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase


async def _code(desk: Desk, action: str, **arguments: Any) -> str:
    try:
        await desk(action, **arguments)
    except Problem as refused:
        return refused.code
    return "ok"


async def _customer(call: Desk, **more: Any) -> dict[str, Any]:
    return await call("crm.customer.create", name="Boulangerie Mercier", **more)


@pytest.mark.parametrize("field", ["tier", "trade_name"])
async def test_of_twenty_writers_of_one_version_one_wins(call: Desk, field: str) -> None:
    made = await _customer(call)
    change = {"id": made["id"], "expected_version": made["version"], field: "A"}

    codes = Counter(
        await asyncio.gather(*(_code(call, "crm.customer.update", **change) for _ in range(20)))
    )

    assert codes == {"ok": 1, "version_conflict": 19}
    assert (await call("crm.customer.get", id=made["id"]))["version"] == made["version"] + 1


async def test_twenty_writers_without_a_version_take_turns(call: Desk) -> None:
    made = await _customer(call)

    async def write(count: int) -> str:
        return await _code(call, "crm.customer.update", id=made["id"], headcount=count)

    codes = await asyncio.gather(*map(write, range(1, 21)))

    after = await call("crm.customer.get", id=made["id"])
    history = await call("crm.customer.history", id=made["id"], limit=50)
    assert codes == ["ok"] * 20
    assert after["version"] == made["version"] + 20
    steps = [
        one["changes"]["headcount"] for one in history["items"] if "headcount" in one["changes"]
    ]
    assert steps[0]["after"] == after["headcount"]
    assert Counter(one["after"] for one in steps) == Counter(range(1, 21))
    chain = {one["before"]: one["after"] for one in steps}
    walked, at = [], None
    while at in chain:
        at = chain[at]
        walked.append(at)
    assert len(walked) == 20


async def test_a_version_is_checked_wherever_a_record_is_named(house: House, call: Desk) -> None:
    ids = await furnish(house, call)
    team = {"id": ids["team"], "user_id": ids["anne"]}
    stale: dict[str, dict[str, Any]] = {
        "crm.customer.update": {"id": ids["bakery"], "tier": "A"},
        "crm.customer.archive": {"id": ids["bakery"]},
        "crm.opportunity.win": {"id": ids["oven"]},
        "crm.lead.convert": {"id": ids["qualified"]},
        "core.team.remove_member": {**team, "user_id": ids["boris"]},
    }
    for action, given in stale.items():
        assert await _code(call, action, **given, expected_version=99) == "version_conflict", action
    changed: dict[str, Any] = {**team, "expected_version": 99}
    added = call.answer("core.team.add_member", surface="console", **changed)
    with pytest.raises(Problem) as refused:
        await added
    assert refused.value.code == "version_conflict"


async def test_a_version_where_nothing_read_changes_is_refused(call: Desk) -> None:
    refusal = await call.refused("crm.customer.create", name="Mercier", expected_version=1)

    assert [one["path"] for one in refusal["errors"]] == ["expected_version"]


async def test_either_part_of_a_customer_makes_a_reader_stale(call: Desk) -> None:
    made = await _customer(call)
    await call("crm.party.update", id=made["party_id"], trade_name="Mercier")
    given = {"id": made["id"], "tier": "A", "expected_version": made["version"]}

    refusal = await call.refused("crm.customer.update", **given)

    current = (await call("crm.customer.get", id=made["id"]))["version"]
    assert (refusal["code"], refusal["current"]) == ("version_conflict", current)


async def test_writers_that_cross_are_both_done(call: Desk) -> None:
    """Each changes one party and refers to the other: a reference waits for no writer."""
    one, two = [(await call("crm.party.create", name=name))["id"] for name in ("Un", "Deux")]
    turns = [(one, two), (two, one)] * 8

    async def cross(first: str, second: str) -> str:
        given = {"id": first, "bill_to_id": second}
        return await _code(call, "crm.party.set_hierarchy", **given)

    codes = await asyncio.gather(*(cross(*pair) for pair in turns))

    assert codes == ["ok"] * 16


async def test_a_deal_changed_while_it_is_handed_over_is_not_a_callers_conflict(
    house: House, call: Desk
) -> None:
    """Handing over a customer reads its deals unlocked; a change meanwhile is no fault of the caller."""
    ids = await furnish(house, call)
    given = {"id": ids["bakery"], "user_id": ids["boris"], "cascade": True}

    codes = await asyncio.gather(
        *(
            _code(call, "crm.opportunity.update", id=ids["oven"], next_step=str(n))
            for n in range(8)
        ),
        *(_code(call, "crm.customer.assign_owner", **given) for _ in range(3)),
    )

    assert set(codes) <= {"ok", "busy"}
    assert (await call("crm.opportunity.get", id=ids["oven"]))["owner_id"] == ids["boris"]


async def test_a_lead_converted_twice_at_once_becomes_one_customer_and_one_deal(
    house: House, call: Desk
) -> None:
    ids = await furnish(house, call)
    kinds = ("crm.customer", "crm.contact", "crm.opportunity", "crm.party")
    before = [(await call(f"{kind}.count"))["count"] for kind in kinds]
    lead = ids["qualified"]
    await call("crm.lead.update", id=lead, person_name="Inès Roy")

    codes = await asyncio.gather(*(_code(call, "crm.lead.convert", id=lead) for _ in range(6)))

    after = [(await call(f"{kind}.count"))["count"] for kind in kinds]
    assert Counter(codes) == {"ok": 1, "state_refused": 5}
    assert [new - old for old, new in zip(before, after, strict=True)] == [1, 1, 1, 2]


async def test_one_siren_is_given_to_one_of_many_at_once(call: Desk) -> None:
    codes = await asyncio.gather(
        *(
            _code(call, "crm.customer.create", name=f"Copie {n}", siren="732829320")
            for n in range(8)
        )
    )

    assert Counter(codes) == {"ok": 1, "conflict": 7}
    assert (await call("crm.party.count"))["count"] == 1


async def test_a_write_behind_a_lock_waits_and_then_is_done(
    call: Desk, database: TestDatabase
) -> None:
    made = await _customer(call)
    found = decode(made["id"])
    assert found
    async with connected(database.app, call.caller.org_id) as other:
        async with other.transaction():
            await other.fetch("SELECT 1 FROM crm_customer WHERE id = $1 FOR UPDATE", found[1])
            waiting = asyncio.create_task(call("crm.customer.update", id=made["id"], tier="B"))
            while not await other.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                await asyncio.sleep(0)
        assert (await waiting)["tier"] == "B"
