"""Previewing: what posting a draft would do, and what an invoice means for the books."""

import calendar
from collections.abc import Sequence
from copy import copy
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from eyeot import Context, Exact, Input, Output, Problem, action, kind
from eyeot.types import Currency
from eyeot_invoicing.ids import AccountId, InvoiceId, PartyId
from eyeot_invoicing.invoices.deducting import refuse_over, refuse_undeducted
from eyeot_invoicing.invoices.entry import Impact, impact, vat_parts, waits
from eyeot_invoicing.invoices.mentions import Gap, gaps, looked_at
from eyeot_invoicing.invoices.posting import dated_on, lines_of, refuse_unfit, series_of
from eyeot_invoicing.invoices.record import Invoice, InvoiceLine, lifecycle, stands
from eyeot_invoicing.ledger.accounts import LedgerAccount
from eyeot_invoicing.ledger.entries import EntryLine
from eyeot_invoicing.payments.exchange import rate_on
from eyeot_invoicing.payments.terms import instalments, term_of
from eyeot_invoicing.vat.boxes import Group, boxes_of, taking
from eyeot_invoicing.vat.due import Part, territories
from eyeot_invoicing.vat.pending import Books
from eyeot_sales.trade.amounts import ZERO, rounded
from eyeot_sales.trade.documents import TaxRow, totalled
from eyeot_sales.trade.lines import counted


class PreviewPost(Input):
    """A draft, and its date if it is not today's."""

    id: InvoiceId
    issue_date: date | None = None


class Posted(Output):
    """A line of the entry, in the currency of the books."""

    account_id: AccountId
    account: Annotated[str, Field(description="Its code.")]
    name: str
    party_id: PartyId | None = None
    due_date: date | None = None
    debit: Exact
    credit: Exact


class Preview(Output):
    """What posting would do; nothing is reserved."""

    can_be_posted: bool
    errors: Annotated[list[str], Field(description="What would be refused, and how to mend it.")]
    gaps: list[Gap]
    number: Annotated[str | None, Field(description="The number to come; another may take it.")]
    issue_date: date
    due_date: date | None
    currency: Currency
    total_net: Exact
    total_tax: Exact
    total_gross: Exact
    taxes: list[TaxRow]
    entry: list[Posted]


async def _as_posted(ctx: Context, draft: Invoice, on: date) -> Invoice:
    """A copy of a draft as posting would complete it; the draft itself stays as it is."""
    invoice = copy(draft)
    invoice.issue_date = on
    invoice.exchange_rate = await rate_on(ctx, invoice.currency, on)
    if invoice.due_date is None or not invoice.instalments:
        gross = invoice.total_gross.amount if invoice.total_gross else ZERO
        parts = instalments(await term_of(ctx, invoice.payment_term_id), gross, on)
        if invoice.due_date is not None:
            parts = [(invoice.due_date, gross)]
        rows: Any = [{"due_date": day.isoformat(), "amount": f"{part:f}"} for day, part in parts]
        invoice.due_date, invoice.instalments = parts[-1][0], rows
    return invoice


async def _number(ctx: Context, invoice: Invoice, on: date) -> str:
    record = kind("core.sequence")
    found: Any = await ctx.first(record, record.c.code == series_of(invoice), order=record.c.status)
    told = await ctx.call(
        "core.sequence.preview_next", {"sequence_id": found.id, "at": on.isoformat()}
    )
    return str(told.number)


def _told(found: Impact) -> list[Posted]:
    return [
        Posted(
            account_id=one.account.id,
            account=one.account.code,
            name=one.account.name,
            party_id=one.party_id,
            due_date=one.due_date,
            debit=max(one.amount, ZERO),
            credit=max(-one.amount, ZERO),
        )
        for one in found.legs
        if one.amount
    ]


