"""Deals: what was quoted for each of the year's deals, what became of it, and when it was delivered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

from eyeot_crm.demo.house import EQUIPMENT, MAINTENANCE
from eyeot_crm.demo.model import Company, Opportunity
from eyeot_crm.demo.workdays import PARIS, later, next_workday
from eyeot_crm.demo.year import Year, year
from eyeot_sales.demo.year import assortment

_OFFERED = {EQUIPMENT: "stage:3", MAINTENANCE: "stage:8"}
"""The stage in which a quote goes out."""
_CENT = Decimal("0.01")
_DAY_PRICE, _TRIP_PRICE = Decimal("780.00"), Decimal("95.00")
_FITTED_FROM, _DEPOSIT_FROM, _TWICE_FROM = Decimal(4000), Decimal(8000), Decimal(30_000)
_FITTING_SHARE = Decimal("0.12")
_MOST_DAYS = 8
_QUARTERS, _QUARTER_DAYS = 4, 91
_LEADS = ((8_000, (9, 24)), (30_000, (20, 45)), (10**9, (40, 75)))
"""Days from the order to the delivery, by amount."""
_REVISED_SHARE, _OPTION_SHARE = 0.22, 0.3
_REVISED_DAYS = 12
_VALID_DAYS = 45


@dataclass(frozen=True, slots=True)
class Sale:
    """A deal that was quoted, and all that followed."""

    deal: Opportunity
    company: Company
    signer: str
    quoted_at: datetime
    revised_at: datetime | None
    answered_at: datetime | None
    """When it was accepted or declined; none while it is open, or when nobody ever answered."""
    valid_until: date
    lines: tuple[dict[str, Any], ...]
    """As `sales.quote.create` takes them, products by their `sku`."""
    deposit: Decimal | None
    deliveries: tuple[datetime, ...]
    """When what was ordered was delivered, also after today."""

    @property
    def key(self) -> str:
        """What its quote and order are called by: `quote:…`, `order:…`."""
        return self.deal.key

    @property
    def won(self) -> bool:
        """Whether it was ordered."""
        return self.deal.outcome == "won"

    @property
    def upkeep(self) -> bool:
        """Whether it is a contract of four quarters."""
        return self.deal.pipeline == MAINTENANCE


@cache
def told(today: date) -> Year:
    """The year that the customers' module tells."""
    return year(today)


@cache
def sales(today: date) -> tuple[Sale, ...]:
    """Every deal that came to a quote, in the order in which they were made."""
    told_year = told(today)
    companies = {one.key: one for one in told_year.companies}
    parties = {one.key: companies[one.party] for one in told_year.customers}
    people = {one.key: one for one in told_year.people}
    contacts = {one.key: people[one.party] for one in told_year.contacts}
    found = []
    for deal in told_year.opportunities:
        entered = [one.at for one in deal.moves if one.stage == _OFFERED[deal.pipeline]]
        if entered:
            who = contacts[deal.contacts[0]]
            signer = f"{who.first_name} {who.last_name}"
            found.append(_sale(deal, parties[deal.customer], signer, entered[0]))
    return tuple(found)


def _sale(deal: Opportunity, company: Company, signer: str, quoted_at: datetime) -> Sale:
    rng = Random(f"sale {deal.key}")  # noqa: S311 - a demonstration keeps no secret
    closed, answered = deal.closed_at, deal.closed_at
    silent = deal.outcome == "lost" and deal.lost_reason == "lost_reason:5"
    revised = None
    if closed and (closed - quoted_at).days >= _REVISED_DAYS and rng.random() < _REVISED_SHARE:
        revised = quoted_at + (closed - quoted_at) * rng.uniform(0.3, 0.7)
    if silent:
        answered = revised = None
    last = (closed or quoted_at) + timedelta(days=_VALID_DAYS)
    if silent and closed:
        last = quoted_at + (closed - quoted_at) / 2
    return Sale(
        deal=deal,
        company=company,
        signer=signer,
        quoted_at=quoted_at,
        revised_at=revised,
        answered_at=answered,
        valid_until=last.date(),
        lines=tuple(_lines(rng, deal)),
        deposit=_deposit(deal),
        deliveries=_deliveries(rng, deal),
    )


def _deposit(deal: Opportunity) -> Decimal | None:
    if deal.pipeline == MAINTENANCE or deal.amount < _DEPOSIT_FROM:
        return None
    return Decimal(30)


def _lines(rng: Random, deal: Opportunity) -> list[dict[str, Any]]:
    offer = assortment.of(deal.name)
    main: dict[str, Any] = {
        "sku": assortment.sku(offer),
        "description": deal.name.rpartition(" - ")[0],
    }
    if deal.pipeline == MAINTENANCE:
        quarter = (deal.amount / _QUARTERS).quantize(_CENT)
        return [{**main, "quantity": str(_QUARTERS), "unit_price": quarter}]
    if deal.amount < _FITTED_FROM:
        trip = {"sku": "DEP-FORFAIT", "quantity": "1", "unit_price": _TRIP_PRICE}
        return [{**main, "quantity": "1", "unit_price": deal.amount - _TRIP_PRICE}, trip]
    days = min(max(1, int(deal.amount * _FITTING_SHARE / _DAY_PRICE)), _MOST_DAYS)
    price = deal.amount - days * _DAY_PRICE - _TRIP_PRICE
    lines: list[dict[str, Any]] = [
        {"kind": "section", "description": "Matériel"},
        {**main, "quantity": "1", "unit_price": price},
        {"kind": "section", "description": "Pose"},
        {"sku": "POSE-JOUR", "quantity": str(days), "unit_price": _DAY_PRICE},
        {"sku": "DEP-FORFAIT", "quantity": "1", "unit_price": _TRIP_PRICE},
    ]
    if rng.random() < _OPTION_SHARE:
        lines.append({"sku": "MAINT-AN", "quantity": "1", "optional": True})
    return lines


def _deliveries(rng: Random, deal: Opportunity) -> tuple[datetime, ...]:
    if deal.outcome != "won" or not deal.closed_at:
        return ()
    if deal.pipeline == MAINTENANCE:
        first = later(rng, deal.closed_at, 5)
        return tuple(first + timedelta(days=_QUARTER_DAYS * n) for n in range(_QUARTERS))
    days = next(span for limit, span in _LEADS if deal.amount < limit)
    at = later(rng, deal.closed_at, rng.randint(*days))
    return (at, later(rng, at, rng.randint(4, 9))) if deal.amount >= _TWICE_FROM else (at,)


def delivered(sale: Sale, until: datetime) -> Sequence[datetime]:
    """The deliveries that have taken place."""
    return [one for one in sale.deliveries if one < until]


def office_hours(day: date, hour: int = 9) -> datetime:
    """An hour of a workday, the day itself or the next."""
    return datetime.combine(next_workday(day), time(hour, 12), PARIS).astimezone(UTC)
