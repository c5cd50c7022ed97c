"""Balances: what stands on accounts over a period."""

from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Exact, Input, Output, Period, action, days
from eyeot_invoicing.ids import AccountId
from eyeot_invoicing.ledger.accounts import LedgerAccount
from eyeot_invoicing.ledger.entries import ZERO
from eyeot_invoicing.ledger.sums import Sum, summed


class Asked(Input):
    """Which accounts, and when."""

    codes: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=20)]],
        Field(max_length=50, description="Codes or how they begin, e.g. 411 or 512000."),
    ] = Field(default_factory=list)
    period: Annotated[Period | None, Field(description="The present year when left out.")] = None


class Balance(Output):
    """An account over the period; a positive balance is a debit."""

    account_id: AccountId
    code: str
    name: str
    opening: Exact
    debit: Exact
    credit: Exact
    closing: Exact


class Balances(Output):
    """The accounts with anything on them, and their sums."""

    accounts: list[Balance]
    opening: Exact
    debit: Exact
    credit: Exact
    closing: Exact


@action(
    "invoicing.ledger_account.balance",
    risk="r",
    en=(
        "Balance of an account; how much is on account 512; movements of an account over a period; "
        "what is the balance of the bank account in the books"
    ),
    fr=(
        "Solde d'un compte; combien y a-t-il au compte 512; mouvements d'un compte sur une période; "
        "solde comptable de la banque"
    ),
    example={"codes": ["411", "512"]},
    record=LedgerAccount,
)
async def balance(ctx: Context, data: Asked) -> Balances:
    """Balance and movements of accounts over a period, from validated entries."""
    span = days(data.period or str(ctx.today.year))
    begins = [LedgerAccount.c.code.startswith(one, autoescape=True) for one in data.codes]
    sums = await summed(ctx, span, *([any_of(begins)] if begins else []))
    told = [_told(one) for one in sums.accounts]
    return Balances(
        accounts=told,
        opening=sum((one.opening for one in told), ZERO),
        debit=sum((one.debit for one in told), ZERO),
        credit=sum((one.credit for one in told), ZERO),
        closing=sum((one.closing for one in told), ZERO),
    )


def any_of(conditions: list[Any]) -> Any:
    """Either of conditions."""
    return sa.or_(*conditions)


def _told(one: Sum) -> Balance:
    return Balance(
        account_id=one.account_id,
        code=one.code,
        name=one.name,
        opening=one.opening,
        debit=one.debit,
        credit=one.credit,
        closing=one.closing,
    )
