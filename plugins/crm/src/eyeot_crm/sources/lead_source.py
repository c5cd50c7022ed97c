"""Lead source: a way by which enquiries come, and what it costs."""

from typing import Literal

from eyeot import Money, Record, Resource, Shared, field


class LeadSource(
    Record,
    name="crm.lead_source",
    prefix="lsrc",
    search=("name",),
    unique=(("name",),),
    reach=Shared(),
):
    """A way by which leads come to us."""

    name: str = field("Its name.", max_length=60)
    channel: Literal[
        "website",
        "referral",
        "event",
        "advertising",
        "phone",
        "cold_call",
        "email",
        "partner",
        "social",
        "import",
        "other",
    ] = field("What kind of way it is.", default="other")
    cost_per_month: Money | None = field("What it costs a month.", default=None)
    utm_source: str | None = field(
        "Its value of utm_source in web addresses.", max_length=100, default=None
    )


lead_sources = Resource(
    LeadSource,
    profile="config",
    en="lead source; lead sources; origin of leads; acquisition channel",
    fr="source de pistes; sources de pistes; origine des pistes; canal d'acquisition; provenance",
    gender="f",
    example={
        "name": "Annuaire des métiers de bouche",
        "channel": "partner",
        "cost_per_month": {"amount": "90.00"},
    },
)
