"""Declaring: the VAT regime, each month's return, and the months that are closed."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from eyeot_invoicing.demo.year import bank
from eyeot_invoicing.demo.year.desk import CHIEF, Desk
from eyeot_invoicing.demo.year.plan import months
from eyeot_sales.demo.year.deals import office_hours

_FILED_ON, _PAID_ON = 18, 24
_OPEN_MONTHS = 2
"""The last months, whose returns and books are still being worked on (`demo.billing` makes them)."""


async def regime(desk: Desk, at: datetime) -> None:
    """Monthly returns, from the day on which the software was opened."""
    own = (await desk.call("core.organization.list", at, by=CHIEF))["items"][0]
    given = {"vat_regime": "normal_monthly", "effective_from": at.date().isoformat()}
    await desk.call("core.organization.set_vat_regime", at, by=CHIEF, id=own["id"], **given)


async def returns(desk: Desk) -> None:
    """File the return of each month on the eighteenth of the next, pay it, and close the month."""
    whole = [(first, last) for first, last in months(desk.today) if _is_whole(last)]
    for first, last in whole[:-_OPEN_MONTHS]:
        at = office_hours(last + timedelta(days=_FILED_ON))
        period = f"{first:%Y-%m}"
        made = await desk.call("invoicing.vat_return.create", at, period=period)
        valid = await desk.call("invoicing.vat_return.validate", at, id=made["id"])
        await desk.call("invoicing.vat_return.mark_filed", at, id=made["id"])
        amount = Decimal(valid["vat_due"])
        if amount:
            day = office_hours(last + timedelta(days=_PAID_ON)).date()
            desk.moved.append(bank.tax_paid(f"{first:%m/%Y}", day, amount))
        await _closed(desk, period, at)


def _is_whole(last: date) -> bool:
    return (last + timedelta(days=1)).day == 1


async def _closed(desk: Desk, period: str, at: datetime) -> None:
    """Close a month, where closing months is known."""
    if not desk.demo.knows("invoicing.fiscal_period.soft_close"):
        return
    found = await desk.call("invoicing.fiscal_period.list", at, name=period)
    await desk.call("invoicing.fiscal_period.soft_close", at, id=found["items"][0]["id"])
