"""Charging: drafts the invoice of what delays cost, outside the scope of VAT."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from eyeot import Conflict, Context, Exact, Input, action, invalid, kind
from eyeot_invoicing.ids import InvoiceId
from eyeot_invoicing.invoices.record import Invoice, InvoiceLine, stands
from eyeot_invoicing.late.computing import LateFees, late_fees
from eyeot_invoicing.late.rates import OUT_OF_SCOPE
from eyeot_invoicing.ledger.accounts import Accounts
from eyeot_sales.trade.amounts import ZERO

_FIXED = {
    False: "Code de commerce, art. D441-5",
    True: "Code de la commande publique, art. D2192-35",
}


class ChargeLate(Input):
    """Late invoices of one customer."""

    invoice_ids: Annotated[list[InvoiceId], Field(min_length=1, max_length=100)]
    as_of: Annotated[dt.date | None, Field(description="Today when left out.")] = None
    rate: Annotated[
        Exact | None,
        Field(gt=0, le=100, description="In percent a year, if the terms of sale say one."),
    ] = None


@action(
    "invoicing.invoice.invoice_late_fees",
    risk="x",
    en=(
        "Invoice late fees; charge penalties for late payment; bill interest on overdue invoices; charge the "
        "40 euro indemnity"
    ),
    fr=(
        "Facturer les pénalités de retard; facturer les intérêts de retard; facturer l'indemnité de 40 "
        "euros; faire payer un retard"
    ),
    example={"invoice_ids": ["$invoicing.invoice?status=posted"]},
    record=Invoice,
    next=("invoicing.invoice.post",),
)
async def invoice_late_fees(ctx: Context, data: ChargeLate) -> Invoice:
    """Draft the invoice of the penalties and indemnities of late invoices; no day is charged twice.

    They compensate a loss and pay for nothing sold, so no VAT is due. Source: Code de commerce, art. L441-10.
    """
    as_of = data.as_of or ctx.today
    if as_of > ctx.today:
        raise invalid("as_of", f"lies after today, {ctx.today}: that delay has not happened")
    late = [await ctx.get(Invoice, id, lock=True) for id in sorted(set(data.invoice_ids))]
    first = late[0]
    for one in late:
        if not stands(one) or (one.party_id, one.currency) != (first.party_id, first.currency):
            raise Conflict(
                reason="They are not posted invoices of one buyer in one currency.",
                remedy="Charge each buyer by itself.",
                field="invoice_ids",
            )
    fees = [await late_fees(ctx, one, as_of, data.rate) for one in late]
    if not any(one.total for one in fees):
        raise Conflict(
            reason="Nothing is to be charged: not late, charged already, or a consumer.",
            remedy="invoicing.invoice.compute_late_fees tells which.",
        )
    return await _drafted(ctx, first, late, fees)


async def _drafted(
    ctx: Context, first: Invoice, late: Sequence[Invoice], fees: Sequence[LateFees]
) -> Invoice:
    rate = kind("sales.tax_rate")
    out: Any = await ctx.first(rate, rate.c.code == OUT_OF_SCOPE)
    account = await Accounts(ctx).role("late_fees")
    common = {"tax_rate_id": out.id, "account_id": account.id, "nature": "service"}
    rows: list[dict[str, Any]] = []
    causes: list[Invoice] = []
    for invoice, fee in zip(late, fees, strict=True):
        for row in _rows(invoice, fee):
            price = {"amount": row.pop("amount"), "currency": first.currency}
            rows.append({**common, **row, "unit_price": price})
            causes.append(invoice)
    notes = list(dict.fromkeys(note for one in fees for note in one.notes))
    given = {"party_id": first.party_id, "currency": first.currency, "lines": rows}
    told = {"internal_note": "\n".join(notes)} if notes else {}
    made = await ctx.call("invoicing.invoice.create", {**given, **told})
    c = InvoiceLine.c
    lines = await ctx.find(InvoiceLine, c.invoice_id == made.id, order=(c.position, c.id))
    for line, cause in zip(lines, causes, strict=True):
        line.late_invoice_id = cause.id
        await ctx.save(line)
    return await ctx.get(Invoice, made.id)


def _rows(invoice: Invoice, fee: LateFees) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    if fee.penalties:
        rows.append(
            {
                "description": f"Pénalités de retard, facture {invoice.number}, "
                f"du {fee.spans[0].start} au {fee.spans[-1].end}",
                "amount": fee.penalties,
                "service_start": fee.spans[0].start,
                "service_end": fee.as_of,
            }
        )
    if fee.indemnity > ZERO:
        rows.append(
            {
                "description": "Indemnité forfaitaire pour frais de recouvrement, facture "
                f"{invoice.number} ({_FIXED[fee.is_public]})",
                "amount": fee.indemnity,
            }
        )
    return rows
