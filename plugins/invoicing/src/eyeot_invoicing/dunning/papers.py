"""Papers: what a letter to a late payer shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from eyeot import Context, Layout, Paper
from eyeot.types import address_lines
from eyeot_crm.parties import Party, is_public, owes_late_fees
from eyeot_invoicing.documents.paying import transfer
from eyeot_invoicing.documents.wording import words as piece_words
from eyeot_invoicing.dunning.letters import DunnedInvoice, DunningLetter
from eyeot_invoicing.dunning.policies import DunningPolicy
from eyeot_invoicing.dunning.wording import (
    Words,
    counted,
    decimal,
    listed,
    plural,
    rule,
    sum_of,
    words,
    written,
)
from eyeot_invoicing.einvoices.building import house_account
from eyeot_invoicing.invoices.identities import buyer
from eyeot_invoicing.late.rates import RATES
from eyeot_sales.trade.amounts import ZERO, money

_MOST_PREVIOUS = 3
_MOST_NUMBERS = 12
"""To be quoted with a payment: what it is for stands above in any case."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A letter with what it is about."""

    letter: DunningLetter
    rows: Sequence[DunnedInvoice]
    party: Party
    rate: Decimal | None
    """The contract's rate of penalties; none for the law's."""
    previous: Sequence[date]

    @property
    def said(self) -> Words:
        """The words of its language."""
        return words(self.letter.language)

    @property
    def is_professional(self) -> bool:
        """Whether it is to a business or a public body."""
        return owes_late_fees(self.party)

    @property
    def total(self) -> Any:
        """All that it asks for."""
        fees = self.letter.fees.amount if self.letter.fees else ZERO
        return money(self.letter.amount.amount + fees, self.letter.amount.currency)

    def filled(self, name: str) -> str:
        """A text of its template, with what is known of it."""
        letter, said, count = self.letter, self.said, len(self.rows)
        oldest = max(one.days_late for one in self.rows)
        numbers = [one.number or "" for one in self.rows]
        dates = listed([*self.previous], letter.language) if self.previous else ""
        before = plural("previous", len(self.previous), said) if self.previous else ""
        told = {
            "of": plural("of", count, said),
            "is": plural("is", count, said).format(days=oldest),
            "previous": before.format(dates=dates),
            "total": sum_of(self.total, letter.language),
            "number_of": counted(numbers, letter.language),
            "pay_by": written(letter.pay_by, letter.language) if letter.pay_by else "",
            "deadline": (letter.pay_by - letter.written_on).days if letter.pay_by else 0,
        }
        return str(said[letter.template][name]).format(**told)


async def shown(ctx: Context, letter: DunningLetter) -> Shown:
    """A letter with its invoices, its reader and what was written before."""
    c = DunnedInvoice.c
    rows = await ctx.find(DunnedInvoice, c.letter_id == letter.id, order=c.position)
    ids = [one.invoice_id for one in rows]
    policy = await _policy(ctx, letter)
    return Shown(
        letter,
        rows,
        await ctx.get(Party, letter.party_id, beyond=True),
        policy.penalty_percent if policy else None,
        await _previous(ctx, letter, ids),
    )


async def _policy(ctx: Context, letter: DunningLetter) -> DunningPolicy | None:
    if letter.policy_id is None:
        return None
    return await ctx.first(DunningPolicy, DunningPolicy.c.id == letter.policy_id)


async def _previous(ctx: Context, letter: DunningLetter, ids: Sequence[UUID]) -> list[date]:
    """The days of the letters before it that were about one of its invoices."""
    c = DunnedInvoice.c
    others = {
        one.letter_id
        for one in await ctx.find(DunnedInvoice, c.invoice_id.in_(ids), c.letter_id != letter.id)
    }
    m = DunningLetter.c
    found = await ctx.find(
        DunningLetter, m.id.in_(others), m.sent_at.is_not(None), order=m.sent_at.desc()
    )
    zone = ZoneInfo(ctx.timezone)
    days = {one.sent_at.astimezone(zone).date() for one in found if one.sent_at}
    return sorted(one for one in days if one < letter.written_on)[-_MOST_PREVIOUS:]


async def paper_of(ctx: Context, one: Shown) -> Paper:
    """The letter as it is typeset."""
    letter, said = one.letter, one.said
    template: Words = said[letter.template]
    return Paper.model_validate(
        {
            "language": letter.language,
            "title": template["title"],
            "date": letter.written_on,
            "currency": letter.amount.currency,
            "sender": await ctx.sender(letter.language),
            "recipient": recipient(one.party, letter.language),
            "facts": _facts(one),
            "subject": template.get("heading", ""),
            "intro": one.filled("intro"),
            "columns": _columns(said),
            "rows": [_row(row, said) for row in one.rows],
            "totals": _totals(one),
            "paying": await _paying(ctx, one),
            "closing": one.filled("closing"),
            "mentions": _mentions(one),
        }
    )


