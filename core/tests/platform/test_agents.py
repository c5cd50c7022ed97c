"""Agents: a ceiling over every key, a switch that stops it, and what it did taken back."""

from collections.abc import Awaitable
from dataclasses import replace
from typing import Any

import pytest

from eyeot.declare.access import Reach
from eyeot.declare.problem import Problem
from eyeot.platform.jobs import MOST_PLANS, occurrence
from eyeot.runtime.engine import Engine
from eyeot.runtime.worker import Worker
from eyeot.storage.pool import taken
from eyeot.testing import Desk, House

EVERYTHING = [{"permission": "*", "reach": "organisation"}]


async def _agent(house: House, name: str = "Assistant", **more: Any) -> str:
    made = await house.operator.call("core.agent_client.create", name=name, **more)
    return str(made.result["id"])


async def _working(house: House, agent: str, *scopes: str, **more: Any) -> Desk:
    if "anne" not in house.people:
        await house.person("anne", "owner")
    return await house.desk(*(scopes or ("*",)), owner="anne", agent_id=agent, **more)


async def _again(desk: Desk) -> Desk:
    """The same key, as its next request finds it."""
    return replace(desk, caller=await desk.engine.authenticate(desk.key, None))


async def _code(work: Awaitable[Any]) -> str:
    try:
        await work
    except Problem as refused:
        return refused.code
    return "ok"


async def _undo(house: House, agent: str, **asked: Any) -> dict[str, Any]:
    return (await house.operator.call("core.agent_client.undo_last", id=agent, **asked)).result


async def test_a_ceiling_caps_every_key_whatever_its_scopes_or_role(house: House) -> None:
    agent = await _agent(house, ceiling=["crm:read", "core:read"])
    by_scope = await _working(house, agent, "*")
    by_role = await house.desk(role="owner", owner="anne", agent_id=agent)

    for desk in (by_scope, by_role):
        assert set(desk.caller.access.permissions) == {"core:read", "crm:read"}
        assert (await desk.refused("core.tag.create", name="x"))["code"] == "permission_denied"
        assert (await desk("crm.customer.count"))["count"] == 0
    await house.operator.call("core.agent_client.update", id=agent, ceiling=[])
    assert (await _again(by_scope)).caller.access.actions == {}
    assert (await _again(by_role)).caller.access.permissions == {}


async def test_a_ceiling_gives_nothing_that_a_key_lacks(house: House) -> None:
    agent = await _agent(house, ceiling=["*"])
    desk = await _working(house, agent, "crm:read")

    assert set(desk.caller.access.permissions) == {"crm:read"}


async def test_a_paused_agent_is_refused_by_the_next_call_of_every_key(house: House) -> None:
    agent, other = await _agent(house), await _agent(house, "Autre")
    keys = [await _working(house, agent) for _ in range(2)]
    stranger = await _working(house, other)
    told = await house.operator.call("core.agent_client.pause", id=agent, reason="Trop d'envois")
    assert (told.result["status"], told.result["paused_reason"]) == ("paused", "Trop d'envois")

    for desk in keys:
        with pytest.raises(Problem) as refused:
            await _again(desk)
        assert (refused.value.status, refused.value.code) == (403, "agent_paused")
        assert "resume" in refused.value.body()["hint"]
    await _again(stranger)
    audited = await house.operator.call("core.audit_event.list", code="agent_paused")
    assert {one["credential_id"] for one in audited.result["items"]} == {
        desk.caller.credential_id and (await _key(house, desk)) for desk in keys
    }
    await house.operator.call("core.agent_client.resume", id=agent)
    await _again(keys[0])


async def _key(house: House, desk: Desk) -> str:
    prefix = desk.key[:12]
    found = (await house.operator.call("core.api_key.list", shown_prefix=prefix)).result["items"]
    return str(found[0]["id"])


