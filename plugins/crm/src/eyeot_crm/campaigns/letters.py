"""Letters: a campaign's message as one recipient gets it."""

from typing import Any
from uuid import UUID

from eyeot import Context, Mail, RecordRef, Ref
from eyeot_crm.campaigns.merging import filled
from eyeot_crm.campaigns.record import Campaign
from eyeot_crm.contacts import Contact
from eyeot_crm.customers import Customer
from eyeot_crm.parties import Party

UNSUBSCRIBE = "crm.contact.unsubscribe"


async def letter(ctx: Context, campaign: Campaign, contact: Contact) -> Mail:
    """The mail to a contact, with the link by which they object to more."""
    values, language = await known_of(ctx, contact)
    said = {
        "id": Ref("crm.contact").write(contact.id),
        "channel": "email",
        "source": "lien d'une campagne",
        "campaign_id": Ref("crm.campaign").write(campaign.id),
    }
    return Mail(
        to=contact.email or "",
        name=contact.full_name,
        subject=filled(campaign.subject, values),
        text=filled(campaign.body, values),
        html=filled(campaign.html, values, html=True) if campaign.html else None,
        language=language,
        sender_name=campaign.sender_name or "",
        reply_to=campaign.reply_to,
        record=RecordRef.to("crm.campaign", campaign.id),
        unsubscribe=ctx.link(UNSUBSCRIBE, said),
    )


async def known_of(ctx: Context, contact: Contact) -> tuple[dict[str, str], str]:
    """What the fields of a message stand for, and the language to write in."""
    party = await _party(ctx, contact.party_id)
    employer = await _employer(ctx, contact.customer_id)
    values: dict[str, Any] = {
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "full_name": contact.full_name,
        "job_title": contact.job_title,
        "company": employer.name if employer else None,
        "city": (employer.city if employer else None) or (party.city if party else None),
    }
    language = party.language if party else "fr"
    return {name: value or "" for name, value in values.items()}, language


async def _party(ctx: Context, id: UUID | None) -> Party | None:
    return await ctx.get(Party, id, beyond=True) if id else None


async def _employer(ctx: Context, customer_id: UUID | None) -> Party | None:
    if customer_id is None:
        return None
    customer = await ctx.get(Customer, customer_id, beyond=True)
    return await _party(ctx, customer.party_id)
