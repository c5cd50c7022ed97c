"""Checklist: what is left to do before a period is closed, as it stands now."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Days, Input, Output, action, kind
from eyeot_invoicing.ids import PeriodId
from eyeot_invoicing.invoices.record import Invoice
from eyeot_invoicing.ledger.accounts import LedgerAccount
from eyeot_invoicing.ledger.entries import NO_PIECE, EntryLine, JournalEntry
from eyeot_invoicing.ledger.periods import FiscalPeriod
from eyeot_invoicing.ledger.sums import summed
from eyeot_invoicing.payments.record import Payment

Count = Callable[[Context, Days], Awaitable[int]]
_a, _e, _l = LedgerAccount.c, JournalEntry.c, EntryLine.c


@dataclass(frozen=True, slots=True)
class Point:
    """Something to look at: how many there are, and where they are shown."""

    code: str
    en: str
    fr: str
    count: Count
    look: str
    blocks: bool = False
    """Whether a year cannot be closed before."""


class Item(Output):
    """A point of the list."""

    code: str
    label: str
    done: bool
    left: Annotated[int, Field(description="How many are left to do.")]
    blocks: Annotated[bool, Field(description="Whether the year cannot be closed before.")]
    look: Annotated[str, Field(description="The action that shows them.")]


class Checklist(Output):
    """Every point, and whether nothing stands in the way."""

    period: str
    status: str
    ready: bool
    points: list[Item]


async def _counted(ctx: Context, statement: sa.Select[Any]) -> int:
    found = await ctx.rows(sa.select(sa.func.count().label("n")).select_from(statement.subquery()))
    return int(found[0]["n"])


async def _drafts(ctx: Context, span: Days) -> int:
    return await _counted(
        ctx,
        sa.select(_e.id).where(
            ctx.within(JournalEntry), _e.status == "draft", _e.date.between(*span)
        ),
    )


async def _draft_invoices(ctx: Context, span: Days) -> int:
    c = Invoice.c
    day = sa.func.coalesce(c.issue_date, c.supply_date, sa.cast(c.created_at, sa.Date))
    where = (ctx.within(Invoice), c.status == "draft", day.between(*span))
    return await _counted(ctx, sa.select(c.id).where(*where))


async def _draft_payments(ctx: Context, span: Days) -> int:
    c = Payment.c
    where = (ctx.within(Payment), c.status == "draft", c.date.between(*span))
    return await _counted(ctx, sa.select(c.id).where(*where))


async def _unallocated(ctx: Context, span: Days) -> int:
    c = Payment.c
    where = (
        ctx.within(Payment),
        c.status.in_(["posted", "reconciled"]),
        c.unallocated_amount > 0,
        c.date.between(*span),
    )
    return await _counted(ctx, sa.select(c.id).where(*where))


async def _open_on_waiting(ctx: Context, span: Days) -> int:
    """What is left on accounts that hold nothing at a closing: suspense and internal transfers."""
    sums = await summed(ctx, span, _a.role.in_(["suspense", "transfer"]))
    return sum(1 for one in sums.accounts if one.closing)


async def _unmatched(ctx: Context, span: Days) -> int:
    try:
        movement: Any = kind("invoicing.bank_transaction")
    except KeyError:
        return 0
    c = movement.c
    where = (
        ctx.within(movement), c.status.in_(["unmatched", "suggested"]), c.booked_on.between(*span)
    )  # fmt: skip
    return await _counted(ctx, sa.select(c.id).where(*where))


async def _without_piece(ctx: Context, span: Days) -> int:
    where = (
        ctx.within(JournalEntry),
        _e.status != "draft",
        NO_PIECE,
        _e.date.between(*span),
    )
    return await _counted(ctx, sa.select(_e.id).where(*where))


async def _unlettered(ctx: Context, span: Days) -> int:
    table = EntryLine.meta.table.join(
        LedgerAccount.meta.table, sa.and_(_a.org_id == _l.org_id, _a.id == _l.account_id)
    ).join(JournalEntry.meta.table, sa.and_(_e.org_id == _l.org_id, _e.id == _l.entry_id))
    where = (
        ctx.within(EntryLine),
        _a.type.in_(["receivable", "payable"]),
        _l.letter.is_(None),
        _e.status != "draft",
        _l.date.between(*span),
    )
    return await _counted(ctx, sa.select(_l.id).select_from(table).where(*where))


async def _years_before(ctx: Context, span: Days) -> int:
    p = FiscalPeriod.c
    where = (
        ctx.within(FiscalPeriod), p.month.is_(None), p.status != "closed", p.end < span.first
    )  # fmt: skip
    return await _counted(ctx, sa.select(p.id).where(*where))


POINTS = (
    Point("years_before", "Earlier fiscal years are closed", "Les exercices antérieurs sont clos",
          _years_before, "invoicing.fiscal_period.list", blocks=True),
    Point("draft_entries", "No entry is a draft", "Aucune écriture en brouillard",
          _drafts, "invoicing.journal_entry.list(status=draft)", blocks=True),
    Point("draft_invoices", "No invoice is a draft", "Aucune facture en brouillon",
          _draft_invoices, "invoicing.invoice.list(status=draft)"),
    Point("draft_payments", "No payment is a draft", "Aucun règlement en brouillon",
          _draft_payments, "invoicing.payment.list(status=draft)"),
    Point("unallocated_payments", "Every payment settles something",
          "Tous les règlements sont imputés", _unallocated, "invoicing.payment.list"),
    Point("unmatched_bank", "Every movement of the bank is matched",
          "Tous les mouvements bancaires sont rapprochés", _unmatched,
          "invoicing.bank_transaction.list"),
    Point("waiting_accounts", "Suspense and transfer accounts are empty",
          "Les comptes d'attente et de virements internes sont soldés", _open_on_waiting,
          "invoicing.ledger_account.balance(codes=[471, 580])"),
    Point("missing_pieces", "Every entry names its piece", "Toutes les écritures ont une pièce",
          _without_piece, "invoicing.fec_export.check"),
    Point("open_lines", "Customers' and suppliers' lines are lettered",
          "Les comptes clients et fournisseurs sont lettrés", _unlettered,
          "invoicing.ledger_account.suggest_lettering"),
)  # fmt: skip


class Chosen(Input):
    """A month or a year."""

    id: PeriodId


@action(
    "invoicing.fiscal_period.checklist",
    risk="r",
    en=(
        "Closing checklist; what is left before closing the month; can the year be closed; is "
        "the bookkeeping of the month complete; what must be done before closing"
    ),
    fr=(
        "Liste de contrôle de clôture; que reste-t-il avant de clôturer le mois; peut-on "
        "clôturer l'exercice; la compta du mois est-elle complète; que faire avant la clôture"
    ),
    example={"id": "$invoicing.fiscal_period"},
    record=FiscalPeriod,
)
async def checklist(ctx: Context, data: Chosen) -> Checklist:
    """What is left to do in a period before it is closed, counted now, with where each is shown."""
    period = await ctx.get(FiscalPeriod, data.id)
    points = await looked_at(ctx, Days(period.start, period.end), ctx.locale)
    return Checklist(
        period=period.name,
        status=period.status,
        ready=all(one.done for one in points if one.blocks),
        points=points,
    )


async def looked_at(ctx: Context, span: Days, locale: str) -> list[Item]:
    """Every point over a span of days."""
    french = locale.startswith("fr")
    found = []
    for one in POINTS:
        left = await one.count(ctx, span)
        label = one.fr if french else one.en
        found.append(
            Item(
                code=one.code, label=label, done=not left, left=left, blocks=one.blocks,
                look=one.look,
            )
        )  # fmt: skip
    return found
