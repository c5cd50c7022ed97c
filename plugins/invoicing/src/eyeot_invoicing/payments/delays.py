"""Delays: what a term of payment comes to for an amount, and whether the law lets it be agreed."""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import Field

from eyeot import Context, DatedRow, Input, Money, Output, action, dated, invalid
from eyeot_crm.parties import Party, is_public, owes_late_fees
from eyeot_invoicing.ids import PartyId, PaymentTermId
from eyeot_invoicing.payments.terms import PaymentTerm, instalments
from eyeot_sales.trade.amounts import money

Sector = Literal[
    "general", "periodic", "transport", "perishable_food", "livestock", "alcohol", "wine", "public",
    "public_health", "public_company",
]  # fmt: skip


class TermRow(DatedRow):
    """The longest term of a sector."""

    sector: Sector
    since: Annotated[str, Field(alias="from")]
    days: int
    end_of_month: int | None = None
    article: str


LONGEST = dated("eyeot_invoicing.law", "payment_terms.toml", TermRow, about="longest payment term")


class Asked(Input):
    """A term, an amount and the invoice's date."""

    id: PaymentTermId
    amount: Money
    date: Annotated[dt.date | None, Field(description="Of the invoice; today when left out.")] = (
        None
    )


class Due(Output):
    """A part, and when it is due."""

    due_date: dt.date
    amount: Money


class DueDates(Output):
    """What is due when."""

    instalments: list[Due]
    early_until: Annotated[
        dt.date | None, Field(description="Until when the discount for paying early holds.")
    ] = None
    early_discount: Money | None = None


@action(
    "invoicing.payment_term.compute_due_dates",
    risk="r",
    en=(
        "Compute due dates; when is an invoice with these terms due; instalments of an amount; payment "
        "schedule of a term"
    ),
    fr=(
        "Calculer les échéances; quand cette facture sera-t-elle due; échéancier d'un montant; dates "
        "d'échéance d'une condition de paiement"
    ),
    example={"id": "$invoicing.payment_term", "amount": {"amount": "1200.00"}},
    record=PaymentTerm,
)
async def compute_due_dates(ctx: Context, data: Asked) -> DueDates:
    """Tell what is due when, of an amount invoiced on a day under a term of payment."""
    if data.amount.amount <= 0:
        raise invalid("amount", "give an amount above 0")
    term = await ctx.get(PaymentTerm, data.id)
    on = data.date or ctx.today
    parts = instalments(term, data.amount.amount, on)
    early = term.early_days is not None and term.early_discount
    return DueDates(
        instalments=[
            Due(due_date=day, amount=money(part, data.amount.currency)) for day, part in parts
        ],
        early_until=on + dt.timedelta(days=term.early_days or 0) if early else None,
        early_discount=data.amount.times(term.early_discount / 100) if early else None,
    )


class Legal(Input):
    """A term, for whom, and in which business."""

    id: PaymentTermId
    party_id: Annotated[
        PartyId | None, Field(description="Who pays; a business when left out.")
    ] = None
    sector: Annotated[
        Sector, Field(description="periodic: one invoice for several deliveries of a month.")
    ] = "general"
    date: Annotated[dt.date | None, Field(description="Of the invoice; today when left out.")] = (
        None
    )


class LegalMaximum(Output):
    """Whether the term may be agreed."""

    lawful: bool
    applies: Annotated[
        bool, Field(description="false: the buyer is no business, so nothing limits it.")
    ]
    days: Annotated[int | None, Field(description="The most after the invoice's date.")] = None
    end_of_month: Annotated[
        int | None,
        Field(description="The most before the end of the month, where that is allowed."),
    ] = None
    counted_from: str | None = None
    article: str | None = None
    warnings: list[str]


@action(
    "invoicing.payment_term.check_legal_maximum",
    risk="r",
    en=(
        "Check the legal maximum of a payment term; are these payment terms lawful; 60 days or 45 days "
        "end of month; maximum payment delay (LME)"
    ),
    fr=(
        "Vérifier le délai de paiement maximal légal; ces conditions de paiement sont-elles légales; 60 "
        "jours ou 45 jours fin de mois; délai LME"
    ),
    example={"id": "$invoicing.payment_term?code=60D"},
    record=PaymentTerm,
)
async def check_legal_maximum(ctx: Context, data: Legal) -> LegalMaximum:
    """Tell whether a term of payment is lawful between businesses (Code de commerce, art. L441-10)."""
    term = await ctx.get(PaymentTerm, data.id)
    party = await ctx.get(Party, data.party_id) if data.party_id else None
    if party and not owes_late_fees(party) and data.sector == "general":
        return LegalMaximum(lawful=True, applies=False, warnings=[])
    sector = "public" if party and is_public(party.siren) else data.sector
    row = LONGEST.at(data.date or ctx.today, lambda one: one.sector == sector)
    lines: list[Any] = list(term.lines)
    french = ctx.locale.startswith("fr")
    warnings = [told for one in lines if (told := _beyond(one, row, french=french))]
    return LegalMaximum(
        lawful=not warnings,
        applies=True,
        days=row.days,
        end_of_month=row.end_of_month,
        counted_from=row.since,
        article=row.article,
        warnings=warnings,
    )


def _beyond(line: dict[str, Any], row: TermRow, *, french: bool) -> str | None:
    """What is wrong with a part of a term, if it is later than the law allows."""
    to_end = bool(line.get("end_of_month"))
    most = row.end_of_month if to_end else row.days
    if most is not None and line["days"] <= most:
        return None
    if french:
        end, limit = (" fin de mois" if to_end else ""), f"{row.days} jours"
        limit += f" ou {row.end_of_month} jours fin de mois" if row.end_of_month else ""
        return f"{line['days']} jours{end} : le maximum est de {limit} ({row.article})."
    end, limit = (" end of month" if to_end else ""), f"{row.days} days"
    limit += f" or {row.end_of_month} days end of month" if row.end_of_month else ""
    return f"{line['days']} days{end}: the most is {limit} ({row.article})."
