"""Due VAT: every amount of VAT with the day on which it fell due; the return and the reports read these rows.

Source: CGI, art. 269 (goods and deposits, services, the option for debits); CIBS since 1 September 2026.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from eyeot import Context, Record, RecordRef, field, ref
from eyeot_invoicing.reading import BOOKS
from eyeot_sales.taxes.rates import TaxRate
from eyeot_sales.trade.amounts import HUNDRED, ZERO, Amount, TaxBase, TaxKey, rounded, spread
from eyeot_sales.trade.lines import amount

Direction = Literal["collected", "deductible"]
Nature = Literal["goods", "service", "asset"]


class VatDue(
    Record,
    name="invoicing.vat_due",
    prefix="vdu",
    needs=BOOKS,
    label="id",
    index=(("due_on",), ("source",), ("return_id",)),
    archivable=False,
):
    """VAT that fell due, with its base; never changed: what takes it back is another row."""

    due_on: date = field("The day on which it fell due.")
    direction: Direction = field("Collected from customers, or deductible from what we owe.")
    nature: Nature = field("What it is on.")
    category: str = field("EN 16931 category.", max_length=2)
    percent: Decimal = field("Rate, in percent.")
    exemption_code: str | None = field("Why there is none (VATEX).", max_length=40, default=None)
    base: Decimal = field("Base, in the currency of the books.")
    tax: Decimal = field("VAT, in the currency of the books.")
    is_self_assessed: bool = field("Whether the buyer owes it (reverse charge).", default=False)
    source: RecordRef = field("The invoice or credit note it is on.")
    cause: RecordRef = field("What made it fall due: that piece, or the payment.")
    party_id: UUID | None = ref("crm.party", "The other side.", default=None, personal=True)
    entry_id: UUID | None = ref(
        "invoicing.journal_entry", "The entry it is booked in.", default=None
    )
    territory: str | None = field(
        "Where its rate applies, as sales.tax_rate says it.", max_length=40, default=None
    )
    recovers: bool = field(
        "Whether it takes back VAT on what was never paid (bad debts).", default=False
    )
    return_id: UUID | None = ref(
        "invoicing.vat_return", "The return that counted it, once and for all.", default=None
    )


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a piece's VAT of one key and nature."""

    nature: Nature
    key: TaxKey
    base: Decimal
    tax: Decimal
    territory: str | None = None


def parts(
    breakdown: Sequence[TaxBase],
    lines: Iterable[tuple[Nature, Amount]],
    territories: Mapping[TaxKey, str] | None = None,
) -> list[Part]:
    """A breakdown split by the nature of its lines, to the cent: what rounding leaves goes to the largest.

    The discount on the whole falls on the lines that it touches; a deduction of deposits is none of them.
    """
    nets: dict[TaxKey, dict[Nature, Decimal]] = {}
    touched: dict[TaxKey, dict[Nature, Decimal]] = {}
    for nature, one in lines:
        for over in (nets, touched) if one.discountable else (nets,):
            by_nature = over.setdefault(one.key, {})
            by_nature[nature] = by_nature.get(nature, ZERO) + one.net
    found: list[Part] = []
    for row in breakdown:
        bases: dict[Nature, Decimal] = dict(nets.get(row.key, {})) or {"goods": row.base}
        if row.allowance:
            for nature, off in spread(row.allowance, touched[row.key]).items():
                bases[nature] -= off
        where = (territories or {}).get(row.key)
        taxes = _taxes(row, bases)
        found += [Part(n, row.key, bases[n], taxes[n], where) for n in sorted(bases)]
    return found


def _taxes(row: TaxBase, bases: Mapping[Nature, Decimal]) -> dict[Nature, Decimal]:
    taxes = {n: rounded(base * row.key.percent / HUNDRED) for n, base in bases.items()}
    largest = max(bases, key=lambda n: (abs(bases[n]), n))
    taxes[largest] += row.tax - sum(taxes.values(), ZERO)
    return taxes


async def territories(ctx: Context, lines: Iterable[Any]) -> dict[TaxKey, str]:
    """Where the rates of lines apply, by key."""
    by_rate = {one.tax_rate_id: amount(one).key for one in lines if one.tax_rate_id}
    found = await ctx.find(TaxRate, TaxRate.c.id.in_(list(by_rate))) if by_rate else []
    return {by_rate[one.id]: one.territory for one in found}


def is_pending(nature: Nature, *, on_debits: bool, deposit: bool) -> bool:
    """Whether VAT waits for the payment: on services without the option for debits, and on deposits."""
    return deposit or (nature == "service" and not on_debits)


def back_on(ctx: Context, rows: Sequence[VatDue]) -> date:
    """The day on which VAT is taken back: as it fell due while no return has counted it, else today."""
    counted = any(one.return_id for one in rows)
    return ctx.today if counted else max(one.due_on for one in rows)


async def fell_due(ctx: Context, found: Iterable[Part], **facts: Any) -> None:
    """Note VAT that fell due; `facts`: of every row, such as its day, direction, source and cause."""
    for one in found:
        if one.base or one.tax:
            await ctx.add(
                VatDue(
                    nature=one.nature,
                    category=one.key.category,
                    percent=one.key.percent,
                    exemption_code=one.key.exemption_code or None,
                    base=one.base,
                    tax=one.tax,
                    territory=one.territory,
                    **facts,
                )
            )
