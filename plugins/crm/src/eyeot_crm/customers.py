"""Customers: the commercial relationship with a party, whose fields show among its own."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from eyeot import (
    Conflict,
    Context,
    Event,
    Input,
    McpResource,
    Money,
    Output,
    Owned,
    Record,
    Resource,
    Shows,
    Tool,
    action,
    field,
    ref,
)
from eyeot_crm.ids import (
    CustomerId,
)
from eyeot_crm.parties import Party, add_role, refuse_loop

Stage = Literal["lead", "prospect", "customer", "dormant", "former", "partner"]


class Customer(
    Record,
    name="crm.customer",
    prefix="cus",
    hint=("siren", "city"),
    search=("name", "trade_name", "city", "emails"),
    exact=("siren", "siret", "vat_number", "emails", "phones"),
    unique=(("party_id",),),
    index=(("lifecycle",),),
    reach=Owned(team="team_id"),
    inline=("party_id", Party),
):
    """A company or person that buys from us, or may."""

    party_id: UUID = ref(
        "crm.party", "The party it is; left out, one is created.", access="create", personal=True
    )
    owner_id: UUID | None = ref("core.user", "The salesperson in charge.", default=None)
    team_id: UUID | None = ref("core.team", "The team in charge.", default=None)
    lifecycle: Stage = field("How far the relationship is.", access="create", default="prospect")
    tier: Literal["A", "B", "C"] | None = field("How much it matters.", default=None)
    source_id: UUID | None = ref("crm.lead_source", "The source it came by.", default=None)
    industry: str | None = field("Its trade.", max_length=100, default=None)
    headcount: int | None = field("How many people work there.", ge=0, le=10_000_000, default=None)
    annual_revenue: Money | None = field("Its yearly revenue.", default=None)
    score: int = field("Computed score.", access="read", default=0)
    next_step: str | None = field("What to do next.", access="read", max_length=500, default=None)
    next_step_on: date | None = field("By when.", access="read", default=None)
    last_contact_at: datetime | None = field("Last exchange.", access="read", default=None)


async def prepare(ctx: Context, row: Any, values: dict[str, Any]) -> None:
    """Give a new customer an owner, and its party the role; keep its group free of loops."""
    if row.is_new:
        row.owner_id = row.owner_id or ctx.user_id
        party = await ctx.get(Party, row.party_id)
        add_role(party, "customer" if row.lifecycle == "customer" else "prospect")
        await refuse_loop(ctx, party)
    elif "parent_id" in values:
        await refuse_loop(ctx, await ctx.get(Party, row.party_id))


customers = Resource(
    Customer,
    profile="master",
    en="customer; customers; client; account; prospect",
    fr="client; clients; compte; prospect; fiche client",
    prepare=prepare,
    example={
        "name": "Boulangerie du Pont Neuf",
        "emails": ["contact@boulangerie-pont-neuf.fr"],
        "phones": ["+33478000000"],
        "addresses": [{"line1": "12 rue de la République", "postcode": "69002", "city": "Lyon"}],
        "tier": "B",
    },
    find={"city_contains": "lyon", "limit": 3},
)


class LifecycleChanged(Event, name="crm.customer.lifecycle_changed"):
    """The relationship moved to another stage."""

    customer_id: CustomerId
    stage: Stage
    former: Stage


class SetLifecycle(Input):
    """A customer and its stage."""

    id: CustomerId
    stage: Stage
    reason: Annotated[str | None, Field(max_length=300)] = None


@action(
    "crm.customer.set_lifecycle",
    risk="w",
    en=(
        "Set a customer's lifecycle stage; mark as former or dormant; a prospect becomes a "
        "customer; customer is gone"
    ),
    fr=(
        "Changer l'étape d'un client; passer en client, dormant ou ancien client; un prospect "
        "devient client; client perdu ou parti"
    ),
    example={"id": "$crm.customer", "stage": "dormant", "reason": "Sans commande depuis un an"},
    events=("crm.customer.lifecycle_changed",),
    record=Customer,
)
async def set_lifecycle(ctx: Context, data: SetLifecycle) -> Customer:
    """Move a customer to another lifecycle stage."""
    customer = await ctx.get(Customer, data.id, lock=True)
    refuse_put_away(customer)
    await move_to(ctx, customer, data.stage)
    return customer


def refuse_put_away(customer: Customer) -> None:
    """Refuse to go on with a customer that was put away."""
    if customer.archived_at is not None:
        raise Conflict(
            reason="This customer is archived.",
            remedy="Bring it back with crm.customer.restore first.",
            field="id",
        )


async def move_to(ctx: Context, customer: Customer, stage: Stage) -> None:
    """Change the stage and tell of it, if it is another one."""
    former = customer.lifecycle
    if former == stage:
        return
    customer.lifecycle = stage
    if stage == "customer":
        add_role(await ctx.get(Party, customer.party_id, lock=True, beyond=True), "customer")
    ctx.emit(LifecycleChanged(customer_id=customer.id, stage=stage, former=former))


class Dormancy(Input):
    """How long without contact."""

    days: Annotated[int, Field(ge=1, le=3650, description="Days without contact.")] = 180
    tier: Literal["A", "B", "C"] | None = None


class Dormant(Output):
    """Customers nobody has been in touch with, the longest first."""

    items: Annotated[list[dict[str, Any]], Shows(record="crm.customer")]
    total: int


@action(
    "crm.customer.detect_dormant",
    risk="r",
    en=(
        "Find dormant customers; customers without contact; who have we neglected; customers "
        "nobody has talked to for long; inactive customers; who to call back"
    ),
    fr=(
        "Détecter les clients dormants; clients sans contact depuis longtemps; clients à relancer; "
        "clients que personne n'a contactés depuis longtemps; clients inactifs; qui rappeler"
    ),
    example={"days": 180},
)
async def detect_dormant(ctx: Context, data: Dormancy) -> Dormant:
    """List active customers without a recorded exchange for a number of days, the longest silence first."""
    since = ctx.now - timedelta(days=data.days)
    where = [
        Customer.c.lifecycle == "customer",
        Customer.c.archived_at.is_(None),
        (Customer.c.last_contact_at < since)
        | (Customer.c.last_contact_at.is_(None) & (Customer.c.created_at < since)),
    ]
    if data.tier:
        where.append(Customer.c.tier == data.tier)
    found = await ctx.find(Customer, *where, order=Customer.c.last_contact_at.asc().nulls_first())
    return Dormant(items=[await ctx.view(one) for one in found[:100]], total=len(found))


mcp_customers = McpResource(
    collection="customers",
    record="crm.customer",
    title="Customers",
    doc="One customer with its legal identity.",
)
_NARROW = {"fields": "Only these fields.", "cursor": "next_cursor of the page before."}
list_customers = Tool(
    name="list_customers",
    title="List customers",
    action="crm.customer.list",
    doc="List customers by typed filters. To find one by name, use search.",
    show=(
        "name_contains",
        "city_contains",
        "lifecycle",
        "owner_id",
        "sort",
        "limit",
        "cursor",
        "fields",
    ),
    told={**_NARROW, "sort": "e.g. name, -created_at"},
)
get_customer = Tool(
    name="get_customer",
    title="Read a customer",
    action="crm.customer.get",
    doc="Read one customer by id (cus_…), SIREN, VAT number or e-mail.",
    show=("id", "fields"),
    told=_NARROW,
)
create_customer = Tool(
    name="create_customer",
    title="Create a customer",
    action="crm.customer.create",
    doc="Create a customer (and its company or person). Search first to avoid duplicates; try dry_run.",
    show=("name", "kind", "siren", "vat_number", "emails", "phones", "addresses"),
)
update_customer = Tool(
    name="update_customer",
    title="Change a customer",
    action="crm.customer.update",
    doc="Change fields of a customer. More fields: eyeot_help(action='crm.customer.update').",
    show=("id", "name", "emails", "phones", "owner_id", "tier", "industry"),
)
