"""Audience: whom a campaign reaches, and who is left out and why."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from eyeot import Conflict, Context
from eyeot_crm.campaigns.record import Campaign, CampaignRecipient
from eyeot_crm.consents.rules import Verdict, may_contact_all
from eyeot_crm.contacts import Contact
from eyeot_crm.segments.membership import members
from eyeot_crm.segments.record import Segment


@dataclass(slots=True)
class Judged:
    """A contact, and why they are left out; nothing when they are not."""

    contact: Contact
    why_not: str | None = None


async def audience(ctx: Context, campaign: Campaign) -> list[UUID]:
    """The contacts of a campaign's segment."""
    segment = await ctx.get(Segment, campaign.segment_id)
    if segment.resource != "contact":
        raise Conflict(
            reason=f"The segment '{segment.name}' holds {segment.resource}s.",
            remedy="Give the campaign a segment with resource=contact.",
            field="segment_id",
        )
    return await members(ctx, segment)


async def judged(ctx: Context, campaign: Campaign, ids: list[UUID]) -> list[Judged]:
    """Each contact with why they are not written to now, by address, bounce, consent and rest."""
    contacts = {one.id: one for one in await ctx.find(Contact, Contact.c.id.in_(ids))}
    parties = [one.party_id for one in contacts.values() if one.party_id]
    verdicts = await may_contact_all(ctx, parties, campaign.channel, campaign.purpose)
    emails = [one.email.lower() for one in contacts.values() if one.email]
    rested = await _reached_lately(ctx, campaign, emails)
    told, seen = list[Judged](), set[str]()
    for contact in (contacts[one] for one in ids if one in contacts):
        party = contact.party_id
        why = _unreachable(contact) or _unwanted(verdicts.get(party) if party else None)
        address = (contact.email or "").lower()
        if why is None:
            why = (
                "written_to_lately"
                if address in rested
                else "same_address"
                if address in seen
                else None
            )
        if why is None:
            seen.add(address)
        told.append(Judged(contact, why))
    return told


def _unreachable(contact: Contact) -> str | None:
    if not contact.email:
        return "no_address"
    if contact.email_status != "ok":
        return contact.email_status
    return "left_company" if contact.left_on is not None else None


def _unwanted(verdict: Verdict | None) -> str | None:
    if verdict is None:
        return "no_legal_basis"
    return None if verdict.allowed else verdict.reason


async def _reached_lately(ctx: Context, campaign: Campaign, emails: list[str]) -> set[str]:
    """The addresses that another campaign reached within the days that this one leaves them in peace."""
    if not campaign.rest_days or not emails:
        return set()
    row = CampaignRecipient.c
    since = ctx.now - timedelta(days=campaign.rest_days)
    address = sa.func.lower(row.email)
    where = (address.in_(emails), row.sent_at >= since, row.campaign_id != campaign.id)
    found = sa.select(address.label("email")).where(row.org_id == ctx.org_id, *where)
    return {one["email"] for one in await ctx.rows(found)}


def reasons(found: list[Judged]) -> dict[str, int]:
    """How many are left out, by reason."""
    return dict(Counter(one.why_not for one in found if one.why_not))
