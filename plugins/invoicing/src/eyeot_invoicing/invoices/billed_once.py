"""Billed once: what always holds of deposits and of the VAT of invoices, for `eyeot doctor --invariants`."""

from typing import Any

import sqlalchemy as sa

from eyeot import Context, invariant, kind
from eyeot_invoicing.invoices.record import Invoice, InvoiceLine
from eyeot_invoicing.vat.due import VatDue
from eyeot_sales.orders.records import SalesOrder, SalesOrderLine
from eyeot_sales.quotes.records import Quote

_MOST = 20
_i, _l = Invoice.c, InvoiceLine.c
_ORDER, _QUOTE = f"{SalesOrder.meta.name}/", f"{Quote.meta.name}/"


def _sum(amount: Any) -> Any:
    return sa.func.coalesce(sa.func.sum(amount), 0)


def _text(prefix: str, id: Any) -> Any:
    return sa.literal(prefix) + sa.cast(id, sa.Text)


@invariant(
    "invoicing.deposits",
    "No deposit is deducted beyond what it asked at a rate and nature, or stands beyond what is unbilled.",
)
async def deposits(ctx: Context) -> list[str]:
    """What deposits asked is billed once, and its VAT is declared once."""
    over = await ctx.rows(_deducted_beyond(ctx).limit(_MOST))
    twice = await ctx.rows(_standing_beyond(ctx).limit(_MOST))
    return [
        *(
            f"{row['number']}: {row['taken']} of {row['nature']} at {row['percent']} % are deducted"
            f" of {row['asked']}"
            for row in over
        ),
        *(
            f"{row['number']}: {row['standing']} of deposits stand, {row['unbilled']} is left to bill"
            for row in twice
        ),
    ]


def _asked(ctx: Context) -> Any:
    """What deposits asked, by nature and rate."""
    named = (_l.nature, _l.tax_category, _l.tax_percent)
    return (
        sa.select(_i.id, _i.number, *named, _sum(_l.net_amount).label("asked"))
        .select_from(_lines_of_invoices())
        .where(ctx.within(Invoice), _i.kind == "deposit", _i.status != "draft")
        .group_by(_i.id, _i.number, *named)
        .subquery()
    )


def _lines_of_invoices() -> Any:
    joined = sa.and_(_l.org_id == _i.org_id, _l.invoice_id == _i.id)
    return InvoiceLine.meta.table.join(Invoice.meta.table, joined)


def _taken(ctx: Context) -> Any:
    """What posted invoices take off deposits and credit notes give back, by deposit, nature and rate."""
    note, line = kind("invoicing.credit_note"), kind("invoicing.credit_note_line")
    n, c = note.c, line.c
    joined = sa.and_(c.org_id == n.org_id, c.credit_note_id == n.id)

    def rows(one: Any, source: Any, posted: Any, amount: Any) -> Any:
        columns = (one.deposit_id, one.nature, one.tax_category, one.tax_percent)
        where = (posted, one.deposit_id.is_not(None))
        return sa.select(*columns, amount.label("net")).select_from(source).where(*where)

    every = sa.union_all(
        rows(_l, _lines_of_invoices(), sa.and_(ctx.within(Invoice), _i.status != "draft"), -_l.net_amount),
        rows(
            c, line.meta.table.join(note.meta.table, joined),
            sa.and_(ctx.within(note), n.status != "draft"), c.net_amount,
        ),
    ).subquery()  # fmt: skip
    e = every.c
    named = (e.deposit_id, e.nature, e.tax_category, e.tax_percent)
    return sa.select(*named, _sum(e.net).label("taken")).group_by(*named).subquery()


def _deducted_beyond(ctx: Context) -> sa.Select[Any]:
    asked, taken = _asked(ctx), _taken(ctx)
    a, t = asked.c, taken.c
    same = sa.and_(
        a.id == t.deposit_id,
        a.nature == t.nature,
        a.tax_category == t.tax_category,
        a.tax_percent == t.tax_percent,
    )
    found = sa.func.coalesce(a.asked, 0)
    return (
        sa.select(
            _i.number, t.nature, t.tax_percent.label("percent"), t.taken, found.label("asked")
        )
        .select_from(
            taken.join(asked, same, isouter=True).join(
                Invoice.meta.table, sa.and_(_i.id == t.deposit_id, ctx.within(Invoice))
            )
        )
        .where(t.taken > found)
    )


