"""Final: drafts the invoice of the whole, or of a part, less its deposits; tells which deposits stand."""

from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from eyeot import (
    Conflict,
    Context,
    Exact,
    Input,
    Output,
    RecordRef,
    Ref,
    action,
    invalid,
)
from eyeot.types import Currency
from eyeot_invoicing.ids import InvoiceId
from eyeot_invoicing.invoices.deducting import deduct
from eyeot_invoicing.invoices.deposits import Standing, standing_of, standing_on
from eyeot_invoicing.invoices.origins import family
from eyeot_invoicing.invoices.posting import lines_of
from eyeot_invoicing.invoices.record import Invoice, Status, lifecycle
from eyeot_sales.ids import ProductId, TaxRateId
from eyeot_sales.orders.records import SalesOrder
from eyeot_sales.trade.amounts import ZERO

_ORDER, _QUOTE = "sales.sales_order", "sales.quote"


async def _origins(ctx: Context, of: RecordRef, *, given: bool = True) -> list[RecordRef]:
    """A quote or order with what it was made of or became."""
    if of.kind not in (_ORDER, _QUOTE):
        raise invalid("of", "is a quote or an order")
    if given:
        await ctx.open(of)
    orders, quotes = ([of.id], []) if of.kind == _ORDER else ([], [of.id])
    return await family(ctx, orders, quotes)


class DepositsOf(Input):
    """A quote or order."""

    of: Annotated[RecordRef, Field(description="The quote or order that the deposits are on.")]


class DepositPart(Output):
    """What of a deposit falls under one rate and nature, without VAT."""

    deposit_id: InvoiceId
    number: str | None
    status: Status
    nature: Literal["goods", "service", "asset"]
    tax_rate_id: TaxRateId | None
    percent: Exact
    currency: Currency
    asked: Exact
    left: Annotated[
        Exact, Field(description="Neither deducted by a posted invoice nor taken back.")
    ]


class Deposits(Output):
    """The deposits of a quote or order, oldest first; drafts too, which nothing deducts yet."""

    deposits: list[DepositPart]


@action(
    "invoicing.invoice.list_deposits",
    risk="r",
    en=(
        "List the deposits of an order; deposits not deducted yet; what is left of a deposit; advance "
        "payments asked on a quote"
    ),
    fr=(
        "Voir les acomptes d'une commande; acomptes restant à déduire; que reste-t-il d'un acompte; acomptes "
        "demandés sur un devis"
    ),
    example={"of": "$sales.sales_order?status=in_progress"},
    record=Invoice,
    next=("invoicing.invoice.convert_deposit_to_final",),
)
async def list_deposits(ctx: Context, data: DepositsOf) -> Deposits:
    """Tell what was asked as deposits on a quote or order, and what of it no invoice deducts yet."""
    found = await standing_on(ctx, await _origins(ctx, data.of), drafts=True)
    return Deposits(
        deposits=[
            DepositPart(
                deposit_id=one.deposit.id,
                number=one.deposit.number,
                status=one.deposit.status,
                nature=one.under.nature,
                tax_rate_id=one.tax_rate_id,
                percent=one.under.key.percent,
                currency=one.deposit.currency,
                asked=one.asked,
                left=one.left,
            )
            for one in found
        ]
    )


class FinalLine(Input):
    """A line of what was sold in all."""

    product_id: ProductId | None = None
    description: Annotated[str | None, Field(max_length=2000)] = None
    quantity: Exact = Decimal(1)
    unit_price: Annotated[Exact | None, Field(description="In the deposits' currency.")] = None
    discount: Annotated[Exact, Field(ge=0, le=100)] = ZERO
    tax_rate_id: TaxRateId | None = None
    nature: Annotated[str | None, Field(pattern="^(goods|service)$")] = None


class Convert(Input):
    """The deposits, and what they were for: a quote or order, a draft of the whole, or its lines."""

    of: Annotated[
        RecordRef | None,
        Field(
            description="The quote or order: what is left of it is invoiced, and all its deposits taken off."
        ),
    ] = None
    invoice_ids: list[InvoiceId] = Field(default_factory=list, max_length=50)
    draft_id: Annotated[
        InvoiceId | None, Field(description="A draft of the whole that deducts nothing yet.")
    ] = None
    lines: list[FinalLine] = Field(default_factory=list, max_length=500)
    discount_percent: Annotated[
        Exact | None, Field(ge=0, le=100, description="Of the lines that are given.")
    ] = None
    partial: Annotated[
        bool,
        Field(
            description="With draft_id, of a part of what was sold: deduct no more than it comes to."
        ),
    ] = False


