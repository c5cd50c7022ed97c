"""Sending: a campaign goes out in steps, each asking anew whether it may be sent to whom."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel

from eyeot import Context, Event, JobStep, Lifecycle, by_hand, job, within
from eyeot_crm.campaigns.audience import audience, judged
from eyeot_crm.campaigns.letters import letter
from eyeot_crm.campaigns.record import Campaign, CampaignRecipient
from eyeot_crm.contacts import Contact
from eyeot_crm.ids import CampaignId

_A_STEP = 50

progress = Lifecycle(
    "status",
    "scheduled",
    (by_hand("begin", "scheduled", to="sending"), by_hand("finish", "sending", to="sent")),
)
"""What sending itself does to a campaign."""


class CampaignSent(Event, name="crm.campaign.sent"):
    """A campaign has gone out to everybody it was for."""

    campaign_id: CampaignId


class Sending(BaseModel):
    """Which campaign, and by which schedule: a later one replaces an earlier one."""

    campaign_id: UUID
    round: int


@job("crm.campaign.send")
async def send(ctx: Context, data: Sending, _cursor: dict[str, Any] | None) -> JobStep:
    """Send a campaign to those of its segment who may be written to, fifty at a time."""
    campaign = await ctx.get(Campaign, data.campaign_id, lock=True)
    if campaign.round != data.round or campaign.status not in ("scheduled", "sending"):
        return JobStep(message=f"the campaign is {campaign.status}")
    if campaign.status == "scheduled":
        progress.take(campaign, "begin")
        campaign.started_at = campaign.started_at or ctx.now
    ids = await audience(ctx, campaign)
    left = await _left(ctx, campaign, ids)
    for one in await judged(ctx, campaign, left[:_A_STEP]):
        await _one(ctx, campaign, one.contact, one.why_not)
    done = len(ids) - max(0, len(left) - _A_STEP)
    if len(left) > _A_STEP:
        return JobStep(cursor={"done": done}, done=done, total=len(ids))
    progress.take(campaign, "finish")
    ctx.emit(CampaignSent(campaign_id=campaign.id))
    return JobStep(done=done, total=len(ids), result={"campaign_id": str(campaign.id)})


async def _left(ctx: Context, campaign: Campaign, ids: list[UUID]) -> list[UUID]:
    """Who has not been dealt with; what was kept back by a pause is to be sent after all."""
    row = CampaignRecipient.c
    select = sa.select(row.contact_id).where(
        row.campaign_id == campaign.id, row.status != "recalled"
    )
    done = {one["contact_id"] for one in await ctx.rows(select)}
    return [one for one in ids if one not in done]


async def _one(ctx: Context, campaign: Campaign, contact: Contact, why_not: str | None) -> None:
    row = CampaignRecipient.c
    known = await ctx.first(
        CampaignRecipient, row.campaign_id == campaign.id, row.contact_id == contact.id
    )
    made = known or CampaignRecipient(campaign_id=campaign.id, contact_id=contact.id)
    made.party_id, made.email, made.reason = contact.party_id, contact.email, why_not
    if why_not:
        made.status = "skipped"
        campaign.skipped += 1
    else:
        made.status = "queued"
        made.mail_id = await ctx.mail(await letter(ctx, campaign, contact))
    if known is None:
        await ctx.add(made)


@within("core.mail.sent")
async def left(ctx: Context, event: Any) -> None:
    """Note that a campaign's mail was handed over."""
    found = await ctx.first(CampaignRecipient, CampaignRecipient.c.mail_id == event.mail_id)
    if found and found.status == "queued":
        found.status, found.sent_at = "sent", ctx.now
        campaign = await ctx.get(Campaign, found.campaign_id, lock=True)
        campaign.sent += 1


@within("core.mail.refused")
async def refused(ctx: Context, event: Any) -> None:
    """Note that a campaign's mail was refused for good, and that the address takes none."""
    found = await ctx.first(CampaignRecipient, CampaignRecipient.c.mail_id == event.mail_id)
    if found is None or found.status != "queued":
        return
    found.status, found.reason = "failed", event.error[:500]
    campaign = await ctx.get(Campaign, found.campaign_id, lock=True)
    campaign.failed += 1
    contact = await ctx.get(Contact, found.contact_id, lock=True)
    if contact.email == found.email and "Recipient" in event.error:
        contact.email_status = "bounced"


@within("crm.consent.withdrawn")
async def keep_back(ctx: Context, event: Any) -> None:
    """Keep back what has not left for somebody who objects."""
    row = CampaignRecipient.c
    waiting = await ctx.find(
        CampaignRecipient, row.party_id == event.party_id, row.status == "queued"
    )
    mails = [one.mail_id for one in waiting if one.mail_id]
    stopped = set(await ctx.recall(mails)) if event.channel == "email" and mails else set()
    for one in waiting:
        if one.mail_id in stopped:
            one.status, one.reason = "skipped", "withdrawn"
            campaign = await ctx.get(Campaign, one.campaign_id, lock=True)
            campaign.skipped += 1


@within("crm.contact.unsubscribed")
async def objected(ctx: Context, event: Any) -> None:
    """Note of a campaign who objects by its link, once each."""
    if event.campaign_id is None:
        return
    row = CampaignRecipient.c
    found = await ctx.first(
        CampaignRecipient,
        row.campaign_id == event.campaign_id,
        row.contact_id == event.contact_id,
        row.unsubscribed_at.is_(None),
    )
    if found:
        found.unsubscribed_at = ctx.now
        campaign = await ctx.get(Campaign, found.campaign_id, lock=True)
        campaign.unsubscribed += 1
