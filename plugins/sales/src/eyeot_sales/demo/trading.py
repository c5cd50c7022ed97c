"""Trading: the demo company's quotes, orders and returns, as actions of its founder."""

from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Any, Protocol

from eyeot_sales.data import table

_BY = "founder"


class Demo(Protocol):
    """What the core gives a loader."""

    ids: dict[str, str]
    now: datetime

    async def call(self, action: str, *, by: str, at: Any, **arguments: Any) -> dict[str, Any]:
        """Run one action as a member of staff."""

    async def together(self, *stories: Awaitable[None]) -> None:
        """Tell several stories at once, what happens in them in the order of its time."""


async def trade(demo: Demo) -> None:
    """Load quotes, orders and returns, each a story of its own: what happens in them goes by its days."""
    told = table("demo", "trade")
    customers = await begin(demo, told["template"])
    await demo.together(
        *(Deal(demo, customers, one["days"]).quote(one) for one in told["quote"]),
        *(Deal(demo, customers, one["days"]).order(one) for one in told["order"]),
    )
    for place, one in enumerate(told["return"]):
        await Deal(demo, customers, (7 - place) / 24).back(one)


async def begin(demo: Demo, templates: list[dict[str, Any]]) -> list[str]:
    """What quotes are made with: a limit of discounts, templates, and the customers, who are told."""
    office = Deal(demo, [], 60)
    found = await office.call("crm.customer.list", lifecycle="customer", limit=20)
    await office.call("sales.discount_limit.create", name="Tous les vendeurs", max_discount="12")
    for one in templates:
        given = {**one, "lines": office.lines(one["lines"])}
        await office.call("sales.quote_template.create", **given)
    return [one["id"] for one in found["items"]]


class Deal:
    """Makes one document and what follows from it, and remembers its id by its key."""

    def __init__(self, demo: Demo, customers: list[str], days: float) -> None:
        self.demo, self.customers = demo, customers
        self.at = demo.now - timedelta(days=days)

    async def call(self, action: str, **arguments: Any) -> dict[str, Any]:
        """Run an action an hour after the one before, as the founder."""
        self.at += timedelta(hours=1)
        return await self.demo.call(action, by=_BY, at=self.at, **arguments)

    def lines(self, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Lines with the products that they name."""
        return [
            {
                **{name: value for name, value in one.items() if name != "sku"},
                **({"product_id": self.demo.ids[f"product:{one['sku']}"]} if "sku" in one else {}),
            }
            for one in told
        ]

    def _document(self, told: dict[str, Any]) -> dict[str, Any]:
        plain = ("subject", "deposit_percent", "customer_reference")
        return {
            **{name: told[name] for name in plain if name in told},
            "party_id": self.customers[told["customer"] % len(self.customers)],
            "lines": self.lines(told["lines"]),
        }

    async def quote(self, told: dict[str, Any]) -> None:
        """Make a quote and bring it as far as it went."""
        given = self._document(told)
        if "valid_days" in told:
            last = self.at + timedelta(days=told["valid_days"])
            given["valid_until"] = last.date().isoformat()
        id = (await self.call("sales.quote.create", **given))["id"]
        self.demo.ids[f"quote:{told['key']}"] = id
        more: dict[str, dict[str, Any]] = {
            # No PDF is made of these: the first start must stay fast.
            "send": {"channel": "none"},
            "accept": {"signer": "Claire Morel", "proof": "signature"},
            "decline": {"reason": "price", "note": "Trop cher de 10 %"},
            "submit": {"reason": "Deux fours, ouverture d'un second site"},
        }
        names = {"submit": "submit_for_approval"}
        for step in told["steps"]:
            self.at += timedelta(days=1)
            done = await self.call(
                f"sales.quote.{names.get(step, step)}", id=id, **more.get(step, {})
            )
        for step in told.get("order", ()):
            await self._step(step, done["id"])

    async def order(self, told: dict[str, Any]) -> None:
        """Make an order and bring it as far as it went."""
        id = (await self.call("sales.sales_order.create", **self._document(told)))["id"]
        self.demo.ids[f"order:{told['key']}"] = id
        for step in told["steps"]:
            await self._step(step, id)

    async def _step(self, step: str, id: str) -> None:
        self.at += timedelta(hours=20)
        order = await self.call("sales.sales_order.get", id=id)
        first = next(one for one in order["lines"] if one["kind"] == "product")
        half = {"line_id": first["id"], "quantity": "1"}
        steps: dict[str, tuple[str, dict[str, Any]]] = {
            "confirm": ("sales_order.confirm", {"id": id}),
            "deliver": ("sales_order.mark_delivered", {"id": id}),
            "part": ("sales_order.mark_delivered", {"id": id, "lines": [half]}),
            "hold": ("sales_order.hold", {"id": id, "reason": "Acompte attendu"}),
            "close": ("sales_order.close_short", {"id": id, "reason": "Fin de chantier"}),
            "plan": ("fulfilment.create", {"order_id": id, "lines": [half]}),
        }
        name, given = steps[step]
        if step == "plan":
            given["planned_on"] = (self.demo.now + timedelta(days=14)).date().isoformat()
        await self.call(f"sales.{name}", **given)

    async def back(self, told: dict[str, Any]) -> None:
        """Make a return and bring it as far as it went."""
        order = await self.call("sales.sales_order.get", id=self.demo.ids[f"order:{told['order']}"])
        line = {"line_id": order["lines"][0]["id"], "quantity": told["quantity"]}
        made = await self.call(
            "sales.return_order.create",
            order_id=order["id"],
            lines=[line],
            reason=told["reason"],
        )
        for step in told["steps"]:
            if step == "receive":
                given = {"condition": "damaged"}
                await self.call("sales.return_order.receive", id=made["id"], **given)
            else:
                await self.call("sales.return_order.approve", id=made["id"], resolution=step)
