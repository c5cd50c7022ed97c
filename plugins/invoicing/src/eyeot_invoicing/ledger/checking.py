"""Checking: whether the entries of a journal balance, one by one and together."""

from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Exact, Input, Output, Period, action, days
from eyeot_invoicing.ids import EntryId, JournalId
from eyeot_invoicing.ledger.entries import EntryLine, JournalEntry
from eyeot_invoicing.ledger.journals import Journal

_MOST_TOLD = 50
_e, _l = JournalEntry.c, EntryLine.c


class Asked(Input):
    """Which journal, and when."""

    journal_id: Annotated[JournalId | None, Field(description="All of them when left out.")] = None
    period: Annotated[Period | None, Field(description="The present year when left out.")] = None


class Unbalanced(Output):
    """An entry whose debits are not its credits."""

    entry_id: EntryId
    label: str
    number: str | None = None
    status: str
    difference: Annotated[Exact, Field(description="Debits less credits.")]


class Balanced(Output):
    """What the entries come to; drafts may be unbalanced, what is validated never."""

    entries: int
    drafts: int
    debit: Exact
    credit: Exact
    balances: Annotated[bool, Field(description="Whether every validated entry does.")]
    unbalanced: list[Unbalanced]


@action(
    "invoicing.journal.check_balance",
    risk="r",
    en=(
        "Check a journal's balance; do the entries balance; debits equal credits; find "
        "unbalanced entries; are the books in balance"
    ),
    fr=(
        "Contrôler l'équilibre d'un journal; les écritures sont-elles équilibrées; débit égal "
        "crédit; trouver les écritures déséquilibrées; la compta est-elle équilibrée"
    ),
    example={"journal_id": "$invoicing.journal?code=OD"},
    record=Journal,
)
async def check_balance(ctx: Context, data: Asked) -> Balanced:
    """Add up a journal's entries over a period, and name each that does not balance."""
    span = days(data.period or str(ctx.today.year))
    if data.journal_id:
        await ctx.get(Journal, data.journal_id)
    sums = _sums(ctx, data, span).subquery("s")
    s = sums.c
    total: Any = sa.func.coalesce
    kept = s.status != "draft"
    (told,) = await ctx.rows(
        sa.select(
            sa.func.count().label("entries"),
            sa.func.count().filter(sa.not_(kept)).label("drafts"),
            total(sa.func.sum(s.debit).filter(kept), 0).label("debit"),
            total(sa.func.sum(s.credit).filter(kept), 0).label("credit"),
            total(sa.func.bool_and(s.debit == s.credit).filter(kept), sa.true()).label("balances"),
        )
    )
    wrong = sa.select(
        s.id.label("entry_id"),
        s.label,
        s.number,
        s.status,
        (s.debit - s.credit).label("difference"),
    ).where(s.debit != s.credit)
    found = await ctx.rows(wrong.order_by(s.date, s.id).limit(_MOST_TOLD))
    return Balanced(**told, unbalanced=[Unbalanced(**one) for one in found])


def _sums(ctx: Context, data: Asked, span: Any) -> sa.Select[Any]:
    debit = sa.func.coalesce(sa.func.sum(_l.debit), 0).label("debit")
    credit = sa.func.coalesce(sa.func.sum(_l.credit), 0).label("credit")
    statement = (
        sa.select(_e.id, _e.date, _e.label, _e.number, _e.status, debit, credit)
        .select_from(
            JournalEntry.meta.table.outerjoin(
                EntryLine.meta.table, sa.and_(_e.org_id == _l.org_id, _e.id == _l.entry_id)
            )
        )
        .where(ctx.within(JournalEntry), _e.date.between(span.first, span.last))
        .group_by(_e.id, _e.date, _e.label, _e.number, _e.status)
    )
    if data.journal_id:
        statement = statement.where(_e.journal_id == data.journal_id)
    return statement
