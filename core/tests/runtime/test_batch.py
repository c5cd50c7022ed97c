"""Batches: several calls in one transaction, all or nothing, over the wire's own shape."""

from typing import Any

import pytest

from eyeot.declare.problem import Problem
from eyeot.runtime.request import BatchAnswer, Request
from eyeot.testing import Desk, House

TEAM = {"name": "Grands comptes", "purpose": "sales"}


async def batch(desk: Desk, *calls: tuple[str, dict[str, Any]], dry: bool = False) -> BatchAnswer:
    requests = [
        Request(action=name, arguments=given, caller=desk.caller, surface="console")
        for name, given in calls
    ]
    return await desk.engine.execute_all(requests, dry_run=dry)


async def refused(desk: Desk, *calls: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    with pytest.raises(Problem) as caught:
        await batch(desk, *calls)
    return caught.value.body()


def ref(to: str) -> dict[str, str]:
    return {"$ref": to}


async def test_a_later_call_uses_what_an_earlier_one_answered(call: Desk) -> None:
    answer = await batch(
        call,
        ("core.team.create", TEAM),
        ("core.user.list", {"limit": 1}),
        ("core.team.add_member", {"id": ref("1.id"), "user_id": ref("2.items.0.id")}),
        ("core.team.get", {"id": ref("1.id")}),
    )

    team, users, members, read = answer.results
    assert members == {"team_id": team["id"], "members": [users["items"][0]["id"]]}
    assert read["name"] == TEAM["name"]
    assert (await call("core.team.get", id=team["id"]))["name"] == TEAM["name"]


async def test_one_refusal_undoes_every_call_and_says_which(call: Desk) -> None:
    told = await refused(
        call,
        ("core.team.create", TEAM),
        ("core.team.add_member", {"id": ref("1.id"), "user_id": "usr_01h455vb4pex5vsknk084sn02q"}),
        ("core.team.create", {"name": "Autre"}),
    )

    assert (told["code"], told["call"], told["action"]) == ("not_found", 2, "core.team.add_member")
    assert (await call("core.team.list"))["total"] == 0


async def test_every_call_is_audited_under_one_correlation(call: Desk) -> None:
    await batch(call, ("core.team.create", TEAM), ("core.team.list", {}))
    events = (await call("core.audit_event.list", sort="-at", limit=2))["items"]

    assert {one["action"] for one in events} == {"core.team.create", "core.team.list"}
    assert {one["outcome"] for one in events} == {"ok"}
    assert len({one["trace_id"] for one in events}) == 1


async def test_a_refused_batch_is_audited_call_by_call_as_not_done(call: Desk) -> None:
    await refused(call, ("core.team.create", TEAM), ("core.team.create", {"name": ""}))
    events = (await call("core.audit_event.list", action="core.team.create", limit=5))["items"]

    assert sorted(one["code"] for one in events) == ["batch_refused", "invalid"]
    assert {one["outcome"] for one in events} == {"refused"}


async def test_permission_is_asked_of_all_before_the_first_runs(house: House, call: Desk) -> None:
    reader = await house.desk("core:read")

    told = await refused(reader, ("core.team.list", {}), ("core.team.archive", {"id": "nonsense"}))

    assert (told["code"], told["call"]) == ("permission_denied", 2)


async def test_a_dry_run_tells_the_effects_of_all_and_keeps_none(call: Desk) -> None:
    answer = await batch(
        call,
        ("core.team.create", TEAM),
        ("core.team.update", {"id": ref("1.id"), "name": "Comptes clés"}),
        dry=True,
    )

    assert answer.effects is not None
    assert [one["label"] for one in answer.effects["created"]] == ["Comptes clés"]
    assert answer.effects["modified"] == []
    assert (await call("core.team.list"))["total"] == 0


async def test_a_read_among_writes_may_not_write(call: Desk) -> None:
    from dataclasses import replace  # noqa: PLC0415

    async def writes(ctx: Any, _: Any) -> dict[str, Any]:
        await ctx.connection.execute("DELETE FROM core_team")
        return {}

    catalogue = call.engine.catalogue
    name = "core.team.list"
    kept = catalogue.actions[name]
    catalogue.actions[name] = replace(kept, handler=writes)
    try:
        told = await refused(call, ("core.team.create", TEAM), (name, {}))
    finally:
        catalogue.actions[name] = kept

    assert (told["code"], told["call"]) == ("internal", 2)


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("2.id", "invalid"),
        ("0.id", "invalid"),
        ("1", "invalid"),
        ("1.nothing", "invalid"),
        ("1.name.0", "invalid"),
        ("x.id", "invalid"),
        ("-1.id", "invalid"),
        ("²\x2eid", "invalid"),
    ],
)
async def test_a_reference_to_nothing_is_refused(call: Desk, to: str, code: str) -> None:
    told = await refused(
        call, ("core.team.create", TEAM), ("core.team.get", {"id": ref(to)}), ("core.team.list", {})
    )

    assert (told["code"], told["call"]) == (code, 2)


async def test_a_batch_is_bounded_and_dry_as_a_whole(call: Desk) -> None:
    assert (await refused(call))["code"] == "invalid"
    many = [("core.team.list", dict[str, Any]())] * 51
    assert (await refused(call, *many))["code"] == "invalid"
    told = await refused(call, ("core.team.create", {**TEAM, "dry_run": True}))
    assert told["errors"][0]["path"] == "dry_run"


async def test_the_last_writer_of_a_batch_is_the_one_that_search_finds(call: Desk) -> None:
    await batch(
        call,
        ("core.team.create", {"name": "Ancienne Équipe"}),
        ("core.team.update", {"id": ref("1.id"), "name": "Nouvelle Brigade"}),
    )

    found = (await call("core.team.search", query="brigade"))["items"]
    assert [one["label"] for one in found] == ["Nouvelle Brigade"]
    assert (await call("core.team.search", query="ancienne"))["items"] == []
