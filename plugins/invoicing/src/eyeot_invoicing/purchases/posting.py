"""Posting: a supplier's invoice is booked: its cost, the VAT that may be deducted, and what is owed."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from eyeot import Conflict, Context, Event, Exact, Input, RecordRef, Starting, action, invalid
from eyeot_crm.parties import Party
from eyeot_invoicing.ids import SupplierInvoiceId
from eyeot_invoicing.ledger.accounts import Accounts, LedgerAccount
from eyeot_invoicing.ledger.booking import Booking, Leg, book
from eyeot_invoicing.ledger.entries import JournalEntry
from eyeot_invoicing.payments.terms import due_on, term_of
from eyeot_invoicing.purchases.coding import coded
from eyeot_invoicing.purchases.record import SupplierInvoice, SupplierInvoiceLine, lifecycle
from eyeot_invoicing.purchases.totals import amount
from eyeot_invoicing.vat.due import Part, fell_due, parts
from eyeot_sales.prices.exchange import rate_of
from eyeot_sales.taxes.parties import of_party
from eyeot_sales.taxes.rates import standard_percent
from eyeot_sales.taxes.zones import territory_of, zone_of
from eyeot_sales.trade.amounts import HUNDRED, ZERO, TaxBase, TaxKey, rounded

SERIES = "invoicing.supplier_invoice"
_RATE = Decimal("0.0000000001")
REVERSED = frozenset({"AE", "K"})
"""Categories whose VAT the buyer owes (CGI, art. 283-2, 283-2 nonies and 256 bis)."""
starting_sequences = Starting(
    "core.sequence",
    key="code",
    rows=[
        {
            "code": SERIES,
            "name": "Factures fournisseurs",
            "pattern": "FF-{year}-{seq:05}",
            "gapless": False,
        }
    ],
)


class SupplierInvoicePosted(Event, name="invoicing.supplier_invoice.posted"):
    """A supplier's invoice was booked."""

    supplier_invoice_id: SupplierInvoiceId


class ToPost(Input):
    """An approved invoice, and the day it is booked on."""

    id: SupplierInvoiceId
    date: Annotated[
        dt.date | None,
        Field(description="Its own date when left out; today's, where that period is closed."),
    ] = None


async def lines_of(ctx: Context, invoice: SupplierInvoice) -> list[SupplierInvoiceLine]:
    """An invoice's lines, in order."""
    c = SupplierInvoiceLine.c
    return await ctx.find(
        SupplierInvoiceLine, c.supplier_invoice_id == invoice.id, order=(c.position, c.id)
    )


@action(
    "invoicing.supplier_invoice.post",
    risk="x",
    en=(
        "Post a supplier invoice; book a bill; enter a purchase in the books; book the "
        "deductible VAT of a purchase; enter a supplier's bill in the books"
    ),
    fr=(
        "Comptabiliser une facture fournisseur; passer une facture d'achat; enregistrer un achat "
        "en comptabilité; comptabiliser la TVA déductible; passer une facture fournisseur en "
        "compta"
    ),
    example={"id": "$invoicing.supplier_invoice?status=approved"},
    events=("invoicing.supplier_invoice.posted",),
    record=SupplierInvoice,
    next=("invoicing.payment.create", "invoicing.supplier_invoice.defer_expense"),
)
async def post(ctx: Context, data: ToPost) -> SupplierInvoice:
    """Book an approved invoice: costs on their accounts, VAT as it may be deducted, the supplier's credit.

    VAT of services is deductible when they are paid, unless the supplier opted for debits (CGI, 271, I-2).
    """
    invoice = await ctx.get(SupplierInvoice, data.id, lock=True)
    lifecycle.check(invoice, "post")
    on = data.date or invoice.invoice_date
    if not invoice.invoice_date <= on <= ctx.today:
        raise invalid("date", f"from the invoice's date, {invoice.invoice_date}, to today's")
    if invoice.currency != (await ctx.organization()).currency and invoice.exchange_rate is None:
        invoice.exchange_rate = await _rate(ctx, invoice)
    lines = await lines_of(ctx, invoice)
    invoice.due_date = invoice.due_date or await _due(ctx, invoice)
    source = RecordRef.to(invoice.meta.name, invoice.id)
    invoice.internal_number = await ctx.number(SERIES, on=ctx.today, record=source)
    await booked(ctx, invoice, lines, on)
    invoice.posted_at = ctx.now
    ctx.emit(SupplierInvoicePosted(supplier_invoice_id=invoice.id))
    lifecycle.take(invoice, "post")
    return invoice


