"""Jobs in trouble: cancelled or lost at the wrong moment, outliving rights, telling too much."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from eyeot import app
from eyeot.platform.jobs import occurrence
from eyeot.runtime import queue
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.engine import Engine
from eyeot.runtime.performing import Performance, asking
from eyeot.runtime.request import Request
from eyeot.runtime.worker import Worker
from eyeot.storage.contents import Files
from eyeot.storage.pool import taken
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase
from eyeot.testing.licence import trusting


async def sql(engine: Engine, text: str, *given: Any) -> list[Any]:
    async with taken(engine.database.relay) as connection:
        return list(await connection.fetch(text, *given))


async def planned(call: Desk, action: str, **params: Any) -> dict[str, Any]:
    """The job of a plan that has just come due, not yet begun."""
    await sql(call.engine, "UPDATE core_job SET status = 'cancelled' WHERE finished_at IS NULL")
    await sql(call.engine, "UPDATE core_schedule SET archived_at = now()")
    plan = await call("core.job.schedule", action=action, params=params, cron="0 8 * * *")
    await sql(
        call.engine,
        "UPDATE core_schedule SET next_at = now() WHERE org_id = $1 AND archived_at IS NULL",
        call.caller.org_id,
    )
    await Worker(call.engine, occurrence).plan()
    found: dict[str, Any] = (await call("core.job.list", schedule_id=plan["id"]))["items"][0]
    return found


async def claimed(engine: Engine) -> Performance:
    return Performance(engine, dict((await sql(engine, queue.CLAIM, 1, uuid4()))[0]))


async def test_a_called_action_is_cancelled_as_such_and_keeps_nothing(call: Desk) -> None:
    job = await planned(call, "crm.party.create", name="Jamais")
    performance = await claimed(call.engine)
    await call("core.job.cancel", job_id=job["id"])
    await performance.run()

    assert (await call("core.job.get", id=job["id"]))["status"] == "cancelled"
    assert (await call("crm.party.list"))["total"] == 0
    events = (await call("core.audit_event.list", limit=100))["items"]
    assert {one["code"] for one in events if one["surface"] == "job"} == {"cancelled"}


@pytest.mark.parametrize("action", ["crm.party.create", "crm.party.list"])
async def test_the_end_of_a_called_action_is_told_like_any_job_s(call: Desk, action: str) -> None:
    params = {"name": "Neuve"} if action.endswith("create") else {}
    job = await planned(call, action, **params)
    await Worker(call.engine, occurrence).drain()

    found = await sql(
        call.engine,
        "SELECT payload FROM core_outbox WHERE org_id = $1 AND event = 'core.job.ended'",
        call.caller.org_id,
    )
    assert [one["payload"]["status"] for one in found] == ["done"]
    assert (await call("core.job.get", id=job["id"]))["status"] == "done"


async def test_what_an_action_tells_once_is_not_kept_as_a_job_s_result(call: Desk) -> None:
    made = await call("core.document.create", filename="a.txt", text="a")
    job = await planned(call, "core.document.get_download_link", id=made["id"])
    await Worker(call.engine, occurrence).drain()

    told = await call("core.job.get", id=job["id"])
    assert told["status"] == "done"
    assert "url" not in told["result"]


async def test_a_job_that_takes_its_workers_down_is_given_up(call: Desk) -> None:
    job = await planned(call, "core.user.count")
    for _ in range(50):
        if not await sql(call.engine, queue.CLAIM, 1, uuid4()):
            break
        await sql(
            call.engine,
            "UPDATE core_job SET lease_until = now() - interval '1 s' WHERE status = 'running'",
        )
    await Worker(call.engine, occurrence).drain()

    told = await call("core.job.get", id=job["id"])
    assert (told["status"], told["error"]["code"]) == ("failed", "conflict")


@pytest.mark.parametrize("cron", ["* * * * * *", "@hourly", ""])
async def test_a_plan_has_five_fields(call: Desk, cron: str) -> None:
    told = await call.refused("core.job.schedule", action="core.user.count", params={}, cron=cron)

    assert (told["code"], told["errors"][0]["path"]) == ("invalid", "cron")


async def test_a_plan_that_cannot_be_read_holds_up_nobody_else(call: Desk) -> None:
    job = await planned(call, "core.user.count")
    await sql(
        call.engine,
        "UPDATE core_schedule SET next_at = now(), timezone = 'Mars/Olympus' WHERE org_id = $1",
        call.caller.org_id,
    )
    worker = Worker(call.engine, occurrence)
    await worker.drain()

    assert (await call("core.job.get", id=job["id"]))["status"] == "done"
    plan = (await call("core.schedule.list"))["items"][0]
    assert plan.get("next_at") is None


async def test_a_person_s_job_without_a_credential_is_not_the_system_s(call: Desk) -> None:
    person = {"actor_type": "user", "actor": "Ana", "via": "oauth"}

    with pytest.raises(Exception) as refused:  # noqa: PT011
        await asking(call.engine, call.caller.org_id, person)
    assert getattr(refused.value, "code", None) == "unauthenticated"
    still = await asking(call.engine, call.caller.org_id, person, refusing=False)
    assert (still.access.actions, still.access.permissions) == ({}, {})


async def test_a_job_reads_contents_where_the_deployment_keeps_them(
    catalogue: Catalogue, database: TestDatabase, tmp_path: Path
) -> None:
    engine = await app.start(
        catalogue,
        database.app,
        database.relay,
        store=Files(tmp_path / "kept"),
        licensing=trusting(),
    )
    try:
        house = await House.open(engine)
        desk = await house.desk("crm:write", "crm.party:import", "core.job:write", "core:write")
        started = await desk("crm.party.import", text="name\nUn\n")
        await desk("core.import_job.run", job_id=started["import_job_id"])
        await Worker(engine, occurrence).drain()
        done = await desk("core.import_job.get", id=started["import_job_id"])
    finally:
        await app.stop(engine)

    assert (done["status"], done["ok"]) == ("done", 1)


async def test_a_refused_row_s_sensitive_values_are_in_no_audit(lab_house: House) -> None:
    scopes = ("lab:read", "lab:write", "lab.employee:import", "lab.employee:salary")
    trusted = await lab_house.desk(
        *scopes, "core:read", "core.job:write", "core:write", owner="anne"
    )
    text = f"name;salary\n{'x' * 60};4242.42\n"
    started = await trusted("lab.employee.import", text=text)
    await trusted("core.import_job.run", job_id=started["import_job_id"], mode="best_effort")
    await Worker(lab_house.engine, occurrence).drain()
    plain = await lab_house.desk("lab:read", "lab.employee:import", "core:read", "core:audit")

    told = await trusted("core.import_job.list_errors", job_id=started["import_job_id"])
    assert told["items"][0]["values"]["salary"] == "4242.42"
    assert "4242" not in repr(await plain("core.audit_event.list", limit=100))
    told = await plain("core.import_job.list_errors", job_id=started["import_job_id"])
    assert "4242" not in repr(told)
    told = await plain("core.import_job.suggest_mapping", resource="lab.employee", text=text)
    assert "salary" not in told["fields"]


async def test_a_preview_of_a_job_has_none_to_wait_for(call: Desk) -> None:
    started = await call("crm.party.import", text="name\nUn\n")
    answer = await call.engine.execute(
        Request(
            action="core.import_job.run",
            arguments={"job_id": started["import_job_id"]},
            caller=call.caller,
            surface="mcp",
            dry_run=True,
            progress=lambda *_: None,
        )
    )

    assert answer.effects is not None
    assert "job" not in answer.result


@pytest.mark.parametrize("mode", ["best_effort", "atomic"])
async def test_a_key_that_is_cut_while_its_job_runs_does_no_further_step(
    house: House, call: Desk, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    await sql(call.engine, "UPDATE core_job SET status = 'cancelled' WHERE finished_at IS NULL")
    desk = await house.desk("crm:write", "crm.party:import", "core.job:write", "core:write")
    text = "name\n" + "".join(f"Client {n}\n" for n in range(1001))
    started = await desk("crm.party.import", text=text)
    await desk("core.import_job.run", job_id=started["import_job_id"], mode=mode)
    event, steps = Performance._event, 0

    def cut(self: Performance, *given: Any) -> Any:
        nonlocal steps
        steps += 1
        return event(self, *given)

    async def revoking(self: Performance, *given: Any) -> Any:
        if steps == 1:
            key = desk.caller.credential_id
            await house.operator.call("core.api_key.revoke", id=key, reason="test")
        return await settled(self, *given)

    settled = Performance._asked
    monkeypatch.setattr(Performance, "_event", cut)
    monkeypatch.setattr(Performance, "_asked", revoking)
    await Worker(call.engine, occurrence).drain()

    job = (await call("core.job.list", kind="core.import_job.load"))["items"][0]
    assert (job["status"], job["error"]["code"]) == ("failed", "unauthenticated")
    assert (await call("crm.party.count"))["count"] == (500 if mode == "best_effort" else 0)


@pytest.mark.parametrize(
    ("action", "params", "path"),
    [
        ("crm.customer.create", {}, "name"),
        ("crm.customer.create", {"name": None, "tier": "B"}, "name"),
        ("crm.customer.update", {"id": "{customer}"}, ""),
        ("crm.customer.update", {"id": "{customer}", "name": None}, "name"),
    ],
)
async def test_a_plan_whose_arguments_together_mean_nothing_is_refused(
    call: Desk, action: str, params: dict[str, Any], path: str
) -> None:
    made = await call("crm.customer.create", name="Plan")
    given = {name: made["id"] if name == "id" else value for name, value in params.items()}

    told = await call.refused("core.job.schedule", action=action, params=given, cron="0 8 * * *")
    assert (told["code"], [one["path"] for one in told["errors"]]) == ("invalid", [path])
    again = await call.refused(action, **given)
    assert again["errors"] == told["errors"]


async def test_a_plan_may_link_instead_of_naming(call: Desk) -> None:
    party = await call("crm.party.create", name="Plan")
    params = {"party_id": party["id"]}

    await call("core.job.schedule", action="crm.customer.create", params=params, cron="0 8 * * *")
