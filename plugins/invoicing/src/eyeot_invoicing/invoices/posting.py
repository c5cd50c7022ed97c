"""Posting: gives an invoice its number, its seal, its entry and the VAT that falls due; then it stands."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from eyeot import Conflict, Context, Event, Input, Invalid, Output, RecordRef, Tool, action, invalid
from eyeot_crm.parties import Party
from eyeot_invoicing.ids import InvoiceId
from eyeot_invoicing.invoices import deposits
from eyeot_invoicing.invoices.deducting import refuse_over, refuse_undeducted
from eyeot_invoicing.invoices.drafting import total
from eyeot_invoicing.invoices.entry import booked
from eyeot_invoicing.invoices.mentions import Facts, Gap, gaps, looked_at
from eyeot_invoicing.invoices.record import Invoice, InvoiceLine, lifecycle
from eyeot_invoicing.ledger.periods import check_open
from eyeot_invoicing.payments.exchange import rate_on
from eyeot_invoicing.payments.terms import instalments, term_of
from eyeot_invoicing.sealing import GENESIS, Chain, covered, sealed
from eyeot_sales.trade.amounts import ZERO, money

SERIES = "invoicing.invoice"
SELF_BILLED = "invoicing.self_billed"
"""The series of self-billing (BOI-TVA-DECLA-30-20-10, § 30)."""
SEAL_VERSION = 1
SEALED = (
    "number", "kind", "seller", "buyer", "bill_to", "ship_to", "issue_date", "supply_date",
    "currency", "total_discount", "total_net", "total_tax", "total_gross", "tax_breakdown",
    "deposits_deducted", "buyer_reference", "order_reference", "operation_nature", "vat_on_debits", "note",
)  # fmt: skip
"""The fields that version 1 of the seal covers: the buyer as posted, not the party, which may be merged."""
SEALED_LINE = (
    "position", "kind", "description", "quantity", "unit_id", "unit_price", "discount", "tax_category",
    "tax_percent", "exemption_code", "exemption_reason", "net", "deposit_id",
)  # fmt: skip


chain = Chain(Invoice, InvoiceLine, "invoice_id", {SEAL_VERSION: (SEALED, SEALED_LINE)})


def series_of(invoice: Invoice) -> str:
    """The series that an invoice is numbered in: what buyers write for us has its own."""
    return SELF_BILLED if invoice.is_self_billed else SERIES


class InvoicePosted(Event, name="invoicing.invoice.posted"):
    """An invoice was numbered and stands."""

    invoice_id: InvoiceId
    number: str


class Post(Input):
    """A draft, and its date if it is not today's."""

    id: InvoiceId
    issue_date: Annotated[
        date | None, Field(description="Today when left out; never before the last invoice's.")
    ] = None


async def lines_of(ctx: Context, invoice: Invoice) -> list[InvoiceLine]:
    """An invoice's lines, in order."""
    c = InvoiceLine.c
    return await ctx.find(InvoiceLine, c.invoice_id == invoice.id, order=(c.position, c.id))


async def dated_on(ctx: Context, invoice: Invoice, issued: date | None) -> date:
    """The date that an invoice bears when it is posted."""
    on = issued or invoice.issue_date or ctx.today
    if on > ctx.today:
        raise invalid(
            "issue_date", f"lies after today, {ctx.today}: an invoice is dated when it is made"
        )
    return on


async def readied(ctx: Context, invoice: Invoice, on: date) -> Facts:
    """Complete a draft for posting: totals, terms, and who it is from and to."""
    await total(ctx, invoice)
    lines = await lines_of(ctx, invoice)
    invoice.issue_date = on
    invoice.exchange_rate = await rate_on(ctx, invoice.currency, on)
    gross = _gross(invoice)
    if invoice.due_date is None or not invoice.instalments:
        term = await term_of(ctx, invoice.payment_term_id)
        parts = instalments(term, gross, on)
        if invoice.due_date is not None:
            parts = [(invoice.due_date, gross)]
        rows: Any = [{"due_date": day.isoformat(), "amount": f"{part:f}"} for day, part in parts]
        invoice.due_date, invoice.instalments = parts[-1][0], rows
    facts = await looked_at(ctx, invoice, lines)
    invoice.seller = facts.seller.model_dump(mode="json", exclude_none=True)  # type: ignore[assignment]
    invoice.buyer = facts.buyer.model_dump(mode="json", exclude_none=True)  # type: ignore[assignment]
    return facts


def _gross(invoice: Invoice) -> Decimal:
    return Decimal(invoice.total_gross.amount) if invoice.total_gross else ZERO


def refuse_gaps(found: Sequence[Gap]) -> None:
    """Refuse to post an invoice that does not say what it must, with what mends each gap."""
    if found:
        raise Invalid(
            errors=[
                {"path": one.code, "reason": f"missing: {one.missing} ({one.article}); {one.fix}"}
                for one in found
            ],
            remedy="Fill each gap with the action named beside it, then post again.",
        )


