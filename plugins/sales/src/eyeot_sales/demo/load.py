"""Load: the demo company's catalogue and prices, as actions of its founder."""

from datetime import datetime, timedelta
from typing import Any, Protocol

from eyeot_sales.data import table

_DAYS = 400
_BY = "founder"


class Demo(Protocol):
    """What the core gives a loader."""

    ids: dict[str, str]
    now: datetime

    async def call(self, action: str, *, by: str, at: Any, **arguments: Any) -> dict[str, Any]:
        """Run one action as a member of staff."""


async def load(demo: Demo) -> None:
    """Load the catalogue at the beginning of the year, price lists a little later."""
    shop = Shop(demo, demo.now - timedelta(days=_DAYS))
    told = table("demo", "catalogue")
    for one in told["category"]:
        await shop.category(one)
    for one in told["product"]:
        await shop.product(one)
    shop.at = demo.now - timedelta(days=_DAYS - 20)
    for one in told["list"]:
        await shop.price_list(one)
    shop.at = demo.now - timedelta(days=1)
    for one in told["rate"]:
        day = shop.at.date().isoformat()
        await shop.call("sales.exchange_rate.create", **one, date=day, source="ecb")


class Shop:
    """Makes the catalogue, and remembers the ids by key."""

    def __init__(self, demo: Demo, at: datetime) -> None:
        self.demo = demo
        self.at = at

    async def call(self, action: str, **arguments: Any) -> dict[str, Any]:
        """Run an action now, as the founder."""
        return await self.demo.call(action, by=_BY, at=self.at, **arguments)

    async def _id(self, kind: str, **where: Any) -> str:
        key = f"{kind}:{next(iter(where.values()))}"
        if key not in self.demo.ids:
            found = (await self.call(f"{kind}.list", **where))["items"]
            self.demo.ids[key] = found[0]["id"]
        return self.demo.ids[key]

    async def category(self, told: dict[str, Any]) -> None:
        """Make a category."""
        given = {name: value for name, value in told.items() if name not in ("key", "parent")}
        if "parent" in told:
            given["parent_id"] = self.demo.ids[f"category:{told['parent']}"]
        made = await self.call("sales.product_category.create", **given)
        self.demo.ids[f"category:{told['key']}"] = made["id"]

    async def product(self, told: dict[str, Any]) -> None:
        """Make a product, and end it where it is sold no more."""
        apart = ("category", "unit", "tax", "list_price", "cost", "discontinued_for")
        given = {name: value for name, value in told.items() if name not in apart}
        prices = {name: _euros(told[name]) for name in ("list_price", "cost") if name in told}
        made = await self.call(
            "sales.product.create",
            **given,
            **prices,
            category_id=self.demo.ids[f"category:{told['category']}"],
            unit_id=await self._id("sales.unit", code=told.get("unit", "C62")),
            tax_rate_id=await self._id("sales.tax_rate", code=told.get("tax", "FR20")),
        )
        self.demo.ids[f"product:{told['sku']}"] = made["id"]
        if follower := told.get("discontinued_for"):
            await self.call(
                "sales.product.discontinue",
                id=made["id"],
                successor_id=self.demo.ids[f"product:{follower}"],
            )

    async def price_list(self, told: dict[str, Any]) -> None:
        """Make a price list with its items, and put it in force."""
        apart = ("status", "parties", "items")
        given = {name: value for name, value in told.items() if name not in apart}
        made = await self.call("sales.price_list.create", **given)
        for one in told["items"]:
            item = {name: value for name, value in one.items() if name not in ("sku", "price")}
            await self.call(
                "sales.price_list_item.create",
                **item,
                price=_euros(one["price"]) if "price" in one else None,
                price_list_id=made["id"],
                product_id=self.demo.ids[f"product:{one['sku']}"],
            )
        if told.get("parties"):
            found = await self.call(
                "crm.customer.list", lifecycle="customer", limit=told["parties"]
            )
            parties = [one["party_id"] for one in found["items"]]
            await self.call("sales.price_list.assign_to_parties", id=made["id"], party_ids=parties)
        if told["status"] == "active":
            await self.call("sales.price_list.activate", id=made["id"])


def _euros(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}
