"""Authority: how large a discount somebody may give alone, and who approves more."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field

from eyeot import (
    Conflict,
    Context,
    Event,
    Input,
    Record,
    Resource,
    Shared,
    action,
    field,
    invalid,
    ref,
)
from eyeot_sales.ids import QuoteId
from eyeot_sales.quotes.records import Quote, QuoteLine, lifecycle
from eyeot_sales.trade.amounts import HUNDRED, ZERO, rounded
from eyeot_sales.trade.lines import charged, counted

APPROVE = "sales.quote:approve_exception"
"""The permission to approve exceptions; who holds it needs none."""
SET_LIMITS = "sales.discount_limit:set"
"""The permission to say how large a discount others may give."""


class DiscountLimit(
    Record,
    name="sales.discount_limit",
    prefix="dlm",
    search=(),
    unique=(("role_id",),),
    reach=Shared(),
    sort="name",
):
    """How large a discount who holds a role may give without asking; the widest of several counts."""

    name: str = field("What it is known by.", max_length=100)
    role_id: UUID | None = ref(
        "core.role", "Whom it is for; left out, whoever has no limit of their own.", default=None
    )
    max_discount: Decimal = field("Off catalogue prices, in percent.", ge=0, le=100)
    min_margin: Decimal | None = field(
        "The least that must be left over cost, in percent of the net.", le=100, default=None
    )


async def prepare(ctx: Context, row: Any, _values: dict[str, Any]) -> None:
    """Refuse a second limit for everybody."""
    if row.role_id is not None:
        return
    c = DiscountLimit.c
    other = await ctx.first(DiscountLimit, c.role_id.is_(None), c.archived_at.is_(None))
    if other is not None and other.id != row.id:
        raise Conflict(
            reason=f"'{other.name}' is the limit of everybody already.",
            remedy="Change that one, or name a role.",
            field="role_id",
        )


discount_limits = Resource(
    DiscountLimit,
    profile="config",
    en="discount limit; discount limits; authority to discount; maximum discount",
    fr="plafond de remise; plafonds de remise; délégation commerciale; remise maximale",
    said={
        "list": (
            "who may give a discount; how much discount may we give",
            "qui peut accorder une remise; jusqu'à combien de remise",
        ),
    },
    prepare=prepare,
    surfaces=dict.fromkeys(("create", "update", "archive", "restore"), "human"),
    permissions=dict.fromkeys(("create", "update", "archive", "restore"), SET_LIMITS),
    example={"name": "Commerciaux", "role_id": "$core.role?name=buyer", "max_discount": "15"},
)


class Given(NamedTuple):
    """What a quote gives away."""

    discount: Decimal
    """Off catalogue prices, in percent, to two decimals."""
    margin: Decimal | None
    """In percent of the net; None where no cost is known."""


async def given_away(ctx: Context, quote: Quote) -> Given:
    """How far a quote, as it is totalled, is below catalogue prices, and what it leaves over cost."""
    return given_of(quote, await ctx.find(QuoteLine, QuoteLine.c.quote_id == quote.id))


def given_of(document: Any, lines: Iterable[Any]) -> Given:
    """What a document with such lines gives away."""
    full = sum((_full_price(one) for one in lines if counted(one)), ZERO)
    net = document.total_net.amount if document.total_net else ZERO
    off = HUNDRED * (full - net) / full if full > 0 else ZERO
    margin = None
    if document.margin is not None and net:
        margin = rounded(HUNDRED * document.margin.amount / net)
    return Given(max(ZERO, rounded(off)), margin)


def _full_price(line: Any) -> Decimal:
    """A line at the catalogue's price, or its own where that is higher or there is none."""
    prices = [one.amount for one in (line.list_price, line.unit_price) if one is not None]
    return Decimal(charged(line) * max(prices, default=ZERO))


_user_role = sa.table(
    "core_user_role", *map(sa.column, ("org_id", "user_id", "role_id", "expires_at"))
)


async def limit_of(ctx: Context) -> tuple[Decimal | None, Decimal | None]:
    """The largest discount and the least margin that the caller may give alone, None where nothing limits."""
    if ctx.allows(APPROVE):
        return None, None
    limits = await ctx.find(DiscountLimit, DiscountLimit.c.archived_at.is_(None))
    own = [one for one in limits if one.role_id in await _roles(ctx)]
    found = own or [one for one in limits if one.role_id is None]
    if not found:
        return None, None
    least = [one.min_margin for one in found]
    return (
        max(one.max_discount for one in found),
        None if None in least else min(one for one in least if one is not None),
    )


async def _roles(ctx: Context) -> set[UUID]:
    if ctx.user_id is None:
        return set()
    c = _user_role.c
    held = sa.select(c.role_id).where(
        c.org_id == ctx.org_id,
        c.user_id == ctx.user_id,
        c.expires_at.is_(None) | (c.expires_at > ctx.now),
    )
    return {one["role_id"] for one in await ctx.rows(held)}


