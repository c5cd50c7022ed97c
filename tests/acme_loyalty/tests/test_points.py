"""Points: earned with deals, given by hand, and kept."""

from typing import Any

import pytest

from acme_loyalty.earning import PER_DEAL
from eyeot.runtime.relay import Relay
from eyeot.testing import Desk

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _account(call: Desk) -> tuple[dict[str, Any], dict[str, Any]]:
    customer = await call("crm.customer.create", name="Café du Commerce")
    account = await call("loyalty.account.create", customer_id=customer["id"], number="L-1")
    return customer, account


async def test_a_won_deal_earns_points_with_it_or_not_at_all(call: Desk) -> None:
    customer, account = await _account(call)
    pipeline = await call("crm.pipeline.create", name="Ventes", is_default=True)
    await call("crm.stage.create", pipeline_id=pipeline["id"], name="Contact")
    deal = await call("crm.opportunity.create", name="Machine", customer_id=customer["id"])

    preview = await call.preview("crm.opportunity.win", id=deal["id"])
    assert "loyalty.account" in {one["type"] for one in preview["modified"]}
    assert (await call("loyalty.account.get", id="L-1"))["points"] == 0
    await call("crm.opportunity.win", id=deal["id"])

    assert (await call("loyalty.account.get", id=account["id"]))["points"] == PER_DEAL


async def test_points_given_by_hand_are_noted_afterwards(call: Desk) -> None:
    _, account = await _account(call)
    await call("loyalty.account.adjust", id=account["id"], points=5, reason="Accueil")
    while await Relay(call.engine).deliver():
        pass

    assert (await call("loyalty.account.get", id=account["id"]))["note"]
    refused = await call.refused("loyalty.account.adjust", id="L-1", points=-6, reason="Erreur")
    assert refused["code"] == "conflict"


async def test_a_customer_with_points_is_not_archived(call: Desk) -> None:
    customer, account = await _account(call)
    await call("loyalty.account.adjust", id=account["id"], points=5, reason="Accueil")
    refused = await call.refused("crm.customer.archive", id=customer["id"])
    assert "loyalty.account.adjust" in refused["hint"]

    await call("loyalty.account.adjust", id=account["id"], points=-5, reason="Reprise")
    assert (await call("crm.customer.archive", id=customer["id"]))["archived_at"]


async def test_where_the_plugin_is_disabled_none_of_it_runs(call: Desk) -> None:
    customer, account = await _account(call)
    await call("loyalty.account.adjust", id=account["id"], points=5, reason="Accueil")
    await call.answer("core.module.disable", surface="console", id="loyalty")

    there = Desk(call.engine, await call.engine.authenticate(call.key, None), call.key)
    refused = await there.refused("loyalty.account.get", id=account["id"])
    assert refused["code"] == "module_disabled"
    # Neither the wrap around archiving nor the reaction afterwards.
    assert (await there("crm.customer.archive", id=customer["id"]))["archived_at"]
    while await Relay(call.engine).deliver():
        pass
    await there.answer("core.module.enable", surface="console", id="loyalty")
    back = Desk(call.engine, await call.engine.authenticate(call.key, None), call.key)
    told = await back("loyalty.account.get", id=account["id"])
    assert told["points"] == 5
    assert "note" not in told
