"""Invariants: what always holds in the tables of sales, looked for by `eyeot doctor --invariants`."""

from collections import defaultdict
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from eyeot import Context, Record, invariant, minor_units
from eyeot_sales.fulfilment.records import Fulfilment, part_of
from eyeot_sales.orders.records import SalesOrder, SalesOrderLine
from eyeot_sales.quotes.records import OPEN, Quote, QuoteLine
from eyeot_sales.trade.lines import COUNTED

_MOST = 20
_o, _l, _q, _f = SalesOrder.c, SalesOrderLine.c, Quote.c, Fulfilment.c
_WHOLE = 100


def _sum(amount: Any) -> Any:
    return sa.func.coalesce(sa.func.sum(amount), 0)


def _zero(amount: Any) -> Any:
    return sa.func.coalesce(amount, 0)


async def _named(ctx: Context, statement: sa.Select[*tuple[Any, ...]]) -> list[str]:
    """The breaches that a query finds: each row is `name` and `what`."""
    return [f"{row['name']}: {row['what']}" for row in await ctx.rows(statement.limit(_MOST))]


def _with_lines(document: type[Record], line: type[Record], by: str) -> Any:
    """Documents with their lines."""
    d, c = document.c, line.c
    return document.meta.table.join(
        line.meta.table, sa.and_(c.org_id == d.org_id, c[by] == d.id), isouter=True
    )


def _counts(line: type[Record]) -> Any:
    """Whether a line's amount is part of its document's."""
    c = line.c
    taken = sa.or_(c.optional.is_(False), c.chosen.is_(True)) if "optional" in c else sa.true()
    return sa.and_(c.kind.in_(COUNTED), taken)


@invariant(
    "sales.quantities",
    "Of an order's line no more is delivered or invoiced than was ordered, nor back than was delivered.",
)
async def quantities(ctx: Context) -> list[str]:
    """How many are due is what was ordered, less what was given up."""
    due = _l.quantity - _l.cancelled
    wrong = sa.or_(
        *(one < 0 for one in (_l.delivered, _l.cancelled, _l.returned, _l.credited)),
        _l.invoiced < 0,
        _l.cancelled > _l.quantity,
        _l.delivered > due,
        _l.returned > _l.delivered,
        _l.credited > _l.returned,
        sa.and_(_l.invoiced > due, _o.allow_over_invoicing.is_(False)),
    )
    what = sa.func.concat(
        "'", _l.description, "': ordered ", _l.quantity, ", given up ", _l.cancelled, ", delivered ",
        _l.delivered, ", invoiced ", _l.invoiced, ", returned ", _l.returned, ", credited ", _l.credited,
    )  # fmt: skip
    return await _named(
        ctx,
        sa.select(_o.number.label("name"), what.label("what"))
        .select_from(_with_lines(SalesOrder, SalesOrderLine, "order_id"))
        .where(ctx.within(SalesOrder), _l.kind == "product", _l.quantity >= 0, wrong),
    )


@invariant(
    "sales.invoiced",
    "What is invoiced of a line is the sum of what each invoice and credit note says.",
)
async def invoiced(ctx: Context) -> list[str]:
    """Each piece is counted once, however often it is told."""
    piece = sa.func.jsonb_each_text(_l.billed).table_valued("key", "value", name="b")
    value: Any = sa.literal_column("b.value")
    told = (
        sa.select(_sum(sa.cast(value, sa.Numeric)))
        .select_from(piece)
        .scalar_subquery()
    )  # fmt: skip
    what = sa.func.concat("'", _l.description, "': ", _l.invoiced, " counted, ", told, " told")
    return await _named(
        ctx,
        sa.select(_o.number.label("name"), what.label("what"))
        .select_from(_with_lines(SalesOrder, SalesOrderLine, "order_id"))
        .where(ctx.within(SalesOrder), _l.id.is_not(None), _l.invoiced != told),
    )


@invariant(
    "sales.delivered", "What is delivered of a line is the sum of its fulfilments that are done."
)
async def delivered(ctx: Context) -> list[str]:
    """A delivery counts once it is done, contested or not."""
    done: dict[UUID, Decimal] = defaultdict(Decimal)
    fulfilments = sa.select(_f.lines).where(ctx.within(Fulfilment), _f.status != "planned")
    for row in await ctx.rows(fulfilments):
        for part in map(part_of, row["lines"]):
            done[part.line_id] += part.quantity
    lines = (
        sa.select(_o.number, _l.id, _l.description, _l.delivered)
        .select_from(_with_lines(SalesOrder, SalesOrderLine, "order_id"))
        .where(ctx.within(SalesOrder), _l.id.is_not(None))
    )
    return [
        f"{one['number']}: '{one['description']}': {one['delivered']:f} counted, {told:f} fulfilled"
        for one in await ctx.rows(lines)
        if one["delivered"] != (told := done.get(one["id"], Decimal(0)))
    ][:_MOST]


async def _places(ctx: Context, document: type[Record]) -> Any:
    """How many decimals a document's currency has."""
    c = document.c
    rows = await ctx.rows(sa.select(c.currency).where(ctx.within(document)).distinct())
    known = {row["currency"]: minor_units(row["currency"]) for row in rows}
    return sa.case(known, value=c.currency, else_=2) if known else sa.literal(2)