async def excess(ctx: Context, quote: Quote) -> str | None:
    """What of a quote is beyond the caller's authority, and beyond what was approved."""
    return await excess_of(ctx, await given_away(ctx, quote), quote.approved_discount)


async def excess_of(ctx: Context, given: Given, approved: Decimal | None) -> str | None:
    """What somebody gives away beyond their authority, and beyond what was approved."""
    most, least = await limit_of(ctx)
    if most is not None and given.discount > max(most, approved or ZERO):
        return f"a discount of {given.discount} % where {most:f} % is yours to give"
    short = least is not None and given.margin is not None and given.margin < least
    return "a margin below the least that is yours to give" if short and approved is None else None


async def refuse_excess(ctx: Context, quote: Quote) -> None:
    """Refuse to send what is beyond the caller's authority."""
    if beyond := await excess(ctx, quote):
        raise Conflict(
            reason=f"This quote has {beyond}.",
            remedy=(
                "Ask for an exception with sales.quote.submit_for_approval, or lower the discount."
            ),
            field="id",
        )


class SubmittedForApproval(Event, name="sales.quote.submitted_for_approval"):
    """An exception was asked for."""

    quote_id: QuoteId


class ExceptionApproved(Event, name="sales.quote.exception_approved"):
    """An exception was granted: the quote may be sent."""

    quote_id: QuoteId


class ExceptionRefused(Event, name="sales.quote.exception_refused"):
    """An exception was not granted."""

    quote_id: QuoteId


class Submit(Input):
    """A quote, and why it deserves an exception."""

    id: QuoteId
    reason: Annotated[str, Field(min_length=1, max_length=1000)]


@action(
    "sales.quote.submit_for_approval",
    risk="w",
    en=(
        "Submit a quote for approval; ask for a discount exception; discount above my limit; ask "
        "my manager for a discount; have a quote approved; my boss must agree to a discount"
    ),
    fr=(
        "Soumettre un devis à validation; demander une remise exceptionnelle; remise au-dessus "
        "de mon plafond; faire valider un devis; demander une dérogation; le patron doit "
        "accepter la remise"
    ),
    example={"id": "$sales.quote?status=draft", "reason": "Client stratégique, volume annuel"},
    events=("sales.quote.submitted_for_approval",),
    record=Quote,
    next=("sales.quote.approve_exception",),
)
async def submit_for_approval(ctx: Context, data: Submit) -> Quote:
    """Ask for an exception to the limits of discount or margin; the quote waits for who may approve it."""
    quote = await ctx.get(Quote, data.id, lock=True)
    lifecycle.take(quote, "submit_for_approval")
    if not quote.total_net or not quote.total_net.amount:
        raise Conflict(
            reason="This quote comes to nothing: there is nothing to approve.",
            remedy="Add lines first with sales.quote_line.create.",
            field="id",
        )
    quote.approval_reason, quote.approval_asked_by = data.reason, ctx.user_id
    quote.approval_note = quote.approved_by = quote.approved_discount = None
    ctx.emit(SubmittedForApproval(quote_id=quote.id))
    return quote


class Approve(Input):
    """A quote that waits, and what is decided."""

    id: QuoteId
    decision: Literal["approve", "refuse"] = "approve"
    note: Annotated[str | None, Field(max_length=1000)] = None


@action(
    "sales.quote.approve_exception",
    risk="w",
    en=(
        "Approve a discount exception; approve a quote; allow a larger discount; refuse an exception; "
        "decide on a quote waiting for approval"
    ),
    fr=(
        "Approuver une remise exceptionnelle; valider un devis; accorder une dérogation; refuser une "
        "remise; décider d'un devis en attente de validation"
    ),
    example={"id": "$sales.quote?status=pending_approval", "note": "Accordé pour l'année"},
    events=("sales.quote.exception_approved", "sales.quote.exception_refused"),
    permission=APPROVE,
    record=Quote,
    next=("sales.quote.send",),
)
async def approve_exception(ctx: Context, data: Approve) -> Quote:
    """Grant or refuse a quote's exception; granted, it may be sent with at most the discount it now has."""
    quote = await ctx.get(Quote, data.id, lock=True)
    lifecycle.check(quote, "approve_exception")
    given = await given_away(ctx, quote)
    if ctx.user_id is not None and ctx.user_id == quote.approval_asked_by:
        raise invalid("id", "who asked for an exception does not grant it: somebody else must")
    lifecycle.take(quote, "approve_exception")
    quote.approval_note = data.note
    if data.decision == "refuse":
        ctx.emit(ExceptionRefused(quote_id=quote.id))
        return quote
    quote.approved_discount = given.discount
    quote.approved_by = ctx.user_id
    ctx.emit(ExceptionApproved(quote_id=quote.id))
    return quote
