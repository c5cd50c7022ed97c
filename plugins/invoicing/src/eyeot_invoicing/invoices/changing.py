"""Changing: what may change around an invoice: delays, instalments, disputes, self-billing."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from eyeot import Conflict, Context, Event, Exact, Input, action, invalid
from eyeot_invoicing.ids import InvoiceId
from eyeot_invoicing.invoices.drafting import total
from eyeot_invoicing.invoices.posting import SELF_BILLED, lines_of
from eyeot_invoicing.invoices.record import OPEN, Invoice, lifecycle, stands
from eyeot_invoicing.payments.settling import due
from eyeot_sales.trade.amounts import HUNDRED, ZERO, rounded
from eyeot_sales.trade.lines import COUNTED
from eyeot_sales.trade.pricing import price_line

_MOST_PARTS = 60


class DraftChosen(Input):
    """One draft."""

    id: InvoiceId


@action(
    "invoicing.invoice.recompute",
    risk="w",
    en="Recompute a draft invoice; recalculate VAT and totals; refresh a draft's taxes; redo the totals",
    fr=(
        "Recalculer une facture brouillon; recalculer la TVA et les totaux; rafraîchir les taxes; refaire "
        "les totaux"
    ),
    example={"id": "$invoicing.invoice?status=draft"},
    record=Invoice,
)
async def recompute(ctx: Context, data: DraftChosen) -> Invoice:
    """Take a draft's VAT rates anew, as they are now, and total it again; its prices stay."""
    invoice = await ctx.get(Invoice, data.id, lock=True)
    lifecycle.check(invoice, "post")
    for line in await lines_of(ctx, invoice):
        if line.kind not in COUNTED:
            continue
        line.tax_percent = None
        await price_line(ctx, invoice, line, invoice.issue_date)
        await ctx.save(line)
    await total(ctx, invoice)
    ctx.touch(invoice)
    return invoice


def refuse_settled(invoice: Invoice) -> None:
    """Refuse to speak of what is due on an invoice on which nothing is."""
    if invoice.status not in OPEN:
        raise Conflict(
            reason=f"The invoice {invoice.number or '(draft)'} is {invoice.status}: nothing is due on it.",
            remedy="invoicing.invoice.list(status_in=[posted, partially_paid]) shows what is.",
        )


class Postpone(Input):
    """An invoice, its new due date and why."""

    id: InvoiceId
    due_date: date
    reason: Annotated[str, Field(min_length=3, max_length=300)]


@action(
    "invoicing.invoice.change_due_date",
    risk="w",
    en=(
        "Change an invoice's due date; grant a delay; postpone a payment; give a customer more time to pay"
    ),
    fr=(
        "Changer l'échéance d'une facture; accorder un délai; reporter un paiement; laisser plus de temps au "
        "client"
    ),
    example={
        "id": "$invoicing.invoice?status=posted",
        "due_date": "2099-12-31",
        "reason": "Délai accordé au téléphone",
    },
    record=Invoice,
)
async def change_due_date(ctx: Context, data: Postpone) -> Invoice:
    """Grant a delay on what is due: the date moves on, what it was and why is kept."""
    invoice = await ctx.get(Invoice, data.id, lock=True)
    refuse_settled(invoice)
    before = invoice.due_date
    if before and data.due_date <= before:
        raise Conflict(
            reason=f"{invoice.number} is due on {before}: what is agreed is not taken back.",
            remedy="Give a later date.",
            field="due_date",
        )
    delay = {"due_date": str(before), "reason": data.reason, "granted_on": str(ctx.today)}
    invoice.delays = [*invoice.delays, delay]  # type: ignore[list-item]
    rows: list[Any] = [dict(one) for one in invoice.instalments]
    for one in rows:
        if one["due_date"] == str(before):
            one["due_date"] = str(data.due_date)
    invoice.instalments, invoice.due_date = rows, data.due_date
    return invoice


