"""Plan: who has a contract, what was repaired and what is paid when; the same for the same day."""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from random import Random
from typing import Any

from eyeot_crm.demo.model import Company, Customer
from eyeot_crm.demo.offers import MAINTENANCE_OFFERS
from eyeot_crm.demo.workdays import Season, last_workday, later, next_workday
from eyeot_sales.demo.year.assortment import sku
from eyeot_sales.demo.year.deals import delivered, office_hours, sales, told

_CONTRACTS, _REPAIRS, _QUARTER = 42, 124, 3
_OVERSEAS = ("971", "972", "973", "974", "976")
_CENT = Decimal("0.01")
_GOODS_SHARE = Decimal("0.54")
_PARTS = (("JOINT-ARM", 4), ("FILTRE-EAU", 3))
_MIDDLE = 15
_HAULIER = "Transports Gaborit"
"""Paid by the month."""


@dataclass(frozen=True, slots=True)
class Contract:
    """Upkeep that was agreed before the year began, invoiced every quarter."""

    company: Company
    sku: str
    quarter: Decimal
    turn: int
    """Which month of the quarter it is invoiced in, from 0."""


@dataclass(frozen=True, slots=True)
class Repair:
    """A call-out: what was done and what parts it took."""

    company: Company
    at: datetime
    lines: tuple[tuple[str, str], ...]
    """Product by its `sku`, and quantity."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Money that goes out on a day, and where it is booked."""

    day: date
    amount: Decimal
    who: str
    text: str
    account: str
    tax: str | None


@dataclass(frozen=True, slots=True)
class Purchase:
    """Goods that a supplier invoiced, and when they are paid."""

    supplier: Company
    number: str
    net: Decimal
    came: date
    paid: date
    text: str


def stream(what: str) -> Random:
    """A stream of chance of its own, so that a change in one leaves the others alone."""
    return Random(f"invoicing {what}")  # noqa: S311 - a demonstration keeps no secret


def begins(today: date) -> date:
    """The first day of the year that is told."""
    return today - timedelta(days=365)


def _regulars(today: date) -> list[tuple[Customer, Company]]:
    """The customers in France that were there before the year began."""
    year = told(today)
    companies = {one.key: one for one in year.companies}
    found = []
    for one in year.customers:
        company = companies[one.party]
        here = company.address.country == "FR" and company.address.department not in _OVERSEAS
        if here and company.siren and one.starts_as == "customer" and one.lifecycle == "customer":
            found.append((one, company))
    return found


def contracts(today: date) -> list[Contract]:
    """The contracts that run on."""
    rng = stream("contracts")
    first = begins(today)
    known = [pair for pair in _regulars(today) if pair[0].created_at.date() < first]
    chosen = rng.sample(known, min(_CONTRACTS, len(known)))
    return [
        Contract(
            company=company,
            sku=sku(rng.choice(MAINTENANCE_OFFERS)),
            quarter=Decimal(rng.randrange(220, 1180, 15)).quantize(_CENT),
            turn=number % _QUARTER,
        )
        for number, (_, company) in enumerate(chosen)
    ]


def repairs(today: date) -> list[Repair]:
    """The call-outs, in the order of their days."""
    rng = stream("repairs")
    known = _regulars(today)
    season = Season.between(begins(today), today - timedelta(days=2))
    found = []
    for at in season.moments(rng, _REPAIRS):
        there = [company for customer, company in known if customer.created_at < at]
        lines = [("DEP-FORFAIT", "1"), ("MO-HEURE", str(rng.choice((1, 2, 2, 3, 4, 6))))]
        lines += [(part, str(rng.randint(1, most))) for part, most in _PARTS if rng.random() < 0.55]  # noqa: PLR2004
        found.append(Repair(rng.choice(there), at, tuple(lines)))
    return found


def months(today: date) -> Iterator[tuple[date, date]]:
    """The first and last days of the months of the year, the last one until yesterday."""
    at = begins(today).replace(day=1)
    while at < today:
        following = (at + timedelta(days=32)).replace(day=1)
        yield at, min(following, today) - timedelta(days=1)
        at = following


def costs(today: date) -> list[Cost]:
    """What is paid every month, but for VAT."""
    return sorted(_regular(today), key=lambda one: (one.day, one.who))


def _regular(today: date) -> Iterator[Cost]:
    text = files("eyeot_invoicing.demo.year").joinpath("costs.toml").read_text("utf-8")
    table: Sequence[dict[str, Any]] = tomllib.loads(text)["cost"]
    rng = stream("costs")
    for first, last in months(today):
        for one in table:
            varied = 1 + Decimal(rng.randint(-100, 100)) * one.get("spread", 0) / 10_000
            # What falls on a holiday is paid after it, and before it at the end of the month.
            due = first + timedelta(days=one["day"] - 1)
            day = next_workday(due) if one["day"] <= _MIDDLE else last_workday(due)
            if day <= last and first.month in one.get("months", (first.month,)):
                amount = (Decimal(one["each"]) * varied).quantize(_CENT)
                words = f"{one['text']} {first:%m/%Y}"
                yield Cost(day, amount, one["who"], words, one["account"], one.get("tax"))


def purchases(today: date) -> Iterator[Purchase]:
    """The goods of each sale, as a supplier invoiced them when they came."""
    rng = stream("goods")
    upstream = [
        one
        for one in told(today).companies
        if "supplier" in one.roles and one.siren and one.trade_name != _HAULIER
    ]
    for sale in sales(today):
        share = _GOODS_SHARE + Decimal(rng.randint(-6, 6)) / 100
        supplier, number = rng.choice(upstream), rng.randint(10_000, 99_999)
        for at in delivered(sale, office_hours(today, 0))[:1]:
            came = next_workday(at.date() - timedelta(days=rng.randint(1, 4)))
            paid = later(rng, at, rng.randint(24, 42)).date()
            net = (sale.deal.amount * share).quantize(_CENT)
            if not sale.upkeep:
                text = sale.deal.name.rpartition(" - ")[0]
                yield Purchase(supplier, f"{came:%y}-{number}", net, came, paid, text)