@action(
    "invoicing.invoice.preview_post",
    risk="r",
    en=(
        "Preview the posting of an invoice; what would posting do; invoice number to come; entry before "
        "posting"
    ),
    fr=(
        "Aperçu de la validation d'une facture; que ferait la validation; numéro de facture à venir; "
        "écriture avant validation"
    ),
    example={"id": "$invoicing.invoice?status=draft"},
    record=Invoice,
    next=("invoicing.invoice.post",),
)
async def preview_post(ctx: Context, data: PreviewPost) -> Preview:
    """Tell what posting a draft would do: errors, the number to come, its entry and its VAT."""
    draft = await ctx.get(Invoice, data.id)
    lines = await lines_of(ctx, draft)
    errors: list[str] = []
    on, number, entry = data.issue_date or draft.issue_date or ctx.today, None, []
    invoice, found = draft, []
    try:
        lifecycle.check(draft, "post")
        on = await dated_on(ctx, draft, data.issue_date)
        invoice = await _as_posted(ctx, draft, on)
        found = gaps(await looked_at(ctx, invoice, lines), on, ctx.locale)
        await refuse_unfit(ctx, invoice)
        entry = _told(await impact(ctx, invoice, lines))
        await refuse_over(ctx, invoice, lines, lock=False)
        await refuse_undeducted(ctx, invoice, lines, lock=False)
        number = await _number(ctx, invoice, on)
    except Problem as problem:
        errors.append(f"{problem} {problem.body().get('hint') or ''}".strip())
    totals = totalled(draft, lines)
    return Preview(
        can_be_posted=not errors and not found,
        errors=errors,
        gaps=found,
        number=number,
        issue_date=on,
        due_date=invoice.due_date,
        currency=draft.currency,
        total_net=totals.net,
        total_tax=totals.tax,
        total_gross=totals.gross,
        taxes=[TaxRow.model_validate(one) for one in draft.tax_breakdown],
        entry=entry,
    )


class InvoiceAsked(Input):
    """One invoice."""

    id: InvoiceId


class NaturePart(Output):
    """What an invoice says of one nature and rate, and when its VAT falls due."""

    nature: Literal["goods", "service", "asset"]
    category: str
    percent: Exact
    base: Exact
    tax: Exact
    due: Annotated[
        Literal["date", "payment", "none"],
        Field(
            description="date: by the supply of goods, or the invoice's date; payment: as it is paid;"
            " none: no VAT."
        ),
    ]
    still_pending: Annotated[Exact, Field(description="VAT that waits for the payment.")]
    article: str


class BySplit(Output):
    """An invoice by nature."""

    operation_nature: str | None
    vat_on_debits: bool
    parts: list[NaturePart]
    lines: dict[str, str]


_ARTICLES = {
    "date": "CGI, art. 269, 2-a",
    "payment": "CGI, art. 269, 2-c",
    "none": "CGI, art. 269",
}


@action(
    "invoicing.invoice.split_by_vat_nature",
    risk="r",
    en=(
        "Split an invoice into goods and services; when is its VAT due; VAT rule of each line; VAT on debits "
        "or on payment"
    ),
    fr=(
        "Répartir une facture entre biens et services; quand la TVA est-elle exigible; règle de TVA par "
        "ligne; TVA sur débits ou encaissements"
    ),
    example={"id": "$invoicing.invoice?status=posted"},
    record=Invoice,
)
async def split_by_vat_nature(ctx: Context, data: InvoiceAsked) -> BySplit:
    """Show which lines are goods or services, and whether their VAT falls due by date or by payment."""
    invoice = await ctx.get(Invoice, data.id)
    lines = await lines_of(ctx, invoice)
    rows: list[Any] = list(invoice.pending_vat)
    told = []
    for part in vat_parts(invoice, lines):
        due = "payment" if waits(invoice, part) else "date" if part.tax else "none"
        pending = sum(
            (
                Decimal(one["tax"]) - Decimal(one["released_tax"])
                for one in rows
                if one["nature"] == part.nature and Decimal(one["percent"]) == part.key.percent
            ),
            part.tax if due == "payment" and not stands(invoice) else ZERO,
        )
        told.append(
            NaturePart(
                nature=part.nature,
                category=part.key.category,
                percent=part.key.percent,
                base=part.base,
                tax=part.tax,
                due=due,  # type: ignore[arg-type]
                still_pending=pending,
                article=_ARTICLES[due],
            )
        )
    by_line: dict[str, str] = {
        str(one.position): one.nature or "service" for one in lines if counted(one)
    }
    return BySplit(
        operation_nature=invoice.operation_nature,
        vat_on_debits=invoice.vat_on_debits,
        parts=told,
        lines=by_line,
    )


