"""Deferring: a cost that was paid in advance is spread over the months it is for."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from eyeot import Conflict, Context, Days, Input, Output, RecordRef, action, invalid
from eyeot_invoicing.ids import EntryId, SupplierInvoiceId
from eyeot_invoicing.ledger.accounts import Accounts, LedgerAccount
from eyeot_invoicing.ledger.booking import Booking, Leg, book
from eyeot_invoicing.ledger.periods import months_of
from eyeot_invoicing.purchases.coding import coded
from eyeot_invoicing.purchases.posting import lines_of
from eyeot_invoicing.purchases.record import SupplierInvoice
from eyeot_sales.trade.amounts import ZERO, rounded

_MOST = 60


class ToDefer(Input):
    """A booked invoice, and the days that its cost is for."""

    id: SupplierInvoiceId
    start: Annotated[
        date | None, Field(description="The first of the invoice's month when left out.")
    ] = None
    end: Annotated[date | None, Field(description="Or give months.")] = None
    months: Annotated[
        int | None, Field(ge=2, le=_MOST, description="Whole months, instead of an end.")
    ] = None

    def span(self, invoice: SupplierInvoice) -> Days:
        """The days that the cost is for."""
        first = self.start or invoice.invoice_date.replace(day=1)
        if (self.end is None) == (self.months is None):
            raise invalid("end", "give an end or a number of months, one of both")
        if self.end is not None:
            return Days(first, self.end)
        after = first.month - 1 + (self.months or 0)
        return Days(first, date(first.year + after // 12, after % 12 + 1, 1) - timedelta(days=1))


class Month(Output):
    """The part of one month."""

    month: str
    amount: Decimal


class Deferred(Output):
    """How the cost is spread."""

    supplier_invoice_id: SupplierInvoiceId
    entry_id: EntryId
    months: list[Month]
    deferred: Annotated[Decimal, Field(description="What was moved to later months (486).")]
    entries: Annotated[list[EntryId], Field(description="Entries written: out, and back so far.")]


@action(
    "invoicing.supplier_invoice.defer_expense",
    risk="w",
    en=(
        "Defer an expense; spread a prepaid cost over months; prepaid expense; annual "
        "subscription over twelve months; spread the insurance over the year"
    ),
    fr=(
        "Étaler une charge; charge constatée d'avance; répartir un achat sur plusieurs mois; "
        "abonnement annuel à étaler; étaler l'assurance sur l'année; étaler une dépense"
    ),
    example={
        "id": "$invoicing.supplier_invoice?status=posted&number=ASSUR-2026",
        "months": 6,
    },
    record=SupplierInvoice,
)
async def defer_expense(ctx: Context, data: ToDefer) -> Deferred:
    """Spread a booked invoice's cost over months by their days: out to 486 at its date, back month by month.

    Months that are to come are written when they are closed: call again then. Source: PCG, art. 944-48 (486).
    """
    invoice = await ctx.get(SupplierInvoice, data.id, lock=True)
    if invoice.entry_id is None:
        raise Conflict(
            reason=f"The invoice {invoice.number} is {invoice.status}.",
            remedy="Book it first with invoicing.supplier_invoice.post.",
        )
    span = data.span(invoice)
    if span.last <= span.first or span.first < invoice.invoice_date.replace(day=1):
        raise invalid("end", "lies after start, which is not before the month of the invoice")
    shares = await _shares(ctx, invoice, span)
    rows: list[Any] = [dict(one) for one in invoice.deferred]
    if rows and [one["month"] for one in rows] != [month for month, _ in shares]:
        raise Conflict(
            reason="Its cost was spread over other months before.",
            remedy="invoicing.journal_entry.reverse takes those entries back first.",
        )
    entries = await _written(ctx, invoice, shares, rows)
    invoice.deferred = rows
    kept = _own_month(invoice)
    return Deferred(
        supplier_invoice_id=invoice.id,
        entry_id=entries[0],
        months=[Month(month=month, amount=sum(parts.values(), ZERO)) for month, parts in shares],
        deferred=sum((sum(parts.values(), ZERO) for month, parts in shares if month != kept), ZERO),
        entries=entries,
    )


_Shares = list[tuple[str, dict[UUID, Decimal]]]


def _own_month(invoice: SupplierInvoice) -> str:
    return f"{invoice.invoice_date:%Y-%m}"


async def _shares(ctx: Context, invoice: SupplierInvoice, span: Days) -> _Shares:
    """What of each account falls on each month, by its days; the last takes what rounding leaves."""
    months = months_of(span)
    if len(months) > _MOST:
        raise invalid("end", f"is more than {_MOST} months away")
    days = (span.last - span.first).days + 1
    nets: dict[UUID, Decimal] = {}
    for line in await lines_of(ctx, invoice):
        if line.net is not None:
            account = line.account_id or await coded(ctx, invoice, line)
            nets[account] = nets.get(account, ZERO) + line.net.amount
    left = dict(nets)
    found: _Shares = []
    for at, month in enumerate(months, start=1):
        share = Decimal((month.last - month.first).days + 1) / days
        last = at == len(months)
        parts = {one: left[one] if last else rounded(nets[one] * share) for one in nets}
        left = {one: left[one] - parts[one] for one in nets}
        found.append((f"{month.first:%Y-%m}", parts))
    return found


async def _written(
    ctx: Context, invoice: SupplierInvoice, shares: _Shares, rows: list[Any]
) -> list[UUID]:
    """The entries: all that is for later goes out at once, each month comes back when it has come."""
    now = f"{ctx.today:%Y-%m}"
    entries: list[UUID] = []
    later = [(month, parts) for month, parts in shares if month > _own_month(invoice)]
    if not rows:
        entries.append(await _out(ctx, invoice, [parts for _, parts in later]))
        rows.extend({"month": month, "entry_id": ""} for month, _ in shares)
    for row, (month, parts) in zip(rows, shares, strict=True):
        if row["entry_id"] or month > now or month <= _own_month(invoice):
            continue
        entry = await _back(ctx, invoice, month, parts)
        row["entry_id"] = str(entry)
        entries.append(entry)
    if not entries:
        raise Conflict(
            reason="Every month that has come is written already.",
            remedy="Call again when the next month has come.",
        )
    return entries


async def _out(ctx: Context, invoice: SupplierInvoice, later: list[dict[UUID, Decimal]]) -> UUID:
    sums: dict[UUID, Decimal] = {}
    for parts in later:
        for account, amount in parts.items():
            sums[account] = sums.get(account, ZERO) + amount
    label = f"Charges constatées d'avance {invoice.number}"
    return await _moved(ctx, invoice, sums, (invoice.invoice_date, label), out=True)


async def _back(
    ctx: Context, invoice: SupplierInvoice, month: str, parts: dict[UUID, Decimal]
) -> UUID:
    on = date.fromisoformat(f"{month}-01")
    return await _moved(ctx, invoice, parts, (on, f"Charge de {month} {invoice.number}"), out=False)


async def _moved(
    ctx: Context,
    invoice: SupplierInvoice,
    sums: dict[UUID, Decimal],
    about: tuple[date, str],
    *,
    out: bool,
) -> UUID:
    prepaid = await Accounts(ctx).role("prepaid")
    sign = -1 if out else 1
    legs = [Leg(await ctx.get(LedgerAccount, id), sign * one) for id, one in sums.items()]
    whole = sum((one.amount for one in legs), ZERO)
    if not whole:
        raise Conflict(
            reason="Nothing of it is for a later month.", remedy="Give an end in a later month."
        )
    entry = await book(
        ctx,
        Booking(
            journal="general",
            on=about[0],
            label=about[1],
            legs=[*legs, Leg(prepaid, -whole)],
            piece_ref=invoice.internal_number,
            piece_date=invoice.invoice_date,
            source=RecordRef.to(invoice.meta.name, invoice.id),
            closing=True,
        ),
    )
    return entry.id
