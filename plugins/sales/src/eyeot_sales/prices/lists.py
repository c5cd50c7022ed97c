"""Lists: prices that some customers, or all of them, are given for a time."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from eyeot import (
    Conflict,
    Context,
    Event,
    Input,
    Lifecycle,
    Output,
    Record,
    Resource,
    Shared,
    action,
    by_hand,
    field,
    invalid,
    ref,
)
from eyeot.types import Currency
from eyeot_crm.parties import Party
from eyeot_sales.catalogue.products import MARGIN
from eyeot_sales.ids import PartyId, PriceListId


class PriceList(
    Record,
    name="sales.price_list",
    prefix="plist",
    search=("name",),
    unique=(("name",),),
    reach=Shared(),
    state="status",
    sort="name",
):
    """Prices for a time: for the customers it is assigned to, those its filter finds, or everybody."""

    name: str = field("Its name.", max_length=120)
    currency: Currency = field("The currency of its prices.", access="create", default="EUR")
    tax_included: bool = field("Whether its prices include VAT.", access="create", default=False)
    valid_from: date | None = field("First day it holds; left out, always.", default=None)
    valid_to: date | None = field("Last day it holds.", default=None)
    party_filter: dict[str, Any] | None = field(
        'Customers it is for, as arguments of crm.customer.list, e.g. {"tier": "A"}.', default=None
    )
    base: Literal["list", "cost", "other_list"] = field(
        "What prices that it does not name come from.", default="list"
    )
    base_list_id: UUID | None = ref(
        "sales.price_list", "The other list, where prices come from one.", default=None
    )
    markup_percent: Decimal = field(
        "What is added to the base, in percent; below 0, taken off.",
        ge=-100,
        le=10_000,
        default=lambda: Decimal(0),
    )
    rounding: Decimal | None = field(
        "Step that prices made from the base are rounded to, e.g. 0.05.",
        ge=Decimal("0.01"),
        le=Decimal(10_000),
        default=None,
    )
    status: Literal["draft", "active"] = field(
        "Whether it may be in force; when follows from its dates.", access="read", default="draft"
    )

    def complete(self) -> None:
        """Refuse dates and bases that contradict each other."""
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise invalid("valid_to", f"lies before valid_from, {self.valid_from}")
        if (self.base == "other_list") != (self.base_list_id is not None):
            raise invalid("base_list_id", "goes with base=other_list, and is needed there")


class PriceListParty(
    Record,
    name="sales.price_list_party",
    prefix="plp",
    label="id",
    unique=(("price_list_id", "party_id"),),
    reach=Shared(),
    archivable=False,
):
    """A customer that a price list is assigned to."""

    price_list_id: UUID = ref("sales.price_list", "The list.", on_delete="CASCADE")
    party_id: UUID = ref("crm.party", "The customer.", personal=True)


lifecycle = Lifecycle("status", "draft", (by_hand("activate", "draft", to="active"),))


async def prepare(ctx: Context, row: Any, values: dict[str, Any]) -> None:
    """Try the filter, keep bases free of loops, and hold what is in force to its rules."""
    if values.get("party_filter"):
        ctx.check("crm.customer.list", values["party_filter"])
    if row.base == "cost" and row.stored("base") != "cost" and not ctx.allows(MARGIN):
        raise invalid(
            "base", f"prices made of the cost tell it, which needs the permission {MARGIN}"
        )
    if values.get("base_list_id"):
        await _refuse_loop(ctx, row)
    dates = {"valid_from", "valid_to", "party_filter"} & values.keys()
    if row.status == "active" and not row.is_new and dates:
        await refuse_overlap(ctx, row)


async def _refuse_loop(ctx: Context, row: PriceList) -> None:
    seen, id = {row.id}, row.base_list_id
    while id is not None:
        if id in seen:
            raise invalid(
                "base_list_id", "that list takes its prices, through others, from this one"
            )
        seen.add(id)
        # Locked, so that two changes that would close a loop together wait for each other.
        other = await ctx.get(PriceList, id, lock=True)
        if other.currency != row.currency:
            raise invalid(
                "base_list_id", f"is in {other.currency}, and this list in {row.currency}"
            )
        id = other.base_list_id


price_lists = Resource(
    PriceList,
    profile="config",
    adding="duplicate search export import",
    en="price list; price lists; tariff; customer prices; special prices",
    fr="tarif; tarifs; liste de prix; prix par client; prix négociés",
    lifecycle=lifecycle,
    prepare=prepare,
    parts=("sales.price_list_item",),
    example={"name": "Tarif revendeurs 2027", "valid_from": "2027-01-01", "markup_percent": "-10"},
)


class ListActivated(Event, name="sales.price_list.activated"):
    """A price list is in force between its dates."""

    price_list_id: PriceListId


class ListChosen(Input):
    """One price list."""

    id: PriceListId


@action(
    "sales.price_list.activate",
    risk="w",
    en=(
        "Put a price list in force; activate a tariff; start selling at these prices; publish the "
        "new prices; apply a price list"
    ),
    fr=(
        "Mettre un tarif en vigueur; activer un tarif; vendre à ces prix; publier les nouveaux "
        "prix; appliquer une liste de prix"
    ),
    example={"id": "$sales.price_list?status=draft"},
    events=("sales.price_list.activated",),
    record=PriceList,
)
async def activate(ctx: Context, data: ListChosen) -> PriceList:
    """Put a price list in force between its dates; refused where another already gives the same prices."""
    chosen = await ctx.get(PriceList, data.id, lock=True)
    lifecycle.take(chosen, "activate")
    if chosen.valid_to and chosen.valid_to < ctx.today:
        raise Conflict(
            reason=f"{chosen.name} ended on {chosen.valid_to}.",
            remedy="Give it later dates first (sales.price_list.update).",
            field="valid_to",
        )
    await refuse_overlap(ctx, chosen)
    ctx.emit(ListActivated(price_list_id=chosen.id))
    return chosen


async def refuse_overlap(ctx: Context, chosen: PriceList) -> None:
    """Refuse two lists in force at once for the same customer, of which nobody could say which holds."""
    c = PriceList.c
    where = [
        c.id != chosen.id,
        c.status == "active",
        c.currency == chosen.currency,
        c.archived_at.is_(None),
    ]
    if chosen.valid_to:
        where.append(c.valid_from.is_(None) | (c.valid_from <= chosen.valid_to))
    if chosen.valid_from:
        where.append(c.valid_to.is_(None) | (c.valid_to >= chosen.valid_from))
    others = {one.id: one for one in await ctx.find(PriceList, *where)}
    mine = await assigned(ctx, [chosen.id])
    theirs = await assigned(ctx, list(others))
    for id, other in others.items():
        both = mine.get(chosen.id, set()) & theirs.get(id, set())
        alike = not mine.get(chosen.id) and not theirs.get(id)
        if both or (alike and other.party_filter == chosen.party_filter):
            raise await _overlapping(ctx, chosen, other, next(iter(both), None))


async def _overlapping(
    ctx: Context, chosen: PriceList, other: PriceList, party_id: UUID | None
) -> Conflict:
    party = await ctx.get(Party, party_id, beyond=True) if party_id else None
    whom = party.name if party else "the same customers"
    return Conflict(
        reason=f"{other.name} is in force for {whom} at the same time as {chosen.name}.",
        remedy="End or archive that one first, or give this one other dates or customers.",
        field="valid_from",
    )


async def assigned(ctx: Context, lists: list[UUID]) -> dict[UUID, set[UUID]]:
    """The parties that each of these lists is assigned to."""
    found: dict[UUID, set[UUID]] = {}
    for one in await ctx.find(PriceListParty, PriceListParty.c.price_list_id.in_(lists)):
        found.setdefault(one.price_list_id, set()).add(one.party_id)
    return found


class Assignment(Input):
    """A price list and the customers who are given it."""

    id: PriceListId
    party_ids: Annotated[list[PartyId], Field(min_length=1, max_length=500)]
    replace: Annotated[bool, Field(description="Take the list from all other customers.")] = False


class Assigned(Output):
    """How many customers the list was newly given, taken from, and has in all."""

    price_list_id: PriceListId
    added: int
    removed: int
    total: int


@action(
    "sales.price_list.assign_to_parties",
    risk="w",
    en=(
        "Give customers a price list; assign a tariff to customers; special prices for a customer; "
        "which customers have this price list"
    ),
    fr=(
        "Attribuer un tarif à des clients; donner un tarif à un client; prix négociés d'un client; "
        "appliquer une remise à un groupe de clients"
    ),
    example={"id": "$sales.price_list?status=draft", "party_ids": ["$crm.party"]},
    record=PriceList,
)
async def assign(ctx: Context, data: Assignment) -> Assigned:
    """Give a price list to customers; it then holds for them only."""
    chosen = await ctx.get(PriceList, data.id, lock=True)
    wanted = dict.fromkeys(data.party_ids)
    known = await ctx.find(PriceListParty, PriceListParty.c.price_list_id == chosen.id)
    removed = [one for one in known if data.replace and one.party_id not in wanted]
    for one in removed:
        await ctx.delete(one)
    fresh = [id for id in wanted if id not in {one.party_id for one in known}]
    for id in fresh:
        party = await ctx.get(Party, id)
        await ctx.add(PriceListParty(price_list_id=chosen.id, party_id=party.id))
    if chosen.status == "active":
        await refuse_overlap(ctx, chosen)
    return Assigned(
        price_list_id=chosen.id,
        added=len(fresh),
        removed=len(removed),
        total=len(known) - len(removed) + len(fresh),
    )