class PlannedPart(Input):
    """A part of what is due, as an amount or in percent, and its day."""

    due_date: date
    amount: Annotated[Exact | None, Field(gt=0, decimal_places=2)] = None
    percent: Annotated[Exact | None, Field(gt=0, le=100)] = None


class Plan(Input):
    """An invoice and its instalments."""

    id: InvoiceId
    plan: Annotated[list[PlannedPart], Field(min_length=1, max_length=_MOST_PARTS)]


@action(
    "invoicing.invoice.schedule_installments",
    risk="w",
    en=(
        "Schedule instalments; pay an invoice in several parts; split what is due; payment plan of an "
        "invoice"
    ),
    fr=(
        "Échelonner une facture; payer en plusieurs fois; échéancier d'une facture; plan de paiement d'un "
        "client"
    ),
    example={
        "id": "$invoicing.invoice?status=posted",
        "plan": [
            {"due_date": "2099-10-31", "percent": "50"},
            {"due_date": "2099-11-30", "percent": "50"},
        ],
    },
    record=Invoice,
)
async def schedule_installments(ctx: Context, data: Plan) -> Invoice:
    """Split what is due on an invoice into dated parts that come to it, to the cent."""
    invoice = await ctx.get(Invoice, data.id, lock=True)
    if stands(invoice):
        refuse_settled(invoice)
    owed = due(invoice)
    parts = _parts(data.plan, owed)
    told = sum((amount for _, amount in parts), ZERO)
    if told != owed:
        raise Conflict(
            reason=f"The parts come to {told:f}; {owed:f} is due.",
            remedy="Let the parts sum up to what is due, or give percentages that sum up to 100.",
            field="plan",
        )
    earliest = invoice.issue_date or ctx.today
    if parts[0][0] < earliest:
        raise invalid("plan", f"a part is due before the invoice's date, {earliest}")
    rows: Any = [{"due_date": str(day), "amount": f"{amount:f}"} for day, amount in parts]
    invoice.instalments, invoice.due_date = rows, parts[-1][0]
    return invoice


def _parts(plan: list[PlannedPart], owed: Decimal) -> list[tuple[date, Decimal]]:
    if any((one.amount is None) == (one.percent is None) for one in plan):
        raise invalid("plan", "give each part an amount or a percentage")
    parts = [
        (
            one.due_date,
            one.amount
            if one.amount is not None
            else rounded(owed * (one.percent or ZERO) / HUNDRED),
        )
        for one in plan
    ]
    if sum((one.percent or ZERO for one in plan), ZERO) == HUNDRED:
        rest = owed - sum((amount for _, amount in parts), ZERO)
        parts[-1] = (parts[-1][0], parts[-1][1] + rest)
    return sorted(parts)


class InvoiceDisputed(Event, name="invoicing.invoice.disputed"):
    """A customer contests an invoice."""

    invoice_id: InvoiceId
    reason: str


class DisputeResolved(Event, name="invoicing.invoice.dispute_resolved"):
    """A dispute over an invoice is over."""

    invoice_id: InvoiceId
    outcome: str


class Dispute(Input):
    """An invoice and why it is contested."""

    id: InvoiceId
    reason: Annotated[str, Field(min_length=3, max_length=500)]


