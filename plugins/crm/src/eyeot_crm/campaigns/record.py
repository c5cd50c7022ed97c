"""Campaign: a message to a segment, and what became of it for each of its recipients."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from eyeot import (
    Conflict,
    Context,
    Lifecycle,
    Money,
    Record,
    Resource,
    Shared,
    Through,
    by_hand,
    field,
    ref,
)
from eyeot.types import Email
from eyeot_crm.campaigns.merging import refuse_unknown

Status = Literal["draft", "scheduled", "sending", "paused", "sent", "cancelled", "closed"]


class Campaign(
    Record,
    name="crm.campaign",
    prefix="cmp",
    hint=("status",),
    search=("name", "subject"),
    index=(("status",),),
    reach=Shared(),
    state="status",
    archivable=False,
):
    """A message to everybody in a segment whom we may write to."""

    name: str = field("Its name, which recipients do not see.", max_length=160)
    channel: Literal["email"] = field("How it is sent.", access="create", default="email")
    purpose: Literal["marketing", "newsletter", "events", "survey"] = field(
        "What for: the consent that is asked of each recipient.", default="marketing"
    )
    segment_id: UUID = ref("crm.segment", "Whom it is for: a segment of contacts.")
    subject: str = field("The subject, with {fields}.", max_length=200)
    body: str = field("The text, with {fields} such as {first_name}.", max_length=50_000)
    html: str | None = field(
        "The same as HTML, with {fields}; left out, the text is shown plainly.",
        max_length=200_000,
        default=None,
    )
    sender_name: str | None = field(
        "Who writes; the organisation when left out.", max_length=80, default=None
    )
    reply_to: Email | None = field(
        "Where answers go.", max_length=254, default=None, personal=False
    )
    rest_days: int = field(
        "Leave out whom another campaign reached within so many days; 0 leaves nobody out.",
        ge=0,
        le=365,
        default=7,
    )
    budget: Money | None = field("What it may cost.", default=None)
    utm: dict[str, str] = field("Marks for the addresses in it.", default=dict)
    status: Status = field("Where it stands.", access="read", default="draft")
    scheduled_at: datetime | None = field("When it is sent.", access="read", default=None)
    round: int = field("How often it was planned.", access="read", default=0)
    started_at: datetime | None = field("When sending began.", access="read", default=None)
    closed_at: datetime | None = field("When it was closed.", access="read", default=None)
    sent: int = field("How many were handed to the mail server.", access="read", default=0)
    failed: int = field("How many it refused.", access="read", default=0)
    skipped: int = field("How many were left out, and not written to.", access="read", default=0)
    unsubscribed: int = field("How many objected by its link.", access="read", default=0)
    revenue: Money | None = field("What it brought, once closed.", access="read", default=None)


class CampaignRecipient(
    Record,
    name="crm.campaign_recipient",
    prefix="cmr",
    label="email",
    hint=("status",),
    unique=(("campaign_id", "contact_id"),),
    index=(("campaign_id", "status"), ("party_id", "sent_at"), ("mail_id",)),
    exact=("email",),
    reach=Through("contact_id"),
    archivable=False,
):
    """What became of a campaign for one person."""

    campaign_id: UUID = ref("crm.campaign", "The campaign.", access="read", on_delete="CASCADE")
    contact_id: UUID = ref(
        "crm.contact", "Whom it is for.", access="read", on_delete="CASCADE", personal=True
    )
    party_id: UUID | None = ref(
        "crm.party", "The person.", access="read", default=None, personal=True
    )
    email: str | None = field(
        "Where it went.", access="read", max_length=254, default=None, personal=True
    )
    status: Literal["queued", "sent", "failed", "skipped", "recalled"] = field(
        "What became of it.", access="read", default="queued"
    )
    reason: str | None = field("Why it was not sent.", access="read", max_length=500, default=None)
    mail_id: UUID | None = field("The e-mail.", access="read", default=None)
    sent_at: datetime | None = field("When it was sent.", access="read", default=None)
    unsubscribed_at: datetime | None = field(
        "When they objected by its link.", access="read", default=None
    )


lifecycle = Lifecycle(
    "status",
    "draft",
    (
        by_hand("schedule", "draft", "paused", to="scheduled"),
        by_hand("pause", "scheduled", "sending", to="paused"),
        by_hand("cancel", "scheduled", "paused", to="cancelled"),
        by_hand("close", "sent", to="closed"),
    ),
)


async def prepare(_ctx: Context, row: Any, values: dict[str, Any]) -> None:
    """Keep what was sent as it was; name the fields that a text may hold."""
    if (
        not row.is_new
        and row.status not in ("draft", "paused")
        and values.keys() - {"name", "budget"}
    ):
        raise Conflict(
            reason=f"The campaign is {row.status}: only its name and budget can still be changed.",
            remedy="Pause it with crm.campaign.pause, or duplicate it.",
        )
    refuse_unknown(row)


campaigns = Resource(
    Campaign,
    profile="doc",
    en="campaign; campaigns; mailing; e-mail campaign; newsletter",
    fr="campagne; campagnes; emailing; campagne d'e-mails; lettre d'information",
    gender="f",
    lifecycle=lifecycle,
    prepare=prepare,
    kept=("scheduled", "sending", "sent", "closed"),
    parts=(),
    afresh=("sent", "failed", "skipped", "unsubscribed"),
    example={
        "name": "Journées portes ouvertes",
        "purpose": "events",
        "segment_id": "$crm.segment?resource=contact",
        "subject": "{first_name}, venez voir nos nouveaux fours",
        "body": "Bonjour {first_name},\n\nNous ouvrons notre atelier le 12 mars.",
    },
)

recipients = Resource(
    CampaignRecipient,
    adding="list get count",
    en="campaign recipient; campaign recipients; who received a campaign",
    fr="destinataire de campagne; destinataires de campagne; qui a reçu une campagne",
)
