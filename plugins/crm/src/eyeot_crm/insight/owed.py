"""Owed: what a party has to pay, where invoicing is in use."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from eyeot import Context, Money, Ref, Shows

LIST = "invoicing.invoice.list"
_MOST = 100


class Owed(BaseModel):
    """What is to be paid, and what of it is late."""

    model_config = ConfigDict(extra="forbid")

    due: Money
    late: Money
    late_days: Annotated[int, Field(description="Of the invoice that is late longest.")]
    invoices: list[Annotated[dict[str, Any], Shows("id")]]


async def owed(ctx: Context, party_id: UUID) -> Owed | None:
    """What a party owes in euros; none where the caller cannot see invoices."""
    if not ctx.offers(LIST):
        return None
    asked = {
        "party_id": Ref("crm.party").write(party_id),
        "status_in": ["posted", "partially_paid"],
        "sort": "due_date",
        "limit": _MOST,
    }
    found = (await ctx.call(LIST, asked))["items"]
    due = late = Decimal(0)
    days, told = 0, []
    for one in found:
        money = one.get("amount_due") or {}
        if money.get("currency") != "EUR":
            continue
        amount = Decimal(money["amount"])
        due += amount
        on = one.get("due_date")
        over = (ctx.today - _day(on)).days if on else 0
        if over > 0:
            late, days = late + amount, max(days, over)
        told.append(
            {"id": one["id"], "number": one.get("number"), "amount_due": money, "due_date": on}
        )
    return Owed(due=Money(amount=due), late=Money(amount=late), late_days=days, invoices=told[:10])


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
