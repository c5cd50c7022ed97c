"""Modules: what is switched off is refused, not listed and does not run; its data stays."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from eyeot.declare.problem import Conflict
from eyeot.deploy import modules
from eyeot.deploy.operator import Operator
from eyeot.runtime.engine import Engine
from eyeot.surface.mcp.finder import Finder
from eyeot.surface.mcp.shelf import Shelf
from eyeot.testing import Desk, House

ALL = ("core:admin", "core:read", "crm:read", "crm:write")


@pytest.fixture
async def desk(house: House) -> Desk:
    """A key that may do everything in the CRM, and enable and disable modules."""
    await house.person("owner", "owner")
    return await house.desk(*ALL, owner="owner")


def _above(engine: Engine, name: str) -> list[str]:
    """The modules that stand on one, those that nothing else stands on first."""
    found = [name]
    for one in engine.installed.plugins:
        if set(found) & set(one.requires):
            found.append(one.name)
    return found[:0:-1]


async def _again(desk: Desk) -> Desk:
    """The same key, as the next call finds it."""
    return Desk(desk.engine, await desk.engine.authenticate(desk.key, None), desk.key)


async def _switch(desk: Desk, verb: str, name: str) -> Any:
    return await desk.answer(f"core.module.{verb}", surface="console", id=name)


async def test_a_module_disabled_by_its_organisation_is_gone_for_it_alone(
    desk: Desk, engine: Engine
) -> None:
    made = await desk("crm.party.create", name="Reste")
    for name in (*_above(engine, "crm"), "crm"):
        await _switch(desk, "disable", name)

    there = await _again(desk)
    refusal = await there.refused("crm.party.get", id=made["id"])
    assert (refusal["code"], refusal["module"]) == ("module_disabled", "crm")
    assert "core.module.enable" in refusal["hint"]
    access = there.caller.access
    assert not [n for n in access.actions if n.startswith("crm.")]
    assert not [t for t in Shelf(engine.catalogue).visible(access) if t.action.startswith("crm.")]
    found = Finder(engine.catalogue).search("create a lead", access, 10)
    assert not [one for one in found if one.action.module == "crm"]
    assert (await there("core.session.search", query="Reste"))["items"] == []
    whoami = await there("core.session.whoami")
    assert "crm" not in {one["name"] for one in whoami["modules"]}
    other = await House.open(engine)
    elsewhere = await other.desk("crm:read")
    assert (await elsewhere("crm.party.count"))["count"] == 0

    for name in ("crm", *reversed(_above(engine, "crm"))):
        await _switch(there, "enable", name)
    back = await _again(there)
    assert back.caller.access.fingerprint == desk.caller.access.fingerprint
    assert (await back("crm.party.get", id=made["id"]))["name"] == "Reste"


async def test_what_others_need_stays(desk: Desk) -> None:
    assert (await desk("core.module.check_dependencies", id="crm"))["needed_by"]
    for name in ("crm", "core"):
        refused = await desk.refused("core.module.disable", surface="console", id=name)
        assert refused["code"] == "conflict"
    first = _above(desk.engine, "crm")[0]
    await _switch(desk, "disable", first)
    refused = await desk.refused("core.module.disable", surface="console", id=first)
    assert refused["code"] == "state_refused"


async def test_a_module_whose_need_is_disabled_is_not_enabled(desk: Desk) -> None:
    above = _above(desk.engine, "crm")
    for name in (*above, "crm"):
        await _switch(desk, "disable", name)

    there = await _again(desk)
    refused = await there.refused("core.module.enable", surface="console", id=above[-1])

    assert refused["code"] == "conflict"
    assert refused["hint"] == "Enable crm first."


async def test_no_key_switches_modules(desk: Desk) -> None:
    for verb in ("enable", "disable"):
        refused = await desk.refused(f"core.module.{verb}", id="hr")
        assert refused["code"] == "human_required"


@pytest.fixture
async def leaves(engine: Engine) -> AsyncIterator[list[str]]:
    """The modules above the CRM, those nothing needs first; all is switched on afterwards."""
    above = _above(engine, "crm")
    yield above
    for name in ("crm", *reversed(above)):
        await modules.switch(engine, name, on=True)


async def test_a_module_disabled_for_the_deployment_is_as_if_absent(
    desk: Desk, engine: Engine, leaves: list[str]
) -> None:
    with pytest.raises(Conflict):
        await modules.switch(engine, "crm", on=False)
    for name in (*leaves, "crm"):
        await modules.switch(engine, name, on=False)

    there = await _again(desk)
    refusal = await there.refused("crm.party.count")
    assert refusal["code"] == "module_disabled"
    assert "eyeot module enable crm" in refusal["hint"]
    assert "crm" not in engine.catalogue.modules
    assert not [t for t in engine.catalogue.tools.values() if t.action.startswith("crm.")]
    operator = await Operator.of(engine, desk.caller.org_slug)
    assert not [n for n in operator.caller().access.actions if n.startswith("crm.")]


async def _listed(desk: Desk, **given: Any) -> set[str]:
    told = await desk("core.module.list_actions", **given)
    return {one["name"] for one in told["actions"]}


async def test_actions_are_listed_of_a_module_in_some_words_or_all(desk: Desk) -> None:
    every, crm = await _listed(desk), await _listed(desk, name="crm")

    assert every == {one.name for one in desk.engine.catalogue.callable_by(desk.caller.access)}
    assert crm == {one for one in every if one.startswith("crm.")}
    in_french = await _listed(desk, query="CRÉER une piste")
    assert "crm.lead.create" in in_french
    assert not in_french & await _listed(desk, name="core")
    assert await _listed(desk, name="core", query="créer une piste") == set()
    assert (await desk.refused("core.module.list_actions", name="nowhere"))["code"] == "not_found"


async def test_two_modules_that_need_each_other_are_not_switched_apart(house: House) -> None:
    operator = house.operator
    told = [
        {"name": "alpha", "release": "1", "depends_on": []},
        {"name": "beta", "release": "1", "depends_on": ["alpha"]},
    ]
    await operator.call("core.module.install", modules=told)
    for _ in range(5):
        await operator.call("core.module.disable", id="beta")
        await asyncio.gather(
            operator.call("core.module.enable", id="beta"),
            operator.call("core.module.disable", id="alpha"),
            return_exceptions=True,
        )
        found = (await operator.call("core.module.list", limit=50)).result["items"]
        status = {one["name"]: one["status"] for one in found}
        assert (status["beta"], status["alpha"]) != ("installed", "disabled")
        for name in ("alpha", "beta"):
            if status[name] == "disabled":
                await operator.call("core.module.enable", id=name)