async def _lines_wrong(
    ctx: Context, document: type[Record], line: type[Record], by: str
) -> list[str]:
    """Lines whose net is not quantity by price, less the discount, rounded once."""
    d, c = document.c, line.c
    count = c.quantity - c.cancelled if "cancelled" in c else c.quantity
    exact = count * c.unit_price_amount * (_WHOLE - c.discount) / _WHOLE
    net = sa.func.round(exact, await _places(ctx, document))
    what = sa.func.concat(
        "'", c.description, "': ", c.net_amount, " is said, ", net, " comes of it"
    )
    priced = (c.kind.in_(COUNTED), c.unit_price_amount.is_not(None))
    return await _named(
        ctx,
        sa.select(d.number.label("name"), what.label("what"))
        .select_from(_with_lines(document, line, by))
        .where(ctx.within(document), *priced, _zero(c.net_amount) != net),
    )


async def _totals_wrong(
    ctx: Context, document: type[Record], line: type[Record], by: str
) -> list[str]:
    """Documents whose totals are not those of their lines and VAT rows."""
    d, c = document.c, line.c
    lines = _sum(sa.case((_counts(line), _zero(c.net_amount)), else_=0))
    row = sa.func.jsonb_array_elements(d.tax_breakdown).table_valued("value", name="t")
    t: Any = sa.literal_column("t.value")

    def summed(name: str) -> Any:
        amount = sa.cast(t.op("->>")(name), sa.Numeric)
        return sa.select(_sum(amount)).select_from(row).scalar_subquery()

    net, tax, gross = (_zero(d[f"total_{one}_amount"]) for one in ("net", "tax", "gross"))
    taken = _zero(d.total_discount_amount)
    wrong = sa.or_(
        net + taken != lines, gross != net + tax, net != summed("base"), tax != summed("tax")
    )
    what = sa.func.concat(
        "net ", net, ", discount ", taken, ", VAT ", tax, ", total ", gross, "; lines ", lines
    )
    return await _named(
        ctx,
        sa.select(d.number.label("name"), what.label("what"))
        .select_from(_with_lines(document, line, by))
        .where(ctx.within(document))
        .group_by(*document.meta.table.c)
        .having(wrong),
    )  # fmt: skip


@invariant("sales.totals", "A quote's or order's totals are those of its lines, to the cent.")
async def totals(ctx: Context) -> list[str]:
    """VAT by the sum per rate (EN 16931, BR-CO-10 to 15)."""
    found = []
    documents: tuple[tuple[type[Record], type[Record], str], ...] = (
        (Quote, QuoteLine, "quote_id"),
        (SalesOrder, SalesOrderLine, "order_id"),
    )
    for one in documents:
        found += [*await _lines_wrong(ctx, *one), *await _totals_wrong(ctx, *one)]
    return found


@invariant(
    "sales.states", "How far an order is delivered and invoiced is what its lines say of it."
)
async def states(ctx: Context) -> list[str]:
    """Nobody sets these: they follow."""
    due = _l.quantity - _l.cancelled
    counts = sa.and_(_l.kind.in_(COUNTED), due > 0)
    left = sa.func.bool_or(sa.and_(counts, _l.delivered < due))
    begun = sa.func.bool_or(_l.delivered > 0)
    unbilled = sa.func.bool_or(sa.and_(counts, _l.invoiced < due - _l.credited))
    billed = sa.func.bool_or(_l.invoiced > 0)
    wrong = sa.or_(
        sa.and_(_o.delivery_status == "full", left),
        sa.and_(_o.delivery_status == "none", begun),
        sa.and_(_o.invoice_status == "full", unbilled),
        sa.and_(_o.invoice_status == "none", billed),
    )
    what = sa.func.concat(
        "is said to be delivered ", _o.delivery_status, ", invoiced ", _o.invoice_status
    )
    return await _named(
        ctx,
        sa.select(_o.number.label("name"), what.label("what"))
        .select_from(_with_lines(SalesOrder, SalesOrderLine, "order_id"))
        .where(ctx.within(SalesOrder))
        .group_by(_o.id, _o.number, _o.delivery_status, _o.invoice_status)
        .having(wrong),
    )  # fmt: skip


@invariant(
    "sales.versions",
    "Of a quote's versions one at most is open or accepted, and no more than all of it is invoiced.",
)
async def versions(ctx: Context) -> list[str]:
    """What a customer accepts is the last offer, once."""
    live = _q.status.in_((*OPEN, "accepted", "converted"))
    count = sa.func.count()
    twice = (
        sa.select(
            _q.root_number.label("name"), sa.func.concat(count, " versions stand").label("what")
        )
        .where(ctx.within(Quote), live)
        .group_by(_q.root_number)
        .having(count > 1)
    )
    beyond = sa.or_(_q.invoiced_percent < 0, _q.invoiced_percent > _WHOLE)
    what = sa.func.concat(_q.invoiced_percent, " % of it is invoiced")
    over = sa.select(_q.number.label("name"), what.label("what")).where(ctx.within(Quote), beyond)
    return [*await _named(ctx, twice), *await _named(ctx, over)]