async def test_jobs_and_plans_of_a_paused_agent_wait_and_then_go_on(
    house: House, engine: Engine
) -> None:
    agent = await _agent(house)
    desk = await _working(house, agent)
    await desk("core.job.schedule", action="core.user.count", params={}, cron="* * * * *")
    queued = await desk("core.job.schedule", action="core.job.count", params={}, cron="* * * * *")
    assert queued["next_at"]
    worker = Worker(engine, occurrence)
    await house.operator.call("core.agent_client.pause", id=agent, reason="Arrêt")
    async with taken(engine.database.relay) as connection:
        await connection.execute(
            "UPDATE core_schedule SET next_at = now() - interval '1 min' WHERE org_id = $1",
            house.org_id,
        )

    await worker.drain()

    assert (await house.operator.call("core.job.count")).result["count"] == 0
    await house.operator.call("core.agent_client.resume", id=agent)
    await worker.drain()
    done = (await house.operator.call("core.job.list")).result["items"]
    assert sorted((one["kind"], one["status"], one["attempts"]) for one in done) == [
        ("call core.job.count", "done", 1),
        ("call core.user.count", "done", 1),
    ]


async def test_an_agent_can_be_stopped_by_a_key_and_started_by_a_person_only(house: House) -> None:
    agent = await _agent(house)
    desk = await _working(house, await _agent(house, "Gardien"))

    await desk("core.agent_client.pause", id=agent, reason="Doublons")

    for action, given in (
        ("core.agent_client.resume", {}),
        ("core.agent_client.set_policy", {"approval_policy": "none"}),
        ("core.agent_client.update", {"ceiling": ["*"]}),
        ("core.agent_client.create", {"name": "Autre"}),
    ):
        asked = given if action.endswith("create") else {"id": agent, **given}
        assert (await desk.refused(action, **asked))["code"] == "human_required"


async def test_an_archived_agent_is_gone_for_good(house: House) -> None:
    agent = await _agent(house)
    desk = await _working(house, agent)
    await house.operator.call("core.agent_client.archive", id=agent)

    assert await _code(_again(desk)) == "unauthenticated"
    assert await _code(house.operator.call("core.agent_client.resume", id=agent)) == "conflict"


async def test_a_key_stays_with_its_agent(house: House) -> None:
    agent, other = await _agent(house), await _agent(house, "Autre", ceiling=["*"])
    desk = await _working(house, agent)
    key = await _key(house, desk)

    for elsewhere in (other, None):
        moved = house.operator.call("core.api_key.update", id=key, agent_id=elsewhere)
        assert await _code(moved) == "conflict"


async def test_a_role_that_is_widened_later_widens_no_key_until_a_person_gives_it_again(
    house: House,
) -> None:
    await house.person("anne", "sales")
    role = await house.operator.call(
        "core.role.create", name="lecteur", permissions=[{"permission": "crm:read", "reach": "own"}]
    )
    id = role.result["id"]
    for scopes in ([], ["*"], ["crm:write"]):
        made = await house.operator.call(
            "core.api_key.create", name="k", role_id=id, scopes=scopes,
            owner_id=house.people["anne"], provenance="off",
        )  # fmt: skip
        await house.operator.call("core.role.update", id=id, permissions=EVERYTHING)
        caller = await house.engine.authenticate(made.result["key"], None)
        assert caller.access.permissions == {"crm:read": Reach.OWN}
        await house.operator.call("core.api_key.update", id=made.result["id"], role_id=id)
        caller = await house.engine.authenticate(made.result["key"], None)
        assert caller.access.permissions["crm:write"] == Reach.ORGANISATION
        await house.operator.call(
            "core.role.update", id=id, permissions=[{"permission": "crm:read", "reach": "own"}]
        )


async def test_nobody_is_shown_the_secret_of_a_key_that_may_do_more_than_they(house: House) -> None:
    await house.person("admin", "admin")
    admin = await house.desk(role="admin", owner="admin")
    wide = await house.make_key("*")

    rotated = admin.answer("core.api_key.rotate", surface="console", id=wide["id"])
    longer = admin.answer(
        "core.api_key.update", surface="console", id=wide["id"], expires_at="2090-01-01T00:00:00Z"
    )
    assert await _code(rotated) == "invalid"
    assert await _code(longer) == "invalid"
    cut = await admin("core.api_key.revoke", id=wide["id"], reason="Trop large")
    assert cut["status"] == "revoked"


