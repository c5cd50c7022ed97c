"""Lettering: which lines of an account settle each other, and the letter that says so."""

import string
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import Field

from eyeot import Conflict, Context, Exact, Input, Output, action, invalid
from eyeot_invoicing.ids import AccountId, EntryId, EntryLineId
from eyeot_invoicing.ledger.accounts import LedgerAccount
from eyeot_invoicing.ledger.booking import Booking, Leg, book
from eyeot_invoicing.ledger.entries import ZERO, EntryLine, JournalEntry, lines_of
from eyeot_invoicing.ledger.periods import FiscalPeriod

_FIRST = "AAA"
_l = EntryLine.c
LONGEST = 5
MOST = 500
"""Lines of one letter."""


def following(letter: str | None) -> str:
    """The letter after another: AAA, AAB… ZZZ, AAAA."""
    if letter is None:
        return _FIRST
    stem = letter.rstrip("Z")
    if not stem:
        return "A" * (len(letter) + 1)
    after = string.ascii_uppercase[string.ascii_uppercase.index(stem[-1]) + 1]
    return stem[:-1] + after + "A" * (len(letter) - len(stem))


def difference(lines: Sequence[EntryLine]) -> Decimal:
    """By how much lines do not balance, in the currency of the books; positive when debits are more."""
    return sum((one.debit - one.credit for one in lines), ZERO)


async def letter(ctx: Context, account: LedgerAccount, lines: Sequence[EntryLine]) -> str:
    """Letter lines of an account that settle each other to the cent; the letter.

    The account is locked meanwhile, so that no two groups get the same letter.
    """
    account = await ctx.get(LedgerAccount, account.id, lock=True, beyond=True)
    for one in lines:
        await ctx.get(EntryLine, one.id, lock=True, beyond=True)
    _refuse_unfit(account, lines)
    if off := difference(lines):
        raise Conflict(
            reason=f"The lines do not balance: {off:f} is left on {account.code}.",
            remedy="Add the missing line, or name difference_account_id to book what is left.",
        )
    last = (
        sa.select(_l.letter)
        .where(
            ctx.within(EntryLine),
            _l.account_id == account.id,
            # Letters that were taken over from other software are longer.
            sa.func.length(_l.letter).between(len(_FIRST), LONGEST),
        )
        .order_by(sa.func.length(_l.letter).desc(), _l.letter.desc())
        .limit(1)
    )
    found = await ctx.rows(last)
    given = following(found[0]["letter"] if found else None)
    for one in lines:
        one.letter, one.lettered_on, one.lettered_at = given, ctx.today, ctx.now
    return given


def _refuse_unfit(account: LedgerAccount, lines: Sequence[EntryLine]) -> None:
    if not account.reconcilable:
        raise Conflict(
            reason=f"The account {account.code} is not one whose lines are lettered.",
            remedy="Say so with invoicing.ledger_account.update(reconcilable=true) first.",
        )
    for one in lines:
        if one.account_id != account.id:
            raise invalid("line_ids", "every line must be on the same account")
        if one.letter:
            raise Conflict(
                reason=f"A line is lettered already: {one.letter}.",
                remedy=f"Take that off with invoicing.ledger_account.unletter(letter={one.letter}).",
                field="line_ids",
            )


class Lettered(Input):
    """Lines that settle each other: by their ids, or as the lines of entries on an account."""

    line_ids: Annotated[
        list[EntryLineId], Field(max_length=MOST, description="Two or more lines of one account.")
    ] = Field(default_factory=list)
    account_id: Annotated[AccountId | None, Field(description="With entry_ids.")] = None
    entry_ids: Annotated[
        list[EntryId],
        Field(max_length=MOST, description="Or entries: their open lines on account_id."),
    ] = Field(default_factory=list)
    difference_account_id: Annotated[
        AccountId | None,
        Field(description="Where what is left is booked: a difference of exchange or of cents."),
    ] = None


class Letter(Output):
    """What was lettered."""

    account_id: AccountId
    letter: str
    lines: int
    difference: Annotated[Exact, Field(description="Booked to make them balance; usually 0.")]


@action(
    "invoicing.ledger_account.reconcile_letter",
    risk="w",
    en=(
        "Letter account lines; match an invoice with its payment in the accounts; reconcile "
        "ledger lines; clear a customer's account; letter a customer's account"
    ),
    fr=(
        "Lettrer des écritures; lettrage; rapprocher une facture et son règlement en compta; "
        "pointer un compte client; solder des lignes; lettrer un compte; lettrer le compte d'un "
        "client"
    ),
    example={
        "account_id": "$invoicing.ledger_account?code=580000",
        "entry_ids": [
            "$invoicing.journal_entry?piece_ref=REMISE-2A",
            "$invoicing.journal_entry?piece_ref=REMISE-2B",
        ],
    },
    record=LedgerAccount,
    next=("invoicing.ledger_account.unletter",),
)
async def reconcile_letter(ctx: Context, data: Lettered) -> Letter:
    """Letter validated lines of one account that balance, so that the FEC shows what settles what.

    Source: LPF, art. A47 A-1 (EcritureLet, DateLet).
    """
    lines = await _chosen(ctx, data)
    account = await ctx.get(LedgerAccount, lines[0].account_id)
    _refuse_unfit(account, lines)
    await _refuse_drafts(ctx, lines)
    off = difference(lines)
    wanted = data.difference_account_id
    other = await ctx.get(LedgerAccount, wanted) if wanted else None
    if off and other:
        lines.append(await _settled(ctx, lines, account, other))
    given = await letter(ctx, account, lines)
    return Letter(account_id=account.id, letter=given, lines=len(lines), difference=off)


