"""Telling: the quotes, orders and deliveries of the year's deals, each by the person whose work it is."""

from datetime import datetime, timedelta
from typing import Any, Protocol

from eyeot_crm.demo.house import ADMIN, LOST_REASONS, SUPPORT
from eyeot_sales.demo.year.assortment import articles
from eyeot_sales.demo.year.deals import Sale, delivered, office_hours, sales

_SOON = timedelta(minutes=20)
_BEFORE = timedelta(days=399)
_REASONS = {one.key: one.kind for one in LOST_REASONS}


class Demo(Protocol):
    """What the core gives a loader."""

    ids: dict[str, str]
    now: datetime

    async def call(self, action: str, /, *, by: str, at: Any, **arguments: Any) -> dict[str, Any]:
        """Run one action as a member of staff."""

    async def until(self, at: datetime) -> None:
        """Wait until the other stories have come to a moment."""

    async def together(self, *stories: Any) -> None:
        """Tell several stories at once."""


async def tell(demo: Demo) -> None:
    """Tell the year of the deals."""
    today = demo.now.date()
    await _assortment(demo, demo.now - _BEFORE)
    await demo.together(*(_told(demo, one) for one in sales(today)))


async def _assortment(demo: Demo, at: datetime) -> None:
    """Enter what is sold, once its categories are there."""
    await demo.until(at)
    unit = await demo.call("sales.unit.list", by=ADMIN, at=at, code="C62")
    rate = await demo.call("sales.tax_rate.list", by=ADMIN, at=at, code="FR20")
    for one in articles():
        made = await demo.call(
            "sales.product.create",
            by=ADMIN,
            at=at,
            sku=one.sku,
            name=one.name,
            kind=one.kind,
            list_price=_euros(one.list_price),
            cost=_euros(one.cost),
            category_id=demo.ids[f"category:{one.category}"],
            unit_id=unit["items"][0]["id"],
            tax_rate_id=rate["items"][0]["id"],
        )
        demo.ids[f"product:{one.sku}"] = made["id"]


async def _told(demo: Demo, sale: Sale) -> None:
    """One deal from its quote to its last delivery."""
    quote = await _quoted(demo, sale)
    at = sale.answered_at
    if at is None:
        await _expired(demo, sale, quote)
        return
    # Just before the deal is closed, which follows from it.
    at -= timedelta(seconds=30)
    if not sale.won:
        reason = _REASONS[sale.deal.lost_reason or ""]
        given = {"reason": reason, "note": sale.deal.lost_note}
        await demo.call("sales.quote.decline", by=sale.deal.owner, at=at, id=quote, **given)
        return
    proof = {"signer": sale.signer, "proof": "signature"}
    await demo.call("sales.quote.accept", by=sale.deal.owner, at=at, id=quote, **proof)
    await _ordered(demo, sale, quote)


async def _expired(demo: Demo, sale: Sale, quote: str) -> None:
    """Close a quote that nobody answered, some days after its validity."""
    at = office_hours(sale.valid_until + timedelta(days=3))
    if at < demo.now:
        await demo.call("sales.quote.expire", by=sale.deal.owner, at=at, ids=[quote])


async def _quoted(demo: Demo, sale: Sale) -> str:
    """Make the quote and its later version; the one that holds in the end."""
    deal, at = sale.deal, sale.quoted_at + timedelta(minutes=3)
    await demo.until(at)
    made = await demo.call(
        "sales.quote.create",
        by=deal.owner,
        at=at,
        subject=deal.name.rpartition(" - ")[0],
        party_id=demo.ids[sale.company.key],
        contact_id=demo.ids[deal.contacts[0]],
        opportunity_id=demo.ids[deal.key],
        owner_id=demo.ids[deal.owner],
        valid_until=sale.valid_until.isoformat(),
        deposit_percent=sale.deposit and str(sale.deposit),
        lines=[_line(demo, one) for one in sale.lines],
    )
    await _sent(demo, sale, made["id"], at + _SOON)
    if sale.revised_at:
        at = sale.revised_at
        await demo.until(at)
        made = await demo.call("sales.quote.revise", by=deal.owner, at=at, id=made["id"])
        await _sent(demo, sale, made["id"], at + _SOON)
    demo.ids[f"quote:{sale.key}"] = made["id"]
    return str(made["id"])


async def _sent(demo: Demo, sale: Sale, quote: str, at: datetime) -> None:
    # No PDF is made of these: the first start must stay fast.
    await demo.call("sales.quote.send", by=sale.deal.owner, at=at, id=quote, channel="none")


async def _ordered(demo: Demo, sale: Sale, quote: str) -> None:
    assert sale.answered_at
    at = sale.answered_at + _SOON
    if at > demo.now:
        return
    order = await demo.call("sales.quote.convert_to_order", by=sale.deal.owner, at=at, id=quote)
    demo.ids[f"order:{sale.key}"] = order["id"]
    await demo.call("sales.sales_order.confirm", by=ADMIN, at=at + _SOON, id=order["id"])
    done = delivered(sale, demo.now)
    for number, moment in enumerate(done, start=1):
        await demo.until(moment)
        lines = await _part(demo, sale, order["id"], number, moment)
        given: dict[str, Any] = {"lines": lines} if lines else {}
        by = SUPPORT if sale.upkeep else ADMIN
        await demo.call(
            "sales.sales_order.mark_delivered", by=by, at=moment, id=order["id"], **given
        )


async def _part(
    demo: Demo, sale: Sale, order: str, number: int, at: datetime
) -> list[dict[str, str]]:
    """What one of several deliveries brings: a quarter of a contract, or first the goods."""
    if not sale.upkeep and (number > 1 or len(sale.deliveries) == 1):
        return []
    shown = await demo.call("sales.sales_order.get", by=ADMIN, at=at, id=order)
    first = next(one for one in shown["lines"] if one["kind"] == "product")
    return [{"line_id": first["id"], "quantity": "1"}]


def _line(demo: Demo, told_line: dict[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in told_line.items() if name not in ("sku", "unit_price")}
    if "sku" in told_line:
        given["product_id"] = demo.ids[f"product:{told_line['sku']}"]
    if "unit_price" in told_line:
        given["unit_price"] = _euros(told_line["unit_price"])
    return given


def _euros(amount: Any) -> dict[str, str]:
    return {"amount": f"{amount:.2f}", "currency": "EUR"}
