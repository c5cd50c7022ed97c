"""Provenance of files: an agent gets nothing past the ledger by putting it in the rows of an import."""

from typing import Any

import pytest

from core.tests.runtime.test_provenance import customers, mutated
from eyeot.platform.jobs import occurrence
from eyeot.runtime.engine import Engine
from eyeot.runtime.request import Request
from eyeot.runtime.worker import Worker
from eyeot.testing import Desk, House

SCOPES = ("crm:read", "crm:write", "crm.opportunity:import", "core:read", "core.job:write")


@pytest.fixture
async def agent(house: House, call: Desk) -> Desk:
    """A desk behind the key of an agent, which is held to what it reads."""
    return await house.desk(*SCOPES, owner="owner", provenance=None)


@pytest.fixture(autouse=True)
async def _pipeline(call: Desk) -> None:
    pipeline = (await call("crm.pipeline.create", name="Ventes", is_default=True))["id"]
    await call("crm.stage.create", pipeline_id=pipeline, name="Contact")


def deals(*cited: str) -> str:
    rows = "".join(f"Affaire {at},{one}\n" for at, one in enumerate(cited))
    return f"name,customer_id\n{rows}"


async def brought(desk: Desk, *cited: str) -> str:
    told = await desk("crm.opportunity.import", filename="d.csv", text=deals(*cited))
    return str(told["import_job_id"])


async def ran(desk: Desk, id: str, mode: str = "best_effort") -> dict[str, Any]:
    await desk("core.import_job.run", job_id=id, mode=mode)
    await Worker(desk.engine, occurrence).drain()
    found: dict[str, Any] = await desk("core.import_job.get", id=id)
    return found


async def on(call: Desk, customer: str) -> int:
    return int((await call("crm.opportunity.count", customer_id=customer))["count"])


async def test_a_file_names_only_what_was_read_whether_it_exists_or_not(
    call: Desk, agent: Desk
) -> None:
    hidden, known = await customers(call, 2)
    await call(
        "crm.party.update",
        id=(await call("crm.customer.get", id=hidden))["party_id"],
        siren="732829320",
    )
    await agent("crm.customer.get", id=known)
    cited = (hidden, mutated(hidden), "732829320", "552100554", f" {hidden} ", known)
    id = await brought(agent, *cited)

    told = await agent("core.import_job.check", job_id=id)
    assert (told["ok"], told["refused"]) == (1, 5)
    by_id, by_name = told["errors"][0]["errors"], told["errors"][2]["errors"]
    assert (by_id[0]["path"], by_id[0]["code"]) == ("customer_id", "unread_identifier")
    assert "crm.customer.get" in by_id[0]["reason"]
    assert [one["errors"] for one in told["errors"]] == [by_id, by_id, by_name, by_name, by_id]

    done = await ran(agent, id, "atomic")
    assert (done["status"], done["ok"]) == ("failed", 0)
    why = (await call("core.job.get", id=done["job_id"]))["error"]["errors"]
    assert [(one["path"], one["code"]) for one in why] == [
        (f"row {at}: customer_id", "unread_identifier") for at in range(1, 6)
    ]
    assert await on(call, known) == 0

    done = await ran(agent, id)
    assert (done["status"], done["ok"], done["errors"]) == ("done", 1, 5)
    listed = (await agent("core.import_job.list_errors", job_id=id))["items"]
    assert [one["errors"] for one in listed] == [one["errors"] for one in told["errors"]]
    assert (await on(call, hidden), await on(call, known)) == (0, 1)


