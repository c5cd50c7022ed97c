"""Trial balance: opening, movements and closing of every account."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from eyeot import Context, Drill, Exact, Filters, Period, ReportRow, Told, days, report
from eyeot_invoicing.ledger.accounts import LedgerAccount
from eyeot_invoicing.ledger.balances import any_of
from eyeot_invoicing.ledger.entries import ZERO
from eyeot_invoicing.ledger.sums import Sum, Sums, summed
from eyeot_invoicing.reading import BOOKS

_PENDING = "12"
_TEXTS = {"fr": "Résultat des exercices non clos", "en": "Result of years that are not closed"}


class Asked(Filters):
    """When, and which accounts."""

    period: Annotated[Period | None, Field(description="The present year when left out.")] = None
    codes: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=20)]],
        Field(max_length=50, description="How their codes begin, e.g. 4 or 512."),
    ] = Field(default_factory=list)


class Row(ReportRow):
    """An account; balances are debits or credits, never both."""

    code: str
    name: str
    opening_debit: Exact
    opening_credit: Exact
    debit: Exact
    credit: Exact
    closing_debit: Exact
    closing_credit: Exact


@report(
    "invoicing.report.trial_balance",
    row=Row,
    en=(
        "Trial balance; balance of all accounts; opening balances, movements and closing balances; "
        "accounts balance report"
    ),
    fr=(
        "Balance générale; balance des comptes; balance comptable; soldes et mouvements de tous les "
        "comptes"
    ),
    permission=BOOKS,
    example={},
)
async def trial_balance(ctx: Context, data: Asked) -> Told:
    """Every account with a balance or a movement in a period; each pair of columns is equal."""
    period = data.period or str(ctx.today.year)
    begins = [LedgerAccount.c.code.startswith(one, autoescape=True) for one in data.codes]
    sums = await summed(ctx, days(period), *([any_of(begins)] if begins else []))
    rows = [_row(one, period) for one in sums.accounts]
    # It is the result of all accounts: beside some of them it would say nothing.
    if not data.codes and (pending := _pending(ctx, sums)):
        rows.append(pending)
    rows.sort(key=lambda one: one.code)
    names = [one for one in Row.model_fields if one not in ("drill", "code", "name")]
    totals = {name: sum((getattr(one, name) for one in rows), ZERO) for name in names}
    return Told(rows, dict(totals))


def _sides(balance: Decimal) -> tuple[Decimal, Decimal]:
    return max(balance, ZERO), max(-balance, ZERO)


def _row(one: Sum, period: str) -> Row:
    opening, closing = _sides(one.opening), _sides(one.closing)
    arguments = {"codes": [one.code], "period": period}
    return Row(
        code=one.code,
        name=one.name,
        opening_debit=opening[0],
        opening_credit=opening[1],
        debit=one.debit,
        credit=one.credit,
        closing_debit=closing[0],
        closing_credit=closing[1],
        drill=Drill(action="invoicing.report.general_ledger", arguments=arguments),
    )


def _pending(ctx: Context, sums: Sums) -> Row | None:
    """The result of earlier years that no opening entry has taken over, so that both sides are equal."""
    if not sums.pending:
        return None
    debit, credit = _sides(sums.pending)
    return Row(
        code=_PENDING,
        name=_TEXTS["fr" if ctx.locale.startswith("fr") else "en"],
        opening_debit=debit,
        opening_credit=credit,
        debit=ZERO,
        credit=ZERO,
        closing_debit=debit,
        closing_credit=credit,
    )
