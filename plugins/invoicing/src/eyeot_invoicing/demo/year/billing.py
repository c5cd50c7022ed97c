"""Billing: the year's invoices of sales, contracts and repairs, how they were paid, and what went wrong."""

from collections.abc import Awaitable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from eyeot_crm.demo.model import Company
from eyeot_crm.demo.workdays import later
from eyeot_invoicing.demo.year.camt import Movement
from eyeot_invoicing.demo.year.desk import Desk, euros
from eyeot_invoicing.demo.year.plan import (
    Contract,
    Repair,
    begins,
    contracts,
    months,
    repairs,
    stream,
)
from eyeot_sales.demo.year.deals import Sale, delivered, office_hours, sales

_SOON = timedelta(minutes=25)
_CREDITED = {11: "return", 37: "discount", 52: "error", 78: "return", 96: "discount"}
"""Repairs by number that were taken back in part or, by error, whole."""
_BOUNCED = 21
"""The repair that was paid by a direct debit which came back."""
_BY_CHEQUE = 120
"""The repair that was paid on the spot; the cheque is still in the drawer."""
_DISPUTED = (118, 121)
_FEE = Decimal("18.00")
_PART = Decimal("0.4")
_HABITS = ("prompt",) * 52 + ("late",) * 31 + ("slow",) * 9 + ("parts",) * 5 + ("never",) * 3
_DAYS = {"prompt": (-6, 2), "late": (4, 32), "slow": (38, 80), "parts": (0, 8), "never": (0, 0)}
"""After the due date."""
_NEVER_SINCE = 110
"""Who pays nothing any more paid well until so many days ago."""


def stories(desk: Desk) -> Iterator[Awaitable[None]]:
    """Each invoice is a story of its own, from its draft to its last payment."""
    now = desk.demo.now
    yield from _of_sales(desk)
    for contract in contracts(desk.today):
        for first, _ in months(desk.today):
            at = office_hours(first, 8)
            if first.month % 3 == contract.turn and begins(desk.today) < at.date() and at < now:
                yield _quarter(desk, contract, first)
    for number, repair in enumerate(repairs(desk.today)):
        at = later(stream(f"repair {number}"), repair.at, 1)
        if at < now:
            yield _repair(desk, number, repair, at)


def _of_sales(desk: Desk) -> Iterator[Awaitable[None]]:
    for sale in sales(desk.today):
        if sale.won and sale.answered_at and sale.deposit:
            yield _deposit(desk, sale, later(stream(sale.key), sale.answered_at, 1))
        for number, moment in enumerate(delivered(sale, desk.demo.now)):
            yield _delivery(desk, sale, later(stream(f"{sale.key} {number}"), moment, 1))


async def _deposit(desk: Desk, sale: Sale, at: datetime) -> None:
    """A share when it was ordered."""
    if at >= desk.demo.now:
        return
    await desk.demo.until(at)
    given = {"id": desk.ids[f"order:{sale.key}"], "percent": str(sale.deposit)}
    drafted = await desk.call("sales.sales_order.create_deposit_invoice", at, **given)
    await _paid(desk, await _posted(desk, drafted["invoice_id"], at), sale.company)


async def _delivery(desk: Desk, sale: Sale, at: datetime) -> None:
    """What a delivery brought."""
    if at >= desk.demo.now:
        return
    await desk.demo.until(at)
    order = desk.ids[f"order:{sale.key}"]
    drafted = await desk.call("sales.sales_order.create_invoice", at, id=order)
    await _paid(desk, await _posted(desk, drafted["invoice_id"], at), sale.company)


async def _quarter(desk: Desk, contract: Contract, first: date) -> None:
    """Upkeep, a quarter in advance."""
    at = office_hours(first, 8)
    await desk.demo.until(at)
    last = (first + timedelta(days=92)).replace(day=1) - timedelta(days=1)
    line = {
        "product_id": desk.ids[f"product:{contract.sku}"],
        "quantity": "1",
        "unit_price": euros(contract.quarter),
        "service_start": first.isoformat(),
        "service_end": last.isoformat(),
    }
    await _paid(desk, await _invoiced(desk, contract.company, [line], at), contract.company)


async def _repair(desk: Desk, number: int, repair: Repair, at: datetime) -> None:
    """A call-out; some were taken back in part, contested or paid by a debit that came back."""
    await desk.demo.until(at)
    lines = [
        {"product_id": desk.ids[f"product:{sku}"], "quantity": quantity}
        for sku, quantity in repair.lines
    ]
    invoice = await _invoiced(desk, repair.company, lines, at)
    if number == _BOUNCED:
        await _bounced(desk, repair, invoice)
        return
    if number == _BY_CHEQUE:
        method = await desk.id("invoicing.payment_method", "cheque", at + _SOON)
        given = {"invoice_id": invoice["id"], "method_id": method, "reference": "CHQ 7740193"}
        await desk.call("invoicing.invoice.register_payment", at + _SOON * 2, **given)
        return
    if number in _CREDITED:
        await _credited(desk, invoice, _CREDITED[number], at + timedelta(days=6))
    if number in _DISPUTED and at + timedelta(days=3) < desk.demo.now:
        reason = "Le joint posé ne correspond pas au modèle commandé."
        given = {"id": invoice["id"], "reason": reason}
        await desk.call("invoicing.invoice.dispute", at + timedelta(days=3), **given)
        return
    await _paid(desk, invoice, repair.company)


