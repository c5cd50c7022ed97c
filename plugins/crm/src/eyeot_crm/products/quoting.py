"""Quoting: a quote made of a deal's products, where sales is in use."""

from typing import Annotated, Any

from pydantic import Field

from eyeot import (
    Conflict,
    Context,
    Input,
    Output,
    RecordRef,
    Ref,
    action,
)
from eyeot_crm.customers import Customer
from eyeot_crm.ids import OpportunityId
from eyeot_crm.opportunities import Opportunity
from eyeot_crm.products.record import OpportunityLine

_CREATE = "sales.quote.create"


class Quoting(Input):
    """A deal, and what its quote is called."""

    id: OpportunityId
    subject: Annotated[
        str | None, Field(max_length=200, description="The deal's name when left out.")
    ] = None


class Quoted(Output):
    """The draft that was made."""

    opportunity_id: OpportunityId
    quote_id: RecordRef
    lines: int


@action(
    "crm.opportunity.create_quote",
    risk="w",
    beside="sales",
    en=(
        "Make a quote from a deal; draft an offer for an opportunity; quote the products of a deal; "
        "prepare a quotation"
    ),
    fr=(
        "Faire un devis depuis une affaire; préparer une offre pour une opportunité; chiffrer les produits "
        "d'une affaire; établir un devis"
    ),
    example={"id": "$crm.opportunity?status=open"},
    record=Opportunity,
    next=("sales.quote.get", "sales.quote.send"),
)
async def create_quote(ctx: Context, data: Quoting) -> Quoted:
    """Draft a quote of a deal's products, or of the deal as one line; sales then prices and sends it."""
    deal = await ctx.get(Opportunity, data.id, lock=True)
    if deal.status != "open":
        raise Conflict(
            reason=f"The deal is {deal.status}.",
            remedy="Reopen it first with crm.opportunity.reopen.",
            field="id",
        )
    lines = await _lines(ctx, deal)
    customer = await ctx.get(Customer, deal.customer_id)
    made = await ctx.call(
        _CREATE,
        {
            "party_id": Ref("crm.party").write(customer.party_id),
            "opportunity_id": Ref("crm.opportunity").write(deal.id),
            "subject": data.subject or deal.name,
            "lines": lines,
        },
    )
    return Quoted(
        opportunity_id=deal.id, quote_id=RecordRef.to("sales.quote", made.id), lines=len(lines)
    )


async def _lines(ctx: Context, deal: Opportunity) -> list[dict[str, Any]]:
    """The deal's products as lines of a quote."""
    here = OpportunityLine.c.opportunity_id == deal.id
    found = await ctx.find(OpportunityLine, here, order=OpportunityLine.c.id)
    if found:
        return [
            {
                **({"product_id": one.product.typeid} if one.product else {}),
                "description": one.description,
                "quantity": format(one.quantity, "f"),
                "unit_price": one.unit_price.model_dump(mode="json"),
            }
            for one in found
        ]
    if deal.amount is None:
        raise Conflict(
            reason="The deal has neither products nor an amount to quote.",
            remedy="Add what it is about with crm.opportunity.add_product.",
            field="id",
        )
    return [{"description": deal.name, "unit_price": deal.amount.model_dump(mode="json")}]
