"""Shop: a small company that sells, made by actions: VAT rates, products, a customer and a deal."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from eyeot.testing import Desk, House

ADDRESS = {"line1": "12 rue de la République", "postcode": "69002", "city": "Lyon"}


def euros(amount: str) -> dict[str, str]:
    """An amount in euros."""
    return {"amount": amount, "currency": "EUR"}


@dataclass
class Shop:
    """What is sold, to whom; ids by name."""

    house: House
    call: Desk
    ids: dict[str, str] = field(default_factory=dict)

    @classmethod
    async def open(cls, house: House, call: Desk) -> "Shop":
        """Make one: an oven at 1000 (cost 600), flour at 5.5 %, a service by the hour at 80 (cost 30)."""
        shop = cls(house, call)
        for code, rate, level in (("FR20", "20", "standard"), ("FR055", "5.5", "reduced")):
            shop.ids[code] = await shop._rate(code, rate, level)
        shop.ids["unit"] = await shop._unit()
        for sku, kind, price, cost, code in (
            ("oven", "goods", "1000.00", "600.00", "FR20"),
            ("flour", "goods", "0.99", "0.50", "FR055"),
            ("hour", "service", "80.00", "30.00", "FR20"),
        ):
            made = await call(
                "sales.product.create",
                sku=sku,
                name=sku.title(),
                kind=kind,
                unit_id=shop.ids["unit"],
                list_price=euros(price),
                cost=euros(cost),
                tax_rate_id=shop.ids[code],
            )
            shop.ids[sku] = made["id"]
        customer = await call(
            "crm.customer.create", name="Hôtel du Parc", siren="732829320", addresses=[ADDRESS]
        )
        shop.ids["customer"], shop.ids["party"] = customer["id"], customer["party_id"]
        return shop

    async def _rate(self, code: str, rate: str, level: str) -> str:
        found = (await self.call("sales.tax_rate.list", code=code))["items"]
        if found:
            return str(found[0]["id"])
        made = await self.call(
            "sales.tax_rate.create",
            code=code,
            name=f"TVA {rate} %",
            rate=rate,
            category="S",
            territory="metropole",
            level=level,
            valid_from="2014-01-01",
        )
        return str(made["id"])

    async def _unit(self) -> str:
        found = (await self.call("sales.unit.list", code="C62"))["items"]
        if found:
            return str(found[0]["id"])
        made = await self.call("sales.unit.create", code="C62", name="Unité", family="count")
        return str(made["id"])

    async def quote(self, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
        """A draft quote; one oven when no lines are given."""
        told = self.named(lines or ({"product_id": "oven"},))
        given = {"party_id": self.ids["customer"], "lines": told, **more}
        return await self.call("sales.quote.create", **given)

    async def sent(self, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
        """A quote that went out."""
        made = await self.quote(*lines, **more)
        await self.call("sales.quote.send", id=made["id"])
        return await self.get("quote", made["id"])

    async def accepted(self, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
        """A quote that was accepted."""
        made = await self.sent(*lines, **more)
        return await self.call("sales.quote.accept", id=made["id"], signer="Claire Morel")

    async def ordered(self, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
        """A confirmed order; ten ovens when no lines are given, with their lines."""
        told = self.named(lines or ({"product_id": "oven", "quantity": "10"},))
        given = {"party_id": self.ids["customer"], "lines": told, **more}
        made = await self.call("sales.sales_order.create", **given)
        await self.call("sales.sales_order.confirm", id=made["id"])
        return await self.get("sales_order", made["id"])

    def named(self, lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Lines with their products' ids."""
        return [
            {**one, "product_id": self.ids[one["product_id"]]} if "product_id" in one else one
            for one in lines
        ]

    async def deliver(self, order: dict[str, Any], *quantities: str) -> dict[str, Any]:
        """Deliver so many of each line; all the rest when none is said."""
        parts = [
            {"line_id": line["id"], "quantity": many}
            for line, many in zip(order["lines"], quantities, strict=False)
            if many != "0"
        ]
        given = {"lines": parts} if parts else {}
        return await self.call("sales.sales_order.mark_delivered", id=order["id"], **given)

    async def deal(self) -> dict[str, str]:
        """A deal of the customer's, in a pipeline of two open stages; ids by name."""
        line = await self.call("crm.pipeline.create", name="Ventes", is_default=True)
        found = {"pipeline": line["id"]}
        stages = (
            ("Contact", "open"),
            ("Proposition", "open"),
            ("Gagnée", "won"),
            ("Perdue", "lost"),
        )
        for name, kind in stages:
            stage = await self.call(
                "crm.stage.create", pipeline_id=line["id"], name=name, kind=kind
            )
            found[name] = stage["id"]
        made = await self.call(
            "crm.opportunity.create", name="Four", customer_id=self.ids["customer"]
        )
        return {**found, "deal": made["id"]}

    async def get(self, action: str, id: str) -> dict[str, Any]:
        """A record."""
        return await self.call(f"sales.{action}.get", id=id)
