"""Suggesting: which open lines of an account may settle each other, by reference, by amount, by sum."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Exact, Input, Output, action
from eyeot_invoicing.ids import AccountId, EntryId, EntryLineId, PartyId
from eyeot_invoicing.ledger.accounts import LedgerAccount
from eyeot_invoicing.ledger.entries import EntryLine, JournalEntry

_e, _l = JournalEntry.c, EntryLine.c
_MOST_LINES, _MOST_SUMMED, _MOST_TRIED = 5_000, 4, 20_000
Reason = Literal["reference", "amount", "sum"]


class Open(Input):
    """Where to look."""

    account_id: AccountId
    party_id: PartyId | None = None
    limit_groups: Annotated[int, Field(ge=1, le=200)] = 50


class Group(Output):
    """Lines that balance, and why they may belong together."""

    line_ids: list[EntryLineId]
    entry_ids: list[EntryId]
    party_id: PartyId | None = None
    amount: Exact
    reason: Annotated[
        Reason,
        Field(description="reference: the same piece; amount: equal amounts; sum: several of one."),
    ]


class Groups(Output):
    """Candidates, the surest first, and how many lines are open."""

    groups: list[Group]
    open_lines: int


@action(
    "invoicing.ledger_account.suggest_lettering",
    risk="r",
    en=(
        "Suggest a lettering; which lines of an account match; find payments that settle invoices in "
        "the accounts; propose matches on an account"
    ),
    fr=(
        "Proposer un lettrage; quelles lignes se soldent; trouver les écritures à lettrer; "
        "suggestions de lettrage d'un compte"
    ),
    example={"account_id": "$invoicing.ledger_account?code=411000"},
    record=LedgerAccount,
    next=("invoicing.ledger_account.reconcile_letter",),
)
async def suggest_lettering(ctx: Context, data: Open) -> Groups:
    """Groups of open lines of an account that balance to the cent; nothing is lettered."""
    lines = await open_lines(ctx, data.account_id, data.party_id)
    found: list[Group] = []
    by_party: dict[UUID | None, list[Any]] = {}
    for one in lines:
        by_party.setdefault(one["party_id"], []).append(one)
    for reason in ("reference", "amount", "sum"):
        for party, rows in by_party.items():
            for group in _FINDERS[reason](rows):
                taken = {one["id"] for one in group}
                rows[:] = [one for one in rows if one["id"] not in taken]
                found.append(_told(group, party, reason))
    return Groups(groups=found[: data.limit_groups], open_lines=len(lines))


async def open_lines(ctx: Context, account_id: UUID, party_id: UUID | None) -> list[dict[str, Any]]:
    """The validated lines of an account that are neither lettered nor brought forward, oldest first."""
    later = EntryLine.meta.table.alias("later")
    carried = sa.exists().where(later.c.org_id == _l.org_id, later.c.carries_id == _l.id)
    statement = (
        sa.select(
            _l.id, _l.entry_id, _l.party_id, _l.date, (_l.debit - _l.credit).label("amount"),
            _e.piece_ref,
        )
        .select_from(
            EntryLine.meta.table.join(
                JournalEntry.meta.table, sa.and_(_e.org_id == _l.org_id, _e.id == _l.entry_id)
            )
        )
        .where(
            ctx.within(EntryLine), _l.account_id == account_id, _l.letter.is_(None),
            _e.status != "draft", sa.not_(carried),
        )
        .order_by(_l.date, _l.id)
        .limit(_MOST_LINES)
    )  # fmt: skip
    if party_id:
        statement = statement.where(_l.party_id == party_id)
    return await ctx.rows(statement)


def _by_reference(rows: Sequence[Any]) -> Iterator[list[Any]]:
    named: dict[str, list[Any]] = {}
    for one in rows:
        if one["piece_ref"]:
            named.setdefault(one["piece_ref"], []).append(one)
    yield from (g for g in named.values() if len(g) > 1 and not _sum(g))


def _by_amount(rows: Sequence[Any]) -> Iterator[list[Any]]:
    waiting: dict[Decimal, list[Any]] = {}
    for one in rows:
        if others := waiting.get(-one["amount"]):
            yield [others.pop(0), one]
        else:
            waiting.setdefault(one["amount"], []).append(one)


def _by_sum(rows: Sequence[Any]) -> Iterator[list[Any]]:
    """One line that several of the other side come to: a transfer for three invoices."""
    left = list(rows)
    tries = 0
    for one in sorted(rows, key=lambda row: -abs(row["amount"])):
        other = [r for r in left if r["amount"] * one["amount"] < 0]
        for several in _several(other):
            tries += 1
            if tries > _MOST_TRIED:
                return
            if one in left and not _sum([one, *several]):
                group = [one, *several]
                left = [r for r in left if r not in group]
                yield group
                break


def _several(rows: Sequence[Any]) -> Iterable[tuple[Any, ...]]:
    sizes = range(2, _MOST_SUMMED + 1)
    return itertools.chain.from_iterable(itertools.combinations(rows, size) for size in sizes)


def _sum(rows: Sequence[Any]) -> Decimal:
    return sum((one["amount"] for one in rows), Decimal(0))


_FINDERS: dict[Any, Any] = {"reference": _by_reference, "amount": _by_amount, "sum": _by_sum}


def _told(group: Sequence[Any], party: UUID | None, reason: Any) -> Group:
    return Group(
        line_ids=[one["id"] for one in group],
        entry_ids=list(dict.fromkeys(one["entry_id"] for one in group)),
        party_id=party,
        amount=sum((max(one["amount"], Decimal(0)) for one in group), Decimal(0)),
        reason=reason,
    )
