"""Trading: the demo company's quotes, orders and returns, as actions of its founder."""

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


async def trade(demo: Demo) -> None:
    """Load quotes, orders and returns in the order of their days."""
    told = table("demo", "trade")
    office = Office(demo)
    await office.begin(told["template"])
    documents = [("quote", one) for one in told["quote"]]
    documents += [("order", one) for one in told["order"]]
    for kind, one in sorted(documents, key=lambda pair: -pair[1]["days"]):
        office.at = demo.now - timedelta(days=one["days"])
        await (office.quote(one) if kind == "quote" else office.order(one))
    for one in told["return"]:
        office.at = demo.now - timedelta(hours=6)
        await office.back(one)


class Office:
    """Makes the documents, and remembers the ids by key."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.at = demo.now - timedelta(days=60)
        self.customers: list[str] = []

    async def call(self, action: str, **arguments: Any) -> dict[str, Any]:
        """Run an action an hour after the one before, as the founder."""
        self.at += timedelta(hours=1)
        return await self.demo.call(action, by=_BY, at=self.at, **arguments)

    async def begin(self, templates: list[dict[str, Any]]) -> None:
        """What quotes are made with: customers, a limit of discounts, templates."""
        found = await self.call("crm.customer.list", lifecycle="customer", limit=20)
        self.customers = [one["id"] for one in found["items"]]
        await self.call("sales.discount_limit.create", name="Tous les vendeurs", max_discount="12")
        for one in templates:
            await self.call(
                "sales.quote_template.create", **{**one, "lines": self._lines(one["lines"])}
            )

    def _lines(self, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
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
            "lines": self._lines(told["lines"]),
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
