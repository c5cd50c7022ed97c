"""Shop: products and customers for tests of sales."""

from typing import Any

from eyeot.testing import Desk


def euros(amount: str) -> dict[str, str]:
    """Money."""
    return {"amount": amount, "currency": "EUR"}


async def id_of(call: Desk, kind: str, **where: Any) -> str:
    """The id of the one record that a list shows."""
    (found,) = (await call(f"{kind}.list", **where))["items"]
    return str(found["id"])


async def product(call: Desk, sku: str = "TABLE", price: str | None = "100.00", **more: Any) -> str:
    """A product on sale, at 20 % VAT and counted in pieces."""
    given = {
        "sku": sku,
        "name": sku.title(),
        "kind": "goods",
        "unit_id": await id_of(call, "sales.unit", code="C62"),
        "tax_rate_id": await id_of(call, "sales.tax_rate", code="FR20"),
        **more,
    }
    if price:
        given["list_price"] = euros(price)
    return str((await call("sales.product.create", **given))["id"])


async def customer(call: Desk, name: str = "Bistrot du Port", **more: Any) -> str:
    """A customer; the id of its party."""
    return str((await call("crm.customer.create", name=name, **more))["party_id"])


async def price_list(call: Desk, name: str, *items: dict[str, Any], **more: Any) -> str:
    """A draft list with items."""
    made = await call("sales.price_list.create", name=name, **more)
    for one in items:
        await call("sales.price_list_item.create", price_list_id=made["id"], **one)
    return str(made["id"])


async def priced(call: Desk, product_id: str, quantity: str = "1", **more: Any) -> dict[str, Any]:
    """What one line costs."""
    lines = [{"product_id": product_id, "quantity": quantity}]
    found: dict[str, Any] = (await call("sales.price_list.simulate", lines=lines, **more))["lines"][
        0
    ]
    return found
