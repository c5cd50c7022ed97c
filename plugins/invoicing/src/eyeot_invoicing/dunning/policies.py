"""Policies: which reminders customers who pay late get, when and in which tone."""

from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from eyeot import Context, Money, Record, Resource, Shared, Starting, field, invalid, ref
from eyeot_invoicing.invoices.record import Invoice
from eyeot_invoicing.late.rates import RATES

Channel = Literal["email", "post"]
Template = Literal["courteous", "firm", "final"]
Stop = Literal["disputed", "promised", "in_collection", "formal_notice", "direct_debit"]
STOPS: tuple[Stop, ...] = ("disputed", "promised", "in_collection", "formal_notice", "direct_debit")
MOST_LEVELS = 9


class Level(BaseModel):
    """One reminder: how many days after the due date, by which channel, in which tone."""

    model_config = ConfigDict(extra="forbid")

    delay: Annotated[int, Field(ge=1, le=365, description="Days after the due date.")]
    channel: Annotated[
        Channel,
        Field(description="email: posted where there is no address; post: printed and posted."),
    ] = "email"
    template: Annotated[Template, Field(description="Its tone and wording.")] = "courteous"
    fee: Annotated[
        Literal["none", "mention", "claim"],
        Field(description="Late fees: left out, announced, or added up and claimed."),
    ] = "none"


class DunningPolicy(
    Record,
    name="invoicing.dunning_policy",
    prefix="dup",
    search=("name",),
    exact=("code",),
    unique=(("code",),),
    reach=Shared(),
    sort="name",
):
    """How late payers are reminded; without levels they never are."""

    code: str | None = field(
        "Its short name, e.g. STD.", access="create", max_length=20, default=None
    )
    name: str = field("Its name.", max_length=100)
    levels: list[Level] = field("The reminders, in order.", default=list)
    interval_days: int = field(
        "Days between two letters to the same customer, at least.", ge=0, le=365, default=7
    )
    exclude: dict[str, Any] = field(
        "Invoices that are never chased: a filter, as the arguments of invoicing.invoice.list.",
        default=dict,
    )
    min_amount: Money | None = field(
        "A customer who is late with less is left alone; in another currency it is not compared.",
        default=None,
    )
    stop_when: list[Stop] = field(
        "What keeps an invoice from being chased; a dispute and a collection always do.",
        default=lambda: [*STOPS],
    )
    penalty_percent: Decimal | None = field(
        "Rate of late penalties by the terms of sale, percent a year; the law's when left out.",
        ge=0,
        le=100,
        default=None,
    )
    is_default: bool = field("Whether customers without one of their own have it.", default=False)

    def complete(self) -> None:
        """Refuse levels that do not follow each other."""
        rows: list[Any] = list(self.levels)
        if len(rows) > MOST_LEVELS:
            raise invalid("levels", f"has {len(rows)} levels; {MOST_LEVELS} are the most")
        delays = [one["delay"] for one in rows]
        if sorted(set(delays)) != delays:
            raise invalid("levels", "each comes later than the one before: let delay grow")


class DunningAssignment(
    Record,
    name="invoicing.dunning_assignment",
    prefix="dua",
    label="id",
    unique=(("party_id",),),
    index=(("policy_id",),),
    archivable=False,
):
    """That a customer is reminded by a policy of their own."""

    party_id: UUID = ref("crm.party", "The customer.", personal=True)
    policy_id: UUID = ref("invoicing.dunning_policy", "Their policy.", on_delete="CASCADE")


async def prepare(ctx: Context, row: Any, values: dict[str, Any]) -> None:
    """Hold the filter to the fields there are, the rate to the law, and the default to one policy."""
    if row.is_new or "exclude" in values:
        ctx.filters(Invoice, row.exclude, path="exclude")
    least = RATES.at(ctx.today).least
    if row.penalty_percent is not None and row.penalty_percent < least:
        raise invalid(
            "penalty_percent",
            f"is below three times the legal interest, {least:f} % (Code de commerce, art. L441-10, II)",
        )
    if values.get("is_default"):
        for other in await ctx.find(DunningPolicy, DunningPolicy.c.is_default.is_(True)):
            other.is_default = other is row


policies = Resource(
    DunningPolicy,
    profile="config",
    adding="duplicate",
    en="dunning policy; dunning policies; reminder policy; reminder levels; chasing rules",
    fr=(
        "scénario de relance; scénarios de relance; politique de relance; niveaux de relance; règles de "
        "relance des impayés"
    ),
    prepare=prepare,
    afresh=("is_default",),
    example={
        "code": "DOUX",
        "name": "Clients fidèles",
        "levels": [{"delay": 15}, {"delay": 40, "template": "firm", "fee": "mention"}],
        "min_amount": {"amount": "50.00"},
    },
)
starting_policies = Starting(
    DunningPolicy,
    key="code",
    rows=[
        {
            "code": "STD",
            "name": "Relance standard",
            "levels": [
                {"delay": 8, "channel": "email", "template": "courteous", "fee": "none"},
                {"delay": 20, "channel": "email", "template": "firm", "fee": "mention"},
                {"delay": 35, "channel": "email", "template": "final", "fee": "claim"},
            ],
            "interval_days": 7,
            "min_amount": Money(amount=Decimal("15.00")),
            "is_default": True,
        },
        {"code": "NONE", "name": "Sans relance", "levels": []},
    ],
)