class BoxImpact(Output):
    """A box of the VAT return that the invoice goes to."""

    box: str
    label: str
    base: Exact
    tax: Exact
    due: Literal["date", "payment"]


class Month(Output):
    """What is earned in a month."""

    month: str
    amount: Exact


class Ledger(Output):
    """What an invoice means for the books."""

    posted: bool
    entry: list[Posted]
    vat: list[BoxImpact]
    revenue: Annotated[
        list[Month], Field(description="Of services over time, by day; the rest in its month.")
    ]


def _boxes(ctx: Context, invoice: Invoice, parts: Sequence[Part], on: date) -> list[BoxImpact]:
    rows, books, told = boxes_of("CA3", on), Books(invoice.exchange_rate), []
    for raw in parts:
        part = books.part(raw)
        group = Group(
            "collected", part.nature, part.key.category, part.key.percent, part.territory,
            is_self_assessed=False, recovers=False, below=part.tax < 0, base=part.base, tax=part.tax,
        )  # fmt: skip
        told += [
            BoxImpact(
                box=row.box,
                label=row.fr if ctx.locale.startswith("fr") else row.en,
                base=part.base if "base" in row.shows else ZERO,
                tax=part.tax if "tax" in row.shows else ZERO,
                due="payment" if waits(invoice, raw) else "date",
            )
            for row in taking(rows, group)
        ]
    return told


def _revenue(lines: Sequence[InvoiceLine], on: date) -> list[Month]:
    """Nets by month: a service with days is earned by the day."""
    sums: dict[str, Decimal] = {}
    for line in lines:
        if not counted(line) or line.net is None or line.kind == "deposit":
            continue
        first, last = line.service_start or on, line.service_end or line.service_start or on
        left, days = line.net.amount, (last - first).days + 1
        for month, share in _by_month(first, last):
            part = left if month == f"{last:%Y-%m}" else rounded(line.net.amount * share / days)
            left -= part
            sums[month] = sums.get(month, ZERO) + part
    return [Month(month=name, amount=sums[name]) for name in sorted(sums)]


def _by_month(first: date, last: date) -> list[tuple[str, int]]:
    found, at = [], first
    while at <= last:
        end = min(last, date(at.year, at.month, calendar.monthrange(at.year, at.month)[1]))
        found.append((f"{at:%Y-%m}", (end - at).days + 1))
        at = date(end.year + end.month // 12, end.month % 12 + 1, 1)
    return found


async def _booked(ctx: Context, invoice: Invoice) -> list[Posted]:
    c = EntryLine.c
    lines = await ctx.find(EntryLine, c.entry_id == invoice.entry_id, order=c.position)
    told = []
    for one in lines:
        account = await ctx.get(LedgerAccount, one.account_id)
        told.append(
            Posted(
                account_id=account.id,
                account=account.code,
                name=account.name,
                party_id=one.party_id,
                due_date=one.due_date,
                debit=one.debit,
                credit=one.credit,
            )
        )
    return told


@action(
    "invoicing.invoice.get_ledger_impact",
    risk="r",
    en=(
        "Show an invoice's entry; how is an invoice booked; accounts of an invoice; VAT boxes of an invoice; "
        "revenue by month of an invoice"
    ),
    fr=(
        "Voir l'écriture d'une facture; comment une facture est comptabilisée; comptes d'une facture; cases "
        "de TVA d'une facture; produits par mois d'une facture"
    ),
    example={"id": "$invoicing.invoice?status=posted"},
    record=Invoice,
)
async def get_ledger_impact(ctx: Context, data: InvoiceAsked) -> Ledger:
    """Tell the entry lines, the VAT boxes and the months of revenue of an invoice, posted or not."""
    invoice = await ctx.get(Invoice, data.id)
    lines = await lines_of(ctx, invoice)
    on = invoice.issue_date or ctx.today
    if stands(invoice):
        entry = await _booked(ctx, invoice)
    else:
        invoice = await _as_posted(ctx, invoice, on)
        entry = _told(await impact(ctx, invoice, lines))
    parts = vat_parts(invoice, lines, await territories(ctx, lines))
    return Ledger(
        posted=stands(invoice),
        entry=entry,
        vat=_boxes(ctx, invoice, parts, on),
        revenue=_revenue(lines, on),
    )