async def test_nobody_else_runs_what_an_agent_made_up(
    house: House, call: Desk, agent: Desk
) -> None:
    """Neither a key that is not held to it, nor one that is warned, nor a job of the agent's own."""
    (hidden,) = await customers(call, 1)
    warned = await house.desk(*SCOPES, made_for="integration", owner="owner", provenance=None)
    for other in (call, warned):
        id = await brought(agent, hidden)
        assert (await other("core.import_job.check", job_id=id))["refused"] == 1
        assert (await ran(other, id))["errors"] == 1

    for maker in (agent, call):
        id = await brought(maker, hidden)
        request = Request(
            action="core.import_job.run",
            arguments={"job_id": id, "mode": "best_effort"},
            caller=agent.caller,
            surface="job",
        )
        await agent.engine.execute(request)
        await Worker(agent.engine, occurrence).drain()
        assert (await call("core.import_job.get", id=id))["errors"] == 1
    assert await on(call, hidden) == 0


async def test_an_agent_runs_nobody_s_file_past_what_it_read(call: Desk, agent: Desk) -> None:
    (hidden,) = await customers(call, 1)
    id = await brought(call, hidden)
    await agent("core.import_job.get", id=id)
    assert (await ran(agent, id))["errors"] == 1

    id = await brought(call, hidden)
    assert (await agent("core.import_job.check", job_id=id))["refused"] == 1
    await agent("core.import_job.get", id=id)
    await agent("crm.customer.get", id=hidden)
    assert (await agent("core.import_job.check", job_id=id))["refused"] == 0
    assert (await ran(agent, id))["ok"] == 1


async def test_a_conversation_is_held_to_its_own_reading(
    engine: Engine, call: Desk, agent: Desk
) -> None:
    (hidden,) = await customers(call, 1)
    id = await brought(agent, hidden)

    async def said(conversation: str, action: str, **given: Any) -> dict[str, Any]:
        request = Request(
            action=action,
            arguments=given,
            caller=agent.caller,
            surface="mcp",
            conversation=conversation,
        )
        return (await engine.execute(request)).result

    await said("one", "crm.customer.get", id=hidden)
    assert (await said("two", "core.import_job.check", job_id=id))["refused"] == 1
    assert (await said("one", "core.import_job.check", job_id=id))["refused"] == 0
    await said("one", "core.import_job.get", id=id)
    await said("one", "core.import_job.run", job_id=id)
    await Worker(engine, occurrence).drain()
    assert await on(call, hidden) == 1


async def test_a_name_in_a_file_stands_for_what_it_was_read_with(call: Desk, agent: Desk) -> None:
    first = await call("crm.customer.create", name="Ancien", siren="732829320")
    second = await call("crm.customer.create", name="Nouveau")
    await agent("crm.customer.get", id=first["id"])
    assert (await ran(agent, await brought(agent, "732 829 320")))["ok"] == 1
    await call("crm.party.update", id=first["party_id"], siren=None, siret=None)
    await call("crm.party.update", id=second["party_id"], siren="732829320")

    assert (await ran(agent, await brought(agent, "732829320")))["errors"] == 1
    assert await on(call, second["id"]) == 0


async def test_an_integration_s_file_is_loaded_and_marked(house: House, call: Desk) -> None:
    (hidden,) = await customers(call, 1)
    warned = await house.desk(*SCOPES, made_for="integration", owner="owner", provenance=None)
    id = await brought(warned, hidden)
    request = Request(
        action="core.import_job.check",
        arguments={"job_id": id},
        caller=warned.caller,
        surface="rest",
    )
    assert (await warned.engine.execute(request)).result["refused"] == 0
    assert "row 1: customer_id" in request.notes[0]
    assert (await ran(warned, id))["ok"] == 1
    for action in ("core.import_job.check", "core.import_job.load"):
        events = await call("core.audit_event.list", action=action, fields=["tags"])
        assert "unread" in events["items"][0]["tags"]


async def test_what_people_bring_and_run_is_not_checked(call: Desk) -> None:
    (hidden,) = await customers(call, 1)
    id = await brought(call, hidden)
    assert (await call("core.import_job.check", job_id=id))["refused"] == 0
    assert (await ran(call, id))["ok"] == 1