async def test_ones_own_is_not_given_as_anothers_own(house: House) -> None:
    own = [
        {"permission": "core:admin", "reach": "organisation"},
        {"permission": "core:read", "reach": "organisation"},
        {"permission": "crm:read", "reach": "own"},
    ]
    role = (await house.operator.call("core.role.create", name="moi", permissions=own)).result
    await house.person("boss", "owner")
    await house.person("me", "moi")
    made = await house.operator.call(
        "core.api_key.create",
        name="k",
        role_id=role["id"],
        owner_id=house.people["me"],
        provenance="off",
    )
    me = Desk(house.engine, await house.engine.authenticate(made.result["key"], None))
    given = {"name": "k2", "role_id": role["id"]}

    theirs = me.answer(
        "core.api_key.create", surface="console", owner_id=house.people["boss"], **given
    )
    assert await _code(theirs) == "conflict"
    assert await _code(me.answer("core.api_key.create", surface="console", **given)) == "ok"


async def test_whoami_tells_the_agent_and_that_nothing_waits_for_approval_yet(house: House) -> None:
    agent = await _agent(house)
    limit = {"amount": "500.00", "currency": "EUR"}
    await house.operator.call(
        "core.agent_client.set_policy", id=agent, approval_policy="all", spend_limit=limit
    )
    told = await (await _working(house, agent))("core.session.whoami")

    assert told["actor"]["agent"] == agent
    assert (told["approval"]["policy"], told["approval"]["enforced"]) == ("all", False)
    assert (await house.operator.call("core.agent_client.get", id=agent)).result[
        "spend_limit"
    ] == limit


async def test_calls_are_listed_with_what_was_refused_and_without_secrets(house: House) -> None:
    agent = await _agent(house)
    desk = await _working(house, agent)
    await desk("core.tag.create", name="Un")
    await desk.refused("core.api_key.create", name="x", scopes=["*"])
    await (await house.desk("core:read", owner="anne"))("core.user.list")

    calls = (await house.operator.call("core.agent_client.list_calls", id=agent)).result["items"]
    refused = await house.operator.call("core.agent_client.list_calls", id=agent, outcome="refused")

    assert [one["action"] for one in calls] == ["core.api_key.create", "core.tag.create"]
    assert [one["code"] for one in refused.result["items"]] == ["human_required"]
    assert calls[1]["input"] == {"name": "Un"}


@pytest.fixture
async def agent(house: House) -> str:
    return await _agent(house)


@pytest.fixture
async def desk(house: House, agent: str) -> Desk:
    return await _working(house, agent)


async def test_changes_are_taken_back_newest_first(house: House, agent: str, desk: Desk) -> None:
    tag = await desk("core.tag.create", name="Un", color="#111111")
    await desk("core.tag.update", id=tag["id"], name="Deux", color=None)
    await desk("core.tag.list")
    await desk("core.tag.update", id=tag["id"], name="Trois")
    await desk("core.tag.archive", id=tag["id"])

    dry = await house.operator.call("core.agent_client.undo_last", id=agent, count=3, dry_run=True)
    now = (await house.operator.call("core.tag.get", id=tag["id"])).result
    assert dry.effects is not None
    assert (now["name"], "archived_at" in now) == ("Trois", True)

    await _undo(house, agent, count=1)
    assert "archived_at" not in await desk("core.tag.get", id=tag["id"])
    told = await _undo(house, agent, count=2)
    now = await desk("core.tag.get", id=tag["id"])
    assert [one["by"] for one in told["undone"]] == ["core.tag.update"] * 2
    assert (now["name"], now["color"]) == ("Un", "#111111")
    await _undo(house, agent, count=1)
    gone = await house.operator.call("core.tag.list", name="Un")
    assert gone.result["items"] == []
    assert await _code(_undo(house, agent, count=1)) == "conflict"


async def test_a_new_customer_with_its_party_is_taken_back_whole(
    house: House, agent: str, desk: Desk
) -> None:
    made = await desk("crm.customer.create", name="Boulangerie")
    assert made["party_id"]

    await _undo(house, agent, count=1)

    for kind in ("crm.customer", "crm.party"):
        assert (await desk(f"{kind}.count"))["count"] == 0