@action(
    "invoicing.invoice.dispute",
    risk="w",
    en=(
        "Flag an invoice as disputed; a customer contests an invoice; put an invoice on hold; "
        "stop chasing an invoice; the customer disagrees with an invoice; the customer refuses "
        "to pay an invoice"
    ),
    fr=(
        "Mettre une facture en litige; un client conteste une facture; bloquer les relances "
        "d'une facture; facture contestée; le client n'est pas d'accord avec une facture; le "
        "client refuse de payer une facture"
    ),
    example={"id": "$invoicing.invoice?status=posted", "reason": "Quantité livrée contestée"},
    events=("invoicing.invoice.disputed",),
    record=Invoice,
)
async def dispute(ctx: Context, data: Dispute) -> Invoice:
    """Note that the buyer contests an invoice and why; it is not chased until that is resolved."""
    invoice = await ctx.get(Invoice, data.id, lock=True)
    refuse_settled(invoice)
    if invoice.is_disputed:
        raise Conflict(
            reason=f"{invoice.number} is disputed already: {invoice.dispute_reason}",
            remedy="Resolve that with invoicing.invoice.resolve_dispute first.",
        )
    invoice.is_disputed, invoice.dispute_reason = True, data.reason
    ctx.emit(InvoiceDisputed(invoice_id=invoice.id, reason=data.reason))
    return invoice


Outcome = Literal["owed", "credited", "withdrawn"]


class Resolve(Input):
    """How a dispute ended."""

    id: InvoiceId
    outcome: Annotated[
        Outcome,
        Field(description="owed: the buyer owes it all; credited: by a credit note; withdrawn."),
    ]
    note: Annotated[str | None, Field(max_length=400)] = None


@action(
    "invoicing.invoice.resolve_dispute",
    risk="w",
    en=(
        "Resolve a dispute over an invoice; end a dispute; the customer accepts the invoice; "
        "resume chasing; the dispute is over"
    ),
    fr=(
        "Résoudre le litige d'une facture; clore un litige; le client accepte la facture; "
        "reprendre les relances; le litige est terminé"
    ),
    example={"id": "$invoicing.invoice?is_disputed=true", "outcome": "owed"},
    events=("invoicing.invoice.dispute_resolved",),
    record=Invoice,
)
async def resolve_dispute(ctx: Context, data: Resolve) -> Invoice:
    """Close the dispute over an invoice, and say how it ended; it is chased again if something is due."""
    invoice = await ctx.get(Invoice, data.id, lock=True)
    if not invoice.is_disputed:
        raise Conflict(
            reason=f"{invoice.number or 'The draft'} is not disputed.",
            remedy="invoicing.invoice.list(is_disputed=true) shows those that are.",
        )
    if data.outcome == "credited" and not (invoice.credited and invoice.credited.amount):
        raise Conflict(
            reason=f"No credit note was applied to {invoice.number}.",
            remedy="Make one with invoicing.invoice.credit and post it first.",
            field="outcome",
        )
    told = f"{invoice.dispute_reason} → {data.outcome}" + (f": {data.note}" if data.note else "")
    invoice.is_disputed, invoice.dispute_reason = False, told[:500]
    ctx.emit(DisputeResolved(invoice_id=invoice.id, outcome=data.outcome))
    return invoice


class SelfBilled(Input):
    """A draft that the buyer writes for us, and the mandate by which it may."""

    id: InvoiceId
    mandate: Annotated[str, Field(min_length=3, max_length=100, description="Reference and date.")]


@action(
    "invoicing.invoice.set_self_billed",
    risk="w",
    en=(
        "Mark an invoice as self-billed; self-billing under a mandate; the buyer writes our invoice; "
        "self-billed invoice"
    ),
    fr=(
        "Marquer une facture en autofacturation; autofacturation sous mandat; facture établie par le client; "
        "mandat de facturation"
    ),
    example={"id": "$invoicing.invoice?status=draft", "mandate": "Mandat 2026-03 du 12/03/2026"},
    record=Invoice,
)
async def set_self_billed(ctx: Context, data: SelfBilled) -> Invoice:
    """Mark a draft as written by the buyer in our name; it says so, and has a series of numbers of its own.

    Source: CGI, art. 289, I-2; BOI-TVA-DECLA-30-20-10 (CIBS since 1 September 2026).
    """
    invoice = await ctx.get(Invoice, data.id, lock=True)
    lifecycle.check(invoice, "post")
    invoice.is_self_billed, invoice.mandate, invoice.series = True, data.mandate, SELF_BILLED
    return invoice
