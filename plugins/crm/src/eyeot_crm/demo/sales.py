"""Sales: which offer a customer asks about, and for how much."""

import math
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from random import Random

from eyeot_crm.demo.companies import Profile
from eyeot_crm.demo.offers import KITCHEN_OFFERS, MAINTENANCE_OFFERS, Offer
from eyeot_crm.demo.shop_offers import SHOP_OFFERS

_CENT = Decimal("0.01")
_SMALLEST, _LARGEST = 1_500, 120_000
# How prices end: most quotes are round to ten euros, some to fifty cents, few are odd.
_ENDINGS = ((1000, 50, 1), (60, 25, 15))
_BUDGET_STEPS = ((10_000, 500), (40_000, 1_000), (_LARGEST * 2, 5_000))
_NO_BUDGET_SHARE = 0.35
_MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)


@dataclass(frozen=True, slots=True)
class Demand:
    """An offer somebody wants, and what it will be quoted at."""

    offer: Offer
    name: str
    amount: Decimal


def wanted(profile: Profile, *, maintenance: bool = False) -> list[Offer]:
    """The offers that suit the trade and the size, the most specific first."""
    offers = MAINTENANCE_OFFERS if maintenance else (*KITCHEN_OFFERS, *SHOP_OFFERS)
    suiting = [
        offer
        for offer in offers
        if profile.trade.key in offer.trades and profile.headcount >= offer.smallest
    ]
    return sorted(suiting, key=lambda offer: len(offer.trades))


def demand(rng: Random, profile: Profile, offer: Offer) -> Demand:
    amount = _amount(rng, profile, offer)
    volume = max(6, round(amount / 650))
    name = f"{offer.name.format(m3=volume)} - {profile.company.trade_name}"
    return Demand(offer, name, amount)


def _amount(rng: Random, profile: Profile, offer: Offer) -> Decimal:
    """Between the offer's prices, low ones more often, larger for larger houses."""
    low, high = offer.prices
    small, large = profile.trade.headcount
    size = math.log(profile.headcount / small) / math.log(large / small)
    place = 0.75 * rng.betavariate(2.2, 1.9) + 0.25 * min(1.0, max(0.0, size))
    cents = rng.choices(*_ENDINGS)[0]
    value = round(low * math.pow(high / low, place) * 100 / cents) * cents
    return min(max(Decimal(value) / 100, Decimal(_SMALLEST)), Decimal(_LARGEST)).quantize(_CENT)


def budget(rng: Random, amount: Decimal) -> Decimal | None:
    """What the customer says it can spend: a round figure, a little low, or nothing."""
    if rng.random() < _NO_BUDGET_SHARE:
        return None
    rough = float(amount) * rng.uniform(0.75, 1.1)
    step = next(step for limit, step in _BUDGET_STEPS if rough < limit)
    return Decimal(max(1, round(rough / step)) * step).quantize(_CENT)


def need(rng: Random, profile: Profile, offer: Offer, at: datetime) -> str:
    """What the customer says, with figures of its size and a month soon to come."""
    guests = max(40, round(profile.headcount * rng.uniform(3, 6) / 10) * 10)
    meals = max(60, round(profile.headcount * rng.uniform(2.5, 5) / 10) * 10)
    month = _MONTHS[(at.month + rng.randint(1, 3)) % 12]
    return rng.choice(offer.needs).format(couverts=guests, repas=meals, mois=month)
