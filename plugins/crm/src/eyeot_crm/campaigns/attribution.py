"""Attribution: the revenue that followed a campaign, shared by first, last or every touch."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field

from eyeot import Conflict, Context, Input, Money, Output, action
from eyeot_crm.campaigns.record import Campaign, CampaignRecipient
from eyeot_crm.contacts import Contact
from eyeot_crm.customers import Customer
from eyeot_crm.ids import CampaignId, OpportunityId
from eyeot_crm.opportunities import Opportunity
from eyeot_crm.revenue import Basis, counts_invoices, invoiced

Model = Literal["first", "last", "linear"]
WINDOW = timedelta(days=90)
"""How long after a mail a deal may be due to it."""
_CENT = Decimal("0.01")


class Brought(NamedTuple):
    """What followed a campaign."""

    basis: Basis
    revenue: Money
    deals: list[UUID]


class Asked(Input):
    """A campaign, and how several campaigns before a deal share it."""

    id: CampaignId
    model: Model = "linear"


class Attributed(Output):
    """The share of revenue that is due to a campaign, and what was counted."""

    campaign_id: CampaignId
    model: Model
    basis: Annotated[
        Basis,
        Field(
            description="invoiced: posted invoices before VAT; won: won deals (no invoicing here)."
        ),
    ]
    revenue: Money
    budget: Money | None
    deals: Annotated[list[OpportunityId], Field(description="Deals won within 90 days of a mail.")]


@action(
    "crm.campaign.attribute_revenue",
    risk="r",
    en=(
        "Attribute revenue to a campaign; what did a mailing bring; which deals came of a campaign; "
        "return of a campaign"
    ),
    fr=(
        "Attribuer du chiffre d'affaires à une campagne; qu'a rapporté un emailing; quelles "
        "affaires viennent d'une campagne; retour d'une campagne"
    ),
    example={"id": "$crm.campaign?status=sent", "model": "last"},
    record=Campaign,
)
async def attribute_revenue(ctx: Context, data: Asked) -> Attributed:
    """Tell what was sold within 90 days to those a campaign reached, shared with other campaigns."""
    campaign = await ctx.get(Campaign, data.id)
    if campaign.started_at is None:
        raise Conflict(
            reason="The campaign has not been sent, so nothing followed from it.",
            remedy="Send it first with crm.campaign.schedule.",
            field="id",
        )
    found = await brought(ctx, campaign, data.model)
    return Attributed(
        campaign_id=campaign.id,
        model=data.model,
        basis=found.basis,
        revenue=found.revenue,
        budget=campaign.budget,
        deals=found.deals,
    )


async def brought(ctx: Context, campaign: Campaign, model: Model) -> Brought:
    """The revenue of deals that were won after a campaign's mail to somebody of that customer."""
    touches = await _touches(ctx, campaign)
    deals = await _won(ctx, sorted({customer for customer, _, _ in touches}))
    total, counted, parties = Decimal(0), list[UUID](), dict[UUID, Decimal]()
    for deal in deals:
        before = [
            (at, one)
            for customer, one, at in touches
            if customer == deal["customer_id"] and at <= deal["closed_at"] <= at + WINDOW
        ]
        share = _share(campaign.id, before, model)
        if share:
            counted.append(deal["id"])
            parties[deal["party_id"]] = max(share, parties.get(deal["party_id"], Decimal(0)))
            total += (deal["amount_amount"] or Decimal(0)) * share
    basis: Basis = "won"
    if counts_invoices(ctx) and campaign.started_at:
        basis, since = "invoiced", campaign.started_at.date()
        amounts = await invoiced(ctx, sorted(parties), since, since + WINDOW)
        total = sum((amounts[one] * parties[one] for one in amounts), Decimal(0))
    return Brought(basis, Money(amount=total.quantize(_CENT, ROUND_HALF_UP)), counted)


Touch = tuple[UUID, UUID, datetime]
"""A customer, the campaign that reached somebody there, and when."""


async def _touches(ctx: Context, campaign: Campaign) -> list[Touch]:
    """Every campaign's mails to the customers that this one reached."""
    sent, contact = CampaignRecipient.c, Contact.c
    joined = sa.join(
        CampaignRecipient.meta.table,
        Contact.meta.table,
        sa.and_(contact.org_id == sent.org_id, contact.id == sent.contact_id),
    )
    here = (
        sa.select(contact.customer_id)
        .select_from(joined)
        .where(sent.campaign_id == campaign.id, sent.sent_at.is_not(None))
    )
    select = (
        sa.select(contact.customer_id, sent.campaign_id, sent.sent_at)
        .select_from(joined)
        .where(
            ctx.within(CampaignRecipient),
            sent.sent_at.is_not(None),
            contact.customer_id.in_(here),
        )
    )
    rows = await ctx.rows(select)
    return [(row["customer_id"], row["campaign_id"], row["sent_at"]) for row in rows]


def _share(campaign: UUID, before: Sequence[tuple[datetime, UUID]], model: Model) -> Decimal:
    """A campaign's part in a deal, among the campaigns that touched the customer before."""
    if all(one != campaign for _, one in before):
        return Decimal(0)
    ordered = [one for _, one in sorted(before)]
    if model == "linear":
        return Decimal(ordered.count(campaign)) / len(ordered)
    return Decimal(int(ordered[0 if model == "first" else -1] == campaign))


async def _won(ctx: Context, customers: Sequence[UUID]) -> list[dict[str, Any]]:
    """The deals in euros that these customers gave us."""
    deal, customer = Opportunity.c, Customer.c
    select = (
        sa.select(deal.id, deal.customer_id, deal.closed_at, deal.amount_amount, customer.party_id)
        .join(
            Customer.meta.table,
            sa.and_(customer.org_id == deal.org_id, customer.id == deal.customer_id),
        )
        .where(
            ctx.within(Opportunity),
            deal.status == "won",
            deal.customer_id.in_(customers),
            sa.func.coalesce(deal.amount_currency, "EUR") == "EUR",
        )
    )
    return await ctx.rows(select)