async def test_nothing_is_taken_back_of_what_somebody_changed_since(
    house: House, agent: str, desk: Desk
) -> None:
    first = await desk("core.tag.create", name="Un")
    other = await desk("core.tag.create", name="Autre")
    await desk("core.tag.update", id=first["id"], name="Deux")
    await desk("core.tag.update", id=other["id"], name="Autres")
    await house.operator.call("core.tag.update", id=first["id"], color="#222222")

    with pytest.raises(Problem) as refused:
        await _undo(house, agent, count=2)

    assert refused.value.code == "conflict"
    assert "core.tag.update" in refused.value.body()["message"]
    assert (await desk("core.tag.get", id=other["id"]))["name"] == "Autres"
    await _undo(house, agent, count=1)
    assert (await desk("core.tag.get", id=other["id"]))["name"] == "Autre"


async def test_what_cannot_be_reversed_is_named_and_nothing_is(
    house: House, agent: str, desk: Desk
) -> None:
    tag = await desk("core.tag.create", name="Un")
    lead = await desk("crm.lead.create", title="Piste", company_name="Traiteur")
    await desk("crm.lead.qualify", id=lead["id"], budget={"amount": "10.00"})
    with pytest.raises(Problem) as refused:
        await _undo(house, agent, count=1)
    assert "crm.lead.qualify" in refused.value.body()["message"]
    await desk("core.tag.delete", id=tag["id"])

    with pytest.raises(Problem) as refused:
        await _undo(house, agent, count=1)

    assert "core.tag.delete" in refused.value.body()["message"]
    assert "'x'" in refused.value.body()["message"]


async def test_who_may_not_do_the_opposite_takes_nothing_back(
    house: House, agent: str, desk: Desk
) -> None:
    await desk("core.tag.create", name="Un")
    clerk = await house.desk("core:admin", "core:read", owner="anne")

    refused = await clerk.refused("core.agent_client.undo_last", id=agent, count=1)

    assert refused["code"] == "permission_denied"
    assert len((await desk("core.tag.list"))["items"]) == 1


async def test_a_run_is_taken_back_by_its_correlation(house: House, agent: str, desk: Desk) -> None:
    kept = await desk("core.tag.create", name="Avant")
    for number in range(3):
        asked: dict[str, Any] = {"name": f"Lot {number}"}
        await desk.answer("core.tag.create", trace="4bf92f3577b34da6a3ce929d0e0e4736", **asked)
    await desk("core.tag.create", name="Après")

    done = await _undo(house, agent, correlation_id="4bf92f3577b34da6a3ce929d0e0e4736")

    assert len(done["undone"]) == 3
    left = (await desk("core.tag.list"))["items"]
    assert {one["name"] for one in left} == {"Après", kept["name"]}


async def test_plans_are_bounded_for_each_key(house: House) -> None:
    desk = await _working(house, await _agent(house))
    plan = {"action": "core.user.count", "params": {}, "cron": "0 8 * * 1"}
    made = [await desk("core.job.schedule", **plan) for _ in range(MOST_PLANS)]

    assert (await desk.refused("core.job.schedule", **plan))["code"] == "conflict"
    await desk("core.job.unschedule", schedule_id=made[0]["id"])
    assert (await desk("core.job.schedule", **plan))["id"]


async def test_nobody_has_a_job_done_again_that_they_could_not_ask_for(
    house: House, engine: Engine
) -> None:
    desk = await _working(house, await _agent(house))
    await house.operator.call(
        "core.job.schedule",
        action="core.api_key.rotate",
        params={"id": "key_01h455vb4pex5vsknk084sn02q"},
        cron="* * * * *",
    )
    async with taken(engine.database.relay) as connection:
        await connection.execute(
            "UPDATE core_schedule SET next_at = now() - interval '1 min' WHERE org_id = $1",
            house.org_id,
        )
    await Worker(engine, occurrence).drain()
    failed = (await desk("core.job.list", status="failed"))["items"]

    assert [one["kind"] for one in failed] == ["call core.api_key.rotate"]
    refused = await desk.refused("core.job.retry", job_id=failed[0]["id"])
    assert refused["code"] == "human_required"
