"""Buying: what suppliers invoiced for the goods that were sold, approved by the buyer, and paid when due."""

from collections.abc import Awaitable, Iterator
from datetime import timedelta
from decimal import Decimal

from eyeot_crm.demo.house import BUYER
from eyeot_invoicing.demo.year.camt import Movement
from eyeot_invoicing.demo.year.desk import Desk, euros
from eyeot_invoicing.demo.year.plan import Purchase, purchases
from eyeot_sales.demo.year.deals import office_hours

_SOON = timedelta(minutes=40)


def stories(desk: Desk) -> Iterator[Awaitable[None]]:
    """Each invoice of a supplier is a story of its own."""
    for one in purchases(desk.today):
        if office_hours(one.came) < desk.demo.now:
            yield _bought(desk, one)


async def _bought(desk: Desk, one: Purchase) -> None:
    at = office_hours(one.came)
    await desk.demo.until(at)
    line = {
        "description": one.text,
        "net": euros(one.net),
        "nature": "goods",
        "account_id": await desk.id("invoicing.ledger_account", "607000", at),
    }
    made = await desk.call(
        "invoicing.supplier_invoice.create",
        at,
        number=one.number,
        party_id=desk.ids[one.supplier.key],
        invoice_date=at.date().isoformat(),
        due_date=one.paid.isoformat(),
        lines=[line],
    )
    at += _SOON
    await desk.call("invoicing.supplier_invoice.approve", at, by=BUYER, id=made["id"])
    posted = await desk.call("invoicing.supplier_invoice.post", at + _SOON, id=made["id"])
    if one.paid < desk.today:
        amount = Decimal(posted["total_gross"]["amount"])
        party = desk.ids[one.supplier.key]
        name = one.supplier.name
        desk.moved.append(Movement(one.paid, -amount, name, one.number, party=party))
