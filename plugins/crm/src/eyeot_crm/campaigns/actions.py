"""Actions: a campaign looked at, tried, planned, held up, called off and closed."""

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from pydantic import Field

from eyeot import (
    Conflict,
    Context,
    Event,
    Input,
    Mail,
    Output,
    ProviderNotConfigured,
    Shows,
    action,
)
from eyeot.types import Email
from eyeot_crm.campaigns.attribution import brought
from eyeot_crm.campaigns.audience import audience, judged, reasons
from eyeot_crm.campaigns.letters import known_of
from eyeot_crm.campaigns.merging import filled
from eyeot_crm.campaigns.record import Campaign, CampaignRecipient, lifecycle
from eyeot_crm.campaigns.sending import Sending, send
from eyeot_crm.ids import CampaignId

_SAMPLE = 20
_MOST_TESTS = 10


class CampaignScheduled(Event, name="crm.campaign.scheduled"):
    """A campaign will be sent."""

    campaign_id: CampaignId
    at: datetime


class CampaignClosed(Event, name="crm.campaign.closed"):
    """A campaign's results are final."""

    campaign_id: CampaignId


class CampaignChosen(Input):
    """One campaign."""

    id: CampaignId


class Reached(Output):
    """Who would get it now, and who not, by reason."""

    campaign_id: CampaignId
    in_segment: int
    will_receive: int
    left_out: Annotated[dict[str, int], Field(description="How many, by reason.")]
    sample: Annotated[
        list[Annotated[dict[str, Any], Shows("id")]],
        Field(description="Some contacts, each with why they are left out, if they are."),
    ]


@action(
    "crm.campaign.preview_audience",
    risk="r",
    en=(
        "Preview a campaign's audience; who would receive the mailing; who is left out of a campaign and "
        "why; how many recipients"
    ),
    fr=(
        "Prévisualiser les destinataires d'une campagne; qui recevrait l'emailing; qui est exclu d'une "
        "campagne et pourquoi; combien de destinataires"
    ),
    example={"id": "$crm.campaign"},
    record=Campaign,
    next=("crm.campaign.send_test", "crm.campaign.schedule"),
)
async def preview_audience(ctx: Context, data: CampaignChosen) -> Reached:
    """Show who a campaign would reach if it were sent now, and who is left out and why."""
    campaign = await ctx.get(Campaign, data.id)
    found = await judged(ctx, campaign, await audience(ctx, campaign))
    out = reasons(found)
    told = []
    for one in found[:_SAMPLE]:
        seen = await ctx.view(one.contact)
        told.append({"id": seen["id"], "name": seen["full_name"], "left_out": one.why_not})
    return Reached(
        campaign_id=campaign.id,
        in_segment=len(found),
        will_receive=len(found) - sum(out.values()),
        left_out=out,
        sample=told,
    )


class Test(Input):
    """A campaign, and addresses of one's own house."""

    id: CampaignId
    emails: Annotated[list[Email], Field(min_length=1, max_length=_MOST_TESTS)]


class Tested(Output):
    """Where the test went."""

    campaign_id: CampaignId
    sent_to: list[str]
    subject: str


@action(
    "crm.campaign.send_test",
    risk="e",
    en="Send a test of a campaign; try a mailing on myself; see a campaign in my mailbox",
    fr="Envoyer un test d'une campagne; essayer un emailing sur soi; voir la campagne dans ma boîte",
    example={"id": "$crm.campaign", "emails": ["noemie.garnier@demo.example"]},
    record=Campaign,
)
async def send_test(ctx: Context, data: Test) -> Tested:
    """Send a campaign to colleagues, with the values of its first recipient, before it goes out."""
    campaign = await ctx.get(Campaign, data.id)
    users = await _colleagues(ctx)
    if strangers := [one for one in data.emails if one.lower() not in users]:
        raise Conflict(
            reason=f"A test goes to colleagues only; {strangers[0]} is no user here.",
            remedy="Give e-mail addresses of users (core.user.list), or schedule the campaign.",
            field="emails",
        )
    ids = await audience(ctx, campaign)
    found = await judged(ctx, campaign, ids[:1])
    values = (await known_of(ctx, found[0].contact))[0] if found else {}
    subject = "[Test] " + filled(campaign.subject, values)
    for address in dict.fromkeys(data.emails):
        html = filled(campaign.html, values, html=True) if campaign.html else None
        await ctx.mail(
            Mail(
                to=address,
                subject=subject[:200],
                text=filled(campaign.body, values),
                html=html,
                language=ctx.locale[:2],
                sender_name=campaign.sender_name or "",
                reply_to=campaign.reply_to,
            )
        )
    return Tested(
        campaign_id=campaign.id, sent_to=list(dict.fromkeys(data.emails)), subject=subject[:200]
    )


async def _colleagues(ctx: Context) -> set[str]:
    found = await ctx.call("core.user.list", {"limit": 100, "fields": ["id", "email"]})
    return {one["email"].lower() for one in found["items"] if one.get("email")}