async def _invoiced(
    desk: Desk, company: Company, lines: list[dict[str, Any]], at: datetime
) -> dict[str, Any]:
    given: dict[str, Any] = {"party_id": desk.ids[company.key], "lines": lines}
    made = await desk.call("invoicing.invoice.create", at, **given)
    return await _posted(desk, made["id"], at)


async def _posted(desk: Desk, id: str, at: datetime) -> dict[str, Any]:
    return await desk.call("invoicing.invoice.post", min(at + _SOON, desk.demo.now), id=id)


async def _credited(desk: Desk, invoice: dict[str, Any], reason: str, at: datetime) -> None:
    """Take an invoice back: a line of it, a rebate, or all of an error."""
    if at >= desk.demo.now:
        return
    given: dict[str, Any] = {"invoice_id": invoice["id"], "reason": reason}
    if reason != "error":
        shown = await desk.call("invoicing.invoice.get", at, id=invoice["id"])
        line = shown["lines"][-1]
        given["lines"] = [{"line_id": line["id"]}]
        if reason == "discount":
            given["lines"] = [{"line_id": line["id"], "amount": "25.00"}]
    note = await desk.call("invoicing.invoice.credit", at, **given)
    await desk.call("invoicing.credit_note.post", at + _SOON, id=note["id"])


def _habit(company: Company, invoice: dict[str, Any], today: date) -> str:
    found = stream(f"pays {company.key}").choice(_HABITS)
    since = (today - date.fromisoformat(invoice["issue_date"])).days
    return "prompt" if found == "never" and since > _NEVER_SINCE else found


async def _paid(desk: Desk, invoice: dict[str, Any], company: Company) -> None:
    """Let what is due come in, when its customer pays."""
    habit = _habit(company, invoice, desk.today)
    rng = stream(f"payment {invoice['number']}")
    due = office_hours(date.fromisoformat(invoice["due_date"]))
    at = office_hours((due + timedelta(days=rng.randint(*_DAYS[habit]))).date())
    if habit == "never":
        return
    if habit == "parts" and at < desk.demo.now:
        await _came(desk, invoice, company, at, part=True)
        at = office_hours((at + timedelta(days=rng.randint(20, 40))).date())
    if at < desk.demo.now:
        await _came(desk, invoice, company, at)


async def _came(
    desk: Desk, invoice: dict[str, Any], company: Company, at: datetime, *, part: bool = False
) -> None:
    """Money of a customer's on the account: the bank tells of it at the end of the month."""
    shown = await desk.call("invoicing.invoice.get", at, id=invoice["id"])
    gross, credited = (Decimal(shown[n]["amount"]) for n in ("total_gross", "credited"))
    left = gross - credited - desk.coming.get(invoice["id"], Decimal(0))
    amount = (left * _PART).quantize(Decimal("0.01")) if part else left
    if amount <= 0:
        return
    desk.coming[invoice["id"]] = desk.coming.get(invoice["id"], Decimal(0)) + amount
    text = f"VIR SEPA {invoice['number']}" + (" PREMIER VERSEMENT" if part else "")
    desk.moved.append(Movement(at.date(), amount, company.name, text, settles=invoice["id"]))


async def _bounced(desk: Desk, repair: Repair, invoice: dict[str, Any]) -> None:
    """A direct debit that came back, and the transfer that followed."""
    at = office_hours(date.fromisoformat(invoice["due_date"]))
    method = await desk.id("invoicing.payment_method", "direct_debit", at)
    given = {"invoice_id": invoice["id"], "method_id": method}
    paid = await desk.call("invoicing.invoice.register_payment", at, **given)
    number, amount = paid["payment_number"], Decimal(paid["settled"]["amount"])
    who = repair.company.name
    desk.moved.append(Movement(at.date(), amount, who, f"PRLV SEPA EMIS {number}"))
    back = office_hours(at.date() + timedelta(days=4))
    fee: dict[str, Any] = {"fee": euros(_FEE), "reason_code": "insufficient_funds"}
    await desk.call("invoicing.payment.bounce", back, id=paid["payment_id"], **fee)
    desk.moved.append(Movement(back.date(), -amount - _FEE, who, f"REJET PRLV {number}"))
    await _came(desk, invoice, repair.company, office_hours(back.date() + timedelta(days=24)))