async def _chosen(ctx: Context, data: Lettered) -> list[EntryLine]:
    """The lines that are named, one way or the other."""
    if bool(data.line_ids) == bool(data.entry_ids) or bool(data.entry_ids) != bool(data.account_id):
        raise invalid("line_ids", "give line_ids, or account_id with entry_ids")
    if data.line_ids:
        return [await ctx.get(EntryLine, one) for one in dict.fromkeys(data.line_ids)]
    assert data.account_id
    await ctx.get(LedgerAccount, data.account_id)
    for one in data.entry_ids:
        await ctx.get(JournalEntry, one)
    where = (_l.account_id == data.account_id, _l.entry_id.in_(data.entry_ids))
    lines = await ctx.find(EntryLine, *where, _l.letter.is_(None), order=(_l.date, _l.id))
    if not lines:
        raise Conflict(
            reason="These entries have no open line on that account.",
            remedy="invoicing.report.general_ledger shows what is open on it.",
            field="entry_ids",
        )
    return lines


async def _refuse_drafts(ctx: Context, lines: Sequence[EntryLine]) -> None:
    drafts = await ctx.find(
        JournalEntry,
        JournalEntry.c.id.in_([one.entry_id for one in lines]),
        JournalEntry.c.status == "draft",
    )
    if drafts:
        raise Conflict(
            reason=f"The entry '{drafts[0].label}' is a draft: only what stands is lettered.",
            remedy="Validate it first with invoicing.journal_entry.validate.",
            field="line_ids",
        )


async def _settled(
    ctx: Context, lines: Sequence[EntryLine], account: LedgerAccount, other: LedgerAccount
) -> EntryLine:
    """Book what is left of lines to another account; the line that makes them balance."""
    left = difference(lines)
    party = lines[0].party_id if len({one.party_id for one in lines}) == 1 else None
    label = f"Écart de lettrage {account.code}"
    legs = [Leg(account, -left, party), Leg(other, left)]
    cause = await ctx.get(JournalEntry, lines[0].entry_id)
    piece = cause.piece_ref or cause.number
    booking = Booking(journal="general", on=ctx.today, label=label, legs=legs, piece_ref=piece)
    entry = await book(ctx, booking)
    made = await lines_of(ctx, entry)
    return next(one for one in made if one.account_id == account.id)


class Unletter(Input):
    """A letter of an account."""

    account_id: AccountId
    letter: Annotated[str, Field(min_length=3, max_length=20, description="e.g. AAB.")]


class Unlettered(Output):
    """What is open again."""

    account_id: AccountId
    letter: str
    line_ids: list[EntryLineId]


@action(
    "invoicing.ledger_account.unletter",
    risk="w",
    en="Remove a letter; unletter account lines; undo a lettering; open matched lines again",
    fr="Délettrer; annuler un lettrage; enlever une lettre; rouvrir des lignes lettrées",
    example={"account_id": "$invoicing.ledger_account?code=580000", "letter": "AAA"},
    record=LedgerAccount,
    next=("invoicing.ledger_account.reconcile_letter",),
)
async def unletter(ctx: Context, data: Unletter) -> Unlettered:
    """Take a letter off its lines, as long as all of them are in periods that are open."""
    account = await ctx.get(LedgerAccount, data.account_id, lock=True)
    where = (_l.account_id == account.id, _l.letter == data.letter)
    lines = await ctx.find(EntryLine, *where, order=(_l.date, _l.id))
    if not lines:
        raise Conflict(
            reason=f"Nothing on {account.code} is lettered {data.letter}.",
            remedy="invoicing.report.general_ledger shows the letters of an account.",
            field="letter",
        )
    if closed := await closed_months(ctx, lines):
        raise Conflict(
            reason=f"A line is in {closed[0]}, which is closed: its letter stays as it was then.",
            remedy="Letter what came since with the lines of the opening entry.",
        )
    free(lines)
    return Unlettered(account_id=account.id, letter=data.letter, line_ids=[one.id for one in lines])


def free(lines: Sequence[EntryLine]) -> None:
    """Take letters off lines."""
    for one in lines:
        one.letter = one.lettered_on = one.lettered_at = None


async def closed_months(
    ctx: Context, lines: Sequence[EntryLine], states: Sequence[str] = ("soft_closed", "closed")
) -> list[str]:
    """The months of lines that are in one of these states, by name."""
    p: Any = FiscalPeriod.c
    days = [one.date for one in lines if one.date]
    found = await ctx.find(
        FiscalPeriod,
        p.month.is_not(None),
        p.status.in_(states),
        p.start <= max(days),
        p.end >= min(days),
        order=p.start,
    )
    return [m.name for m in found if any(m.start <= day <= m.end for day in days)]
