"""Examples: what callers are shown runs."""

import pytest

from core.tests.firm import furnish
from core.tests.runtime.examples import calls
from eyeot.app import assemble
from eyeot.declare.problem import Problem
from eyeot.testing import Desk, House

ACTIONS = [
    one.name
    for one in assemble().actions.values()
    if one.module in ("core", "crm") and one.surface != "operator"
]


@pytest.fixture(scope="module")
async def firm(engine: object) -> tuple[House, Desk]:
    """A house with at least one of everything that examples name."""
    house = await House.open(engine)  # type: ignore[arg-type]
    await house.person("owner", "owner")
    needs = sorted({one.needs for one in house.engine.catalogue.actions.values()})
    call = await house.desk(*needs, owner="owner")
    ids = await furnish(house, call)
    gone = await house.person("bo", "owner")
    await house.operator.call("core.user.suspend", id=gone, reason="left")
    await call("crm.pipeline.create", name="Sans étape")
    other = await call("crm.pipeline.create", name="Grands comptes")
    await call("crm.stage.create", pipeline_id=other["id"], name="Contact")
    await call("crm.party.block", id=ids["supplier"], scope=["orders"], reason="Impayés")
    return house, call


@pytest.mark.parametrize("name", ACTIONS)
async def test_an_example_runs(name: str, firm: tuple[House, Desk]) -> None:
    house, call = firm
    action = house.engine.catalogue.actions[name]
    assert action.examples, "callers are shown how to call it"

    refusals = []
    async for given in calls(house, call, action):
        try:
            await call.answer(name, surface="console", dry=not action.reads, **given)
        except Problem as refused:
            refusals.append(refused.body())
        else:
            return
    raise AssertionError(refusals[:3])