@action(
    "invoicing.invoice.convert_deposit_to_final",
    risk="w",
    en=(
        "Make the final invoice after deposits; deduct deposits; final invoice of an order; balance invoice; "
        "invoice the rest"
    ),
    fr=(
        "Faire la facture finale après acomptes; déduire les acomptes; facture de solde; facturer le solde; "
        "transformer un acompte en facture définitive"
    ),
    example={
        "invoice_ids": ["$invoicing.invoice?kind=deposit&status=paid"],
        "lines": [
            {
                "description": "Installation complète",
                "unit_price": "2000.00",
                "tax_rate_id": "$sales.tax_rate?code=FR20",
            }
        ],
    },
    record=Invoice,
    next=("invoicing.invoice.post",),
)
async def convert_deposit_to_final(ctx: Context, data: Convert) -> Invoice:
    """Draft the final invoice: all that was sold, less each deposit by a line for each rate and nature.

    Its VAT is what remains, so that no return counts any twice.
    Source: CGI, art. 269, 2-a bis; BOI-TVA-DECLA-30-20-20-10.
    """
    origin, standing = await _standing(ctx, data)
    if not standing:
        raise Conflict(
            reason="Every deposit is deducted already, or taken back.",
            remedy="invoicing.invoice.list(kind=final) shows by which invoices.",
        )
    first = standing[0].deposit
    if any(
        (one.deposit.party_id, one.deposit.currency) != (first.party_id, first.currency)
        for one in standing
    ):
        raise Conflict(
            reason="The deposits are of several buyers or currencies.",
            remedy="Make a final invoice for each.",
        )
    if data.draft_id is None and not data.lines:
        return await _rest(ctx, data, origin)
    draft = await _draft(ctx, data, first, origin)
    lines = await lines_of(ctx, draft)
    if not await deduct(ctx, draft, lines, standing, partial=data.partial) and not data.partial:
        raise Conflict(
            reason="The draft deducts every deposit already.",
            remedy="Post it with invoicing.invoice.post.",
            field="draft_id",
        )
    if not data.partial and draft.kind in ("standard", "progress"):
        draft.kind = "final"
    return await ctx.get(Invoice, draft.id)


async def _standing(ctx: Context, data: Convert) -> tuple[RecordRef | None, list[Standing]]:
    """The quote or order, if any, and what is left of its deposits and of those that are named."""
    named = [await ctx.get(Invoice, id) for id in data.invoice_ids]
    for one in named:
        if one.kind != "deposit" or one.status == "draft":
            raise Conflict(
                reason=f"{one.number or 'A draft'} is no posted deposit invoice.",
                remedy="invoicing.invoice.list(kind=deposit) shows those; post drafts first.",
                field="invoice_ids",
            )
    origin = data.of or next((one.deposit_of for one in named if one.deposit_of), None)
    given = data.of is not None
    found = await standing_on(ctx, await _origins(ctx, origin, given=given)) if origin else []
    known: set[UUID] = {one.deposit.id for one in found}
    for one in named:
        if one.id not in known:
            found += await standing_of(ctx, one)
    if not found and not named:
        raise invalid("invoice_ids", "name deposit invoices, or the quote or order they are of")
    return origin, [one for one in found if one.left > ZERO]


async def _rest(ctx: Context, data: Convert, origin: RecordRef | None) -> Invoice:
    """What is left of a quote or order, as sales bills it: its discounts, and these deposits off."""
    if origin is None:
        raise invalid("lines", "say what was sold in all, or of which quote or order")
    if data.discount_percent is not None:
        raise invalid(
            "discount_percent", "goes with lines: the quote or order says its own discount"
        )
    order: Any = origin.id if origin.kind == _ORDER else None
    if order is None:
        made = await ctx.first(SalesOrder, SalesOrder.c.quote_id == origin.id)
        order = made.id if made else None
    if order is None:
        told = await ctx.call("sales.quote.convert_to_invoice", {"id": origin.typeid})
    else:
        given = {"id": Ref(_ORDER).write(order), "policy": "ordered"}
        told = await ctx.call("sales.sales_order.create_invoice", given)
    return await ctx.get(Invoice, told.invoice_id.id)


async def _draft(ctx: Context, data: Convert, first: Invoice, origin: RecordRef | None) -> Invoice:
    """The draft that is named, or one of the lines that are given."""
    if data.draft_id is None:
        return await _written(ctx, data, first, origin)
    draft = await ctx.get(Invoice, data.draft_id, lock=True)
    lifecycle.check(draft, "post")
    if draft.party_id != first.party_id or draft.currency != first.currency:
        raise Conflict(
            reason="The draft is to another buyer, or in another currency, than the deposits.",
            remedy="Name a draft to that buyer, or give the lines.",
            field="draft_id",
        )
    draft.origin = draft.origin or origin
    return draft


async def _written(
    ctx: Context, data: Convert, first: Invoice, origin: RecordRef | None
) -> Invoice:
    rows = [one.model_dump(exclude_none=True) for one in data.lines]
    for row in rows:
        if "unit_price" in row:
            row["unit_price"] = {"amount": row["unit_price"], "currency": first.currency}
    given = {
        "party_id": first.party_id,
        "kind": "final",
        "currency": first.currency,
        "order_reference": first.order_reference,
        "origin": origin,
        "discount_percent": data.discount_percent,
        "lines": rows,
    }
    told = {name: value for name, value in given.items() if value is not None}
    made = await ctx.call("invoicing.invoice.create", told)
    return await ctx.get(Invoice, made.id, lock=True)
