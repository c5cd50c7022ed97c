"""Accounts: the points of a customer."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from eyeot import (
    Conflict,
    Context,
    Event,
    Input,
    Privacy,
    Record,
    Ref,
    Resource,
    Through,
    Tool,
    action,
    field,
    ref,
)

AccountId = Annotated[UUID, Ref("loyalty.account")]


class Account(
    Record,
    name="loyalty.account",
    prefix="loy",
    label="number",
    search=("number",),
    exact=("number",),
    unique=(("customer_id",), ("number",)),
    reach=Through("customer_id"),
):
    """The points that a customer has earned."""

    customer_id: UUID = ref("crm.customer", "Whose points.", access="create", personal=True)
    number: str = field("Number on the card.", access="create", max_length=20)
    points: int = field("Points there are.", access="read", default=0)
    note: str | None = field("What to know of them.", max_length=300, personal=True, default=None)
    last_deal_id: UUID | None = field(
        "The last deal that earned points.", access="read", default=None
    )


accounts = Resource(
    Account,
    profile="master",
    without="duplicate import",
    en="loyalty account; loyalty accounts; loyalty card; points",
    fr="compte de fidélité; comptes de fidélité; carte de fidélité; points",
    example={
        "customer_id": "$crm.customer?lifecycle=customer",
        "number": "L-77777",
        "note": "Cliente depuis 2019",
    },
    find={"points_from": 0, "limit": 3},
)


class Adjusted(Event, name="loyalty.account.adjusted"):
    """Points were given or taken by hand."""

    account_id: AccountId
    points: int


class Adjust(Input):
    """An account, how many points, and why."""

    id: AccountId
    points: Annotated[int, Field(ge=-10_000, le=10_000)]
    reason: Annotated[str, Field(min_length=1, max_length=300)]


@action(
    "loyalty.account.adjust",
    risk="w",
    en="Adjust loyalty points; give points; take points away",
    fr="Ajuster les points de fidélité; donner des points; retirer des points",
    example={"id": "$loyalty.account", "points": 50, "reason": "Geste commercial"},
    permission="loyalty.account:adjust",
    events=("loyalty.account.adjusted",),
    record=Account,
)
async def adjust(ctx: Context, data: Adjust) -> Account:
    """Give a customer points or take some away, never below none."""
    account = await ctx.get(Account, data.id, lock=True)
    if account.points + data.points < 0:
        raise Conflict(reason=f"There are only {account.points} points.", field="points")
    account.points += data.points
    ctx.emit(Adjusted(account_id=account.id, points=data.points))
    return account


async def erase(privacy: Privacy, ctx: Context, row: Any) -> None:
    """Erase the note, and close the account: what is left is a number and a sum."""
    row.note, row.archived_at = None, row.archived_at or ctx.now
    await ctx.save(row)


privacy = Privacy(Account, erase=erase)

loyalty_points = Tool(
    name="loyalty_points",
    title="Loyalty points",
    action="loyalty.account.get",
    doc="Read a customer's loyalty points by account (loy_…) or the number on the card.",
    show=("id",),
)