def _standing(ctx: Context) -> Any:
    """What of deposits is neither deducted nor taken back, by the quote or order that they are on."""
    asked, taken = _asked(ctx), _taken(ctx)
    note = kind("invoicing.credit_note")
    n, a, t = note.c, asked.c, taken.c
    off = sa.select(_sum(t.taken)).where(t.deposit_id == _i.id).scalar_subquery()
    back = (
        sa.select(_sum(n.total_net_amount))
        .where(ctx.within(note), n.invoice_id == _i.id, n.status != "draft")
        .scalar_subquery()
    )
    charged = sa.select(_sum(a.asked)).where(a.id == _i.id).scalar_subquery()
    return (
        sa.select(_i.deposit_of, _sum(charged - off - back).label("standing"))
        .where(
            ctx.within(Invoice),
            _i.kind == "deposit",
            _i.status != "draft",
            _i.deposit_of.is_not(None),
        )
        .group_by(_i.deposit_of)
        .subquery()
    )


def _standing_beyond(ctx: Context) -> sa.Select[Any]:
    """Orders whose deposits, and those of their quote, go beyond what is left to bill of them."""
    standing, o, c = _standing(ctx), SalesOrder.c, SalesOrderLine.c
    s = standing.c
    left = sa.func.greatest(c.quantity - c.cancelled - c.credited - c.invoiced, 0)
    net = sa.func.round(left * c.unit_price_amount * (100 - c.discount) / 100, 2)
    whole = sa.func.nullif(o.total_net_amount + o.total_discount_amount, 0)
    counted = sa.and_(c.org_id == o.org_id, c.order_id == o.id, c.kind == "product")
    unbilled = sa.select(
        sa.func.round(_sum(net) * sa.func.coalesce(o.total_net_amount / whole, 1), 2)
    ).where(counted).correlate(SalesOrder.meta.table).scalar_subquery()  # fmt: skip
    cents = sa.select(sa.func.count()).where(counted).correlate(SalesOrder.meta.table)
    mine = (
        sa.select(_sum(s.standing))
        .where(s.deposit_of == _text(_ORDER, o.id))
        .correlate(SalesOrder.meta.table)
        .scalar_subquery()
    )
    return sa.select(o.number, mine.label("standing"), unbilled.label("unbilled")).where(
        ctx.within(SalesOrder), mine > unbilled + cents.scalar_subquery() * sa.literal(0.01)
    )


@invariant(
    "invoicing.vat_charged",
    "What fell due of an invoice and its credit notes, and what waits, is the VAT that they charge.",
)
async def vat_charged(ctx: Context) -> list[str]:
    """Nothing that is charged is forgotten, and nothing falls due that is not charged."""
    n = kind("invoicing.credit_note").c
    notes = sa.and_(n.org_id == _i.org_id, n.invoice_id == _i.id, n.status != "draft")
    back = sa.select(_sum(n.total_tax_amount)).where(notes).scalar_subquery()
    found = (
        sa.select(
            _i.number,
            (_i.total_tax_amount - back).label("charged"),
            _due(notes).label("due"),
            _waiting().label("waiting"),
        )
        .where(
            ctx.within(Invoice),
            _i.status != "draft",
            # What is given up takes VAT that waited with it; other currencies are rounded by payment.
            sa.func.coalesce(_i.written_off_amount, 0) == 0,
            _i.exchange_rate.is_(None),
        )
        .subquery()
    )
    f = found.c
    wrong = sa.select(f.number, f.charged, f.due, f.waiting).where(f.charged != f.due + f.waiting)
    return [
        f"{row['number']}: {row['charged']} is charged, {row['due']} fell due, {row['waiting']} waits"
        for row in await ctx.rows(wrong.limit(_MOST))
    ]


def _due(notes: Any) -> Any:
    """What fell due of an invoice, and of its credit notes."""
    note, v = kind("invoicing.credit_note"), VatDue.c
    own = sa.select(_sum(v.tax)).where(
        v.org_id == _i.org_id,
        v.recovers.is_(False),
        v.source == _text(f"{Invoice.meta.name}/", _i.id),
    )
    of_note = sa.and_(v.org_id == note.c.org_id, v.source == _text(f"{note.meta.name}/", note.c.id))
    taken = (
        sa.select(_sum(v.tax))
        .select_from(note.meta.table.join(VatDue.meta.table, of_note))
        .where(notes, v.recovers.is_(False))
    )
    return own.scalar_subquery() + taken.scalar_subquery()


def _waiting() -> Any:
    """What of an invoice waits for payments."""
    each = sa.func.jsonb_array_elements(_i.pending_vat).table_valued("value", name="w")
    w: Any = sa.literal_column("w.value")

    def number(name: str) -> Any:
        return sa.cast(w.op("->>")(name), sa.Numeric)

    left = _sum(number("tax") - number("released_tax"))
    return sa.select(left).select_from(each).scalar_subquery()