async def _paying(ctx: Context, one: Shown) -> list[dict[str, str]]:
    """The account to pay to, and the numbers of the invoices to quote."""
    numbers = [row.number or "" for row in one.rows]
    more = "" if len(numbers) <= _MOST_NUMBERS else ", …"
    reference = ", ".join(numbers[:_MOST_NUMBERS]) + more
    return await paid_to(ctx, one.letter.amount.currency, reference, one.letter.language)


async def paid_to(
    ctx: Context, currency: str, reference: str, language: str
) -> list[dict[str, str]]:
    """The account that customers pay to in a currency, and what they quote."""
    account, house = await house_account(ctx, currency), await ctx.organization()
    return transfer(piece_words(language), account, house.legal_name, reference)


def recipient(party: Party, language: str) -> dict[str, Any]:
    """Who a letter is to, at the address they are invoiced at."""
    known = buyer(party)
    return {"name": known.name, "lines": address_lines(known, language)}


def _facts(one: Shown) -> list[dict[str, str]]:
    said, letter = one.said, one.letter
    days = max(row.days_late for row in one.rows)
    facts = [
        {"label": said["overdue"], "value": str(len(one.rows))},
        {"label": said["oldest"], "value": said["days"].format(count=days)},
    ]
    if letter.pay_by and letter.kind == "reminder":
        told = {"label": said["pay_by"], "value": letter.pay_by.isoformat(), "kind": "date"}
        facts.append(told)
    return [{"label": "Date", "value": letter.written_on.isoformat(), "kind": "date"}, *facts]


def _columns(said: Words) -> list[dict[str, Any]]:
    kinds = {
        "number": "text",
        "issued_on": "date",
        "due_on": "date",
        "days_late": "text",
        "gross": "money",
        "amount": "money",
    }
    return [
        {"name": name, "label": said[name], "kind": form, "main": name == "number"}
        for name, form in kinds.items()
    ]


def _row(row: DunnedInvoice, said: Words) -> dict[str, Any]:
    cells = {
        "number": row.number or "",
        "issued_on": _iso(row.issued_on),
        "due_on": _iso(row.due_on),
        "days_late": said["days"].format(count=row.days_late),
        "gross": row.gross.amount if row.gross else None,
        "amount": row.amount.amount if row.amount else None,
    }
    return {"cells": cells}


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _totals(one: Shown) -> list[dict[str, Any]]:
    letter, said = one.letter, one.said
    told: list[dict[str, Any]] = [{"label": said["principal"], "amount": letter.amount.amount}]
    for name, amount in (("penalties", letter.penalties), ("indemnities", letter.indemnities)):
        if amount and amount.amount:
            told.append({"label": said[name], "amount": amount.amount})
    return [*told, {"label": said["total"], "amount": one.total.amount, "strong": True}]


def _mentions(one: Shown) -> list[str]:
    """What is said of late fees: only to businesses and public bodies, who owe them without a notice."""
    letter, said = one.letter, one.said
    public = is_public(one.party.siren)
    whom = "_public" if public else ""
    if letter.fee == "none" or not one.is_professional:
        return []
    late = RATES.at(letter.written_on)
    fixed = decimal(late.indemnity, letter.language)
    points = late.public_points if public else late.points
    rate = said["rate_law"].format(points=decimal(points, letter.language))
    if one.rate is not None and not public:
        rate = said["rate_contract"].format(rate=decimal(one.rate, letter.language))
    if letter.fee == "mention":
        return [said["mention" + whom].format(rate=rate, indemnity=fixed)]
    on = written(letter.written_on, letter.language)
    return [said["claimed" + whom].format(on=on, rate=rate, indemnity=fixed)]


async def build_letter(ctx: Context, id: UUID, language: str) -> Paper:
    """What the paper of a letter shows; it is in the language it was written in."""
    del language
    return await paper_of(ctx, await shown(ctx, await ctx.get(DunningLetter, id)))


dunning_layout = Layout(
    name="invoicing.dunning_letter",
    label=("dunning letter", "lettre de relance"),
    data=build_letter,
)


def pay_by(kind: str, on: date, days: int | None = None) -> date:
    """Until when a letter of a day asks to pay."""
    return on + timedelta(days=days if days is not None else rule(kind, on).deadline_days)