async def refuse_unfit(ctx: Context, invoice: Invoice) -> None:
    """Refuse an invoice to whom none may be made, of nothing, or below nothing."""
    party = await ctx.get(Party, invoice.party_id, beyond=True)
    if "invoices" in (party.blocked_for or []):
        raise Conflict(
            reason=f"Invoices to {party.name} are blocked: {party.block_reason}.",
            remedy="Lift the block with crm.party.unblock first.",
        )
    if _gross(invoice) < 0:
        raise Conflict(
            reason=f"The invoice comes to {_gross(invoice):f}: what is given back is no invoice.",
            remedy="Make a credit note (invoicing.invoice.credit), or deduct less.",
        )


async def seal(ctx: Context, invoice: Invoice, lines: Sequence[InvoiceLine]) -> None:
    """Seal an invoice over the one before it in its series; the number's lock keeps others waiting."""
    c = Invoice.c
    series = series_of(invoice)
    placed = (c.series == series, c.rank.is_not(None), c.id != invoice.id)
    before = await ctx.first(Invoice, *placed, order=c.rank.desc())
    invoice.series = series
    invoice.rank = (before.rank or 0) + 1 if before else 1
    invoice.prev_hash = (before.hash if before else None) or GENESIS
    invoice.hash = sealed(invoice.prev_hash, SEAL_VERSION, content_of(invoice, lines))


def content_of(invoice: Invoice, lines: Sequence[InvoiceLine]) -> dict[str, Any]:
    """What the seal of an invoice covers."""
    return {
        **covered(invoice, SEALED),
        "lines": [covered(one, SEALED_LINE) for one in lines],
    }


async def post_invoice_of(ctx: Context, invoice: Invoice, on: date) -> Invoice:
    """Post a draft: everything is checked first, and the number is taken last."""
    lifecycle.check(invoice, "post")
    facts = await readied(ctx, invoice, on)
    await refuse_unfit(ctx, invoice)
    await refuse_over(ctx, invoice, facts.lines)
    await refuse_undeducted(ctx, invoice, facts.lines)
    refuse_gaps(gaps(facts, on, ctx.locale))
    await check_open(ctx, on)
    invoice.posted_at = ctx.now
    invoice.number = await ctx.number(
        series_of(invoice), on=on, record=RecordRef.to(invoice.meta.name, invoice.id)
    )
    await seal(ctx, invoice, [*facts.lines])
    await booked(ctx, invoice, [*facts.lines])
    await deposits.fall_due_by_delivery(ctx, invoice, facts.lines)
    lifecycle.take(invoice, "post")
    if not _gross(invoice):
        lifecycle.take(invoice, "settle")
        invoice.settled_on = on
    invoice.amount_due = money(_gross(invoice), invoice.currency)
    ctx.emit(InvoicePosted(invoice_id=invoice.id, number=invoice.number))
    return invoice


@action(
    "invoicing.invoice.post",
    risk="x",
    en=(
        "Post an invoice; validate an invoice; number and finalise an invoice; issue an invoice; "
        "confirm an invoice"
    ),
    fr=(
        "Valider une facture; comptabiliser une facture; numéroter et figer une facture; émettre "
        "une facture; finaliser une facture"
    ),
    example={"id": "$invoicing.invoice?status=draft"},
    events=("invoicing.invoice.posted",),
    record=Invoice,
    next=("invoicing.invoice.send", "invoicing.invoice.register_payment"),
)
async def post(ctx: Context, data: Post) -> Invoice:
    """Check a draft's mandatory mentions, give it its number, seal and entry; it never changes again.

    Source: CGI ann. II, art. 242 nonies A (CIBS since 1 September 2026).
    """
    invoice = await ctx.get(Invoice, data.id, lock=True)
    return await post_invoice_of(ctx, invoice, await dated_on(ctx, invoice, data.issue_date))


class Chosen(Input):
    """One invoice."""

    id: InvoiceId


class Mentions(Output):
    """What is missing, and whether it could be posted as far as mentions go."""

    complete: bool
    gaps: list[Gap]


@action(
    "invoicing.invoice.check_mandatory_mentions",
    risk="r",
    en=(
        "Check an invoice's mandatory mentions; is anything missing on the invoice; legal "
        "mentions of an invoice; can this invoice be posted; does the invoice have all mentions"
    ),
    fr=(
        "Vérifier les mentions obligatoires d'une facture; que manque-t-il sur la facture; "
        "mentions légales d'une facture; la facture est-elle conforme; la facture a-t-elle "
        "toutes les mentions"
    ),
    example={"id": "$invoicing.invoice?status=draft"},
    record=Invoice,
)
async def check_mandatory_mentions(ctx: Context, data: Chosen) -> Mentions:
    """Tell what the law wants on an invoice and is missing, with the action that fills each gap."""
    invoice = await ctx.get(Invoice, data.id)
    facts = await looked_at(ctx, invoice, await lines_of(ctx, invoice))
    on = invoice.issue_date or ctx.today
    if invoice.due_date is None:
        facts = Facts(**{**vars_of(facts), "due": on})
    found = gaps(facts, on, ctx.locale)
    return Mentions(complete=not found, gaps=found)


def vars_of(facts: Facts) -> dict[str, Any]:
    """The parts of what is looked at."""
    return {name: getattr(facts, name) for name in Facts.__dataclass_fields__}


post_invoice = Tool(
    name="post_invoice",
    title="Post an invoice",
    action="invoicing.invoice.post",
    doc="Number, seal and book a draft invoice: it never changes again. A refusal names every gap.",
    show=("id", "issue_date"),
)
