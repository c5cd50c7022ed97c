"""Entering: a supplier's invoice made of what a file says, with the original kept as it came."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from eyeot import Context, RecordRef, invalid, minor_units
from eyeot_invoicing.einvoices.model import ZERO, Bill, Line
from eyeot_invoicing.einvoices.reading import Read
from eyeot_invoicing.purchases.coding import coded
from eyeot_invoicing.purchases.record import SupplierInvoice, SupplierInvoiceLine, lifecycle
from eyeot_invoicing.purchases.suppliers import supplier_of
from eyeot_invoicing.purchases.totals import put
from eyeot_sales.trade.amounts import Amount, TaxKey, money
from eyeot_sales.trade.amounts import total as summed

_GOODS = frozenset({"B1", "B2", "B4", "B7", "B8"})
_LINES = 500


@dataclass(frozen=True, slots=True)
class Source:
    """How an invoice came."""

    via: Literal["pa", "mail", "scan", "manual"]
    document_id: UUID | None = None


async def enter(ctx: Context, read: Read, source: Source) -> SupplierInvoice:
    """A supplier's invoice as its file says it, to be reviewed; its lines coded as others were before."""
    bill = read.bill
    _refuse_unfit(bill)
    party, _ = await supplier_of(ctx, bill.seller)
    row = SupplierInvoice(
        number=bill.number[:100],
        kind="credit_note" if bill.is_credit_note else "invoice",
        party_id=party.id,
        received_via=source.via,
        invoice_date=bill.issued,
        received_at=ctx.now,
        supply_date=bill.delivered,
        due_date=bill.due if bill.due and bill.due >= bill.issued else None,
        currency=bill.currency,
        vat_on_debits=bill.tax_point == "invoice",
        iban=(bill.paying.iban or "").replace(" ", "")[:34] or None,
        order_reference=(bill.order_reference or "")[:100] or None,
        credited_number=bill.preceding[0].number[:100] if bill.preceding else None,
        issuer_siren=bill.seller.siren,
        document_id=source.document_id,
        told=_told(bill),
    )
    await ctx.add(row)
    lines = [*_lines(bill, row), *_allowances(bill, row)]
    for at, line in enumerate(lines, start=1):
        line.position = at
        line.account_id = await coded(ctx, row, line)
        await ctx.add(line)
    amounts = [Amount(one.net.amount if one.net else ZERO, _key(one)) for one in lines]
    put(row, summed(amounts, ZERO, minor_units(bill.currency)))
    row.duplicate_of = await repeated(ctx, row)
    return row


def _refuse_unfit(bill: Bill) -> None:
    if len(bill.lines) + len(bill.allowances) > _LINES:
        raise invalid("document_id", f"has more than {_LINES} lines")
    if not bill.seller.name:
        raise invalid("document_id", "names no seller")


def _key(line: Any) -> TaxKey:
    return TaxKey(line.tax_category, line.tax_percent, line.exemption_code or "")


def _told(bill: Bill) -> dict[str, Any]:
    """The totals of the file, by which the supplier owes its VAT."""
    return {
        "net": f"{bill.sums.net:f}",
        "tax": f"{bill.sums.tax:f}",
        "gross": f"{bill.sums.gross:f}",
        "due": f"{bill.sums.due:f}",
        "taxes": [
            {
                "category": one.category,
                "percent": f"{one.percent or ZERO:f}",
                **({"exemption_code": one.code[:40]} if one.code else {}),
                "base": f"{one.base:f}",
                "tax": f"{one.tax:f}",
            }
            for one in bill.taxes
        ],
    }


def _lines(bill: Bill, row: SupplierInvoice) -> list[SupplierInvoiceLine]:
    codes = {one.category: one.code for one in bill.taxes}
    return [_line(bill, row, one, codes.get(one.category)) for one in bill.lines]


def _line(
    bill: Bill, row: SupplierInvoice, one: Line, exemption: str | None
) -> SupplierInvoiceLine:
    percent = one.percent or ZERO
    said = f"{one.name}\n{one.description}" if one.description else one.name
    return SupplierInvoiceLine(
        supplier_invoice_id=row.id,
        description=said[:2000],
        reference=(one.reference or "")[:100] or None,
        quantity=one.quantity,
        unit_price=_price(one.price, bill.currency),
        net=money(one.net, bill.currency),
        tax_category=_category(one.category, percent),
        tax_percent=percent,
        exemption_code=exemption[:40] if exemption else None,
        nature="goods" if bill.process in _GOODS else "service",
    )


def _price(price: Decimal, currency: str) -> Any:
    """A unit price, where the currency has room for its decimals."""
    short = round(price, minor_units(currency))
    return money(short, currency) if short == price else None


def _category(category: str, percent: Decimal) -> Any:
    if percent > 0:
        return "S"
    return category if category in ("AE", "E", "K", "G", "O", "Z") else "Z"


def _allowances(bill: Bill, row: SupplierInvoice) -> list[SupplierInvoiceLine]:
    """What was taken off the whole, as lines of its rate."""
    return [
        SupplierInvoiceLine(
            supplier_invoice_id=row.id,
            description="Remise",
            net=money(-one.amount, bill.currency),
            tax_category=_category(one.category, one.percent or ZERO),
            tax_percent=one.percent or ZERO,
            nature="goods" if bill.process in _GOODS else "service",
        )
        for one in bill.allowances
    ]


async def repeated(ctx: Context, row: SupplierInvoice) -> UUID | None:
    """The invoice that one repeats: the same supplier, the same number, the same year."""
    c = SupplierInvoice.c
    found = await ctx.first(
        SupplierInvoice,
        c.party_id == row.party_id,
        c.number == row.number,
        c.id != row.id,
        c.status != "refused",
        order=c.id,
    )
    return found.id if found and found.invoice_date.year == row.invoice_date.year else None


def to_review(row: SupplierInvoice) -> None:
    """It is to be looked at."""
    lifecycle.take(row, "review")


def ref_of(row: SupplierInvoice) -> RecordRef:
    """What its original hangs on."""
    return RecordRef.to(row.meta.name, row.id)
