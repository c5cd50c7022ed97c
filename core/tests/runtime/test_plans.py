"""Plans: what a dry run told is committed exactly as it was told, or not at all."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from core.tests.raw import connected
from core.tests.runtime.lab import SALARY
from core.tests.runtime.test_batch import ref
from eyeot.declare.access import Access
from eyeot.declare.problem import Problem
from eyeot.runtime.request import BatchAnswer, Keys, Request
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase

CREATE, UPDATE = "crm.party.create", "crm.party.update"
MILL: dict[str, Any] = {"name": "Moulins de l'Est"}


async def planned(call: Desk, action: str, **given: Any) -> str:
    token = (await call.answer(action, dry=True, **given)).plan_token
    assert token
    return token


async def batch(
    desk: Desk, *calls: tuple[str, dict[str, Any]], dry: bool = False, token: str | None = None
) -> BatchAnswer:
    requests = [
        Request(action=name, arguments=given, caller=desk.caller, surface="mcp")
        for name, given in calls
    ]
    return await desk.engine.execute_all(requests, dry_run=dry, keys=Keys(plan_token=token))


async def refusal(work: Any) -> dict[str, Any]:
    with pytest.raises(Problem) as caught:
        await work
    return caught.value.body()


async def test_a_plan_is_committed_without_its_arguments_once(call: Desk) -> None:
    token = await planned(call, CREATE, **MILL)

    first = await call.answer(CREATE, plan_token=token)
    again = await call.answer(CREATE, plan_token=token)
    repeated = await call.answer(CREATE, **MILL, plan_token=token)

    assert first.result["name"] == MILL["name"]
    assert (first.replayed, again.replayed, repeated.replayed) == (False, True, True)
    assert first.result == again.result == repeated.result
    assert (await call("crm.party.count"))["count"] == 1


async def test_a_plan_tells_the_difference_when_the_effects_have_changed(call: Desk) -> None:
    id = (await call(CREATE, **MILL))["id"]
    token = await planned(call, UPDATE, id=id, name="Moulins du Nord")
    await call(UPDATE, id=id, name="Moulins du Sud")

    told = await call.refused(UPDATE, plan_token=token)

    assert (told["code"], told["reason"]) == ("plan_stale", "changed")
    apart = {one["path"]: one for one in told["difference"]}
    path = f"modified.{id}.changes.name.before"
    assert apart[path] == {"path": path, "planned": MILL["name"], "now": "Moulins du Sud"}
    assert (await call("crm.party.get", id=id))["name"] == "Moulins du Sud"
    # Nothing was used up: once the world is as it was, the plan fits again.
    await call(UPDATE, id=id, name=MILL["name"])
    assert (await call(UPDATE, plan_token=token))["name"] == "Moulins du Nord"


async def test_a_plan_is_for_one_credential_one_action_and_its_arguments(
    call: Desk, house: House
) -> None:
    id = (await call(CREATE, **MILL))["id"]
    token = await planned(call, UPDATE, id=id, name="Moulins du Nord")
    other = await house.desk("crm:read", "crm:write", owner="owner")

    tried = [
        await other.refused(UPDATE, plan_token=token),
        await other.refused(UPDATE, id=id, name="Moulins du Nord", plan_token=token),
        await call.refused("crm.party.archive", id=id, plan_token=token),
        await call.refused(UPDATE, id=id, name="Moulins du Nord", plan_token=f"{token}x"),
        await refusal(batch(call, (UPDATE, {}), token=token)),
    ]
    changed = await call.refused(UPDATE, id=id, name="Autre", plan_token=token)

    assert {(one["code"], one["reason"]) for one in tried} == {("plan_stale", "unknown")}
    assert len({repr(one) for one in tried}) == 1
    assert (changed["code"], changed["reason"]) == ("plan_stale", "arguments")
    assert (await call("crm.party.get", id=id))["name"] == MILL["name"]


@pytest.mark.parametrize(
    "beside", [{"dry_run": True}, {"idempotency_key": str(uuid4())}, {"plan_token": 7}]
)
async def test_a_plan_stands_alone(call: Desk, beside: dict[str, Any]) -> None:
    token = await planned(call, CREATE, **MILL)

    told = await call.refused(CREATE, **{"plan_token": token, **beside})

    assert told["code"] == "invalid"
    assert (await call("crm.party.count"))["count"] == 0


async def test_a_plan_is_over_after_ten_minutes_unless_it_was_committed(
    call: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, lost = await planned(call, CREATE, **MILL), await planned(call, CREATE, name="Autre")
    first = await call.answer(CREATE, plan_token=kept)
    clock = call.engine.clock
    monkeypatch.setattr(call.engine, "clock", lambda: clock() + timedelta(minutes=11))

    again = await call.answer(CREATE, plan_token=kept)
    told = await call.refused(CREATE, plan_token=lost)

    assert again.replayed
    assert again.result == first.result
    assert told["reason"] == "unknown"


async def test_twins_of_a_plan_do_one_thing(call: Desk) -> None:
    token = await planned(call, CREATE, **MILL)

    answers = await asyncio.gather(*(call.answer(CREATE, plan_token=token) for _ in range(30)))

    assert sum(not one.replayed for one in answers) == 1
    assert (await call("crm.party.count"))["count"] == 1


async def test_a_batch_has_one_plan(call: Desk) -> None:
    calls: tuple[tuple[str, dict[str, Any]], ...] = (
        (CREATE, MILL),
        (UPDATE, {"id": ref("1.id"), "website": "https://moulins.example"}),
    )
    preview = await batch(call, *calls, dry=True)
    assert preview.plan_token

    done = await batch(call, (CREATE, {}), (UPDATE, {}), token=preview.plan_token)
    again = await batch(call, *calls, token=preview.plan_token)

    assert done.results[1]["website"] == "https://moulins.example"
    assert again.replayed
    assert again.results == done.results
    wrong = await refusal(batch(call, (UPDATE, {}), (CREATE, {}), token=preview.plan_token))
    assert wrong["reason"] == "unknown"


async def test_a_plan_compares_what_its_caller_sees_and_tells_no_more(lab_house: House) -> None:
    desk = await lab_house.desk("lab:read", "lab:write", SALARY, owner="anne")
    id = (await desk("lab.employee.create", name="Zoé", salary="4200"))["id"]
    token = await planned(desk, "lab.employee.pay", id=id)
    await desk("lab.employee.update", id=id, salary="4300", desk="D9")
    access = desk.caller.access
    seen = {name: one for name, one in access.permissions.items() if name != SALARY}
    poorer = replace(desk.caller, access=replace(access, permissions=seen))

    told = await desk.refused("lab.employee.pay", plan_token=token)
    less = await Desk(desk.engine, poorer).refused("lab.employee.pay", plan_token=token)

    assert "4300" in repr(told["difference"])
    assert less["reason"] == "changed"
    assert "4200" not in repr(less)
    assert "4300" not in repr(less)
    gone = replace(desk.caller, access=Access())
    assert (await Desk(desk.engine, gone).refused("lab.employee.pay", plan_token=token))[
        "code"
    ] == "permission_denied"


async def test_nothing_of_a_plan_is_readable_in_the_database(
    call: Desk, database: TestDatabase
) -> None:
    token = await planned(call, CREATE, name="Moulins secrets", siren="732829320")
    await call(CREATE, plan_token=token)

    async with connected(database.admin) as admin:
        plans = await admin.fetch(
            "SELECT p::text AS row FROM core_plan p WHERE org_id = $1", call.caller.org_id
        )
        events = await admin.fetch(
            "SELECT e::text AS row FROM core_audit_event e WHERE org_id = $1", call.caller.org_id
        )
    assert len(plans) == 1
    assert "Moulins" not in plans[0]["row"]
    assert b"Moulins".hex() not in plans[0]["row"]
    for row in (*plans, *events):
        assert token not in row["row"]
        assert token.encode().hex() not in row["row"]


@pytest.fixture
async def counting(lab_house: House, lab_database: TestDatabase) -> AsyncIterator[Desk]:
    """A house whose counter of badges a posting transaction holds."""
    desk = await lab_house.desk("lab:read", "lab:write", "core:read", owner="anne")
    given = {"name": "Badges", "code": "badge", "pattern": "B{year}-{seq:04}"}
    await lab_house.operator.call("core.sequence.create", **given)
    async with connected(lab_database.admin) as other, other.transaction():
        await other.execute(
            "UPDATE core_sequence SET next_value = next_value WHERE org_id = $1", lab_house.org_id
        )
        yield desk


async def test_a_dry_run_reads_a_number_ahead_while_another_call_holds_the_counter(
    counting: Desk,
) -> None:
    id = (await counting("lab.employee.create", name="Zoé"))["id"]

    effects = await counting.preview("lab.employee.issue_badge", id=id)

    (number,) = effects["numbers"]
    assert number["provisional"]


async def test_a_plan_holds_though_another_took_the_number_it_foresaw(lab_house: House) -> None:
    desk = await lab_house.desk("lab:read", "lab:write", owner="anne")
    given = {"name": "Badges", "code": "badge", "pattern": "B{year}-{seq:04}"}
    await lab_house.operator.call("core.sequence.create", **given)
    ids = [(await desk("lab.employee.create", name=name))["id"] for name in ("Zoé", "Ana")]
    token = await planned(desk, "lab.employee.issue_badge", id=ids[0])
    taken = await desk("lab.employee.issue_badge", id=ids[1])

    came = await desk("lab.employee.issue_badge", plan_token=token)

    assert taken["badge"].endswith("0001")
    assert came["badge"].endswith("0002")