async def _rate(ctx: Context, invoice: SupplierInvoice) -> Decimal:
    """Units of the books' currency for one of the invoice's, by the day's rate."""
    found = await rate_of(ctx, invoice.currency, invoice.invoice_date)
    return (Decimal(1) / found.rate).quantize(_RATE)


async def _due(ctx: Context, invoice: SupplierInvoice) -> dt.date:
    term = await term_of(ctx, None)
    told: list[Any] = list(term.lines)
    return max(due_on(one, invoice.invoice_date) for one in told)


class _Books:
    """An invoice's amounts in the currency of the books, taken back where it is a credit note."""

    def __init__(self, invoice: SupplierInvoice) -> None:
        self._rate = invoice.exchange_rate
        self._sign = -1 if invoice.kind == "credit_note" else 1

    def of(self, value: Decimal) -> Decimal:
        """An amount of it."""
        return self._sign * (value if self._rate is None else rounded(value * self._rate))

    def part(self, one: Part) -> Part:
        """VAT of it."""
        return Part(one.nature, one.key, self.of(one.base), self.of(one.tax))


async def booked(
    ctx: Context, invoice: SupplierInvoice, lines: Sequence[SupplierInvoiceLine], on: dt.date
) -> None:
    """Book an invoice, and note its VAT: deductible now, or waiting for the payment."""
    accounts, books = Accounts(ctx), _Books(invoice)
    found = [books.part(one) for one in vat_parts(invoice, lines)]
    waiting = [one for one in found if _waits(invoice, one)]
    at_once = [one for one in found if not _waits(invoice, one)]
    legs = await _costs(ctx, invoice, lines)
    for one in at_once:
        legs.append(Leg(await accounts.role(_deductible(one)), one.tax))
    if waiting:
        account = await accounts.role("vat_deductible_pending")
        legs.append(Leg(account, sum((one.tax for one in waiting), ZERO)))
    owed = sum((one.amount for one in legs), ZERO)
    account = await accounts.role("payable")
    foreign = invoice.total_gross if invoice.exchange_rate is not None else None
    payable = Leg(account, -owed, invoice.party_id, None, invoice.due_date, foreign)
    entry = await _entered(ctx, invoice, [*legs, payable], on)
    source = RecordRef.to(invoice.meta.name, invoice.id)
    invoice.entry_id = entry.id
    invoice.pending_vat = [_told(one) for one in waiting]
    await fell_due(
        ctx,
        at_once,
        due_on=on,
        direction="deductible",
        source=source,
        cause=source,
        party_id=invoice.party_id,
        entry_id=entry.id,
    )


async def _entered(
    ctx: Context, invoice: SupplierInvoice, legs: Sequence[Leg], on: dt.date
) -> JournalEntry:
    """An invoice's entry among the purchases."""
    party = await ctx.get(Party, invoice.party_id, beyond=True)
    what = "Avoir" if invoice.kind == "credit_note" else "Facture"
    return await book(
        ctx,
        Booking(
            journal="purchases",
            on=on,
            label=f"{what} {invoice.number} {party.name}",
            legs=legs,
            piece_ref=invoice.internal_number,
            piece_date=invoice.invoice_date,
            source=RecordRef.to(invoice.meta.name, invoice.id),
        ),
    )


def vat_parts(invoice: SupplierInvoice, lines: Sequence[SupplierInvoiceLine]) -> list[Part]:
    """An invoice's VAT by rate and nature, as its breakdown tells."""
    rows: list[Any] = list(invoice.tax_breakdown)
    told: dict[TaxKey, TaxBase] = {}
    for row in rows:
        key = TaxKey(row["category"], Decimal(str(row["percent"])), row.get("exemption_code") or "")
        told[key] = TaxBase(key, Decimal(str(row["base"])), Decimal(str(row["tax"])))
    natures = [(one.nature, amount(one)) for one in lines]
    return parts(list(told.values()), natures)


def _deductible(one: Part) -> str:
    return "vat_deductible_assets" if one.nature == "asset" else "vat_deductible"


def _waits(invoice: SupplierInvoice, one: Part) -> bool:
    return bool(one.tax) and one.nature == "service" and not invoice.vat_on_debits


def _told(one: Part) -> dict[str, str]:
    return {
        "nature": one.nature,
        "category": one.key.category,
        "percent": f"{one.key.percent:f}",
        "exemption_code": one.key.exemption_code,
        "base": f"{one.base:f}",
        "tax": f"{one.tax:f}",
        "released_base": "0",
        "released_tax": "0",
    }


