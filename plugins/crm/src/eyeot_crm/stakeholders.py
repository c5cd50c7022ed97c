"""Stakeholders: the people who have a part in a deal."""

from typing import Annotated, Literal
from uuid import UUID

from eyeot import Conflict, Context, Input, Output, Record, Ref, Shows, Through, action, field, ref
from eyeot_crm.contacts import Contact
from eyeot_crm.ids import ContactId, OpportunityId
from eyeot_crm.opportunities import Opportunity


class Stakeholder(
    Record,
    name="crm.stakeholder",
    prefix="stk",
    label="id",
    unique=(("opportunity_id", "contact_id"),),
    reach=Through("opportunity_id"),
    archivable=False,
):
    """A contact's part in a deal."""

    opportunity_id: UUID = ref("crm.opportunity", "The deal.", on_delete="CASCADE")
    contact_id: UUID = ref("crm.contact", "The person.")
    role: Literal["decider", "influencer", "user", "payer"] = field("Their part.")


class AddStakeholder(Input):
    """A deal, a contact and their part."""

    id: OpportunityId
    contact_id: ContactId
    role: Literal["decider", "influencer", "user", "payer"]


class Stakeholders(Output):
    """Who has a part in a deal."""

    opportunity_id: OpportunityId
    stakeholders: Annotated[list[dict[str, str]], Shows("contact_id")]


@action(
    "crm.opportunity.add_stakeholder",
    risk="w",
    en=(
        "Add a stakeholder to a deal; link a contact to an opportunity; who decides at the "
        "customer; decision maker of a deal"
    ),
    fr=(
        "Ajouter un interlocuteur à une affaire; lier un contact à une opportunité; qui décide "
        "chez le client; décideur d'une affaire; contact d'une affaire"
    ),
    example={"id": "$crm.opportunity", "contact_id": "$crm.contact", "role": "decider"},
    record=Opportunity,
)
async def add_stakeholder(ctx: Context, data: AddStakeholder) -> Stakeholders:
    """Link a contact to a deal with their part in the decision."""
    await ctx.get(Opportunity, data.id, lock=True)
    contact = await ctx.get(Contact, data.contact_id)
    if contact.left_on is not None:
        raise Conflict(
            reason=f"This contact left the company on {contact.left_on}.",
            remedy="Choose a contact who is there, or move this one with crm.contact.move_to_account.",
            field="contact_id",
        )
    known = await ctx.find(Stakeholder, Stakeholder.c.opportunity_id == data.id)
    mine = next((one for one in known if one.contact_id == data.contact_id), None)
    if mine:
        mine.role = data.role
    else:
        made = Stakeholder(opportunity_id=data.id, contact_id=data.contact_id, role=data.role)
        known.append(await ctx.add(made))
    told = [
        {"contact_id": Ref("crm.contact").write(one.contact_id), "role": one.role} for one in known
    ]
    return Stakeholders(opportunity_id=data.id, stakeholders=told)