class Schedule(Input):
    """A campaign, and when to send it."""

    id: CampaignId
    send_at: Annotated[datetime | None, Field(description="Now when left out.")] = None


@action(
    "crm.campaign.schedule",
    risk="e",
    en=(
        "Schedule a campaign; send a campaign; plan a mailing; send the newsletter; resume a paused "
        "campaign"
    ),
    fr=(
        "Programmer une campagne; envoyer une campagne; programmer un emailing; envoyer la lettre "
        "d'information; reprendre une campagne en pause"
    ),
    example={"id": "$crm.campaign?status=draft", "send_at": "2030-03-02T09:00:00+01:00"},
    events=("crm.campaign.scheduled",),
    record=Campaign,
    next=("crm.campaign.pause", "crm.campaign.cancel"),
)
async def schedule(ctx: Context, data: Schedule) -> Campaign:
    """Plan the sending of a campaign; whom it may reach is asked again when each mail is written."""
    campaign = await ctx.get(Campaign, data.id, lock=True)
    at = data.send_at or ctx.now
    at = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(ctx.timezone))
    if at < ctx.now:
        raise Conflict(
            reason="That moment has passed.", remedy="Give a later one, or none.", field="send_at"
        )
    ids = await audience(ctx, campaign)
    if not ids:
        raise Conflict(
            reason="Nobody is in the campaign's segment.",
            remedy="Fill it with crm.segment.add_members, or change its query.",
            field="segment_id",
        )
    if not ctx.outside.sends_mail and any(
        one.why_not is None for one in await judged(ctx, campaign, ids)
    ):
        raise ProviderNotConfigured(
            what="mail server",
            remedy="Ask the operator to name one (EYEOT_SMTP_URL, EYEOT_MAIL_FROM).",
        )
    lifecycle.take(campaign, "schedule")
    campaign.scheduled_at, campaign.round = at, campaign.round + 1
    told = Sending(campaign_id=campaign.id, round=campaign.round)
    await ctx.enqueue(send, told, total=len(ids), at=at)
    ctx.emit(CampaignScheduled(campaign_id=campaign.id, at=at))
    return campaign


@action(
    "crm.campaign.pause",
    risk="w",
    en="Pause a campaign; stop a mailing that is being sent; hold a campaign; keep back a mailing",
    fr="Mettre une campagne en pause; arrêter un emailing en cours; suspendre une campagne",
    example={"id": "$crm.campaign?status=scheduled"},
    record=Campaign,
    next=("crm.campaign.schedule",),
)
async def pause(ctx: Context, data: CampaignChosen) -> Campaign:
    """Stop a campaign that is planned or on its way; mails that have not left are kept back."""
    campaign = await ctx.get(Campaign, data.id, lock=True)
    lifecycle.take(campaign, "pause")
    await _keep_back(ctx, campaign)
    return campaign


async def _keep_back(ctx: Context, campaign: Campaign) -> None:
    row = CampaignRecipient.c
    waiting = await ctx.find(
        CampaignRecipient, row.campaign_id == campaign.id, row.status == "queued"
    )
    stopped = set(await ctx.recall([one.mail_id for one in waiting if one.mail_id]))
    for one in waiting:
        if one.mail_id in stopped:
            one.status, one.mail_id = "recalled", None


@action(
    "crm.campaign.cancel",
    risk="w",
    en="Cancel a campaign; call off a planned mailing; do not send a campaign",
    fr="Annuler une campagne; renoncer à un emailing planifié; ne pas envoyer une campagne",
    example={"id": "$crm.campaign?status=scheduled"},
    record=Campaign,
)
async def cancel(ctx: Context, data: CampaignChosen) -> Campaign:
    """Call off a campaign that is planned or paused, for good."""
    campaign = await ctx.get(Campaign, data.id, lock=True)
    lifecycle.take(campaign, "cancel")
    campaign.scheduled_at = None
    return campaign


@action(
    "crm.campaign.close",
    risk="w",
    en="Close a campaign; freeze a campaign's results; finish a mailing",
    fr="Clôturer une campagne; figer les résultats d'une campagne; terminer un emailing",
    example={"id": "$crm.campaign?status=sent"},
    events=("crm.campaign.closed",),
    record=Campaign,
)
async def close(ctx: Context, data: CampaignChosen) -> Campaign:
    """Freeze a sent campaign's results, with what it brought by then."""
    campaign = await ctx.get(Campaign, data.id, lock=True)
    row = CampaignRecipient.c
    waiting = sa.select(row.id).where(row.campaign_id == campaign.id, row.status == "queued")
    if await ctx.rows(waiting.limit(1)):
        raise Conflict(
            reason="Some of its mails have not left yet.",
            remedy="Wait until they have, or look at core.job.list.",
            field="id",
        )
    lifecycle.take(campaign, "close")
    campaign.closed_at = ctx.now
    campaign.revenue = (await brought(ctx, campaign, "linear")).revenue
    ctx.emit(CampaignClosed(campaign_id=campaign.id))
    return campaign
