"""Conversion: a qualified lead becomes a customer, a contact and a deal."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from eyeot import (
    Context,
    Event,
    Input,
    Money,
    Output,
    action,
    invalid,
)
from eyeot_crm.contacts import Contact
from eyeot_crm.customers import Customer
from eyeot_crm.ids import (
    ContactId,
    CustomerId,
    LeadId,
    OpportunityId,
    PipelineId,
)
from eyeot_crm.leads import Lead, lifecycle
from eyeot_crm.matching import known_contact, known_customer, unclaimed_party
from eyeot_crm.opportunities import Opportunity, refuse_archived
from eyeot_crm.parties import Party, add_role


class LeadConverted(Event, name="crm.lead.converted"):
    """A lead became a customer."""

    lead_id: LeadId
    customer_id: CustomerId
    opportunity_id: OpportunityId | None = None


class Convert(Input):
    """A qualified lead and what it becomes."""

    id: LeadId
    customer_id: Annotated[
        CustomerId | None, Field(description="An existing customer, instead of a new one.")
    ] = None
    contact_id: Annotated[
        ContactId | None, Field(description="An existing contact of that customer.")
    ] = None
    name: Annotated[str | None, Field(max_length=200, description="Of the deal.")] = None
    pipeline_id: PipelineId | None = None
    amount: Money | None = None
    expected_close: date | None = None
    with_opportunity: bool = True


class Converted(Output):
    """What a lead became."""

    lead_id: LeadId
    customer_id: CustomerId
    contact_id: ContactId | None = None
    opportunity_id: OpportunityId | None = None


@action(
    "crm.lead.convert",
    risk="w",
    en="Convert a lead; turn a prospect into a customer and a deal; a lead becomes a customer",
    fr=(
        "Convertir une piste; transformer un prospect en client et en affaire; la piste devient "
        "client; passer un prospect en client"
    ),
    example={"id": "$crm.lead?status=qualified", "amount": {"amount": "15000.00"}},
    events=("crm.lead.converted",),
    record=Lead,
    next=("crm.opportunity.move_stage", "crm.opportunity.win"),
)
async def convert(ctx: Context, data: Convert) -> Converted:
    """Turn a qualified lead into a customer, contact and deal; those known by e-mail or phone are linked."""
    lead = await ctx.get(Lead, data.id, lock=True)
    lifecycle.take(lead, "convert")
    if data.customer_id:
        customer = await ctx.get(Customer, data.customer_id)
    else:
        customer = await _customer(ctx, lead)
    refuse_archived(customer, "customer_id", "customer")
    if data.contact_id:
        contact: Contact | None = await _known_contact(ctx, data.contact_id, customer)
    else:
        contact = await _contact(ctx, lead, customer)
    deal = await _deal(ctx, lead, customer, data) if data.with_opportunity else None
    lead.converted_at, lead.customer_id = ctx.now, customer.id
    lead.contact_id = contact.id if contact else None
    opportunity_id = deal.id if deal else None
    ctx.emit(LeadConverted(lead_id=lead.id, customer_id=customer.id, opportunity_id=opportunity_id))
    return Converted(
        lead_id=lead.id,
        customer_id=customer.id,
        contact_id=lead.contact_id,
        opportunity_id=opportunity_id,
    )


async def _customer(ctx: Context, lead: Lead) -> Customer:
    known = await known_customer(ctx, lead.email, lead.phone)
    if known:
        return known
    kind: Literal["company", "person"] = "company" if lead.company_name else "person"
    party = await unclaimed_party(ctx, kind, lead.email, lead.phone)
    if party is None:
        name = lead.company_name or lead.person_name or lead.email or lead.title
        party = Party(
            kind=kind,
            name=name,
            emails=[lead.email] if lead.email else [],
            phones=[lead.phone] if lead.phone else [],
        )
        await ctx.add(party)
    add_role(party, "prospect")
    return await ctx.add(Customer(party_id=party.id, owner_id=lead.owner_id or ctx.user_id))


async def _known_contact(ctx: Context, id: UUID, customer: Customer) -> Contact:
    contact = await ctx.get(Contact, id)
    if contact.customer_id != customer.id:
        raise invalid("contact_id", "works for another customer")
    return contact


async def _contact(ctx: Context, lead: Lead, customer: Customer) -> Contact | None:
    if not lead.person_name or not lead.company_name:
        return None
    known = await known_contact(ctx, customer.id, lead.email, lead.phone)
    if known:
        return known
    person = await unclaimed_party(ctx, "person", lead.email, lead.phone)
    first, _, last = lead.person_name.partition(" ")
    contact = Contact(
        party_id=person.id if person else None,
        customer_id=customer.id,
        first_name=first,
        last_name=last or first,
        email=lead.email,
        phone=lead.phone,
    )
    return await ctx.add(contact)


async def _deal(ctx: Context, lead: Lead, customer: Customer, data: Convert) -> Opportunity:
    deal = Opportunity(
        name=data.name or lead.title,
        customer_id=customer.id,
        amount=data.amount or lead.budget,
        expected_close=data.expected_close,
        owner_id=lead.owner_id,
        lead_id=lead.id,
        source=lead.source,
        source_id=lead.source_id,
    )
    if data.pipeline_id:
        deal.pipeline_id = data.pipeline_id
    return await ctx.add(deal)
