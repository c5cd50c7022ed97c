"""Doors between modules: an action of one module shows of another only what its caller may read there."""

from collections.abc import AsyncIterator
from types import ModuleType
from typing import Any

import pytest

from eyeot import Context, Input, Output, Plugin, action, app
from eyeot.runtime.engine import Engine
from eyeot.testing import House
from eyeot.testing.fixtures import TestDatabase
from eyeot.testing.licence import trusting
from eyeot_crm.customers import Customer


class Nothing(Input):
    """No argument."""


class Count(Output):
    """A number."""

    count: int


@action("loyal.card.count_customers", risk="r", en="Count", fr="Compter", example={})
async def count_customers(ctx: Context, data: Nothing) -> Count:
    """Count the customers a card could be given to."""
    return Count(count=len(await ctx.find(Customer)))


@pytest.fixture(scope="module")
async def loyal(database: TestDatabase) -> AsyncIterator[Engine]:
    """An engine with one more module."""
    plugins, _ = app.load_plugins()
    module = ModuleType("loyal_cards")
    module.__dict__["count_customers"] = count_customers
    cards = Plugin(name="loyal", doc="Cards.", modules=(module,))
    made = await app.start(
        app.catalogue_of([*plugins, cards]), database.app, database.relay, licensing=trusting()
    )
    yield made
    await app.stop(made)


async def _house(engine: Engine) -> House:
    house = await House.open(engine)
    for person in ("anne", "boris"):
        user = await house.person(person, "sales")
        for number in range(2):
            await house.operator.call(
                "crm.customer.create", name=f"{person} {number}", owner_id=user
            )
    return house


async def _role(house: House, *grants: tuple[str, str]) -> dict[str, Any]:
    proposed = [{"permission": name, "reach": reach} for name, reach in grants]
    made = await house.operator.call("core.role.create", name="card desk", permissions=proposed)
    return {"role": "card desk", "owner": "anne", "id": made.result["id"]}


@pytest.mark.parametrize(
    ("crm", "seen"), [("organisation", 4), ("own", 2), (None, 0)], ids=["all", "own", "none"]
)
async def test_another_module_s_records_are_seen_as_far_as_granted_there(
    loyal: Engine, crm: str | None, seen: int
) -> None:
    house = await _house(loyal)
    grants = [("loyal:read", "organisation"), *([("crm:read", crm)] if crm else [])]
    made = await _role(house, *grants)
    desk = await house.desk(role=made["role"], owner=made["owner"])

    assert (await desk("loyal.card.count_customers"))["count"] == seen


async def test_a_query_with_a_list_keeps_to_every_reach(loyal: Engine) -> None:
    house = await _house(loyal)
    lead = {"title": "Four", "company_name": "Fournil", "email": "a@fournil.example"}
    for role in ("sales", "sales_manager", "owner"):
        desk = await house.desk(role=role, owner="anne")
        assert (await desk("crm.lead.capture", **lead))["lead_id"]
