"""Computing: penalties by the day on what was overdue, at the rate of each half-year, and the indemnity."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Annotated

import sqlalchemy as sa
from pydantic import Field

from eyeot import Context, Exact, Input, Output, action, invalid
from eyeot.types import Currency
from eyeot_crm.parties import Party, is_public, owes_late_fees
from eyeot_invoicing.ids import InvoiceId
from eyeot_invoicing.invoices.lateness import parts_of
from eyeot_invoicing.invoices.record import Invoice, InvoiceLine, stands
from eyeot_invoicing.late.rates import RATES, missing
from eyeot_invoicing.payments.reductions import Step, reductions
from eyeot_sales.trade.amounts import HUNDRED, ZERO, rounded

_YEAR = 365
_DAY = dt.timedelta(days=1)
_ARTICLES = {
    False: "Code de commerce, art. L441-10, II et D441-5",
    True: "Code de la commande publique, art. L2192-13, R2192-31 et D2192-35",
}
_LAWFUL = {
    "fr": "Un acheteur public doit le taux légal, quoi que disent les conditions de vente.",
    "en": "A public body owes the rate of the law, whatever the terms of sale say.",
}


class LateAsked(Input):
    """An invoice, and until when."""

    id: InvoiceId
    as_of: Annotated[dt.date | None, Field(description="Today when left out.")] = None
    rate: Annotated[
        Exact | None,
        Field(gt=0, le=100, description="In percent a year, if the terms of sale say one."),
    ] = None


class LateSpan(Output):
    """Days on which the same was overdue, at the same rate."""

    start: dt.date
    end: dt.date
    days: int
    overdue: Exact
    rate: Annotated[Exact, Field(description="In percent a year.")]
    rate_from: Annotated[dt.date, Field(description="Since when that rate is known.")]
    penalty: Exact


class LateFees(Output):
    """What is owed for the delay, beside the invoice."""

    invoice_id: InvoiceId
    currency: Currency
    as_of: dt.date
    is_professional: Annotated[
        bool, Field(description="Whether the buyer owes them: a business, or a public body.")
    ]
    is_public: Annotated[bool, Field(description="Whether it is a public body.")]
    days_late: int
    spans: list[LateSpan]
    penalties: Exact
    indemnity: Annotated[Exact, Field(description="For recovery costs, once for an invoice.")]
    total: Exact
    already_charged: Annotated[
        dt.date | None, Field(description="Until when penalties were charged before.")
    ]
    article: str
    notes: Annotated[list[str], Field(description="What to know of it.")]


async def charged(ctx: Context, invoice: Invoice) -> tuple[dt.date | None, bool]:
    """Until when penalties were charged, and whether the indemnity was; drafts count."""
    c = InvoiceLine.c
    rows = await ctx.rows(
        sa.select(
            sa.func.max(c.service_end).label("until"),
            sa.func.count().filter(c.service_end.is_(None)).label("indemnities"),
        ).where(ctx.within(InvoiceLine), c.late_invoice_id == invoice.id)
    )
    return rows[0]["until"], rows[0]["indemnities"] > 0


def overdue_spans(
    dues: Sequence[Step], taken: Sequence[Step], first: dt.date, last: dt.date
) -> list[tuple[dt.date, dt.date, Decimal]]:
    """The spans from `first` to `last` on which the same amount was overdue.

    A day after its due date a part is overdue; what comes in takes off the oldest part first, on its own day.
    """
    halves = [
        dt.date(year, month, 1) for year in range(first.year, last.year + 1) for month in (1, 7)
    ]
    cuts = {first, last + _DAY}
    cuts |= {on + _DAY for on, _ in (*dues, *taken)} | set(halves)
    marks = sorted(one for one in cuts if first <= one <= last + _DAY)
    found = []
    for start, after in pairwise(marks):
        owed = sum((amount for on, amount in dues if on < start), ZERO)
        owed -= sum((amount for on, amount in taken if on < start), ZERO)
        if owed > 0:
            found.append((start, after - _DAY, owed))
    return found


@dataclass(frozen=True, slots=True)
class _Owed:
    """By which rate penalties are owed."""

    public: bool
    since: dt.date
    """The first day on which something was late."""
    agreed: Decimal | None = None
    """The rate of the terms of sale."""

    def rated(self, day: dt.date) -> dt.date:
        """The day whose rates hold: public bodies owe those of when they came to be late."""
        return self.since if self.public else day

    def span(self, one: tuple[dt.date, dt.date, Decimal]) -> LateSpan:
        """The penalty of days on which the same was overdue."""
        start, end, owed = one
        row, days = RATES.at(self.rated(start)), (end - start).days + 1
        if self.agreed is not None and not self.public and self.agreed < row.least:
            raise invalid(
                "rate",
                f"is at least three times the legal interest rate, {row.least:f} % on {start}",
            )
        percent = row.public_penalty if self.public else self.agreed or row.penalty
        return LateSpan(
            start=start,
            end=end,
            days=days,
            overdue=owed,
            rate=percent,
            rate_from=row.valid_from,
            penalty=rounded(owed * percent * days / HUNDRED / _YEAR),
        )


async def late_fees(
    ctx: Context, invoice: Invoice, as_of: dt.date, rate: Decimal | None = None
) -> LateFees:
    """What the delay of an invoice costs until a day, less what was charged before."""
    party = await ctx.get(Party, invoice.party_id, beyond=True)
    public, liable = is_public(party.siren), owes_late_fees(party)
    dues, taken = parts_of(invoice), await reductions(ctx, invoice)
    until, indemnified = await charged(ctx, invoice)
    first = dues[0][0] + _DAY if dues else as_of + _DAY
    ever = overdue_spans(dues, taken, first, as_of) if first <= as_of else []
    since = max(until + _DAY, first) if until else first
    raw = overdue_spans(dues, taken, since, as_of) if since <= as_of else []
    owed = _Owed(public, ever[0][0] if ever else first, rate)
    spans = [owed.span(one) for one in raw] if liable else []
    penalties = sum((one.penalty for one in spans), ZERO)
    fixed = liable and bool(ever) and not indemnified
    indemnity = RATES.at(ever[0][0]).indemnity if fixed else ZERO
    return LateFees(
        invoice_id=invoice.id,
        currency=invoice.currency,
        as_of=as_of,
        is_professional=liable,
        is_public=public,
        days_late=sum((end - start).days + 1 for start, end, _ in ever),
        spans=spans,
        penalties=penalties,
        indemnity=indemnity,
        total=penalties + indemnity,
        already_charged=until,
        article=_ARTICLES[public],
        notes=_notes(ctx, owed, spans),
    )


def _notes(ctx: Context, owed: _Owed, spans: Sequence[LateSpan]) -> list[str]:
    said = _LAWFUL["fr" if ctx.locale.startswith("fr") else "en"]
    told = [said] if spans and owed.public and owed.agreed is not None else []
    return told + missing((owed.rated(one.start) for one in spans), ctx.locale)


@action(
    "invoicing.invoice.compute_late_fees",
    risk="r",
    en=(
        "Compute late fees; late payment penalties; interest on an overdue invoice; 40 euro indemnity; how "
        "much for the delay"
    ),
    fr=(
        "Calculer les pénalités de retard; intérêts de retard; indemnité de 40 euros; pénalités d'une "
        "facture impayée; combien pour le retard"
    ),
    example={"id": "$invoicing.invoice?status=posted"},
    record=Invoice,
    next=("invoicing.invoice.invoice_late_fees",),
)
async def compute_late_fees(ctx: Context, data: LateAsked) -> LateFees:
    """Tell the penalties of a late invoice by the day, and the indemnity of 40 euros; consumers owe none.

    Source: Code de commerce, art. L441-10, II and D441-5; Code de la commande publique, art. L2192-13.
    """
    invoice = await ctx.get(Invoice, data.id)
    as_of = data.as_of or ctx.today
    if not stands(invoice):
        raise invalid("id", "is a draft: nothing is late on it")
    return await late_fees(ctx, invoice, as_of, data.rate)
