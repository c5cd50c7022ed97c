"""Stuck deals, as a weekly review reads them."""

import json

from eyeot.testing import Desk, House

LARGEST = 20_000


async def test_a_hundred_stuck_deals_fit_in_one_answer(house: House, call: Desk) -> None:
    owner = await house.person("anne")
    pipeline = (await call("crm.pipeline.create", name="Ventes", is_default=True))["id"]
    await call("crm.stage.create", pipeline_id=pipeline, name="Négociation")
    customer = (await call("crm.customer.create", name="Mercier"))["id"]
    for number in range(101):
        await call(
            "crm.opportunity.create", customer_id=customer, owner_id=owner,
            name=f"Four à sole et armoire n° {number}", amount={"amount": f"{18400 + number}.50"},
            expected_close="2026-01-31",
        )  # fmt: skip

    told = await call("crm.opportunity.list_stuck", owner_id=owner)
    first = dict(zip(told["columns"], told["rows"][0], strict=True))

    assert (len(told["rows"]), told["shown"], told["total"]) == (100, 100, 101)
    assert len(json.dumps(told, ensure_ascii=False, separators=(",", ":"))) <= LARGEST
    assert first == {
        "id": first["id"],
        "name": "Four à sole et armoire n° 0",
        "customer_id": customer,
        "owner_id": owner,
        "stage": "Négociation",
        "amount": "18400.5 EUR",
        "expected_close": "2026-01-31",
        "reasons": "late no_step",
    }


async def test_a_deal_with_a_plan_is_not_stuck(call: Desk) -> None:
    pipeline = (await call("crm.pipeline.create", name="Ventes", is_default=True))["id"]
    await call("crm.stage.create", pipeline_id=pipeline, name="Contact")
    customer = (await call("crm.customer.create", name="Mercier"))["id"]
    given = {"name": "Four", "customer_id": customer, "next_step": "Appeler"}
    await call("crm.opportunity.create", **given, expected_close="2099-01-31")

    told = await call("crm.opportunity.list_stuck")

    assert (told["rows"], told["total"]) == ([], 0)
