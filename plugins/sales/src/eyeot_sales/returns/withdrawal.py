"""Withdrawal: how long a consumer may go back on an order, and for what there is no such right."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from eyeot import Context, DatedRow, Input, Output, action, dated
from eyeot_crm.parties import Party
from eyeot_sales.catalogue.products import Product
from eyeot_sales.fulfilment.records import Fulfilment
from eyeot_sales.ids import OrderId
from eyeot_sales.orders.deriving import lines_of
from eyeot_sales.orders.records import SalesOrder
from eyeot_sales.taxes.parties import of_party
from eyeot_sales.trade.lines import counted

_SATURDAY = 5
_LAST_MONTH = 12


class Exclusion(BaseModel):
    """A kind of sale without a right of withdrawal."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    number: str
    fr: str
    en: str


class Law(DatedRow):
    """The right of withdrawal as it stood from a day."""

    days: int
    uninformed_months: int
    article: str
    computation: str
    uninformed: str
    exclusions_article: str
    exclusion: tuple[Exclusion, ...]


LAW = dated("eyeot_sales.returns", "withdrawal.toml", Law, about="right of withdrawal")


class Right(NamedTuple):
    """From when the period runs, and its last day; neither while nothing was delivered."""

    begins: date | None
    deadline: date | None
    law: Law


async def is_consumer(ctx: Context, order: SalesOrder) -> bool:
    """Whether who ordered is a consumer, as far as their card says."""
    party = await ctx.get(Party, order.party_id, beyond=True)
    return of_party(party).buyer == "consumer"


async def right_of(ctx: Context, order: SalesOrder, *, informed: bool = True) -> Right:
    """The period of withdrawal of an order: from the last delivery of goods, or from the contract."""
    begins = await _begins(ctx, order)
    law = LAW.at(begins or ctx.today)
    if begins is None:
        return Right(None, None, law)
    last = begins + timedelta(days=law.days)
    if not informed:
        last = _months_after(last, law.uninformed_months)
    return Right(begins, await _workday(ctx, last), law)


async def _begins(ctx: Context, order: SalesOrder) -> date | None:
    if not await _has_goods(ctx, order):
        return order.confirmed_on
    if order.delivery_status != "full" and order.status != "closed":
        return None
    c = Fulfilment.c
    done = await ctx.find(Fulfilment, c.order_id == order.id, c.performed_on.is_not(None))
    return max((one.performed_on for one in done if one.performed_on), default=None)


async def _has_goods(ctx: Context, order: SalesOrder) -> bool:
    for line in await lines_of(ctx, order):
        if counted(line) and line.product_id:
            product = await ctx.get(Product, line.product_id)
            if product.kind in ("goods", "kit"):
                return True
    return False


