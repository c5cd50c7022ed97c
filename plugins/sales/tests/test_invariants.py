"""Invariants of sales: what breaks one in the database is found, and the demo's year breaks none."""

from typing import Any

import asyncpg
import pytest

from eyeot.deploy.invariants import breaches, declared
from eyeot.testing.contract import Stage
from eyeot.testing.fixtures import TestDatabase
from plugins.sales.tests.trading import Shop

OWN = "WHERE org_id = $1"
LINE, ORDER, QUOTE = "sales_sales_order_line", "sales_sales_order", "sales_quote"
BREAKS = {
    "delivered beyond": ("quantities", f"UPDATE {LINE} SET delivered = 9 {OWN} AND delivered > 0"),
    "invoiced beyond": ("quantities", f"UPDATE {LINE} SET invoiced = 9 {OWN}"),
    "back beyond": ("quantities", f"UPDATE {LINE} SET returned = 6 {OWN}"),
    "given up beyond": ("quantities", f"UPDATE {LINE} SET cancelled = 7 {OWN}"),
    "not told": ("invoiced", f"UPDATE {LINE} SET invoiced = 1 {OWN}"),
    "not fulfilled": ("delivered", f"UPDATE {LINE} SET delivered = 1 {OWN}"),
    "line": ("totals", f"UPDATE {LINE} SET net_amount = net_amount + 0.01 {OWN}"),
    "total": ("totals", f"UPDATE {ORDER} SET total_gross_amount = 1 {OWN}"),
    "VAT": (
        "totals",
        f"UPDATE {QUOTE} SET total_tax_amount = 1, total_gross_amount = total_net_amount + 1 {OWN}",
    ),
    "state": ("states", f"UPDATE {ORDER} SET delivery_status = 'full' {OWN}"),
    "versions": ("versions", f"UPDATE {QUOTE} SET status = 'accepted', root_number = 'X' {OWN}"),
    "share": ("versions", f"UPDATE {QUOTE} SET invoiced_percent = 101 {OWN}"),
}


async def broken(shop: Shop) -> dict[str, str]:
    slug = shop.house.operator.slug
    return {one.invariant.name: one.told async for one in breaches(shop.house.engine, slug)}


async def traded(shop: Shop) -> dict[str, Any]:
    """Two quotes, and an order of which a part was delivered."""
    lines = [{"product_id": "oven", "quantity": "5", "discount": "10"}]
    for _ in range(2):
        await shop.quote(*lines)
    order = await shop.ordered(*lines)
    part = {"line_id": order["lines"][0]["id"], "quantity": "2"}
    await shop.call("sales.sales_order.mark_delivered", id=order["id"], lines=[part])
    return order


@pytest.mark.parametrize("what", BREAKS)
async def test_each_breach_is_found(shop: Shop, database: TestDatabase, what: str) -> None:
    await traded(shop)
    assert await broken(shop) == {}
    name, statement = BREAKS[what]
    connection = await asyncpg.connect(database.admin)
    try:
        await connection.execute("SET session_replication_role = replica")
        done = await connection.execute(statement, shop.house.org_id)
        assert not done.endswith(" 0"), done
    finally:
        await connection.close()
    assert f"sales.{name}" in await broken(shop)


async def test_the_demo_year_keeps_every_invariant(stage: Stage) -> None:
    names = {one.name for one in declared(stage.engine)}
    assert {"sales.quantities", "sales.totals", "sales.states", "sales.versions"} <= names
    found = [f"{one.invariant.name}: {one.told}" async for one in breaches(stage.engine, "demo")]
    assert found == []
