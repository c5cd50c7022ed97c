"""Statements: the income statement and the balance sheet, in the French layouts."""

import tomllib
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from eyeot import Context, Drill, Exact, Filters, Period, ReportRow, Told, days, report
from eyeot_invoicing.ledger.entries import ZERO
from eyeot_invoicing.ledger.sums import RESULT, Sum, Sums, result_of, summed
from eyeot_invoicing.reading import BOOKS

_RESULT = "result"


class Line(BaseModel):
    """A line of a layout."""

    model_config = ConfigDict(extra="forbid")

    code: str
    fr: str
    en: str
    debit: list[str] = []
    credit: list[str] = []
    side: Literal["debit", "credit"] | None = None
    """Only balances of that side: a customer's credit is a debt."""
    sum: list[str] = []

    def reach(self, code: str, balance: Decimal) -> int:
        """How long the beginning is by which it takes an account; 0 when it does not."""
        if self.side and (balance > 0) != (self.side == "debit"):
            return 0
        fits = (one for one in (*self.debit, *self.credit) if code.startswith(one))
        return max(map(len, fits), default=0)


@cache
def layout(name: str) -> list[Line]:
    """The lines of a statement."""
    text = files("eyeot_invoicing.reports").joinpath("layouts.toml").read_text("utf-8")
    return [Line.model_validate(one) for one in tomllib.loads(text)[name]]


def filled(lines: list[Line], accounts: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    """What every line comes to; each account goes to exactly one."""
    found = {one.code: ZERO for one in lines}
    for code, balance in accounts:
        taken = max(lines, key=lambda one: one.reach(code, balance))
        if taken.reach(code, balance):
            found[taken.code] += balance if taken.debit else -balance
    for one in lines:
        for term in one.sum:
            amount = found[term.lstrip("-")]
            found[one.code] += -amount if term.startswith("-") else amount
    return found


class Asked(Filters):
    """When, and what to compare with."""

    period: Annotated[Period | None, Field(description="The present year when left out.")] = None
    compare_with: Annotated[
        Period | None, Field(description="Another period, beside it, e.g. the year before.")
    ] = None


class ByLayout(Asked):
    """When, and in which layout."""

    layout: Annotated[
        Literal["french", "management"],
        Field(description="french: the lines of forms 2052 and 2053; management: by margin."),
    ] = "french"


class Row(ReportRow):
    """A line of a statement."""

    code: str
    label: str
    amount: Exact
    compared: Exact | None = None
    is_total: bool


@report(
    "invoicing.report.income_statement",
    row=Row,
    en=(
        "Income statement; profit and loss; did we make a profit; P&L of the year; result of the "
        "period; did we make money this year"
    ),
    fr=(
        "Compte de résultat; résultat de l'exercice; avons-nous fait un bénéfice; charges et "
        "produits; formulaire 2052 2053; avons-nous gagné de l'argent"
    ),
    permission=BOOKS,
    example={},
)
async def income_statement(ctx: Context, data: ByLayout) -> Told:
    """Income and expenses of a period by the lines of the French forms, or by margin.

    Source: PCG, art. 821-3; forms 2052 and 2053.
    """
    name = "income_statement" if data.layout == "french" else "management"
    lines = layout(name)
    period = data.period or str(ctx.today.year)
    now = filled(lines, _moved((await summed(ctx, days(period))).accounts))
    then = None
    if data.compare_with:
        then = filled(lines, _moved((await summed(ctx, days(data.compare_with))).accounts))
    rows = [_row(ctx, one, now, then, period) for one in lines]
    return Told(rows, {"result": rows[-1].amount})


def _moved(accounts: Iterable[Sum]) -> list[tuple[str, Decimal]]:
    """What moved on expenses and income within the period."""
    return [(one.code, one.debit - one.credit) for one in accounts if one.code.startswith(RESULT)]


@report(
    "invoicing.report.balance_sheet",
    row=Row,
    en=(
        "Balance sheet; assets and liabilities; what do we own and owe; equity of the company; "
        "statement of financial position; balance sheet at year end"
    ),
    fr=(
        "Bilan; actif et passif; que possédons-nous et que devons-nous; capitaux propres; "
        "formulaire 2050 2051; bilan de fin d'année; bilan comptable"
    ),
    permission=BOOKS,
    example={},
)
async def balance_sheet(ctx: Context, data: Asked) -> Told:
    """Assets and liabilities at the end of a period by the lines of the French forms, net of depreciation.

    Source: PCG, art. 821-1; forms 2050 and 2051.
    """
    lines = layout("balance_sheet")
    period = data.period or str(ctx.today.year)
    now = filled(lines, _standing(await summed(ctx, days(period))))
    then = None
    if data.compare_with:
        then = filled(lines, _standing(await summed(ctx, days(data.compare_with))))
    rows = [_row(ctx, one, now, then, period) for one in lines]
    return Told(rows, {"assets": now["CO"], "liabilities": now["EE"]})


def _standing(sums: Sums) -> list[tuple[str, Decimal]]:
    """What stands on the accounts of the balance sheet, and the result that is not carried over yet."""
    found = [(one.code, one.closing) for one in sums.accounts if not one.code.startswith(RESULT)]
    result = result_of(sums.accounts) - sums.pending
    return [*found, (_RESULT, -result)] if result else found


def _row(
    ctx: Context, one: Line, now: dict[str, Decimal], then: dict[str, Decimal] | None, period: str
) -> Row:
    codes = [code for code in (*one.debit, *one.credit) if code != _RESULT]
    arguments = {"period": period, "codes": codes}
    return Row(
        code=one.code,
        label=one.fr if ctx.locale.startswith("fr") else one.en,
        amount=now[one.code],
        compared=then[one.code] if then else None,
        is_total=bool(one.sum),
        drill=Drill(action="invoicing.report.trial_balance", arguments=arguments)
        if codes
        else None,
    )
