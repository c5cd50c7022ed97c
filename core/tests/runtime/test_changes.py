"""Changes: several writes to one record in one call are told as one, from what it was to what it is."""

import asyncio
from typing import Any

import pytest

from core.tests.raw import connected
from eyeot.runtime.engine import Engine
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase


@pytest.fixture
async def desk(lab_house: House) -> Desk:
    """Somebody who may do everything with employees."""
    return await lab_house.desk(
        "lab:read", "lab:write", "lab.employee:delete", "lab.employee:salary", owner="anne"
    )


async def _last(lab_database: TestDatabase, desk: Desk) -> tuple[dict[str, Any], list[Any]]:
    """The newest write in the audit, and its outbox rows."""
    async with connected(lab_database.admin) as admin:
        event = await admin.fetchrow(
            "SELECT * FROM core_audit_event WHERE org_id = $1 AND outcome = 'ok' ORDER BY id DESC",
            desk.caller.org_id,
        )
        out = await admin.fetch(
            "SELECT * FROM core_outbox WHERE org_id = $1 AND cause = $2 ORDER BY id",
            desk.caller.org_id,
            event["id"],
        )
    return dict(event), out


async def test_several_writes_are_one_change(desk: Desk, lab_database: TestDatabase) -> None:
    made = await desk("lab.employee.create", name="Zoé", desk="D1", salary="5")

    paid = await desk("lab.employee.pay", id=made["id"])

    event, out = await _last(lab_database, desk)
    (change,) = event["changes"]
    assert change["operation"] == "updated"
    assert change["fields"]["desk"] == {"before": "D1", "after": "D30"}
    assert set(change["fields"]) == {"desk", "salary"}
    assert paid["version"] == made["version"] + 3
    assert [row["event"] for row in out] == ["lab.employee.updated", "lab.employee.paid"]


async def test_a_record_changed_and_deleted_was_what_it_was_before_the_call(
    desk: Desk, lab_database: TestDatabase
) -> None:
    made = await desk("lab.employee.create", name="Zoé", desk="D1")
    await desk("lab.employee.dismiss", id=made["id"])

    event, out = await _last(lab_database, desk)
    (change,) = event["changes"]
    assert change["operation"] == "deleted"
    assert change["fields"]["desk"] == {"before": "D1", "after": None}
    assert [row["event"] for row in out][-1] == "lab.employee.deleted"


async def test_a_record_added_and_deleted_never_was(desk: Desk, lab_database: TestDatabase) -> None:
    made = await desk("lab.employee.create", name="Zoé")
    effects = await desk.preview("lab.employee.visit", id=made["id"])
    await desk("lab.employee.visit", id=made["id"])

    event, out = await _last(lab_database, desk)
    assert event["changes"] is None
    assert out == []
    told = [effects[one] for one in ("created", "modified", "deleted", "events")]
    assert told == [[], [], [], []]
    assert (await desk("lab.employee.count"))["count"] == 1


@pytest.mark.parametrize("dry", [False, True])
async def test_a_reaction_that_refuses_leaves_nothing(desk: Desk, *, dry: bool) -> None:
    made = await desk("lab.employee.create", name="Zoé")

    refusal = await desk.refused("lab.employee.update", id=made["id"], desk="taken", dry_run=dry)

    assert (refusal["code"], refusal["field"]) == ("conflict", "desk")
    assert await desk("lab.employee.get", id=made["id"]) == made
    assert len((await desk("lab.employee.history", id=made["id"]))["items"]) == 1


async def test_effects_are_the_changes_of_the_real_run(
    desk: Desk, lab_database: TestDatabase
) -> None:
    made = await desk("lab.employee.create", name="Zoé", desk="D1", salary="5")

    effects = await desk.preview("lab.employee.pay", id=made["id"])
    await desk("lab.employee.pay", id=made["id"])

    event, _ = await _last(lab_database, desk)
    assert effects["events"] == event["events"]
    assert [one["id"] for one in effects["modified"]] == [made["id"]]
    assert set(effects["modified"][0]["changes"]) == set(event["changes"][0]["fields"])


async def test_calls_that_deadlock_are_run_again(desk: Desk) -> None:
    one, two = [(await desk("lab.employee.create", name=name))["id"] for name in ("A", "B")]

    for _ in range(2):
        await asyncio.gather(
            desk("lab.employee.meet", id=one, other_id=two),
            desk("lab.employee.meet", id=two, other_id=one),
        )

    found = [(await desk("lab.employee.get", id=id))["desk"] for id in (one, two)]
    assert found == ["4", "4"]


async def test_a_deleted_record_is_gone_from_search(desk: Desk, lab: Engine) -> None:
    made = await desk("lab.employee.create", name="Zoé Unique")
    assert (await desk("lab.employee.search", query="zoé unique"))["items"]

    await desk("lab.employee.delete", id=made["id"])

    assert (await desk("lab.employee.search", query="zoé unique"))["items"] == []
    assert (await desk.refused("lab.employee.get", id=made["id"]))["code"] == "not_found"
