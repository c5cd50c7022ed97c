"""Terms: when an invoice is to be paid."""

import calendar
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from eyeot import Context, Exact, Record, Resource, Shared, Starting, field, invalid
from eyeot_sales.trade.amounts import HUNDRED, ZERO, rounded

DAYS = 30
"""Of a supplementary term when none is agreed (Code de commerce, art. L441-10, I)."""


class TermLine(BaseModel):
    """A part of the amount, and when it is due."""

    model_config = ConfigDict(extra="forbid")

    percent: Annotated[Exact, Field(gt=0, le=100, decimal_places=2)] = HUNDRED
    days: Annotated[int, Field(ge=0, le=365, description="After the date of the invoice.")] = DAYS
    end_of_month: Annotated[
        bool, Field(description="Whether it then is the end of that month.")
    ] = False


class PaymentTerm(
    Record,
    name="invoicing.payment_term",
    prefix="ptm",
    search=("name",),
    exact=("code",),
    unique=(("code",),),
    reach=Shared(),
    sort="name",
):
    """A way of saying when an invoice is due."""

    code: str | None = field(
        "Its short name, e.g. 30D; of its name when left out.",
        access="create",
        max_length=20,
        default=None,
    )
    name: str = field("Its name.", max_length=100)
    lines: list[TermLine] = field("The parts, 100 % in all.", default=list)
    early_discount: Decimal = field(
        "Taken off when paid early, in percent; 0 for none.", ge=0, le=100, default=Decimal
    )
    early_days: int | None = field(
        "How early, in days after the invoice.", ge=0, le=365, default=None
    )
    is_default: bool = field("Whether invoices have it unless told otherwise.", default=False)

    def complete(self) -> None:
        """Refuse parts that are not the whole."""
        lines: list[Any] = self.lines or [{"percent": "100", "days": DAYS}]
        self.lines = lines
        whole = sum((Decimal(str(one["percent"])) for one in lines), ZERO)
        if whole != HUNDRED:
            raise invalid("lines", f"the parts sum to {whole:f} %, not to 100 %")


async def _code(ctx: Context, name: str) -> str:
    """A short name that no other term has: the capitals and digits of its name, and a number."""
    plain = (
        "".join(sign for sign in name.upper() if sign.isascii() and sign.isalnum())[:12] or "TERM"
    )
    taken = {one.code for one in await ctx.find(PaymentTerm, PaymentTerm.c.code.startswith(plain))}
    codes = (plain, *(f"{plain}-{number}" for number in range(2, 10_000)))
    return next(one for one in codes if one not in taken)


async def _prepare(ctx: Context, row: Any, values: dict[str, Any]) -> None:
    if row.code is None:
        row.code = await _code(ctx, row.name)
    if values.get("is_default"):
        for other in await ctx.find(PaymentTerm, PaymentTerm.c.is_default.is_(True)):
            other.is_default = other is row


terms = Resource(
    PaymentTerm,
    profile="config",
    adding="duplicate",
    en="payment term; payment terms; terms of payment; due date rule",
    fr="condition de paiement; conditions de paiement; délai de paiement; échéance",
    gender="f",
    prepare=_prepare,
    afresh=("is_default",),
    example={"code": "2X", "name": "En deux fois", "lines": [
        {"percent": "50", "days": 0}, {"percent": "50", "days": 30}]},
)  # fmt: skip
starting_terms = Starting(
    PaymentTerm,
    key="code",
    rows=[
        {"code": "0D", "name": "Comptant", "lines": [{"percent": "100", "days": 0}]},
        {"code": "30D", "name": "30 jours", "lines": [{"percent": "100", "days": 30}], "is_default": True},
        {"code": "30EOM", "name": "30 jours fin de mois",
         "lines": [{"percent": "100", "days": 30, "end_of_month": True}]},
        {"code": "45EOM", "name": "45 jours fin de mois",
         "lines": [{"percent": "100", "days": 45, "end_of_month": True}]},
        {"code": "60D", "name": "60 jours", "lines": [{"percent": "100", "days": 60}]},
    ],
)  # fmt: skip


def due_on(line: dict[str, Any], issued: date) -> date:
    """The day on which a part of an invoice is due."""
    day = issued + timedelta(days=line["days"])
    if line.get("end_of_month"):
        return date(day.year, day.month, calendar.monthrange(day.year, day.month)[1])
    return day


def instalments(term: PaymentTerm, gross: Decimal, issued: date) -> list[tuple[date, Decimal]]:
    """The amounts due and when, in order; the last one takes what rounding leaves."""
    lines: list[Any] = list(term.lines)
    parts = [
        (due_on(one, issued), rounded(gross * Decimal(str(one["percent"])) / HUNDRED))
        for one in lines
    ]
    rest = gross - sum((amount for _, amount in parts), ZERO)
    parts[-1] = (parts[-1][0], parts[-1][1] + rest)
    return sorted(parts)


async def term_of(ctx: Context, id: UUID | None) -> PaymentTerm:
    """The term that is named, or the organisation's own, or 30 days."""
    if id is not None:
        return await ctx.get(PaymentTerm, id)
    c = PaymentTerm.c
    in_use = c.archived_at.is_(None)
    found = await ctx.first(PaymentTerm, c.is_default.is_(True), in_use)
    if found is None:
        found = PaymentTerm(code="30D", name="30 jours")
        found.complete()
    return found
