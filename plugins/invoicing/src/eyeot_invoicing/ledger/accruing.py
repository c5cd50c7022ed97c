"""Accruing: what belongs to a period though no piece of it came yet, and its reversal in the next one."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from eyeot import Context, Exact, Input, Output, action, invalid
from eyeot_invoicing.ids import AccountId, EntryId, PartyId, PeriodId
from eyeot_invoicing.ledger.accounts import Accounts, LedgerAccount
from eyeot_invoicing.ledger.booking import validate
from eyeot_invoicing.ledger.entries import EntryLine, JournalEntry, lines_of
from eyeot_invoicing.ledger.journals import journal_of
from eyeot_invoicing.ledger.periods import FiscalPeriod
from eyeot_invoicing.ledger.reversing import reversal

Kind = Literal["invoice_to_receive", "invoice_to_issue", "prepaid_expense", "deferred_income"]
# The role of the account on the other side, and whether the result's account is debited now.
_ROLES: dict[str, tuple[str, bool]] = {
    "invoice_to_receive": ("goods_received", True),
    "invoice_to_issue": ("to_invoice", False),
    "prepaid_expense": ("prepaid", False),
    "deferred_income": ("deferred", True),
}


class Item(Input):
    """One amount without VAT that belongs to another period than its piece."""

    kind: Annotated[
        Kind,
        Field(
            description="invoice_to_receive (408), invoice_to_issue (418), prepaid_expense (486),"
            " deferred_income (487)."
        ),
    ]
    account_id: Annotated[AccountId, Field(description="Its account of class 6 or 7.")]
    amount: Exact
    label: Annotated[str, Field(min_length=1, max_length=150)]
    party_id: PartyId | None = None


class Accrue(Input):
    """The month at whose end they are booked."""

    period_id: PeriodId
    items: Annotated[list[Item], Field(min_length=1, max_length=100)]


class Accrued(Output):
    """Both entries, which stand."""

    entry_id: EntryId
    number: str
    reversal_id: EntryId
    reversal_number: str
    reversed_on: dt.date


@action(
    "invoicing.journal_entry.accrue",
    risk="w",
    en=(
        "Book accruals; accrued expenses at period end; invoices to be received; prepaid expenses; "
        "deferred income; period-end adjustments"
    ),
    fr=(
        "Passer les écritures d'inventaire; charges à payer; factures non parvenues; charges "
        "constatées d'avance; produits constatés d'avance; cut-off"
    ),
    example={
        "period_id": "$invoicing.fiscal_period?status=open",
        "items": [
            {
                "kind": "invoice_to_receive",
                "account_id": "$invoicing.ledger_account?code=626000",
                "amount": "75.00",
                "label": "Téléphone, facture à recevoir",
            }
        ],
    },
    record=JournalEntry,
    permission="invoicing.journal_entry:validate",
    next=("invoicing.journal_entry.get",),
)
async def accrue(ctx: Context, data: Accrue) -> Accrued:
    """Book accruals on a month's last day and their reversal on the next day; both stand at once.

    Source: PCG, accounts 408, 418, 486 and 487.
    """
    month = await ctx.get(FiscalPeriod, data.period_id)
    journal = await journal_of(ctx, "general")
    label = f"Régularisations {month.name}"
    entry = await ctx.add(
        JournalEntry(journal_id=journal.id, date=month.end, label=label, piece_ref=label)
    )
    accounts = Accounts(ctx)
    for at, one in enumerate(data.items):
        await _item(ctx, accounts, entry, at, one)
    lines = await lines_of(ctx, entry)
    entry.total = sum((one.debit for one in lines), Decimal(0))
    await validate(ctx, entry)
    after = month.end + dt.timedelta(days=1)
    back = await reversal(ctx, entry, lines, after, f"Extourne {label}")
    await validate(ctx, back)
    assert entry.number
    assert back.number
    return Accrued(
        entry_id=entry.id,
        number=entry.number,
        reversal_id=back.id,
        reversal_number=back.number,
        reversed_on=after,
    )


async def _item(ctx: Context, accounts: Accounts, entry: JournalEntry, at: int, one: Item) -> None:
    """Two lines: the account of the result, and that of the accrual."""
    role, debits = _ROLES[one.kind]
    account = await ctx.get(LedgerAccount, one.account_id)
    wanted = "6" if one.kind in ("invoice_to_receive", "prepaid_expense") else "7"
    if not account.code.startswith(wanted):
        raise invalid("items", f"{one.kind} is booked on an account of class {wanted}")
    if one.amount <= 0 or one.amount != round(one.amount, 2):
        raise invalid("items", "amounts are above 0 and have 2 decimals at most")
    other = await accounts.role(role)
    for place, (on, debit) in enumerate(((account, debits), (other, not debits)), start=1):
        await ctx.add(
            EntryLine(
                entry_id=entry.id,
                position=2 * at + place,
                account_id=on.id,
                party_id=one.party_id if on is other else None,
                label=one.label,
                debit=one.amount if debit else Decimal(0),
                credit=Decimal(0) if debit else one.amount,
                date=entry.date,
            )
        )