async def _costs(
    ctx: Context, invoice: SupplierInvoice, lines: Sequence[SupplierInvoiceLine]
) -> list[Leg]:
    """The debits of what was bought, by account."""
    books = _Books(invoice)
    nets: dict[LedgerAccount, Decimal] = {}
    for line in lines:
        if line.net is None:
            continue
        line_account = line.account_id or await coded(ctx, invoice, line)
        account = await ctx.get(LedgerAccount, line_account)
        nets[account] = nets.get(account, ZERO) + line.net.amount
    return [Leg(account, books.of(net)) for account, net in nets.items()]


class ToReverse(Input):
    """A booked invoice without VAT, and the rate that it bears here."""

    id: SupplierInvoiceId
    percent: Annotated[
        Exact | None,
        Field(
            gt=0,
            le=100,
            description="The rate of such a supply here; the standard one if left out.",
        ),
    ] = None


@action(
    "invoicing.supplier_invoice.reverse_charge",
    risk="w",
    en=(
        "Book reverse-charge VAT; self-assess VAT on a purchase; VAT on an EU purchase; building "
        "subcontractor without VAT"
    ),
    fr=(
        "Autoliquider la TVA d'un achat; comptabiliser l'autoliquidation; TVA d'un achat "
        "intracommunautaire; sous-traitance du bâtiment sans TVA"
    ),
    example={
        "id": "$invoicing.supplier_invoice?status=posted&is_self_assessed=false&number=EU-2026-88"
    },
    record=SupplierInvoice,
    next=("invoicing.vat_return.compute",),
)
async def reverse_charge(ctx: Context, data: ToReverse) -> SupplierInvoice:
    """Book the VAT that we owe in the supplier's place, due and deductible at once, on a booked invoice.

    Source: CGI, art. 283-2 (services), 283-2 nonies (building), 256 bis (EU goods), 1695 (imports), 271, II.
    """
    invoice = await ctx.get(SupplierInvoice, data.id, lock=True)
    if invoice.entry_id is None or invoice.is_self_assessed:
        raise Conflict(
            reason=f"The invoice {invoice.number} is {invoice.status}"
            + (", and its VAT was self-assessed." if invoice.is_self_assessed else "."),
            remedy="It is done once, on a booked invoice: invoicing.supplier_invoice.post.",
            field="id",
        )
    lines = await lines_of(ctx, invoice)
    books = _Books(invoice)
    party = await ctx.get(Party, invoice.party_id, beyond=True)
    territory = territory_of(zone_of(of_party(party).place))
    found = [
        books.part(one) for one in vat_parts(invoice, lines) if _owed_here(one, territory=territory)
    ]
    if not found:
        raise Conflict(
            reason="None of its lines bears VAT that we owe: they are no imports, nor of category AE or K.",
            remedy="A line's category says so: supplier_invoice_line.update(tax_category=AE, tax_percent=0).",
            field="id",
        )
    percent = data.percent or await standard_percent(ctx, invoice.invoice_date or ctx.today)
    assessed = [
        Part(
            one.nature,
            TaxKey(one.key.category, percent, one.key.exemption_code),
            one.base,
            rounded(one.base * percent / HUNDRED),
            territory,
        )
        for one in found
    ]
    await _assess(ctx, invoice, assessed)
    invoice.is_self_assessed = True
    return invoice


def _owed_here(one: Part, *, territory: str) -> bool:
    """Whether we owe its VAT: as the category says, or because we imported the goods."""
    imported = territory == "export" and one.nature != "service" and not one.tax
    return one.key.category in REVERSED or imported


async def _assess(ctx: Context, invoice: SupplierInvoice, found: Sequence[Part]) -> None:
    """Book VAT on both sides, and note it on both."""
    accounts = Accounts(ctx)
    whole = sum((one.tax for one in found), ZERO)
    source = RecordRef.to(invoice.meta.name, invoice.id)
    on = max(invoice.supply_date or invoice.invoice_date, invoice.invoice_date)
    entry = await book(
        ctx,
        Booking(
            journal="purchases",
            on=on,
            label=f"Autoliquidation {invoice.number}",
            legs=[
                Leg(await accounts.role("vat_deductible_self_assessed"), whole),
                Leg(await accounts.role("vat_self_assessed"), -whole),
            ],
            piece_ref=invoice.internal_number,
            piece_date=invoice.invoice_date,
            source=source,
        ),
    )
    facts: dict[str, Any] = {
        "due_on": on,
        "source": source,
        "cause": source,
        "party_id": invoice.party_id,
        "entry_id": entry.id,
        "is_self_assessed": True,
    }
    await fell_due(ctx, found, direction="collected", **facts)
    await fell_due(ctx, found, direction="deductible", **facts)