def _months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last one of that month."""
    years, month = divmod(day.month - 1 + months, _LAST_MONTH)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


async def _workday(ctx: Context, day: date) -> date:
    """The day, or the next one that is no Saturday, Sunday or public holiday."""
    free: dict[int, set[str]] = {}
    while True:
        if day.year not in free:
            told = await ctx.call("core.calendar.list_public_holidays", {"year": day.year})
            free[day.year] = {one["on"] for one in told.items}
        if day.weekday() < _SATURDAY and day.isoformat() not in free[day.year]:
            return day
        day += timedelta(days=1)


class Check(Input):
    """An order, how it was sold, and whether the consumer was told of the right."""

    id: Annotated[OrderId, Field(description="The order.")]
    sold: Annotated[
        Literal["distance", "off_premises", "shop"],
        Field(description="distance: by telephone, mail or online; off_premises: at their home."),
    ] = "distance"
    informed: Annotated[
        bool, Field(description="Whether the consumer was told of the right before ordering.")
    ] = True
    exclusion: Annotated[
        str | None, Field(max_length=40, description="The code of an exclusion that applies.")
    ] = None


class ExclusionTold(Output):
    """A kind of sale without a right of withdrawal."""

    code: str
    text: str
    article: str


class Withdrawal(Output):
    """Whether a consumer may still withdraw, until when, and by which article."""

    order_id: OrderId
    has_right: bool
    open: Annotated[bool, Field(description="Whether it may be used today.")]
    begins: date | None = None
    deadline: Annotated[date | None, Field(description="None: it has not begun to run.")] = None
    days_left: int | None = None
    article: str
    reasons: list[str]
    exclusions: list[ExclusionTold]


@action(
    "sales.return_order.check_withdrawal_right",
    risk="r",
    en=(
        "Check the right of withdrawal; may the customer cancel within 14 days; cooling-off "
        "period; deadline to return an online order; may a consumer still cancel an online order"
    ),
    fr=(
        "Vérifier le droit de rétractation; le client peut-il se rétracter sous 14 jours; délai "
        "de rétractation; date limite de retour d'une vente à distance; a-t-il le droit de se "
        "rétracter"
    ),
    example={"id": "$sales.sales_order?status=delivered"},
    record=SalesOrder,
    next=("sales.return_order.create",),
)
async def check_withdrawal_right(ctx: Context, data: Check) -> Withdrawal:
    """Tell whether a consumer may withdraw from an order, until when, and for what there is no such right.

    Source: Code de la consommation, art. L221-18 à L221-28.
    """
    order = await ctx.get(SalesOrder, data.id)
    right = await right_of(ctx, order, informed=data.informed)
    french = ctx.locale.startswith("fr")
    known = [_told(one, right.law, french=french) for one in right.law.exclusion]
    reasons = await _reasons(ctx, order, data, right, french=french)
    has_right = not reasons
    late = right.deadline is not None and ctx.today > right.deadline
    left = (right.deadline - ctx.today).days if right.deadline and not late else None
    return Withdrawal(
        order_id=order.id,
        has_right=has_right,
        open=has_right and not late,
        begins=right.begins,
        deadline=right.deadline if has_right else None,
        days_left=left if has_right else None,
        article=right.law.article,
        reasons=reasons or [_why(right, french=french, informed=data.informed)],
        exclusions=known,
    )


def _told(one: Exclusion, law: Law, *, french: bool) -> ExclusionTold:
    text = one.fr if french else one.en
    return ExclusionTold(
        code=one.code, text=text, article=f"{law.exclusions_article}, {one.number}"
    )


async def _reasons(
    ctx: Context, order: SalesOrder, data: Check, right: Right, *, french: bool
) -> list[str]:
    """Why there is no right; none when there is one."""
    found: list[str] = []
    if not await is_consumer(ctx, order):
        found.append(
            "Le client n'est pas un consommateur (article liminaire du Code de la consommation ; L221-3"
            " étend ce droit à certains professionnels hors établissement)."
            if french
            else "The customer is no consumer (art. L221-3 extends the right to some small businesses"
            " off premises)."
        )
    if data.sold == "shop":
        found.append(
            "La vente n'est ni à distance ni hors établissement."
            if french
            else "The sale was neither at a distance nor off premises."
        )
    excluded = [one for one in right.law.exclusion if one.code == data.exclusion]
    found += [_told(one, right.law, french=french).text for one in excluded]
    return found


def _why(right: Right, *, french: bool, informed: bool) -> str:
    days = right.law.days
    more = "" if informed else f" {right.law.uninformed}"
    if right.deadline is None:
        return (
            f"Le délai de {days} jours court à compter de la réception du dernier bien.{more}"
            if french
            else f"The {days} days run from the day the last goods are received.{more}"
        )
    return (
        f"{days} jours à compter du {right.begins}, prorogés au premier jour ouvrable"
        f" ({right.law.computation}).{more}"
        if french
        else f"{days} days from {right.begins}, extended to the next working day"
        f" ({right.law.computation}).{more}"
    )
