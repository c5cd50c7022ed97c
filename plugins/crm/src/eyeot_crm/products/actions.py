"""Actions: products put into a deal, whose amount they sum up to."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from eyeot import (
    Conflict,
    Context,
    Exact,
    Input,
    ModuleNotInstalled,
    Money,
    Output,
    RecordRef,
    Ref,
    action,
    invalid,
)
from eyeot_crm.ids import OpportunityId
from eyeot_crm.opportunities import Opportunity, refuse_currency
from eyeot_crm.pipelines import Pipeline
from eyeot_crm.products.record import OpportunityLine

LineId = Annotated[UUID, Ref("crm.opportunity_line")]
_PRODUCT = "sales.product"


class AddProduct(Input):
    """A deal, and what it is about: a product of the catalogue or a description with a price."""

    id: OpportunityId
    product_id: Annotated[
        RecordRef | None, Field(description="A product (sales.product), where sales is in use.")
    ] = None
    description: Annotated[str | None, Field(min_length=1, max_length=500)] = None
    quantity: Annotated[Exact, Field(gt=0, le=10_000_000)] = Decimal(1)
    price: Annotated[
        Money | None,
        Field(description="For one, before VAT; the product's list price if left out."),
    ] = None


class Added(Output):
    """The line, and what the deal is worth now."""

    opportunity_id: OpportunityId
    line_id: LineId
    line_amount: Money
    amount: Money
    lines: int


@action(
    "crm.opportunity.add_product",
    risk="w",
    en=(
        "Add a product to a deal; put a product line into an opportunity; what the deal is about; the "
        "customer wants two ovens"
    ),
    fr=(
        "Ajouter un produit à une affaire; ligne de produit dans une opportunité; ce que le client veut "
        "acheter; ajouter un article à une opportunité"
    ),
    example={
        "id": "$crm.opportunity?status=open",
        "description": "Four à sole 3 étages",
        "quantity": "2",
        "price": {"amount": "8400.00"},
    },
    record=Opportunity,
    next=("crm.opportunity.create_quote",),
)
async def add_product(ctx: Context, data: AddProduct) -> Added:
    """Add a product to an open deal, whose amount becomes the sum of its products."""
    deal = await ctx.get(Opportunity, data.id, lock=True)
    if deal.status != "open":
        raise Conflict(
            reason=f"The deal is {deal.status}.",
            remedy="Reopen it first with crm.opportunity.reopen.",
            field="id",
        )
    description, price = await _told(ctx, data)
    line = OpportunityLine(
        opportunity_id=deal.id,
        product=data.product_id,
        description=description,
        quantity=data.quantity,
        unit_price=price,
        amount=price.times(data.quantity),
    )
    here = OpportunityLine.c.opportunity_id == deal.id
    others = await ctx.find(OpportunityLine, here)
    total = sum((one.amount.amount for one in others), line.amount.amount)
    deal.amount = Money(amount=total, currency=price.currency)
    refuse_currency(deal, await ctx.get(Pipeline, deal.pipeline_id))
    await ctx.add(line)
    return Added(
        opportunity_id=deal.id,
        line_id=line.id,
        line_amount=line.amount,
        amount=deal.amount,
        lines=len(others) + 1,
    )


async def _told(ctx: Context, data: AddProduct) -> tuple[str, Money]:
    """What it is and what one costs, from the catalogue as far as it was left out."""
    description, price = data.description, data.price
    if data.product_id is not None:
        if "sales" not in ctx.modules:
            raise ModuleNotInstalled(module="sales")
        if data.product_id.kind != _PRODUCT:
            raise invalid("product_id", f"give the id of a {_PRODUCT}")
        product = await ctx.call(f"{_PRODUCT}.get", {"id": data.product_id.typeid})
        description = description or product["name"]
        price = price or Money.model_validate(product["list_price"])
    if description is None:
        raise invalid("description", "say what it is, or give product_id")
    if price is None:
        raise invalid("price", "say what one costs, before VAT")
    return description, price
